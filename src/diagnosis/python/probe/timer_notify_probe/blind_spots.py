"""Clients and loops that are not followed: reported by name, so that silence is not taken for health."""
from __future__ import annotations

import sys
from types import FrameType, ModuleType
from typing import Dict, Optional

from .frames import is_users, place
from .native import quiet
from .record import emit

#: What each module is, in the words of a report.
NOT_FOLLOWED: Dict[str, str] = {
    "grpc": "gRPC",
    "h2.connection": "HTTP/2",
    "websockets": "websockets",
    "websocket": "websocket-client",
    "trio": "trio's loop",
    "curio": "curio's loop",
    "twisted.internet.reactor": "Twisted's reactor",
    "curl_cffi": "curl_cffi",
    "smtplib": "SMTP",
    "paho.mqtt.client": "MQTT",
    "geventhttpclient": "geventhttpclient",
}


@quiet
def note_import(module: ModuleType) -> None:
    emit("not-followed", what=NOT_FOLLOWED[module.__name__], module=module.__name__, **_importer())


def _importer() -> Dict[str, object]:
    """Who imports it: the program, or a library that may never use it."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if not path.startswith("<frozen importlib") and "timer_notify_probe" not in path and not path.endswith("/importlib/__init__.py"):
            return {"byUser": is_users(path), "stack": [place(frame.f_code, frame.f_lineno or 0)]}
        frame = frame.f_back
    return {"byUser": False, "stack": []}


@quiet
def report_unseen(what: str, module: str, stack: "list[str]") -> None:
    """Requests that were begun through something that is not followed."""
    if what not in _reported:
        _reported.add(what)
        emit("not-followed", what=what, module=module, byUser=True, stack=stack)


_reported: "set[str]" = set()
