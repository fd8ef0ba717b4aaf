"""Pipes that nobody empties: whoever writes to such a one waits, and whoever waits for that process waits with it."""
from __future__ import annotations

import fcntl
import re
import struct
import termios
from types import FrameType
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .frames import source_line, users_of
from .record import now_ms

#: A pipe with less room than this is full: its writer may wait for room for one whole write.
ROOM = 8192
#: A pipe from which nothing was taken for this long is read by nobody, in ms.
UNREAD = 400.0

_OF_POPEN = re.compile(r"([\w.]+)\.(?:stdout|stderr|stdin)\b")
_STREAMS = ("stdout", "stderr")
#: How much lay in each pipe, and since when.
_unread: Dict[int, Tuple[int, float]] = {}


def unread_pipes(frame: Optional[FrameType], process: Any) -> List[str]:
    """Full pipes that come from the process for which a thread waits, each in words."""
    found = [] if process is None else list(_of_popen(process))
    if process is None or not hasattr(process, "stdout"):
        found.extend(_of_queues(frame))
    return [text for text in (unread_text(name, pipe) for name, pipe in found) if text is not None]


def unread_text(name: str, pipe: Any) -> Optional[str]:
    """Of a pipe that is full and that nobody empties; None of any other."""
    size = _full(pipe)
    return None if size is None else f"{name} holds {size} bytes that nobody reads: the pipe is full, and who writes to it waits"


def popen_read_by(frame: FrameType, value: Any) -> Optional[Any]:
    """The process to whose stream the statement of a frame belongs; `value` looks a dotted name up."""
    text = source_line(frame.f_code.co_filename, frame.f_lineno or 0)
    match = None if text is None else _OF_POPEN.search(text)
    process = None if match is None else value(match.group(1), frame)
    return process if type(process).__name__ == "Popen" and hasattr(process, "pid") else None


def _of_popen(process: Any) -> Iterator[Tuple[str, Any]]:
    for name in _STREAMS:
        pipe = getattr(process, name, None)
        if pipe is not None:
            yield f"its {name}", pipe


def _of_queues(frame: Optional[FrameType]) -> Iterator[Tuple[str, Any]]:
    """Queues and pipes of multiprocessing that the waiting code knows by name."""
    for own in users_of(frame):
        for name, subject in list({**own.f_globals, **own.f_locals}.items())[-500:]:
            kind = type(subject)
            if kind.__module__ == "multiprocessing.queues" and hasattr(subject, "_reader"):
                yield f"the queue {name}", subject._reader
            elif kind.__module__ == "multiprocessing.connection" and kind.__name__ == "Connection":
                yield f"the connection {name}", subject


def _full(pipe: Any) -> Optional[int]:
    """How much lies in it, where that is all it can hold and nothing was taken for long."""
    try:
        fd = pipe.fileno()
        size = struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"\0" * 4))[0]
        room = fcntl.fcntl(fd, getattr(fcntl, "F_GETPIPE_SZ", 1032))
    except (OSError, ValueError, AttributeError):
        return None
    known, since = _unread.get(fd, (-1, 0.0))
    if known != size:
        _unread[fd] = (size, now_ms())
        return None
    return int(size) if size >= room - ROOM and now_ms() - since >= UNREAD else None

