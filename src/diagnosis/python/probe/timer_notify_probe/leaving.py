"""Python 3.11: errors that reach an `except` of code that ran before it could be changed, such as a script's own.

What is called from there is made to tell of the errors that leave it: whether they are taken can be read off its callers.
"""
from __future__ import annotations

import sys
from types import CodeType, FrameType, TracebackType
from typing import Any, Dict, List, Optional, Set, Tuple

from . import lazy, swallowed
from .except_clauses import begin_of_try, clauses_at, end_of_try, entries_of, instructions_of, is_broad, is_in_try, may_pass_over, passes_over_mistake
from .frames import is_users, outwards
from .handler_code import has_notes, with_leave_note
from .native import quiet
from .still_to_run import handlers_around

#: Names that such code calls where it would pass over an error.
_wanted: Set[str] = set()
#: Code that has been looked at, by number, and whether all of it was inside such a `try`.
_looked_at: Dict[Tuple[int, bool], CodeType] = {}
#: How often an error that left one place for another was of no interest.
_vain: Dict[Tuple[int, int, int], int] = {}
_ENOUGH = 30


def look_at(frame: Optional[FrameType]) -> bool:
    """Whether code that is under way calls something that is to tell, and was not known to."""
    before = len(_wanted)
    within = False
    under_way = [one for one in outwards(frame) if is_users(one.f_code.co_filename)][::-1]
    for one in under_way:
        code = one.f_code
        if (id(code), within) not in _looked_at and not has_notes(code):
            if len(_looked_at) < 2000:
                _looked_at[(id(code), within)] = code
            _wanted.update(_called_in(code, within))
            lazy.note_under_way(one)
        within = within or _is_in_broad_try(code, one.f_lasti)
    return len(_wanted) > before


def _called_in(code: CodeType, all_of_it: bool) -> Set[str]:
    targets = [target for target in {one.target for one in entries_of(code)} if may_pass_over(code, target)]
    ranges = [(begin_of_try(code, target), end_of_try(code, target)) for target in targets]
    return {
        str(one.argval)
        for one in instructions_of(code)
        if one.opname.startswith("LOAD_")
        and one.opname != "LOAD_CONST"
        and (all_of_it or any(begin <= one.offset < end for begin, end in ranges))
    }


def _is_in_broad_try(code: CodeType, lasti: int) -> bool:
    return not has_notes(code) and any(
        may_pass_over(code, target) and is_in_try(code, target, lasti) for target in handlers_around(code, lasti)
    )


def want(code: CodeType) -> None:
    """Of code that a library calls on behalf of such code."""
    _wanted.add(code.co_name)


def is_wanted(code: CodeType) -> bool:
    return code.co_name in _wanted


def told(code: CodeType) -> CodeType:
    return with_leave_note(code, _left)


def _left(code: CodeType, at: int) -> None:
    error = sys.exc_info()[1]
    if isinstance(error, Exception):
        _look_for_taker(error, sys._getframe(2))


@quiet
def _look_for_taker(error: Exception, frame: FrameType) -> None:
    caller = frame.f_back
    if caller is None or swallowed.says_what_to_do(error):
        return
    place = (id(frame.f_code), id(caller.f_code), caller.f_lasti)
    if _vain.get(place, 0) < _ENOUGH and not _note_taker(error, caller) and len(_vain) < 5000:
        _vain[place] = _vain.get(place, 0) + 1


def _note_taker(error: Exception, frame: FrameType) -> bool:
    trace = error.__traceback__
    for one in outwards(frame):
        code = one.f_code
        if not is_users(code.co_filename) and handlers_around(code, one.f_lasti):
            return False
        trace = TracebackType(trace, one, one.f_lasti, one.f_lineno or 0)
        if not is_users(code.co_filename):
            continue
        for target in handlers_around(code, one.f_lasti):
            if has_notes(code) or _ends_with(code, target):
                return False
            taken = _taken_at(error, one, target, trace)
            if taken is not None:
                return taken
    return False


def _ends_with(code: CodeType, target: int) -> bool:
    """Whether what begins there is the end of a `with`: it may drop an error."""
    begin: List[Any] = [one for one in instructions_of(code) if one.offset >= target][:2]
    return len(begin) == 2 and begin[1].opname == "WITH_EXCEPT_START"


def _taken_at(error: Exception, frame: FrameType, target: int, trace: TracebackType) -> Optional[bool]:
    """None where it goes on outwards."""
    code = frame.f_code
    for clause in clauses_at(code, target):
        takes = clause.takes(error, frame)
        if takes is None:
            return False
        if takes:
            is_for_any = is_broad(clause.kinds(frame) or ()) or passes_over_mistake(clause, error)
            if not is_for_any or clause.raises or clause.hands_on:
                return False
            return swallowed.note_passed_over(error, code, target, frame, clause, trace)
    return None
