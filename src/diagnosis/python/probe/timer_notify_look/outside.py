"""What an interpreter's memory says of its threads and tasks, read from outside: also where no thread of it runs code."""
from __future__ import annotations

import os
from typing import Any, Dict, List, Optional

from timer_notify_probe import stuck, waits
from timer_notify_probe.frames import is_users, outwards, place, source_line, stack_of, statement_of

from .calls import state_of

#: Numbers of read and recvfrom, and of futex.
_READS = {"x86_64": ("0", "45"), "aarch64": ("63", "207")}
_FUTEX = {"x86_64": "202", "aarch64": "98"}


#: Where a stack ends that is whole: what a loop calls is seen only down to the loop, which is native code there.
_OUTERMOST = ("<module>", "_bootstrap")


class _Code:
    def __init__(self, path: str, function: str) -> None:
        self.co_filename = path
        self.co_name = function.rpartition(".")[2]
        self.co_firstlineno = 1
        self.co_varnames = ("self",)
        self.co_cellvars = self.co_freevars = ()


class _Frame:
    """As much of a frame as can be seen: where it stands, and the class of its method."""

    def __init__(self, path: str, line: int, function: str) -> None:
        self.f_code = _Code(path, function)
        self.f_lineno = line
        self.f_back: Optional[_Frame] = None
        owner = function.split(".")[-2] if "." in function else ""
        self.f_locals = {"self": type(owner, (), {})()} if owner.isidentifier() else {}
        self.f_globals: Dict[str, Any] = {}


def see(pid: int) -> Dict[str, Any]:
    import _remote_debugging  # type: ignore[import-not-found]

    unwinder = _remote_debugging.RemoteUnwinder(pid, all_threads=True)
    frames: Dict[int, Any] = {}
    for thread in unwinder.get_stack_trace():
        outer: Optional[_Frame] = None
        for info in reversed(thread.frame_info):
            frame = _Frame(info.filename, info.lineno, info.funcname)
            frame.f_back, outer = outer, frame
        if outer is not None:
            frames[thread.thread_id] = outer
    waits._value = _names_in(frames)
    tasks = _tasks(unwinder)
    owners = {task["thread"] for task in tasks}
    threads = [_thread(pid, tid, frame, frames, tid in owners) for tid, frame in frames.items()]
    _link(threads)
    return {"threads": threads, "tasks": tasks}


def _seen(wait: Optional[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    """Whether nobody holds a lock can't be seen by its name."""
    if wait is not None and wait["kind"] == "lock" and wait["holder"] is None:
        return {**wait, "kind": "lock of a holder that was not seen"}
    return wait


def _link(threads: List[Dict[str, Any]]) -> None:
    """Of two threads that both wait without a limit, where there is no other, neither can be let go on by anybody else."""
    busy = [thread for thread in threads if not thread["idle"]]
    if len(busy) == 2 and all(thread["wait"] is not None for thread in busy) and any(thread["runsLoop"] for thread in busy):
        one, other = busy
        one["wait"]["holder"], other["wait"]["holder"] = other["id"], one["id"]
    for thread in busy:
        if thread["wait"] is not None and thread["wait"]["on"] == "thread ?":
            thread["wait"]["on"] = "another thread to end"


class lock:
    """Stands for whatever lock bears this name."""

    def locked(self) -> bool:
        return True


def _names_in(frames: Dict[int, Any]) -> Any:
    """Locks are told apart by their names in one file: their identity can't be seen."""
    known: Dict[Any, Any] = {}

    def value(name: str, frame: Any) -> Any:
        return known.setdefault((frame.f_code.co_filename, name), lock())

    return value


def _thread(pid: int, tid: int, frame: Any, frames: Dict[int, Any], has_tasks: bool) -> Dict[str, Any]:
    chain: List[Any] = list(outwards(frame))
    call = _call(pid, tid)
    return {
        "id": tid,
        "name": "MainThread" if tid == pid else _name(pid, tid),
        "isMain": tid == pid,
        "daemon": tid != pid,
        "stack": stack_of(frame)[:8],
        "statement": statement_of(frame),
        # A lock waited for with a limit ends by itself.
        "wait": _seen(waits.wait_of(frame, frames)) if call is not None and _is_endless(call) else None,
        "idle": stuck._is_worker(frame),
        "mark": [place(one.f_code, one.f_lineno) for one in chain],
        "runsLoop": any(_is_loops(one) for one in chain) or (has_tasks and chain[-1].f_code.co_name not in _OUTERMOST),
        "polling": frame.f_code.co_filename.endswith("selectors.py"),
        "request": state_of(chain) if any(_is_clients(one.f_code.co_filename) for one in chain) else None,
        "address": None if call is None else _address(pid, call),
    }


def _is_loops(frame: Any) -> bool:
    return frame.f_code.co_name == "run_forever" and frame.f_code.co_filename.endswith("asyncio/base_events.py")


def _name(pid: int, tid: int) -> str:
    try:
        with open(f"/proc/{pid}/task/{tid}/comm", encoding="utf-8", errors="replace") as source:
            return source.read().strip()
    except OSError:
        return f"thread {tid}"


def _call(pid: int, tid: int) -> Optional[List[int]]:
    """The number of the system call that a thread is in, and its arguments."""
    try:
        with open(f"/proc/{pid}/task/{tid}/syscall", encoding="ascii") as source:
            words = source.read().split()
    except OSError:
        return None
    return [int(word, 0) for word in words[:7]] if words and words[0].isdigit() else None


def _address(pid: int, call: List[int]) -> Optional[str]:
    """Where the socket leads from which a thread reads at this moment."""
    if str(call[0]) not in _READS.get(os.uname().machine, ()):
        return None
    try:
        inode = os.readlink(f"/proc/{pid}/fd/{call[1]}").partition("socket:[")[2].rstrip("]")
        with open(f"/proc/{pid}/net/tcp", encoding="ascii") as source:
            rows = [line.split() for line in source.readlines()[1:]]
    except OSError:
        return None
    remote = next((row[2] for row in rows if row[9] == inode), None)
    if remote is None or not inode:
        return None
    host, port = remote.split(":")
    return f"{'.'.join(str(part) for part in reversed(bytes.fromhex(host)))}:{int(port, 16)}"


def _is_endless(call: List[int]) -> bool:
    return str(call[0]) == _FUTEX.get(os.uname().machine) and call[4] == 0


def _tasks(unwinder: Any) -> List[Dict[str, Any]]:
    try:
        awaited = unwinder.get_all_awaited_by()
    except Exception:
        return []
    return [
        {
            "key": task.task_id,
            "thread": info.thread_id,
            "name": task.task_name,
            **_chain([_Frame(one.filename, one.lineno, one.funcname) for stack in task.coroutine_stack for one in stack.call_stack]),
        }
        for info in awaited
        for task in info.awaited_by
    ]


def _chain(chain: List[Any]) -> Dict[str, Any]:
    """The frames of what a task awaits, innermost first."""
    frames = [place(one.f_code, one.f_lineno) for one in chain]
    own = [one for one in chain if is_users(one.f_code.co_filename)]
    return {
        "mark": frames,
        "chain": [place(one.f_code, one.f_lineno) for one in own or chain][:12],
        "stack": [*(place(one.f_code, one.f_lineno) for one in own), *(one for one in frames if not is_users(one.rpartition(":")[0]))][:8],
        "statement": source_line(own[0].f_code.co_filename, own[0].f_lineno) if own else None,
        "request": state_of(chain) if any(_is_clients(one.f_code.co_filename) for one in chain) else None,
    }


def _is_clients(path: str) -> bool:
    return path.endswith(("aiohttp/client.py", "aiohttp/client_reqrep.py", "aiohttp/streams.py", "httpx/_client.py", "httpx/_models.py", "http/client.py", "urllib3/connection.py", "urllib3/connectionpool.py"))
