"""Tasks that were cancelled before they had sent: by the end of their group, by a deadline, or again while they sent their last."""
from __future__ import annotations

import functools
import re
import sys
from types import CodeType, TracebackType
from typing import Any, Dict, List, Optional

from . import tasks
from .certainty import sends
from .continuation import broken_off
from .except_clauses import CAN_READ, begin_of_try, entries_of, instructions_of
from .frames import await_frames, await_stack, caller_stack, is_users, place, trace_stack, user_frame, user_place
from .leads import leads
from .native import quiet
from .periodic import backward_jumps, repeats
from .record import emit, now_ms, thread_of
from .seen import Deadline, SeenTask, current_deadline, current_task, next_number, on_sending, running_loop, seen_task
from .settled import taker_in
from .still_to_run import still_to_run
from .swallowed import is_of_request, report

#: Reports of one process.
_LIMIT = 50
#: Waits of which a deadline deprives the code behind them; one for a message or an event may rightly come to nothing.
_CERTAIN = re.compile(r"asyncio/(tasks|locks)\.py:\d+ \((sleep|acquire|wait_for)\)")

_reports = 0
#: What was reported, by the code of the task: it may be started again, and send then.
_open: Dict[CodeType, List[int]] = {}


#: A call that is cancelled sooner than this after its start, in ms, has sent nothing.
_AT_ONCE = 100.0


def patch_task_groups(module: Any) -> None:
    group: Any = module.TaskGroup
    abort = group._abort

    @functools.wraps(abort)
    def watched_abort(self: Any) -> None:
        _note_group(self)
        abort(self)

    group._abort = watched_abort


def patch_tasks(module: Any) -> None:
    """From Python 3.12 on, `wait_for` makes no task of what it waits for."""
    cancel = getattr(module, "_cancel_and_wait", None)
    if cancel is None:
        return

    @functools.wraps(cancel)
    async def watched_cancel(fut: Any, *more: Any, **named: Any) -> Any:
        _note_deadline(fut)
        return await cancel(fut, *more, **named)

    module._cancel_and_wait = watched_cancel


@quiet
def _note_group(group: Any) -> None:
    error = next(iter(group._errors or ()), None) or sys.exc_info()[1]
    # What cancels the group itself is the program's own decision.
    if not isinstance(error, Exception):
        return
    by = {"what": f"{type(error).__name__}: {error}"[:300], "at": trace_stack(error.__traceback__)[:1]}
    for task in list(group._tasks):
        if not task.done():
            expect_end(task, "group", by)


@quiet
def _note_deadline(awaited: Any) -> None:
    deadline, own = current_deadline.get(), user_frame(sys._getframe(2))
    if deadline is not None:
        at = [] if own is None else [place(own.f_code, own.f_lineno)]
        _note_cut_off(awaited, deadline, at, sys.modules["asyncio.tasks"].current_task())


@quiet
def note_timeout(task: Any, deadline: Deadline) -> None:
    """`asyncio.timeout` is about to cancel a task, and with it what the task awaits: a task of others' too, if nothing shields it."""
    own = [one for one in await_frames(tasks.coroutine_of(task)) if is_users(one.f_code.co_filename)]
    _note_cut_off(getattr(task, "_fut_waiter", None), deadline, [place(one.f_code, one.f_lineno) for one in own[:1]], task)


def patch_anyio(module: Any) -> None:
    """A scope of anyio's with a deadline: `move_on_after`, `fail_after`."""
    scope: Any = module.CancelScope
    leave, expire = scope.__exit__, getattr(scope, "_timeout", None)

    @functools.wraps(leave)
    def watched_leave(self: Any, kind: Any, error: Any, trace: Any) -> Any:
        dropped = leave(self, kind, error, trace)
        if dropped and error is not None and _has_expired(self):
            note_ended_block(error, trace, "a scope of anyio’s")
        return dropped

    scope.__exit__ = watched_leave
    if expire is None:
        return

    @functools.wraps(expire)
    def watched_expire(self: Any) -> None:
        if _has_expired(self):
            _note_scope(self)
        expire(self)

    scope._timeout = watched_expire


def _has_expired(scope: Any) -> bool:
    loop = running_loop()
    return loop is not None and bool(loop.time() >= scope.deadline)


@quiet
def _note_scope(scope: Any) -> None:
    """The tasks that a deadline is about to cancel beside the one that set it."""
    for task in list(getattr(scope, "_tasks", ())):
        if task is not getattr(scope, "_host_task", None) and _will_go_on(await_stack(tasks.coroutine_of(task))):
            expect_end(task, "deadline", {"what": "a scope of anyio’s", "at": []})
    for child in list(getattr(scope, "_child_scopes", ())):
        _note_scope(child)


@quiet
def note_ended_block(error: BaseException, trace: Optional[TracebackType], by: str) -> None:
    """A deadline has ended a `with` block of the user's that waited for something certain, and would have sent then."""
    frame = None if trace is None else trace.tb_frame
    if not CAN_READ or frame is None or trace is None or not is_users(frame.f_code.co_filename):
        return
    if not _will_go_on(trace_stack(trace)) or _comes_round(trace) or is_of_request(error, trace) or not broken_off(trace):
        return
    opened = report(type(error)(f"the deadline of {by}"), trace_stack(trace), "thrown by the deadline", place(frame.f_code, frame.f_lineno))
    opened.taker = taker_in(frame, error, trace)


def _comes_round(trace: Optional[TracebackType]) -> bool:
    """Whether it asked again and again, inside the block, for what may rightly never come."""
    begin = 0 if trace is None else _begin_of_block(trace.tb_frame.f_code, trace.tb_lasti)
    while trace is not None:
        code = trace.tb_frame.f_code
        if is_users(code.co_filename) and _is_in_while(code, begin, trace.tb_lasti):
            return True
        trace, begin = trace.tb_next, 0
    return False


def _begin_of_block(code: CodeType, lasti: int) -> int:
    target = next((one.target for one in entries_of(code) if one.start <= lasti < one.end), None)
    return 0 if target is None else begin_of_try(code, target)


def _is_in_while(code: CodeType, begin: int, lasti: int) -> bool:
    heads = {one.offset: one.opname for one in instructions_of(code)}
    around = [to for at, to in backward_jumps(code) if begin <= to <= lasti <= at]
    return any(heads.get(to) != "FOR_ITER" for to in around)


def _will_go_on(stack: List[str]) -> bool:
    innermost = next((one for one in stack if not is_users(one.rpartition(":")[0])), "")
    return _CERTAIN.search(innermost) is not None


def _note_cut_off(awaited: Any, deadline: Deadline, at: List[str], caller: Any) -> None:
    # What `gather` waits for is cancelled with it.
    for task in list(getattr(awaited, "_children", None) or [awaited]):
        coroutine = tasks.coroutine_of(task)
        if coroutine is None or task.done():
            continue
        by = {"what": f"{deadline.what} of {deadline.ms:.0f} ms", "at": at}
        if _will_go_on(await_stack(coroutine)):
            expect_end(task, "deadline", by)
        for other in _waiting_for(task):
            if other is not caller:
                expect_end(other, "deadline", by)


def _waiting_for(task: Any) -> List[Any]:
    """Whoever awaits a task is cancelled with it."""
    # Before Python 3.12 `wait_for` waits for a future of its own, which the task releases.
    waking = [one for entry in _callbacks_of(task) for one in (_callbacks_of(entry.args[0]) if isinstance(entry, functools.partial) and entry.args else [entry])]
    owners = [getattr(one, "__self__", None) for one in waking]
    return [owner for owner in owners if tasks.coroutine_of(owner) is not None]


def _callbacks_of(future: Any) -> List[Any]:
    return [entry[0] if isinstance(entry, tuple) else entry for entry in getattr(future, "_callbacks", None) or ()]


def expect_end(task: Any, how: str, by: Dict[str, Any]) -> None:
    coroutine, seen = tasks.coroutine_of(task), seen_task(task)
    if coroutine is None or seen is None or not (leads(coroutine) or seen.subject.leads()):
        return
    # One that has sent before may have had nothing left to send.
    if seen.requests > 0 and not _goes_on_to_send(coroutine):
        return
    # What comes round again waits for its next turn; it has nothing in hand.
    if repeats(getattr(coroutine, "cr_frame", None)) and seen.took_at <= seen.last_request:
        return
    where = await_stack(coroutine)
    seen.is_told_of = True
    task.add_done_callback(functools.partial(_report, seen, seen.requests, coroutine, how, by, where))


def _goes_on_to_send(coroutine: Any) -> bool:
    """Whether what waits would send next, by its code: behind the await, not in another turn of a loop."""
    own = [one for one in await_frames(coroutine) if is_users(one.f_code.co_filename)]
    return CAN_READ and any(sends(one.f_code, still_to_run(one.f_code, one.f_lasti).ahead, one) for one in own)


@quiet
def _report(
    seen: SeenTask, requests: int, coroutine: Any, how: str, by: Dict[str, Any], where: List[str], task: Any
) -> None:
    global _reports
    if not task.cancelled() or seen.requests > requests or _reports >= _LIMIT:
        return
    _reports += 1
    number = next_number()
    code: Optional[CodeType] = seen.subject.code
    if code is not None:
        _open.setdefault(code, []).append(number)
    emit(
        "task-cancelled",
        n=number,
        how=how,
        what=tasks.name_of(coroutine),
        made=seen.stack,
        ageMs=now_ms() - seen.made_at,
        by=by["what"],
        at=by["at"],
        statement=tasks.statement_of_stack(where),
        stack=where,
        thread=thread_of(),
    )


def cancelled_since() -> Optional[float]:
    """Now, where the task is being cancelled already: a scope of anyio cancels each further await too, also in `finally`."""
    module = sys.modules.get("asyncio.tasks")
    if module is None or running_loop() is None:
        return None
    # From Python 3.11 on.
    cancelling = getattr(module.current_task(), "cancelling", None)
    return now_ms() if cancelling is not None and cancelling() > 0 else None


@quiet
def note_cancelled_call(error: BaseException, since: Optional[float]) -> None:
    if type(error).__name__ == "CancelledError" and since is not None and now_ms() - since < _AT_ONCE:
        how = "met at the first await of a task that was being cancelled already,"
        report(error, caller_stack(), how, user_place())


@quiet
def _note_sending() -> None:
    task = current_task()
    code = None if task is None or not _open else task.subject.code
    for number in [] if code is None else _open.pop(code, []):
        emit("task-sent-later", n=number)


on_sending.append(_note_sending)
