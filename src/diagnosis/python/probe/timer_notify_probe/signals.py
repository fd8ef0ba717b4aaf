"""Signals that break off what was to send, and signals that stop another process."""
from __future__ import annotations

import functools
import os
from types import FrameType
from typing import Any, Optional

from .continuation import leads_on
from .frames import caller_stack, stack_of, users_of
from .native import quiet
from .periodic import repeats
from .record import emit, thread_of
from .swallowed import report


def patch_signal(module: Any) -> None:
    set_handler, get_handler = module.signal, module.getsignal

    @functools.wraps(set_handler)
    def watched_signal(signalnum: Any, handler: Any) -> Any:
        return _own(set_handler(signalnum, _watched(module, handler)))

    @functools.wraps(get_handler)
    def watched_getsignal(signalnum: Any) -> Any:
        return _own(get_handler(signalnum))

    module.signal, module.getsignal = watched_signal, watched_getsignal


def _watched(module: Any, handler: Any) -> Any:
    if not callable(handler) or isinstance(handler, int) or handler is module.default_int_handler:
        return handler

    def watched_handler(number: int, frame: Optional[FrameType]) -> Any:
        try:
            return handler(number, frame)
        except BaseException as error:
            _note_interrupted(module.Signals(number).name, error, frame)
            raise

    watched: Any = watched_handler
    watched.timer_notify_own = handler
    return watched


def _own(handler: Any) -> Any:
    """The program finds the handler that it has set."""
    return getattr(handler, "timer_notify_own", handler)


@quiet
def _note_interrupted(name: str, error: BaseException, frame: Optional[FrameType]) -> None:
    # What comes round again waits for something to do.
    if any(leads_on(one, one.f_lasti) for one in users_of(frame) if not repeats(one)):
        report(error, stack_of(frame), f"raised by the handler of {name}, which interrupted it there", None)


def watch_kill() -> None:
    kill = os.kill

    @functools.wraps(kill)
    def watched_kill(pid: int, signal: int) -> None:
        kill(pid, signal)
        _note_kill(pid, signal)

    watched: Any = watched_kill
    os.kill = watched


@quiet
def _note_kill(pid: int, signal: int) -> None:
    name = str(getattr(signal, "name", signal))
    emit("signal-sent", to=int(pid), name=name, stack=caller_stack(), thread=thread_of())
