"""Where events go: one file a process, one JSON object a line, written before the program goes on."""
from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import native

_encode = json.JSONEncoder(separators=(",", ":"), default=str).encode
_open, _write, _fstat = os.open, os.write, os.fstat
_join = os.path.join
_flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)

#: How long a descriptor is trusted to be ours still, in ms.
TRUST = 2.0

#: Reports of patches that are loaded only with what they follow, to be made when the program ends.
at_end: List[Callable[[], None]] = []

_directory: Optional[str] = None
_checked_at = 0.0
_fd = -1
_identity: Tuple[int, int] = (0, 0)


def now_ms() -> float:
    return native.monotonic_ns() / 1e6


def open_record(directory: str) -> None:
    global _directory
    _directory = directory
    reopen()


def emit(event: str, **fields: Any) -> None:
    if _directory is None:
        return
    at = now_ms()
    try:
        line = (_encode({"e": event, "t": at, **fields}) + "\n").encode("utf-8", "replace")
        if not _is_ours(at):
            reopen()
        _write(_fd, line)
    except (OSError, ValueError, TypeError):
        # The record is gone, the disk is full, or a value has no JSON: the program goes on unobserved.
        pass


def thread_of(thread: Optional[Any] = None, ident: Optional[int] = None) -> Dict[str, Any]:
    """A thread as the record names it; without an argument, the one that asks. `ident`: of one that may have no object."""
    subject = native.this_thread() if thread is None and ident is None else thread
    if subject is None:
        ident = native.get_ident() if ident is None else ident
        is_main = ident == native.main_ident
        return {"id": ident, "name": "MainThread" if is_main else f"thread {ident}", "isMain": is_main, "daemon": not is_main}
    ident = subject.ident or 0
    return {
        "id": ident,
        "name": str(subject.name),
        "isMain": ident == native.main_ident or type(subject).__name__ == "_MainThread",
        "daemon": bool(subject.daemon),
    }


def _is_ours(at: float) -> bool:
    """A program that closes descriptors may have been given ours again for a file of its own."""
    global _checked_at
    if at - _checked_at < TRUST:
        return True
    _checked_at = at
    try:
        seen = _fstat(_fd)
    except OSError:
        return False
    return (seen.st_dev, seen.st_ino) == _identity


def path_of(kind: str) -> str:
    return _join(str(_directory), f"{native.getpid()}.{kind}")


def reopen() -> None:
    global _fd, _identity
    _fd = _open(path_of("jsonl"), _flags, 0o600)
    seen = _fstat(_fd)
    _identity = (seen.st_dev, seen.st_ino)
