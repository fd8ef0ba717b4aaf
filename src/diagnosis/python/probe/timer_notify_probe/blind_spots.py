"""Clients and loops that are not followed: reported by name, so that silence is not taken for health."""
from __future__ import annotations

import functools
import re
import sys
from types import FrameType, ModuleType
from typing import Any, Dict, Optional

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
    importer = _importer()
    if importer["byUser"] or module.__name__ not in _SEEN_CONNECTING:
        emit("not-followed", what=NOT_FOLLOWED[module.__name__], module=module.__name__, **importer)


#: Modules that frameworks import and may never use: what they are for is seen when they connect.
_SEEN_CONNECTING = ("websockets",)


@quiet
def note_connection(factory: Any, frame: Optional[FrameType]) -> None:
    """Whether a connection that a loop opens is one of such a module."""
    owner = "" if factory is None else str(getattr(getattr(factory, "func", factory), "__module__", ""))
    for name in _SEEN_CONNECTING:
        if owner.split(".", 1)[0] == name or _is_called_by(frame, name):
            report_unseen(NOT_FOLLOWED[name], name, _users_place(sys._getframe(1)))


def _is_called_by(frame: Optional[FrameType], package: str) -> bool:
    return frame is not None and str(frame.f_globals.get("__name__", "")).split(".", 1)[0] == package


def _users_place(frame: Optional[FrameType]) -> "list[str]":
    while frame is not None and not is_users(frame.f_code.co_filename):
        frame = frame.f_back
    return [] if frame is None else [place(frame.f_code, frame.f_lineno or 0)]


def _importer() -> Dict[str, object]:
    """Who imports it: the program, or a library that may never use it."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if not path.startswith("<frozen importlib") and "timer_notify_probe" not in path and not path.endswith("/importlib/__init__.py"):
            return {"byUser": is_users(path), "stack": [place(frame.f_code, frame.f_lineno or 0)]}
        frame = frame.f_back
    return {"byUser": False, "stack": []}


def patch_streams(module: Any) -> None:
    open_connection = module.open_connection

    @functools.wraps(open_connection)
    async def watched_open(*args: Any, **more: Any) -> Any:
        if not _is_own(args[:2] if len(args) > 1 else (None, more.get("port"))):
            _note_own("asyncio.open_connection", sys._getframe(1))
        return await open_connection(*args, **more)

    module.open_connection = watched_open


def patch_socket(module: Any) -> None:
    create = module.create_connection

    @functools.wraps(create)
    def watched_create(*args: Any, **more: Any) -> Any:
        if not _is_own(args[0] if args else more.get("address")):
            _note_own("a socket of its own", sys._getframe(1))
        note_connection(None, sys._getframe(1))
        return create(*args, **more)

    module.create_connection = watched_create
    _patch_listen(module.socket)


#: Ports on which this process itself answers.
_own_ports: "set[str]" = set()
_PORT = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\]):(\d+)")


def _patch_listen(socket: Any) -> None:
    listen = socket.listen

    @functools.wraps(listen)
    def watched_listen(self: Any, *args: Any) -> None:
        listen(self, *args)
        _note_port(self)

    socket.listen = watched_listen


@quiet
def _note_port(socket: Any) -> None:
    address = socket.getsockname()
    if isinstance(address, tuple):
        _own_ports.add(str(address[1]))


def _is_own(address: Any) -> bool:
    """A connection to this program's own server sends nothing to anybody else."""
    return isinstance(address, (list, tuple)) and len(address) > 1 and str(address[1]) in _own_ports


def _asks_itself(words: "list[str]") -> bool:
    """A command that only visits this program's own server sends nothing to anybody else."""
    ports = _PORT.findall(" ".join(words))
    return bool(ports) and all(port in _own_ports for port in ports)


#: Commands that make requests in a process of their own.
_COMMANDS = ("curl", "wget", "http", "https", "xh", "node", "grpcurl")


def patch_subprocess(module: Any) -> None:
    init = module.Popen.__init__

    @functools.wraps(init)
    def watched_init(self: Any, args: Any, *more: Any, **named: Any) -> None:
        init(self, args, *more, **named)
        _note_command(args, sys._getframe(1))

    module.Popen.__init__ = watched_init


@quiet
def _note_command(args: Any, frame: Optional[FrameType]) -> None:
    words = str(args).split() if isinstance(args, (str, bytes)) else [str(word) for word in args]
    name = words[0].rsplit("/", 1)[-1] if words else ""
    if name in ("sh", "bash") and len(words) > 2:
        name = words[2].split(" ", 1)[0].rsplit("/", 1)[-1]
    if name not in _COMMANDS or _asks_itself(words):
        return
    while frame is not None and not is_users(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is not None:
        report_unseen(f"{name}, a process of its own", "", [place(frame.f_code, frame.f_lineno or 0)])


@quiet
def _note_own(what: str, frame: FrameType) -> None:
    """Where the program itself speaks to somebody over a connection that no followed client has made."""
    if is_users(frame.f_code.co_filename):
        report_unseen(what, "", [place(frame.f_code, frame.f_lineno or 0)])


@quiet
def report_unseen(what: str, module: str, stack: "list[str]") -> None:
    """Requests that were begun through something that is not followed."""
    if what not in _reported:
        _reported.add(what)
        emit("not-followed", what=what, module=module, byUser=True, stack=stack)


_reported: "set[str]" = set()
