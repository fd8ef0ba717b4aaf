"""Request bodies that are made while they are sent: how much of one has been written, and where its producer is. And how much has come of responses."""
from __future__ import annotations

from typing import Any, Dict, List, Optional

from .frames import await_stack, stack_of, statement_of
from .record import now_ms
from .seen import Request
from .tasks import statement_of_stack


class Body:
    def __init__(self, announced: Optional[int], producer: Any = None) -> None:
        self.announced = announced
        #: An asynchronous generator; None where the sending thread itself makes the body.
        self.producer = producer
        self.written = 0
        self.wrote_at = now_ms()
        #: Whether the other side has to take what is being written.
        self.is_writing = False
        #: Whether the client has written all that there is.
        self.is_given = False

    @property
    def is_whole(self) -> bool:
        return self.announced is not None and self.written >= self.announced

    def wrote(self, size: int) -> None:
        self.written += size
        self.wrote_at = now_ms()


def described(request: Request, frames: Dict[int, Any]) -> Optional[Dict[str, Any]]:
    """Of a body that is under way and waits for its producer."""
    body: Optional[Body] = getattr(request, "sent_body", None)
    if body is None or request.state != "sending" or body.is_writing:
        return None
    if body.is_given:
        return {**_counts(body), "statement": None, "stack": []}
    frame = frames.get(request.ident)
    stack: List[str] = stack_of(frame) if body.producer is None else await_stack(body.producer)
    return {
        **_counts(body),
        "statement": statement_of(frame) if body.producer is None else statement_of_stack(stack),
        "stack": stack,
    }


def _counts(body: Body) -> Dict[str, Any]:
    return {"announced": body.announced, "written": body.written, "restedMs": now_ms() - body.wrote_at}


def received(request: Request) -> Optional[Dict[str, Any]]:
    """How much of the response's body has come, where any has."""
    if request.received == 0:
        return None
    return {"bytes": request.received, "announced": request.announced, "restedMs": now_ms() - request.received_at}
