"""Locks of multiprocessing: who holds one when its process is killed."""
from __future__ import annotations

import functools
import sys
from typing import Any, Dict, List, Optional

from . import native, watch
from .frames import caller_stack, is_users
from .native import quiet
from .record import emit, now_ms, thread_of
from .seen import next_number

#: A lock held for less than this is no news, in ms.
HELD = 100.0


class _Held:
    def __init__(self) -> None:
        self.since = now_ms()
        self.stack: List[str] = caller_stack()
        self.reported = False


_held: Dict[str, _Held] = {}


def patch_synchronize(module: Any) -> None:
    lock: Any = module.SemLock
    make, enter, leave = lock._make_methods, lock.__enter__, lock.__exit__

    @functools.wraps(make)
    def watched_make(self: Any) -> None:
        make(self)
        _name(self)
        acquire, release = self.acquire, self.release

        @functools.wraps(acquire)
        def watched_acquire(*args: Any, **more: Any) -> Any:
            own = _begin()
            taken = acquire(*args, **more)
            if own and taken:
                _taken(self)
            return taken

        @functools.wraps(release)
        def watched_release() -> None:
            _given_back(self)
            release()

        self.acquire, self.release = watched_acquire, watched_release

    @functools.wraps(enter)
    def watched_enter(self: Any) -> Any:
        own = _begin()
        taken = enter(self)
        if own:
            _taken(self)
        return taken

    @functools.wraps(leave)
    def watched_leave(self: Any, *args: Any) -> Any:
        _given_back(self)
        return leave(self, *args)

    lock._make_methods, lock.__enter__, lock.__exit__ = watched_make, watched_enter, watched_leave


def _begin() -> bool:
    """Whether the program itself asks for the lock, and not a queue or pool of the library's."""
    if not is_users(sys._getframe(2).f_code.co_filename):
        return False
    watch.start()
    return True


@quiet
def _name(lock: Any) -> None:
    """The same in every process that shares it: its own name, and without one it is only handed on by forks."""
    if not hasattr(lock, "_timer_notify"):
        lock._timer_notify = lock._semlock.name or f"{native.getpid()} {next_number()}"


def key_of(lock: Any) -> Optional[str]:
    return getattr(lock, "_timer_notify", None)


@quiet
def _taken(lock: Any) -> None:
    key = key_of(lock)
    if key is not None and type(lock).__name__ in ("Lock", "RLock"):
        _held.setdefault(key, _Held())


@quiet
def _given_back(lock: Any) -> None:
    held = _held.pop(key_of(lock) or "", None)
    if held is not None and held.reported:
        emit("lock-freed", lock=key_of(lock))


def look(at: float) -> None:
    for key, held in list(_held.items()):
        if not held.reported and at - held.since >= HELD:
            held.reported = True
            emit("lock-held", lock=key, stack=held.stack, thread=thread_of())


def forget() -> None:
    """In a forked child: what the parent holds is the parent's."""
    _held.clear()
