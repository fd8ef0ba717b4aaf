"""Tasks that come to a bad end unseen: destroyed, failed, or cut off before they had sent; coroutines nobody awaited."""
from __future__ import annotations

import functools
import sys
import warnings
import weakref
from types import MethodType
from typing import Any, Dict, Iterator, List, Optional, Tuple

from . import dropped_errors, lazy, tasks_in_hand
from .frames import await_stack, broken_at, caller_stack, is_probe, is_users, local, outwards, place, source_line, trace_stack
from .leads import is_of_client, leads
from .native import quiet
from .periodic import ended_by, repeats
from .record import emit, now_ms, thread_of
from .seen import SeenLoop, SeenTask, note_sending, see_task, seen_task, tasks, thread_started
from .swallowed import was_refused

#: Reports of one kind from one program.
_LIMIT = 100

_reports = 0

#: Of a coroutine function or an asynchronous generator, in co_flags.
_ASYNC = 0x80 | 0x200


@quiet
def note_task(task: Any) -> None:
    if task is not None:
        see_task(task, coroutine_of(task), caller_stack())


def report_ended_badly(task: Any, message: str, error: Optional[BaseException]) -> bool:
    """A task that was destroyed, or whose error nobody has asked for; False where it is none."""
    coroutine = coroutine_of(task)
    if coroutine is None:
        return False
    seen = seen_task(task)
    if seen is not None and seen.reported:
        return True
    _report("destroyed" if error is None else "failed", task, coroutine, seen, error)
    return True


def _report(
    how: str, task: Any, coroutine: Any, seen: Optional[SeenTask], error: Optional[BaseException], so_far: bool = False
) -> None:
    global _reports
    if _reports >= _LIMIT:
        return
    _reports += 1
    if seen is not None:
        seen.reported = not so_far
    code = getattr(coroutine, "cr_code", None)
    where = await_stack(coroutine)
    job = _job_of(coroutine)
    own, again = (coroutine, False) if job is None else job
    emit(
        "task-end",
        how=how,
        n=0 if seen is None else seen.number,
        soFar=so_far,
        what=name_of(own),
        made=[] if seen is None else seen.stack,
        ageMs=0 if seen is None else now_ms() - seen.made_at,
        requests=0 if seen is None else seen.requests,
        leads=leads(coroutine) or _error_leads(error) or (seen is not None and seen.subject.is_users() and seen.subject.leads()),
        repeats=again or repeats(getattr(own, "cr_frame", None)) if error is None else ended_by(error.__traceback__),
        isRun=again and not repeats(getattr(own, "cr_frame", None)),
        took=None if seen is None or seen.took_at <= seen.last_request else {"putAt": seen.took_from, "agoMs": now_ms() - seen.took_at},
        error=None if error is None else f"{type(error).__name__}: {error}"[:300],
        statement=statement_of_stack(where),
        stack=where if error is None else trace_stack(error.__traceback__),
        brokenAt=broken_at(error),
        thread=thread_of(),
    )


def _job_of(coroutine: Any) -> Optional[Tuple[Any, bool]]:
    """The job's coroutine that one of APScheduler's own awaits, and whether the job is due again and again."""
    code, frame, own = getattr(coroutine, "cr_code", None), getattr(coroutine, "cr_frame", None), getattr(coroutine, "cr_await", None)
    if code is None or code.co_name != "run_coroutine_job" or getattr(own, "cr_code", None) is None:
        return None
    trigger = getattr(local(frame, "job"), "trigger", None)
    return own, type(trigger).__name__ != "DateTrigger"


def _error_leads(error: Optional[BaseException]) -> bool:
    """A coroutine that has ended has no frame left; its error has."""
    trace = None if error is None else error.__traceback__
    while trace is not None:
        if not is_probe(trace.tb_frame.f_code.co_filename) and leads(trace.tb_frame):
            return True
        trace = trace.tb_next
    return False


@quiet
def report_unfinished(loop: Any, seen_loop: SeenLoop) -> None:
    """What the end of a loop cuts off before it had made any request."""
    for seen in list(tasks.values()):
        task = seen.task()
        if task is None or task.done() or task.get_loop() is not loop or seen.reported:
            continue
        coroutine = coroutine_of(task)
        if tasks_in_hand.report_ending(seen, task):
            continue
        if coroutine is not None and _is_coroutine(coroutine) and not _is_running(coroutine):
            _report("cut-off", task, coroutine, seen, None)
    for handle in list(getattr(loop, "_scheduled", ()))[:200]:
        if not handle._cancelled:
            _report_timer(loop, handle, seen_loop)


#: Timers that are set again and again.
_periodic: "Dict[int, weakref.ref[Any]]" = {}
#: Where timers with callbacks of the user's were set.
_timers: "Dict[int, tuple[weakref.ref[Any], List[str]]]" = {}


@quiet
def note_timer(handle: Any, callback: Any) -> None:
    own = callback if is_own(callback) else _called_by(handle)
    if handle is None or not is_own(own):
        return
    if len(_timers) > 500:
        _timers.clear()
        _periodic.clear()
    stack = caller_stack()
    if _comes_again(own, sys._getframe(2)):
        _periodic[id(handle)] = weakref.ref(handle)
    _timers[id(handle)] = (weakref.ref(handle), stack)
    lazy.note_given(callback, stack)
    note_sending()


def _comes_again(callback: Any, frame: Any) -> bool:
    """Whether it is set by what it calls, or by itself: there is a next one for as long as the program runs."""
    code = getattr(getattr(callback, "__func__", callback), "__code__", None)
    names = () if code is None else (*code.co_names, *code.co_freevars)
    own = [one.f_code for one in outwards(frame) if is_users(one.f_code.co_filename)]
    return any(one is code or (one.co_name in names and one.co_name != "<lambda>") for one in own)


def _called_by(handle: Any) -> Any:
    """What a timer calls: its callback, or a function that a library's own is given to call, as tornado's is."""
    # uvloop's can't be asked.
    callback = getattr(handle, "_callback", None)
    for one in (callback, *(getattr(handle, "_args", None) or ())):
        while isinstance(one, functools.partial):
            one = one.func
        if is_own(one):
            return one
    return callback


def _set_at(handle: Any) -> List[str]:
    reference, stack = _timers.get(id(handle), (None, []))
    return stack if reference is not None and reference() is handle else []


def _report_timer(loop: Any, handle: Any, seen: SeenLoop) -> None:
    again = _periodic.get(id(handle))
    if again is not None and again() is handle:
        return
    callback = _called_by(handle)
    if subject_of(callback) is not callback or not is_own(callback) or not leads(callback):
        # A client's own timers only tidy up.
        return
    emit(
        "loop-timer-cut",
        what=name_of(callback),
        leftMs=(handle._when - loop.time()) * 1000,
        stack=_set_at(handle),
        thread=thread_of(seen.thread),
    )


@quiet
def report_unretrieved() -> None:
    """At the end: errors that nobody has asked for, of tasks that something still holds."""
    for seen in list(tasks.values()):
        task = seen.task()
        if task is None or not task.done() or task.cancelled() or seen.reported:
            continue
        if not getattr(task, "_log_traceback", False):
            _look_at_asked(seen, task)
            continue
        error = getattr(task, "_exception", None)
        if error is not None:
            _report("failed", task, coroutine_of(task), seen, error)


#: An error that nobody has asked for in this time is not going to be noticed soon, in ms.
UNNOTICED = 500.0


def look(at: float) -> None:
    """While the program runs: errors of tasks that nobody has asked for; those that ended a loop need no other word."""
    for seen in list(tasks.values()):
        task = seen.task()
        if task is None or seen.reported or not task.done() or task.cancelled():
            continue
        if not getattr(task, "_log_traceback", False):
            if seen.told_so_far:
                seen.told_so_far = False
                emit("task-asked", n=seen.number)
            _look_at_asked(seen, task)
            continue
        error = getattr(task, "_exception", None)
        if seen.failed_at is None:
            seen.failed_at = at
        elif at - seen.failed_at >= UNNOTICED and error is not None and not seen.told_so_far:
            seen.told_so_far = not ended_by(error.__traceback__)
            _report("failed", task, coroutine_of(task), seen, error, so_far=seen.told_so_far)


def _look_at_asked(seen: SeenTask, task: Any) -> None:
    error = getattr(task, "_exception", None)
    if error is not None:
        dropped_errors.look(seen, error)


@quiet
def note_gathered(future: Any) -> None:
    """`return_exceptions=True` makes an error a result among others, and nobody looks at these."""
    children = getattr(future, "_children", None)
    if children:
        future.add_done_callback(_report_gathered)


@quiet
def _report_gathered(future: Any) -> None:
    for child in list(getattr(future, "_children", ())):
        if not child.done() or child.cancelled():
            continue
        error, seen = getattr(child, "_exception", None), seen_task(child)
        if error is not None and seen is not None and not seen.reported and not is_of_client(error):
            _report("failed", child, coroutine_of(child), seen, error)


def coroutine_of(task: Any) -> Any:
    get = getattr(task, "get_coro", None)
    return None if get is None else get()


def is_own(subject: Any) -> bool:
    """Whether a coroutine or a callback is code of the user's."""
    code = getattr(subject, "cr_code", None) or getattr(getattr(subject, "__func__", subject), "__code__", None)
    return code is not None and is_users(code.co_filename)


def _is_coroutine(coroutine: Any) -> bool:
    code = getattr(coroutine, "cr_code", None)
    return code is not None and not is_probe(code.co_filename)


def _is_running(coroutine: Any) -> bool:
    return bool(getattr(coroutine, "cr_running", False))


def subject_of(callback: Any) -> Any:
    """The coroutine that a callback resumes, or the callback itself."""
    owner = getattr(callback, "__self__", None)
    coroutine = None if owner is None else coroutine_of(owner)
    return callback if coroutine is None else coroutine


#: Where an object that calls a function of the user's keeps that.
_CALLS = ("callback", "func", "function", "coroutine")
_DEPTH = 2


def behind(handle: Any) -> Any:
    """What a loop's handle is for: its callback, what a library's one is to call, or the coroutine that it wakes."""
    callback, args = handle._callback, handle._args or ()
    for argument in args:
        waiting = getattr(argument, "_callbacks", None)
        for entry in waiting or ():
            woken = entry[0] if isinstance(entry, tuple) else entry
            if subject_of(woken) is not woken:
                return subject_of(woken)
    subject = subject_of(callback)
    return next((own for one in (subject, *args) for own in _own_in(one)), subject)


def _own_in(subject: Any, depth: int = 0) -> Iterator[Any]:
    """Itself, or what the object calls whose method it is, where that is code of the user's."""
    while isinstance(subject, functools.partial):
        subject = subject.func
    owner, wrapped = getattr(subject, "__self__", None), getattr(subject, "__wrapped__", None)
    if is_own(subject):
        yield subject
    elif wrapped is not None and is_own(wrapped):
        yield wrapped if owner is None else MethodType(wrapped, owner)
    elif depth < _DEPTH:
        held = getattr(owner, "__dict__", {})
        for name in _CALLS:
            if name in held:
                yield from _own_in(held[name], depth + 1)


def name_of(subject: Any) -> str:
    func = getattr(subject, "func", None)
    if func is not None and not hasattr(subject, "__qualname__"):
        return name_of(func)
    return str(getattr(subject, "__qualname__", None) or type(subject).__name__)


def statement_of_stack(stack: List[str]) -> Optional[str]:
    if not stack:
        return None
    path, _, rest = stack[0].rpartition(":")
    digits = rest.split(" ", 1)[0]
    return source_line(path, int(digits)) if digits.isdigit() else None


def watch_unawaited() -> None:
    module: Any = warnings
    if getattr(module, "_warn_unawaited_coroutine", None) is None:
        return

    def watched_unawaited(coroutine: Any) -> None:
        _report_unawaited(coroutine)
        # As the interpreter's own does, which a wrapper around it would make name the wrong line.
        lines = [f"coroutine '{coroutine.__qualname__}' was never awaited\n"]
        if coroutine.cr_origin is not None:
            import linecache
            import traceback

            origin = [(name, line, linecache.getline(name, line), function) for name, line, function in reversed(coroutine.cr_origin)]
            lines.append("Coroutine created at (most recent call last)\n")
            lines += traceback.format_list([(name, line, function, text) for name, line, text, function in origin])
        module.warn("".join(lines).rstrip("\n"), category=RuntimeWarning, stacklevel=2, source=coroutine)

    module._warn_unawaited_coroutine = watched_unawaited


@quiet
def _report_unawaited(coroutine: Any) -> None:
    if was_refused(coroutine):
        return
    code = getattr(coroutine, "cr_code", None)
    users = code is not None and is_users(code.co_filename)
    emit(
        "unawaited",
        what=str(getattr(coroutine, "__qualname__", repr(coroutine))),
        users=users,
        leads=leads(coroutine) if not (code is not None and is_probe(code.co_filename)) else True,
        atExit=sys.is_finalizing(),
        droppedIn=_dropped_in(),
        stack=_dropped_at(code),
        thread=thread_of(),
    )


def _dropped_in() -> Optional[str]:
    """In what code of the user's: `await` stands in a coroutine only, and a task needs a loop that runs in its thread."""
    dropping = next((one for one in outwards(sys._getframe(1)) if not is_probe(one.f_code.co_filename)), None)
    if dropping is None or not is_users(dropping.f_code.co_filename):
        return None
    if dropping.f_code.co_flags & _ASYNC:
        return "coroutine"
    events: Any = (sys.modules or {}).get("asyncio.events")
    return "function" if events is None or events._get_running_loop() is None else "function-on-loop"


def _dropped_at(code: Any) -> List[str]:
    """Where it was dropped; where only libraries were about, who started the thread, and what it is."""
    stack = caller_stack()
    dropping = next((one for one in outwards(sys._getframe(1)) if not is_probe(one.f_code.co_filename)), None)
    if code is None or (dropping is not None and is_users(dropping.f_code.co_filename)):
        return stack
    return [place(code, code.co_firstlineno), *thread_started(), *stack]
