"""Python 3.11 has nothing that says that an error was taken: the handlers of the person's own functions are made to."""
from __future__ import annotations

import dis
from types import CodeType
from typing import Any, Callable, Optional, Tuple

from .except_clauses import entries_of, line_of, may_pass_over

#: Told what an `except` at an offset of some code has taken: called in the frame that takes it.
Told = Callable[[CodeType, int], None]


class Note:
    """Stands among the constants of a function, and is called where one of its handlers begins."""

    def __init__(self, told: Told, code: CodeType, target: int) -> None:
        self._told, self._code, self._target = told, code, target

    def __call__(self) -> None:
        try:
            self._told(self._code, self._target)
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
    last = next((line for _, _, line in reversed(list(code.co_lines())) if line is not None), code.co_firstlineno)
    for target in targets:
        detours[target] = len(raw)
        consts.append(Note(told, code, target))
        begin = len(raw) + 2
        raw += _detour(len(raw), target, len(consts) - 1)
        line = line_of(code, target + 2)
        lines += _located((len(raw) - detours[target]) // 2, line - last)
        last = line
        around = next((one for one in table if one.start <= target + 2 < one.end), None)
        if around is not None:
            table.append(around._replace(start=begin, end=len(raw)))
    moved = [one._replace(target=detours[one.target]) if one.target in detours and one.start < len(code.co_code) else one for one in table]
    return code.replace(
        co_code=bytes(raw),
        co_consts=tuple(consts),
        co_stacksize=code.co_stacksize + 2,
        co_exceptiontable=b"".join(map(_packed, moved)),
        co_linetable=lines,
    )


def _detour(at: int, target: int, constant: int) -> bytes:
    code = _unit("PUSH_EXC_INFO") + _unit("PUSH_NULL") + _unit("LOAD_CONST", constant)
    code += _unit("PRECALL") + _unit("CACHE") + _unit("CALL") + _unit("CACHE") * 4 + _unit("POP_TOP")
    # The jump is counted from behind itself, and its own length depends on how far it goes.
    for length in (2, 4, 6, 8):
        back = _unit("JUMP_BACKWARD_NO_INTERRUPT", (at + len(code) + length - (target + 2)) // 2)
        if len(back) == length:
            return code + back
    raise ValueError("too far")


def _unit(name: str, argument: int = 0) -> bytes:
    parts = [(dis.opmap["EXTENDED_ARG"], argument >> shift & 0xFF) for shift in (24, 16, 8) if argument >> shift]
    number: Optional[int] = 0 if name == "CACHE" else dis.opmap[name]
    return b"".join(bytes(part) for part in [*parts, (number, argument & 0xFF)])


def _packed(entry: Any) -> bytes:
    numbers = (entry.start // 2, (entry.end - entry.start) // 2, entry.target // 2, entry.depth << 1 | entry.lasti)
    packed = b"".join(_varint(number) for number in numbers)
    return bytes([packed[0] | 0x80]) + packed[1:]


def _varint(number: int) -> bytes:
    parts: Tuple[int, ...] = (number & 63,)
    while number > 63:
        number >>= 6
        parts = (number & 63 | 64, *parts)
    return bytes(parts)


def _located(units: int, lines_on: int) -> bytes:
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
