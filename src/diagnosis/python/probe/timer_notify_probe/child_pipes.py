"""asyncio's children that can't write on, as nobody reads their output, and tasks that wait for such a child."""
from __future__ import annotations

import functools
import sys
import weakref
from types import FrameType
from typing import Any, Dict, Iterator, List, Optional

from .frames import await_frames, await_stack, is_users
from .leads import leads
from .native import quiet
from .record import emit, thread_of
from .seen import SeenTask, loops, next_number, tasks
from .tasks import coroutine_of, name_of, statement_of_stack

#: Children that were started, and the number and time under which each was last reported.
_transports: "weakref.WeakKeyDictionary[Any, Optional[int]]" = weakref.WeakKeyDictionary()

_STREAMS = {"stdout", "stderr"}


def patch_base_subprocess(module: Any) -> None:
    transport: Any = module.BaseSubprocessTransport
    init = transport.__init__

    @functools.wraps(init)
    def watched_init(self: Any, *args: Any, **more: Any) -> None:
        init(self, *args, **more)
        _transports[self] = None

    transport.__init__ = watched_init


@quiet
def look() -> None:
    for transport, number in list(_transports.items()):
        unread = [] if transport._returncode is not None else _unread(transport)
        if number is not None and not unread:
            _transports[transport] = None
            emit("child-read", c=number)
        elif number is None and unread:
            _transports[transport] = _report(transport, unread)


def _unread(transport: Any) -> List[str]:
    """Its full pipes: all that asyncio takes without being asked lies in the reader, and nobody waits there for more."""
    pipes = sys.modules.get(f"{__package__}.pipes")
    protocol = transport.get_protocol()
    found = []
    for fd, name in ((1, "stdout"), (2, "stderr")):
        pipe, reader = transport.get_pipe_transport(fd), getattr(protocol, name, None)
        if pipes is None or not getattr(reader, "_paused", False) or reader._waiter is not None:
            continue
        text = pipes.unread_text(f"its {name}", getattr(pipe, "_pipe", None))
        if text is not None and not _is_read_elsewhere(transport, reader):
            found.append(text)
    return found


def _is_read_elsewhere(transport: Any, reader: Any) -> bool:
    """Whether a task that waits for something else may come to read it."""
    for frames in map(_frames_of, list(tasks.values())):
        if frames and _waits_for(frames[0], transport):
            # What it reads after that it does not come to.
            continue
        for frame in frames:
            if _STREAMS & set(frame.f_code.co_names) or any(value is reader for value in list(frame.f_locals.values())):
                return True
    return False


def _report(transport: Any, unread: List[str]) -> Optional[int]:
    for seen in list(tasks.values()):
        frames = _frames_of(seen)
        if not frames or not _waits_for(frames[0], transport):
            continue
        outer = _with_users_code(seen)
        coroutine = None if outer is None else coroutine_of(outer.task())
        if outer is None or coroutine is None:
            continue
        number, stack, loop = next_number(), await_stack(coroutine), loops.get(transport._loop)
        emit(
            "child-unread",
            c=number,
            pid=transport._pid,
            what=name_of(coroutine),
            made=outer.stack[:3],
            leads=leads(coroutine) or outer.subject.leads(),
            pipes=unread,
            statement=statement_of_stack(stack),
            stack=stack,
            thread=thread_of(None if loop is None else loop.thread),
        )
        return number
    return None


def _frames_of(seen: SeenTask) -> List[FrameType]:
    task = seen.task()
    coroutine = None if task is None or task.done() else coroutine_of(task)
    return [] if coroutine is None or getattr(coroutine, "cr_running", True) else await_frames(coroutine)


def _waits_for(inner: FrameType, transport: Any) -> bool:
    """In `process.wait()`; or in `drain()` of what the child is to read, which it comes to only when it has written."""
    function, subject = inner.f_code.co_name, inner.f_locals.get("self")
    if inner.f_code.co_filename.endswith("base_subprocess.py"):
        return function == "_wait" and subject is transport
    return function == "_drain_helper" and getattr(subject, "_transport", None) is transport


def _with_users_code(seen: SeenTask) -> Optional[SeenTask]:
    """The task itself, or one that gathers it."""
    if any(is_users(frame.f_code.co_filename) for frame in _frames_of(seen)):
        return seen
    inner = seen.task()
    for other in list(tasks.values()):
        waiter = getattr(other.task(), "_fut_waiter", None)
        if waiter is not None and (waiter is inner or inner in getattr(waiter, "_children", ())):
            return other
    return None
