"""Errors that broke off what was to send, and that something caught: seen where they are taken, logged or dropped."""
from __future__ import annotations

import functools
import re
import sys
from types import CodeType, FrameType, TracebackType
from typing import Any, Dict, List, NamedTuple, Optional, Protocol, Tuple

from .continuation import broken_off, broken_off_in, led_before
from .disabled_loggers import note_dropped, note_unheard, passed_over, patch_basic_config
from .except_clauses import Clause, begin_of_try, clauses_at, is_broad, is_mistake
from .frames import caller_stack, place, trace_stack, user_frame, user_place, users_of
from .handler_code import original_of
from .leads import is_clients, is_of_client
from .native import quiet
from .periodic import repeats
from .record import emit, thread_of
from .seen import current_loop, current_task, next_number, on_sending, thread_key
from .settled import taker_in, taker_of
from .still_to_run import handlers_around

#: Errors that say that there was nothing to do, or that something was ended on purpose.
_ON_PURPOSE = {"Empty", "StopIteration", "StopAsyncIteration", "BlockingIOError", "NoMessage", "ImportError", "ModuleNotFoundError", "TimeoutError"}
#: What an error is called that a program raises to say that something is not to be done.
_DECISION = re.compile(r"skip|ignore|duplicate|rate_?limit|throttl|cancel|abort|stop|exit", re.IGNORECASE)
#: Reports of one process, and of one place.
_LIMIT = 50
_LIMIT_OF_PLACE = 5


#: What takes something out of a full queue, for what is to be put.
_MAKES_ROOM = {"get_nowait", "get", "popleft", "pop", "clear"}
#: Who sends again and again, and logs a refusal below this level, that of a warning, has come to an end that he knows of.
_WARNING = 30


class Settling(Protocol):
    def is_settled_by(self, frame: Optional[FrameType]) -> bool: ...


class _Open:
    """A report that a request would settle."""

    def __init__(self, number: int) -> None:
        self.number = number
        #: Where the error was raised and taken, so that one place is not looked at for ever.
        self.at: Optional[Tuple[Any, ...]] = None
        #: Who took it, where that is known and nobody was told.
        self.taker: Optional[Settling] = None
        #: Whether it was told of before anybody took it.
        self.is_refusal = False
        #: Whether what was refused is sent again and again.
        self.repeats = False


#: Of each thread, task or greenlet: what has been reported and not been followed by a request.
_open: Dict[Any, List[_Open]] = {}
#: The error that each of them handled last, with its report: it may be taken, and logged more than once.
_last: Dict[Any, Tuple[int, Optional[_Open]]] = {}
#: The names of coroutines that something refused to run, by their numbers.
_refused: Dict[int, str] = {}
#: How often an error of one place was reported and not settled.
_told: Dict[Tuple[Any, ...], int] = {}


def patch_logging(module: Any) -> None:
    """A log call asks this first, at every level: whoever hands an error on, or passes over it, is inside its `except`."""
    logger: Any = module.Logger
    is_enabled_for = logger.isEnabledFor

    @functools.wraps(is_enabled_for)
    def watched_is_enabled(self: Any, level: Any) -> Any:
        error = sys.exc_info()[1]
        if error is not None:
            _note_logged(error, level, sys._getframe(1))
        if self.disabled:
            note_dropped(self, level, sys._getframe(1))
        if passed_over:
            note_unheard(self, level, sys._getframe(1))
        return is_enabled_for(self, level)

    logger.isEnabledFor = watched_is_enabled
    patch_basic_config(module)


def patch_contextlib(module: Any) -> None:
    _patch_exit(module.suppress, "contextlib.suppress")


def patch_gevent_timeout(module: Any) -> None:
    _patch_exit(module.Timeout, "gevent.Timeout(…, False)")


def patch_eventlet_timeout(module: Any) -> None:
    _patch_exit(module.Timeout, "eventlet.Timeout(…, False)")


def _patch_exit(manager: Any, name: str) -> None:
    leave = manager.__exit__

    @functools.wraps(leave)
    def watched_exit(self: Any, kind: Any, error: Any, trace: Any) -> Any:
        drops = leave(self, kind, error, trace)
        if drops and error is not None:
            _note_dropped(error, trace, name, sys._getframe(1), not _is_meant_for_any(self))
        return drops

    manager.__exit__ = watched_exit


def _is_meant_for_any(manager: Any) -> bool:
    """Whoever names the one error that he passes over may have thought of it."""
    named = getattr(manager, "_exceptions", (Exception,))
    return any(kind in (Exception, BaseException) for kind in named)


@quiet
def _note_logged(error: BaseException, level: Any, frame: FrameType) -> None:
    # What asyncio and executors log ends in them: that is reported as such.
    own = user_frame(frame)
    if isinstance(error, Exception) and own is not None:
        levels = sys.modules["logging"]
        if isinstance(level, int) and level < _WARNING and _take_back_refusal(error):
            return
        _note(error, error.__traceback__, f"logged at level {levels.getLevelName(level)}", own)


def _take_back_refusal(error: BaseException) -> bool:
    known, opened = _last.get(_key(), (0, None))
    if known != id(error) or opened is None or not (opened.is_refusal and opened.repeats):
        return False
    retract(opened.number)
    return True


@quiet
def _note_dropped(error: BaseException, trace: Optional[TracebackType], by: str, frame: FrameType, named: bool) -> None:
    if not named or (is_mistake(error) and not (trace is not None and led_before(trace))):
        _note(error, trace, f"dropped by {by}", frame, named)


def _note(error: BaseException, trace: Optional[TracebackType], how: str, frame: FrameType, named: bool = False) -> None:
    key = _key()
    known, reported = _last.get(key, (0, None))
    if known == id(error):
        if reported is not None and reported in _open.get(key, ()):
            if reported.is_refusal and reported.taker is None:
                reported.taker = taker_in(frame, error, trace)
            # What is said of it last says most.
            _emit(reported.number, error, trace_stack(trace), how, _place(frame), named)
        return
    if _is_worth_a_look(error, key) and not is_of_request(error, trace) and broken_off(trace):
        opened = report(error, trace_stack(trace), how, _place(frame), named)
        opened.taker = taker_in(frame, error, trace)
        _last[key] = (id(error), opened)


def says_what_to_do(error: BaseException) -> bool:
    """Whether it is one of those that a program raises on purpose."""
    name = type(error).__name__
    return name in _ON_PURPOSE or _DECISION.search(name) is not None


def _is_worth_a_look(error: BaseException, key: Any) -> bool:
    if len(_open) >= _LIMIT or type(error).__name__ in _ON_PURPOSE:
        return False
    if len(_last) > 1000:
        _last.clear()
    _last[key] = (id(error), None)
    return True


def note_passed_over(
    error: Exception, code: CodeType, target: int, frame: FrameType, clause: Clause, trace: Optional[TracebackType]
) -> bool:
    """An `except` has taken an error, and does nothing about it; False where that kept nothing from being sent."""
    key = _key()
    if _is_taken_refusal(error, key, frame, target, clause):
        return True
    if says_what_to_do(error) or not _is_worth_a_look(error, key):
        return False
    at = _raised_at(trace)
    if _told.get(at, 0) >= _LIMIT_OF_PLACE:
        return True
    named = not is_broad(clause.kinds(frame) or ())
    leaves = clause.only_words and clause.leaves and not named
    if named and trace is not None and led_before(trace, begin_of_try(code, target)):
        return False
    if is_of_request(error, trace) or not broken_off_in(trace, code, target, leaves):
        return False
    _told[at] = _told.get(at, 0) + 1
    opened = report(error, trace_stack(trace), "passed over by the `except`", place(code, clause.line), named)
    opened.at, opened.taker = at, taker_of(frame, target, clause)
    _last[key] = (id(error), opened)
    return True


def _is_taken_refusal(error: Exception, key: Any, frame: FrameType, target: int, clause: Clause) -> bool:
    """Whether it was told of when something refused what it was given: now it is known who took it."""
    known, opened = _last.get(key, (0, None))
    if known != id(error) or opened is None or not opened.is_refusal or opened not in _open.get(key, ()):
        return False
    opened.taker = opened.taker or taker_of(frame, target, clause)
    return True


@quiet
def note_refused(error: BaseException, by: str, named: bool = False, refused: Any = None) -> None:
    """Something was given what is to send, and takes nothing more."""
    key = _key()
    if len(_open) >= _LIMIT or _last.get(key, (0, None))[0] == id(error):
        return
    found = _about_to_take(error, sys._getframe(1))
    if found is not None and (found.clause.raises or found.clause.hands_on or _MAKES_ROOM & set(found.clause.words.split())):
        return
    taken = "" if found is None else f", and taken by the `except` at {found.place}"
    opened = report(error, caller_stack(), f"thrown by {by}{taken}", None if taken else user_place(), named and found is not None and not found.clause.speaks)
    opened.is_refusal = True
    opened.repeats = found is not None and repeats(found.frame)
    if refused is not None and len(_refused) < _LIMIT:
        _refused[id(refused)] = str(getattr(refused, "__qualname__", ""))
    opened.taker = None if found is None else taker_of(found.frame, found.target, found.clause)
    _last[key] = (id(error), opened)


def was_refused(coroutine: Any) -> bool:
    """Whether it is told already why it was never begun."""
    return coroutine.__qualname__ != "" and _refused.pop(id(coroutine), None) == coroutine.__qualname__


class _About(NamedTuple):
    frame: FrameType
    target: int
    clause: Clause
    place: str


def _about_to_take(error: BaseException, frame: FrameType) -> Optional[_About]:
    """Whose `except` an error that is on its way comes to first; None where that can't be told."""
    for one in users_of(frame):
        code = original_of(one.f_code)
        for target in handlers_around(code, one.f_lasti):
            for clause in clauses_at(code, target):
                takes = clause.takes(error, one)
                if takes is not False:
                    return _About(one, target, clause, place(code, clause.line)) if takes else None
    return None


def errors_seen() -> bool:
    """Whether an error was taken that may have ended code of the user's."""
    return bool(_last)


def _raised_at(trace: Optional[TracebackType]) -> Tuple[Any, ...]:
    """Where an error has gone through."""
    found: List[Any] = []
    while trace is not None and len(found) < 20:
        found += (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return tuple(found)


def report(error: BaseException, stack: List[str], how: str, at: Optional[str], named: bool = False) -> _Open:
    """`named`: whether whoever took it takes just such errors."""
    opened = _Open(next_number())
    _open.setdefault(_key(), []).append(opened)
    _emit(opened.number, error, stack, how, at, named)
    return opened


def retract(number: int) -> None:
    """Somebody has been told of the error after all."""
    emit("swallowed-sent", n=number)


def _emit(number: int, error: BaseException, stack: List[str], how: str, at: Optional[str], named: bool = False) -> None:
    emit("swallowed", n=number, error=_text(error), how=how, place=at, named=named, stack=stack, thread=thread_of())


def _text(error: BaseException) -> str:
    said = str(error)
    return (f"{type(error).__name__}: {said}" if said else type(error).__name__)[:300]


def _place(frame: FrameType) -> Optional[str]:
    own = user_frame(frame)
    return None if own is None else place(own.f_code, own.f_lineno)


def is_of_request(error: BaseException, trace: Optional[TracebackType]) -> bool:
    """The request's own end says so; a deadline around it that ran out in it does as well."""
    if is_of_client(error) or is_of_client(error.__cause__) or is_of_client(error.__context__):
        return True
    while trace is not None:
        if is_clients(trace.tb_frame):
            return True
        trace = trace.tb_next
    return False


def _key() -> Any:
    task = current_task()
    if task is not None:
        return task.number
    loop = current_loop()
    # A callback of a loop is on its own: what another one sends is another matter.
    return thread_key() if loop is None or loop.kind != "asyncio" else (loop.number, loop.busy_since)


@quiet
def over() -> None:
    """A job, or what a message asked for, is over: what its thread sends from now on is for another one."""
    if _open:
        _open.pop(_key(), None)


@quiet
def _note_sending() -> None:
    if not _open:
        return
    key = _key()
    for opened in _open.pop(key, ()):
        if opened.taker is None or opened.taker.is_settled_by(sys._getframe(1)):
            emit("swallowed-sent", n=opened.number)
            if opened.at is not None:
                _told[opened.at] = _told.get(opened.at, 1) - 1


on_sending.append(_note_sending)
