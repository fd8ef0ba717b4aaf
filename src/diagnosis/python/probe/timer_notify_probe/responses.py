"""What requests and responses say, as far as it tells them apart."""
from __future__ import annotations

import json
import zlib
from typing import Any, Optional
from urllib.parse import urlsplit

from .native import quiet
from .record import emit
from .seen import Request, reads_whole

#: Responses of a webhook or an API are short; of others nothing is to be learnt.
LIMIT = 65536

#: Parameters of a request that is to wait at the server until something happens.
_POLLING = ("timeout", "wait", "longpoll", "long_poll")


def note_head(seen: Request, status: int, retry_after: Optional[str] = None, content_type: Optional[str] = None) -> None:
    """A response has begun, and said how it went."""
    emit("head", r=seen.number, status=status, retryAfter=retry_after, endless=is_endless(content_type), whole=reads_whole.get())


@quiet
def note_refusal(seen: Optional[Request], body: bytes) -> None:
    """Slack refuses with HTTP 200 and `"ok": false`."""
    if seen is None or len(body) > LIMIT or len(body) < 2:
        return
    if body[:2] == b"\x1f\x8b":
        body = zlib.decompressobj(47).decompress(body, LIMIT)
    if not body.lstrip().startswith(b"{"):
        return
    try:
        response = json.loads(body)
    except ValueError:
        return
    if response.get("ok") is False:
        emit("refusal", r=seen.number, code=str(response.get("error", "unknown")))


def target_of(url: str) -> "tuple[str, str, bool]":
    """Origin, path, and whether the query asks the server to wait."""
    parts = urlsplit(url)
    port = "" if parts.port is None else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname or ''}{port}", parts.path or "/", is_polling(parts.query)


def is_endless(content_type: Optional[str]) -> bool:
    """A stream of events has no end by its nature."""
    return content_type is not None and content_type.startswith(("text/event-stream", "multipart/x-mixed-replace"))


def is_polling(query: str) -> bool:
    return any(word.split("=", 1)[0].lower() in _POLLING for word in query.split("&"))
