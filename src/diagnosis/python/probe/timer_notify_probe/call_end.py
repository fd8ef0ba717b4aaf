"""How a call of an asynchronous client ended that came to no response."""
from __future__ import annotations

import asyncio
from typing import Optional

from . import given_up
from .failure import failure_code
from .seen import Request, collected, fail_request


def ended_by(seen: Optional[Request], error: BaseException, by: str = "error") -> None:
    """It was cancelled, destroyed with its coroutine, or failed, which is then the doing of `by`."""
    if isinstance(error, asyncio.CancelledError):
        given_up.cancelled(seen)
    elif isinstance(error, GeneratorExit):
        collected(seen)
    else:
        fail_request(seen, failure_code(error), str(error), by)
