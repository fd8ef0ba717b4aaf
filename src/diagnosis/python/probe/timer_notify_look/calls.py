"""Requests under way, by the frames of the clients that make them: what was called, and how far it has got."""
from __future__ import annotations

from types import FrameType
from typing import Any, Dict, List, Optional, Tuple

from timer_notify_probe.frames import is_users, local

#: Where a client's frame stands, innermost first: the end of its file's path, its function, and the state it means.
_STATES: Tuple[Tuple[str, Tuple[str, ...], str], ...] = (
    ("aiohttp/connector.py", ("_wait_for_available_connection",), "queued"),
    ("aiohttp/connector.py", ("_resolve_host", "_resolve_host_with_throttle"), "resolving"),
    ("aiohttp/connector.py", ("connect", "_create_connection", "_create_direct_connection", "_wrap_create_connection"), "connecting"),
    ("aiohttp/client_reqrep.py", ("write_bytes", "_send_headers"), "sending"),
    ("aiohttp/client_reqrep.py", ("start",), "sent"),
    ("aiohttp/client_reqrep.py", ("read", "text", "json"), "body"),
    ("aiohttp/streams.py", ("_wait", "read", "readany", "readexactly", "readchunk", "__anext__"), "body"),
    ("connection_pool.py", ("wait_for_connection",), "queued"),
    ("urllib3/connectionpool.py", ("_get_conn",), "queued"),
    ("http11.py", ("_receive_response_body",), "body"),
    ("http11.py", ("_receive_response_headers",), "sent"),
    ("http11.py", ("_send_request_body", "_send_request_headers"), "sending"),
    ("connection.py", ("_connect", "_new_conn", "connect"), "connecting"),
    ("http_proxy.py", ("handle_request", "handle_async_request"), "connecting"),
    ("http/client.py", ("getresponse",), "sent"),
    ("http/client.py", ("connect", "_tunnel"), "connecting"),
    ("http/client.py", ("send", "endheaders", "_send_output"), "sending"),
    ("httpx/_models.py", ("aread", "read", "aiter_raw", "iter_raw", "aiter_bytes", "iter_bytes"), "body"),
    ("http/client.py", ("read", "readinto", "_read_chunked", "_safe_read", "read1", "readline"), "body"),
)


def state_of(chain: List[FrameType]) -> Optional[str]:
    """`chain` is innermost first."""
    # What a client reads for a response's headers it reads by the functions that it reads bodies by.
    names = {(frame.f_code.co_filename.rpartition("/")[2], frame.f_code.co_name) for frame in chain}
    if ("client.py", "getresponse") in names or ("client_reqrep.py", "start") in names:
        return "sent"
    for frame in chain:
        for path, functions, state in _STATES:
            if frame.f_code.co_name in functions and frame.f_code.co_filename.endswith(path):
                return state
    return None


def call_in(chain: List[FrameType]) -> Optional[Dict[str, Any]]:
    """The request that the innermost client of a stack makes; None where there is none."""
    for read in (_aiohttp, _httpx, _urllib3, _http_client):
        target = read(chain)
        if target is not None:
            client, method, url, mark = target
            return {"client": client, "method": method, "url": url, "state": "unclear" if _makes_its_body(chain) else state_of(chain) or "unclear", "mark": mark}
    return None


def _makes_its_body(chain: List[FrameType]) -> bool:
    """Whether what it waits for is not the other side, but who makes the body that is being sent."""
    if is_users(chain[0].f_code.co_filename):
        return True
    frame = _in(chain, "aiohttp/client.py", "_request", "_connect_and_send_request")
    response = None if frame is None else local(frame, "resp")
    writer = None if response is None else vars(response).get("_ClientResponse__writer")
    return writer is not None and not writer.done()


_Target = Optional[Tuple[str, str, str, List[int]]]


def _in(chain: List[FrameType], path: str, *functions: str) -> Optional[FrameType]:
    return next((frame for frame in chain if frame.f_code.co_name in functions and frame.f_code.co_filename.endswith(path)), None)


def _aiohttp(chain: List[FrameType]) -> _Target:
    frame = _in(chain, "aiohttp/client.py", "_request")
    if frame is not None:
        return "aiohttp", str(local(frame, "method") or ""), str(local(frame, "url") or local(frame, "str_or_url") or ""), []
    reading = _in(chain, "aiohttp/client_reqrep.py", "read", "text", "json")
    stream = _in(chain, "aiohttp/streams.py", "_wait", "read", "readany", "readexactly", "readchunk", "__anext__")
    response = None if reading is None else local(reading, "self")
    content = None if stream is None else local(stream, "self")
    if response is None and content is not None:
        response = _response_with(content, chain)
    if response is None:
        return None
    held = vars(response)
    content = held.get("content", content)
    return "aiohttp", str(held.get("method", "")), str(held.get("_real_url", "")), [int(getattr(content, "total_bytes", 0) or 0)]


def _response_with(content: Any, chain: List[FrameType]) -> Any:
    """The response whose body is read piece by piece, in a variable of whoever reads it."""
    for frame in chain:
        for value in frame.f_locals.values():
            if type(value).__module__.startswith("aiohttp.") and getattr(value, "__dict__", {}).get("content") is content:
                return value
    return None


def _httpx(chain: List[FrameType]) -> _Target:
    frame = _in(chain, "httpx/_client.py", "_send_single_request")
    request = None if frame is None else local(frame, "request")
    if request is None:
        reading = _in(chain, "httpx/_models.py", "aread", "read", "aiter_raw", "iter_raw", "aiter_bytes", "iter_bytes")
        response = None if reading is None else local(reading, "self")
        request = None if response is None else vars(response).get("_request")
        if request is None:
            return None
        return "httpx", str(request.method), str(request.url), [int(vars(response).get("_num_bytes_downloaded", 0))]
    return "httpx", str(request.method), str(request.url), []


def _urllib3(chain: List[FrameType]) -> _Target:
    frame = _in(chain, "urllib3/connectionpool.py", "urlopen")
    if frame is not None:
        pool = vars(local(frame, "self") or frame)
        url = str(local(frame, "url") or "")
        origin = f"{getattr(local(frame, 'self'), 'scheme', 'http')}://{pool.get('host', '')}:{pool.get('port', '')}"
        return "http.client", str(local(frame, "method") or ""), url if "://" in url else origin + url, []
    reading = _in(chain, "urllib3/response.py", "read", "stream", "_raw_read", "read_chunked", "readinto")
    response = None if reading is None else local(reading, "self")
    connection = None if response is None else vars(response).get("_connection")
    if response is None:
        return None
    held = {} if connection is None else vars(connection)
    origin = f"http://{held.get('host', '')}:{held.get('port', '')}"
    return "http.client", "", origin + str(vars(response).get("_request_url") or ""), [int(vars(response).get("_fp_bytes_read", 0) or 0)]


def _http_client(chain: List[FrameType]) -> _Target:
    frame = _in(chain, "http/client.py", "getresponse", "connect", "send", "endheaders")
    connection = None if frame is None else local(frame, "self")
    opening = _in(chain, "urllib/request.py", "do_open")
    request = None if opening is None else local(opening, "req")
    if connection is not None:
        held = vars(connection)
        scheme = "https" if hasattr(type(connection), "_context") or type(connection).__name__.startswith("HTTPS") else "http"
        path = "" if request is None else str(vars(request).get("selector", ""))
        return "http.client", str(held.get("_method") or ""), f"{scheme}://{held.get('host', '')}:{held.get('port', '')}{path}", []
    reading = _in(chain, "http/client.py", "read", "readinto", "_read_chunked", "_safe_read", "read1", "readline")
    response = None if reading is None else local(reading, "self")
    if response is None:
        return None
    held = vars(response)
    return "http.client", str(held.get("_method") or ""), str(held.get("url") or ""), [int(held.get("length") or 0)]
