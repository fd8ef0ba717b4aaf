"""anyio's task groups: a task whose error cancels the others, before they had sent."""
from __future__ import annotations

import functools
import sys
import weakref
from types import FrameType
from typing import Any, Optional

from . import cancellations
from .frames import trace_stack
from .native import quiet

#: The group of each cancel scope.
_groups: "weakref.WeakKeyDictionary[Any, weakref.ref[Any]]" = weakref.WeakKeyDictionary()


def patch_task_groups(module: Any) -> None:
    group, scope = module.TaskGroup, module.CancelScope
    init, cancel = group.__init__, scope.cancel

    @functools.wraps(init)
    def watched_init(self: Any, *args: Any, **more: Any) -> None:
        init(self, *args, **more)
        _note_group(self)

    @functools.wraps(cancel)
    def watched_cancel(self: Any, *args: Any, **more: Any) -> Any:
        _note_cancel(self, sys._getframe(1))
        return cancel(self, *args, **more)

    group.__init__, scope.cancel = watched_init, watched_cancel


@quiet
def _note_group(group: Any) -> None:
    _groups[group.cancel_scope] = weakref.ref(group)


@quiet
def _note_cancel(scope: Any, frame: FrameType) -> None:
    known = _groups.get(scope)
    group = None if known is None else known()
    # What a program cancels itself is its own decision.
    if group is None or scope._cancel_called or not str(frame.f_globals.get("__name__", "")).startswith("anyio."):
        return
    error = _error_of(group, frame)
    if error is None:
        return
    by = {"what": f"{type(error).__name__}: {error}"[:300], "at": trace_stack(error.__traceback__)[:1]}
    for task in list(scope._tasks):
        if task is not scope._host_task and not task.done():
            cancellations.expect_end(task, "group", by)


def _error_of(group: Any, frame: FrameType) -> Optional[Exception]:
    """Of one of its tasks, or of the block that it is made for."""
    raised = [*group._exceptions, frame.f_locals.get("exc_val") if frame.f_code.co_name == "__aexit__" else None]
    return next((one for one in raised if isinstance(one, Exception)), None)
