"""Loops that nothing can wake any more: no timer, no connection, no other thread; what its tasks await never comes."""
from __future__ import annotations

from types import FrameType
from typing import Any, Dict, List

from . import native
from .continuation import leads_on
from .except_clauses import CAN_READ
from .executors import jobs
from .frames import await_frames, await_stack, is_users
from .leads import is_clients, leads
from .queues import is_put_for_sender
from .record import emit, thread_of
from .seen import SeenLoop, handovers, requests, tasks
from .still_to_run import still_to_run
from .tasks import coroutine_of, name_of, statement_of_stack

#: How long a loop must have slept before it is looked at, in ms.
ASLEEP = 700.0
#: Library timers that only tidy up.
_TIDYING = ("aiohttp", "httpcore", "anyio", "urllib3", "tornado")


def look(loop: SeenLoop, frames: Dict[int, Any], at: float) -> None:
    if loop.kind != "asyncio" or loop.state != "running" or not loop.polling:
        loop.stuck = False
        return
    if loop.stuck or at - loop.asleep_since < ASLEEP:
        return
    target = loop.loop()
    if target is None or not _can_sleep_for_ever(loop, frames):
        return
    loop.stuck = True
    waiting = _waiting(target)
    if waiting:
        emit("stuck", l=loop.number, since=loop.asleep_since, tasks=waiting, thread=thread_of(loop.thread))


def has_nothing_to_do(loop: SeenLoop) -> bool:
    """No callback, timer, connection or request of a loop's own: only another thread can wake it."""
    target = loop.loop()
    if target is None or getattr(target, "_ready", None) or getattr(target, "_signal_handlers", None):
        return False
    if any(item.loop is loop for item in list(requests.values())):
        return False
    if any(not handle._cancelled and not _only_tidies(handle._callback) for handle in list(target._scheduled)):
        return False
    return all(_is_idle(key) for key in list(target._selector.get_map().values()))


def _can_sleep_for_ever(loop: SeenLoop, frames: Dict[int, Any]) -> bool:
    if not has_nothing_to_do(loop) or handovers or jobs:
        return False
    others = [thread for thread in native.thread_objects().values() if thread.ident != loop.ident]
    return not any(thread.ident in frames and not _is_worker(frames[thread.ident]) for thread in others)


def _only_tidies(callback: Any) -> bool:
    return str(getattr(callback, "__module__", "")).split(".", 1)[0] in _TIDYING


def _is_idle(key: Any) -> bool:
    """The loop's own pipe, or a connection that a client keeps for its next request."""
    reader = key.data[0] if isinstance(key.data, tuple) else None
    callback = getattr(reader, "_callback", None)
    if getattr(callback, "__name__", "") == "_read_from_self":
        return True
    protocol = getattr(getattr(callback, "__self__", None), "_protocol", None)
    return type(protocol).__module__.startswith(("aiohttp.client", "anyio", "httpcore"))


def _is_worker(frame: Any) -> bool:
    """An executor's thread with nothing to do."""
    return bool(frame.f_code.co_name == "_worker" and frame.f_code.co_filename.endswith("concurrent/futures/thread.py"))


def _waiting(target: Any) -> List[Dict[str, Any]]:
    """What waits for another task comes last: that one is in its way."""
    found: List[Dict[str, Any]] = []
    behind: List[Dict[str, Any]] = []
    for seen in list(tasks.values()):
        task = seen.task()
        if task is None or task.done() or task.get_loop() is not target:
            continue
        coroutine = coroutine_of(task)
        stack = await_stack(coroutine)
        if not stack or not is_users(stack[0].rpartition(":")[0]):
            continue
        (behind if _waits_for_task(task) else found).append(
            {
                "what": name_of(coroutine),
                "made": seen.stack[:3],
                "requests": seen.requests,
                "leads": _goes_on_to_send(coroutine, leads(coroutine) or seen.subject.leads()),
                "statement": statement_of_stack(stack),
                "stack": stack,
            }
        )
    return [*found, *behind][:10]


def _goes_on_to_send(coroutine: Any, may_send: bool) -> bool:
    """Whether a request would come of its going on: a program that waits for good at its end only keeps itself alive."""
    if not may_send or not CAN_READ:
        return may_send
    frames = await_frames(coroutine)
    # What join() waits for are messages that nobody has seen to.
    if any(is_clients(one) or _stands_in_queues(one, "join") for one in frames):
        return True
    if any(_stands_in_queues(one, "put") and is_put_for_sender(one) for one in frames):
        return True
    own = [one for one in frames if is_users(one.f_code.co_filename)]
    # Who comes round for the next thing to send has sent all that it was given.
    if own and any(_stands_in_queues(one, "get") for one in frames) and still_to_run(own[0].f_code, own[0].f_lasti).comes_round:
        own = own[1:]
    return any(leads_on(one, one.f_lasti) for one in own)


def _stands_in_queues(frame: FrameType, method: str) -> bool:
    return frame.f_code.co_name == method and frame.f_code.co_filename.endswith("queues.py")


def _waits_for_task(task: Any) -> bool:
    waiter = getattr(task, "_fut_waiter", None)
    return hasattr(waiter, "get_coro") or bool(getattr(waiter, "_children", None))
