"""Which loop runs in which thread, and whether it turns."""
from __future__ import annotations

import functools
import threading
from typing import Any, Dict

from . import watch
from .frames import caller_stack
from .record import emit, now_ms, thread_of
from .seen import SeenLoop,  seen_loop

#: Numbers of the loops that asyncio.run is ending by cancelling what is left on them.
ending_loops: "set[int]" = set()

#: Places told of from which a loop was given work by another thread without being woken.
TOLD = 20
_told: "set[str]" = set()


def patch_base_events(module: Any) -> None:
    base: Any = module.BaseEventLoop
    run_forever, run_once, close = base.run_forever, base._run_once, base.close
    call_exception_handler = base.call_exception_handler

    @functools.wraps(run_forever)
    def watched_run_forever(self: Any) -> None:
        loop = seen_loop(self)
        _change(loop, "running")
        watch.start()
        try:
            run_forever(self)
        finally:
            _change(loop, "stopped")

    @functools.wraps(run_once)
    def watched_run_once(self: Any) -> None:
        loop = seen_loop(self)
        loop.turns += 1
        run_once(self)

    @functools.wraps(close)
    def watched_close(self: Any) -> None:
        close(self)
        _change(seen_loop(self), "closed")

    @functools.wraps(call_exception_handler)
    def watched_handler(self: Any, context: Dict[str, Any]) -> None:
        error = context.get("exception")
        emit(
            "loop-error",
            message=str(context.get("message", ""))[:300],
            error=None if error is None else f"{type(error).__name__}: {error}"[:300],
            stack=_traceback(error),
            thread=thread_of(),
        )
        call_exception_handler(self, context)

    base.run_forever, base._run_once, base.close = watched_run_forever, watched_run_once, watched_close
    base.call_exception_handler = watched_handler
    _patch_call_soon(base)


def _patch_call_soon(base: Any) -> None:
    """From another thread it leaves the loop asleep beside what it was given."""
    call_soon = base.call_soon

    @functools.wraps(call_soon)
    def watched_call_soon(self: Any, callback: Any, *args: Any, **more: Any) -> Any:
        handle = call_soon(self, callback, *args, **more)
        owner = self._thread_id
        if owner is not None and owner != threading.get_ident() and len(_told) < TOLD:
            stack = caller_stack()
            place = stack[0] if stack else ""
            if place not in _told:
                _told.add(place)
                emit("unsafe-call", l=seen_loop(self).number, thread=thread_of(), stack=stack)
        return handle

    base.call_soon = watched_call_soon


def patch_runners(module: Any) -> None:
    cancel_all: Any = module._cancel_all_tasks

    @functools.wraps(cancel_all)
    def watched_cancel_all(loop: Any) -> None:
        number = seen_loop(loop).number
        ending_loops.add(number)
        try:
            cancel_all(loop)
        finally:
            ending_loops.discard(number)

    module._cancel_all_tasks = watched_cancel_all


def _change(loop: SeenLoop, state: str) -> None:
    if loop.state == state:
        return
    loop.state = state
    if state == "running":
        loop.thread = threading.current_thread()
    loop.turned_at = now_ms()
    emit("loop", l=loop.number, s=state, thread=thread_of(loop.thread), stack=caller_stack())


def _traceback(error: Any) -> "list[str]":
    from .frames import stack_of

    trace = getattr(error, "__traceback__", None)
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return [] if trace is None else stack_of(trace.tb_frame)
