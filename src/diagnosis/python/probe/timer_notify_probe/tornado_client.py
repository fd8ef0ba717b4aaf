"""Tornado's client: requests from fetch() to its future, with the queue of the simple client."""
from __future__ import annotations

import functools
from typing import Any, Optional

from . import watch
from .body_keys import body_key, payload_key
from .failure import failure_code
from .frames import caller_stack
from .native import quiet
from .responses import note_head, note_refusal, target_of
from .seen import Request, current_loop, end_request, fail_request, move_request, start_request


def patch_client(module: Any) -> None:
    client: Any = module.AsyncHTTPClient
    fetch = client.fetch

    @functools.wraps(fetch)
    def watched_fetch(self: Any, request: Any, *args: Any, **more: Any) -> Any:
        seen = _begin(self, request, more)
        try:
            future = fetch(self, request, *args, **more)
        except BaseException as error:
            fail_request(seen, failure_code(error), str(error), "error")
            raise
        if seen is not None:
            future.add_done_callback(functools.partial(_done, seen))
        return future

    client.fetch = watched_fetch


def patch_simple_client(module: Any) -> None:
    simple: Any = module.SimpleAsyncHTTPClient
    implement, handle = simple.fetch_impl, simple._handle_request
    connection: Any = module._HTTPConnection
    write_body, headers_received = connection._write_body, connection.headers_received

    @functools.wraps(implement)
    def watched_implement(self: Any, request: Any, callback: Any) -> None:
        if len(self.active) >= self.max_clients:
            move_request(_newest(request), "queued")
        implement(self, request, callback)

    @functools.wraps(handle)
    def watched_handle(self: Any, request: Any, *args: Any) -> Any:
        move_request(_newest(request), "connecting")
        return handle(self, request, *args)

    @functools.wraps(write_body)
    def watched_write(self: Any, *args: Any, **more: Any) -> Any:
        move_request(_newest(self.request), "sent")
        return write_body(self, *args, **more)

    @functools.wraps(headers_received)
    def watched_headers(self: Any, *args: Any, **more: Any) -> Any:
        move_request(_newest(self.request), "body")
        return headers_received(self, *args, **more)

    simple.fetch_impl, simple._handle_request = watched_implement, watched_handle
    connection._write_body, connection.headers_received = watched_write, watched_headers


#: Requests under way by their URL: the client copies and wraps the objects that it is given.
_by_url: "dict[str, list[Request]]" = {}


def _newest(request: Any) -> Optional[Request]:
    waiting = _by_url.get(str(request.url))
    return None if not waiting else waiting[-1]


@quiet
def _begin(client: Any, request: Any, more: Any) -> Request:
    url = request if isinstance(request, str) else request.url
    options = {**getattr(client, "defaults", {}), **(more if isinstance(request, str) else {})}
    named = None if isinstance(request, str) else getattr(request, "request_timeout", None)
    limit = named if named is not None else options.get("request_timeout", 20.0)
    method = options.get("method", "GET") if isinstance(request, str) else getattr(request, "method", "GET")
    origin, path, polling = target_of(str(url))
    watch.start()
    body = options.get("body") if isinstance(request, str) else getattr(request, "body", None)
    seen = start_request(
        "tornado",
        str(method),
        origin,
        path,
        current_loop(),
        body=body_key(body),
        payload=payload_key(body),
        stack=caller_stack(),
        timeoutMs=limit * 1000 if isinstance(limit, (int, float)) else None,
        deadlineMs=None,
        owner=None,
        polling=polling,
        inherited=False,
    )
    seen.url = str(url)  # type: ignore[attr-defined]
    _by_url.setdefault(str(url), []).append(seen)
    return seen


@quiet
def _done(seen: Request, future: Any) -> None:
    url = getattr(seen, "url", "")
    waiting = _by_url.get(url, [])
    if seen in waiting:
        waiting.remove(seen)
    if not waiting:
        _by_url.pop(url, None)
    if future.cancelled():
        fail_request(seen, "cancelled", "the program cancelled it", "program")
        return
    error = getattr(future, "_exception", None)
    response = getattr(error, "response", None) if error is not None else future.result()
    status = getattr(response, "code", None) or getattr(error, "code", 599)
    if error is not None and (status == 599 or response is None):
        code = "timed-out" if "Timeout" in type(error).__name__ or "Timeout" in str(error) else failure_code(error)
        fail_request(seen, code, str(error), "error")
        return
    note_head(seen, status, response.headers.get("Retry-After"), response.headers.get("Content-Type"))
    note_refusal(seen, response.body or b"")
    end_request(seen)
