"""Work handed to another thread's loop, and loops that stand still waiting for it."""
from __future__ import annotations

import functools
from typing import Any, Optional

from . import watch
from .frames import caller_stack
from .record import emit, now_ms, thread_of
from .seen import Deadline, Handover, current_deadline, handovers, next_number,  running_loop, seen_loop


def patch_tasks(module: Any) -> None:
    hand_over: Any = module.run_coroutine_threadsafe
    wait_for: Any = module.wait_for

    @functools.wraps(hand_over)
    def watched_hand_over(coro: Any, loop: Any) -> Any:
        target = seen_loop(loop)
        running = loop.is_running()
        future = hand_over(coro, loop)
        handover = Handover(next_number(), coro, future, target, now_ms())
        handovers[handover.number] = handover
        emit(
            "handover",
            h=handover.number,
            loop=target.number,
            running=running,
            what=getattr(coro, "__qualname__", repr(coro)),
            thread=thread_of(),
            stack=caller_stack(),
        )
        watch.start()
        future.add_done_callback(functools.partial(_handed_over, handover))
        return future

    @functools.wraps(wait_for)
    async def watched_wait_for(fut: Any, timeout: Optional[float], **more: Any) -> Any:
        if timeout is None:
            return await wait_for(fut, timeout, **more)
        token = current_deadline.set(Deadline("asyncio.wait_for", timeout * 1000, now_ms()))
        try:
            return await wait_for(fut, timeout, **more)
        finally:
            current_deadline.reset(token)

    module.run_coroutine_threadsafe = watched_hand_over
    module.wait_for = watched_wait_for


def patch_timeouts(module: Any) -> None:
    """`asyncio.timeout`, which came with Python 3.11."""
    timeout: Any = module.Timeout
    enter, leave = timeout.__aenter__, timeout.__aexit__

    @functools.wraps(enter)
    async def watched_enter(self: Any) -> Any:
        entered = await enter(self)
        when = self.when()
        if when is not None:
            left = (when - running_loop().time()) * 1000
            self._timer_notify = current_deadline.set(Deadline("asyncio.timeout", left, now_ms()))
        return entered

    @functools.wraps(leave)
    async def watched_leave(self: Any, *error: Any) -> Any:
        token = self.__dict__.pop("_timer_notify", None)
        if token is not None:
            current_deadline.reset(token)
        return await leave(self, *error)

    timeout.__aenter__, timeout.__aexit__ = watched_enter, watched_leave


def _handed_over(handover: Handover, future: Any) -> None:
    handovers.pop(handover.number, None)
    how = "cancelled" if future.cancelled() else "failed" if future.exception() is not None else "done"
    emit("handover-end", h=handover.number, how=how, started=has_started(handover))


def has_started(handover: Handover) -> bool:
    """Read off the coroutine, so that it need not be wrapped."""
    import inspect

    state = inspect.getcoroutinestate(handover.coroutine)
    if state in (inspect.CORO_RUNNING, inspect.CORO_SUSPENDED):
        handover.started = True
    # Closed: it has run to its end, or was thrown away before it began.
    return handover.started or (state == inspect.CORO_CLOSED and not handover.future.cancelled())


def patch_futures(module: Any) -> None:
    future: Any = module.Future
    result = future.result

    @functools.wraps(result)
    def watched_result(self: Any, timeout: Optional[float] = None) -> Any:
        loop = running_loop()
        if loop is None or self.done():
            return result(self, timeout)
        awaited = next((item for item in list(handovers.values()) if item.future is self), None)
        number = next_number()
        emit(
            "wait",
            w=number,
            call="Future.result()",
            loop=seen_loop(loop).number,
            h=None if awaited is None else awaited.number,
            limitMs=None if timeout is None else timeout * 1000,
            thread=thread_of(),
            stack=caller_stack(),
        )
        try:
            return result(self, timeout)
        finally:
            emit("wait-end", w=number)

    future.result = watched_result


