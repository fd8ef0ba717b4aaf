"""What is put into queues, who takes it, and what is left in them, or in a taker's hands, at the end."""
from __future__ import annotations

import functools
import sys
import weakref
from types import FrameType
from typing import Any, Dict, List, Optional

from . import native, tasks_in_hand
from .frames import is_users, place, user_frame, user_place
from .leads import code_leads, names_of
from .native import quiet
from .record import emit, now_ms, thread_of
from .seen import current_task, note_sending, thread_key, thread_last_request, thread_requests
from .swallowed import note_refused, over


class SeenQueue:
    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.put_at: Optional[str] = None
        self.put_pid = 0
        #: Code that takes from it, with the name of its module.
        self.takers: Dict[Any, str] = {}
        self.taker_threads: Dict[int, int] = {}
        #: The native thread that took from it last.
        self.taken_by = 0
        #: Items that were put and not taken, for when the queue itself can't be asked any more.
        self.held = 0
        #: When its items were reported as left, in ms.
        self.reported_at: Optional[float] = None
        #: Keep neither the queue nor what lies in it alive.
        self.itself: Any = None
        self.items: Any = None


class Taken:
    """The last thing that a thread took from a queue."""

    def __init__(self, queue: SeenQueue) -> None:
        self.queue = queue
        self.at = now_ms()


queues: "weakref.WeakKeyDictionary[Any, SeenQueue]" = weakref.WeakKeyDictionary()
taken: Dict[int, Taken] = {}


def seen_queue(queue: Any, kind: str = "queue.Queue") -> SeenQueue:
    known = queues.get(queue)
    if known is None:
        known = queues[queue] = SeenQueue(kind)
        if kind == "asyncio.Queue":
            known.itself = weakref.ref(queue, functools.partial(_report_gone, known))
            known.items = _reference_to(getattr(queue, "_queue", None))
    return known


def _reference_to(items: Any) -> Any:
    try:
        return weakref.ref(items)
    except TypeError:
        # A list, as that of a LifoQueue.
        return None


@quiet
def _report_gone(seen: SeenQueue, _: Any) -> None:
    """Nothing refers to a queue any more: what lies in it is lost."""
    if seen.reported_at is not None or sys.is_finalizing() or seen.put_pid != native.getpid() or not sends(seen):
        return
    items = None if seen.items is None else seen.items()
    left = seen.held if items is None else _counted(items)
    if left > 0:
        _report_queue("queue-left", seen, left, gone=True)


def patch_queue(module: Any) -> None:
    put, get = module.Queue.put, module.Queue.get

    @functools.wraps(put)
    def watched_put(self: Any, item: Any, block: bool = True, timeout: Optional[float] = None) -> None:
        _note_put(self, "queue.Queue")
        try:
            put(self, item, block, timeout)
        except Exception as error:
            _note_refused(self, item, error)
            raise

    @functools.wraps(get)
    def watched_get(self: Any, block: bool = True, timeout: Optional[float] = None) -> Any:
        _note_taker(self, "queue.Queue")
        item = get(self, block, timeout)
        _note_taken(self)
        return item

    module.Queue.put, module.Queue.get = watched_put, watched_get


def patch_logging_handlers(module: Any) -> None:
    """Log records on their way to a listener's thread: its queue may be one written in C, which can't be followed."""
    enqueue, dequeue, init = module.QueueHandler.enqueue, module.QueueListener.dequeue, module.QueueListener.__init__

    @functools.wraps(init)
    def watched_init(self: Any, queue: Any, *handlers: Any, **more: Any) -> None:
        init(self, queue, *handlers, **more)
        _note_listener(self)

    @functools.wraps(enqueue)
    def watched_enqueue(self: Any, record: Any) -> None:
        if _is_in_c(self.queue):
            _note_put(self.queue, "queue.SimpleQueue")
        enqueue(self, record)

    @functools.wraps(dequeue)
    def watched_dequeue(self: Any, block: bool) -> Any:
        if _is_in_c(self.queue):
            _note_taker(self.queue, "queue.SimpleQueue")
        record = dequeue(self, block)
        _note_listeners_take(self)
        return record

    module.QueueHandler.enqueue, module.QueueListener.dequeue = watched_enqueue, watched_dequeue
    module.QueueListener.__init__ = watched_init


def _is_in_c(queue: Any) -> bool:
    return type(queue).__module__ == "_queue"


@quiet
def _note_listener(listener: Any) -> None:
    """It is to take from its queue, also where nobody starts it."""
    _note_handlers(listener, seen_queue(listener.queue, "queue.SimpleQueue" if _is_in_c(listener.queue) else "queue.Queue"))


@quiet
def _note_listeners_take(listener: Any) -> None:
    queue = listener.queue
    seen = queues.get(queue)
    if seen is None:
        return
    if _is_in_c(queue):
        taken[thread_key()] = Taken(seen)
    _note_handlers(listener, seen)


def _note_handlers(listener: Any, seen: SeenQueue) -> None:
    for handler in listener.handlers:
        emit_code = getattr(type(handler).emit, "__code__", None)
        if emit_code is not None and is_users(emit_code.co_filename):
            seen.takers[emit_code] = type(handler).__module__


def patch_asyncio_queue(module: Any) -> None:
    put, get = module.Queue.put_nowait, module.Queue.get_nowait

    @functools.wraps(put)
    def watched_put(self: Any, item: Any) -> None:
        _note_put(self, "asyncio.Queue")
        try:
            put(self, item)
        except Exception as error:
            _note_refused(self, item, error)
            raise
        _note_held(self, 1)

    @functools.wraps(get)
    def watched_get(self: Any) -> Any:
        _note_taker(self, "asyncio.Queue")
        item = get(self)
        _note_taken_by_task(self)
        _note_held(self, -1)
        return item

    module.Queue.put_nowait, module.Queue.get_nowait = watched_put, watched_get


def _is_programs_own(queue: Any, frame: Any) -> bool:
    """Pools of connections and the like are queues too: only what the program itself puts or takes counts."""
    while frame is not None and frame.f_code.co_filename.endswith(("queue.py", "queues.py")):
        frame = frame.f_back
    path = "" if frame is None else frame.f_code.co_filename
    return is_users(path) or path.endswith("logging/handlers.py") or queue in queues


@quiet
def _note_put(queue: Any, kind: str) -> None:
    if not _is_programs_own(queue, sys._getframe(3)):
        return
    note_sending()
    seen = seen_queue(queue, kind)
    seen.put_pid = native.getpid()
    seen.put_at = user_place() or seen.put_at


#: Errors that say that a queue takes no more, now or for good.
_REFUSALS = {"Full": "full", "QueueFull": "full", "ShutDown": "shut down", "QueueShutDown": "shut down"}


@quiet
def _note_refused(queue: Any, item: Any, error: Exception) -> None:
    """Who takes just that error may have thought of it."""
    why = _REFUSALS.get(type(error).__name__)
    seen = queues.get(queue)
    if why is not None and item is not None and seen is not None and sends(seen):
        note_refused(error, f"a queue of what is to be sent, which was {why}", named=True)


@quiet
def _note_taker(queue: Any, kind: str) -> None:
    if not _is_programs_own(queue, sys._getframe(3)):
        return
    seen = seen_queue(queue, kind)
    key = thread_key()
    seen.taken_by = native.get_ident()
    if key in seen.taker_threads and len(seen.takers) > 0 and kind == "queue.Queue":
        return
    seen.taker_threads[key] = native.getpid()
    frame = user_frame(sys._getframe(2))
    if frame is not None and len(seen.takers) < 10:
        seen.takers[frame.f_code] = str(frame.f_globals.get("__name__", ""))


@quiet
def _note_held(queue: Any, change: int) -> None:
    seen = queues.get(queue)
    if seen is not None:
        seen.held += change


@quiet
def _note_taken(queue: Any) -> None:
    seen = queues.get(queue)
    if seen is not None:
        taken[thread_key()] = Taken(seen)
        over()


@quiet
def _note_taken_by_task(queue: Any) -> None:
    seen, task = queues.get(queue), current_task()
    if seen is not None and task is not None:
        task.took_at, task.took_from = now_ms(), seen.put_at
        task.in_hand = None
        tasks_in_hand.watch_end(task)
        over()


def taken_and_not_sent(key: int, frame: Optional[FrameType]) -> Optional[Taken]:
    """What a thread, which stands at `frame`, took from a queue after its last request."""
    last = _about_to_return(frame) or taken.get(key)
    if last is None or last.at < thread_last_request.get(key, -1.0):
        return None
    return last


def has_taken(frame: FrameType) -> bool:
    """Whether a queue's get() has its item already."""
    return "item" in frame.f_locals


def _about_to_return(frame: Optional[FrameType]) -> Optional[Taken]:
    """In the last moments of get(), it has taken something, and nobody has noted that yet."""
    while frame is not None and not is_users(frame.f_code.co_filename):
        if frame.f_code.co_name in ("get", "watched_get") and has_taken(frame):
            seen = queues.get(frame.f_locals.get("self"))
            return None if seen is None else Taken(seen)
        frame = frame.f_back
    return None


def sends(queue: SeenQueue) -> bool:
    """Whether whoever takes from it is known to make requests."""
    if any(thread_requests.get(key, 0) > 0 for key in queue.taker_threads):
        return True
    return any(code_leads(code, names_of(module)) for code, module in queue.takers.items())


def is_put_for_sender(frame: Optional[FrameType]) -> bool:
    """Whether a frame, or what called it, is to put something into a queue from which code takes that sends."""
    while frame is not None and not is_users(frame.f_code.co_filename):
        if frame.f_code.co_name == "put" and frame.f_code.co_filename.endswith(("queue.py", "queues.py")):
            seen = queues.get(frame.f_locals.get("self"))
            return seen is not None and sends(seen)
        frame = frame.f_back
    return False


def any_held() -> bool:
    return any(_items(queue) > 0 for queue in list(queues))


@quiet
def report_left(event: str = "queue-left") -> None:
    """What was put into a queue of a sender and not taken."""
    for queue, seen in list(queues.items()):
        left = _items(queue)
        if left == 0 or seen.put_pid != native.getpid() or not (sends(seen) or not seen.takers):
            continue
        if event == "queue-left":
            seen.reported_at = now_ms()
        _report_queue(event, seen, left)


def _report_queue(event: str, seen: SeenQueue, left: int, gone: bool = False) -> None:
    emit(
        event,
        kind=seen.kind,
        left=left,
        gone=gone,
        putAt=seen.put_at,
        leads=sends(seen),
        takers=_takers(seen),
        takerThreads=[key for key, pid in list(seen.taker_threads.items()) if pid == native.getpid()][:20],
        takersElsewhere=bool(seen.taker_threads) and all(pid != native.getpid() for pid in seen.taker_threads.values()),
        thread=thread_of(),
    )


def _items(queue: Any) -> int:
    if _is_in_c(queue):
        return int(queue.qsize())
    held = getattr(queue, "queue", None)
    held = getattr(queue, "_queue", None) if held is None else held
    return 0 if held is None or not hasattr(held, "__len__") else _counted(held)


#: More than this are counted as they are.
_LOOKED_AT = 100


def _counted(held: Any) -> int:
    """`None` asks who takes from it to end: it is no message."""
    number = len(held)
    return number if number > _LOOKED_AT else sum(item is not None for item in list(held))


def _takers(seen: SeenQueue) -> List[str]:
    return [place(code, code.co_firstlineno) for code in list(seen.takers)[:3]]
