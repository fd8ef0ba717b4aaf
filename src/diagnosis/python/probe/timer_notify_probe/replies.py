"""What requests and replies say, as far as it tells them apart."""
from __future__ import annotations

import json
import zlib
from typing import Any, Optional

from .record import emit
from .seen import Request


def note_refusal(seen: Optional[Request], body: bytes) -> None:
    """Slack refuses with HTTP 200 and `"ok": false`."""
    if seen is None or len(body) > 65536 or not body.lstrip().startswith(b"{"):
        return
    try:
        reply = json.loads(body)
    except ValueError:
        return
    if reply.get("ok") is False:
        emit("refusal", r=seen.number, code=str(reply.get("error", "unknown")))


def body_key(*parts: Any) -> str:
    """Tells two requests to one path apart without keeping what they say."""
    return format(zlib.crc32(repr(parts).encode()), "x")
