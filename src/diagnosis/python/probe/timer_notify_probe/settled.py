"""Whether what is sent later stands for what an error kept from being sent: who is told nothing can't try again."""
from __future__ import annotations

from types import CodeType, FrameType, TracebackType
from typing import Optional

from .except_clauses import (
    ASYNC_GENERATOR,
    CAN_READ,
    COROUTINE,
    GENERATOR,
    Clause,
    begin_of_try,
    end_of_try,
    entries_of,
    instructions_of,
    is_in_try,
    is_tried_once,
    returns_nothing,
    stored_between,
    taker,
)
from .frames import is_users, outwards
from .handler_code import original_of
from .still_to_run import is_always_reached, used_outside

#: What becomes of an awaited value comes after these.
_AWAITS = {"PRECALL", "CALL", "CALL_FUNCTION_EX", "GET_AWAITABLE", "SEND", "YIELD_VALUE", "RESUME", "JUMP_BACKWARD_NO_INTERRUPT", "END_SEND"}


class Taker:
    """Code that took an error, and of which nobody was told."""

    def __init__(self, frame: FrameType, target: int, replaces: bool) -> None:
        self._code = original_of(frame.f_code)
        self._target = target
        #: By its number only: a frame that is kept keeps what the program has in hand.
        self._frame = id(frame)
        self._is_untold = returns_nothing(frame.f_code) or is_ignored(frame)
        self._replaces = replaces

    def is_settled_by(self, frame: Optional[FrameType]) -> bool:
        """Whether what is sent now may stand for what was not."""
        code, target = self._code, self._target
        for one in outwards(frame):
            if id(one) != self._frame or one.f_code.co_name != code.co_name:
                continue
            if is_in_try(code, target, one.f_lasti):
                # What stands in no loop and is in its `try` again is another call, whose frame has got that number.
                return not is_tried_once(code, target)
            return not self._is_sent_anyway(one.f_lasti)
        return not self._is_untold

    def _is_sent_anyway(self, lasti: int) -> bool:
        """Whether it would have been sent as well had there been no error, and says nothing of what was tried."""
        begin, end = begin_of_try(self._code, self._target), end_of_try(self._code, self._target)
        if self._replaces or lasti < end or not is_always_reached(self._code, end, self._target, lasti):
            return False
        return not stored_between(self._code, begin, end) & used_outside(self._code, begin, end)


def taker_of(frame: FrameType, target: int, clause: Clause) -> Optional[Taker]:
    """None where somebody is told."""
    if not clause.only_words or (clause.returns and not is_ignored(frame)):
        return None
    return Taker(frame, target, clause.replaces)


def taker_in(frame: FrameType, error: BaseException, trace: Optional[TracebackType]) -> Optional[Taker]:
    """The same, of an error that a frame is known to have taken."""
    while trace is not None and trace.tb_frame is not frame:
        trace = trace.tb_next
    if not CAN_READ or trace is None or not is_users(frame.f_code.co_filename):
        return None
    code = original_of(frame.f_code)
    target = next((one.target for one in entries_of(code) if one.start <= trace.tb_lasti < one.end), None)
    if target is None:
        return None
    if any(one.opname == "WITH_EXCEPT_START" for one in instructions_of(code) if target <= one.offset <= target + 4):
        return Taker(frame, target, False)
    clause = taker(code, target, error, frame)
    return None if clause is None or clause.hands_on or clause.raises else taker_of(frame, target, clause)


def is_ignored(frame: FrameType) -> bool:
    """Whether whoever called it passes over what it returns."""
    return not frame.f_code.co_flags & (GENERATOR | ASYNC_GENERATOR) and _returns_to_nobody(frame)


def _returns_to_nobody(frame: FrameType) -> bool:
    caller = frame.f_back
    if caller is None or (frame.f_code.co_flags & COROUTINE and not caller.f_code.co_flags & COROUTINE):
        # What a task returns it keeps for whoever asks.
        return False
    return is_dropped(caller)


def is_dropped(frame: FrameType) -> bool:
    """Whether the value of the call that a frame is in goes nowhere."""
    becomes = _becomes(original_of(frame.f_code), frame.f_lasti)
    return becomes == "POP_TOP" or (becomes == "RETURN_VALUE" and is_ignored(frame))


def _becomes(code: CodeType, lasti: int) -> str:
    after = [one for one in instructions_of(code) if one.offset > lasti]
    waits = [one for one in after if one.opname == "GET_AWAITABLE"][:1] == after[:1]
    for one in after:
        if one.opname not in _AWAITS and not (waits and one.opname == "LOAD_CONST"):
            return str(one.opname)
    return ""
