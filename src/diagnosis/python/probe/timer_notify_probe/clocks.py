"""Clocks that something has put in place of the system's: what waits until a time by such a one may wait for ever."""
from __future__ import annotations

import functools
import re
import time
import weakref
from types import CodeType, FrameType
from typing import Any, Dict, List, Optional, Tuple

from . import native, watch
from .frames import caller_stack, place, source_line, stack_of, statement_of, user_frame
from .leads import leads
from .native import quiet
from .record import emit, now_ms, thread_of
from .seen import all_loops
from .tasks import behind, is_own

#: The clocks by which programs and event loops wait.
_REAL = {"monotonic": time.monotonic, "time": time.time}
_ASKED = re.compile(r"\bwhile\b.*?\b(monotonic|time)\(\)")
#: A wait that has been over for this long by the system's clock, and goes on, in ms.
LATE = 500.0
#: Timers kept.
_KEPT = 50

#: Where a clock was replaced, by its name, and when that was first seen.
_places: Dict[str, List[str]] = {}
_since: Dict[str, float] = {}
#: Timers that a loop was given by a replaced clock: when they are due by the system's.
_timers: "List[Tuple[weakref.ref[Any], float, List[str]]]" = []
_reported = False


def patch_mock(module: Any) -> None:
    """Says where a test's clock comes from."""
    patch: Any = module._patch
    enter = patch.__enter__

    @functools.wraps(enter)
    def watched_enter(self: Any) -> Any:
        entered = enter(self)
        _note_place()
        return entered

    patch.__enter__ = watched_enter


@quiet
def _note_place() -> None:
    for name in _replaced():
        if name not in _places:
            _places[name] = caller_stack()
            watch.start()


def _replaced() -> Dict[str, Any]:
    return {name: found for name, found in ((name, vars(time).get(name)) for name in _REAL) if found is not _REAL[name]}


def note_timer(handle: Any, delay: Any) -> None:
    """A timer of a loop, which reckons by `time.monotonic`."""
    if time.monotonic is not _REAL["monotonic"] and len(_timers) < _KEPT and isinstance(delay, (int, float)):
        _timers.append((weakref.ref(handle), now_ms() + delay * 1000, caller_stack()))


def look(at: float, frames: Dict[int, FrameType]) -> None:
    global _reported
    replaced = _replaced()
    for name in list(_since):
        if name not in replaced:
            _since.pop(name)
            _places.pop(name, None)
    if not replaced:
        if _reported:
            _reported = False
            _timers.clear()
            emit("clock-restored")
        return
    for name in replaced:
        _since.setdefault(name, at)
    waits = [*_overdue(at), *_polling(replaced, at, frames)]
    if waits:
        _reported = True
        name = next(iter(replaced))
        emit(
            "clock-replaced",
            clock=" and ".join(f"time.{name}" for name in replaced),
            by=_by(replaced[name]),
            since=_since[name],
            stack=_places.get(name) or _defined(replaced[name]),
            waits=waits[:5],
        )


def _overdue(at: float) -> List[Dict[str, Any]]:
    found = []
    for reference, due, stack in _timers:
        handle = reference()
        if handle is None or handle._cancelled or not handle._scheduled or at - due < LATE:
            continue
        subject = behind(handle)
        loop = next((loop for loop in list(all_loops.values()) if loop.loop() is handle._loop), None)
        if is_own(subject) and leads(subject) and loop is not None:
            found.append({"lateMs": at - due, "statement": None, "stack": stack, "thread": thread_of(loop.thread)})
    return found


def _polling(replaced: Dict[str, Any], at: float, frames: Dict[int, FrameType]) -> List[Dict[str, Any]]:
    """Code that asks the clock itself whether the time has come."""
    found = []
    for ident, thread in native.thread_objects().items():
        own = user_frame(frames.get(ident))
        if own is None or not _asks(own, replaced) or not leads(own):
            continue
        found.append({"lateMs": at - min(_since.values()), "statement": statement_of(own), "stack": stack_of(own), "thread": thread_of(thread)})
    return found


def _asks(frame: FrameType, replaced: Dict[str, Any]) -> bool:
    """Whether it stands in a loop that goes on until the clock says so."""
    code = frame.f_code
    lines = range(code.co_firstlineno, (frame.f_lineno or 0) + 1)
    asked = {name for line in lines for name in _ASKED.findall(source_line(code.co_filename, line) or "")}
    return any(name in replaced for name in asked)


def _by(clock: Any) -> str:
    kind = type(clock)
    if kind.__module__.startswith("unittest.mock"):
        return f"{kind.__module__}'s {kind.__name__}"
    return f"{getattr(clock, '__module__', '')}.{getattr(clock, '__qualname__', kind.__name__)}".lstrip(".")


def _defined(clock: Any) -> List[str]:
    code: Optional[CodeType] = getattr(clock, "__code__", None)
    return [] if code is None else [place(code, code.co_firstlineno)]
