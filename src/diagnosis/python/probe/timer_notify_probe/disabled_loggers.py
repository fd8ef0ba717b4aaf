"""
Records that a handler would have sent, had their logger not been disabled, as `dictConfig` and `fileConfig` do by default, or
had `basicConfig` not passed over it, as it does where the root logger has a handler.
"""
from __future__ import annotations

import functools
import sys
import weakref
from types import FrameType
from typing import Any, List, Optional, Set

from .frames import caller_stack, user_frame
from .leads import Subject
from .native import quiet
from .record import emit, thread_of

_reported: Set[str] = set()


class _PassedOver:
    def __init__(self, handler: Any) -> None:
        self.handler: "weakref.ref[Any]" = weakref.ref(handler)
        self.name = type(handler).__name__
        self.level = handler.level
        self.stack = caller_stack()


#: Handlers that send, and that `basicConfig` was given in vain.
passed_over: List[_PassedOver] = []


def patch_basic_config(module: Any) -> None:
    configure = module.basicConfig

    @functools.wraps(configure)
    def watched_configure(**more: Any) -> None:
        given = more.get("handlers")
        had = bool(module.root.handlers) and not more.get("force", False)
        configure(**more)
        if had and isinstance(given, (list, tuple)):
            _note_passed_over(given)

    module.basicConfig = watched_configure


@quiet
def _note_passed_over(handlers: Any) -> None:
    for handler in handlers:
        if len(passed_over) < 20 and Subject(handler.emit).leads():
            passed_over.append(_PassedOver(handler))


@quiet
def note_unheard(logger: Any, level: Any, frame: FrameType) -> None:
    if user_frame(frame) is None or level < logger.getEffectiveLevel() or logger.disabled:
        return
    attached = _handlers_of(logger)
    for one in passed_over[:]:
        if level < one.level or attached is None:
            continue
        passed_over.remove(one)
        handler = one.handler()
        # It may have been added otherwise since.
        if handler is None or handler not in attached:
            emit("not-reached", how="handler-passed-over", what=one.name, made=one.stack, stack=caller_stack(), thread=thread_of())


def _handlers_of(logger: Any) -> Optional[List[Any]]:
    """Those that hear it; None where it does not hand up to the root."""
    found: List[Any] = []
    while logger is not None:
        found += logger.handlers
        if not logger.propagate and logger.parent is not None:
            return None
        logger = logger.parent
    return found


@quiet
def note_dropped(logger: Any, level: Any, frame: FrameType) -> None:
    if logger.name in _reported or len(_reported) > 50 or user_frame(frame) is None:
        return
    handler = _sending_handler(logger, level)
    if handler is None:
        return
    _reported.add(logger.name)
    levels = sys.modules["logging"]
    emit(
        "log-disabled",
        logger=logger.name,
        level=str(levels.getLevelName(level)),
        handler=type(handler).__name__,
        stack=caller_stack(),
        thread=thread_of(),
    )


def _sending_handler(logger: Any, level: Any) -> Optional[Any]:
    """The handler that would have sent it: what a logger hands up passes only the handlers' own levels."""
    if level < (getattr(logger, "level", 0) or 0):
        return None
    while logger is not None:
        for handler in logger.handlers:
            if level >= handler.level and Subject(handler.emit).leads():
                return handler
        logger = logger.parent if logger.propagate else None
    return None
