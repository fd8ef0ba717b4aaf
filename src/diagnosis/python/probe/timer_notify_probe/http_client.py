"""The standard library's client, on which requests, urllib3, urllib and Slack's own SDK stand."""
from __future__ import annotations

import functools
from typing import Any, Optional

from .replies import body_key, note_refusal
from . import watch
from .failure import failure_code
from .frames import caller_stack
from .record import emit
from .seen import Request, end_request, fail_request, move_request, requests, running_loop, seen_loop, start_request


def patch_http_client(module: Any) -> None:
    connection: Any = module.HTTPConnection
    putrequest, connect = connection.putrequest, connection.connect
    endheaders, getresponse = connection.endheaders, connection.getresponse

    @functools.wraps(putrequest)
    def watched_putrequest(self: Any, method: str, url: str, *args: Any, **more: Any) -> None:
        self._timer_notify = _start(self, method, url)
        putrequest(self, method, url, *args, **more)

    @functools.wraps(connect)
    def watched_connect(self: Any) -> None:
        seen: Optional[Request] = getattr(self, "_timer_notify", None)
        move_request(seen, "connecting")
        _failing(seen, connect, self)

    @functools.wraps(endheaders)
    def watched_endheaders(self: Any, message_body: Any = None, **more: Any) -> None:
        seen: Optional[Request] = getattr(self, "_timer_notify", None)
        _failing(seen, endheaders, self, message_body, **more)
        move_request(seen, "sent")

    @functools.wraps(getresponse)
    def watched_getresponse(self: Any) -> Any:
        seen: Optional[Request] = getattr(self, "_timer_notify", None)
        move_request(seen, "sent")
        response = _failing(seen, getresponse, self)
        if seen is not None:
            emit("head", r=seen.number, status=response.status, retryAfter=response.headers.get("Retry-After"))
            response._timer_notify = seen
            if response.isclosed():
                end_request(seen)
            else:
                move_request(seen, "body-unread")
        return response

    connection.putrequest, connection.connect = watched_putrequest, watched_connect
    connection.endheaders, connection.getresponse = watched_endheaders, watched_getresponse
    _patch_https(module)
    _patch_response(module)


def _patch_https(module: Any) -> None:
    """It overrides `connect`, and calls the plain one first: the handshake comes after."""
    connection = getattr(module, "HTTPSConnection", None)
    if connection is None:
        return
    connect = connection.connect

    @functools.wraps(connect)
    def watched_connect(self: Any) -> None:
        _failing(getattr(self, "_timer_notify", None), connect, self)

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
        seen: Optional[Request] = getattr(self, "_timer_notify", None)
        early = seen is None or seen.number not in requests
        if early:
            # Over TLS urllib3 connects first; what is to be asked is not known yet.
            seen = self._timer_notify = _start(self, "CONNECT", "/")
        move_request(seen, "connecting")
        _failing(seen, connect, self)
        if early and seen is not None:
            requests.pop(seen.number, None)
            emit("forget", r=seen.number)

    return watched_connect


def _patch_response(module: Any) -> None:
    response = module.HTTPResponse
    read, close = response.read, response.close

    @functools.wraps(read)
    def watched_read(self: Any, amt: Optional[int] = None) -> bytes:
        seen: Optional[Request] = getattr(self, "_timer_notify", None)
        move_request(seen, "body")
        body: bytes = _failing(seen, read, self, amt)
        note_refusal(seen, body)
        if amt is None or not body or self.isclosed():
            end_request(seen)
        return body

    @functools.wraps(close)
    def watched_close(self: Any) -> None:
        close(self)
        end_request(getattr(self, "_timer_notify", None))

    response.read, response.close = watched_read, watched_close


def _failing(seen: Optional[Request], call: Any, *args: Any, **more: Any) -> Any:
    try:
        return call(*args, **more)
    except BaseException as error:
        fail_request(seen, failure_code(error), str(error), "error")
        raise


def _start(connection: Any, method: str, url: str) -> Request:
    scheme = "https" if "HTTPS" in type(connection).__name__ else "http"
    timeout = connection.timeout
    running = running_loop()
    watch.start()
    return start_request(
        "http.client",
        method,
        f"{scheme}://{connection.host}:{connection.port}",
        url.split("?", 1)[0],
        None if running is None else seen_loop(running),
        stack=caller_stack(),
        timeoutMs=timeout * 1000 if isinstance(timeout, (int, float)) else None,
        deadlineMs=None,
        owner=None,
        body=body_key(method, url),
    )
