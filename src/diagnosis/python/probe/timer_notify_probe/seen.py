"""What the probe has seen of this process and what is still open."""
from __future__ import annotations

import itertools
import sys
import threading
import weakref
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from .record import emit, now_ms, thread_of

_numbers = itertools.count(1)


def next_number() -> int:
    return next(_numbers)


@dataclass
class SeenLoop:
    number: int
    loop: "weakref.ref[Any]"
    thread: Optional[threading.Thread] = None
    state: str = "new"
    turns: int = 0
    #: `turns` at the last look of the watch, and when it changed.
    seen_turns: int = -1
    turned_at: float = field(default_factory=now_ms)
    #: Where it stands still, while it does.
    standing: Optional[Dict[str, Any]] = None


@dataclass
class Request:
    number: int
    thread: threading.Thread
    loop: Optional[SeenLoop]
    state: str
    started_at: float


@dataclass
class Handover:
    number: int
    coroutine: Any
    future: Any
    loop: SeenLoop
    started_at: float
    started: bool = False


@dataclass
class Job:
    number: int
    name: str
    module: str
    future: Any
    executor: "weakref.ref[Any]"
    stack: List[str]
    submitted_at: float


@dataclass(frozen=True)
class Deadline:
    what: str
    ms: float
    set_at: float


requests: Dict[int, Request] = {}
loops: "weakref.WeakKeyDictionary[Any, SeenLoop]" = weakref.WeakKeyDictionary()
#: Loops that are gone as objects may still own a pending request.
all_loops: Dict[int, SeenLoop] = {}
handovers: Dict[int, Handover] = {}
jobs: Dict[int, Job] = {}

current_request: ContextVar[Optional[Request]] = ContextVar("timer_notify_request", default=None)
current_deadline: ContextVar[Optional[Deadline]] = ContextVar("timer_notify_deadline", default=None)


def seen_loop(loop: Any) -> SeenLoop:
    known = loops.get(loop)
    if known is None:
        known = SeenLoop(next_number(), weakref.ref(loop))
        loops[loop] = known
        all_loops[known.number] = known
    return known


def running_loop() -> Any:
    """The loop that runs in this thread, or None; a program without asyncio isn't made to import it."""
    events = sys.modules.get("asyncio.events")
    return None if events is None else events._get_running_loop()


def forget_closed_loops() -> None:
    """A program may make a loop a message; only those that something still waits for are of interest."""
    needed = {item.loop.number for item in list(requests.values()) if item.loop is not None}
    needed.update(item.loop.number for item in list(handovers.values()))
    for loop in list(all_loops.values()):
        if loop.state == "closed" and loop.number not in needed:
            del all_loops[loop.number]


def start_request(client: str, method: str, origin: str, path: str, loop: Optional[SeenLoop], **more: Any) -> Request:
    request = Request(next_number(), threading.current_thread(), loop, "created", now_ms())
    requests[request.number] = request
    emit(
        "request",
        r=request.number,
        client=client,
        method=method,
        origin=origin,
        path=path,
        thread=thread_of(),
        loop=None if loop is None else loop.number,
        **more,
    )
    return request


def move_request(request: Optional[Request], state: str) -> None:
    if request is None or request.state == state or request.number not in requests:
        return
    request.state = state
    emit("state", r=request.number, s=state)


def end_request(request: Optional[Request]) -> None:
    if request is not None and requests.pop(request.number, None) is not None:
        emit("end", r=request.number)


def fail_request(request: Optional[Request], code: str, message: str, by: str) -> None:
    if request is not None and requests.pop(request.number, None) is not None:
        emit("fail", r=request.number, code=code, message=message[:300], by=by, s=request.state)
