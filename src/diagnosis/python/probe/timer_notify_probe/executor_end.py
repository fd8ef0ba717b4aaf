"""asyncio.run that does not return: it waits for the threads of the loop's executor, and one of them waits for good."""
from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Callable, Dict, List, Optional

from .continuation import leads_on
from .frames import is_users, local, outwards

WaitOf = Callable[[Optional[FrameType], Dict[int, FrameType]], Optional[Dict[str, Any]]]


def wait_of(frame: FrameType, frames: Dict[int, FrameType], job_wait: WaitOf) -> Optional[Dict[str, Any]]:
    """Of the thread that called asyncio.run, where what comes after it leads to a request; None elsewhere."""
    runner = next((outer for outer in outwards(frame) if _is_runner(outer)), None)
    caller = None if runner is None else next((outer for outer in outwards(runner) if is_users(outer.f_code.co_filename)), None)
    executor = None if runner is None else _executor_at_its_end(runner)
    if executor is None or caller is None or not leads_on(caller, caller.f_lasti):
        return None
    never = _never(executor, frame, frames, job_wait)
    return {"kind": "executor", "on": "the threads of its loop's executor to end", "holder": None, "never": never}


def _is_runner(frame: FrameType) -> bool:
    return frame.f_code.co_filename.endswith("asyncio/runners.py") and frame.f_code.co_name in ("close", "run")


def _executor_at_its_end(runner: FrameType) -> Any:
    loop = getattr(local(runner, "self"), "_loop", None) or local(runner, "loop")
    return getattr(loop, "_default_executor", None) if getattr(loop, "_executor_shutdown_called", False) else None


def _never(executor: Any, waiting: FrameType, frames: Dict[int, FrameType], job_wait: WaitOf) -> List[str]:
    """The jobs that wait for good; none where one goes on, or another thread of the program's may let it."""
    idents = {thread.ident for thread in list(getattr(executor, "_threads", ()))}
    waits = [job_wait(frames[ident], frames) for ident in idents if ident in frames and _is_in_job(frames[ident])]
    if any(wait is None for wait in waits) or _others_work(waiting, frames, idents):
        return []
    handed = "".join(_handed(job) for job in _jobs_of(executor))
    return [
        f"a job of it waits for {wait['on']}, and no other thread is left that could end that{handed}"
        for wait in waits
        if wait is not None
    ]


def _is_in_job(frame: FrameType) -> bool:
    return any(outer.f_code.co_name == "run" and outer.f_code.co_filename.endswith("concurrent/futures/thread.py") for outer in outwards(frame))


def _jobs_of(executor: Any) -> List[Any]:
    executors = sys.modules.get(f"{__package__}.executors")
    return [] if executors is None else [job for job in list(executors.jobs.values()) if job.executor() is executor][:3]


def _handed(job: Any) -> str:
    return f"; {job.subject.name} was handed over{f' at {job.stack[0]}' if job.stack else ''}"


def _others_work(waiting: FrameType, frames: Dict[int, FrameType], own: Any) -> bool:
    return any(
        ident not in own and not _is_beneath(frame, waiting) and any(is_users(outer.f_code.co_filename) for outer in outwards(frame))
        for ident, frame in frames.items()
    )


def _is_beneath(frame: FrameType, waiting: FrameType) -> bool:
    return any(outer is waiting for outer in outwards(frame))

