"""Jobs that wait for a thread of a full executor."""
from __future__ import annotations

import functools
import weakref
from typing import Any

from . import watch
from .frames import caller_stack
from .record import now_ms
from .seen import Job, jobs, next_number


def patch_thread_executor(module: Any) -> None:
    executor: Any = module.ThreadPoolExecutor
    submit = executor.submit

    @functools.wraps(submit)
    def watched_submit(self: Any, fn: Any, /, *args: Any, **more: Any) -> Any:
        future = submit(self, fn, *args, **more)
        name = getattr(fn, "__qualname__", repr(fn))
        module = getattr(fn, "__module__", None) or ""
        job = Job(next_number(), name, module, future, weakref.ref(self), caller_stack(), now_ms())
        jobs[job.number] = job
        watch.start()
        future.add_done_callback(lambda _: jobs.pop(job.number, None))
        return future

    executor.submit = watched_submit
