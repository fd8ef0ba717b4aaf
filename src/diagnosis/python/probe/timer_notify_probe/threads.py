"""Threads that end with an error or are cut off at the end, and timers that may be forgotten."""
from __future__ import annotations

import functools
import sys
import weakref
from types import FrameType, SimpleNamespace, TracebackType
from typing import Any, Dict, List, Optional, Type

from . import at_stake, lazy, native, passed_over, unstarted, watch
from .executors import unwrapped
from .frames import broken_at, caller_stack, is_users, stack_of, statement_of, trace_stack
from .in_hand import turn_in_hand
from .leads import Subject, is_of_client, leads
from .native import quiet
from .periodic import ended_by, repeats
from .queues import has_taken, sends, taken_and_not_sent
from .record import emit, now_ms, thread_of
from .seen import next_number, note_sending, thread_requests, thread_started_at, thread_starts
from .swallowed import note_refused
from .tracebacks import strip


class SeenThread:
    def __init__(self, target: Subject, stack: List[str]) -> None:
        self.target = target
        self.stack = stack


threads: "weakref.WeakKeyDictionary[Any, SeenThread]" = weakref.WeakKeyDictionary()


def patch_threading(module: Any) -> None:
    start, init = module.Thread.start, module.Thread.__init__
    hook = module.excepthook

    @functools.wraps(init)
    def watched_init(self: Any, *args: Any, **more: Any) -> None:
        init(self, *args, **more)
        if not isinstance(self, module.Timer):
            unstarted.note_made(self)

    @functools.wraps(start)
    def watched_start(self: Any) -> None:
        _note_start(self)
        try:
            start(self)
        except RuntimeError as error:
            _note_refused(self, error)
            raise

    def watched_hook(args: Any) -> None:
        _report_error(args)
        hook(args)

    module.Thread.start, module.Thread.__init__ = watched_start, watched_init
    module.excepthook = watched_hook
    _patch_timer(module)
    _patch_shutdown(module)


@quiet
def _note_start(thread: Any) -> None:
    made = unstarted.forget(thread)
    target = unstarted.target_of(thread)
    passed_over.tell(target)
    _watch_error(thread)
    threads[thread] = SeenThread(Subject(target) if made is None else made.subject, caller_stack())
    lazy.note_given(target, threads[thread].stack)
    thread_starts[thread] = threads[thread].stack
    thread_started_at[thread] = now_ms()
    watch.start()
    note_sending()


@quiet
def _note_refused(thread: Any, error: RuntimeError) -> None:
    """The system gives it no more threads; one that was started before is another matter."""
    if str(error).startswith("can't") and threads[thread].target.leads():
        note_refused(error, "the interpreter, which could start no thread")


def _watch_error(thread: Any) -> None:
    """A program's own `threading.excepthook` stands in place of ours: the thread itself tells of its error first."""
    invoke = getattr(thread, "_invoke_excepthook", None)
    if invoke is None:
        return

    def watched_invoke(thread: Any) -> None:
        if not _has_our_hook():
            _report_end_of(thread)
        invoke(thread)

    thread._invoke_excepthook = watched_invoke


def _has_our_hook() -> bool:
    module = (sys.modules or {}).get("threading")
    return getattr(getattr(module, "excepthook", None), "__module__", None) == __name__


@quiet
def _report_end_of(thread: Any) -> None:
    kind, error, trace = sys.exc_info()
    if kind is not None:
        _report_error(SimpleNamespace(exc_type=kind, exc_value=error, exc_traceback=trace, thread=thread))


@quiet
def _report_error(args: Any) -> None:
    strip(args.exc_value)
    if getattr(args.thread, "_timer_notify_error", 0) == id(args.exc_value):
        # The program's own hook has handed it on to ours.
        return
    if args.thread is not None:
        args.thread._timer_notify_error = id(args.exc_value)
    if getattr(args.thread, "_timer_notify_overflows", False):
        # Its timer has been reported: its delay is longer than any wait can be.
        return
    seen = threads.get(args.thread) if args.thread is not None else None
    key = getattr(args.thread, "ident", 0) or 0
    held = taken_and_not_sent(key, None)
    emit(
        "thread-error",
        error=f"{args.exc_type.__name__}: {args.exc_value}"[:300],
        stack=_trace_of(args.exc_traceback, seen),
        repeats=ended_by(args.exc_traceback),
        requests=thread_requests.get(key, 0),
        took=None if held is None else {"putAt": held.queue.put_at, "agoMs": now_ms() - held.at},
        leads=trace_leads(args.exc_traceback) or (seen is not None and seen.target.leads()),
        brokenAt=broken_at(args.exc_value),
        thread=thread_of(args.thread),
    )


def _trace_of(trace: Optional[TracebackType], seen: Optional[SeenThread]) -> List[str]:
    """Where an error was raised; where no code of the user's was about, first who started the thread."""
    stack = trace_stack(trace)
    is_known = bool(stack) and is_users(stack[0].rpartition(":")[0])
    return stack if is_known or seen is None else [*seen.stack[:3], *stack]


def trace_leads(trace: Optional[TracebackType]) -> bool:
    while trace is not None:
        if is_users(trace.tb_frame.f_code.co_filename) and leads(trace.tb_frame):
            return True
        trace = trace.tb_next
    return False


def _patch_shutdown(module: Any) -> None:
    """Main has returned and the threads are joined: what daemons still do is cut off, by exit handlers at the latest."""
    shutdown: Any = getattr(module, "_shutdown", None)
    if shutdown is None:
        return

    @functools.wraps(shutdown)
    def watched_shutdown() -> None:
        emit("main-ended")
        try:
            shutdown()
        finally:
            emit("leaving")

    module._shutdown = watched_shutdown


def _patch_timer(module: Any) -> None:
    timer = module.Timer
    start, run, cancel, init = timer.start, timer.run, timer.cancel, timer.__init__

    @functools.wraps(init)
    def watched_init(self: Any, *args: Any, **more: Any) -> None:
        init(self, *args, **more)
        # Only now is it known what it is for.
        unstarted.note_made(self)

    @functools.wraps(start)
    def watched_start(self: Any) -> None:
        _note_timer(self)
        start(self)

    @functools.wraps(run)
    def watched_run(self: Any) -> None:
        unstarted.forget(self)
        function, number = self.function, getattr(self, "_timer_notify", 0)

        def fired(*args: Any, **more: Any) -> Any:
            emit("timer-fired", n=number)
            return function(*args, **more)

        self.function = fired
        run(self)
        if self.finished.is_set() and self.function is fired:
            emit("timer-over", n=number)

    @functools.wraps(cancel)
    def watched_cancel(self: Any) -> None:
        cancel(self)
        unstarted.forget(self)
        # The thread that waits for it may come to hear of it only after the program's end.
        emit("timer-over", n=getattr(self, "_timer_notify", 0))

    timer.start, timer.run, timer.cancel, timer.__init__ = watched_start, watched_run, watched_cancel, watched_init


@quiet
def _note_timer(timer: Any) -> None:
    timer._timer_notify = next_number()
    timer._timer_notify_overflows = timer.interval > native.longest_wait
    subject = Subject(unwrapped(timer.function, timer.args or ()))
    emit(
        "timer",
        n=timer._timer_notify,
        delayMs=timer.interval * 1000,
        overflows=timer._timer_notify_overflows,
        daemon=timer.daemon,
        what=subject.name,
        leads=subject.leads() or any(leads(item) for item in timer.args or () if callable(item)),
        stack=caller_stack(),
    )


@quiet
def report_daemons() -> None:
    """At the end: daemon threads that are in the middle of something."""
    frames = native.frames_of_others()
    for key, thread in native.thread_objects().items():
        seen = threads.get(thread)
        if seen is None or not thread.daemon or not thread.is_alive() or hasattr(thread, "_timer_notify"):
            continue
        _report_daemon(key, thread, seen, frames)


def _report_daemon(key: int, thread: Any, seen: SeenThread, frames: Dict[int, Any]) -> None:
    frame = frames.get(key)
    holds = taken_and_not_sent(key, frame)
    # What lay in its queue when that was reported is not lost twice.
    is_said = holds is not None and holds.queue.reported_at is not None and holds.at >= holds.queue.reported_at
    own = outermost_users(frame)
    took = None if holds is None else {"putAt": holds.queue.put_at, "agoMs": now_ms() - holds.at}
    if took is None and any(turn_in_hand(one) is not None for one in own):
        took = {"putAt": None, "agoMs": None}
    emit(
        "daemon-left",
        thread=thread_of(thread),
        what=seen.target.name,
        started=seen.stack,
        statement=statement_of(frame),
        stack=stack_of(frame),
        requests=thread_requests.get(key, 0),
        leads=seen.target.leads() or any(leads(one) for one in own) or (holds is not None and sends(holds.queue)),
        repeats=any(repeats(one) for one in own),
        idle=is_said or is_idle(frame) and not (frame is not None and at_stake.goes_on_to_send(frame, takes=True)),
        took=took,
    )


def outermost_users(frame: Optional[FrameType]) -> List[FrameType]:
    found = []
    while frame is not None:
        if is_users(frame.f_code.co_filename):
            found.append(frame)
        frame = frame.f_back
    return found


def is_idle(frame: Optional[FrameType]) -> bool:
    """Whether it waits for something to do: in a queue's get(), a condition, a selector, an accept()."""
    while frame is not None and not is_users(frame.f_code.co_filename):
        path, function = frame.f_code.co_filename, frame.f_code.co_name
        if path.endswith("queue.py") and function == "get":
            return not has_taken(frame)
        if path.endswith(("selectors.py", "socketserver.py")):
            return True
        if path.endswith("threading.py") and function == "wait":
            # An event or a condition: somebody else would have to say so.
            return True
        if "concurrent/futures/thread.py" in path and function == "_worker":
            return True
        frame = frame.f_back
    return False


@quiet
def report_unraisable(unraisable: Any) -> None:
    """In an exit handler, a weak reference's callback, a `__del__`: printed, and nobody's matter."""
    report_unnoticed(unraisable.exc_value, str(unraisable.err_msg or "")[:300])


@quiet
def report_unnoticed(error: Any, where: str) -> None:
    if not isinstance(error, Exception) or is_of_client(error):
        return
    emit(
        "loop-error",
        message=where,
        error=f"{type(error).__name__}: {error}"[:300],
        stack=trace_stack(error.__traceback__),
        leads=trace_leads(error.__traceback__),
        thread=thread_of(),
    )


def watch_errors() -> None:
    hook = sys.excepthook

    def watched_hook(kind: Type[BaseException], error: BaseException, trace: Optional[TracebackType]) -> None:
        _report_uncaught(kind, error, trace)
        strip(error)
        hook(kind, error, error.__traceback__ if trace is not None else None)

    sys.excepthook = watched_hook


@quiet
def _report_uncaught(kind: Type[BaseException], error: BaseException, trace: Optional[TracebackType]) -> None:
    emit(
        "uncaught",
        error=f"{kind.__name__}: {error}"[:300],
        stack=trace_stack(trace),
        brokenAt=broken_at(error),
        leads=trace_leads(trace),
        thread=thread_of(),
    )
