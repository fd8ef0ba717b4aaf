"""httpcore, on which httpx stands: its pools, with their queue, and the body of each response."""
from __future__ import annotations

import functools
import sys
from typing import Any, AsyncIterator, Dict, Iterator, Optional

from . import native, watch
from .body_keys import body_key, payload_key
from .call_end import ended_by
from .failure import failure_code
from .frames import caller_stack
from .http_client import by_whom
from .native import quiet
from .responses import LIMIT, note_head, note_refusal, target_of
from .seen import (
    Request,
    current_deadline,
    current_loop,
    end_request,
    fail_request,
    move_request,
    receive,
    running_loop,
    seen_loop,
    start_request,
)

#: What httpcore's own tracing says, and the state in which a request is from then on.
_STATES = {
    "connect_tcp.started": "connecting",
    "connect_unix_socket.started": "connecting",
    "start_tls.started": "connecting",
    "send_request_headers.started": "connecting",
    "send_request_body.complete": "sent",
    "receive_response_headers.started": "sent",
}


def patch_async_pool(module: Any) -> None:
    pool: Any = module.AsyncConnectionPool
    handle = pool.handle_async_request

    @functools.wraps(handle)
    async def watched_handle(self: Any, request: Any) -> Any:
        seen = _begin(self, request, _async_trace)
        try:
            response = await handle(self, request)
        except BaseException as error:
            ended_by(seen, error, by_whom(error))
            raise
        _head(seen, response)
        return response

    pool.handle_async_request = watched_handle
    stream = getattr(module, "ConnectionPoolByteStream", None) or getattr(module, "PoolByteStream", None)
    if stream is not None:
        _patch_async_stream(stream)


def patch_sync_pool(module: Any) -> None:
    pool: Any = module.ConnectionPool
    handle = pool.handle_request

    @functools.wraps(handle)
    def watched_handle(self: Any, request: Any) -> Any:
        seen = _begin(self, request, _trace)
        try:
            response = handle(self, request)
        except BaseException as error:
            fail_request(seen, failure_code(error), str(error), by_whom(error))
            raise
        _head(seen, response)
        return response

    pool.handle_request = watched_handle
    stream = getattr(module, "ConnectionPoolByteStream", None) or getattr(module, "PoolByteStream", None)
    if stream is not None:
        _patch_stream(stream)


def _patch_async_stream(stream: Any) -> None:
    iterate, close = stream.__aiter__, stream.aclose

    @functools.wraps(iterate)
    async def watched_iterate(self: Any) -> AsyncIterator[bytes]:
        seen = _of_stream(self)
        move_request(seen, "body")
        try:
            async for part in iterate(self):
                _part(self, part)
                yield part
        except GeneratorExit:
            raise
        except BaseException as error:
            ended_by(seen, error, by_whom(error))
            raise
        _whole(self, seen)

    @functools.wraps(close)
    async def watched_close(self: Any) -> None:
        await close(self)
        end_request(_of_stream(self))

    stream.__aiter__, stream.aclose = watched_iterate, watched_close


def _patch_stream(stream: Any) -> None:
    iterate, close = stream.__iter__, stream.close

    @functools.wraps(iterate)
    def watched_iterate(self: Any) -> Iterator[bytes]:
        seen = _of_stream(self)
        move_request(seen, "body")
        try:
            for part in iterate(self):
                _part(self, part)
                yield part
        except GeneratorExit:
            raise
        except BaseException as error:
            fail_request(seen, failure_code(error), str(error), by_whom(error))
            raise
        _whole(self, seen)

    @functools.wraps(close)
    def watched_close(self: Any) -> None:
        close(self)
        end_request(_of_stream(self))

    stream.__iter__, stream.close = watched_iterate, watched_close


def _of_stream(stream: Any) -> Optional[Request]:
    seen: Optional[Request] = getattr(stream, "_timer_notify", None)
    return seen


@quiet
def _part(stream: Any, part: bytes) -> None:
    receive(_of_stream(stream), len(part))
    held = getattr(stream, "_timer_notify_body", b"")
    if len(held) + len(part) <= LIMIT:
        stream._timer_notify_body = held + part


@quiet
def _whole(stream: Any, seen: Optional[Request]) -> None:
    note_refusal(seen, getattr(stream, "_timer_notify_body", b""))
    end_request(seen)


@quiet
def _begin(pool: Any, request: Any, trace: Any) -> Request:
    url = request.url
    port = "" if url.port is None else f":{url.port}"
    origin, path, polling = target_of(f"{url.scheme.decode()}://{url.host.decode()}{port}{url.target.decode()}")
    timeouts: Dict[str, Any] = request.extensions.get("timeout") or {}
    deadline = current_deadline.get()
    loop = current_loop()
    owner = _owner(pool)
    watch.start()
    read = timeouts.get("read")
    seen = start_request(
        "httpx" if "httpx" in sys.modules else "httpcore",
        request.method.decode(),
        origin,
        path,
        loop,
        body=body_key(request.method, url.target),
        payload=payload_key(_content(request)),
        stack=caller_stack(),
        timeoutMs=read * 1000 if isinstance(read, (int, float)) else None,
        deadlineMs=None if deadline is None else deadline.ms,
        owner=owner,
        polling=polling,
        inherited=getattr(pool, "_timer_notify_pid", native.getpid()) != native.getpid(),
    )
    pool._timer_notify_pid = native.getpid()
    if _is_full(pool):
        move_request(seen, "queued")
    request.extensions = {**request.extensions, "trace": trace(seen, request.extensions.get("trace"))}
    return seen


def _content(request: Any) -> Any:
    """What httpx was given as a whole; what is made while it is sent can't be looked at."""
    content = getattr(getattr(request, "stream", None), "_stream", None)
    return content if isinstance(content, bytes) and content else None


def _owner(pool: Any) -> Optional[int]:
    """The loop on which the pool was first used: what it keeps open belongs to that one."""
    running = running_loop()
    if running is None:
        return None
    owner = getattr(pool, "_timer_notify_loop", None)
    if owner is None:
        owner = pool._timer_notify_loop = seen_loop(running).number
    return int(owner)


def _is_full(pool: Any) -> bool:
    """As the pool itself decides: no connection is free, and no more may be made."""
    connections = list(pool.connections)
    return len(connections) >= pool._max_connections and not any(
        item.is_available() or item.is_idle() for item in connections
    )


def _trace(seen: Request, others: Any) -> Any:
    def trace(name: str, info: Any) -> None:
        _move(seen, name)
        if others is not None:
            others(name, info)

    return trace


def _async_trace(seen: Request, others: Any) -> Any:
    async def trace(name: str, info: Any) -> None:
        _move(seen, name)
        if others is not None:
            await others(name, info)

    return trace


@quiet
def _move(seen: Request, name: str) -> None:
    state = _STATES.get(name.partition(".")[2] or name)
    if state is not None:
        move_request(seen, state)


@quiet
def _head(seen: Optional[Request], response: Any) -> None:
    if seen is None:
        return
    headers = {key.lower(): value.decode("latin-1") for key, value in response.headers}
    note_head(seen, response.status, headers.get(b"retry-after"), headers.get(b"content-type"))
    response.stream._timer_notify = seen
    move_request(seen, "body-unread")
