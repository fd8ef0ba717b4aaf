"""Loops that are not asyncio's own: uvloop, and the hubs of gevent and eventlet."""
from __future__ import annotations

import functools
import sys
from typing import Any, Callable, Dict, Iterator, List, Optional

from . import native, watch
from .executors import unwrapped
from .frames import is_users, stack_of, statement_of, trace_stack, users_of
from .hub_timers import living_greenlets, not_begun, overdue_by, patch_eventlet_timers, spawned_at, timers_of
from .in_hand import turn_in_hand
from .leads import Subject, is_of_client, leads
from .native import quiet
from .periodic import ended_by, repeats
from .record import emit, now_ms, thread_of
from .seen import SeenLoop, seen_loop, thread_key, thread_requests
from .standing import place_of
from .tracebacks import strip

#: What runs callbacks for longer than this without coming back to its loop is worth a word, in ms.
STOOD = 150.0
#: After this time the timers of a hub that does not come round are read, in ms.
LONG = 500.0


@quiet
def current_hub() -> Optional[SeenLoop]:
    """The hub of this thread, where its blocking calls have been replaced by greenlets' ones."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("socket"):
        return _gevent_hub()
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is not None and (patcher.is_monkey_patched("socket") or _in_greenlet()):
        return _eventlet_hub()
    return None


def _in_greenlet() -> bool:
    """Who asks is run by a hub, whatever has been replaced: eventlet's own modules are there without that, too."""
    greenlet = sys.modules.get("greenlet")
    return greenlet is not None and greenlet.getcurrent().parent is not None


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


def patch_eventlet_hub(module: Any) -> None:
    _patch_run(module.BaseHub, _eventlet_hub)
    patch_eventlet_timers(module.BaseHub, quiet(_eventlet_hub))


def _patch_run(hub: Any, find: Callable[[], Optional[SeenLoop]]) -> None:
    """A hub is known as soon as it runs, though no greenlet of it has made a request, and nothing is patched for it."""
    run, note = hub.run, quiet(find)

    @functools.wraps(run)
    def watched_run(self: Any, *args: Any, **more: Any) -> Any:
        note()
        return run(self, *args, **more)

    hub.run = watched_run


def patch_gevent_hub(module: Any) -> None:
    """The hub prints the errors of greenlets and goes on."""
    hub: Any = module.Hub
    _patch_run(hub, _gevent_hub)
    handle = hub.handle_error

    @functools.wraps(handle)
    def watched_handle(self: Any, context: Any, type: Any, value: Any, tb: Any) -> None:
        _report_error(value, tb)
        handle(self, context, type, value, tb)

    hub.handle_error = watched_handle


@quiet
def _report_error(error: Any, trace: Any) -> None:
    if not isinstance(error, Exception) or is_of_client(error):
        return
    strip(error)
    emit(
        "thread-error",
        error=f"{type(error).__name__}: {error}"[:300],
        stack=trace_stack(trace),
        repeats=ended_by(trace),
        requests=thread_requests.get(thread_key(), 0),
        took=None,
        leads=any(leads(frame) for frame in _frames_of(trace) if is_users(frame.f_code.co_filename)),
        thread=thread_of(),
    )


def _frames_of(trace: Any) -> Iterator[Any]:
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


@quiet
def report_left() -> None:
    """At the end: greenlets that were spawned and had not come to make a request."""
    for item in living_greenlets():
        _report_greenlet(item, _function_of(item))


def _function_of(item: Any) -> Any:
    """What a greenlet of gevent's, or one of eventlet's that waits to begin, runs; None where it is not known."""
    run = getattr(item, "_run", None)
    return not_begun(item) if run is None else unwrapped(run, getattr(item, "args", ()))


def _report_greenlet(item: Any, function: Any) -> None:
    frame = item.gr_frame
    own = users_of(frame)
    holds = any(turn_in_hand(one) is not None for one in own)
    has_sent = thread_requests.get(id(item), 0) > 0 and not holds
    if item is sys.modules["greenlet"].getcurrent() or has_sent or (function is None and not own):
        return
    subject = None if function is None else Subject(function)
    emit(
        "task-end",
        how="cut-off",
        greenlet=True,
        overdueMs=0 if own else overdue_by(item),
        what=own[-1].f_code.co_name if subject is None else subject.name,
        made=spawned_at(item),
        ageMs=0,
        requests=0,
        leads=(subject is not None and subject.leads()) or any(leads(one) for one in own),
        repeats=any(repeats(one) for one in own),
        took={"putAt": None, "agoMs": None} if holds else None,
        error=None,
        statement=statement_of(frame),
        stack=stack_of(frame),
        thread=thread_of(),
    )


def look(loop: SeenLoop, frames: Dict[int, Any]) -> None:
    """Sees from outside whether the loop is back in its own code; asks one that can be asked how it goes."""
    frame = frames.get(loop.ident)
    # A thread of gevent's own pool has a hub, too, and runs nothing of the user's on it.
    if frame is None or not users_of(frame) or _is_hubs_own(loop, frame):
        _back(loop)
        return
    if loop.polling:
        loop.polling = False
        loop.busy_since = now_ms()
        return
    # What blocks an eventlet hub may spawn more that is to send; of gevent's that is looked for once it comes round.
    is_read = loop.timers is not None and (loop.kind != "eventlet" or now_ms() - loop.timers_read_at <= LONG)
    if not is_read and loop.kind != "uvloop" and now_ms() - loop.busy_since > LONG:
        loop.timers_read_at = now_ms()
        loop.timers = timers_of(loop) or []
    if not loop.asked:
        _ask(loop)


def end_of_program(loop: SeenLoop) -> None:
    """The thread that ends the program has left the place where it kept its hub."""
    if loop.kind in ("gevent", "eventlet") and loop.standing is not None:
        _report(loop)
        loop.busy_since = now_ms()


def overdue(loop: SeenLoop) -> List[Dict[str, Any]]:
    """What was to send while the hub was blocked, and how late it is."""
    at = now_ms()
    late = [(one, at - one["due"]) for one in loop.timers or () if at - one["due"] > STOOD]
    return [{"what": one["what"], "lateMs": late_ms, "stack": one["stack"]} for one, late_ms in late[:5]]


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
        place = place_of(loop.standing)
        if loop.kind == "gevent" and for_ms >= LONG:
            # What was spawned in the meantime waits as well.
            loop.timers = timers_of(loop)
        late = overdue(loop)
        emit("loop-blocked", l=loop.number, forMs=for_ms, overdue=late, **place)
        loop.last_standstill = None if late else {"at": now_ms(), "forMs": for_ms, **place}
    loop.standing = loop.timers = None
