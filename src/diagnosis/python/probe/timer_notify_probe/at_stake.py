"""What would be lost if a signal ended this process now: told from time to time, as nothing can be told then."""
from __future__ import annotations

from types import CodeType, FrameType, FunctionType
from typing import Any, Dict, Iterator, List, Optional, Tuple

from . import leads, native, signals
from .certainty import WAITS, holds, is_sure, sends, sends_surely, where_all_sent, where_sent
from .continuation import called_around
from .except_clauses import CAN_READ
from .exit_handlers import handlers_to_send
from .frames import await_frames, is_users, outwards, place, source_line
from .in_hand import turn_in_hand
from .leads import Subject, is_clients, names_lead, owner_of
from .native import quiet
from .periodic import backward_jumps
from .record import emit, thread_of
from .seen import loops, requests, tasks, thread_requests
from .still_to_run import Part, after_yield, names_at, still_to_run, whole
from .waits import wait_of

#: Threads, and tasks, that are looked at.
_LIMIT = 20
_WAITING_FILES = ("queue.py", "queues.py", "selectors.py", "socketserver.py", "connection.py", "socket.py", "synchronize.py")

#: What was told last, after how many requests: who has sent since is told of again.
_told: List[Any] = []


def forget() -> None:
    """In a forked child, which has its own."""
    _told.clear()


@quiet
def look(frames: Dict[int, FrameType]) -> None:
    if not CAN_READ or not leads.any_client_loaded():
        return
    found = [*_of_threads(frames), *_of_tasks(), *_of_exit_handlers()]
    state = [found, sum(thread_requests.values())]
    if state != _told and (found or any(_told[:1])):
        _told[:] = state
        emit("at-stake", items=found)


@quiet
def report_exit(stack: List[str]) -> None:
    """`os._exit()` joins no thread: what others had in hand ends with it. Daemons are told of elsewhere."""
    if not CAN_READ or not leads.any_client_loaded():
        return
    ident = native.get_ident()
    found = [*_of_threads(native.frames_of_others()), *_of_tasks()]
    items = [one for one in found if not one["thread"]["daemon"] and one["thread"]["id"] != ident]
    if items:
        emit("at-stake", items=items, exit=stack)


@quiet
def note_begun(target: Any) -> None:
    """A child of multiprocessing's is to run a function that sends on every way through it and waits for nobody: it may be ended before the first look."""
    function = getattr(target, "__func__", target)
    code: Optional[CodeType] = getattr(function, "__code__", None)
    if not CAN_READ or code is None or not is_users(code.co_filename) or backward_jumps(code) or WAITS & set(code.co_names):
        return
    if sends_surely(function):
        item = {
            "how": "rest",
            "what": code.co_name,
            "holds": [],
            "to": where_all_sent(function),
            "statement": None,
            "stack": [place(code, code.co_firstlineno)],
            "thread": thread_of(),
        }
        _told[:] = [[item], sum(thread_requests.values())]
        emit("at-stake", items=[item])


def _of_exit_handlers() -> Iterator[Dict[str, Any]]:
    for handler, more in handlers_to_send():
        if more or sends_surely(handler.sender):
            yield {
                "how": "exit-handler",
                "what": Subject(handler.function).name,
                "holds": more,
                "to": where_all_sent(handler.sender),
                "registered": handler.stack,
                "statement": None,
                "stack": [],
                "thread": thread_of(native.thread_objects().get(native.main_ident), native.main_ident),
            }


def _of_threads(frames: Dict[int, FrameType]) -> Iterator[Dict[str, Any]]:
    sending = {one.ident for one in list(requests.values())}
    # A program that has not loaded `threading` has one thread, and no object of it.
    threads = native.thread_objects() or {native.main_ident: None}
    for ident, thread in list(threads.items())[:_LIMIT]:
        frame = frames.get(ident)
        if frame is None or ident in sending:
            continue
        own = [one for one in _of_this_process(frame) if is_users(one.f_code.co_filename)]
        goes_on = bool(own) and not _waits(frame, own[0]) and wait_of(frame, frames) is None
        item = _first_at_stake(own, goes_on)
        if item is not None:
            yield {**item, "thread": thread_of(thread, ident)}


def _of_this_process(frame: FrameType) -> Iterator[FrameType]:
    """A child of multiprocessing's never goes back to what its parent was at when it was forked."""
    for one in outwards(frame):
        if one.f_code.co_name == "_bootstrap" and one.f_code.co_filename.endswith("process.py"):
            return
        yield one


def _waits(frame: FrameType, own: FrameType) -> bool:
    for one in outwards(frame):
        if one is own:
            break
        path, function = one.f_code.co_filename, one.f_code.co_name
        if function == "<module>":
            # It is being imported.
            continue
        if path.endswith(_WAITING_FILES) or (path.endswith("threading.py") and function == "wait"):
            return True
    return bool(WAITS & set(names_at(own.f_code, own.f_lasti)))


def _of_tasks() -> Iterator[Dict[str, Any]]:
    for seen in list(tasks.values())[:_LIMIT]:
        task = seen.task()
        coroutine = None if task is None or task.done() else task.get_coro()
        chain = [] if coroutine is None or getattr(coroutine, "cr_running", True) else await_frames(coroutine)
        if any(is_clients(one) for one in chain):
            continue
        own = [one for one in chain if is_users(one.f_code.co_filename)]
        sleeps = bool(own) and "sleep" in names_at(own[0].f_code, own[0].f_lasti)
        item = _first_at_stake(own, sleeps)
        loop = None if item is None else loops.get(task.get_loop())
        if item is not None and loop is not None:
            yield {**item, "thread": thread_of(loop.thread)}


def goes_on_to_send(frame: FrameType, takes: bool) -> bool:
    """Whether a thread that waits is to send once, when it goes on; who comes round again to take the next thing may wait for good."""
    if not CAN_READ or signals.are_handled or _hears_interrupts():
        return False
    for one in _of_this_process(frame):
        if not is_users(one.f_code.co_filename):
            continue
        rest = still_to_run(one.f_code, one.f_lasti)
        if takes and rest.comes_round:
            return False
        if sends(one.f_code, rest.ahead, one) or (not rest.comes_round and _waits_to_call(one)):
            return True
    return False


def _waits_to_call(frame: FrameType) -> bool:
    """Whether it makes an argument of what is to send."""
    names = called_around(frame.f_code, frame.f_lasti)
    return names_lead(frame.f_code, names, (), frame.f_globals, owner_of(frame.f_code, frame.f_globals))


def _hears_interrupts() -> bool:
    """Whether main would do something on Ctrl-C: set what another thread waits for, maybe."""
    frame = native.current_frames().get(native.main_ident)
    return any("KeyboardInterrupt" in one.f_code.co_names for one in outwards(frame) if is_users(one.f_code.co_filename))


def _first_at_stake(own: List[FrameType], goes_on: bool) -> Optional[Dict[str, Any]]:
    """Innermost first. `goes_on`: whether it needs nobody to go on."""
    for frame in own:
        found = _at_stake(frame, goes_on)
        if found is not None:
            how, to = found
            inner = own[0]
            return {
                "how": how,
                "what": frame.f_code.co_name,
                "holds": [],
                "to": to,
                "statement": source_line(inner.f_code.co_filename, inner.f_lineno),
                "stack": [place(one.f_code, one.f_lineno or 0) for one in own[:6]],
            }
    return None


def _at_stake(frame: FrameType, goes_on: bool) -> Optional[Tuple[str, Optional[str]]]:
    """How it would have been sent, and at which line."""
    code, values = frame.f_code, frame.f_globals
    rest = still_to_run(code, frame.f_lasti)
    for part in rest.at_last:
        if sends(code, part, frame):
            return "finally", where_sent(code, part, values)
    for name in rest.managers:
        part_of = _sending_end(values.get(name), frame)
        if part_of is not None:
            return "with", where_sent(*part_of)
    if not goes_on:
        return None
    if sends(code, rest.ahead, frame):
        return "rest", where_sent(code, rest.ahead, values)
    if rest.round is not None and sends(code, rest.round.part, frame) and _comes_to_an_end(rest.round.through, frame):
        return "rest", where_sent(code, rest.round.part, values)
    turn = turn_in_hand(frame)
    return None if turn is None else ("rest", where_sent(code, turn.part, values))


def _comes_to_an_end(names: Tuple[str, ...], frame: FrameType) -> bool:
    if "range" in names:
        return True
    values = {**frame.f_globals, **frame.f_locals}
    return any(isinstance(values.get(name), (list, tuple, dict, set, range)) for name in names)


def _sending_end(manager: Any, frame: FrameType) -> Optional[Tuple[CodeType, Part, Dict[str, Any]]]:
    """What leaving a `with` block would run and send, as far as its class, or the generator behind it, can be seen."""
    made_by = getattr(manager, "__wrapped__", None)
    if isinstance(made_by, FunctionType) and is_users(made_by.__code__.co_filename):
        code, values = made_by.__code__, made_by.__globals__
        part = after_yield(code)
        return (code, part, values) if is_sure(code, part, values, None, 0) else None
    kind = manager if isinstance(manager, type) else type(manager)
    for name in ("__exit__", "__aexit__"):
        leave = vars(kind).get(name)
        if not isinstance(leave, FunctionType) or not is_users(leave.__code__.co_filename):
            continue
        code, values = leave.__code__, leave.__globals__
        part = whole(code)
        if names_lead(code, part.names, part.inner, values, kind) and (
            is_sure(code, part, values, kind, 0) or holds(part.names, values, _object_of(kind, frame) if manager is kind else manager)
        ):
            return code, part, values
    return None


def _object_of(kind: type, frame: FrameType) -> Any:
    return next((one for one in list(frame.f_locals.values()) if type(one) is kind), None)
