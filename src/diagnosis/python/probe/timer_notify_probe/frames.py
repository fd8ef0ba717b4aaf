"""Places in the program, the user's own first."""
from __future__ import annotations

import linecache
import os
import sys
import sysconfig
from functools import lru_cache
from types import CodeType, FrameType
from typing import List, Optional

_HERE = os.path.dirname(os.path.abspath(__file__))
_LIBRARIES = tuple(
    path for path in (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), _HERE) if path is not None
)
#: Frames kept of one stack.
_DEPTH = 12
#: Of them, those of libraries.
_LIBRARY_DEPTH = 5


def caller_stack() -> List[str]:
    """The stack of whoever called into the probe, innermost of the user's frames first."""
    return stack_of(sys._getframe(1))


def stack_of(frame: Optional[FrameType]) -> List[str]:
    own: List[str] = []
    others: List[str] = []
    while frame is not None and len(own) < _DEPTH:
        path = frame.f_code.co_filename
        if not path.startswith(_HERE):
            (own if is_users(path) else others).append(_place(frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return [*own, *others[:_LIBRARY_DEPTH]]


def statement_of(frame: Optional[FrameType]) -> Optional[str]:
    """The source line at which the innermost of the user's frames stands."""
    while frame is not None:
        if is_users(frame.f_code.co_filename):
            return linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip() or None
        frame = frame.f_back
    return None


@lru_cache(maxsize=4096)
def is_users(path: str) -> bool:
    if path.startswith("<") or path.startswith(_LIBRARIES):
        return False
    return "site-packages" not in path and "dist-packages" not in path


@lru_cache(maxsize=4096)
def _place(code: CodeType, line: int) -> str:
    return f"{code.co_filename}:{line} ({code.co_name})"
