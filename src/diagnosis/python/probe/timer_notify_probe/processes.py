"""Forks, signals sent to other processes, and multiprocessing's pools and children."""
from __future__ import annotations

import functools
import sys
from typing import Any, Dict

from . import native, process_waits, watch
from .executors import unwrapped
from .frames import caller_stack, outwards, remote_place, stack_of, trace_stack
from .leads import Subject, any_client_loaded, is_of_client
from .native import quiet
from .record import emit, now_ms, thread_of
from .seen import next_number
from .swallowed import note_refused

#: What the parent's other threads did when the last child was forked.
_parent: Dict[str, Any] = {"threads": []}


@quiet
def before_fork() -> None:
    watch.pause()
    frames = native.frames_of_others()
    names = {thread.ident: thread_of(thread) for thread in native.thread_objects().values()}
    _parent["threads"] = [
        {"thread": names[ident], "stack": stack_of(frame)[:4]}
        for ident, frame in list(frames.items())[:20]
        if ident in names
    ]


@quiet
def report_fork() -> None:
    """In the child, which has only the thread that forked."""
    emit("forked", parentThreads=_parent["threads"])
    if _parent["threads"] or (any_client_loaded() and not _is_to_be_replaced()):
        watch.start()


def _is_to_be_replaced() -> bool:
    """Whether the child has only to call a `preexec_fn` before it becomes another program."""
    return any(one.f_code.co_filename.endswith("subprocess.py") for one in outwards(sys._getframe(1)))


def patch_launch(module: Any) -> None:
    popen: Any = module.Popen
    launch = popen._launch

    @functools.wraps(launch)
    def watched_launch(self: Any, process_obj: Any) -> None:
        launch(self, process_obj)
        watch.resume()

    popen._launch = watched_launch


def patch_pool(module: Any) -> None:
    pool: Any = module.Pool
    for name in ("apply_async", "map_async", "starmap_async", "imap", "imap_unordered"):
        submit = getattr(pool, name, None)
        if submit is not None:
            setattr(pool, name, _watched_submit(submit))
    patch_results(module)
    _patch_workers(pool)
    terminate = vars(pool)["_terminate_pool"].__func__

    @functools.wraps(terminate)
    def watched_terminate(cls: Any, *args: Any) -> Any:
        _report_killed(args[-1] if args else {})
        return terminate(cls, *args)

    pool._terminate_pool = classmethod(watched_terminate)


def _patch_workers(pool: Any) -> None:
    """A worker that was killed is replaced without a word, and its job is not done again."""
    join_exited = vars(pool).get("_join_exited_workers")
    if not isinstance(join_exited, staticmethod):
        return
    inner = join_exited.__func__

    @functools.wraps(inner)
    def watched_join_exited(pool: Any) -> Any:
        before = list(pool)
        cleaned = inner(pool)
        if cleaned:
            _note_deaths(pool, before)
        return cleaned

    pool._join_exited_workers = staticmethod(watched_join_exited)


@quiet
def _note_deaths(workers: Any, before: Any) -> None:
    """Asked after the pool has joined them: a moment before, a dying worker may have no exit code yet."""
    for worker in before:
        if worker not in workers and worker.exitcode:
            process_waits.note_death(id(workers), worker.pid, worker.exitcode)


def patch_results(module: Any) -> None:
    """An AsyncResult keeps its job's error for whoever calls get(); nobody has to."""
    for one in (module.ApplyResult, module.IMapIterator):
        one.__init__ = _timed(one.__init__)
    result: Any = module.ApplyResult
    set_, get = result._set, result.get

    @functools.wraps(set_)
    def watched_set(self: Any, i: Any, obj: Any) -> None:
        _note_result(self, obj)
        try:
            set_(self, i, obj)
        except Exception as error:
            # Of a callback: the thread that hands out results ends with it, or passes over it where it is a KeyError.
            _report_callback(self, error)
            raise

    @functools.wraps(get)
    def watched_get(self: Any, timeout: Any = None) -> Any:
        number = getattr(self, "_timer_notify_failed", None)
        self._timer_notify_asked = True
        if number is not None:
            emit("job-retrieved", j=number)
        return get(self, timeout)

    result._set, result.get = watched_set, watched_get


def _timed(init: Any) -> Any:
    """A worker that had died before was another job's."""

    @functools.wraps(init)
    def timed_init(self: Any, *args: Any, **more: Any) -> None:
        self._timer_notify_at = now_ms()
        init(self, *args, **more)

    return timed_init


@quiet
def _note_result(result: Any, obj: Any) -> None:
    success, error = obj if isinstance(obj, tuple) and len(obj) == 2 else (True, None)
    func, stack = getattr(result, "_timer_notify", (None, []))
    asked = getattr(result, "_timer_notify_asked", False) or getattr(result, "_error_callback", None) is not None
    if success or func is None or asked or is_of_client(error):
        return
    result._timer_notify_failed = next_number()
    emit(
        "job-failed",
        j=result._timer_notify_failed,
        name=func.name,
        leads=func.leads(),
        stack=stack[:4],
        error=f"{type(error).__name__}: {error}"[:300],
        requests=0,
        place=remote_place(error),
        thread=thread_of(),
    )


@quiet
def _report_callback(result: Any, error: Exception) -> None:
    callback = Subject(unwrapped(result._callback or result._error_callback, ()))
    stack = getattr(result, "_timer_notify", (None, []))[1]
    emit(
        "job-failed",
        j=next_number(),
        name=callback.name,
        leads=callback.leads() and not is_of_client(error),
        stack=stack[:4],
        error=f"{type(error).__name__}: {error}"[:300],
        requests=0,
        place=trace_stack(error.__traceback__),
        thread=thread_of(),
    )


def _watched_submit(submit: Any) -> Any:
    @functools.wraps(submit)
    def watched_submit(self: Any, func: Any, *args: Any, **more: Any) -> Any:
        try:
            result = submit(self, func, *args, **more)
        except ValueError as error:
            _note_refused(func, error)
            raise
        _note_job(result, func)
        return result

    return watched_submit


@quiet
def _note_refused(func: Any, error: ValueError) -> None:
    if Subject(unwrapped(func, ())).leads():
        note_refused(error, "the pool, which takes no more jobs")


@quiet
def _note_job(result: Any, func: Any) -> None:
    result._timer_notify = (Subject(unwrapped(func, ())), caller_stack())


@quiet
def _report_killed(cache: Any) -> None:
    """The pool is ended, not closed and joined: what it has not done is dropped."""
    pending = [result for result in list(cache.values()) if not _is_ready(result)]
    if not pending:
        return
    func, stack = next((result._timer_notify for result in pending if hasattr(result, "_timer_notify")), (None, []))
    emit(
        "pool-killed",
        pending=len(pending),
        what="a job" if func is None else func.name,
        leads=func is not None and func.leads(),
        submitted=stack,
        atExit=not caller_stack() or sys.is_finalizing(),
        stack=caller_stack(),
        thread=thread_of(),
    )


def _is_ready(result: Any) -> bool:
    event = getattr(result, "_event", None)
    if event is not None:
        return bool(event.is_set())
    length = getattr(result, "_length", None)
    return length is not None and getattr(result, "_index", 0) >= length
