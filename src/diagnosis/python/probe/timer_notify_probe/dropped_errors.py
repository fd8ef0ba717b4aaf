"""Errors of tasks and futures that are asked for and dropped: `task.exception()` as a statement, a callback that passes over it."""
from __future__ import annotations

import functools
from types import CodeType, FrameType, MethodType
from typing import Any, Iterator, List, Optional, Tuple

from .continuation import links_lead
from .except_clauses import CAN_READ, IN_WORDS, instructions_of, line_of
from .frames import await_frames, is_probe, is_users, place, trace_stack
from .native import quiet
from .seen import SeenTask, seen_task
from .settled import is_ignored
from .swallowed import is_of_request, report, retract, says_what_to_do

#: Methods of a task or future that a callback asks, none of which does anything.
_ASKS = {"exception", "result", "cancelled", "done", "get_name"}
_LIBRARIES = ("asyncio.", "concurrent.", "_asyncio")


def is_dropped(frame: FrameType) -> Optional[str]:
    """Where the value of the call of `exception()` that a frame is in goes nowhere, or is only put into words; None elsewhere."""
    code = frame.f_code
    if not CAN_READ or not is_users(code.co_filename):
        return None
    calls_back = frame.f_back is not None and is_probe(frame.f_back.f_code.co_filename)
    if not _drops_at(code, frame.f_lasti) and not (calls_back and _only_words(code)):
        return None
    return place(code, frame.f_lineno)


@quiet
def note_done(callback: Any, task: Any) -> None:
    """A task has failed, and one of its callbacks is about to hear of it."""
    seen = seen_task(task)
    error = getattr(task, "_exception", None)
    if not CAN_READ or seen is None or not isinstance(error, Exception) or not seen.subject.is_users():
        return
    where = _drops(callback)
    if where is None:
        if _hands_on(callback):
            _take_back(seen)
        return
    if seen.handed_on or seen.dropped is not None or says_what_to_do(error) or is_of_request(error, error.__traceback__):
        return
    if links_lead(error.__traceback__):
        seen.dropped = report(error, trace_stack(error.__traceback__), "asked of its task and dropped", where).number


def _take_back(seen: SeenTask) -> None:
    seen.handed_on = True
    if seen.dropped is not None:
        retract(seen.dropped)
        seen.dropped = None


def look(seen: SeenTask, error: BaseException) -> None:
    """Whoever awaits a task later is told its error after all: that is raised once more, from there."""
    trace = error.__traceback__
    if seen.dropped is not None and trace is not None and trace.tb_frame.f_code is not seen.subject.code:
        _take_back(seen)


def _drops(callback: Any) -> Optional[str]:
    while isinstance(callback, functools.partial):
        callback = callback.func
    function = callback.__func__ if isinstance(callback, MethodType) else callback
    code: Optional[CodeType] = getattr(function, "__code__", None)
    if code is None:
        return None
    if is_users(code.co_filename):
        asked = [one for one in _asked_in(code) if _drops_at(code, one) or _only_words(code)]
        return place(code, line_of(code, asked[0])) if asked and len(asked) == len(list(_asked_in(code))) else None
    return _dropped_after_wait(function) if code.co_name == "_on_completion" else None


def _dropped_after_wait(callback: Any) -> Optional[str]:
    """`asyncio.wait` hands no error on: what its caller does with the tasks that it gets back."""
    cells = dict(zip(callback.__code__.co_freevars, callback.__closure__ or ()))
    waiter = cells["waiter"].cell_contents if "waiter" in cells else None
    for entry in getattr(waiter, "_callbacks", None) or ():
        woken = getattr(entry[0] if isinstance(entry, tuple) else entry, "__self__", None)
        get = getattr(woken, "get_coro", None)
        for frame in [] if get is None else await_frames(get()):
            code = frame.f_code
            asked = list(_asked_in(code)) if is_users(code.co_filename) else []
            if asked and "result" not in code.co_names and all(_drops_at(code, one) for one in asked):
                return place(code, line_of(code, asked[0]))
    return None


def _hands_on(callback: Any) -> bool:
    """Whether it is a library's, or wakes who awaits the task; what `set.discard` hears is nobody's error."""
    owner = getattr(callback, "__self__", None)
    if hasattr(owner, "get_coro"):
        return True
    code = getattr(callback, "__code__", None)
    if code is not None and code.co_name == "_on_completion":
        return False
    module = str(getattr(callback, "__module__", None) or type(callback).__module__)
    return module.startswith(_LIBRARIES) or (code is None and not isinstance(owner, (set, dict, list)))


def _asked_in(code: CodeType) -> Iterator[int]:
    """Calls of `exception()` without an argument, which no logger's is."""
    found = instructions_of(code)
    for at, one in enumerate(found):
        if one.opname in ("LOAD_METHOD", "LOAD_ATTR") and one.argval == "exception":
            calls = [other for other in found[at + 1 : at + 4] if other.opname in ("PRECALL", "PUSH_NULL") or "CALL" in other.opname]
            called = next((other for other in calls if other.opname not in ("PRECALL", "PUSH_NULL")), None)
            if called is not None and called.arg == 0 and called is found[min(at + len(calls), len(found) - 1)]:
                yield called.offset


def _drops_at(code: CodeType, call: int) -> bool:
    after = next((one for one in instructions_of(code) if one.offset > call), None)
    if after is None:
        return False
    is_lambda = code.co_name == "<lambda>" and after.opname == "RETURN_VALUE"
    return after.opname == "POP_TOP" or is_lambda or (after.opname.startswith("STORE_") and after.argval == "_")


#: What the interpreter makes of an `await`, up to what becomes of its value.
_AWAITS = {"GET_AWAITABLE", "LOAD_CONST", "SEND", "YIELD_VALUE", "RESUME", "JUMP_BACKWARD_NO_INTERRUPT", "END_SEND"}


def is_passed_over(frame: FrameType) -> bool:
    """Whether the call that a frame is in is awaited, and its value goes nowhere or into a name that nothing reads."""
    code = frame.f_code
    if not CAN_READ or not is_users(code.co_filename):
        return False
    after = [one for one in instructions_of(code) if one.offset > frame.f_lasti]
    if not after or after[0].opname != "GET_AWAITABLE":
        return False
    rest = [one for one in after if one.opname not in _AWAITS]
    becomes = rest[0] if rest else None
    if becomes is None or becomes.opname == "POP_TOP":
        return becomes is not None
    if becomes.opname == "RETURN_VALUE" or _leaves_with(code, becomes):
        return is_ignored(frame)
    return becomes.opname.startswith("STORE_") and (becomes.argval == "_" or not _is_read(becomes.argval, code))


def _leaves_with(code: CodeType, instruction: Any) -> bool:
    """Whether a value is returned out of a `with`, whose end is called first."""
    after = [one for one in instructions_of(code) if one.offset > instruction.offset][:3]
    return instruction.opname == "SWAP" and [one.argval for one in after if one.opname == "LOAD_CONST"] == [None, None, None]


def _is_read(name: str, code: CodeType) -> bool:
    """Who only counts what is in it has not looked at it."""
    if name in code.co_cellvars:
        return True
    found = instructions_of(code)
    return any(
        one.opname.startswith("LOAD_")
        and (name == one.argval or (isinstance(one.argval, tuple) and name in one.argval))
        and not _is_counted(found, at)
        for at, one in enumerate(found)
    )


def _is_counted(found: Tuple[Any, ...], at: int) -> bool:
    """Whether what is loaded there is the one argument of `len()`."""
    before = [one for one in found[max(0, at - 2) : at] if one.opname != "PUSH_NULL"]
    after = next((one for one in found[at + 1 :] if one.opname != "PRECALL"), None)
    is_len = bool(before) and before[-1].opname in ("LOAD_GLOBAL", "LOAD_NAME") and before[-1].argval == "len"
    return is_len and found[at].argval != "len" and after is not None and after.opname == "CALL" and after.arg == 1


def _only_words(code: CodeType) -> bool:
    """Whether all that comes of an error is that it is put into words."""
    instructions = instructions_of(code)
    if any(one.opname in ("STORE_ATTR", "STORE_SUBSCR", "STORE_GLOBAL", "RAISE_VARARGS", "MAKE_FUNCTION") for one in instructions):
        return False
    names: List[str] = [*code.co_names, *code.co_freevars]
    return all(name in _ASKS or IN_WORDS.match(name) for name in names)
