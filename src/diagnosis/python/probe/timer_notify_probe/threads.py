"""Threads that end with an error, timers that may be forgotten, coroutines that nobody awaited, and the end."""
from __future__ import annotations

import atexit
import functools
import os
import sys
import warnings
from types import TracebackType
from typing import Any, List, Optional, Type

from . import watch
from .frames import caller_stack, is_users, stack_of
from .record import emit, thread_of
from .seen import next_number


def patch_threading(module: Any) -> None:
    hook = module.excepthook

    def watched_hook(args: Any) -> None:
        emit(
            "thread-error",
            error=f"{args.exc_type.__name__}: {args.exc_value}"[:300],
            stack=_innermost(args.exc_traceback),
            thread=thread_of(args.thread),
        )
        hook(args)

    module.excepthook = watched_hook
    _patch_timer(module)
    _patch_shutdown(module)


def _patch_shutdown(module: Any) -> None:
    """Main has returned and the threads are joined: what daemons still do is cut off, by exit handlers at the latest."""
    shutdown: Any = getattr(module, "_shutdown", None)
    if shutdown is None:
        return

    @functools.wraps(shutdown)
    def watched_shutdown() -> None:
        try:
            shutdown()
        finally:
            emit("leaving")

    module._shutdown = watched_shutdown


def _patch_timer(module: Any) -> None:
    start, run = module.Timer.start, module.Timer.run

    @functools.wraps(start)
    def watched_start(self: Any) -> None:
        self._timer_notify = next_number()
        emit("timer", n=self._timer_notify, delayMs=self.interval * 1000, daemon=self.daemon, stack=caller_stack())
        start(self)

    @functools.wraps(run)
    def watched_run(self: Any) -> None:
        function = self.function

        def fired(*args: Any, **more: Any) -> Any:
            emit("timer-fired", n=self._timer_notify)
            return function(*args, **more)

        self.function = fired
        run(self)
        if self.finished.is_set() and self.function is fired:
            emit("timer-over", n=self._timer_notify)

    module.Timer.start, module.Timer.run = watched_start, watched_run


def watch_errors() -> None:
    hook = sys.excepthook

    def watched_hook(kind: Type[BaseException], error: BaseException, trace: Optional[TracebackType]) -> None:
        emit("uncaught", error=f"{kind.__name__}: {error}"[:300], stack=_innermost(trace), thread=thread_of())
        hook(kind, error, trace)

    sys.excepthook = watched_hook
    unawaited: Any = getattr(warnings, "_warn_unawaited_coroutine", None)
    if unawaited is None:
        return

    def watched_unawaited(coroutine: Any) -> None:
        code = getattr(coroutine, "cr_code", None)
        emit(
            "unawaited",
            what=getattr(coroutine, "__qualname__", repr(coroutine)),
            users=code is not None and is_users(code.co_filename),
            stack=caller_stack(),
            thread=thread_of(),
        )
        warn: Any = warnings.warn
        # The warning names the line two frames up, and two of the probe's have come between.
        setattr(warnings, "warn", lambda *args, stacklevel=1, **more: warn(*args, stacklevel=stacklevel + 2, **more))
        try:
            unawaited(coroutine)
        finally:
            setattr(warnings, "warn", warn)

    setattr(warnings, "_warn_unawaited_coroutine", watched_unawaited)


def watch_exit() -> None:
    leave_now = os._exit

    @functools.wraps(leave_now)
    def watched_leave(status: int) -> None:
        watch.report("os._exit", caller_stack())
        leave_now(status)

    setattr(os, "_exit", watched_leave)
    atexit.register(lambda: watch.report("end", []))


def _innermost(trace: Optional[TracebackType]) -> List[str]:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return [] if trace is None else stack_of(trace.tb_frame)
