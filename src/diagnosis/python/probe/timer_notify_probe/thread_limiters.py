"""Jobs that anyio runs in threads, which starlette and FastAPI give their plain functions to: a limiter lets only so many work."""
from __future__ import annotations

import functools
import sys
from typing import Any, Dict, List, Optional

from . import native, watch
from .executors import WaitingJob, jobs
from .frames import outwards
from .native import quiet
from .seen import note_sending


class _LimitedJob(WaitingJob):
    pool = "anyio’s thread limiter"

    def threads(self) -> List[int]:
        """Those that run something: anyio keeps idle ones."""
        frames = native.current_frames()
        working = [key for key, one in native.thread_objects().items() if type(one).__name__ == "WorkerThread"]
        return [key for key in working if key in frames and _is_working(frames[key])]


#: By the task that waits for the limiter.
_waiting: Dict[int, _LimitedJob] = {}


def patch_backend(module: Any) -> None:
    backend = getattr(module, "AsyncIOBackend", None)
    if backend is None:
        run, default = module.run_sync_in_worker_thread, module.current_default_thread_limiter
        module.run_sync_in_worker_thread = _watched(run, default)
    else:
        # From anyio 4 on.
        run, default = backend.run_sync_in_worker_thread, backend.current_default_thread_limiter
        backend.run_sync_in_worker_thread = staticmethod(_watched(run, default, _in_a_tuple))
    _patch_limiter(module.CapacityLimiter)


def _in_a_tuple(args: Any = (), *more: Any) -> Any:
    return args


def _watched(run: Any, default: Any, args_in: Any = lambda *args: args) -> Any:
    @functools.wraps(run)
    def watched_run(func: Any, *args: Any, **more: Any) -> Any:
        job = _note(func, args_in(*args), more.get("limiter"), default)
        running = run(func, *args, **more)
        return running if job is None else _finish(job, running)

    return watched_run


@quiet
def _note(func: Any, args: Any, limiter: Any, default: Any) -> Optional[_LimitedJob]:
    """Only what finds no thread free is of interest."""
    limiter = limiter or default()
    if limiter.available_tokens > 0:
        return None
    note_sending()
    job = _LimitedJob(func, args, limiter)
    jobs[job.number] = job
    watch.start()
    return job


async def _finish(job: _LimitedJob, running: Any) -> Any:
    task = id(sys.modules["asyncio"].current_task())
    _waiting[task] = job
    try:
        return await running
    finally:
        _waiting.pop(task, None)
        jobs.pop(job.number, None)


def _patch_limiter(limiter: Any) -> None:
    acquire = limiter.acquire_on_behalf_of

    @functools.wraps(acquire)
    def watched_acquire(self: Any, borrower: Any) -> Any:
        job = _waiting.get(id(borrower))
        acquiring = acquire(self, borrower)
        return acquiring if job is None else _begin(job, acquiring)

    limiter.acquire_on_behalf_of = watched_acquire


async def _begin(job: _LimitedJob, acquiring: Any) -> None:
    await acquiring
    jobs.pop(job.number, None)
    job.report_start()


def _is_working(frame: Any) -> bool:
    """Whether it is in a job, and does not wait for the next one."""
    for one in outwards(frame):
        if one.f_code.co_name == "run" and "anyio" in one.f_code.co_filename:
            return False
        if not one.f_code.co_filename.endswith(("queue.py", "threading.py")):
            return True
    return False
