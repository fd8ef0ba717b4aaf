"""Requests that a mock answers inside the process: no byte of them leaves it."""
from __future__ import annotations

import functools
from typing import Any, Callable

from .body_keys import body_key
from .client_calls import requests_made
from .failure import failure_code
from .frames import caller_stack
from .http_client import by_whom
from .native import quiet
from .record import emit
from .responses import target_of
from .seen import current_loop, end_request, fail_request, start_request


def patch_mock_transport(module: Any) -> None:
    transport: Any = module.MockTransport
    transport.handle_request = _watched(transport.handle_request, "httpx.MockTransport", "httpx")
    transport.handle_async_request = _watched_coroutine(transport.handle_async_request, "httpx.MockTransport", "httpx")


def patch_respx(module: Any) -> None:
    router: Any = module.Router
    router.handler = _watched(router.handler, "respx", "httpx")
    router.async_handler = _watched_coroutine(router.async_handler, "respx", "httpx")


def patch_responses(module: Any) -> None:
    # Its own argument before the request is the adapter.
    mock: Any = module.RequestsMock
    mock._on_request = _watched(mock._on_request, "responses", "requests", 1)


def patch_requests_mock(module: Any) -> None:
    adapter: Any = module.Adapter
    adapter.send = _watched(adapter.send, "requests_mock", "requests")


def _watched(handle: Callable[..., Any], by: str, client: str, before: int = 0) -> Callable[..., Any]:
    @functools.wraps(handle)
    def watched_handle(self: Any, *args: Any, **more: Any) -> Any:
        made = requests_made()
        try:
            response = handle(self, *args, **more)
        except Exception as error:
            _note(args[before:], by, client, made, error)
            raise
        _note(args[before:], by, client, made, None)
        return response

    return watched_handle


def _watched_coroutine(handle: Callable[..., Any], by: str, client: str) -> Callable[..., Any]:
    @functools.wraps(handle)
    async def watched_handle(self: Any, *args: Any, **more: Any) -> Any:
        made = requests_made()
        try:
            response = await handle(self, *args, **more)
        except Exception as error:
            _note(args, by, client, made, error)
            raise
        _note(args, by, client, made, None)
        return response

    return watched_handle


@quiet
def _note(args: Any, by: str, client: str, made: Any, error: Any) -> None:
    """What a mock lets through has become a request by itself."""
    if not args or requests_made() != made:
        return
    request = args[0]
    url = str(request.url)
    origin, path, polling = target_of(url)
    seen = start_request(
        client,
        str(request.method),
        origin,
        path,
        current_loop(),
        body=body_key(request.method, url, vars(request).get("_content", vars(request).get("body"))),
        stack=caller_stack(),
        timeoutMs=None,
        deadlineMs=None,
        owner=None,
        polling=polling,
        inherited=False,
    )
    emit("mocked", r=seen.number, by=by)
    if error is None:
        end_request(seen)
    else:
        fail_request(seen, failure_code(error), str(error), by_whom(error))
