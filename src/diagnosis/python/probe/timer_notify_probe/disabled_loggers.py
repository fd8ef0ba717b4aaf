"""Records that a handler would have sent, had their logger not been disabled: `dictConfig` and `fileConfig` do that by default."""
from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Optional, Set

from .frames import caller_stack, user_frame
from .leads import Subject
from .native import quiet
from .record import emit, thread_of

_reported: Set[str] = set()


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
