"""Signals that break off what was to send, and signals that stop another process."""
from __future__ import annotations

import functools
import os
import _signal
from types import FrameType
from typing import Any, Dict, Optional, Tuple

from .continuation import leads_on
from .frames import caller_stack, is_users, stack_of, users_of
from .native import getpid, quiet
from .periodic import repeats
from .record import emit, thread_of
from .seen import thread_started
from .started import sends
from .swallowed import report

#: Names by number. The program finds `signal` loaded only where it has loaded it itself.
_NAMES: Dict[int, str] = {}
for _name in dir(_signal):
    if _name.startswith("SIG") and "_" not in _name:
        _NAMES.setdefault(int(getattr(_signal, _name)), _name)

#: Whether the program has a handler for any signal.
are_handled = False


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
    global are_handled
    if not callable(handler) or isinstance(handler, int) or handler is module.default_int_handler:
        return handler
    are_handled = True

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
    if not hasattr(os, "killpg"):
        return
    kill, kill_group, wait = os.kill, os.killpg, os.waitpid

    @functools.wraps(kill)
    def watched_kill(pid: int, signal: int) -> None:
        # Whoever ends himself can't tell of it afterwards.
        if pid == getpid():
            _note_kill(pid, signal)
            kill(pid, signal)
        else:
            kill(pid, signal)
            _note_kill(pid, signal)

    @functools.wraps(kill_group)
    def watched_kill_group(group: int, signal: int) -> None:
        kill_group(group, signal)
        _note_kill(-group, signal)

    @functools.wraps(wait)
    def watched_wait(pid: int, options: int) -> Tuple[int, int]:
        ended, status = wait(pid, options)
        if ended and os.WIFSIGNALED(status):
            _note_ended(ended, os.WTERMSIG(status))
        return ended, status

    watched: Any = os
    watched.kill, watched.killpg, watched.waitpid = watched_kill, watched_kill_group, watched_wait


@quiet
def _note_kill(pid: int, signal: int) -> None:
    if signal:
        stack = caller_stack()
        is_known = bool(stack) and is_users(stack[0].rpartition(":")[0])
        emit(
            "signal-sent",
            to=int(pid),
            name=name_of(signal),
            sends=sends(int(pid)) or False,
            stack=stack if is_known else [*thread_started(), *stack],
            thread=thread_of(),
        )


@quiet
def _note_ended(pid: int, signal: int) -> None:
    emit("child-signalled", child=pid, name=name_of(signal))


def name_of(signal: int) -> str:
    return _NAMES.get(int(signal), f"signal {int(signal)}")
