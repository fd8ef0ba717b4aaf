"""Scheduled jobs: missed, failed, not yet due when the program ended, or never come to because nothing ran the scheduler."""
from __future__ import annotations

import functools
import weakref
from typing import Any, Dict

from . import native, watch
from .executors import unwrapped
from .frames import caller_stack, outwards, place, stack_of, statement_of, trace_stack
from .leads import Subject, leads
from .native import quiet
from .passed_over import tell_called_back
from .record import emit, thread_of
from .seen import note_sending

#: APScheduler 3's event codes.
_EXECUTED, _FAILED, _MISSED, _SUBMITTED, _TOO_MANY = 2**12, 2**13, 2**14, 2**15, 2**16
_HOW = {_FAILED: "failed", _MISSED: "missed"}


class SeenJob:
    def __init__(self, job: Any, skips_on_purpose: bool) -> None:
        self.skips_on_purpose = skips_on_purpose
        self.job: "weakref.ref[Any]" = weakref.ref(job)
        self.subject = Subject(unwrapped(getattr(job, "func", None), getattr(job, "args", ())))
        self.trigger = str(getattr(job, "trigger", ""))
        self.leads = any(leads(item) for item in getattr(job, "args", ()) if callable(item))
        self.stack = caller_stack()
        self.submitted = 0
        #: Runs in a row that were skipped because one was still busy; -1 once it ran again after such.
        self.skipped = 0
        self.refused = 0
        #: The thread that added it, and how late it was when last reported.
        self.ident = native.get_ident()
        self.reported_late = LATE / 2


#: A job that is this late, in ms, on a loop that does not run is reported; and again when it is twice as late.
LATE = 1000.0

#: The jobs of each scheduler, by their ids.
schedulers: "weakref.WeakKeyDictionary[Any, Dict[str, SeenJob]]" = weakref.WeakKeyDictionary()


def patch_apscheduler(module: Any) -> None:
    base: Any = module.BaseScheduler
    add_job, dispatch = base.add_job, getattr(base, "_dispatch_event", None)
    if dispatch is None:
        return

    @functools.wraps(add_job)
    def watched_add_job(self: Any, func: Any, *args: Any, **more: Any) -> Any:
        job = add_job(self, func, *args, **more)
        # Who says how many may run at once means that others are skipped.
        _note(self, job, "max_instances" in more)
        return job

    @functools.wraps(dispatch)
    def watched_dispatch(self: Any, event: Any) -> None:
        _see(self, event)
        dispatch(self, event)

    base.add_job, base._dispatch_event = watched_add_job, watched_dispatch
    _patch_executors(module.BaseExecutor)


def _patch_executors(executor: Any) -> None:
    """A run that its executor refuses is only logged."""
    submit = executor.submit_job

    @functools.wraps(submit)
    def watched_submit(self: Any, job: Any, run_times: Any) -> None:
        try:
            submit(self, job, run_times)
        except Exception as error:
            _note_refused(self, job, error)
            raise

    executor.submit_job = watched_submit


@quiet
def _note_refused(executor: Any, job: Any, error: Exception) -> None:
    scheduler = getattr(executor, "_scheduler", None)
    seen = schedulers.get(scheduler, {}).get(job.id)
    if seen is None or type(error).__name__ == "MaxInstancesReachedError" or getattr(scheduler, "state", 0) == 0:
        return
    seen.refused += 1
    # A job that has run until the program came to its end may have done all it was to do.
    if seen.refused == (1 if seen.submitted == 0 else 2):
        emit(
            "scheduled",
            how="refused",
            **_described(seen),
            lateMs=0,
            graceMs=None,
            error=f"{type(error).__name__}: {error}"[:300],
            place=[],
            thread=thread_of(),
        )


@quiet
def _note(scheduler: Any, job: Any, is_meant: bool) -> None:
    if job is not None:
        schedulers.setdefault(scheduler, {})[job.id] = SeenJob(job, is_meant)
        watch.start()
        note_sending()


@quiet
def _see(scheduler: Any, event: Any) -> None:
    job = schedulers.get(scheduler, {}).get(getattr(event, "job_id", ""))
    if job is None:
        return
    if event.code == _SUBMITTED:
        _ran(job)
        _report_if_late(scheduler, job, event)
    elif event.code == _TOO_MANY:
        _skipped(job)
        return
    how = _HOW.get(event.code)
    if how is None:
        return
    due = getattr(event, "scheduled_run_time", None) or next(iter(getattr(event, "scheduled_run_times", ())), None)
    error = getattr(event, "exception", None)
    if type(error).__name__ == "CancelledError":
        # Whoever cancelled it meant that, or the end of its loop did: that is reported of its task.
        return
    emit(
        "scheduled",
        how=how,
        **_described(job),
        lateMs=_late_ms(due),
        graceMs=_grace_ms(job.job()),
        error=None if error is None else f"{type(error).__name__}: {error}"[:300],
        place=trace_stack(getattr(error, "__traceback__", None)),
        thread=thread_of(),
    )


def _ran(job: SeenJob) -> None:
    job.submitted += 1
    if job.skipped > 0:
        job.skipped = -1
        _emit_skipped(job, None)


def _report_if_late(scheduler: Any, job: SeenJob, event: Any) -> None:
    """A scheduler on an event loop comes to what is due when its loop does."""
    due = next(iter(getattr(event, "scheduled_run_times", ())), None)
    late_ms = _late_ms(due)
    if late_ms < LATE or (getattr(scheduler, "_eventloop", None) is None and getattr(scheduler, "_ioloop", None) is None):
        return
    emit(
        "scheduled",
        how="late",
        **_described(job),
        lateMs=late_ms,
        graceMs=_grace_ms(job.job()),
        error=None,
        place=[],
        thread=thread_of(),
    )


def _skipped(job: SeenJob) -> None:
    """One that came round again after it had been skipped is one that does so."""
    if job.skipped < 0 or job.skips_on_purpose:
        return
    job.skipped += 1
    if job.skipped == 2:
        own = (frame for frame in native.frames_of_others().values() if any(one.f_code is job.subject.code for one in outwards(frame)))
        _emit_skipped(job, next(own, None))


def _emit_skipped(job: SeenJob, running: Any) -> None:
    code = job.subject.code
    emit(
        "scheduled",
        how="too-many-instances" if job.skipped > 0 else "ran-again",
        **_described(job),
        lateMs=0,
        graceMs=None,
        error=None,
        function=None if code is None else place(code, code.co_firstlineno),
        instances=getattr(job.job(), "max_instances", 1),
        statement=statement_of(running),
        place=stack_of(running),
        thread=thread_of(),
    )


def look(at: float, frames: Dict[int, Any]) -> None:
    """Jobs of a scheduler of asyncio's, on a loop that is not run."""
    del at
    for scheduler, jobs in list(schedulers.items()):
        if _stands_on_a_loop(scheduler):
            _report_late(jobs, frames)


def _stands_on_a_loop(scheduler: Any) -> bool:
    loop = getattr(scheduler, "_eventloop", None)
    return loop is not None and getattr(scheduler, "state", 0) != 0 and not loop.is_running()


@quiet
def _report_late(jobs: Dict[str, SeenJob], frames: Dict[int, Any]) -> None:
    for job in list(jobs.values()):
        late_ms = _late_ms(getattr(job.job(), "next_run_time", None))
        if late_ms < job.reported_late * 2:
            continue
        job.reported_late = late_ms
        frame = frames.get(job.ident)
        _emit_pending(job, "loop-not-run", statement=statement_of(frame), place=stack_of(frame))


@quiet
def report_due() -> None:
    """At the end: jobs that never came to run, of schedulers that were not shut down."""
    for scheduler, jobs in list(schedulers.items()):
        if getattr(scheduler, "state", 0) == 0:
            if any(job.submitted for job in jobs.values()) or getattr(scheduler, "_thread", None) is not None:
                continue
            _report_pending(scheduler, jobs, "never-started")
            continue
        _report_pending(scheduler, jobs, "due-after-end")


def _report_pending(scheduler: Any, jobs: Dict[str, SeenJob], how: str) -> None:
    for job in list(jobs.values()):
        due = getattr(job.job(), "next_run_time", None)
        if job.submitted or job.refused or (due is None and how == "due-after-end"):
            continue
        # What waits for a loop that is not run is reported while it does.
        if how == "never-started" or not _stands_on_a_loop(scheduler):
            _emit_pending(job, how, statement=None, place=[])


def _emit_pending(job: SeenJob, how: str, **where: Any) -> None:
    added_by = native.thread_objects().get(job.ident)
    emit(
        "scheduled",
        how=how,
        **_described(job),
        **where,
        lateMs=_late_ms(getattr(job.job(), "next_run_time", None)),
        graceMs=_grace_ms(job.job()),
        error=None,
        thread=thread_of(added_by),
    )


#: Schedulers of the standard library and of `schedule`, which do nothing unless the program runs them, and where jobs were added.
_polled: "weakref.WeakKeyDictionary[Any, Dict[int, Any]]" = weakref.WeakKeyDictionary()


def patch_sched(module: Any) -> None:
    scheduler: Any = module.scheduler
    enter = scheduler.enterabs

    @functools.wraps(enter)
    def watched_enter(self: Any, *args: Any, **more: Any) -> Any:
        event = enter(self, *args, **more)
        _note_polled(self, event)
        return event

    scheduler.enterabs = watched_enter


def patch_schedule(module: Any) -> None:
    do = module.Job.do

    @functools.wraps(do)
    def watched_do(self: Any, *args: Any, **more: Any) -> Any:
        job = do(self, *args, **more)
        _note_polled(self.scheduler, self)
        return job

    module.Job.do = watched_do


@quiet
def _note_polled(scheduler: Any, item: Any) -> None:
    places = _polled.setdefault(scheduler, {})
    if len(places) < 1000:
        places[id(item)] = caller_stack()
    action = getattr(item, "action", None) or getattr(item, "job_func", None)
    tell_called_back(unwrapped(action, getattr(item, "argument", ())))
    watch.start()


@quiet
def report_not_run() -> None:
    """At the end: what such schedulers still have and have never run."""
    for scheduler, places in list(_polled.items()):
        for item in list(getattr(scheduler, "queue", None) or getattr(scheduler, "jobs", ())):
            action = getattr(item, "action", None) or getattr(item, "job_func", None)
            if id(item) not in places or getattr(item, "last_run", None) is not None:
                continue
            subject = Subject(unwrapped(action, getattr(item, "argument", ())))
            emit(
                "scheduled",
                how="not-run",
                what=subject.name,
                trigger=f"{type(scheduler).__module__}.{type(scheduler).__name__}",
                leads=leads(action) or subject.leads(),
                lateMs=_polled_late_ms(scheduler, item),
                graceMs=None,
                error=None,
                place=[],
                stack=places[id(item)],
                thread=thread_of(),
            )


def _polled_late_ms(scheduler: Any, item: Any) -> float:
    due = getattr(item, "next_run", None)
    if due is not None:
        return _late_ms(due)
    return float((scheduler.timefunc() - item.time) * 1000)


def _described(job: SeenJob) -> Dict[str, Any]:
    return {
        "what": job.subject.name,
        "trigger": job.trigger,
        "leads": job.leads or job.subject.leads(),
        "stack": job.stack,
    }


def _late_ms(due: Any) -> float:
    if due is None:
        return 0.0
    now = type(due).now(due.tzinfo)
    return float((now - due).total_seconds() * 1000)


def _grace_ms(job: Any) -> Any:
    grace = getattr(job, "misfire_grace_time", None)
    return None if grace is None else grace * 1000
