"""Jobs of executors: those that wait for a free thread, and those whose error nobody has asked for."""
from __future__ import annotations

import functools
import weakref
from types import MethodType
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import native, watch
from .broken_pools import note_callbacks
from .frames import caller_stack, remote_place, trace_stack, user_place
from .leads import Subject, is_of_client
from .native import quiet
from .record import emit, now_ms, thread_of
from .seen import next_number, note_sending, thread_key, thread_requests
from .swallowed import note_refused, over


#: A job that has waited for longer than this for a thread is worth a word, in ms.
LATE = 500.0


#: What a job waits for, in words.
EXECUTOR = "the executor"


class WaitingJob:
    """What waits for a thread, of an executor or of anything else that lets only so many work at a time."""

    pool = EXECUTOR

    def __init__(self, fn: Any, args: Any, executor: Any) -> None:
        self.number = next_number()
        self.subject = Subject(unwrapped(*_scheduled_in(fn, args)))
        self.executor: "weakref.ref[Any]" = weakref.ref(executor)
        self.stack = caller_stack()
        self.submitted_at = now_ms()

    def is_queued(self) -> bool:
        return True

    def threads(self) -> List[int]:
        """The native threads that it waits for."""
        return threads_of(self.executor())

    def report_start(self) -> None:
        queued_ms = now_ms() - self.submitted_at
        if queued_ms >= LATE:
            emit("job-started", **described(self), queuedMs=queued_ms, thread=thread_of())


def threads_of(executor: Any) -> List[int]:
    """The native ones, of an executor."""
    return [thread.ident for thread in list(getattr(executor, "_threads", ()))]


class Job(WaitingJob):
    def __init__(self, fn: Any, args: Any, future: Any, executor: Any) -> None:
        super().__init__(fn, args, executor)
        #: The future has the job: what it results in must go when the program lets go of it, not with a later collection.
        self.future: "weakref.ref[Any]" = weakref.ref(future)
        #: The native thread that runs it, once one does.
        self.ident = 0
        self.key = 0
        self.requests_before = 0
        self.failed = False
        self.retrieved = False

    def is_queued(self) -> bool:
        future = self.future()
        return future is not None and not future.running() and not future.done()


jobs: Dict[int, WaitingJob] = {}


def patch_thread_executor(module: Any) -> None:
    executor: Any = module.ThreadPoolExecutor
    submit = executor.submit
    run = module._WorkItem.run

    @functools.wraps(submit)
    def watched_submit(self: Any, fn: Any, /, *args: Any, **more: Any) -> Any:
        try:
            future = submit(self, fn, *args, **more)
        except RuntimeError as error:
            _note_refused(fn, args, error)
            raise
        _note(self, fn, args, future)
        return future

    @functools.wraps(run)
    def watched_run(self: Any, *args: Any) -> None:
        _note_start(self.future)
        # The job's error keeps this frame, which must not keep the job's future: that keeps the error.
        handed = [self]
        self = None
        run(handed.pop(), *args)
        over()

    executor.submit, module._WorkItem.run = watched_submit, watched_run


def patch_process_executor(module: Any) -> None:
    """Its jobs run in other processes, and wait for them as long as there is work: only their errors are of interest."""
    executor: Any = module.ProcessPoolExecutor
    submit = executor.submit

    @functools.wraps(submit)
    def watched_submit(self: Any, fn: Any, /, *args: Any, **more: Any) -> Any:
        try:
            future = submit(self, fn, *args, **more)
        except RuntimeError as error:
            # One that is broken says so by a kind of its own, and is told of elsewhere.
            if type(error) is RuntimeError:
                _note_refused(fn, args, error)
            raise
        _note_errors(Job(fn, args, future, self), future)
        note_sending()
        return future

    executor.submit = watched_submit


@quiet
def _note_refused(fn: Any, args: Any, error: RuntimeError) -> None:
    """An executor that has been shut down, or whose program ends, takes no more jobs."""
    if Subject(unwrapped(fn, args)).leads():
        note_refused(error, "the executor, which takes no more jobs")


@quiet
def _note_errors(job: Job, future: Any) -> None:
    future._timer_notify = job
    future.add_done_callback(functools.partial(_done, job))


@quiet
def _note(executor: Any, fn: Any, args: Any, future: Any) -> None:
    note_sending()
    job = Job(fn, args, future, executor)
    jobs[job.number] = job
    watch.start()
    _note_errors(job, future)


@quiet
def _note_start(future: Any) -> None:
    job = getattr(future, "_timer_notify", None)
    if job is not None:
        job.ident, job.key = native.get_ident(), thread_key()
        job.requests_before = thread_requests.get(job.key, 0)
        job.report_start()


@quiet
def _done(job: Job, future: Any) -> None:
    jobs.pop(job.number, None)
    if future.cancelled():
        emit("job-cancelled", **described(job), queuedMs=now_ms() - job.submitted_at, thread=thread_of())
        return
    error = future._exception
    if error is None:
        return
    job.failed = True
    note_callbacks(job, future, error)
    if is_of_client(error):
        # The request's own end says so.
        return
    if not job.retrieved:
        emit(
            "job-failed",
            **described(job),
            error=f"{type(error).__name__}: {error}"[:300],
            requests=thread_requests.get(job.key, 0) - job.requests_before,
            place=trace_stack(error.__traceback__) or remote_place(error),
            thread=thread_of(),
        )


def described(job: WaitingJob) -> Dict[str, Any]:
    return {
        "j": job.number,
        "pool": job.pool,
        "name": job.subject.name,
        "module": job.subject.module,
        "leads": job.subject.leads(),
        "stack": job.stack[:4],
    }


def _scheduled_in(fn: Any, args: Any) -> Tuple[Any, Any]:
    """What APScheduler gives to its pool is a function of its own, and the job to run."""
    job = args[0] if args and str(getattr(fn, "__module__", "")).startswith("apscheduler.") else None
    return (fn, args) if getattr(job, "func", None) is None else (job.func, getattr(job, "args", ()))


def unwrapped(fn: Any, args: Any) -> Any:
    """What a job is for, beneath partials, contexts and the wrappers of asyncio and asgiref."""
    for _ in range(6):
        if isinstance(fn, functools.partial):
            fn, args = fn.func, fn.args
        elif isinstance(fn, MethodType) and type(fn.__self__).__module__.split(".", 1)[0] in ("asgiref", "starlette"):
            inner = _callable_in(args)
            if inner is None:
                return fn
            fn, args = inner, ()
        elif type(getattr(fn, "__self__", None)).__name__ == "Context" and args:
            fn, args = args[0], args[1:]
        else:
            return fn
    return fn


def _callable_in(args: Any) -> Optional[Callable[..., Any]]:
    found: List[Any] = [arg for arg in args if callable(arg) and not isinstance(arg, type)]
    return found[-1] if found else None
