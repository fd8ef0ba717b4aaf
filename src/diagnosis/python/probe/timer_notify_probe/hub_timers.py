"""Timers of gevent's and eventlet's hubs: what a blocked hub keeps from running at its time."""
from __future__ import annotations

import functools
import gc
import sys
import weakref
from types import FrameType
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .executors import unwrapped
from .frames import outwards, stack_of, users_of
from .leads import Subject, leads
from .native import quiet
from .record import now_ms
from .seen import SeenLoop

#: A greenlet, when it was due at the latest, and what it runs where it has not begun.
_Due = Tuple[Any, float, Any]

#: Greenlets that gevent starts later: when each is due, and what it runs.
_later: "weakref.WeakKeyDictionary[Any, Tuple[float, Any]]" = weakref.WeakKeyDictionary()


def patch_gevent(module: Any) -> None:
    spawn_later = module.spawn_later

    @functools.wraps(spawn_later)
    def watched_spawn_later(seconds: Any, function: Any, *args: Any, **more: Any) -> Any:
        greenlet = spawn_later(seconds, function, *args, **more)
        _note_later(greenlet, seconds, unwrapped(function, args))
        return greenlet

    module.spawn_later = watched_spawn_later


@quiet
def _note_later(greenlet: Any, seconds: float, function: Any) -> None:
    _later[greenlet] = (now_ms() + seconds * 1000, function)


@quiet
def timers_of(loop: SeenLoop) -> List[Dict[str, Any]]:
    """What is to send when its time has come; a blocked hub changes none of it."""
    due = _due_in_eventlet(loop.loop()) if loop.kind == "eventlet" else _due_in_gevent(loop.busy_since)
    found = (_described(*each) for each in due)
    return [each for each in found if each is not None]


def _described(greenlet: Any, due: float, function: Any) -> Optional[Dict[str, Any]]:
    frame = getattr(greenlet, "gr_frame", None)
    own = users_of(frame)
    timer = _thread_timer(frame)
    function = function if timer is None else timer.function
    if not (any(leads(one) for one in own) or (function is not None and leads(function))):
        return None
    name = own[-1].f_code.co_name if own and function is None else Subject(function).name
    return {"what": name, "due": due, "stack": stack_of(frame)}


def _due_in_eventlet(hub: Any) -> Iterator[_Due]:
    behind = now_ms() - hub.clock() * 1000
    for at, timer in [*hub.timers, *hub.next_timers][:500]:
        callback, args, _ = getattr(timer, "tpl", (None, (), None))
        greenlet = getattr(callback, "__self__", None)
        if not timer.called and getattr(callback, "__name__", "") == "switch" and hasattr(greenlet, "gr_frame"):
            yield greenlet, at * 1000 + behind, args[0] if args and callable(args[0]) else None


def _due_in_gevent(blocked_since: float) -> Iterator[_Due]:
    """Nothing began to sleep after its hub was blocked: so none was due later than its whole sleep after that."""
    module = sys.modules.get("greenlet")
    kind = None if module is None else module.greenlet
    for item in gc.get_objects() if kind is not None else ():
        if not isinstance(item, kind) or item.dead:
            continue
        frame = item.gr_frame
        if frame is None and item in _later:
            yield (item, *_later[item])
        seconds = _sleeps_for(frame)
        if seconds is not None:
            yield item, blocked_since + seconds * 1000, None


def _sleeps_for(frame: Optional[FrameType]) -> Optional[float]:
    for one in outwards(frame):
        if one.f_code.co_name == "sleep" and one.f_code.co_filename.endswith("gevent/hub.py"):
            return float(one.f_locals.get("seconds", 0))
    timer = _thread_timer(frame)
    return None if timer is None or timer.finished.is_set() else float(timer.interval)


def _thread_timer(frame: Optional[FrameType]) -> Any:
    """The threading.Timer that waits for its time in this greenlet."""
    for one in outwards(frame):
        if one.f_code.co_name == "run" and one.f_code.co_filename.endswith("threading.py"):
            timer = one.f_locals.get("self")
            return timer if hasattr(timer, "interval") else None
    return None

