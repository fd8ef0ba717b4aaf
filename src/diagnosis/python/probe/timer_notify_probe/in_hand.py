"""What a thread has taken and not yet sent, read off where it stands: in a turn that began with a take, before what is sure to send."""
from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Iterator, Optional

from .certainty import sends_on_every_way
from .continuation import sends_between
from .except_clauses import CAN_READ, HANDS_ON, clauses_at, instructions_of
from .still_to_run import Turn, can_pass_by, handlers_around, still_to_run, turn_of

#: Methods that take the next thing, and what they are methods of.
_TAKES = ("get", "get_nowait", "recv")
_TAKEN_FROM = ("queue", "_queue", "multiprocessing.queues", "multiprocessing.connection", "multiprocessing.managers", "asyncio.queues", "gevent._gevent_cqueue", "gevent.queue", "eventlet.queue")
_NAMES = ("LOAD_FAST", "LOAD_GLOBAL", "LOAD_DEREF", "LOAD_NAME")


def turn_in_hand(frame: FrameType) -> Optional[Turn]:
    """The rest of its turn, where that sends what it has taken; None where there is nothing to be lost."""
    if not CAN_READ:
        return None
    code = frame.f_code
    turn = turn_of(code, frame.f_lasti)
    if turn is None:
        return None
    took_at = _took_at(code, turn, frame)
    if took_at is None or sends_between(frame, took_at, frame.f_lasti):
        return None
    sure = sends_on_every_way(code, turn.part, frame)
    return turn if sure and not can_pass_by(code, turn, sure) else None


def _took_at(code: CodeType, turn: Turn, frame: FrameType) -> Optional[int]:
    """Where the turn took something: the last place before where it stands."""
    if any(one in _TAKES for one in turn.through) and any(_is_queue(value) for value in _named(turn.through, frame)):
        return turn.head
    instructions = [one for one in instructions_of(code) if turn.head <= one.offset <= frame.f_lasti]
    stands_at = instructions[-1].offset if instructions else 0
    for at in range(len(instructions) - 1, 0, -1):
        one = instructions[at]
        if one.argval in _TAKES and one.opname in ("LOAD_METHOD", "LOAD_ATTR") and _is_queue(_owner(instructions[:at], frame)):
            called = next((other.offset for other in instructions[at:] if other.opname.startswith("CALL")), stands_at)
            # In the call itself it has nothing yet.
            return called if called < stands_at else None
    return None


def _named(names: Any, frame: FrameType) -> Iterator[Any]:
    owner: Any = getattr(frame.f_locals.get("self"), "__dict__", {})
    for name in names:
        yield from (values[name] for values in (frame.f_locals, frame.f_globals, owner) if name in values)


def _owner(before: Any, frame: FrameType) -> Any:
    """What a method is loaded from, where that is a name or an attribute of one."""
    loads = [one for one in before if one.opname.startswith("LOAD_")]
    if not loads or before[-1] is not loads[-1]:
        return None
    last = loads[-1]
    if last.opname.startswith(_NAMES):
        return next(_named([str(last.argval)], frame), None)
    if last.opname == "LOAD_ATTR" and len(loads) > 1 and loads[-2].opname.startswith(_NAMES):
        holder = next(_named([str(loads[-2].argval)], frame), None)
        return getattr(holder, "__dict__", {}).get(last.argval)
    return None


def _is_queue(value: Any) -> bool:
    return any(kind.__module__ in _TAKEN_FROM for kind in type(value).__mro__)


def is_kept_at_end(frame: FrameType) -> bool:
    """Whether who is cut off there puts back what it has in hand, or hands it on: in an `except` or a `finally` around."""
    code = frame.f_code
    if any(clause.hands_on for target in handlers_around(code, frame.f_lasti) for clause in clauses_at(code, target)):
        return True
    return any(HANDS_ON.match(name) for part in still_to_run(code, frame.f_lasti).at_last for name in part.names)
