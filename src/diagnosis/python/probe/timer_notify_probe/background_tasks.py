"""Starlette's and FastAPI's background tasks: functions to be called after the response, where nothing drops them before."""
from __future__ import annotations

import functools
import sys
import weakref
from typing import Any, Dict, List

from .executors import unwrapped
from .frames import caller_stack
from .leads import Subject
from .native import quiet
from .record import at_end, emit, now_ms, thread_of

_KEPT = 1000
#: What was added this shortly before the end may belong to a response that is still being sent, in ms.
_RECENT = 500.0


class _Pending:
    def __init__(self, task: Any) -> None:
        self.subject = Subject(unwrapped(task.func, task.args))
        self.stack: List[str] = caller_stack()
        self.added_at = now_ms()
        self.reference = weakref.ref(task, functools.partial(_dropped, id(task)))


_pending: Dict[int, _Pending] = {}


def patch_background(module: Any) -> None:
    at_end.append(report_left)
    add, call = module.BackgroundTasks.add_task, module.BackgroundTask.__call__

    @functools.wraps(add)
    def watched_add(self: Any, *args: Any, **more: Any) -> None:
        add(self, *args, **more)
        _note(self.tasks[-1])

    @functools.wraps(call)
    async def watched_call(self: Any) -> None:
        _pending.pop(id(self), None)
        await call(self)

    module.BackgroundTasks.add_task, module.BackgroundTask.__call__ = watched_add, watched_call


@quiet
def _note(task: Any) -> None:
    if len(_pending) < _KEPT:
        _pending[id(task)] = _Pending(task)


@quiet
def _dropped(key: int, reference: Any) -> None:
    pending = _pending.get(key)
    if pending is None or pending.reference is not reference:
        return
    del _pending[key]
    if not sys.is_finalizing():
        _report(pending)


@quiet
def report_left() -> None:
    """At the end: what an error may still hold, which took the place of the response."""
    for pending in list(_pending.values()):
        if now_ms() - pending.added_at > _RECENT:
            _report(pending)


def _report(pending: _Pending) -> None:
    emit("background-dropped", what=pending.subject.name, leads=pending.subject.leads(), stack=pending.stack, thread=thread_of())
