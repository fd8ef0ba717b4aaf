"""multiprocessing's queues: who takes from each, and what a process that ends on the spot had not yet handed to the pipe."""
from __future__ import annotations

import functools
import os
import sys
import weakref
from collections import deque
from typing import Any, Deque, Optional, Set, Tuple

from . import native
from .frames import caller_stack, user_frame, user_place
from .leads import code_leads, names_of
from .native import quiet
from .record import emit, thread_of
from .seen import note_sending

_fstat = os.fstat
#: Held once the process ends on the spot: the probe's last words give the feeder thread no time that it would not have had.
_gate = native.allocate_lock()


class Feeding:
    """What was put into a queue in one process, and what its feeder thread has written to the pipe."""

    def __init__(self, send: Any, places: "Deque[str]") -> None:
        self.pid = native.getpid()
        self.put = 0
        self.sent = 0
        self._places = places
        self._send = send

    def send(self, *data: Any) -> Any:
        with _gate:
            pass
        result = self._send(*data)
        self.passed()
        return result

    def passed(self) -> str:
        """The oldest item has left the queue: where it was put."""
        self.sent += 1
        return self._places.popleft() if self._places else ""


_feeding: "weakref.WeakKeyDictionary[Any, Feeding]" = weakref.WeakKeyDictionary()
#: Where the items of each queue were put that its feeder thread has still to write, the oldest first.
_places: "weakref.WeakKeyDictionary[Any, Deque[str]]" = weakref.WeakKeyDictionary()
#: So many are kept: with more of them, the oldest are no longer known.
_KEPT = 1000
_takers: Set[Tuple[int, Any]] = set()


def patch_queues(module: Any) -> None:
    queue = module.Queue
    for kind in (queue, module.JoinableQueue):
        kind.put = _watched_put(kind.put)
    get, start = queue.get, queue._start_thread

    @functools.wraps(get)
    def watched_get(self: Any, block: bool = True, timeout: Optional[float] = None) -> Any:
        _note_taker(self)
        return get(self, block, timeout)

    @functools.wraps(start)
    def watched_start(self: Any) -> None:
        _note_start(self)
        start(self)

    queue.get, queue._start_thread = watched_get, watched_start


def _watched_put(put: Any) -> Any:
    @functools.wraps(put)
    def watched_put(self: Any, obj: Any, block: bool = True, timeout: Optional[float] = None) -> None:
        # Known before the feeder thread can have taken it.
        _note_place(self)
        try:
            put(self, obj, block, timeout)
        except BaseException:
            _not_put(self)
            raise
        _note_put(self)

    return watched_put


@quiet
def _note_start(queue: Any) -> None:
    feeding = _feeding[queue] = Feeding(queue._send_bytes, _places[queue])
    queue._send_bytes = feeding.send
    channel, on_error = _channel(queue), queue._on_queue_feeder_error

    def watched_error(error: Any, item: Any) -> Any:
        _note_dropped(channel, feeding, error)
        return on_error(error, item)

    queue._on_queue_feeder_error = watched_error


@quiet
def _note_dropped(channel: int, feeding: Feeding, error: Any) -> None:
    """It was put without a word; the feeder thread can't pickle it, and goes on with the next one."""
    put_at = feeding.passed() or None
    emit("item-dropped", channel=channel, error=f"{type(error).__name__}: {error}"[:300], putAt=put_at, thread=thread_of())


@quiet
def _note_place(queue: Any) -> None:
    _places.setdefault(queue, deque(maxlen=_KEPT)).append(user_place() or "")


@quiet
def _not_put(queue: Any) -> None:
    _places[queue].pop()


@quiet
def _note_put(queue: Any) -> None:
    note_sending()
    feeding = _feeding.get(queue)
    if feeding is not None:
        feeding.put += 1


@quiet
def _note_taker(queue: Any) -> None:
    frame = user_frame(sys._getframe(2))
    if frame is None or len(_takers) > 100:
        return
    taker = (id(queue), frame.f_code)
    if taker not in _takers:
        _takers.add(taker)
        leads = code_leads(frame.f_code, names_of(str(frame.f_globals.get("__name__", ""))))
        emit("channel-taker", channel=_channel(queue), leads=leads, thread=thread_of())


def _channel(queue: Any) -> int:
    """The pipe's own number, which is the same in every process that has it open."""
    return int(_fstat(queue._reader.fileno()).st_ino)


def end_on_the_spot() -> None:
    _gate.acquire(False)


def forget() -> None:
    """In a forked child, whose feeder threads are its own."""
    global _gate
    _gate = native.allocate_lock()


@quiet
def report_unsent() -> None:
    """At the end: what a feeder thread still had, which ends with the process."""
    for queue, feeding in list(_feeding.items()):
        if feeding.pid == native.getpid() and feeding.put > feeding.sent:
            emit(
                "items-unsent",
                channel=_channel(queue),
                left=feeding.put - feeding.sent,
                putAt=next(reversed(_places.get(queue, ())), None) or None,
                stack=caller_stack(),
                thread=thread_of(),
            )
