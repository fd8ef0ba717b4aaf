"""
Looks into another Python process twice, from the side of the one who asks; prints what it saw as one JSON document.
Run by the target's own interpreter: attach.py <pid> <seconds between the looks> <folder for what is exchanged>
"""
from __future__ import annotations

import ctypes
import errno
import json
import marshal
import os
import re
import sys
import time
from typing import Any, Dict, List, Optional

if not hasattr(sys, "remote_exec"):
    print(json.dumps({"python": sys.version.split(" ", 1)[0], "refused": "too-old"}))
    sys.exit()

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from timer_notify_look import bundle, outside  # noqa: E402
from timer_notify_probe import responses  # noqa: E402

#: How long the target may take to come to a point at which it runs what it was given, in seconds.
PATIENCE = 2.0
#: How long it is waited for before its sleep in its selector is ended, and again, in seconds.
NUDGE = 0.06
#: Numbers of epoll_wait, epoll_pwait and epoll_pwait2.
_EPOLL = {"x86_64": ("232", "281", "441"), "aarch64": ("22", "441")}
#: Modules of the standard library that wait in such calls.
_INTERRUPTIBLE = ("/socket.py", "/ssl.py", "/selectors.py", "/subprocess.py", "/socketserver.py")
_SLEEP = re.compile(r"\b(?:time\.)?sleep\(")
_SEIZE, _INTERRUPT, _DETACH, _GETREGS, _SETREGS = 0x4206, 0x4207, 17, 12, 13
#: In x86-64's registers: the result of a system call, and its number while it is to be made again.
_RESULT, _NUMBER = 10, 15
#: What the kernel has in place of a result where it would make the call again: ERESTARTSYS, ERESTARTNOHAND, ERESTART_RESTARTBLOCK.
_AGAIN = (-512, -514, -516)
_WALL = 0x40000000


def main() -> None:
    pid, interval, folder = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    answer: Dict[str, Any] = {"python": sys.version.split(" ", 1)[0], "refused": None, "pauseMs": 0.0, "inside": None, "outside": None}
    packed = os.path.join(folder, "bundle")
    _write(packed, bundle.bundle())
    insides, outsides = [], []
    from_ = time.monotonic()
    for number in (1, 2):
        if number == 2:
            time.sleep(max(0.0, interval - (time.monotonic() - from_)))
        try:
            outsides.append(outside.see(pid))
        except Exception as error:
            outsides.append(None)
            answer["outsideError"] = f"{type(error).__name__}: {error}"
        from_ = time.monotonic() if number == 1 else from_
        if answer["refused"] is None:
            inside = _ask(pid, folder, packed, number, answer, _waits_in_library(outsides[-1]))
            if inside is not None:
                insides.append(inside)
    answer["spanMs"] = (time.monotonic() - from_) * 1000
    answer["inside"] = insides if len(insides) == 2 else None
    answer["outside"] = outsides if None not in outsides else None
    answer["pauseMs"] = max((inside["tookMs"] for inside in insides), default=0.0)
    for seen in (*insides, *(one for one in outsides if one)):
        for request in seen.get("requests", ()):
            request["origin"], request["path"], request["polling"] = responses.target_of(request.pop("url"))
    json.dump(answer, sys.stdout)


def _write(path: str, content: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as target:
        target.write(content)


def _ask(pid: int, folder: str, packed: str, number: int, answer: Dict[str, Any], waits_in_library: bool) -> Optional[Dict[str, Any]]:
    path, script = os.path.join(folder, f"answer-{number}"), os.path.join(folder, f"script-{number}.py")
    _write(script, bundle.script(packed, path).encode())
    try:
        sys.remote_exec(pid, script)  # type: ignore[attr-defined]
    except Exception as error:
        answer["refused"] = f"{type(error).__name__}: {error}"
        return None
    until = time.monotonic() + PATIENCE
    while not os.path.exists(path):
        if time.monotonic() > until:
            # What it was given it would still run whenever it wakes: it is given nothing instead.
            sys.remote_exec(pid, os.devnull)  # type: ignore[attr-defined]
            answer["refused"] = "no-answer"
            return None
        time.sleep(NUDGE)
        if not os.path.exists(path) and (_call_of(pid) in _EPOLL.get(os.uname().machine, ()) or waits_in_library):
            _wake(pid)
    with open(path, "rb") as source:
        found: Dict[str, Any] = marshal.loads(source.read())
    if "error" in found:
        answer["refused"] = found["error"]
        return None
    return found


def _call_of(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/syscall", encoding="ascii") as source:
            return source.read().split(" ", 1)[0]
    except OSError:
        return ""


def _waits_in_library(seen: Optional[Dict[str, Any]]) -> bool:
    """Whether main waits in a call of Python's own, which goes on waiting when a signal has interrupted it."""
    main = next((thread for thread in (seen or {}).get("threads", ()) if thread["isMain"]), None)
    if main is None:
        return False
    place = main["mark"][0].rpartition(":")[0]
    return place.endswith(_INTERRUPTIBLE) or _SLEEP.search(main["statement"] or "") is not None


def _wake(pid: int) -> None:
    """A stop and its end, which its parent does not see, make a call return early, as any signal with a handler would."""
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    libc.ptrace.restype, libc.ptrace.argtypes = ctypes.c_long, arguments
    if libc.ptrace(_SEIZE, pid, None, None) == -1:
        return
    try:
        if libc.ptrace(_INTERRUPT, pid, None, None) != -1:
            os.waitpid(pid, _WALL)
            if os.uname().machine == "x86_64":
                _interrupt(libc, pid)
    finally:
        libc.ptrace(_DETACH, pid, None, None)


def _interrupt(libc: Any, pid: int) -> None:
    """Lets a call that the kernel would make again end with EINTR, after which Python makes it again itself."""
    registers = (ctypes.c_longlong * 27)()
    if libc.ptrace(_GETREGS, pid, None, ctypes.byref(registers)) == -1 or registers[_RESULT] not in _AGAIN:
        return
    registers[_RESULT], registers[_NUMBER] = -errno.EINTR, -1
    libc.ptrace(_SETREGS, pid, None, ctypes.byref(registers))


if __name__ == "__main__":
    main()
