"""Places in the program, the user's own first."""
from __future__ import annotations

import linecache
import os
import re
import sys
from functools import lru_cache
from types import CodeType, FrameType, TracebackType
from typing import Any, FrozenSet, Iterator, List, Optional, Tuple

HERE = os.path.dirname(os.path.abspath(__file__))
_LIBRARIES = (os.path.dirname(os.path.abspath(os.__file__)), HERE)
#: Scripts that only start a library: gunicorn, celery, flask.
_SCRIPTS = tuple({os.path.dirname(sys.executable), os.path.join(sys.prefix, "bin"), "/usr/bin"})
try:
    _BEGAN_IN: Optional[str] = os.getcwd()
except OSError:
    _BEGAN_IN = None
#: Frames kept of one stack.
_DEPTH = 12
#: Of them, those of libraries.
_LIBRARY_DEPTH = 5


def caller_stack() -> List[str]:
    """The stack of whoever called into the probe, innermost of the user's frames first."""
    return stack_of(sys._getframe(1))


def stack_of(frame: Optional[FrameType]) -> List[str]:
    return _ordered((frame.f_code, frame.f_lineno) for frame in outwards(frame))


def trace_stack(trace: Optional[TracebackType]) -> List[str]:
    """Where an error was raised, innermost of the user's frames first."""
    entries: List[Tuple[CodeType, int]] = []
    while trace is not None:
        entries.append((trace.tb_frame.f_code, trace.tb_lineno))
        trace = trace.tb_next
    return _ordered(iter(entries[::-1]))


def broken_at(error: Any) -> Optional[str]:
    """Where a file that was to be loaded can't be read: no frame of a traceback names it."""
    file = getattr(error, "filename", None) if isinstance(error, SyntaxError) else None
    return None if not isinstance(file, str) or file.startswith("<") else f"{file}:{error.lineno or 1}"


_TRACE_LINE = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')


def remote_place(error: Any) -> List[str]:
    """The lines of a child process's traceback, which comes along as text."""
    text = str(getattr(error, "__cause__", ""))
    found = [f"{path}:{line} ({function})" for path, line, function in _TRACE_LINE.findall(text)][::-1]
    return sorted(found, key=lambda one: not is_users(one.rpartition(":")[0]))[:8]


def await_stack(awaited: Any) -> List[str]:
    """Where a suspended coroutine waits, innermost of the user's frames first."""
    return _ordered((frame.f_code, frame.f_lineno) for frame in await_frames(awaited))


def await_frames(awaited: Any) -> List[FrameType]:
    """The frames of a suspended coroutine and of what it waits for, innermost first."""
    found: List[FrameType] = []
    while awaited is not None and len(found) < 50:
        frame = _first(awaited, "cr_frame", "gi_frame", "ag_frame")
        if frame is not None:
            found.append(frame)
        awaited = _first(awaited, "cr_await", "gi_yieldfrom", "ag_await")
    return found[::-1]


def user_place() -> Optional[str]:
    """The innermost of the user's places, without the cost of a whole stack."""
    for frame in outwards(sys._getframe(1)):
        if is_users(frame.f_code.co_filename):
            return place(frame.f_code, frame.f_lineno)
    return None


def user_frame(frame: Optional[FrameType]) -> Optional[FrameType]:
    return next((one for one in outwards(frame) if is_users(one.f_code.co_filename)), None)


def local(frame: FrameType, name: str) -> Any:
    """None where it has no such name: up to Python 3.12, a frame whose locals were read keeps them for as long as it lives."""
    code = frame.f_code
    known = name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars
    return frame.f_locals.get(name) if known else None


def statement_of(frame: Optional[FrameType]) -> Optional[str]:
    """The source line at which the innermost of the user's frames stands."""
    own = user_frame(frame)
    return None if own is None else source_line(own.f_code.co_filename, own.f_lineno)


def source_line(path: str, line: int) -> Optional[str]:
    return linecache.getline(path, line).strip()[:200] or None


@lru_cache(maxsize=4096)
def is_users(path: str) -> bool:
    if path in ("<string>", "<stdin>"):
        return True
    if path.startswith("<") or path.startswith(_LIBRARIES) or os.path.dirname(path) in _SCRIPTS:
        return False
    return "site-packages" not in path and "dist-packages" not in path and not _is_vendored(path)


def _is_vendored(path: str) -> bool:
    """Whether `pip install --target` put it there: as for AWS Lambda, beside the person's own code."""
    for entry in sys.path:
        folder = os.path.join(entry, "")
        if entry and path.startswith(folder):
            top = path[len(folder):].split(os.sep, 1)[0]
            return os.path.splitext(top)[0] in _installed_in(entry)
    return False


@lru_cache(maxsize=64)
def _installed_in(folder: str) -> FrozenSet[str]:
    try:
        records = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".dist-info")]
    except OSError:
        return frozenset()
    return frozenset(name for record in records for name in _modules_of(record))


def _modules_of(record: str) -> List[str]:
    """The importable names of one distribution; none where it was built from a folder: that is the person's own."""
    if os.path.exists(os.path.join(record, "direct_url.json")):
        return []
    try:
        with open(os.path.join(record, "RECORD"), encoding="utf-8", errors="replace") as lines:
            tops = {line.split(",", 1)[0].split("/", 1)[0] for line in lines}
    except OSError:
        return []
    return [os.path.splitext(top)[0] for top in tops if not top.endswith(".dist-info")]


def is_probe(path: str) -> bool:
    return path.startswith(HERE)


@lru_cache(maxsize=4096)
def place(code: CodeType, line: int) -> str:
    return f"{_whole(code.co_filename)}:{line} ({code.co_name})"


def _whole(path: str) -> str:
    """A script may be named as seen from the directory in which the program began: the doctor may be in another one."""
    return path if _BEGAN_IN is None or path.startswith("<") else os.path.normpath(os.path.join(_BEGAN_IN, path))


def outwards(frame: Optional[FrameType]) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def users_of(frame: Optional[FrameType]) -> List[FrameType]:
    """The user's frames, innermost first."""
    return [one for one in outwards(frame) if is_users(one.f_code.co_filename)]


def _ordered(entries: Iterator[Tuple[CodeType, int]]) -> List[str]:
    own: List[str] = []
    others: List[str] = []
    for code, line in entries:
        if is_probe(code.co_filename):
            continue
        (own if is_users(code.co_filename) else others).append(place(code, line or 0))
        if len(own) >= _DEPTH:
            break
    return [*own, *others[:_LIBRARY_DEPTH]]


def _first(subject: Any, *names: str) -> Any:
    for name in names:
        value = getattr(subject, name, None)
        if value is not None:
            return value
    return None
