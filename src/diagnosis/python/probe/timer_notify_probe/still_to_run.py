"""What a frame would still have run, had its process not been ended: the way on, `finally` blocks, the ends of `with`."""
from __future__ import annotations

from functools import lru_cache
from types import CodeType
from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

from .except_clauses import clauses_at, entries_of, instructions_of, is_within, line_of

_ENDS = ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE")
_GOES_ONLY = ("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT")
_ENDLESS = {"count", "cycle", "iter", "repeat"}


class Part(NamedTuple):
    """Some of a function's code: where it begins, the names that it uses, and the functions in it."""

    begins: Tuple[int, ...]
    names: Tuple[str, ...]
    inner: Tuple[CodeType, ...]


class Round(NamedTuple):
    """The rest of a `for` loop's turn, with the names of what it goes through."""

    part: Part
    through: Tuple[str, ...]


class StillToRun(NamedTuple):
    #: On its way on without an error, behind the loops that it is in.
    ahead: Part
    round: Optional[Round]
    #: Whether it is in a loop that may go on for as long as the program does.
    comes_round: bool
    #: The `finally` blocks around it, innermost first.
    at_last: Tuple[Part, ...]
    #: The names in what the `with` blocks around it were given.
    managers: Tuple[str, ...]


@lru_cache(maxsize=1024)
def still_to_run(code: CodeType, lasti: int) -> StillToRun:
    ways = ways_of(code)
    # A frame that is in a call may stand at one of the call's caches.
    lasti = max((one.offset for one in instructions_of(code) if one.offset <= lasti), default=lasti)
    after = ways.reached(ways.following(lasti))
    loop = _loop_around(ways, after, lasti)
    finals, managers = _around(ways, code, lasti)
    ahead = ways.part(ways.following(lasti), after - loop)
    turn = _round(ways, code, lasti, loop)
    return StillToRun(ahead, turn, bool(loop) and turn is None, finals, managers)


def _loop_around(ways: "_Ways", after: Set[int], lasti: int) -> FrozenSet[int]:
    """Awaiting goes round itself: that is no loop of the program's."""
    loop = frozenset(one for one in after if lasti in ways.reached([one])) if lasti in after else frozenset()
    return loop if ways.jumps_back(loop) else frozenset()


@lru_cache(maxsize=256)
def whole(code: CodeType) -> Part:
    first = instructions_of(code)[0].offset
    return ways_of(code).part([first], ways_of(code).reached([first]))


@lru_cache(maxsize=256)
def after_yield(code: CodeType) -> Part:
    """What a generator does once it is resumed for the last time, as a context manager is at its end."""
    ways = ways_of(code)
    place = max((one.offset for one in instructions_of(code) if one.opname == "YIELD_VALUE"), default=0)
    at_last, _ = _around(ways, code, place)
    if at_last:
        return at_last[0]
    return ways.part(ways.following(place), ways.reached(ways.following(place)))


def can_avoid(code: CodeType, part: Part, names: FrozenSet[str]) -> bool:
    """Whether there is a way from a part's beginning to its end that uses none of the names."""
    return ways_of(code).can_avoid(part.begins, names)


def is_always_reached(code: CodeType, end: int, target: int, place: int) -> bool:
    """Whether a `try` that ends without an error always goes on to an instruction behind it."""
    after = next((one.offset for one in instructions_of(code) if one.offset >= end), target)
    ways = ways_of(code)
    # A frame that is in a call may stand at one of the call's caches.
    place = max((one.offset for one in instructions_of(code) if one.offset <= place), default=place)
    return after < target and place in ways.reached([after]) and not ways.ends(ways.reached([after], frozenset([place])))


def is_always_run(code: CodeType, lasti: int, offset: int) -> bool:
    """Whether no way from one instruction to the code's end leaves another one out."""
    ways = ways_of(code)
    begin = max((one.offset for one in instructions_of(code) if one.offset <= lasti), default=0)
    return offset in ways.reached([begin]) and not ways.ends(ways.reached([begin], frozenset([offset])))


class Turn(NamedTuple):
    """What is left of the turn that a frame is at, of a loop that comes round for as long as the program goes on."""

    part: Part
    #: Where the loop begins, and the names in what it goes through.
    head: int
    through: Tuple[str, ...]


@lru_cache(maxsize=512)
def turn_of(code: CodeType, lasti: int) -> Optional[Turn]:
    """None where it is in no such loop."""
    ways = ways_of(code)
    if not still_to_run(code, lasti).comes_round:
        return None
    lasti = max((one.offset for one in instructions_of(code) if one.offset <= lasti), default=lasti)
    after = ways.reached(ways.following(lasti))
    loop = _loop_around(ways, after, lasti)
    if not loop:
        return None
    head = min(loop)
    is_for = next(one.opname for one in instructions_of(code) if one.offset == head) == "FOR_ITER"
    before = max((one.offset for one in instructions_of(code) if one.offset < head), default=head)
    rest = ways.reached(ways.following(lasti), frozenset([head])) & set(loop)
    return Turn(ways.part(ways.following(lasti), rest), head, _names_within(code, before, before) if is_for else ())


def can_pass_by(code: CodeType, turn: Turn, names: FrozenSet[str]) -> bool:
    """Whether a turn can come to its end without any of the names."""
    return ways_of(code).can_come_to(turn.part.begins, turn.head, names)


def names_before(code: CodeType, offset: int) -> Tuple[Tuple[str, ...], Tuple[CodeType, ...]]:
    """What is loaded in the expression whose value an instruction takes: its names, and the functions in it."""
    call = max(one.offset for one in instructions_of(code) if one.offset < offset)
    positions = list(code.co_positions())  # type: ignore[attr-defined]
    here = positions[call // 2]
    inside = [one for one in instructions_of(code) if one.offset <= call and is_within(positions[one.offset // 2], here)]
    return tuple(_names(inside)), tuple(one.argval for one in inside if isinstance(one.argval, CodeType))


def comes_after(code: CodeType, place: int, later: int) -> bool:
    """Whether code may go on from one place to another, errors on the way included."""
    ways = ways_of(code)
    return ways.place_of(later) in ways.reached_anyhow(ways.place_of(place))


def goes_without(code: CodeType, place: int, other: int) -> bool:
    """Whether what goes well at one place may come to the function's end without the other, where the loops around it go on."""
    ways = ways_of(code)
    reached = ways.reached_in_turns(ways.place_of(place), ways.place_of(other))
    return any(one.offset in reached and one.opname in ("RETURN_VALUE", "RETURN_CONST") for one in instructions_of(code))


def names_between(code: CodeType, begin: int, end: int) -> FrozenSet[str]:
    return frozenset(_names(one for one in instructions_of(code) if begin <= one.offset <= end))


def used_outside(code: CodeType, begin: int, end: int) -> Set[str]:
    return set(_names(one for one in instructions_of(code) if not begin <= one.offset < end))


def line_using(code: CodeType, part: Part, names: FrozenSet[str]) -> Optional[int]:
    """The first line of a part that uses one of the names."""
    return ways_of(code).line_using(part.begins, names)


@lru_cache(maxsize=512)
def ways_of(code: CodeType) -> "_Ways":
    return _Ways(code)


def names_at(code: CodeType, lasti: int) -> Tuple[str, ...]:
    """The names in the expression that an instruction belongs to."""
    return _names_within(code, lasti, lasti)


class _Ways:
    """How code goes on from one instruction to the next, errors aside."""

    def __init__(self, code: CodeType) -> None:
        self._code = code
        self._instructions = instructions_of(code)
        self._offsets = [one.offset for one in self._instructions]
        self._next: Dict[int, Tuple[int, ...]] = {}
        for one, other in zip(self._instructions, [*self._offsets[1:], None]):
            self._next[one.offset] = tuple(self._successors(one, other))

    def _successors(self, one: Any, other: Optional[int]) -> Iterator[int]:
        if one.opname in _ENDS:
            return
        if _is_jump(one):
            target = self._target(one)
            if target is not None:
                yield target
        if one.opname not in _GOES_ONLY and other is not None:
            yield other

    def _target(self, jump: Any) -> Optional[int]:
        """Where a jump goes to may be an instruction that does nothing, which is left out."""
        return next((offset for offset in self._offsets if offset >= jump.argval), None)

    def jumps_back(self, offsets: FrozenSet[int]) -> bool:
        """Whether one of them goes back to another, other than to be awaited on."""
        there = [one for one in self._instructions if one.offset in offsets and "NO_INTERRUPT" not in one.opname and one.opname != "SEND"]
        return any(_is_jump(one) and one.argval <= one.offset and self._target(one) in offsets for one in there)

    def following(self, offset: int) -> Tuple[int, ...]:
        known = self._next.get(offset)
        # An instruction without a name of its own, such as a cache, belongs to the one before.
        return known if known is not None else tuple(one for one in self._offsets if one > offset)[:1]

    def reached(self, begins: Iterable[int], but: FrozenSet[int] = frozenset()) -> Set[int]:
        found: Set[int] = set()
        waiting = [one for one in begins if one not in but]
        while waiting:
            offset = waiting.pop()
            if offset not in found:
                found.add(offset)
                waiting += [one for one in self._next.get(offset, ()) if one not in but]
        return found

    def place_of(self, offset: int) -> int:
        """A frame that is in a call may stand at one of the call's caches."""
        return max((one for one in self._offsets if one <= offset), default=offset)

    def reached_anyhow(self, place: int) -> Set[int]:
        """With the handlers of what may fail on the way."""
        entries = entries_of(self._code)
        found = {place}
        waiting = [place]
        while waiting:
            offset = waiting.pop()
            handlers = [one.target for one in entries if one.start <= offset < one.end]
            fresh = {*self.following(offset), *handlers} - found
            found |= fresh
            waiting += fresh
        return found

    def reached_in_turns(self, place: int, but: int) -> Set[int]:
        """Of the loops around a place none has come to its end."""
        after = self.reached(self.following(place))
        loops = {one.offset for one in self._instructions if one.opname == "FOR_ITER" and one.offset in after and place in self.reached([one.offset])}
        found: Set[int] = set()
        waiting = [one for one in self.following(place) if one != but]
        while waiting:
            offset = waiting.pop()
            if offset in found:
                continue
            found.add(offset)
            ahead = self._next.get(offset, ())
            waiting += [one for one in (ahead[-1:] if offset in loops else ahead) if one != but]
        return found

    def part(self, begins: Iterable[int], offsets: Iterable[int]) -> Part:
        wanted = set(offsets)
        there = [one for one in self._instructions if one.offset in wanted]
        inner = tuple(one.argval for one in there if isinstance(one.argval, CodeType))
        return Part(tuple(begins), tuple(_names(there)), inner)

    def line_using(self, begins: Iterable[int], names: FrozenSet[str]) -> Optional[int]:
        reached = self.reached(begins)
        using = [one.offset for one in self._instructions if one.offset in reached and names.intersection(_names([one]))]
        return line_of(self._code, using[0]) if using else None

    def can_avoid(self, begins: Iterable[int], names: FrozenSet[str]) -> bool:
        used = frozenset(one.offset for one in self._instructions if names.intersection(_names([one])))
        return self.ends(self.reached(begins, used))

    def can_come_to(self, begins: Iterable[int], place: int, names: FrozenSet[str]) -> bool:
        used = frozenset(one.offset for one in self._instructions if names.intersection(_names([one])))
        reached = self.reached(begins, used)
        return place in reached or self.ends(reached)

    def ends(self, offsets: Set[int]) -> bool:
        return any(one.offset in offsets and one.opname in _ENDS for one in self._instructions)


def _is_jump(one: Any) -> bool:
    return ("JUMP" in one.opname or one.opname in ("FOR_ITER", "SEND")) and isinstance(one.argval, int)


def _names(instructions: Iterable[Any]) -> Iterator[str]:
    for one in instructions:
        if one.opname.startswith("LOAD_") and one.opname not in ("LOAD_CONST", "LOAD_SMALL_INT"):
            # From Python 3.13 on one instruction may load two.
            yield from map(str, one.argval if isinstance(one.argval, tuple) else (one.argval,))


def _round(ways: _Ways, code: CodeType, lasti: int, loop: FrozenSet[int]) -> Optional[Round]:
    """None where it is in no `for` loop, or in one within a loop of another kind, which comes round again."""
    by_offset = {one.offset: one for one in instructions_of(code)}
    if not loop or by_offset[min(loop)].opname != "FOR_ITER":
        return None
    heads = frozenset(one for one in loop if by_offset[one].opname == "FOR_ITER")
    before = max((one for one in by_offset if one < min(loop)), default=None)
    through = () if before is None else _names_within(code, before, before)
    if not through or _ENDLESS & set(through):
        return None
    rest = ways.reached(ways.following(lasti), heads) & loop
    return Round(ways.part(ways.following(lasti), rest), through)


def _around(ways: _Ways, code: CodeType, lasti: int) -> Tuple[Tuple[Part, ...], Tuple[str, ...]]:
    """The `finally` blocks around an instruction, and the names in what `with` was given there."""
    finals: List[Part] = []
    managers: List[str] = []
    for target in handlers_around(code, lasti):
        begin = [one for one in instructions_of(code) if one.offset >= target][:2]
        if len(begin) < 2 or begin[0].opname != "PUSH_EXC_INFO":
            continue
        if begin[1].opname == "WITH_EXCEPT_START":
            managers += _names_of_manager(code, target)
        elif not clauses_at(code, target):
            handler = ways.reached([target])
            if not any("EXC_MATCH" in one.opname or "EG_MATCH" in one.opname for one in instructions_of(code) if one.offset in handler):
                finals.append(ways.part([target], handler))
    return tuple(finals), tuple(managers)


def handlers_around(code: CodeType, lasti: int) -> List[int]:
    """Innermost first: what a handler lies in itself lies around the code that it is for, too."""
    found: List[int] = []
    at = lasti
    while len(found) < 20:
        target = next((one.target for one in entries_of(code) if one.start <= at < one.end), None)
        if target is None or target in found:
            break
        found.append(target)
        at = target
    return found


def _names_of_manager(code: CodeType, target: int) -> Tuple[str, ...]:
    begin = min(one.start for one in entries_of(code) if one.target == target)
    before = max((one.offset for one in instructions_of(code) if one.offset < begin), default=None)
    return () if before is None else _names_within(code, before, before)


def _names_within(code: CodeType, place: int, until: int) -> Tuple[str, ...]:
    """The names loaded before an instruction, in the part of the source that it stands for."""
    positions = list(code.co_positions())  # type: ignore[attr-defined]
    here = positions[place // 2]
    if None in here:
        return ()
    inside = [one for one in instructions_of(code) if one.offset <= until and is_within(positions[one.offset // 2], here)]
    return tuple(_names(inside))
