"""multiprocessing's queues: who takes from each, and what a process that ends on the spot had not yet handed to the pipe."""
from __future__ import annotations

import functools
import os
import sys
import weakref
from typing import Any, Optional, Set, Tuple

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

    def __init__(self, send: Any) -> None:
        self.pid = native.getpid()
        self.put = 0
        self.sent = 0
        self.put_at: Optional[str] = None
        self._send = send

    def send(self, *data: Any) -> Any:
        with _gate:
            pass
        result = self._send(*data)
        self.sent += 1
        return result


_feeding: "weakref.WeakKeyDictionary[Any, Feeding]" = weakref.WeakKeyDictionary()
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
        put(self, obj, block, timeout)
        _note_put(self)

    return watched_put


@quiet
def _note_start(queue: Any) -> None:
    feeding = _feeding[queue] = Feeding(queue._send_bytes)
    queue._send_bytes = feeding.send


@quiet
def _note_put(queue: Any) -> None:
    note_sending()
    feeding = _feeding.get(queue)
    if feeding is not None:
        feeding.put += 1
        feeding.put_at = user_place() or feeding.put_at


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
                putAt=feeding.put_at,
                stack=caller_stack(),
                thread=thread_of(),
            )
