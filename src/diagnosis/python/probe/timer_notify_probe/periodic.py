"""Whether a frame stands in a loop that comes round again: then what it is about to do is done again and again."""
from __future__ import annotations

import opcode
import sys
from types import CodeType, FrameType, TracebackType
from typing import Any, Iterator, Optional, Tuple

from .frames import is_users

_NAMES = opcode.opname
_EXTENDED = opcode.EXTENDED_ARG
_RELATIVE = set(opcode.hasjrel)
_ABSOLUTE = set(opcode.hasjabs)
#: By number in Python 3.11 and 3.12, by name later.
_CACHES: Any = getattr(opcode, "_inline_cache_entries", None)


def repeats(frame: Optional[FrameType]) -> bool:
    return frame is not None and any(
        target <= frame.f_lasti <= source for source, target in backward_jumps(frame.f_code)
    )


def ended_by(trace: Optional[TracebackType]) -> bool:
    """Whether an error went out through a loop of the user's: what comes after in it never will."""
    while trace is not None:
        code = trace.tb_frame.f_code
        if is_users(code.co_filename) and any(to <= trace.tb_lasti <= at for at, to in backward_jumps(code)):
            return True
        trace = trace.tb_next
    return False


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
                yield offset, offset + 2 + _caches_of(operation) * 2 - argument * unit
        elif operation in _ABSOLUTE and argument * unit < offset:
            yield offset, argument * unit
        argument = 0


def _caches_of(operation: int) -> int:
    """A jump is counted from behind its own caches."""
    if _CACHES is None:
        return 0
    return int(_CACHES.get(_NAMES[operation], 0) if isinstance(_CACHES, dict) else _CACHES[operation])
