"""Python 3.11: functions that throw away what is lazy are made to show it."""
from __future__ import annotations

import dis
from types import CodeType
from typing import Any, Callable, List

from .except_clauses import entries_of, line_of
from .handler_code import Entry, Note, last_line, located, packed, unit


class Shown(Note):
    """Stands among the constants of a function, and is called with what it is to show."""

    def __init__(self, tell: Callable[[Any], None], code: CodeType) -> None:
        super().__init__(lambda *_: None, code, 0)
        self._tell = tell

    def __call__(self, value: Any = None) -> None:
        try:
            self._tell(value)
        except Exception:
            # The interpreter ends, and our own names are gone.
            pass


def with_notes_of_drops(code: CodeType, sites: List[int], tell: Callable[[Any], None], tell_kept: Callable[[Any], None]) -> CodeType:
    """The same code, which shows what it throws away at some instructions."""
    for site in sites:
        constant = unit("LOAD_CONST", len(code.co_consts))
        show = unit("PUSH_NULL") + unit("SWAP", 2) + constant + unit("SWAP", 2) + _call()
        if code.co_code[site] == dis.opmap["POP_TOP"]:
            code = _detoured(code, site, show, tell)
        else:
            code = _detoured(code, site, unit("COPY", 1) + show + code.co_code[site : site + 2], tell_kept)
    return code


def _call() -> bytes:
    return unit("PRECALL", 1) + unit("CACHE") + unit("CALL", 1) + unit("CACHE") * 4 + unit("POP_TOP")


def _detoured(code: CodeType, site: int, way: bytes, tell: Callable[[Any], None]) -> CodeType:
    """Goes a way around one instruction. Where it is too far for one jump, the code stays as it is."""
    raw = bytearray(code.co_code)
    begin, over = len(raw), (len(raw) - (site + 2)) // 2
    if over > 255 or len(code.co_consts) > 255:
        return code
    raw[site : site + 2] = unit("JUMP_FORWARD", over)
    raw += way
    back = (len(raw) + 2 - (site + 2)) // 2
    raw += unit("JUMP_BACKWARD_NO_INTERRUPT", back if back < 256 else (len(raw) + 4 - (site + 2)) // 2)
    table = list(entries_of(code))
    around = next((one for one in table if one.start <= site < one.end), None)
    if around is not None:
        table.append(Entry(begin, len(raw), around.target, around.depth, around.lasti))
    return code.replace(
        co_code=bytes(raw),
        co_consts=(*code.co_consts, Shown(tell, code)),
        co_stacksize=code.co_stacksize + 4,
        co_exceptiontable=b"".join(map(packed, table)),
        co_linetable=code.co_linetable + located((len(raw) - begin) // 2, line_of(code, site) - last_line(code)),
    )
