"""Receivers of signals, as Django's and blinker's: they are kept weakly, so one that nothing else keeps is gone when the signal comes."""
from __future__ import annotations

import functools
import weakref
from typing import Any, List, Optional

from .frames import caller_stack
from .leads import Subject
from .native import quiet
from .record import emit, thread_of

_KEPT = 200


class _Receiver:
    def __init__(self, receiver: Any) -> None:
        self.subject = Subject(receiver.func if isinstance(receiver, functools.partial) else receiver)
        self.stack: List[str] = caller_stack()
        #: The id of the one sender that it is for.
        self.sender: Optional[int] = None
        self.reference = _weak(receiver)
        self.reported = False


_receivers: "weakref.WeakKeyDictionary[Any, List[_Receiver]]" = weakref.WeakKeyDictionary()


def _weak(receiver: Any) -> Any:
    return weakref.WeakMethod(receiver) if hasattr(receiver, "__self__") and hasattr(receiver, "__func__") else weakref.ref(receiver)


def patch_signals(module: Any) -> None:
    signal: Any = module.Signal
    connect = signal.connect

    @functools.wraps(connect)
    def watched_connect(self: Any, receiver: Any, *args: Any, **more: Any) -> Any:
        _note(self, receiver, args[1] if len(args) > 1 else more.get("weak", True), args[0] if args else more.get("sender"))
        return connect(self, receiver, *args, **more)

    signal.connect = watched_connect
    for name in ("send", "send_robust"):
        send = getattr(signal, name, None)
        if send is not None:
            setattr(signal, name, _watched_send(send))


def _watched_send(send: Any) -> Any:
    @functools.wraps(send)
    def watched_send(self: Any, *args: Any, **more: Any) -> Any:
        _look(self)
        return send(self, *args, **more)

    return watched_send


@quiet
def _note(signal: Any, receiver: Any, weak: Optional[bool], sender: Any) -> None:
    receivers = _receivers.setdefault(signal, [])
    if len(receivers) < _KEPT:
        seen = _Receiver(receiver)
        seen.sender = None if sender is None else id(sender)
        # What the signal itself keeps does not go.
        seen.reported = not weak
        receivers.append(seen)


def connected_to(signal: Any, sender: Any) -> List[_Receiver]:
    """Those that are there, and would hear the signal of a sender."""
    known = [] if signal is None else _receivers.get(signal, [])
    return [one for one in known if one.sender in (None, id(sender)) and one.reference() is not None]


@quiet
def _look(signal: Any) -> None:
    for receiver in _receivers.get(signal, ()):
        if not receiver.reported and receiver.reference() is None:
            receiver.reported = True
            emit(
                "receiver-gone",
                what=receiver.subject.name,
                leads=receiver.subject.leads(),
                made=receiver.stack,
                stack=caller_stack(),
                thread=thread_of(),
            )
