"""What the probe has seen of this process and what is still open."""
from __future__ import annotations

import itertools
import sys
import weakref
from contextvars import ContextVar
from typing import Any, Callable, Dict, List, Optional, Set

from . import fallbacks, leads, native, watch
from .record import emit, now_ms, thread_of
from .standing import Standing

_numbers = itertools.count(1)


def next_number() -> int:
    return next(_numbers)


class SeenLoop:
    """An asyncio loop, or the hub that runs a thread's greenlets."""

    def __init__(self, loop: Any, kind: str) -> None:
        self.number = next_number()
        self.loop: "weakref.ref[Any]" = weakref.ref(loop)
        self.kind = kind
        self.pid = native.getpid()
        self.thread: Optional[Any] = None
        #: The native thread that runs it.
        self.ident = 0
        self.state = "new"
        #: Whether it waits in its selector for something to happen.
        self.polling = False
        #: Since when it has been running callbacks without looking at its selector.
        self.busy_since = now_ms()
        #: Where its thread was seen while it was busy.
        self.standing: Optional[Standing] = None
        #: What is to send when its time has come, on a hub that has been blocked for long.
        self.timers: Optional[List[Dict[str, Any]]] = None
        self.timers_read_at = 0.0
        #: Work that another thread gave it without waking it.
        self.unwoken: Optional[Dict[str, Any]] = None
        #: The last of it, on a loop whose queue can't be seen.
        self.unrun: Any = None
        #: Since when it has waited in its selector, while it does.
        self.asleep_since = 0.0
        #: Whether it has been reported that nothing can wake it.
        self.stuck = False
        #: The last time that it was kept from running for long: when that ended, how long it was, and where.
        self.last_standstill: Optional[Dict[str, Any]] = None
        #: Whether a look at a loop without a selector of Python's is under way.
        self.asked = False


class Request:
    def __init__(self, client: str, state: str, loop: Optional[SeenLoop], body: str) -> None:
        self.number = next_number()
        self.client = client
        self.thread = native.this_thread()
        self.ident = native.get_ident()
        self.loop = loop
        self.state = state
        self.started_at = now_ms()
        self.body = body
        #: Of a body that is made while it is sent: how far it has got.
        self.sent_body: Any = None
        #: Of the response's body: how much has come, when the last of it did, and how much is to come where that is known.
        self.received = 0
        self.received_at = 0.0
        self.announced: Optional[int] = None


def _weak(item: Any) -> Callable[[], Any]:
    try:
        return weakref.ref(item)
    except TypeError:
        return lambda: item


class Handover:
    def __init__(self, coroutine: Any, future: Any, loop: SeenLoop) -> None:
        self.number = next_number()
        #: Neither is kept alive: what nobody else has must go as it would without the probe.
        self.coroutine = _weak(coroutine)
        self.future: "weakref.ref[Any]" = weakref.ref(future)
        self.name = ""
        self.loop = loop
        self.started_at = now_ms()
        self.started = False
        self.stack: List[str] = []
        self.leads = False
        #: Whether its error has been reported, and whether its result has been asked for.
        self.failed = False
        self.retrieved = False


class Deadline:
    def __init__(self, what: str, ms: float) -> None:
        self.what = what
        self.ms = ms
        self.set_at = now_ms()
        #: The numbers of the requests that were under way when it passed.
        self.gave_up: List[int] = []


class SeenTask:
    def __init__(self, task: Any, coroutine: Any, stack: List[str]) -> None:
        self.task = _TaskReference(task)
        self.key = id(task)
        self.stack = stack
        self.made_at = now_ms()
        self.requests = 0
        self.last_request = 0.0
        #: When it last took something from a queue, and where that had been put.
        self.took_at = 0.0
        self.took_from: Optional[str] = None
        #: Where it was seen with that in hand, before what is sure to send; None once it had not.
        self.in_hand: Optional[List[str]] = None
        #: Whether it is told of elsewhere why it is cancelled.
        self.is_told_of = False
        self.reported = False
        self.number = next_number()
        #: Whether it was reported as failed so far: its error may still be asked for.
        self.told_so_far = False
        #: The number of the report that its error was dropped, and whether somebody else has been told of the error.
        self.dropped: Optional[int] = None
        self.handed_on = False
        #: When it was first seen to have failed, with its error asked for by nobody.
        self.failed_at: Optional[float] = None
        # Where the collector takes task and coroutine together, the coroutine's frame is gone when the task says so.
        self.subject = leads.Subject(coroutine)


requests: Dict[int, Request] = {}
loops: "weakref.WeakKeyDictionary[Any, SeenLoop]" = weakref.WeakKeyDictionary()
#: Loops that are gone as objects may still own a pending request.
all_loops: Dict[int, SeenLoop] = {}
handovers: Dict[int, Handover] = {}
tasks: Dict[int, SeenTask] = {}
#: Tasks that have just gone as objects: a weak reference ends before their `__del__` reports them.
_gone_tasks: Dict[int, SeenTask] = {}
#: How many requests each native thread, or greenlet, has made, and when the last of them began.
thread_requests: Dict[int, int] = {}
thread_last_request: Dict[int, float] = {}

#: What is to hear that a thread, task or greenlet has sent something, or handed it on.
on_sending: List[Callable[[], None]] = []

current_request: ContextVar[Optional[Request]] = ContextVar("timer_notify_request", default=None)
#: Whether the client's call that is under way comes back only with the whole body of the response.
reads_whole: ContextVar[bool] = ContextVar("timer_notify_reads_whole", default=False)
current_deadline: ContextVar[Optional[Deadline]] = ContextVar("timer_notify_deadline", default=None)


def note_sending() -> None:
    for hear in on_sending:
        hear()


def see_task(task: Any, coroutine: Any, stack: List[str]) -> None:
    note_sending()
    tasks[id(task)] = SeenTask(task, coroutine, stack)
    _gone_tasks.pop(id(task), None)


def seen_task(task: Any) -> Optional[SeenTask]:
    return tasks.get(id(task)) or _gone_tasks.get(id(task))


def _remember(reference: "weakref.ref[Any]") -> None:
    seen = tasks.pop(getattr(reference, "key", 0), None)
    if seen is not None:
        if len(_gone_tasks) > 200:
            _gone_tasks.clear()
        _gone_tasks[seen.key] = seen


class _TaskReference(weakref.ref):  # type: ignore[type-arg]
    """Knows its task's key when the task is gone."""

    __slots__ = ("key",)

    def __new__(cls, task: Any) -> "_TaskReference":
        return super().__new__(cls, task, _remember)

    def __init__(self, task: Any) -> None:
        super().__init__(task, _remember)
        self.key = id(task)


#: Where the threads that run were started, by their objects.
thread_starts: "weakref.WeakKeyDictionary[Any, List[str]]" = weakref.WeakKeyDictionary()
thread_started_at: "weakref.WeakKeyDictionary[Any, float]" = weakref.WeakKeyDictionary()


def thread_started() -> List[str]:
    thread = native.this_thread()
    return [] if thread is None else thread_starts.get(thread, [])


def thread_key() -> int:
    """Of the thread that asks; greenlets have one each."""
    threading = sys.modules.get("threading")
    ident: int = getattr(threading, "get_ident", native.get_ident)()
    return ident


def seen_loop(loop: Any, kind: str = "asyncio") -> SeenLoop:
    known = loops.get(loop)
    if known is None:
        known = SeenLoop(loop, kind)
        loops[loop] = known
        all_loops[known.number] = known
    return known


def running_loop() -> Any:
    """The loop that runs in this thread, or None; a program without asyncio isn't made to import it."""
    events = sys.modules.get("asyncio.events")
    return None if events is None else events._get_running_loop()


def current_loop() -> Optional[SeenLoop]:
    """What must go on for this thread's requests to go on; None where each thread goes its own way."""
    running = running_loop()
    if running is not None:
        return seen_loop(running)
    greenlets = sys.modules.get(f"{__package__}.greenlets")
    hub: Optional[SeenLoop] = None if greenlets is None else greenlets.current_hub()
    return hub


def current_task() -> Optional[SeenTask]:
    module = sys.modules.get("asyncio.tasks")
    if module is None or running_loop() is None:
        return None
    task = module.current_task()
    return None if task is None else seen_task(task)


def forget_closed_loops() -> None:
    """A program may make a loop a message; only those that something still waits for are of interest."""
    needed = {item.loop.number for item in list(requests.values()) if item.loop is not None}
    needed.update(item.loop.number for item in list(handovers.values()))
    for loop in list(all_loops.values()):
        if loop.state == "closed" and loop.number not in needed:
            all_loops.pop(loop.number, None)


def start_request(
    client: str, method: str, origin: str, path: str, loop: Optional[SeenLoop], body: str = "", payload: str = "", **more: Any
) -> Request:
    """`payload`: a fingerprint of what it says, where that is known; `body` also tells apart what is said to several."""
    request = Request(client, "created", loop, body)
    requests[request.number] = request
    key = thread_key()
    thread_requests[key] = thread_requests.get(key, 0) + 1
    thread_last_request[key] = request.started_at
    task = current_task()
    if task is not None:
        task.requests += 1
        task.last_request = request.started_at
    leads.note_sending(sys._getframe(1))
    instead_of = fallbacks.stands_for(key if task is None else (key, task.number), request.number, payload, sys._getframe(1))
    note_sending()
    watch.note_silence(request.started_at)
    if loop is not None and loop.last_standstill is not None:
        _report_late(loop, task, more.get("stack", []))
    emit(
        "request",
        r=request.number,
        client=client,
        method=method,
        origin=origin,
        path=path,
        thread=thread_of(),
        loop=None if loop is None else loop.number,
        body=body,
        insteadOf=instead_of,
        **more,
    )
    return request


#: A request that starts this soon after its loop was blocked had waited for it, in ms.
SOON = 150.0


def _report_late(loop: SeenLoop, task: Optional[SeenTask], stack: List[str]) -> None:
    """On a loop whose timers can't be seen: what starts right after a standstill, and did not cause it, was late."""
    standstill, loop.last_standstill = loop.last_standstill, None
    if standstill is None or now_ms() - standstill["at"] > SOON:
        return
    if task is not None and task.made_at > standstill["at"] - standstill["forMs"]:
        return
    if _functions(standstill["stack"][:2]) & _functions(stack):
        return
    emit(
        "request-late",
        l=loop.number,
        lateMs=standstill["forMs"],
        statement=standstill["statement"],
        stack=standstill["stack"],
        request=stack,
        thread=thread_of(loop.thread),
    )


def _functions(stack: List[str]) -> Set[str]:
    return {place.partition(" ")[2] + place.rpartition(":")[0] for place in stack if "<module>" not in place}


def move_request(request: Optional[Request], state: str, **more: Any) -> None:
    if request is None or (request.state == state and not more) or request.number not in requests:
        return
    request.state = state
    emit("state", r=request.number, s=state, **more)


def receive(request: Optional[Request], size: int) -> None:
    """Part of its response's body has come."""
    if request is not None and size > 0:
        request.received += size
        request.received_at = now_ms()


def end_request(request: Optional[Request]) -> None:
    if request is not None and requests.pop(request.number, None) is not None:
        emit("end", r=request.number)


def forget_request(request: Optional[Request]) -> None:
    """It has turned out to be part of another one."""
    if request is not None and requests.pop(request.number, None) is not None:
        emit("forget", r=request.number)


def collected(request: Optional[Request]) -> None:
    """Its coroutine is destroyed. Where its loop had stopped before, that is what it still waits for."""
    if request is not None and (request.loop is None or request.loop.state == "running"):
        fail_request(request, "destroyed", "its task was garbage-collected", "program")


def fail_request(request: Optional[Request], code: str, message: str, by: str) -> None:
    if request is not None and requests.pop(request.number, None) is not None:
        emit("fail", r=request.number, code=code, message=message[:300], by=by, s=request.state)
