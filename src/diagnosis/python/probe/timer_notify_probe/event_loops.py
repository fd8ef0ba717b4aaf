"""Which loop runs in which thread, and for how long it does not come back to its selector."""
from __future__ import annotations

import functools
import sys
import weakref
from typing import Any, Dict, List, Optional

from . import blind_spots, clocks, dropped_errors, native, tasks, threads, watch
from .executors import unwrapped
from .frames import await_stack, broken_at, caller_stack, trace_stack
from .leads import Subject, leads
from .native import quiet
from .passed_over import told_again
from .record import emit, now_ms, thread_of
from .seen import SeenLoop, all_loops, seen_loop
from .standing import place_of
from .swallowed import note_refused
from .tracebacks import strip

#: Numbers of the loops that asyncio.run is ending by cancelling what is left on them.
ending_loops: "set[int]" = set()
#: A loop that runs callbacks for longer than this without a look at its selector is worth a word, in ms.
STOOD = 150.0
#: What was given to a sleeping loop and waited for longer than this is worth a word, in ms.
LATE = 400.0
#: Places reported from which a loop was given work by another thread without being woken.
_REPORTED = 20

_reported: "set[str]" = set()
_by_selector: Dict[int, SeenLoop] = {}


def patch_base_events(module: Any) -> None:
    _patch_loop(module.BaseEventLoop, "asyncio")


def patch_uvloop(module: Any) -> None:
    """The class that the package derives in Python from its own C class can be watched like asyncio's."""
    _patch_loop(module.Loop, "uvloop")


def _patch_loop(base: Any, kind: str) -> None:
    _patch_running(base, kind)
    _patch_callbacks(base)
    _patch_tasks(base)
    _patch_executor(base)
    _patch_connections(base)


def _patch_running(base: Any, kind: str) -> None:
    run_forever, close = base.run_forever, base.close

    @functools.wraps(run_forever)
    def watched_run_forever(self: Any) -> None:
        loop = seen_loop(self, kind)
        _begin(self, loop)
        try:
            run_forever(self)
        finally:
            _stop(self, loop)

    @functools.wraps(close)
    def watched_close(self: Any) -> None:
        loop = seen_loop(self, kind)
        if loop.state != "closed":
            tasks.report_unfinished(self, loop)
        close(self)
        _change(loop, "closed")

    base.run_forever, base.close = watched_run_forever, watched_close


def _patch_callbacks(base: Any) -> None:
    call_soon, call_soon_threadsafe, call_later = base.call_soon, base.call_soon_threadsafe, base.call_later

    @functools.wraps(call_soon)
    def watched_call_soon(self: Any, callback: Any, *args: Any, **more: Any) -> Any:
        try:
            handle = call_soon(self, callback, *args, **more)
        except RuntimeError as error:
            _note_refused(callback, args, error)
            raise
        loop = self.__dict__.get("_timer_notify")
        if loop is not None and loop.ident != native.get_ident() and loop.state == "running":
            _note_unwoken(loop, callback, handle)
        if len(args) == 1 and getattr(args[0], "_exception", None) is not None:
            dropped_errors.note_done(callback, args[0])
        return handle

    @functools.wraps(call_soon_threadsafe)
    def watched_call_soon_threadsafe(self: Any, callback: Any, *args: Any, **more: Any) -> Any:
        try:
            return call_soon_threadsafe(self, callback, *args, **more)
        except RuntimeError as error:
            _note_refused(callback, args, error)
            raise

    @functools.wraps(call_later)
    def watched_call_later(self: Any, delay: Any, callback: Any, *args: Any, **more: Any) -> Any:
        try:
            handle = call_later(self, delay, callback, *args, **more)
        except RuntimeError as error:
            _note_refused(callback, args, error)
            raise
        tasks.note_timer(handle, callback)
        clocks.note_timer(handle, delay)
        return handle

    base.call_soon, base.call_soon_threadsafe = watched_call_soon, watched_call_soon_threadsafe
    base.call_later = watched_call_later


def _patch_tasks(base: Any) -> None:
    create_task, call_exception_handler = base.create_task, base.call_exception_handler

    @functools.wraps(create_task)
    def watched_create_task(self: Any, coro: Any, **more: Any) -> Any:
        told = told_again(coro) if getattr(self, "_thread_id", 0) is None else None
        if told is None:
            try:
                task = create_task(self, coro, **more)
            except RuntimeError as error:
                _note_refused(coro, (), error)
                raise
        else:
            task = create_task(self, told, **more)
            coro.close()
        tasks.note_task(task)
        return task

    @functools.wraps(call_exception_handler)
    def watched_handler(self: Any, context: Dict[str, Any]) -> None:
        _report_error(context)
        call_exception_handler(self, context)

    base.create_task, base.call_exception_handler = watched_create_task, watched_handler


def _patch_executor(base: Any) -> None:
    run_in_executor = base.run_in_executor

    @functools.wraps(run_in_executor)
    def watched_run_in_executor(self: Any, executor: Any, func: Any, *args: Any) -> Any:
        try:
            return run_in_executor(self, executor, func, *args)
        except RuntimeError as error:
            _note_refused(func, args, error, "the loop, whose executor takes no more jobs")
            raise

    base.run_in_executor = watched_run_in_executor


def _patch_connections(base: Any) -> None:
    create_server, create_connection = base.create_server, base.create_connection

    @functools.wraps(create_connection)
    async def watched_create_connection(self: Any, protocol_factory: Any, *args: Any, **more: Any) -> Any:
        blind_spots.note_connection(protocol_factory, sys._getframe(1))
        return await create_connection(self, protocol_factory, *args, **more)

    @functools.wraps(create_server)
    async def watched_create_server(self: Any, *args: Any, **more: Any) -> Any:
        server = await create_server(self, *args, **more)
        _note_server(server)
        return server

    base.create_server, base.create_connection = watched_create_server, watched_create_connection


@quiet
def _note_refused(subject: Any, args: Any, error: RuntimeError, by: str = "the loop, which is closed") -> None:
    if type(error) is RuntimeError and Subject(unwrapped(subject, args)).leads():
        note_refused(error, by, refused=subject)


@quiet
def _note_server(server: Any) -> None:
    for socket in server.sockets:
        address = socket.getsockname()
        if isinstance(address, tuple):
            emit("listening", port=address[1], thread=thread_of())


@quiet
def _begin(target: Any, loop: SeenLoop) -> None:
    target._timer_notify = loop
    loop.ident = native.get_ident()
    loop.thread = native.this_thread()
    loop.busy_since = now_ms()
    selector = getattr(target, "_selector", None)
    if selector is not None:
        _by_selector[id(selector)] = loop
    _change(loop, "running")
    watch.start()


@quiet
def _stop(target: Any, loop: SeenLoop) -> None:
    end_of_busy(loop)
    _by_selector.pop(id(getattr(target, "_selector", None)), None)
    _change(loop, "stopped")


@quiet
def report_stopped() -> None:
    """At the end: loops that nobody runs any more, and nobody has closed."""
    for loop in list(all_loops.values()):
        target = loop.loop()
        if loop.state == "stopped" and loop.kind == "asyncio" and loop.pid == native.getpid() and target is not None:
            tasks.report_unfinished(target, loop)


@quiet
def _change(loop: SeenLoop, state: str) -> None:
    if loop.state == state:
        return
    loop.state = state
    loop.polling = False
    loop.busy_since = now_ms()
    emit(
        "loop",
        l=loop.number,
        s=state,
        kind=loop.kind,
        inherited=loop.pid != native.getpid(),
        thread=thread_of(loop.thread),
        stack=caller_stack(),
    )


def patch_selectors(module: Any) -> None:
    """Every turn of a loop goes through its selector: that is where a turn ends, exactly."""
    for name in ("EpollSelector", "PollSelector", "SelectSelector", "KqueueSelector", "DevpollSelector"):
        selector = getattr(module, name, None)
        if selector is not None and "select" in vars(selector):
            selector.select = _watched_select(selector.select)


def _watched_select(select: Any) -> Any:
    @functools.wraps(select)
    def watched_select(self: Any, timeout: Optional[float] = None) -> Any:
        loop = _by_selector.get(id(self))
        if loop is None:
            return select(self, timeout)
        end_of_busy(loop)
        loop.polling = True
        loop.asleep_since = loop.busy_since
        try:
            return select(self, timeout)
        finally:
            loop.polling = False
            loop.busy_since = now_ms()
            if timeout is not None and loop.busy_since - loop.asleep_since - max(timeout, 0.0) * 1000 >= STOOD:
                _report_overslept(loop, loop.busy_since - loop.asleep_since - max(timeout, 0.0) * 1000)
            if loop.unwoken is not None:
                _woken(loop)

    return watched_select


def end_of_busy(loop: SeenLoop) -> None:
    at = now_ms()
    if at - loop.busy_since >= STOOD and not loop.polling:
        _report_standstill(loop, at - loop.busy_since)
    loop.standing = None
    loop.busy_since = at


@quiet
def _report_standstill(loop: SeenLoop, for_ms: float) -> None:
    late = overdue(loop)
    emit("loop-blocked", l=loop.number, forMs=for_ms, overdue=late, **place_of(loop.standing))


@quiet
def _report_overslept(loop: SeenLoop, for_ms: float) -> None:
    """Its thread was not let run when its time had come: native code kept the interpreter's lock, or nothing of the process ran."""
    emit("loop-blocked", l=loop.number, forMs=for_ms, overslept=True, overdue=overdue(loop), **place_of(None))


def ready(loop: SeenLoop) -> List[Dict[str, Any]]:
    """What the loop has been given and is kept from, as far as it leads to a request."""
    found: List[Dict[str, Any]] = []
    for handle in list(getattr(loop.loop(), "_ready", ()))[:50]:
        if handle._cancelled:
            continue
        subject = tasks.behind(handle)
        if tasks.is_own(subject) and leads(subject):
            found.append({"what": tasks.name_of(subject), "stack": await_stack(subject)})
    return found[:5]


def overdue(loop: SeenLoop) -> List[Dict[str, Any]]:
    """Timers of the loop that are past their time, and lead to a request."""
    target = loop.loop()
    late: List[Dict[str, Any]] = []
    at = target.time() if hasattr(target, "time") else 0.0
    for_ms = now_ms() - loop.busy_since
    for callback in () if loop.standing is None else loop.standing.ready or ():
        late.append({**callback, "lateMs": for_ms})
    for handle in list(getattr(target, "_scheduled", ()))[:200]:
        late_ms = (at - handle._when) * 1000
        if late_ms < STOOD or handle._cancelled:
            continue
        callback = tasks.behind(handle)
        if tasks.is_own(callback) and leads(callback):
            late.append({"what": tasks.name_of(callback), "lateMs": late_ms, "stack": await_stack(callback)})
    return late[:5]


@quiet
def _note_unwoken(loop: SeenLoop, callback: Any, handle: Any) -> None:
    """From another thread `call_soon` leaves a sleeping loop asleep beside what it was given."""
    if loop.kind == "asyncio" and not loop.polling:
        return
    stack = caller_stack()
    subject = tasks.subject_of(callback)
    if loop.kind != "asyncio":
        loop.unrun = _weak(handle)
    if loop.unwoken is None:
        loop.unwoken = {"at": now_ms(), "thread": thread_of(), "stack": stack, "what": tasks.name_of(subject), "leads": leads(subject)}
    place = stack[0] if stack else ""
    if place not in _reported and len(_reported) < _REPORTED:
        _reported.add(place)
        emit("unsafe-call", l=loop.number, thread=thread_of(), stack=stack)


@quiet
def _woken(loop: SeenLoop) -> None:
    unwoken, loop.unwoken = loop.unwoken, None
    if unwoken is None:
        return
    late_ms = now_ms() - unwoken.pop("at")
    if late_ms >= LATE:
        emit("woken-late", l=loop.number, lateMs=late_ms, **unwoken)


def patch_runners(module: Any) -> None:
    cancel_all: Any = module._cancel_all_tasks

    @functools.wraps(cancel_all)
    def watched_cancel_all(loop: Any) -> None:
        seen = seen_loop(loop)
        tasks.report_unfinished(loop, seen)
        ending_loops.add(seen.number)
        try:
            cancel_all(loop)
        finally:
            ending_loops.discard(seen.number)

    module._cancel_all_tasks = watched_cancel_all


@quiet
def _report_error(context: Dict[str, Any]) -> None:
    error = context.get("exception")
    task = context.get("task") or context.get("future")
    if isinstance(error, BaseException):
        strip(error)
    if task is not None and tasks.report_ended_badly(task, str(context.get("message", "")), error):
        return
    emit(
        "loop-error",
        message=str(context.get("message", ""))[:300],
        error=None if error is None else f"{type(error).__name__}: {error}"[:300],
        stack=trace_stack(getattr(error, "__traceback__", None)),
        brokenAt=broken_at(error),
        leads=leads(getattr(context.get("handle"), "_callback", None)) or threads.trace_leads(getattr(error, "__traceback__", None)),
        thread=thread_of(),
    )


def ready_in(loop: SeenLoop) -> int:
    """Callbacks that the loop has been given and not yet run."""
    target = loop.loop()
    if loop.kind == "uvloop":
        # Its queue can't be seen; a handle is gone as soon as it has run.
        return 0 if loop.unrun is None or loop.unrun() is None else 1
    return 0 if target is None else len(getattr(target, "_ready", ()))


def _weak(handle: Any) -> Any:
    try:
        return weakref.ref(handle)
    except TypeError:
        return None


def is_asleep(loop: SeenLoop) -> bool:
    """Whether it waits for something to happen, as far as its thread shows."""
    if loop.kind == "asyncio":
        return loop.polling
    frame = native.current_frames().get(loop.ident)
    return frame is None or frame.f_code.co_name == "watched_run_forever"


