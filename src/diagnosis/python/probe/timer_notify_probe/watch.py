"""A thread that looks at what is pending and says where every thread stands; asleep while nothing is."""
from __future__ import annotations

import _thread
import os
import sys
import threading
import time
from typing import Any, Dict, List, Optional

from .frames import is_users, stack_of, statement_of
from .record import emit, now_ms, thread_of
from .seen import Handover, Job, Request, SeenLoop, all_loops, forget_closed_loops, handovers, jobs,  requests

#: How often it looks, in seconds.
LOOK = 0.1
#: What has been pending for less than this is no news, in ms.
NEWS = 150.0
#: Threads of which the place is told in one report.
THREADS = 20
#: Waiting jobs told in one report.
JOBS = 5

_started_in: Optional[int] = None
_sleep = time.sleep


def start() -> None:
    """Only once there is something to watch, and again in a forked child, where threads don't survive."""
    global _started_in
    if _started_in == os.getpid():
        return
    _started_in = os.getpid()
    # Not a threading.Thread: the program that counts its threads must not find one more.
    _thread.start_new_thread(_look_for_ever, ())


def _look_for_ever() -> None:
    while True:
        _sleep(LOOK)
        try:
            _look()
        except Exception as error:
            emit("probe-error", error=repr(error)[:300])


def _look() -> None:
    frames = sys._current_frames()
    emit("beat")
    forget_closed_loops()
    for loop in list(all_loops.values()):
        _note_turn(loop, frames)
    if _has_news():
        _snapshot("pending", frames, [])


def report(how: str, stack: List[str]) -> None:
    """The last look, from the thread that ends the process."""
    try:
        _snapshot(how, sys._current_frames(), stack)
    except Exception as error:
        emit("probe-error", error=repr(error)[:300])


def _note_turn(loop: SeenLoop, frames: Dict[int, Any]) -> None:
    stood = now_ms() - loop.turned_at
    if loop.turns == loop.seen_turns and loop.state == "running" and not _is_polling(loop, frames):
        return
    if loop.state == "running" and stood > NEWS + LOOK * 1000 and loop.seen_turns != -1 and loop.standing is not None:
        emit("stood", l=loop.number, forMs=stood, **loop.standing)
    loop.standing = None
    loop.seen_turns = loop.turns
    loop.turned_at = now_ms()


def _is_polling(loop: SeenLoop, frames: Dict[int, Any]) -> bool:
    """Waiting in the selector for something to happen is what a loop is for."""
    frame = frames.get(0 if loop.thread is None else loop.thread.ident or 0)
    return frame is not None and frame.f_code.co_filename.endswith("selectors.py")


def _has_news() -> bool:
    at = now_ms()
    if any(item.state == "running" and ready_in(item) > 0 for item in list(all_loops.values())):
        return True
    return any(
        at - since > NEWS
        for since in (
            *(item.started_at for item in list(requests.values())),
            *(item.started_at for item in list(handovers.values())),
            *(item.submitted_at for item in list(jobs.values())),
            *(item.turned_at for item in list(all_loops.values()) if item.state == "running"),
        )
    )


def _snapshot(how: str, frames: Dict[int, Any], stack: List[str]) -> None:
    queued = [item for item in list(jobs.values()) if not item.future.running() and not item.future.done()]
    # Lookups first: a request waits for them.
    queued.sort(key=lambda item: item.name != "getaddrinfo")
    emit(
        "snapshot",
        how=how,
        stack=stack,
        requests=[_of_request(item) for item in list(requests.values())],
        loops=[_of_loop(item, frames) for item in list(all_loops.values())],
        handovers=[_of_handover(item) for item in list(handovers.values())],
        jobs=[_of_job(item, frames) for item in queued[:JOBS]],
        queued=len(queued),
        threads=[_of_thread(item, frames) for item in threading.enumerate()[:THREADS]],
    )


def _of_request(request: Request) -> Dict[str, Any]:
    return {"r": request.number, "s": request.state, "threadAlive": request.thread.is_alive()}


def _of_loop(loop: SeenLoop, frames: Dict[int, Any]) -> Dict[str, Any]:
    frame = frames.get(0 if loop.thread is None else loop.thread.ident or 0)
    standing = {
        "statement": statement_of(frame),
        "stack": stack_of(frame),
        "waitsFor": waited_thread(frame),
        "inLock": is_in_lock(frame),
    }
    polling = _is_polling(loop, frames)
    stood = now_ms() - loop.turned_at
    if loop.state == "running" and not polling and stood > NEWS:
        loop.standing = standing
    return {
        "l": loop.number,
        "s": loop.state,
        "polling": polling,
        "stoodMs": stood,
        "ready": ready_in(loop),
        "thread": None if loop.thread is None else thread_of(loop.thread),
        "threadAlive": loop.thread is not None and loop.thread.is_alive(),
        **standing,
    }


def ready_in(loop: SeenLoop) -> int:
    """Callbacks that the loop has been given and not yet run."""
    target = loop.loop()
    return 0 if target is None else len(getattr(target, "_ready", ()))


def _of_handover(handover: Handover) -> Dict[str, Any]:
    from .handovers import has_started

    return {"h": handover.number, "started": has_started(handover)}


def _of_job(job: Job, frames: Dict[int, Any]) -> Dict[str, Any]:
    executor = job.executor()
    workers = [] if executor is None else [thread.ident for thread in list(executor._threads)]
    busy = [frames[ident] for ident in workers if ident in frames]
    return {
        "j": job.number,
        "name": job.name,
        "module": job.module,
        "stack": job.stack[:4],
        "queuedMs": now_ms() - job.submitted_at,
        "workers": len(workers),
        "busyWith": [text for text in (statement_of(frame) for frame in busy[:3]) if text is not None],
    }


def _of_thread(thread: threading.Thread, frames: Dict[int, Any]) -> Dict[str, Any]:
    frame = frames.get(thread.ident or 0)
    return {**thread_of(thread), "stack": stack_of(frame)[:4], "statement": statement_of(frame)}


def waited_thread(frame: Any) -> Optional[int]:
    """The thread that this one joins, or None."""
    while frame is not None and not is_users(frame.f_code.co_filename):
        if frame.f_code.co_name == "join" and frame.f_code.co_filename.endswith("threading.py"):
            joined = frame.f_locals.get("self")
            return getattr(joined, "ident", None)
        frame = frame.f_back
    return None


def is_in_lock(frame: Any) -> bool:
    """Whether it waits for another thread: a lock, an event, a queue, a future, a join."""
    return frame is not None and frame.f_code.co_filename.endswith(
        ("threading.py", "queue.py", "_base.py", "synchronize.py")
    )
