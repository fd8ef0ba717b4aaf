"""Errors that broke off what was to send, and that something caught: seen where they are logged or dropped."""
from __future__ import annotations

import functools
import sys
from types import FrameType, TracebackType
from typing import Any, Dict, List, Optional

from .continuation import broken_off
from .disabled_loggers import note_dropped, note_unheard, passed_over, patch_basic_config
from .frames import place, trace_stack, user_frame
from .leads import is_clients, is_of_client
from .native import quiet
from .record import emit, thread_of
from .seen import current_task, next_number, on_sending, thread_key

#: Errors that say that there was nothing to do, or that something was ended on purpose.
_ON_PURPOSE = {"Empty", "StopIteration", "StopAsyncIteration", "BlockingIOError", "NoMessage", "ImportError", "ModuleNotFoundError", "TimeoutError"}
#: Reports of one process.
_LIMIT = 50

#: Of each thread, task or greenlet: what has been reported and not been followed by a request.
_open: Dict[int, List[int]] = {}
#: The error that each of them handled last: it may be logged more than once.
_last: Dict[int, int] = {}


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
        if drops and error is not None and _is_meant_for_any(self):
            _note_dropped(error, trace, name, sys._getframe(1))
        return drops

    manager.__exit__ = watched_exit


def _is_meant_for_any(manager: Any) -> bool:
    """Whoever names the one error that he passes over has thought of it."""
    named = getattr(manager, "_exceptions", (Exception,))
    return any(kind in (Exception, BaseException) for kind in named)


@quiet
def _note_logged(error: BaseException, level: Any, frame: FrameType) -> None:
    # What asyncio and executors log ends in them: that is reported as such.
    if isinstance(error, Exception) and user_frame(frame) is not None:
        levels = sys.modules["logging"]
        _note(error, error.__traceback__, f"logged at level {levels.getLevelName(level)}", frame)


@quiet
def _note_dropped(error: BaseException, trace: Optional[TracebackType], by: str, frame: FrameType) -> None:
    _note(error, trace, f"dropped by {by}", frame)


def _note(error: BaseException, trace: Optional[TracebackType], how: str, frame: FrameType) -> None:
    key = _key()
    if _last.get(key) == id(error) or len(_open) >= _LIMIT or type(error).__name__ in _ON_PURPOSE:
        return
    _last[key] = id(error)
    if not _is_of_request(error, trace) and broken_off(trace):
        report(error, trace_stack(trace), how, _place(frame))


def report(error: BaseException, stack: List[str], how: str, at: Optional[str]) -> None:
    number = next_number()
    _open.setdefault(_key(), []).append(number)
    emit("swallowed", n=number, error=_text(error), how=how, place=at, stack=stack, thread=thread_of())


def _text(error: BaseException) -> str:
    said = str(error)
    return (f"{type(error).__name__}: {said}" if said else type(error).__name__)[:300]


def _place(frame: FrameType) -> Optional[str]:
    own = user_frame(frame)
    return None if own is None else place(own.f_code, own.f_lineno)


def _is_of_request(error: BaseException, trace: Optional[TracebackType]) -> bool:
    """The request's own end says so; a deadline around it that ran out in it does as well."""
    if is_of_client(error) or is_of_client(error.__cause__) or is_of_client(error.__context__):
        return True
    while trace is not None:
        if is_clients(trace.tb_frame):
            return True
        trace = trace.tb_next
    return False


def _key() -> int:
    task = current_task()
    return thread_key() if task is None else task.number


@quiet
def _note_sending() -> None:
    for number in _open.pop(_key(), []):
        emit("swallowed-sent", n=number)


on_sending.append(_note_sending)
