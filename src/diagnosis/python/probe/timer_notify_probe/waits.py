"""For what a thread stands: a lock, a queue, another thread, a future; and who has to act for it to go on."""
from __future__ import annotations

import linecache
import re
import sys
from types import FrameType
from typing import Any, Dict, List, Optional, Tuple

from . import executor_end, process_waits, queues
from .frames import is_probe, is_users, local, place, source_line

_WITH = re.compile(r"^\s*(?:async\s+)?with\s+(.+?)\s*:")
_ACQUIRE = re.compile(r"([\w.]+)\.acquire\(\s*\)")
_RELEASE = re.compile(r"([\w.]+)\.release\(")
_NAME = re.compile(r"^[A-Za-z_][\w.]*$")
_OWNER = re.compile(r"owner=(\d+)")
_IMPORTING = "<frozen importlib._bootstrap>"
_OF_PROCESSES = ("synchronize.py", "subprocess.py", "popen_fork.py", "popen_spawn_posix.py", "multiprocessing/connection.py")
_LOCKS = ("lock", "RLock", "_RLock", "Condition", "Semaphore", "BoundedSemaphore")


def wait_of(frame: Optional[FrameType], frames: Dict[int, FrameType]) -> Optional[Dict[str, Any]]:
    """What this thread waits for without a limit; None where it does something else, or will go on by itself."""
    if frame is None:
        return None
    path, function = frame.f_code.co_filename, frame.f_code.co_name
    if path == _IMPORTING and function == "acquire":
        return _import_wait(frame)
    if path.endswith(_OF_PROCESSES) or is_probe(path):
        return process_waits.wait_of(frame)
    if path.endswith(("threading.py", "queue.py", "_base.py")):
        return process_waits.wait_of(frame) or _library_wait(frame)
    if path.endswith("selectors.py"):
        return executor_end.wait_of(frame, frames, wait_of)
    reading = process_waits.reading(frame, _value)
    if reading is not None:
        return reading
    if path.endswith("logging/__init__.py") and function in ("acquire", "_acquireLock"):
        lock = getattr(local(frame, "self"), "lock", None) or frame.f_globals.get("_lock")
        return _lock_wait("logging's lock", lock, frame, frames)
    name = _lock_name(frame)
    lock = None if name is None else _value(name, frame)
    if name is None or lock is None or type(lock).__name__ not in _LOCKS or not _is_held(lock):
        return None
    return _lock_wait(name, lock, frame, frames)


def _import_wait(frame: FrameType) -> Dict[str, Any]:
    """A module is imported by one thread at a time: this one waits for another to have done it."""
    lock = local(frame, "self")
    name = getattr(lock, "name", "a module")
    return {"kind": "import", "on": f"the import of {name}", "holder": getattr(lock, "owner", None)}


def awaited_future(frame: Optional[FrameType]) -> Any:
    """The future whose result a thread waits for without a limit; None where it does something else."""
    kind, subject = ("", None) if frame is None else _wait_in_library(frame)
    return subject if kind == "future" else None


def _library_wait(frame: FrameType) -> Optional[Dict[str, Any]]:
    kind, subject = _wait_in_library(frame)
    return {"kind": kind, "on": _subject_name(kind, subject), "holder": _holder_of(kind, subject)} if kind else None


def _wait_in_library(frame: FrameType) -> Tuple[str, Any]:
    """The kind of the outermost call that waits, and what for; an empty kind where it has a limit."""
    outer: Optional[FrameType] = frame
    kind, subject = "", None
    while outer is not None and not is_users(outer.f_code.co_filename):
        if any(_is_limit(local(outer, name)) for name in ("timeout", "endtime", "remaining")):
            return "", None
        found = _known_wait(outer)
        if found is not None:
            kind, subject = found, local(outer, "self")
        outer = outer.f_back
    return kind, subject


def _is_limit(value: Any) -> bool:
    return isinstance(value, (int, float)) and value is not True and value >= 0


def _known_wait(frame: FrameType) -> Optional[str]:
    path, function = frame.f_code.co_filename, frame.f_code.co_name
    owner = type(local(frame, "self")).__name__
    if path.endswith("queue.py") and function in ("join", "get", "put"):
        return f"queue-{function}"
    if path.endswith("_base.py") and function in ("result", "exception"):
        return "future"
    if path.endswith("threading.py") and function == "join" and owner != "Queue":
        return "thread-join"
    if path.endswith("threading.py") and function == "wait":
        return "event" if owner == "Event" else "condition"
    if path.endswith("threading.py") and function in ("acquire", "__enter__"):
        return "lock"
    return None


def _subject_name(kind: str, subject: Any) -> str:
    if kind == "thread-join":
        return f"thread {getattr(subject, 'name', '?')}"
    if kind == "future":
        return "a future"
    if kind == "queue-join":
        return f"a queue with {getattr(subject, 'unfinished_tasks', '?')} unfinished"
    if kind == "queue-put":
        return f"room in a full {type(subject).__name__} (maxsize {getattr(subject, 'maxsize', '?')})"
    name = type(subject).__name__
    return f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}"


def _holder_of(kind: str, subject: Any) -> Optional[int]:
    if kind == "thread-join":
        return getattr(subject, "ident", None)
    if kind in ("queue-join", "queue-put"):
        # Room in a full queue is made by whoever takes from it.
        seen = queues.queues.get(subject)
        return None if seen is None else seen.taken_by or None
    if kind == "future":
        job = getattr(subject, "_timer_notify", None)
        handover = getattr(subject, "_timer_notify_handover", None)
        if job is not None and job.ident:
            return int(job.ident)
        return None if handover is None else handover.loop.ident or None
    return None


def _lock_wait(name: str, lock: Any, waiting: FrameType, frames: Dict[int, FrameType]) -> Dict[str, Any]:
    owner = _OWNER.search(repr(lock)) if lock is not None else None
    holder = int(owner.group(1)) or None if owner is not None else None
    at: Optional[str] = None
    handler: Optional[str] = None
    # Its own thread first: a lock that is no RLock keeps out who holds it, too.
    for ident, frame in sorted(frames.items(), key=lambda one: _root(one[1]) is not _root(waiting)):
        held = _holding_place(waiting if _root(frame) is _root(waiting) else frame, lock)
        if held is not None and holder in (None, ident):
            holder, at = ident, held[0]
            handler = _handler_above(waiting, held[1])
            break
    return {"kind": "lock", "on": name, "holder": holder, "heldSince": at, "handler": handler}


def _handler_above(waiting: FrameType, holding: FrameType) -> Optional[str]:
    """The signal whose handler waits, where that interrupted what holds the lock in the same thread."""
    frame: Optional[FrameType] = waiting
    while frame is not None and frame is not holding:
        if frame.f_code.co_name == "watched_handler" and is_probe(frame.f_code.co_filename):
            names = sys.modules.get(f"{__package__}.signals")
            return None if names is None else str(names.name_of(local(frame, "number")))
        frame = frame.f_back
    return None


def _holding_place(frame: Optional[FrameType], lock: Any) -> Optional[Tuple[str, FrameType]]:
    """Where a thread took a lock that it still holds: a `with` around where it stands, or an acquire() above."""
    while frame is not None:
        if is_users(frame.f_code.co_filename):
            for line, name in _enclosing_locks(frame):
                if _value(name, frame) is lock:
                    return place(frame.f_code, line), frame
        frame = frame.f_back
    return None


def _enclosing_locks(frame: FrameType) -> "List[tuple[int, str]]":
    path, line = frame.f_code.co_filename, frame.f_lineno or 0
    found = []
    released = set()
    indent = _indent(path, line)
    for above in range(line - 1, frame.f_code.co_firstlineno - 1, -1):
        text = _raw(path, above)
        if text is None or not text.strip():
            continue
        deeper = len(text) - len(text.lstrip())
        match = _WITH.match(text)
        if deeper < indent:
            indent = deeper
            if match is not None:
                found.extend((above, part) for part in _names_in(match.group(1)))
        given_back = _RELEASE.search(text)
        if given_back is not None:
            released.add(given_back.group(1))
        acquired = _ACQUIRE.search(text)
        if acquired is not None and deeper <= indent and acquired.group(1) not in released:
            found.append((above, acquired.group(1)))
    return found


def _lock_name(frame: FrameType) -> Optional[str]:
    text = source_line(frame.f_code.co_filename, frame.f_lineno or 0)
    if text is None:
        return None
    match = _WITH.match(text)
    if match is not None:
        return next(iter(_names_in(match.group(1))), None)
    acquired = _ACQUIRE.search(text)
    return None if acquired is None else acquired.group(1)


def _names_in(text: str) -> List[str]:
    parts = [part.split(" as ")[0].strip() for part in text.split(",")]
    return [part for part in parts if _NAME.match(part)]


def _value(name: str, frame: FrameType) -> Any:
    """A dotted name as the frame sees it, without running a property of the program's."""
    first, *rest = name.split(".")
    value = frame.f_locals.get(first, frame.f_globals.get(first))
    for attribute in rest:
        held = _attributes(value)
        inner = held.get(attribute) if isinstance(held, dict) else None
        value = vars(type(value)).get(attribute) if inner is None and value is not None else inner
    return value


def _attributes(value: Any) -> Any:
    """Its own, without asking a proxy for those of what it stands for."""
    try:
        return object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None


def _is_held(lock: Any) -> bool:
    locked = getattr(lock, "locked", None)
    return bool(locked()) if locked is not None else True


def _root(frame: Optional[FrameType]) -> Optional[FrameType]:
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _indent(path: str, line: int) -> int:
    text = _raw(path, line) or ""
    return len(text) - len(text.lstrip())


def _raw(path: str, line: int) -> Optional[str]:
    text: str = linecache.getline(path, line)
    return text.rstrip("\n") if text else None
