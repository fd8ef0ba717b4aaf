"""Whether what a frame had still to do leads to a request: the rest of a function, or of the `try` that an error left."""
from __future__ import annotations

import dis
from functools import lru_cache
from types import CodeType, FrameType, FunctionType, TracebackType
from typing import Any, FrozenSet, List, Optional, Set, Tuple

from .except_clauses import COROUTINE, begin_of_try, end_of_try, entries_of
from .frames import is_users
from .leads import leads, names_lead
from .periodic import backward_jumps
from .still_to_run import names_at


def leads_on(frame: FrameType, lasti: int, until: Optional[int] = None, tried: int = 0) -> bool:
    """Whether what comes after an instruction of a frame, up to another one, leads to a request; of the loops around it, only those that begin behind `tried` come round."""
    code = frame.f_code
    names, inner = _used_between(code, _begin(code, lasti, tried), until)
    names += called_around(code, lasti)
    values = {**frame.f_globals, **frame.f_locals}
    return names_lead(code, names, inner, values, type(frame.f_locals.get("self")))


@lru_cache(maxsize=512)
def called_around(code: CodeType, lasti: int) -> List[str]:
    """What is called with what an instruction is to make: it has been loaded before, and is called after. From Python 3.11 on."""
    positions: Any = getattr(code, "co_positions", None)
    if positions is None:
        return []
    places = list(positions())
    here = places[lasti // 2]
    instructions = [one for one in dis.get_instructions(code) if one.opname not in ("EXTENDED_ARG", "CACHE", "PUSH_NULL", "NOP")]
    found: List[str] = []
    for call in instructions:
        around = places[call.offset // 2]
        if call.offset <= lasti or "CALL" not in call.opname or not _is_around(around, here):
            continue
        inside = [one for one in instructions if one.offset <= lasti and _is_around(around, places[one.offset // 2])]
        for at, one in enumerate(inside):
            if not one.opname.startswith("LOAD_") or (at > 0 and one.opname not in ("LOAD_ATTR", "LOAD_METHOD")):
                break
            found.append(str(one.argval))
    return found


def _is_around(one: Any, other: Any) -> bool:
    """Of (line, last line, column, last column)."""
    if None in one or None in other:
        return False
    return bool((one[0], one[2]) <= (other[0], other[2]) and (other[1], other[3]) <= (one[1], one[3]))


def leads_behind_loops(frame: FrameType, lasti: int) -> bool:
    """Whether what comes after the loops around an instruction of a frame leads to a request."""
    code = frame.f_code
    around = [source for source, target in backward_jumps(code) if target <= lasti <= source]
    names, inner = _used_between(code, max(around, default=lasti) + 1, None)
    return names_lead(code, names, inner, {**frame.f_globals, **frame.f_locals}, type(frame.f_locals.get("self")))


def broken_off(trace: Optional[TracebackType]) -> bool:
    """Whether an error that is being handled has ended code of the user's that goes on to a request."""
    if trace is None:
        return False
    if is_users(trace.tb_frame.f_code.co_filename) and _rest_of_try_leads(trace):
        return True
    return links_lead(trace.tb_next)


def links_lead(link: Optional[TracebackType]) -> bool:
    """Whether code that an error went out of goes on to a request, or was about to have a coroutine run that does."""
    innermost: Optional[TracebackType] = None
    while link is not None:
        if is_users(link.tb_frame.f_code.co_filename):
            innermost = link
            if leads_on(link.tb_frame, link.tb_lasti):
                return True
        link = link.tb_next
    # What refused to run it is no code of the user's, and none of the user's ran inside.
    return innermost is not None and innermost.tb_next is not None and _runs_sender(innermost)


def _runs_sender(link: TracebackType) -> bool:
    """Whether the call that an error came out of was given a coroutine's function, or a coroutine of one, that leads to a request."""
    frame, code = link.tb_frame, link.tb_frame.f_code
    owner = type(frame.f_locals.get("self"))
    for name in names_at(code, link.tb_lasti):
        value = frame.f_locals.get(name, frame.f_globals.get(name))
        method = getattr(owner, name, None) if value is None else value
        function = getattr(method, "__func__", method)
        if isinstance(function, FunctionType) and function.__code__.co_flags & COROUTINE and leads(function if value is None else value):
            return True
    return False


def broken_off_in(trace: Optional[TracebackType], code: CodeType, target: int, leaves: bool) -> bool:
    """The same, where the handler that has taken it is known: its code, where it begins, and whether it skips what follows."""
    if trace is None:
        return False
    if leads_on(trace.tb_frame, trace.tb_lasti, end_of_try(code, target), begin_of_try(code, target)):
        return True
    if leaves and leads_on(trace.tb_frame, end_of_try(code, target)):
        return True
    return links_lead(trace.tb_next)


def led_before(trace: TracebackType, begin: Optional[int] = None) -> bool:
    """Whether what was done before the error, in the `try` that it left, leads to a request: an answer may have been what was wrong."""
    frame, lasti = trace.tb_frame, trace.tb_lasti
    code = frame.f_code
    tried = _try_around(code, lasti, frame.f_lasti) if begin is None else (begin, lasti)
    if tried is None:
        return False
    called = _in_calls_around(code, lasti)
    names = [one for one in _used_between(code, tried[0], lasti)[0] if one not in called]
    return names_lead(code, names, (), {**frame.f_globals, **frame.f_locals}, type(frame.f_locals.get("self")))


def sends_between(frame: FrameType, begin: int, lasti: int) -> bool:
    """Whether what a frame has done between two instructions leads to a request; calls that it is still in are not done."""
    code = frame.f_code
    called = _in_calls_around(code, lasti)
    names = [one for one in _used_between(code, begin, lasti)[0] if one not in called]
    return names_lead(code, names, (), {**frame.f_globals, **frame.f_locals}, type(frame.f_locals.get("self")))


@lru_cache(maxsize=512)
def _in_calls_around(code: CodeType, lasti: int) -> FrozenSet[str]:
    """The names in the calls that an instruction is part of: those have not come to their end. From Python 3.11 on."""
    positions: Any = getattr(code, "co_positions", None)
    places = [] if positions is None else list(positions())
    instructions = [one for one in dis.get_instructions(code) if places]
    # A frame that is in a call may stand at one of the call's caches.
    at = max((one.offset for one in instructions if one.offset <= lasti and one.opname != "CACHE"), default=0)
    ends = _ends_of_with(instructions)
    calls = [places[one.offset // 2] for one in instructions if one.offset >= at and "CALL" in one.opname and one.offset not in ends]
    around = [one for one in calls if _is_around(one, places[at // 2])]
    loaded = [one for one in instructions if one.offset <= at and one.opname.startswith("LOAD_")]
    return frozenset(str(one.argval) for one in loaded if any(_is_around(call, places[one.offset // 2]) for call in around))


def _ends_of_with(instructions: List[Any]) -> Set[int]:
    """The calls by which a `with` is left, which stand for all of it."""
    shown = [one for one in instructions if one.opname not in ("CACHE", "EXTENDED_ARG")]
    found: Set[int] = set()
    for at, one in enumerate(shown):
        before = [other.argval for other in shown[max(0, at - 4) : at] if other.opname == "LOAD_CONST"]
        if "CALL" in one.opname and before[-3:] == [None, None, None]:
            found.add(one.offset)
    return found


def _rest_of_try_leads(trace: TracebackType) -> bool:
    frame = trace.tb_frame
    tried = _try_around(frame.f_code, trace.tb_lasti, frame.f_lasti)
    return tried is not None and leads_on(frame, trace.tb_lasti, tried[1], tried[0])


def _try_around(code: CodeType, raised_at: int, handled_at: int) -> Optional[Tuple[int, int]]:
    """Where the `try` begins and ends whose handler runs; None where the interpreter keeps no table of them (before 3.11)."""
    entries = entries_of(code)
    targets = [one.target for one in entries if one.start <= raised_at < one.end and one.target <= handled_at]
    if not targets:
        return None
    own = [one for one in entries if one.target == max(targets)]
    return min(one.start for one in own), max(one.end for one in own)


def _begin(code: CodeType, lasti: int, tried: int) -> int:
    """Inside a loop, what stands before comes again."""
    around = [target for source, target in backward_jumps(code) if tried <= target <= lasti <= source]
    return min(around, default=lasti + 1)


def _used_between(code: CodeType, begin: int, until: Optional[int]) -> Tuple[List[str], List[CodeType]]:
    names: List[str] = []
    inner: List[CodeType] = []
    for instruction in dis.get_instructions(code):
        if instruction.offset < begin or (until is not None and instruction.offset >= until):
            continue
        if isinstance(instruction.argval, CodeType):
            inner.append(instruction.argval)
        elif instruction.opname.startswith("LOAD_") and instruction.opname != "LOAD_CONST":
            names.append(str(instruction.argval))
    return names, inner
