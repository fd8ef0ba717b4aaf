"""Tasks that were cancelled with a message in hand: what they had taken from a queue nobody sends any more."""
from __future__ import annotations

import functools
from typing import Any, Dict, List

from .frames import await_frames, await_stack, is_users, source_line
from .in_hand import is_kept_at_end, turn_in_hand
from .native import quiet
from .record import emit, now_ms, thread_of
from .seen import SeenTask

#: Tasks that are looked at, and reports of one process.
_LIMIT = 50

#: Those that have taken something, by their numbers.
_takers: Dict[int, SeenTask] = {}
_reports: List[int] = []


def watch_end(seen: SeenTask) -> None:
    task = seen.task()
    if task is not None and seen.number not in _takers and len(_takers) < _LIMIT:
        _takers[seen.number] = seen
        task.add_done_callback(functools.partial(_ended, seen))


@quiet
def look() -> None:
    """Where a task stands can't be seen any more once it has been cancelled."""
    for seen in list(_takers.values()):
        task = seen.task()
        if task is None or task.done() or seen.took_at <= seen.last_request:
            continue
        coroutine = task.get_coro()
        own = [one for one in await_frames(coroutine) if is_users(one.f_code.co_filename)]
        holds = any(turn_in_hand(one) is not None for one in own) and not any(is_kept_at_end(one) for one in own)
        seen.in_hand = await_stack(coroutine) if holds else None


def report_ending(seen: SeenTask, task: Any) -> bool:
    """One that was cancelled and still tidies up when its loop ends; False where that is not why it ends."""
    cancelling = getattr(task, "cancelling", None)
    if cancelling is None or cancelling() == 0 or not _is_lost(seen):
        return False
    _report(seen)
    return True


def _is_lost(seen: SeenTask) -> bool:
    return seen.in_hand is not None and not seen.is_told_of and seen.took_at > seen.last_request


@quiet
def _ended(seen: SeenTask, task: Any) -> None:
    _takers.pop(seen.number, None)
    if task.cancelled() and _is_lost(seen):
        _report(seen)


def _report(seen: SeenTask) -> None:
    where = seen.in_hand
    if where is None or len(_reports) >= _LIMIT:
        return
    _reports.append(seen.number)
    seen.is_told_of = True
    path, _, rest = where[0].rpartition(":")
    line = rest.split(" ", 1)[0]
    emit(
        "task-cancelled",
        n=seen.number,
        how="in-hand",
        what=seen.subject.name,
        made=seen.stack,
        ageMs=now_ms() - seen.made_at,
        by=seen.took_from or "",
        at=[],
        statement=source_line(path, int(line)) if line.isdigit() else None,
        stack=where,
        thread=thread_of(),
    )
