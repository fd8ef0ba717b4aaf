"""Python 3.11 has nothing that says that an error was taken: the handlers of the person's own functions are made to."""
from __future__ import annotations

import dis
from types import CodeType
from typing import Any, Callable, List, NamedTuple, Optional, Tuple

from .except_clauses import ASYNC_GENERATOR, GENERATOR, entries_of, instructions_of, line_of, may_pass_over

#: A generator's or a coroutine's own beginning is no place to leave from.
_IS_SUSPENDED = GENERATOR | ASYNC_GENERATOR


class Entry(NamedTuple):
    start: int
    end: int
    target: int
    depth: int
    lasti: bool


#: Told what an `except` at an offset of some code has taken: called in the frame that takes it.
Told = Callable[[CodeType, int], None]


class Note:
    """Stands among the constants of a function, and is called where one of its handlers begins."""

    def __init__(self, told: Told, code: CodeType, target: int) -> None:
        self._told, self.code, self._target = told, code, target

    def __call__(self) -> None:
        try:
            self._told(self.code, self._target)
        except Exception:
            # The interpreter ends, and our own names are gone.
            pass

    def __reduce__(self) -> Any:
        # Whoever sends functions to another process by their code sends this one without us.
        return (type, (None,))


def with_notes(code: CodeType, told: Told) -> CodeType:
    """The same code, with a few instructions behind its end to which each broad handler goes first: nothing in it moves."""
    consts = [with_notes(one, told) if isinstance(one, CodeType) else one for one in code.co_consts]
    targets = sorted(target for target in {one.target for one in entries_of(code)} if may_pass_over(code, target))
    if not targets:
        return code if all(new is old for new, old in zip(consts, code.co_consts)) else code.replace(co_consts=tuple(consts))
    raw = bytearray(code.co_code)
    detours, table, lines = {}, list(entries_of(code)), code.co_linetable
    last = last_line(code)
    for target in targets:
        detours[target] = len(raw)
        consts.append(Note(told, code, target))
        begin = len(raw) + 2
        raw += _detour(len(raw), target, len(consts) - 1)
        line = line_of(code, target + 2)
        lines += located((len(raw) - detours[target]) // 2, line - last)
        last = line
        around = next((one for one in table if one.start <= target + 2 < one.end), None)
        if around is not None:
            table.append(around._replace(start=begin, end=len(raw)))
    moved = [one._replace(target=detours[one.target]) if one.target in detours and one.start < len(code.co_code) else one for one in table]
    return code.replace(
        co_code=bytes(raw),
        co_consts=tuple(consts),
        co_stacksize=code.co_stacksize + 2,
        co_exceptiontable=b"".join(map(packed, moved)),
        co_linetable=lines,
    )


def _detour(at: int, target: int, constant: int) -> bytes:
    code = unit("PUSH_EXC_INFO") + unit("PUSH_NULL") + unit("LOAD_CONST", constant)
    code += unit("PRECALL") + unit("CACHE") + unit("CALL") + unit("CACHE") * 4 + unit("POP_TOP")
    # The jump is counted from behind itself, and its own length depends on how far it goes.
    for length in (2, 4, 6, 8):
        back = unit("JUMP_BACKWARD_NO_INTERRUPT", (at + len(code) + length - (target + 2)) // 2)
        if len(back) == length:
            return code + back
    raise ValueError("too far")


def with_leave_note(code: CodeType, left: Told) -> CodeType:
    """The same code, with a few instructions behind its end through which an error leaves it that nothing in it takes."""
    size = len(code.co_code)
    free: List[Tuple[int, int]] = []
    begin = next((one.offset + 2 for one in instructions_of(code) if one.opname == "RESUME"), 2)
    for one in sorted(entries_of(code), key=lambda entry: entry.start):
        if one.start > begin:
            free.append((begin, one.start))
        begin = max(begin, one.end)
    if begin < size:
        free.append((begin, size))
    entries = entries_of(code)
    if not free or code.co_flags & _IS_SUSPENDED:
        return code
    raw = code.co_code + unit("PUSH_EXC_INFO") + unit("PUSH_NULL") + unit("LOAD_CONST", len(code.co_consts))
    raw += unit("PRECALL") + unit("CACHE") + unit("CALL") + unit("CACHE") * 4 + unit("POP_TOP")
    raw += unit("SWAP", 2) + unit("POP_EXCEPT") + unit("RERAISE", 1)
    kind = type(entries[0]) if entries else Entry
    table = sorted([*entries, *(kind(start, end, size, 0, True) for start, end in free)], key=lambda entry: int(entry.start))
    return code.replace(
        co_code=raw,
        co_consts=(*code.co_consts, Note(left, code, size)),
        co_stacksize=code.co_stacksize + 4,
        co_exceptiontable=b"".join(map(packed, table)),
        co_linetable=code.co_linetable + located((len(raw) - size) // 2, 0),
    )


def last_line(code: CodeType) -> int:
    """What the table of lines counts on from where it ends."""
    return next((line for _, _, line in reversed(list(code.co_lines())) if line is not None), code.co_firstlineno)


def original_of(code: CodeType) -> CodeType:
    """What code was before it was made to tell; its instructions stand where they stood."""
    note = next((one for one in code.co_consts if isinstance(one, Note)), None)
    return code if note is None else original_of(note.code)


def has_notes(code: CodeType) -> bool:
    return any(isinstance(one, Note) for one in code.co_consts)


def unit(name: str, argument: int = 0) -> bytes:
    parts = [(dis.opmap["EXTENDED_ARG"], argument >> shift & 0xFF) for shift in (24, 16, 8) if argument >> shift]
    number: Optional[int] = 0 if name == "CACHE" else dis.opmap[name]
    return b"".join(bytes(part) for part in [*parts, (number, argument & 0xFF)])


def packed(entry: Any) -> bytes:
    numbers = (entry.start // 2, (entry.end - entry.start) // 2, entry.target // 2, entry.depth << 1 | entry.lasti)
    packed = b"".join(_varint(number) for number in numbers)
    return bytes([packed[0] | 0x80]) + packed[1:]


def _varint(number: int) -> bytes:
    parts: Tuple[int, ...] = (number & 63,)
    while number > 63:
        number >>= 6
        parts = (number & 63 | 64, *parts)
    return bytes(parts)


def located(units: int, lines_on: int) -> bytes:
    """Entries of the table of lines: so many instructions, so many lines after what was there before, without columns."""
    entries = b""
    while units > 0:
        length = min(units, 8)
        entries += bytes([0x80 | 13 << 3 | length - 1]) + _signed(lines_on)
        units, lines_on = units - length, 0
    return entries


def _signed(number: int) -> bytes:
    rest = -number << 1 | 1 if number < 0 else number << 1
    parts = []
    while rest > 63:
        parts.append(rest & 63 | 64)
        rest >>= 6
    return bytes([*parts, rest])
