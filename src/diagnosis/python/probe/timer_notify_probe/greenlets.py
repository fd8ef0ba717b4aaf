"""Loops that are not asyncio's own: uvloop, and the hubs of gevent and eventlet."""
from __future__ import annotations

import sys
from typing import Any, Dict, Optional

from . import native, watch
from .native import quiet
from .record import emit, now_ms, thread_of
from .seen import SeenLoop, seen_loop

#: What runs callbacks for longer than this without coming back to its loop is worth a word, in ms.
STOOD = 150.0


def current_hub() -> Optional[SeenLoop]:
    """The hub of this thread, where its blocking calls have been replaced by greenlets' ones."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("socket"):
        return _gevent_hub()
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is not None and patcher.is_monkey_patched("socket"):
        return _eventlet_hub()
    return None


def _gevent_hub() -> Optional[SeenLoop]:
    module = sys.modules.get("gevent.hub")
    find = None if module is None else getattr(module, "get_hub_if_exists", None) or getattr(module, "_get_hub", None)
    if find is None:
        find = getattr(sys.modules.get("gevent._hub_local"), "get_hub_if_exists", None)
    hub = None if find is None else find()
    return None if hub is None else _running(seen_loop(hub, "gevent"))


def _eventlet_hub() -> Optional[SeenLoop]:
    hubs = sys.modules.get("eventlet.hubs")
    hub = None if hubs is None else getattr(getattr(hubs, "_threadlocal", None), "hub", None)
    return None if hub is None else _running(seen_loop(hub, "eventlet"))


def _running(loop: SeenLoop) -> SeenLoop:
    if loop.state != "running":
        loop.state = "running"
        loop.ident = native.get_ident()
        loop.thread = native.this_thread()
        loop.polling = True
        loop.busy_since = now_ms()
        emit("loop", l=loop.number, s="running", kind=loop.kind, inherited=False, thread=thread_of(), stack=[])
        watch.start()
    return loop


def look(loop: SeenLoop, frames: Dict[int, Any]) -> None:
    """Sees from outside whether the loop is back in its own code; asks one that can be asked how it goes."""
    frame = frames.get(loop.ident)
    if frame is None or _is_hubs_own(loop, frame):
        _back(loop)
        return
    if loop.polling:
        loop.polling = False
        loop.busy_since = now_ms()
        return
    if not loop.asked:
        _ask(loop)


def _is_hubs_own(loop: SeenLoop, frame: Any) -> bool:
    path, function = frame.f_code.co_filename, frame.f_code.co_name
    if loop.kind == "uvloop":
        return bool(function == "watched_run_forever")
    return f"/{loop.kind}/" in path and ("hub" in path or function in ("run", "wait", "do_poll", "switch"))


def _back(loop: SeenLoop) -> None:
    if not loop.polling and not loop.asked:
        _report(loop)
    if not loop.asked:
        loop.polling = True
        loop.busy_since = now_ms()


def _ask(loop: SeenLoop) -> None:
    """A callback from this thread: the loop is busy, so it wakes nothing that would have slept."""
    target = loop.loop()
    call = getattr(target, "call_soon_threadsafe", None)
    if call is None:
        call = getattr(getattr(target, "loop", None), "run_callback_threadsafe", None)
    if call is None:
        return
    loop.asked = True
    try:
        call(_answered, loop)
    except Exception:
        loop.asked = False


@quiet
def _answered(loop: SeenLoop) -> None:
    """Runs on the loop, as soon as it comes round."""
    loop.asked = False
    _report(loop)
    loop.busy_since = now_ms()


def _report(loop: SeenLoop) -> None:
    for_ms = now_ms() - loop.busy_since
    if for_ms >= STOOD:
        standing = loop.standing or {"statement": None, "stack": [], "waitsFor": None, "inLock": False}
        emit("stood", l=loop.number, forMs=for_ms, overdue=[], **standing)
        loop.last_standstill = {"at": now_ms(), "forMs": for_ms, **standing}
    loop.standing = None
