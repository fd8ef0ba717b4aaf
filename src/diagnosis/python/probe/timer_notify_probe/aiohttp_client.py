"""aiohttp's requests, from the call to the end of the response's body."""
from __future__ import annotations

import asyncio
import functools
from typing import Any, Dict, Optional

from . import watch
from .bodies import Body
from .body_keys import body_key, payload_key
from .call_end import ended_by
from .cancellations import cancelled_since, note_cancelled_call
from .frames import caller_stack
from .native import quiet
from .responses import note_head, note_refusal, target_of
from .seen import (
    Request,
    current_deadline,
    current_request,
    end_request,
    move_request,
    seen_loop,
    start_request,
)


def patch_client(module: Any) -> None:
    session: Any = module.ClientSession
    init, request = session.__init__, session._request
    tracing = _tracing()

    @functools.wraps(init)
    def watched_init(self: Any, *args: Any, **more: Any) -> None:
        init(self, *args, **more)
        self._trace_configs = [*self._trace_configs, tracing]

    @functools.wraps(request)
    async def watched_request(self: Any, method: str, str_or_url: Any, **more: Any) -> Any:
        seen = _start(self, method, str_or_url, more)
        token = current_request.set(seen)
        since = cancelled_since()
        try:
            response = await request(self, method, str_or_url, **more)
        except BaseException as error:
            if not _answered_with_error(seen, error):
                ended_by(seen, error)
            note_cancelled_call(error, since)
            raise
        finally:
            current_request.reset(token)
        _head(seen, response)
        return response

    session.__init__, session._request = watched_init, watched_request


def patch_response(module: Any) -> None:
    _patch_body(module.ClientRequest)
    response: Any = module.ClientResponse
    read, close, release = response.read, response.close, response.release

    @functools.wraps(read)
    async def watched_read(self: Any) -> bytes:
        seen: Optional[Request] = getattr(self, "_timer_notify", None)
        move_request(seen, "body")
        try:
            body: bytes = await read(self)
        except BaseException as error:
            ended_by(seen, error)
            raise
        note_refusal(seen, body)
        end_request(seen)
        return body

    @functools.wraps(close)
    def watched_close(self: Any) -> None:
        close(self)
        end_request(getattr(self, "_timer_notify", None))

    @functools.wraps(release)
    def watched_release(self: Any) -> Any:
        released = release(self)
        end_request(getattr(self, "_timer_notify", None))
        return released

    response.read, response.close, response.release = watched_read, watched_close, watched_release


@quiet
def _start(session: Any, method: str, url: Any, more: Dict[str, Any]) -> Request:
    whole = str(session._build_url(url)) if hasattr(session, "_build_url") else str(url)
    origin, path, polling = target_of(whole)
    timeout = more.get("timeout")
    if not hasattr(timeout, "total"):
        # A bare number is an old way to say total.
        timeout = timeout if isinstance(timeout, (int, float)) else session._timeout
    deadline = current_deadline.get()
    loop = seen_loop(asyncio.get_running_loop())
    owner = getattr(session, "_loop", None)
    watch.start()
    return start_request(
        "aiohttp",
        method,
        origin,
        path,
        loop,
        body=body_key(more.get("json"), more.get("data")),
        payload=payload_key(more.get("json"), more.get("data")),
        stack=caller_stack(),
        timeoutMs=_limit_ms(timeout),
        deadlineMs=None if deadline is None else deadline.ms,
        owner=None if owner is None else seen_loop(owner).number,
        polling=polling,
        inherited=False,
    )


@quiet
def _answered_with_error(seen: Request, error: BaseException) -> bool:
    """With `raise_for_status` the client makes an error of a status; a response that it can't read has a cause."""
    status = getattr(error, "status", None)
    if type(error).__name__ != "ClientResponseError" or not isinstance(status, int) or status < 400 or error.__cause__ is not None:
        return False
    note_head(seen, status, (getattr(error, "headers", None) or {}).get("Retry-After"))
    end_request(seen)
    return True


def _limit_ms(timeout: Any) -> Optional[float]:
    """The time after which it gives up a response that does not come."""
    if isinstance(timeout, (int, float)):
        return timeout * 1000
    limits = [limit for limit in (timeout.total, getattr(timeout, "sock_read", None)) if limit]
    return min(limits) * 1000 if limits else None


@quiet
def _head(seen: Optional[Request], response: Any) -> None:
    if seen is None:
        return
    note_head(seen, response.status, response.headers.get("Retry-After"), response.headers.get("Content-Type"))
    response._timer_notify = seen
    if response.closed or response.content.is_eof():
        # A short response may have come with its head, and is read only when this is over.
        note_refusal(seen, b"".join(getattr(response.content, "_buffer", ())))
        end_request(seen)
    else:
        move_request(seen, "body-unread")


def _tracing() -> Any:
    from aiohttp.tracing import TraceConfig

    tracing: Any = TraceConfig()
    for signal, state in (
        (tracing.on_connection_queued_start, "queued"),
        (tracing.on_connection_queued_end, "created"),
        (tracing.on_connection_create_start, "connecting"),
        (tracing.on_dns_resolvehost_start, "resolving"),
        (tracing.on_dns_resolvehost_end, "connecting"),
        (tracing.on_request_headers_sent, "sent"),
    ):
        signal.append(_mover(state))
    tracing.on_request_chunk_sent.append(_wrote)
    tracing.freeze()
    return tracing


def _patch_body(request: Any) -> None:
    """It is written by a task beside the request: made by a generator of the program's, or shorter than its head says."""
    write = request.write_bytes

    @functools.wraps(write)
    async def watched_write(self: Any, *args: Any, **more: Any) -> None:
        seen = current_request.get()
        producer = getattr(getattr(self, "body", None), "_value", None)
        if not hasattr(producer, "ag_frame"):
            producer = None
        announced = _announced(self) if producer is None else None
        if seen is None or (announced is None and producer is None):
            await write(self, *args, **more)
            return
        body = seen.sent_body = Body(announced, producer)
        move_request(seen, "sending")
        await write(self, *args, **more)
        body.is_given = True
        if announced is None or body.is_whole:
            move_request(seen, "sent")

    request.write_bytes = watched_write


def _announced(request: Any) -> Optional[int]:
    length = str(request.headers.get("Content-Length", ""))
    return int(length) if length.isdigit() else None


async def _wrote(_session: Any, _context: Any, params: Any) -> None:
    body = getattr(current_request.get(), "sent_body", None)
    if body is not None:
        body.wrote(len(params.chunk))


def _mover(state: str) -> Any:
    async def move(_session: Any, _context: Any, _params: Any) -> None:
        seen = current_request.get()
        # The headers leave beside the body.
        if seen is not None and not (state == "sent" and seen.state == "sending"):
            move_request(seen, state)

    return move
