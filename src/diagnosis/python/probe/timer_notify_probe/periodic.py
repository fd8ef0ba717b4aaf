"""Whether a frame stands in a loop that comes round again: then what it is about to do is done again and again."""
from __future__ import annotations

import opcode
import sys
from types import CodeType, FrameType
from typing import Iterator, Optional, Tuple

_NAMES = opcode.opname
_EXTENDED = opcode.EXTENDED_ARG
_RELATIVE = set(opcode.hasjrel)
_ABSOLUTE = set(opcode.hasjabs)


def repeats(frame: Optional[FrameType]) -> bool:
    return frame is not None and any(
        target <= frame.f_lasti <= source for source, target in backward_jumps(frame.f_code)
    )


def backward_jumps(code: CodeType) -> Iterator[Tuple[int, int]]:
    """(from, to) in bytes."""
    argument = 0
    raw = code.co_code
    unit = 2 if sys.version_info >= (3, 10) else 1
    for offset in range(0, len(raw), 2):
        operation, low = raw[offset], raw[offset + 1]
        argument |= low
        if operation == _EXTENDED:
            argument <<= 8
            continue
        if "BACKWARD" in _NAMES[operation]:
            # Awaiting and `yield from` go round themselves; that is no loop of the program's.
            if "NO_INTERRUPT" not in _NAMES[operation]:
                yield offset, offset + 2 - argument * unit
        elif operation in _ABSOLUTE and argument * unit < offset:
            yield offset, argument * unit
        argument = 0
