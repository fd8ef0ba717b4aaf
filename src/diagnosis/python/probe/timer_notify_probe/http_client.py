"""The standard library's client, on which requests, urllib3, urllib, botocore and Slack's own SDK stand."""
from __future__ import annotations

import functools
import sys
from itertools import islice
from types import FrameType
from typing import Any, Optional

from . import native, watch
from .bodies import Body
from .body_keys import body_key, payload_key
from .failure import failure_code
from .frames import caller_stack, local, outwards
from .native import quiet
from .record import emit
from .responses import LIMIT, is_polling, note_head, note_refusal
from .seen import (
    Request,
    current_loop,
    end_request,
    fail_request,
    forget_request,
    move_request,
    receive,
    requests,
    start_request,
)


def patch_http_client(module: Any) -> None:
    connection: Any = module.HTTPConnection
    putrequest, connect = connection.putrequest, connection.connect
    endheaders, getresponse, send = connection.endheaders, connection.getresponse, connection.send

    @functools.wraps(putrequest)
    def watched_putrequest(self: Any, method: str, url: str, *args: Any, **more: Any) -> None:
        _begin(self, method, url)
        putrequest(self, method, url, *args, **more)

    @functools.wraps(connect)
    def watched_connect(self: Any) -> None:
        move_request(_seen(self), "connecting")
        _failing(_seen(self), connect, self)
        self._timer_notify_pid = native.getpid()

    @functools.wraps(endheaders)
    def watched_endheaders(self: Any, message_body: Any = None, **more: Any) -> None:
        _begin_body(self, message_body)
        _failing(_seen(self), endheaders, self, message_body, **more)
        _given(self, message_body)
        if not _goes_on(self, message_body):
            _sent(self)

    @functools.wraps(send)
    def watched_send(self: Any, data: Any) -> None:
        body = _body_of(self)
        if body is None:
            send(self, data)
            return
        body.is_writing = True
        try:
            send(self, data)
        finally:
            body.is_writing = False
        _wrote(self, body, data)

    @functools.wraps(getresponse)
    def watched_getresponse(self: Any) -> Any:
        _sent(self)
        response = _failing(_seen(self), getresponse, self)
        _head(_seen(self), response)
        return response

    connection.putrequest, connection.connect = watched_putrequest, watched_connect
    connection.endheaders, connection.getresponse = watched_endheaders, watched_getresponse
    connection.send = watched_send
    _patch_https(module)
    _patch_response(module)


def _seen(subject: Any) -> Optional[Request]:
    seen: Optional[Request] = getattr(subject, "_timer_notify", None)
    return seen


@quiet
def _sent(connection: Any) -> None:
    """A response is waited for as long as the socket's own timeout says."""
    limit = connection.sock.gettimeout() if hasattr(connection.sock, "gettimeout") else None
    seen = _seen(connection)
    state = "sending" if _is_short(_body_of(connection)) else "sent"
    if seen is None or seen.number not in requests or (seen.state == state and getattr(seen, "limit", 0) == limit):
        return
    seen.limit = limit  # type: ignore[attr-defined]
    seen.state = state
    emit("state", r=seen.number, s=state, timeoutMs=None if limit is None else limit * 1000)


@quiet
def _begin_body(connection: Any, message_body: Any) -> None:
    """The headers say whether one follows, and how long it is."""
    seen = _seen(connection)
    lines = [bytes(line).lower() for line in connection._buffer if isinstance(line, (bytes, bytearray))]
    length = next((line.partition(b":")[2].strip() for line in lines if line.startswith(b"content-length:")), b"")
    is_chunked = any(line.startswith(b"transfer-encoding:") and b"chunked" in line for line in lines)
    if seen is not None and (is_chunked or length.isdigit()) and not _is_whole(message_body, length):
        seen.sent_body = Body(None if is_chunked else int(length))
        seen.sent_body.is_given = isinstance(message_body, (bytes, bytearray, str))
        # The headers are sent first.
        seen.sent_body.written = -1


@quiet
def _given(connection: Any, message_body: Any) -> None:
    """A file or generator that was handed over has been read to its end by now."""
    body = _body_of(connection)
    if body is not None and message_body is not None and body.announced is not None:
        body.is_given = True


def _is_whole(message_body: Any, length: bytes) -> bool:
    if not isinstance(message_body, (bytes, bytearray, str)):
        return False
    return not length.isdigit() or len(message_body) >= int(length)


def _body_of(connection: Any) -> Optional[Body]:
    body: Optional[Body] = getattr(_seen(connection), "sent_body", None)
    return body


@quiet
def _wrote(connection: Any, body: Body, data: Any) -> None:
    if body.written < 0:
        body.written = 0
        move_request(_seen(connection), "sending")
        return
    body.wrote(len(data) if hasattr(data, "__len__") else 0)


def _goes_on(connection: Any, message_body: Any) -> bool:
    """Whether more of the body is to come: the client writes it itself after the headers, or it is shorter than they say."""
    body = _body_of(connection)
    return body is not None and (message_body is None or body.is_given) and not body.is_whole


def _is_short(body: Optional[Body]) -> bool:
    """Whether all that there is has been written, and is less than the headers announce."""
    return body is not None and body.is_given and not body.is_whole


@quiet
def _head(seen: Optional[Request], response: Any) -> None:
    if seen is None:
        return
    note_head(seen, response.status, response.headers.get("Retry-After"), response.headers.get("Content-Type"))
    response._timer_notify = seen
    seen.announced = response.length
    if response.isclosed():
        end_request(seen)
    else:
        move_request(seen, "body-unread")


def _patch_https(module: Any) -> None:
    """It overrides `connect`, and calls the plain one first: the handshake comes after."""
    connection = getattr(module, "HTTPSConnection", None)
    if connection is None:
        return
    connect = connection.connect

    @functools.wraps(connect)
    def watched_connect(self: Any) -> None:
        _failing(_seen(self), connect, self)

    connection.connect = watched_connect


def patch_urllib3(module: Any) -> None:
    """urllib3 overrides `connect` and opens the connection before it puts the request."""
    for name in ("HTTPConnection", "HTTPSConnection"):
        connection: Any = getattr(module, name, None)
        if connection is None or "connect" not in vars(connection):
            continue
        connection.connect = _watched_urllib3_connect(connection.connect)


def _watched_urllib3_connect(connect: Any) -> Any:
    @functools.wraps(connect)
    def watched_connect(self: Any) -> None:
        early = _begin_early(self)
        move_request(_seen(self), "connecting")
        _failing(_seen(self), connect, self)
        self._timer_notify_pid = native.getpid()
        if early is not None:
            forget_request(early)

    return watched_connect


@quiet
def _begin_early(connection: Any) -> Optional[Request]:
    """Over TLS urllib3 connects first; what is to be asked is not known yet."""
    seen = _seen(connection)
    if seen is not None and seen.number in requests:
        return None
    method, url = called_for()
    _begin(connection, method, url)
    return _seen(connection)


def called_for() -> "tuple[str, str]":
    """What urllib3 has been asked for, where its connection does not know yet."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "urlopen" and frame.f_code.co_filename.endswith("connectionpool.py"):
            return str(frame.f_locals.get("method", "GET")), str(frame.f_locals.get("url", "/"))
        frame = frame.f_back
    return "CONNECT", "/"


def patch_urllib3_response(module: Any) -> None:
    """urllib3 reads a chunked body past http.client's own read()."""
    response: Any = module.HTTPResponse
    for name in ("_update_chunk_length", "_handle_chunk"):
        part = getattr(response, name, None)
        if part is not None:
            setattr(response, name, _watched_part(part))


def _watched_part(part: Any) -> Any:
    @functools.wraps(part)
    def watched_part(self: Any, *args: Any) -> Any:
        seen = _seen(getattr(self, "_fp", None))
        if seen is None:
            return part(self, *args)
        move_request(seen, "body")
        done = _failing(seen, part, self, *args)
        receive(seen, len(done) if isinstance(done, bytes) else 0)
        move_request(seen, "body-unread")
        return done

    return watched_part


def _patch_response(module: Any) -> None:
    response = module.HTTPResponse
    read, readinto, close = response.read, response.readinto, response.close

    @functools.wraps(read)
    def watched_read(self: Any, amt: Optional[int] = None) -> bytes:
        seen = _seen(self)
        if seen is None:
            data: bytes = read(self, amt)
            return data
        move_request(seen, "body")
        # Some versions read through readinto().
        self.__dict__["_timer_notify_reading"] = True
        try:
            body: bytes = _failing(seen, read, self, amt)
        finally:
            self.__dict__["_timer_notify_reading"] = False
        receive(seen, len(body))
        _note_part(self, seen, body, amt is None or not body)
        return body

    @functools.wraps(readinto)
    def watched_readinto(self: Any, b: Any) -> int:
        seen = _seen(self)
        if seen is None or self.__dict__.get("_timer_notify_reading"):
            size: int = readinto(self, b)
            return size
        move_request(seen, "body")
        count: int = _failing(seen, readinto, self, b)
        receive(seen, count)
        _note_part(self, seen, bytes(b[:count]) if count <= LIMIT else b"", count == 0)
        return count

    @functools.wraps(close)
    def watched_close(self: Any) -> None:
        close(self)
        end_request(_seen(self))

    response.read, response.readinto, response.close = watched_read, watched_readinto, watched_close


@quiet
def _note_part(response: Any, seen: Request, part: bytes, is_last: bool) -> None:
    held = response.__dict__.get("_timer_notify_body", b"")
    if len(held) + len(part) <= LIMIT:
        held += part
        response.__dict__["_timer_notify_body"] = held
    if is_last or response.isclosed():
        note_refusal(seen, held)
        end_request(seen)
    else:
        move_request(seen, "body-unread")


def _failing(seen: Optional[Request], call: Any, *args: Any, **more: Any) -> Any:
    try:
        return call(*args, **more)
    except BaseException as error:
        fail_request(seen, failure_code(error), str(error), by_whom(error))
        raise


def by_whom(error: BaseException) -> str:
    """A greenlet's or a program's own way of giving up is no failure of the network."""
    kind = type(error)
    if kind.__name__ == "GreenletExit" or kind in (KeyboardInterrupt, SystemExit, GeneratorExit):
        return "program"
    if kind.__name__ == "Timeout" and kind.__module__.split(".", 1)[0] in ("gevent", "eventlet"):
        return "deadline"
    return "error"


def _content(frame: Optional[FrameType]) -> Any:
    """What whoever calls `putrequest` is about to send: `http.client` and urllib3 have it at hand by one name."""
    for one in islice(outwards(frame), 4):
        body = local(one, "body")
        if body is not None:
            return body if isinstance(body, (bytes, bytearray, str)) and len(body) else None
    return None


@quiet
def _begin(connection: Any, method: str, url: str) -> None:
    previous = _seen(connection)
    if previous is not None and previous.state == "created":
        forget_request(previous)
    scheme = "https" if "HTTPS" in type(connection).__name__ else "http"
    timeout = connection.timeout
    inherited = connection.sock is not None and getattr(connection, "_timer_notify_pid", native.getpid()) != native.getpid()
    path, _, query = url.partition("?")
    watch.start()
    connection._timer_notify = start_request(
        "http.client",
        method,
        f"{scheme}://{connection.host}:{connection.port}",
        path,
        current_loop(),
        body=body_key(method, url),
        payload=payload_key(_content(sys._getframe(2))),
        stack=caller_stack(),
        timeoutMs=timeout * 1000 if isinstance(timeout, (int, float)) else None,
        deadlineMs=None,
        owner=None,
        polling=is_polling(query),
        inherited=inherited,
    )
