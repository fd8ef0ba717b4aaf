"""Where the threads are while one of them keeps the interpreter's lock: no code of Python's can say, so a signal asks."""
from __future__ import annotations

import faulthandler
import os
import sys
from _signal import SIG_DFL, getsignal
from typing import Any

from . import native
from .record import emit, path_of

#: A real-time signal that nobody uses; the doctor sends it only to a process of which no thread runs.
_SIGNAL = 58

_open = os.open
_flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
#: Looked up now: at the program's end nothing can be.
_register: Any = getattr(faulthandler, "register", None)


@native.quiet
def offer() -> None:
    if _register is None or not sys.platform.startswith("linux") or getsignal(_SIGNAL) is not SIG_DFL:
        return
    fd = _open(path_of("stacks"), _flags, 0o600)
    _register(_SIGNAL, file=fd, all_threads=True, chain=False)
    emit("stacks-offered", signal=_SIGNAL, fd=fd)
