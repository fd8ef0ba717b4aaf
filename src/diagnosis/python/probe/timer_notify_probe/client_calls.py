"""Whole calls of clients, around their requests: those that end in an error before there is one, and those that wait for all of the response."""
from __future__ import annotations

import functools
from typing import Any, Optional

from . import spent_bodies
from .cancellations import cancelled_since, note_cancelled_call
from .frames import caller_stack, user_place
from .native import quiet
from .seen import current_task, reads_whole, thread_key, thread_requests
from .swallowed import report


def patch_requests(module: Any) -> None:
    _watch(module.Session, "request", "requests")


def patch_httpx(module: Any) -> None:
    _watch(module.Client, "request", "httpx")
    _watch_coroutine(module.AsyncClient, "request", "httpx")


def _watch(owner: Any, name: str, client: str) -> None:
    call = getattr(owner, name)

    @functools.wraps(call)
    def watched_call(*args: Any, **more: Any) -> Any:
        before = requests_made()
        token = reads_whole.set(not more.get("stream"))
        spent = spent_bodies.used_up(more)
        try:
            response = call(*args, **more)
            spent_bodies.note(response, args[1] if len(args) > 1 else more.get("method"), more, spent)
            return response
        except Exception as error:
            _note(error, before, client)
            raise
        finally:
            reads_whole.reset(token)

    setattr(owner, name, watched_call)


def _watch_coroutine(owner: Any, name: str, client: str) -> None:
    call = getattr(owner, name)

    @functools.wraps(call)
    async def watched_call(*args: Any, **more: Any) -> Any:
        before = requests_made()
        since = cancelled_since()
        token = reads_whole.set(True)
        spent = spent_bodies.used_up(more)
        try:
            response = await call(*args, **more)
            spent_bodies.note(response, args[1] if len(args) > 1 else more.get("method"), more, spent)
            return response
        except Exception as error:
            _note(error, before, client)
            raise
        except BaseException as error:
            note_cancelled_call(error, since)
            raise
        finally:
            reads_whole.reset(token)

    setattr(owner, name, watched_call)


def requests_made() -> int:
    """How many the thread or task that calls has made."""
    task = current_task()
    return thread_requests.get(thread_key(), 0) if task is None else task.requests


@quiet
def _note(error: Exception, before: Optional[int], client: str) -> None:
    if requests_made() == before:
        report(error, caller_stack(), f"thrown by {client} before it had made the request", user_place())
