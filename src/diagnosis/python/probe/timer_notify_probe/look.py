"""What is pending and where every thread stands, as the watching thread sees it."""
from __future__ import annotations

from typing import Any, Dict, List, Optional

from . import at_stake, bodies, child_pipes, clocks, greenlets, leads, native, process_locks, queues, schedulers, stuck, tasks, tasks_in_hand
from .event_loops import is_asleep, overdue, ready, ready_in
from .executors import WaitingJob, described, jobs
from .frames import is_users, local, stack_of, statement_of
from .handovers import has_started
from .record import emit, now_ms, thread_of
from .seen import Handover, Request, SeenLoop, all_loops, forget_closed_loops, handovers, requests, thread_started_at, thread_starts
from .standing import Standing
from .waits import awaited_future, wait_of

#: What has been pending for less than this is no news, in ms.
NEWS = 150.0
#: Whoever could not look for this long was kept from running, as the whole process may have been, in ms.
LONG_SILENCE = 1000.0
#: A thread that has not moved for this long may wait for good, in ms.
STILL = 500.0
#: Between two snapshots of the same, in ms: short at first, as a program may end soon.
SNAPSHOTS = 100.0
SNAPSHOTS_LATER = 500.0
#: Between two looks at where threads stand that are no news in themselves, in ms.
QUIET = 2000.0
#: Between two reports of what lies in queues, in ms: who is killed can't report it at the end.
HELD = 300.0
#: Threads of which the place is reported.
THREADS = 20
#: Waits for what any other thread may do.
_FOR_OTHERS = ("queue-get", "condition", "event")
#: Waiting jobs reported in one snapshot.
JOBS = 5

_news_since: Optional[float] = None
_last_snapshot = 0.0
_last_look: Optional[float] = None
_last_beat = 0.0
_last_held = 0.0
_had_held = False
#: Of each native thread: what it executed when last seen, and since when.
_still: Dict[int, Any] = {}
_marks: Dict[int, Any] = {}
#: Of each thread that waits for others: what it executed when that was found out, when, and whether it then sends.
_to_send: Dict[int, Any] = {}


def forget() -> None:
    """In a forked child, whose threads are others."""
    global _last_look
    _last_look = None
    _still.clear()
    _to_send.clear()
    at_stake.forget()


def _report_silence(at: float) -> None:
    found = [(one, thread_started_at.get(one)) for one in list(native.thread_objects().values())[:THREADS]]
    emit(
        "ran-again",
        threads=[
            {"thread": thread_of(one), "started": thread_starts.get(one, [])[:1], "ageMs": None if begun is None else at - begun}
            for one, begun in found
        ],
    )


def begin() -> None:
    """A process may be stopped before its first look."""
    global _last_look
    if _last_look is None:
        _last_look = now_ms()


def note_silence(at: float) -> None:
    """Whoever runs first after a long silence reports it: a program may send and end before the next look."""
    global _last_look
    if _last_look is not None and at - _last_look >= LONG_SILENCE:
        _last_look = at
        _report_silence(at)


def look() -> None:
    global _news_since, _last_snapshot, _last_beat, _last_held, _last_look
    at = now_ms()
    note_silence(at)
    _last_look = at
    frames = native.frames_of_others()
    if at - _last_beat >= 100:
        _last_beat = at
        emit("beat")
    forget_closed_loops()
    for loop in list(all_loops.values()):
        _look_at_loop(loop, frames)
    _note_still(frames, at)
    process_locks.look(at)
    tasks_in_hand.look()
    for loop in list(all_loops.values()):
        stuck.look(loop, frames, at)
    if at - _last_held >= HELD:
        _last_held = at
        tasks.look(at)
        schedulers.look(at, frames)
        clocks.look(at, frames)
        child_pipes.look()
        _look_at_queues()
        at_stake.look(frames)
    if not _has_news(frames, at):
        _news_since = None
        if at - _last_snapshot >= QUIET and _have_moved():
            _last_snapshot = at
            _snapshot("pending", frames, [])
        return
    _news_since = at if _news_since is None else _news_since
    if at - _last_snapshot >= (SNAPSHOTS if at - _news_since < 3000 else SNAPSHOTS_LATER):
        _last_snapshot = at
        _snapshot("pending", frames, [])


def _look_at_queues() -> None:
    """What lay in them at the last look is stale, also where nothing does any more."""
    global _had_held
    held = queues.any_held()
    if held or _had_held:
        emit("queues-looked")
    _had_held = held
    if held:
        queues.report_left("queue-held")


def report(how: str, stack: List[str]) -> None:
    """The last look, from the thread that ends the process."""
    try:
        for loop in list(all_loops.values()):
            greenlets.end_of_program(loop)
        _snapshot(how, native.current_frames(), stack)
    except Exception as error:
        emit("probe-error", error=repr(error)[:300])


def _look_at_loop(loop: SeenLoop, frames: Dict[int, Any]) -> None:
    if loop.state != "running":
        return
    if loop.kind != "asyncio":
        greenlets.look(loop, frames)
    if not loop.polling and now_ms() - loop.busy_since > NEWS / 2:
        # Its own thread may end the standstill meanwhile.
        standing = loop.standing = loop.standing or Standing()
        standing.note(_standing(frames.get(loop.ident)))
        # What comes later is not kept waiting for the whole time.
        if standing.ready is None:
            standing.ready = ready(loop) if loop.kind == "asyncio" else []


def _note_still(frames: Dict[int, Any], at: float) -> None:
    for ident, frame in frames.items():
        known = _still.get(ident)
        mark = (id(frame), frame.f_lasti)
        if known is None or known[0] != mark:
            _still[ident] = (mark, at)
    over = [ident for ident in _still if ident not in frames]
    if over:
        emit("threads-over", ids=over)
    for ident in over:
        del _still[ident]
        _to_send.pop(ident, None)


def _have_moved() -> bool:
    """Whether threads are elsewhere than when this was last asked."""
    global _marks
    marks = {ident: mark for ident, (mark, _) in _still.items()}
    moved, _marks = marks != _marks, marks
    return moved


def _still_for(ident: int, at: float) -> float:
    known = _still.get(ident)
    return 0.0 if known is None else at - float(known[1])


def _has_news(frames: Dict[int, Any], at: float) -> bool:
    running = [item for item in list(all_loops.values()) if item.state == "running"]
    if any(ready_in(item) > 0 and item.polling for item in running):
        return True
    if any(at - item.busy_since > NEWS for item in running if not item.polling):
        return True
    if any(
        at - since > NEWS
        for since in (
            *(item.started_at for item in list(requests.values())),
            *(item.started_at for item in list(handovers.values())),
            *(item.submitted_at for item in list(jobs.values())),
        )
    ):
        return True
    return any(_waits_for_good(ident, frames, at) for ident in frames)


def _waits_for_good(ident: int, frames: Dict[int, Any], at: float) -> bool:
    if _still_for(ident, at) < STILL:
        return False
    wait = wait_of(frames[ident], frames)
    return wait is not None and (wait["kind"] not in _FOR_OTHERS or _goes_on_to_send(ident, frames[ident], wait["kind"], at))


def _snapshot(how: str, frames: Dict[int, Any], stack: List[str]) -> None:
    queued = [item for item in list(jobs.values()) if item.is_queued()]
    # Lookups first: a request waits for them.
    queued.sort(key=lambda item: item.subject.name != "getaddrinfo")
    emit(
        "snapshot",
        how=how,
        stack=stack,
        requests=[_of_request(item, frames) for item in list(requests.values())],
        loops=[_of_loop(item, frames) for item in list(all_loops.values())],
        handovers=[_of_handover(item) for item in list(handovers.values())],
        jobs=[_of_job(item, frames) for item in queued[:JOBS]],
        queued=len(queued),
        threads=[_of_thread(ident, thread, frames) for ident, thread in list(native.thread_objects().items())[:THREADS]],
    )


def _of_request(request: Request, frames: Dict[int, Any]) -> Dict[str, Any]:
    thread = request.thread
    alive = request.ident in frames if thread is None else thread.is_alive()
    return {"r": request.number, "s": request.state, "threadAlive": alive, "body": bodies.described(request, frames), "reply": bodies.received(request)}


def _standing(frame: Any) -> Dict[str, Any]:
    return {
        "statement": statement_of(frame),
        "stack": stack_of(frame),
        "waitsFor": waited_thread(frame),
        "inLock": is_in_lock(frame),
    }


def _of_loop(loop: SeenLoop, frames: Dict[int, Any]) -> Dict[str, Any]:
    frame = frames.get(loop.ident)
    polling = is_asleep(loop)
    return {
        "l": loop.number,
        "s": loop.state,
        "polling": polling,
        "stillMs": 0.0 if polling else now_ms() - loop.busy_since,
        "ready": ready_in(loop) if polling else 0,
        "overdue": [] if polling else greenlets.overdue(loop) if loop.timers is not None else overdue(loop),
        "thread": None if loop.thread is None else thread_of(loop.thread),
        "threadAlive": loop.ident in frames,
        **_standing(frame),
    }


def _of_handover(handover: Handover) -> Dict[str, Any]:
    return {"h": handover.number, "started": has_started(handover)}


def _of_job(job: WaitingJob, frames: Dict[int, Any]) -> Dict[str, Any]:
    executor, workers = job.executor(), job.threads()
    busy = [frames[ident] for ident in workers if ident in frames]
    return {
        **described(job),
        "queuedMs": now_ms() - job.submitted_at,
        "workers": len(workers),
        "busyWith": [text for text in (statement_of(frame) for frame in busy[:3]) if text is not None],
        "busySends": any(leads.is_sending(frame) for frame in busy),
        "busyAt": [stack[0] for stack in (stack_of(frame) for frame in busy[:3]) if stack],
        "isDeadlocked": len(busy) == len(workers) > 0 and all(_waits_in_its_own_queue(frame, executor) for frame in busy),
    }


def _waits_in_its_own_queue(frame: Any, executor: Any) -> bool:
    """A job waits for one of its own executor, which has not begun."""
    job = getattr(awaited_future(frame), "_timer_notify", None)
    return job is not None and job.executor() is executor and job.is_queued()


def _of_thread(ident: int, thread: Any, frames: Dict[int, Any]) -> Dict[str, Any]:
    frame = frames.get(ident)
    still_ms = _still_for(ident, now_ms())
    return {
        **thread_of(thread),
        "startedAt": thread_started_at.get(thread),
        "stack": stack_of(frame)[:6],
        "statement": statement_of(frame),
        "stillMs": still_ms,
        "wait": _wait_of(ident, frame, frames) if still_ms >= STILL else None,
    }


def _wait_of(ident: int, frame: Any, frames: Dict[int, Any]) -> Optional[Dict[str, Any]]:
    wait = wait_of(frame, frames)
    if wait is None:
        return _rest_of(ident, frame)
    if wait["kind"] in _FOR_OTHERS or wait["kind"] in ("future", "queue-join", "queue-put"):
        wait["leads"] = _goes_on_to_send(ident, frame, wait["kind"], now_ms())
    return wait


def _goes_on_to_send(ident: int, frame: Any, kind: str, at: float) -> bool:
    """Asked of a thread that stands still at every look: found out now and then."""
    mark = _still[ident][0] if ident in _still else None
    known = _to_send.get(ident)
    if known is None or known[0] != mark or at - known[1] > QUIET:
        puts = kind == "queue-put" and queues.is_put_for_sender(frame)
        known = _to_send[ident] = (mark, at, puts or at_stake.goes_on_to_send(frame, kind == "queue-get"))
    return bool(known[2])


def _rest_of(ident: int, frame: Any) -> Optional[Dict[str, Any]]:
    """Where a thread has nothing to do until another one, or a signal, gives it something."""
    if frame is not None and frame.f_code.co_name == "_shutdown" and frame.f_code.co_filename.endswith("threading.py"):
        return {"kind": "end", "on": "the program's threads to end", "holder": None}
    loop = next((item for item in list(all_loops.values()) if item.ident == ident and item.state == "running"), None)
    if loop is None or loop.kind != "asyncio" or not loop.polling or not stuck.has_nothing_to_do(loop):
        return None
    return {"kind": "loop", "on": "something to do on its event loop", "holder": None}


def waited_thread(frame: Any) -> Optional[int]:
    """The thread that this one joins, or None."""
    while frame is not None and not is_users(frame.f_code.co_filename):
        if frame.f_code.co_name == "join" and frame.f_code.co_filename.endswith("threading.py"):
            joined = local(frame, "self")
            return getattr(joined, "ident", None)
        frame = frame.f_back
    return None


def is_in_lock(frame: Any) -> bool:
    """Whether it waits for another thread: a lock, an event, a queue, a future, a join."""
    return frame is not None and frame.f_code.co_filename.endswith(
        ("threading.py", "queue.py", "_base.py", "synchronize.py")
    )
