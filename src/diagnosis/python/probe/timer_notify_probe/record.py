"""Where events go: one file a process, one JSON object a line, written before the program goes on."""
from __future__ import annotations

import json
import os
import threading
import time
from typing import Any, Dict, Optional, Tuple

_monotonic_ns = time.monotonic_ns
_encode = json.JSONEncoder(separators=(",", ":"), default=str).encode
_open, _write, _fstat, _getpid = os.open, os.write, os.fstat, os.getpid

#: How long a descriptor is trusted to be ours still, in ms.
TRUST = 2.0

_directory: Optional[str] = None
_checked_at = 0.0
_fd = -1
_identity: Tuple[int, int] = (0, 0)


def now_ms() -> float:
    return _monotonic_ns() / 1e6


def open_record(directory: str) -> None:
    global _directory
    _directory = directory
    reopen()


def emit(event: str, **fields: Any) -> None:
    if _directory is None:
        return
    at = now_ms()
    line = (_encode({"e": event, "t": at, **fields}) + "\n").encode()
    try:
        if not _is_ours(at):
            reopen()
        _write(_fd, line)
    except OSError:
        # The record is gone, or the disk is full: the program goes on unobserved.
        pass


def thread_of(thread: Optional[threading.Thread] = None) -> Dict[str, Any]:
    subject = thread or threading.current_thread()
    return {
        "id": subject.ident or 0,
        "name": subject.name,
        "isMain": subject is threading.main_thread(),
        "daemon": subject.daemon,
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


def reopen() -> None:
    global _fd, _identity
    path = os.path.join(str(_directory), f"{_getpid()}.jsonl")
    _fd = _open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    seen = _fstat(_fd)
    _identity = (seen.st_dev, seen.st_ino)
