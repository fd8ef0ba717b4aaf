"""The native thread that looks at the program from time to time: its life, over forks too."""
from __future__ import annotations

import sys
from typing import Callable, List, Optional

from . import native, stacks
from .record import emit

#: How often it looks, in seconds.
LOOK = 0.05

#: What it does each time.
look: Callable[[], None] = lambda: None
#: What it does at a time, in ms, at which a thread of the program's sends.
note_silence: Callable[[float], None] = lambda at: None

#: What is to be done before anything begins that is to be watched.
on_start: List[Callable[[], None]] = []

_started_in: Optional[int] = None
_stop = False
_is_paused = False
_native_id = 0
_wake = native.allocate_lock()
_wake.acquire()
_gone = native.allocate_lock()


def start() -> None:
    """Only once there is something to watch, and again in a forked child, where threads don't survive."""
    global _started_in, _is_paused
    for prepare in on_start:
        prepare()
    if _started_in == native.getpid():
        return
    _started_in, _is_paused = native.getpid(), False
    # From now on silence says that no thread comes to run.
    emit("beat")
    stacks.offer()
    # Not a threading.Thread: the program that counts its threads must not find one more.
    native.start_new_thread(_look_for_ever, ())


def pause() -> None:
    """Before a fork: from Python 3.12 on a fork beside other threads is warned of. resume() goes on, or the next start()."""
    global _started_in, _stop, _is_paused
    if sys.version_info < (3, 12) or _started_in != native.getpid():
        return
    _stop = True
    try:
        _wake.release()
    except RuntimeError:
        pass
    _gone.acquire()
    _gone.release()
    _wait_for_the_system()
    _stop = False
    _started_in = None
    _is_paused = True


def resume() -> None:
    """After a fork, in the parent. Python 3.13 counts the threads behind the hooks of os.fork: not in one of these."""
    if _is_paused:
        start()


def _wait_for_the_system() -> None:
    """The interpreter counts the threads that the system has, and ours leaves a moment after its last statement."""
    entry = f"/proc/self/task/{_native_id}"
    for _ in range(100):
        if _native_id == 0 or not native.exists(entry):
            return
        native.sleep(0.0005)


def forget() -> None:
    """In a forked child: the parent's thread is not there."""
    global _started_in, _is_paused, _wake, _gone
    _started_in, _is_paused = None, False
    _wake = native.allocate_lock()
    _wake.acquire()
    _gone = native.allocate_lock()


def _look_for_ever() -> None:
    global _native_id
    with _gone:
        _native_id = native.get_native_id()
        while not _stop:
            _wake.acquire(True, LOOK)
            try:
                look()
            except Exception as error:
                emit("probe-error", error=repr(error)[:300])
