"""What the target's own main thread says of its process. Runs there, and leaves neither a module nor a name."""
from __future__ import annotations

import gc
import sys
import time
from types import FrameType
from typing import Any, Dict, Iterator, List, Optional, Tuple

from timer_notify_probe import executors, frames as places, leads, look, native, queues, record, seen, stuck, tasks

from .calls import call_in

#: MSG_PEEK and MSG_DONTWAIT of Linux.
_PEEK = 0x42
#: Tasks, jobs and queues told of.
_KEPT = 200


def see(began: float) -> Dict[str, Any]:
    frames = _frames()
    kinds = _kinds()
    held = [found for found in gc.get_objects() if type(found) in kinds]
    loops = _loops(frames, [found for found in held if hasattr(type(found), "run_forever")])
    waiting = [task for loop in loops for task in _tasks_of(loop)]
    for task, loop in waiting:
        seen.tasks[id(task)] = _seen_task(task)
    requests = [*_requests_of_tasks(waiting), *_requests_of_threads(frames, loops)]
    for request in requests:
        seen.requests[request["key"]] = _object(loop=seen.all_loops.get(request["loop"]))
    jobs = [job for found in held if hasattr(type(found), "submit") for job in _jobs(found)]
    # Lookups first: a request waits for them.
    jobs.sort(key=lambda job: job.subject.name != "getaddrinfo")
    for job in jobs:
        executors.jobs[job.number] = job
    handed = [found for loop in loops for found in _handovers(loop)]
    for one in handed:
        seen.handovers[one["h"]] = one
    answer = {
        "threads": [
            {**_thread(ident, frame, frames), "mark": _mark(frame)} for ident, frame in list(frames.items())[: look.THREADS]
        ],
        "loops": [_loop(loop, frames) for loop in loops],
        "tasks": [_task(task, loop) for task, loop in waiting][:_KEPT],
        "requests": requests,
        "jobs": [look._of_job(job, frames) for job in jobs[: look.JOBS]],
        "queued": len(jobs),
        "handovers": handed,
        "waits": list(_result_waits(frames, loops, waiting)),
    }
    answer["tookMs"] = (time.monotonic() - began) * 1000
    return answer


def _object(**fields: Any) -> Any:
    return type(sys.implementation)(**fields)


def _frames() -> Dict[int, FrameType]:
    """Of the thread that runs this, the frame that it was interrupted in: beneath this module's, and the script's one."""
    frames: Dict[int, Any] = native.current_frames()
    own: Optional[FrameType] = frames.get(native.get_ident())
    while own is not None and own.f_code.co_filename == __file__:
        own = own.f_back
    frames[native.get_ident()] = None if own is None else own.f_back
    return {ident: frame for ident, frame in frames.items() if frame is not None}


def _mark(frame: Optional[FrameType]) -> Optional[List[int]]:
    return None if frame is None else [id(frame), frame.f_lasti]


def _wait(frame: FrameType, frames: Dict[int, Any]) -> Optional[Dict[str, Any]]:
    try:
        return look.wait_of(frame, frames)
    except TypeError:
        # It needs a part of the probe that is not brought along.
        return None


def _named(ident: int) -> Dict[str, Any]:
    """A program that never imported `threading` has no object for its one thread."""
    thread = native.thread_objects().get(ident)
    if thread is None and ident != native.main_ident:
        return {"id": ident, "name": f"thread {ident}", "isMain": False, "daemon": True}
    return record.thread_of(thread)


def _thread(ident: int, frame: FrameType, frames: Dict[int, Any]) -> Dict[str, Any]:
    return {
        **_named(ident),
        "stack": places.stack_of(frame)[:8],
        "statement": places.statement_of(frame),
        "wait": _wait(frame, frames),
        "idle": stuck._is_worker(frame),
    }


def _kinds() -> "set[type]":
    found: "set[type]" = set()
    todo = [
        kind
        for module, name in (("asyncio.base_events", "BaseEventLoop"), ("concurrent.futures.thread", "ThreadPoolExecutor"))
        for kind in (vars(sys.modules[module]).get(name) if module in sys.modules else None,)
        if isinstance(kind, type)
    ]
    while todo:
        kind = todo.pop()
        found.add(kind)
        todo.extend(type.__subclasses__(kind))
    return found


def _loops(frames: Dict[int, FrameType], held: List[Any]) -> List[Any]:
    """As the probe would have seen them: the loops that run, by their threads' stacks, and those that do not."""
    running: Dict[int, Tuple[int, FrameType]] = {}
    turns: Dict[int, Any] = {}
    for ident, frame in frames.items():
        for outer in places.outwards(frame):
            if outer.f_code.co_name == "_run_once" and outer.f_code.co_filename.endswith("asyncio/base_events.py"):
                turns.setdefault(ident, places.local(outer, "end_time"))
            if outer.f_code.co_name == "run_forever" and outer.f_code.co_filename.endswith("asyncio/base_events.py"):
                running[id(places.local(outer, "self"))] = (ident, frame)
    threads = native.thread_objects()
    found = []
    for loop in held:
        ident, frame = running.get(id(loop), (0, None))
        state = "running" if ident else "closed" if loop.is_closed() else "stopped"
        polling = frame is not None and frame.f_code.co_filename.endswith("selectors.py")
        found.append(
            _object(
                number=id(loop),
                loop=_always(loop),
                kind="asyncio",
                ident=ident,
                thread=threads.get(ident or _holder(loop, frames)),
                state=state,
                polling=polling,
                busy_since=record.now_ms(),
                standing=None,
                timers=None,
                asleep_since=0.0,
                stuck=False,
                # Of the turn that it is in, where it is in one.
                mark=turns.get(ident),
            )
        )
    for one in found:
        seen.all_loops[one.number] = one
    return found


def _holder(loop: Any, frames: Dict[int, FrameType]) -> int:
    """The thread that has a loop that does not run in one of its variables."""
    own = ((ident, outer) for ident, frame in frames.items() for outer in places.users_of(frame))
    return next((ident for ident, outer in own if any(value is loop for value in outer.f_locals.values())), 0)


def _always(value: Any) -> Any:
    return lambda: value


def _loop(loop: Any, frames: Dict[int, FrameType]) -> Dict[str, Any]:
    target = loop.loop()
    sleeps = loop.state == "running" and loop.polling
    waiting = stuck._waiting(target) if sleeps and stuck._can_sleep_for_ever(loop, frames) else []
    # What it has been given is kept from it only where it does not come round again.
    loop.standing = _object(ready=look.ready(loop))
    return {
        **look._of_loop(loop, frames),
        "overdue": look.overdue(loop),
        "mark": loop.mark,
        "stuck": waiting,
        "unwoken": sleeps and _is_unwoken(target, frames.get(loop.ident)),
    }


def _is_unwoken(target: Any, frame: Optional[FrameType]) -> bool:
    """Whether it went to sleep with nothing to do, has been given something since, and nobody has written to the pipe that wakes it."""
    turn = next((outer for outer in places.outwards(frame) if outer.f_code.co_name == "_run_once"), None)
    if turn is None or not getattr(target, "_ready", None) or places.local(turn, "timeout") == 0:
        return False
    try:
        # Peeked at, without waiting.
        return not target._ssock.recv(1, _PEEK)
    except BlockingIOError:
        return True
    except (AttributeError, OSError):
        return False


def _tasks_of(loop: Any) -> Iterator[Tuple[Any, Any]]:
    module = sys.modules.get("asyncio.tasks")
    for task in [] if module is None or loop.state == "closed" else list(module.all_tasks(loop.loop())):
        yield task, loop


def _seen_task(task: Any) -> Any:
    return _object(task=_always(task), stack=[], requests=0, subject=_object(leads=_always(False)))


def _chain(coroutine: Any) -> List[FrameType]:
    """The frames of what a task awaits, innermost first, down to another task's."""
    found: List[FrameType] = []
    while coroutine is not None and len(found) < 50:
        frame = next((one for one in (getattr(coroutine, name, None) for name in ("cr_frame", "gi_frame", "ag_frame")) if one is not None), None)
        if frame is not None:
            found.append(frame)
        coroutine = next((one for one in (getattr(coroutine, name, None) for name in ("cr_await", "gi_yieldfrom", "ag_await")) if one is not None), None)
        if type(coroutine).__name__ == "coroutine_wrapper":
            # What `await` makes of a client's own object that stands for a coroutine: nothing but the collector sees through it.
            coroutine = next(iter(gc.get_referents(coroutine)), None)
    return found[::-1]


def _stack(coroutine: Any) -> List[str]:
    return places._ordered((frame.f_code, frame.f_lineno or 0) for frame in _chain(coroutine))


def _task(task: Any, loop: Any) -> Dict[str, Any]:
    coroutine = tasks.coroutine_of(task)
    stack = _stack(coroutine)
    return {
        "key": id(task),
        "loop": loop.number,
        "thread": None if loop.thread is None else record.thread_of(loop.thread),
        "name": tasks.name_of(coroutine),
        "stack": stack,
        "chain": _own([places.place(frame.f_code, frame.f_lineno or 0) for frame in _chain(coroutine)]),
        "statement": tasks.statement_of_stack(stack),
        "waitsFor": type(getattr(task, "_fut_waiter", None)).__name__,
        "awaited": id(getattr(task, "_fut_waiter", None)),
        "leads": leads.leads(coroutine),
        "upToProgram": _is_up_to_program(_chain(coroutine)),
        "mark": [frame.f_lasti for frame in _chain(coroutine)],
    }


def _is_up_to_program(chain: List[FrameType]) -> bool:
    """Whether it waits, without a time limit, in a lock or queue of asyncio, which only code of the program lets it out of."""
    modules = [_module_of_asyncio(frame) for frame in chain]
    return modules[:1] in (["locks"], ["queues"]) and not any(frame.f_code.co_name == "wait_for" and module == "tasks" for frame, module in zip(chain, modules))


def _module_of_asyncio(frame: FrameType) -> str:
    folder, _, file = frame.f_code.co_filename.replace("\\", "/").rpartition("/")
    return file[:-3] if folder.endswith("/asyncio") else ""


def _own(chain: List[str]) -> List[str]:
    """The user's own places of a chain; all of it where it has none."""
    own = [place for place in chain if places.is_users(place.rpartition(":")[0])]
    return (own or chain)[:12]


def _requests_of_tasks(waiting: List[Tuple[Any, Any]]) -> List[Dict[str, Any]]:
    found = []
    for task, loop in waiting:
        coroutine = tasks.coroutine_of(task)
        chain = _chain(coroutine)
        call = call_in(chain)
        if call is not None:
            found.append(
                {
                    **call,
                    "key": id(task),
                    "loop": loop.number,
                    "thread": None if loop.thread is None else record.thread_of(loop.thread),
                    "stack": _stack(coroutine),
                    "mark": [*call["mark"], *(frame.f_lasti for frame in chain)],
                }
            )
    return found


def _requests_of_threads(frames: Dict[int, FrameType], loops: List[Any]) -> List[Dict[str, Any]]:
    running = {loop.ident: loop.number for loop in loops if loop.ident}
    found = []
    for ident, frame in frames.items():
        chain = list(places.outwards(frame))
        call = call_in(chain)
        # A client of coroutines that runs at this moment gets on.
        if call is not None and call["client"] in ("aiohttp", "httpx") and ident in running:
            continue
        if call is not None:
            found.append(
                {
                    **call,
                    "key": ident,
                    "loop": None,
                    "thread": _named(ident),
                    "stack": places.stack_of(frame),
                    "mark": [*call["mark"], id(frame), frame.f_lasti],
                }
            )
    return found


def _jobs(executor: Any) -> List[Any]:
    """What waits in an executor's queue for one of its threads."""
    found = []
    # A SimpleQueue shows what is in it to nobody but the collector.
    for item in gc.get_referents(getattr(executor, "_work_queue", None)):
        fn, args = getattr(item, "fn", None), getattr(item, "args", ())
        task = getattr(item, "task", None)
        if fn is None and isinstance(task, tuple) and task:
            fn, args = task[0], task[1] if len(task) > 1 else ()
        if fn is None:
            continue
        subject = executors.unwrapped(fn, args)
        found.append(
            _object(
                number=id(item),
                subject=_object(name=tasks.name_of(subject), module=str(getattr(subject, "__module__", "") or ""), leads=_always(leads.leads(subject))),
                executor=_always(executor),
                pool=executors.EXECUTOR,
                threads=_always(executors.threads_of(executor)),
                future=getattr(item, "future", None),
                stack=[],
                submitted_at=record.now_ms(),
            )
        )
    return found


def _cells(function: Any) -> Dict[str, Any]:
    code = getattr(function, "__code__", None)
    cells = getattr(function, "__closure__", None) or ()
    return {} if code is None else {name: leads.content_of(cell) for name, cell in zip(code.co_freevars, cells)}


def _handovers(loop: Any) -> Iterator[Dict[str, Any]]:
    """Coroutines of run_coroutine_threadsafe that the loop has not begun."""
    for handle in list(getattr(loop.loop(), "_ready", ()))[:50]:
        inner = _cells(handle._callback)
        if "coro" in inner and "future" in inner and "run_coroutine_threadsafe" in str(getattr(handle._callback, "__qualname__", "")):
            coroutine = inner["coro"]
            code = getattr(coroutine, "cr_code", None)
            yield {
                "h": id(inner["future"]),
                "loop": loop.number,
                "what": tasks.name_of(coroutine),
                "leads": leads.leads(coroutine),
                "stack": [] if code is None else [places.place(code, code.co_firstlineno)],
            }


def _result_waits(frames: Dict[int, FrameType], loops: List[Any], waiting: List[Tuple[Any, Any]]) -> Iterator[Dict[str, Any]]:
    """Threads in `Future.result()`: the loop that one keeps from running, and on which loop that future's coroutine is."""
    for ident, frame in frames.items():
        result = next((outer for outer in places.outwards(frame) if _is_result(outer)), None)
        if result is None:
            continue
        future = places.local(result, "self")
        own = next((loop.number for loop in loops if loop.ident == ident), None)
        on = next((loop.number for task, loop in waiting if _settles(task, future)), None)
        yield {"thread": _named(ident), "loop": own, "h": id(future), "on": on}


def _is_result(frame: FrameType) -> bool:
    return frame.f_code.co_name in ("result", "exception") and frame.f_code.co_filename.endswith("_base.py")


def _settles(task: Any, future: Any) -> bool:
    return any(value is future for entry in getattr(task, "_callbacks", None) or () for value in _cells(entry[0]).values())
