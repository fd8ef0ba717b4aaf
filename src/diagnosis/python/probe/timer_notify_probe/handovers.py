"""Work handed to another thread's loop, deadlines around requests, and loops that wait for a future."""
from __future__ import annotations

import functools
import sys
from typing import Any, List, Optional

from . import broken_pools, given_up, tasks, threads, watch
from .cancellations import note_ended_block, note_timeout
from .dropped_errors import is_dropped, is_passed_over
from .frames import caller_stack, trace_stack
from .leads import is_of_client, leads
from .native import quiet
from .record import emit, thread_of
from .seen import Deadline, Handover, current_deadline, handovers, next_number, note_sending, running_loop, seen_loop, tasks as seen_tasks
from .swallowed import note_refused

#: `inspect.CO_COROUTINE`, without the cost of `inspect`.
CO_COROUTINE = 0x80


def patch_tasks(module: Any) -> None:
    hand_over: Any = module.run_coroutine_threadsafe
    wait_for: Any = module.wait_for

    @functools.wraps(hand_over)
    def watched_hand_over(coro: Any, loop: Any) -> Any:
        # By the time that it has been handed over the loop may have run it to its end.
        leads_on = _leads(coro)
        try:
            future = hand_over(coro, loop)
        except RuntimeError as error:
            if leads_on:
                note_refused(error, "the loop, which is closed", refused=coro)
            raise
        _note(coro, loop, future, bool(leads_on))
        return future

    @functools.wraps(wait_for)
    async def watched_wait_for(fut: Any, timeout: Optional[float], **more: Any) -> Any:
        if not isinstance(timeout, (int, float)):
            return await wait_for(fut, timeout, **more)
        deadline = Deadline("asyncio.wait_for", timeout * 1000)
        token = current_deadline.set(deadline)
        try:
            return await wait_for(fut, timeout, **more)
        except Exception as error:
            if type(error).__name__ == "TimeoutError":
                given_up.note_taken(deadline, error, sys._getframe(1))
            raise
        finally:
            current_deadline.reset(token)

    module.create_task = _watched_begin(module.create_task)
    gather: Any = module.gather

    @functools.wraps(gather)
    def watched_gather(*coros: Any, return_exceptions: bool = False) -> Any:
        future = gather(*coros, return_exceptions=return_exceptions)
        if return_exceptions and is_passed_over(sys._getframe(1)):
            tasks.note_gathered(future)
        return future

    module.gather = watched_gather
    module.run_coroutine_threadsafe = watched_hand_over
    module.wait_for = watched_wait_for


def _watched_begin(begin: Any) -> Any:
    """A thread in which no loop runs begins no task."""

    @functools.wraps(begin)
    def watched_begin(coro: Any, **more: Any) -> Any:
        try:
            return begin(coro, **more)
        except RuntimeError as error:
            _note_not_begun(coro, error, "asyncio, as no loop runs in this thread")
            raise

    return watched_begin


def patch_run(module: Any) -> None:
    run: Any = module.run

    @functools.wraps(run)
    def watched_run(main: Any, **more: Any) -> Any:
        try:
            return run(main, **more)
        except RuntimeError as error:
            _note_not_begun(main, error, "asyncio.run(), as a loop runs in this thread already")
            raise

    module.run = watched_run


@quiet
def _note_not_begun(coro: Any, error: RuntimeError, by: str) -> None:
    frame = getattr(coro, "cr_frame", None)
    if frame is not None and not coro.cr_running and not getattr(coro, "cr_suspended", True) and leads(coro):
        note_refused(error, by, refused=coro)


@quiet
def _leads(coro: Any) -> bool:
    return leads(coro)


@quiet
def _note(coro: Any, loop: Any, future: Any, leads_on: bool) -> None:
    note_sending()
    target = seen_loop(loop)
    handover = Handover(coro, future, target)
    handover.name, handover.stack, handover.leads = tasks.name_of(coro), caller_stack(), leads_on
    future._timer_notify_handover = handover
    handovers[handover.number] = handover
    emit(
        "handover",
        h=handover.number,
        loop=target.number,
        what=handover.name,
        leads=handover.leads,
        thread=thread_of(),
        stack=handover.stack,
    )
    watch.start()
    future.add_done_callback(functools.partial(_handed_over, handover))


def patch_timeouts(module: Any) -> None:
    """`asyncio.timeout`, which came with Python 3.11."""
    timeout: Any = module.Timeout
    enter, leave = timeout.__aenter__, timeout.__aexit__

    @functools.wraps(enter)
    async def watched_enter(self: Any) -> Any:
        entered = await enter(self)
        _note_timeout(self)
        return entered

    @functools.wraps(leave)
    async def watched_leave(self: Any, *error: Any) -> Any:
        token, deadline = self.__dict__.pop("_timer_notify", (None, None))
        if token is not None:
            current_deadline.reset(token)
        if deadline is not None and error[1:] and getattr(self._state, "name", "") == "EXPIRING":
            note_ended_block(error[1], error[2], f"{deadline.what} of {deadline.ms:.0f} ms")
        try:
            return await leave(self, *error)
        except TimeoutError as passed:
            if deadline is not None:
                given_up.note_taken(deadline, passed, sys._getframe(1))
            raise

    expire = timeout._on_timeout

    @functools.wraps(expire)
    def watched_expire(self: Any) -> None:
        _, deadline = self.__dict__.get("_timer_notify", (None, None))
        if deadline is not None:
            note_timeout(self._task, deadline)
        expire(self)

    timeout.__aenter__, timeout.__aexit__, timeout._on_timeout = watched_enter, watched_leave, watched_expire


@quiet
def _note_timeout(timeout: Any) -> None:
    when = timeout.when()
    if when is not None:
        left = (when - running_loop().time()) * 1000
        deadline = Deadline("asyncio.timeout", left)
        timeout._timer_notify = (current_deadline.set(deadline), deadline)


@quiet
def _handed_over(handover: Handover, future: Any) -> None:
    handovers.pop(handover.number, None)
    how = "cancelled" if future.cancelled() else "failed" if future._exception is not None else "done"
    emit("handover-end", h=handover.number, how=how, started=has_started(handover))
    if how == "failed":
        _note_failed(handover, future._exception)


def _note_failed(handover: Handover, error: BaseException) -> None:
    """Nobody is told of it unless somebody asks for the result."""
    handover.failed = True
    if handover.retrieved or is_of_client(error):
        return
    coroutine = handover.coroutine()
    own = [one for one in list(seen_tasks.values()) if coroutine is not None and tasks.coroutine_of(one.task()) is coroutine]
    emit(
        "job-failed",
        j=handover.number,
        name=handover.name,
        leads=handover.leads,
        stack=handover.stack[:4],
        error=f"{type(error).__name__}: {error}"[:300],
        requests=own[0].requests if own else 0,
        place=trace_stack(error.__traceback__),
        thread=thread_of(),
    )


def has_started(handover: Handover) -> bool:
    """Read off the coroutine, so that it need not be wrapped."""
    coroutine = handover.coroutine()
    code = getattr(coroutine, "cr_code", None)
    if coroutine is not None and (code is None or not code.co_flags & CO_COROUTINE):
        return handover.started
    frame = None if coroutine is None else coroutine.cr_frame
    if frame is None:
        # It has run to its end, or was thrown away before it began.
        future = handover.future()
        return handover.started or (future is not None and not future.cancelled())
    if coroutine.cr_running or getattr(coroutine, "cr_suspended", frame.f_lasti >= 0 and coroutine.cr_await is not None):
        handover.started = True
    return handover.started


def patch_futures(module: Any) -> None:
    future: Any = module.Future
    result, exception = future.result, future.exception

    @functools.wraps(result)
    def watched_result(self: Any, timeout: Optional[float] = None) -> Any:
        _retrieved(self)
        loop = None if self.done() else running_loop()
        number = None if loop is None else _note_wait(self, loop, timeout)
        # The error that it raises keeps this frame, which must not keep the future: that keeps the error.
        handed = [self]
        self = None
        try:
            return result(handed[0], timeout)
        except Exception as error:
            broken_pools.note_raised(handed[0], error, sys._getframe(1))
            raise
        finally:
            handed.clear()
            if number is not None:
                emit("wait-end", w=number)

    @functools.wraps(exception)
    def watched_exception(self: Any, timeout: Optional[float] = None) -> Any:
        where = is_dropped(sys._getframe(1))
        if where is None:
            _retrieved(self)
        else:
            _dropped(self, where)
        return exception(self, timeout)

    add_done_callback: Any = future.add_done_callback

    @functools.wraps(add_done_callback)
    def watched_add(self: Any, fn: Any) -> Any:
        return add_done_callback(self, _watched_callback(fn) if tasks.is_own(fn) else fn)

    future.result, future.exception, future.add_done_callback = watched_result, watched_exception, watched_add


def _watched_callback(callback: Any) -> Any:
    """Its errors are logged, and the future goes on without it."""

    @functools.wraps(callback)
    def watched_callback(future: Any) -> Any:
        try:
            return callback(future)
        except Exception as error:
            threads.report_unnoticed(error, "a callback of a future")
            raise

    return watched_callback


def _retrieved(future: Any) -> None:
    for job in _jobs_of(future):
        if not job.retrieved:
            job.retrieved = True
            if job.failed:
                emit("job-retrieved", j=job.number)


@quiet
def _dropped(future: Any, where: str) -> None:
    for job in _jobs_of(future):
        emit("job-dropped", j=job.number, at=where)


def _jobs_of(future: Any) -> List[Any]:
    """What it is the future of: an executor's job, or a coroutine that was handed to a loop."""
    found = (getattr(future, "_timer_notify", None), getattr(future, "_timer_notify_handover", None))
    return [one for one in found if one is not None]


@quiet
def _note_wait(future: Any, loop: Any, timeout: Optional[float]) -> int:
    awaited = getattr(future, "_timer_notify_handover", None)
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
    return number
