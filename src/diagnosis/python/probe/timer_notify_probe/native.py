"""The interpreter's own primitives, taken before a library such as gevent can replace them."""
from __future__ import annotations

import _thread
import os
import sys
import time
from typing import Any, Callable, Dict, Optional

start_new_thread = _thread.start_new_thread
allocate_lock = _thread.allocate_lock
get_ident = _thread.get_ident
get_native_id = getattr(_thread, "get_native_id", lambda: 0)
exists = os.path.exists
sleep = time.sleep
monotonic_ns = time.monotonic_ns
getpid, getppid = os.getpid, os.getppid
current_frames = sys._current_frames
#: The longest that a lock or an event can be waited for, in seconds.
longest_wait = _thread.TIMEOUT_MAX

#: The native thread that runs main; in a forked child the one that forked.
main_ident = get_ident()


def become_main() -> None:
    global main_ident
    main_ident = get_ident()


def frames_of_others() -> Dict[int, Any]:
    """Without this thread's, which would hold these: a circle that keeps every thread's frames for the collector."""
    frames: Dict[int, Any] = current_frames()
    frames.pop(get_ident(), None)
    return frames


def this_thread() -> Optional[Any]:
    """This thread's object, if there is one: `threading.current_thread` would make one where there is none."""
    threading = sys.modules.get("threading")
    if threading is None:
        return None
    active: Dict[int, Any] = getattr(threading, "_active", {})
    return active.get(getattr(threading, "get_ident", get_ident)())


def thread_objects() -> Dict[int, Any]:
    """Every thread's object, without the lock that `threading.enumerate` takes."""
    threading = sys.modules.get("threading")
    active: Dict[int, Any] = {} if threading is None else getattr(threading, "_active", {})
    return dict(list(active.items()))


def quiet(observe: Callable[..., Any]) -> Callable[..., Any]:
    """An observation that fails is missing from the record; the program never notices."""

    def observed(*args: Any, **more: Any) -> Any:
        try:
            return observe(*args, **more)
        except Exception as error:
            _report(observe, error)
            return None

    observed.__name__ = observe.__name__
    observed.__doc__ = observe.__doc__
    return observed


def _report(observe: Callable[..., Any], error: Exception) -> None:
    try:
        record = sys.modules.get(f"{__package__}.record")
        if record is not None:
            record.emit("probe-error", error=f"{observe.__module__}.{observe.__name__}: {error!r}"[:300])
    except Exception:
        pass
