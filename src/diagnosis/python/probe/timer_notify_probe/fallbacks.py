"""Requests that are made in place of one that failed: the same message, sent only where the one before went wrong."""
from __future__ import annotations

from functools import lru_cache
from types import CodeType, FrameType
from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional, Tuple

from .except_clauses import CAN_READ
from .frames import is_users, outwards
from .handler_code import original_of
from .periodic import backward_jumps
from .still_to_run import comes_after, goes_without, names_between

#: A frame's number, its code, and where it stood; the outermost of the user's frames first.
Way = List[Tuple[int, CodeType, int]]
#: Requests of one thread or task that a later one is compared with.
_KEPT = 6
_THREADS = 500
#: Names in a loop whose turns are for another message each; and in one that may only wait before it tries again.
_TAKES = frozenset({"get", "get_nowait", "recv", "accept", "pop", "popleft", "heappop", "anext"})
_PAUSES = frozenset({"sleep", "wait", "select", "poll"})


class _Made(NamedTuple):
    number: int
    payload: str
    way: Way


_made: Dict[Any, List[_Made]] = {}


def stands_for(key: Any, number: int, payload: str, frame: Optional[FrameType]) -> List[int]:
    """The requests that a new one is another try of, should they have failed: those that it follows only then."""
    if not CAN_READ or payload == "":
        return []
    way = _way(frame)
    before = _made.get(key, [])
    if len(_made) >= _THREADS and key not in _made:
        _made.clear()
    _made[key] = [*before[1 - _KEPT :], _Made(number, payload, way)]
    return [one.number for one in before if one.payload == payload and _only_instead(one.way, way)]


def _way(frame: Optional[FrameType]) -> Way:
    own = [one for one in outwards(frame) if is_users(one.f_code.co_filename)]
    return [(id(one), original_of(one.f_code), one.f_lasti) for one in reversed(own)]


def _only_instead(before: Way, now: Way) -> bool:
    same: Way = []
    for (number, code, stood), (other, other_code, stands) in zip(before, now):
        if number != other or code is not other_code:
            break
        if stood != stands:
            return comes_after(code, stood, stands) and goes_without(code, stood, stands)
        same.append((number, code, stands))
    return _turns_only_instead(same)


def _turns_only_instead(same: Way) -> bool:
    """Both came from the same places: in another turn of a loop. Each that may be it has to end where a try goes well."""
    found = False
    for _, code, at in same:
        names = _names_in_turn(code, at)
        if names is None or names & _TAKES:
            continue
        if goes_without(code, at, at):
            found = True
        elif not names & _PAUSES:
            return False
    return found


@lru_cache(maxsize=512)
def _names_in_turn(code: CodeType, at: int) -> Optional[FrozenSet[str]]:
    """Of the innermost loop around a place; None where there is none."""
    around = [(source, target) for source, target in backward_jumps(code) if target <= at <= source]
    if not around:
        return None
    source, target = min(around, key=lambda one: one[0] - one[1])
    return names_between(code, target, source)
