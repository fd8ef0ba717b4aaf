"""Responses that are made while they are read: where the reader goes away, what comes after the last part is not reached."""
from __future__ import annotations

import functools
from types import CodeType, FrameType
from typing import Any, List, Optional, Tuple

from .continuation import leads_behind_loops
from .frames import await_stack, is_users, place
from .native import quiet
from .record import emit, now_ms, thread_of
from .seen import current_task, thread_key, thread_last_request

#: Reports of one process.
_LIMIT = 50
#: How a server tells a response that nobody reads it any more.
_ENDS = ("CancelledError", "OSError", "ClientDisconnect", "ConnectionResetError", "BrokenPipeError")

_reports = 0


def patch_responses(module: Any) -> None:
    response: Any = module.StreamingResponse
    stream, listen = response.stream_response, getattr(response, "listen_for_disconnect", None)

    @functools.wraps(stream)
    async def watched_stream(self: Any, send: Any) -> None:
        try:
            await stream(self, send)
        except BaseException as error:
            _note(self, error)
            raise

    response.stream_response = watched_stream
    if listen is None:
        return

    @functools.wraps(listen)
    async def watched_listen(self: Any, receive: Any) -> None:
        await listen(self, receive)
        self.__dict__["_timer_notify_left"] = now_ms()

    response.listen_for_disconnect = watched_listen


@quiet
def _note(response: Any, error: BaseException) -> None:
    global _reports
    if type(error).__name__ not in _ENDS or _reports >= _LIMIT:
        return
    left = response.__dict__.get("_timer_notify_left")
    if left is None and type(error).__name__ == "CancelledError":
        # Nobody went away: the server ends.
        return
    task = current_task()
    last = thread_last_request.get(thread_key(), 0.0) if task is None else task.last_request
    if left is not None and last >= left:
        # What it does on its way out has sent.
        return
    found = _standing(response.body_iterator, error)
    if found is None:
        return
    code, frame, at, stack = found
    if not leads_behind_loops(frame, at):
        return
    _reports += 1
    emit("not-reached", how="stream-cut", what=code.co_name, made=[], stack=stack, thread=thread_of())


def _standing(iterator: Any, error: BaseException) -> Optional[Tuple[CodeType, FrameType, int, List[str]]]:
    """Where the user's generator is suspended; where the error ended it, where that had reached it."""
    for generator in (iterator, *_within(iterator, error)):
        code = getattr(generator, "ag_code", None) or getattr(generator, "gi_code", None)
        if code is None or not is_users(code.co_filename):
            continue
        frame = getattr(generator, "ag_frame", None) or getattr(generator, "gi_frame", None)
        if frame is not None:
            return code, frame, frame.f_lasti, await_stack(generator)
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code is code:
                return code, trace.tb_frame, trace.tb_lasti, [place(code, trace.tb_lineno)]
            trace = trace.tb_next
    return None


def _within(iterator: Any, error: BaseException) -> List[Any]:
    """A generator that is no coroutine runs in threads, behind one of the framework's."""
    frames = [getattr(iterator, "ag_frame", None)]
    trace = error.__traceback__
    while trace is not None:
        if not is_users(trace.tb_frame.f_code.co_filename):
            frames.append(trace.tb_frame)
        trace = trace.tb_next
    return [value for frame in frames if frame is not None for value in frame.f_locals.values() if hasattr(value, "gi_frame")]
