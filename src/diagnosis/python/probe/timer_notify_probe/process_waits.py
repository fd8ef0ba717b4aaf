"""Waits for another process, and why that process can't do its part: it is dead, or waits for this one to read."""
from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Callable, Dict, List, Optional

from . import native
from .frames import is_users, local, outwards
from .record import now_ms

#: Workers of pools that ended badly: the pool's list of workers, when, and in words.
_deaths: List[Dict[str, Any]] = []


def note_death(workers: int, pid: int, code: int) -> None:
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    _deaths.append({"workers": workers, "at": now_ms(), "text": f"process {pid}, a worker of the pool, was ended {how}"})
    del _deaths[:-20]


def wait_of(frame: FrameType) -> Optional[Dict[str, Any]]:
    """What a thread waits for without a limit; None where it is no process, or all is as it should be."""
    for outer in outwards(frame):
        if is_users(outer.f_code.co_filename):
            return None
        if isinstance(local(outer, "timeout"), (int, float)):
            return None
        found = _known(outer, local(outer, "self"))
        if found is not None:
            return found
    return None


def reading(frame: FrameType, value: Callable[[str, FrameType], Any]) -> Optional[Dict[str, Any]]:
    """A read from, or a write to, one stream of a process that can't go on before another one is read."""
    pipes = _pipes()
    process = None if pipes is None or not is_users(frame.f_code.co_filename) else pipes.popen_read_by(frame, value)
    return None if process is None else _child(process, process.pid, frame)


def _known(frame: FrameType, subject: Any) -> Optional[Dict[str, Any]]:
    path, function = frame.f_code.co_filename, frame.f_code.co_name
    if path.endswith("subprocess.py") and function == "wait":
        return _child(subject, subject.pid, frame)
    if path.endswith("multiprocessing/process.py") and function == "join":
        return _child(None, subject.pid, frame)
    if path.endswith("multiprocessing/pool.py") and function in ("get", "wait", "next", "join"):
        return _pool(subject)
    if function in ("watched_enter", "watched_acquire") and path.endswith("process_locks.py"):
        return _lock(subject)
    return None


def _child(process: Any, pid: int, frame: FrameType) -> Optional[Dict[str, Any]]:
    pipes = _pipes()
    never = [] if pipes is None or not native.exists(f"/proc/{pid}") else pipes.unread_pipes(frame, process)
    return {"kind": "child", "on": f"process {pid}", "holder": None, "never": never}


def _pool(subject: Any) -> Optional[Dict[str, Any]]:
    """A pool replaces a worker that was killed, and never does its job again."""
    workers = getattr(getattr(subject, "_pool", None), "_pool", None) or getattr(subject, "_pool", None)
    since = getattr(subject, "_timer_notify_at", 0.0)
    never = [death["text"] for death in _deaths if death["workers"] == id(workers) and death["at"] >= since]
    on = f"a pool of {len(workers)} processes" if isinstance(workers, list) else "a pool"
    is_join = not hasattr(subject, "_timer_notify_at")
    return {"kind": "pool", "on": on if is_join else f"the result of a job of {on}", "holder": None, "never": never}


def _lock(subject: Any) -> Optional[Dict[str, Any]]:
    locks = sys.modules.get(f"{__package__}.process_locks")
    key = None if locks is None else locks.key_of(subject)
    return {"kind": "process-lock", "on": f"a multiprocessing.{type(subject).__name__}", "holder": None, "lock": key}


def _pipes() -> Any:
    return sys.modules.get(f"{__package__}.pipes")
