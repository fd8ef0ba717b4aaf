"""Keeps the probe's frames out of the program's tracebacks, however they are printed."""
from __future__ import annotations

import functools
import sys
from types import TracebackType
from typing import Any, Callable, Iterator, Optional, Set

from .frames import is_probe


def strip(error: Optional[BaseException], seen: Optional[Set[int]] = None) -> None:
    """Takes the probe's frames out of an error and of its causes: for the interpreter's own printing."""
    seen = set() if seen is None else seen
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    error.__traceback__ = stripped(error.__traceback__)
    strip(error.__cause__, seen)
    strip(error.__context__, seen)
    for inner in getattr(error, "exceptions", ()):
        if isinstance(inner, BaseException):
            strip(inner, seen)


def stripped(trace: Optional[TracebackType]) -> Optional[TracebackType]:
    while trace is not None and is_probe(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    link = trace
    while link is not None:
        after = link.tb_next
        while after is not None and is_probe(after.tb_frame.f_code.co_filename):
            after = after.tb_next
        if after is not link.tb_next:
            link.tb_next = after
        link = after
    return trace


def patch_traceback(module: Any) -> None:
    """`traceback` prints what logging, unittest and most programs print."""
    for name in ("walk_tb", "_walk_tb_with_full_positions"):
        walk = getattr(module, name, None)
        if walk is not None:
            setattr(module, name, _without_probe(walk))
    walk_stack = module.walk_stack

    @functools.wraps(walk_stack)
    def watched_walk_stack(f: Any) -> Any:
        # Without a frame it looks for its caller when it is first asked, so it must be asked by nobody else.
        return walk_stack(f) if f is None else _users_only(walk_stack(f))

    module.walk_stack = watched_walk_stack


def _without_probe(walk: Any) -> Any:
    @functools.wraps(walk)
    def watched_walk(tb: Any) -> Iterator[Any]:
        return _users_only(walk(tb))

    return watched_walk


def _users_only(entries: Any) -> Iterator[Any]:
    for entry in entries:
        if not is_probe(entry[0].f_code.co_filename):
            yield entry


def watch_unraisable(report: Callable[[Any], None]) -> None:
    """Errors in `__del__` and in callbacks of C code are printed by the interpreter itself."""
    hook = sys.unraisablehook

    def watched_hook(unraisable: Any) -> None:
        try:
            strip(unraisable.exc_value)
            report(unraisable)
        except Exception:
            # At the interpreter's end our own names are gone before the program's last objects.
            pass
        hook(unraisable)

    sys.unraisablehook = watched_hook
