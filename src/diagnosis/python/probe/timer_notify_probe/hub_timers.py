"""Timers of gevent's and eventlet's hubs: what a blocked hub keeps from running at its time."""
from __future__ import annotations

import functools
import gc
import sys
import weakref
from types import FrameType
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .executors import unwrapped
from .frames import caller_stack, local, outwards, stack_of, users_of
from .leads import Subject, leads
from .native import quiet
from .record import now_ms
from .seen import SeenLoop

#: A greenlet, when it was due at the latest, and what it runs where it has not begun.
_Due = Tuple[Any, float, Any]

#: Greenlets that gevent has yet to start: when each is due, and what it runs.
_later: "weakref.WeakKeyDictionary[Any, Tuple[float, Any]]" = weakref.WeakKeyDictionary()


#: Those of them that were to begin at once.
_for_now: "weakref.WeakSet[Any]" = weakref.WeakSet()

#: Where eventlet's greenlets were spawned that may not have begun.
_spawned: "weakref.WeakKeyDictionary[Any, List[str]]" = weakref.WeakKeyDictionary()


def patch_eventlet_timers(hub: Any, has_spawned: Callable[[], object]) -> None:
    add_timer = hub.add_timer

    @functools.wraps(add_timer)
    def watched_add_timer(self: Any, timer: Any) -> Any:
        if _note_spawned(timer):
            has_spawned()
        return add_timer(self, timer)

    hub.add_timer = watched_add_timer


@quiet
def _note_spawned(timer: Any) -> bool:
    greenlet = getattr(timer.tpl[0], "__self__", None)
    is_new = hasattr(greenlet, "gr_frame") and greenlet.gr_frame is None and not greenlet.dead
    if is_new:
        _spawned[greenlet] = caller_stack()[:4]
    return is_new


def spawned_at(greenlet: Any) -> List[str]:
    known = _spawned.get(greenlet)
    return stack_of(getattr(greenlet, "spawning_stack", None))[:4] if known is None else known


def patch_gevent(module: Any) -> None:
    spawn_later = module.spawn_later

    @functools.wraps(spawn_later)
    def watched_spawn_later(seconds: Any, function: Any, *args: Any, **more: Any) -> Any:
        greenlet = spawn_later(seconds, function, *args, **more)
        _note_later(greenlet, seconds, unwrapped(function, args))
        return greenlet

    spawn = module.spawn

    @functools.wraps(spawn)
    def watched_spawn(function: Any, *args: Any, **more: Any) -> Any:
        greenlet = spawn(function, *args, **more)
        _note_later(greenlet, 0, unwrapped(function, args))
        return greenlet

    module.spawn_later, module.spawn = watched_spawn_later, watched_spawn


@quiet
def _note_later(greenlet: Any, seconds: float, function: Any) -> None:
    _later[greenlet] = (now_ms() + seconds * 1000, function)
    if seconds == 0:
        _for_now.add(greenlet)


def was_spawned_for_now() -> List[Tuple[Any, Any]]:
    """Greenlets of gevent's that were to begin at once, with what they run."""
    return [(one, _later[one][1]) for one in list(_for_now) if one in _later]


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


def living_greenlets() -> Iterator[Any]:
    """Those that have not ended."""
    module = sys.modules.get("greenlet")
    if module is not None:
        yield from (item for item in gc.get_objects() if isinstance(item, module.greenlet) and not item.dead)


def _has_begun(greenlet: Any) -> bool:
    """gevent's own greenlets are true as soon as they are to start."""
    return bool(sys.modules["greenlet"].greenlet.__bool__(greenlet))


def not_begun(greenlet: Any) -> Any:
    """What an eventlet greenlet that has not begun is to run."""
    hub = _hub_of_eventlet()
    if hub is None or greenlet.gr_frame is not None:
        return None
    return next((function for item, _, function in _due_in_eventlet(hub) if item is greenlet), None)


def overdue_by(greenlet: Any) -> float:
    """How long one that has not begun has been due, in ms; 0 where that is not known."""
    hub = _hub_of_eventlet()
    due = _later[greenlet][0] if greenlet in _later else None
    if due is None and hub is not None:
        due = next((at for item, at, _ in _due_in_eventlet(hub) if item is greenlet), None)
    return 0.0 if due is None else max(0.0, now_ms() - due)


def is_due(greenlet: Any) -> bool:
    """Whether one of eventlet's that has not begun was to begin by now."""
    hub = _hub_of_eventlet()
    return hub is not None and any(item is greenlet and at <= now_ms() for item, at, _ in _due_in_eventlet(hub))


def _hub_of_eventlet() -> Any:
    hubs = sys.modules.get("eventlet.hubs")
    return None if hubs is None else getattr(getattr(hubs, "_threadlocal", None), "hub", None)


def _due_in_eventlet(hub: Any) -> Iterator[_Due]:
    behind = now_ms() - hub.clock() * 1000
    for at, timer in [*hub.timers, *hub.next_timers][:500]:
        callback, args, _ = getattr(timer, "tpl", (None, (), None))
        greenlet = getattr(callback, "__self__", None)
        if not timer.called and getattr(callback, "__name__", "") == "switch" and hasattr(greenlet, "gr_frame"):
            # What `spawn_n` makes has its function for its own, and is given only that one's arguments.
            run = getattr(greenlet, "run", None) if type(greenlet) is sys.modules["greenlet"].greenlet else None
            yield greenlet, at * 1000 + behind, _sender_in(args if run is None else (run, args))


def _sender_in(args: Any) -> Any:
    """What a greenlet is to run: the function that it is given, or one that is handed on to that, where only this leads to a request."""
    function, given = (args[0] if args else None), (args[1] if len(args) > 1 else ())
    if not callable(function):
        return None
    others = [one for one in given if callable(one) and not isinstance(one, type)] if isinstance(given, tuple) else []
    return function if not others or leads(function) else next((one for one in others if leads(one)), function)


def _due_in_gevent(blocked_since: float) -> Iterator[_Due]:
    """Nothing began to sleep after its hub was blocked: so none was due later than its whole sleep after that."""
    for item in living_greenlets():
        frame = item.gr_frame
        # The one that runs has no frame either, for others to see.
        if frame is None and item in _later and not _has_begun(item):
            yield (item, *_later[item])
        seconds = _sleeps_for(frame)
        if seconds is not None:
            yield item, blocked_since + seconds * 1000, None


def _sleeps_for(frame: Optional[FrameType]) -> Optional[float]:
    for one in outwards(frame):
        if one.f_code.co_name == "sleep" and one.f_code.co_filename.endswith("gevent/hub.py"):
            return float(local(one, "seconds") or 0)
    timer = _thread_timer(frame)
    return None if timer is None or timer.finished.is_set() else float(timer.interval)


def _thread_timer(frame: Optional[FrameType]) -> Any:
    """The threading.Timer that waits for its time in this greenlet."""
    for one in outwards(frame):
        if one.f_code.co_name == "run" and one.f_code.co_filename.endswith("threading.py"):
            timer = local(one, "self")
            return timer if hasattr(timer, "interval") else None
    return None

