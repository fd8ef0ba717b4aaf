"""A pool of processes that broke: every job that it still had fails with that, and whoever is told may pass over it."""
from __future__ import annotations

import weakref
from types import FrameType
from typing import Any, Optional

from .continuation import leads_on
from .frames import place, user_frame
from .leads import Subject
from .native import quiet
from .swallowed import report

#: Pools that have been told of.
_told: "weakref.WeakSet[Any]" = weakref.WeakSet()


class _Told:
    """Whoever was told of it."""

    def is_settled_by(self, frame: Optional[FrameType]) -> bool:
        """What the pool itself hands to its processes at its end stands for nothing."""
        return user_frame(frame) is not None


@quiet
def note_raised(future: Any, error: BaseException, frame: Optional[FrameType]) -> None:
    """Somebody has asked for the result of a job."""
    job, own = getattr(future, "_timer_notify", None), user_frame(frame)
    if job is None or own is None or not _is_broken(error):
        return
    if job.subject.leads() or leads_on(own, own.f_lasti):
        _report(job, error, "raised where its result was asked for", place(own.f_code, own.f_lineno))


@quiet
def note_callbacks(job: Any, future: Any, error: BaseException) -> None:
    """Before a job's callbacks are called, which may send what it resulted in."""
    if not _is_broken(error):
        return
    for callback in list(future._done_callbacks):
        function = getattr(callback, "__wrapped__", callback)
        subject = Subject(getattr(function, "func", function))
        if subject.code is not None and subject.is_users() and subject.leads():
            where = place(subject.code, subject.code.co_firstlineno)
            _report(job, error, "handed to the callback of a job, which sent nothing for it", where)


def _is_broken(error: BaseException) -> bool:
    return type(error).__name__ == "BrokenProcessPool"


def _report(job: Any, error: BaseException, how: str, at: str) -> None:
    pool = job.executor()
    if pool is not None and pool not in _told:
        _told.add(pool)
        report(error, job.stack, how, at).taker = _Told()
