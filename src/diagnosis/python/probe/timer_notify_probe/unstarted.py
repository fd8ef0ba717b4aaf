"""Threads and timers that the user's code has made and not started."""
from __future__ import annotations

import functools
import linecache
import re
import sys
import weakref
from types import FrameType
from typing import Any, Dict, Optional

from .executors import unwrapped
from .frames import is_probe, is_users, local, outwards, place
from .leads import Subject
from .native import quiet
from .record import emit, thread_of
from .seen import on_sending

#: Of one process.
_LIMIT = 200
#: A line that keeps what it makes under a name, or as a part of its object.
_KEPT = re.compile(r"\s*(self\.)?(\w+)\s*(?::[^=]+)?=(?!=)")


class MadeThread:
    def __init__(self, thread: Any, making: FrameType) -> None:
        self.path, self.line = making.f_code.co_filename, making.f_lineno
        self.at = place(making.f_code, making.f_lineno)
        self.is_timer = isinstance(thread, sys.modules["threading"].Timer)
        self.subject = Subject(target_of(thread))
        self.thread = weakref.ref(thread, functools.partial(_report_gone, id(thread)))


#: By the number of the object.
_made: Dict[int, MadeThread] = {}


def target_of(thread: Any) -> Any:
    target = getattr(thread, "_target", None) or getattr(thread, "function", None)
    if target is None:
        return type(thread).run
    return unwrapped(target, getattr(thread, "_args", ()) or getattr(thread, "args", ()) or ())


@quiet
def note_made(thread: Any) -> None:
    """Threads of libraries, such as those of pools, are started by them."""
    making = next((one for one in outwards(sys._getframe(1)) if not _is_making(one, thread)), None)
    if making is not None and len(_made) < _LIMIT and is_users(making.f_code.co_filename):
        _made[id(thread)] = MadeThread(thread, making)


def _is_making(frame: FrameType, thread: Any) -> bool:
    return is_probe(frame.f_code.co_filename) or (frame.f_code.co_name == "__init__" and local(frame, "self") is thread)


def forget(thread: Any) -> Optional[MadeThread]:
    """It has been started, cancelled or run: what was known of it."""
    return _made.pop(id(thread), None)


@quiet
def _note_sending() -> None:
    """Who calls run() by itself needs no start()."""
    if not _made:
        return
    for frame in outwards(sys._getframe(1)):
        if frame.f_code.co_name == "run":
            _made.pop(id(local(frame, "self")), None)


on_sending.append(_note_sending)


@quiet
def report_unstarted() -> None:
    """At the end: those that the program could still have started."""
    for number in list(_made):
        _report(number, "kept")


@quiet
def _report_gone(number: int, _: Any) -> None:
    _report(number, "gone")


def _report(number: int, state: str) -> None:
    made = _made.pop(number, None)
    if made is not None and made.subject.leads():
        emit("thread-unstarted", what=made.subject.name, state=_on_demand(made) or state, stack=[made.at], thread=thread_of())


def _on_demand(made: MadeThread) -> Optional[str]:
    """Whether other code of its file starts what is kept under that name: then it goes with its object, or its function, at the latest."""
    lines = linecache.getlines(made.path)
    kept = _KEPT.match(lines[made.line - 1]) if 0 < made.line <= len(lines) else None
    if kept is None:
        return None
    is_part, name = kept.groups()
    start = re.compile(rf"{'[.]' if is_part else '(?<![.])'}\b{name}\.start\(")
    if not any(start.search(line) for line in lines):
        return None
    return "on-demand" if is_part and made.is_timer else "kept"
