"""Calls of a client whose response says that all is well, though what they were given to send did not arrive: a body that was used up before, or that a redirect dropped."""
from __future__ import annotations

import os
from types import GeneratorType
from typing import Any, Dict, Iterator, List, Optional
from urllib.parse import urlsplit

from .frames import caller_stack
from .native import quiet
from .record import emit, thread_of

_WITH_BODY = ("POST", "PUT", "PATCH")
#: Types of open files whose place can be asked for without running code of the person's.
_FILES = ("_io", "io", "tempfile")
_LIMIT = 20

_reports = 0


@quiet
def used_up(named: Dict[str, Any]) -> Optional[str]:
    """What of the body that a call is given has been read to its end before; None where nothing has."""
    for body in _parts(named):
        if isinstance(body, GeneratorType):
            if body.gi_frame is None:
                return f"the generator {body.__name__}"
        elif _is_at_its_end(body):
            name = getattr(body, "name", None)
            return f"the open file {name if isinstance(name, str) else type(body).__name__}"
    return None


def _parts(named: Dict[str, Any]) -> Iterator[Any]:
    yield from (named.get("data"), named.get("content"))
    files = named.get("files")
    for part in files.values() if isinstance(files, dict) else files if isinstance(files, list) else ():
        yield from part if isinstance(part, tuple) else (part,)


def _is_at_its_end(body: Any) -> bool:
    if type(body).__module__ not in _FILES or not hasattr(body, "tell") or getattr(body, "closed", True) or not body.seekable():
        return False
    text = getattr(body, "getvalue", None)
    size = os.fstat(body.fileno()).st_size if text is None else len(text())
    return bool(0 < size <= body.tell())


@quiet
def note(response: Any, method: Any, named: Dict[str, Any], what: Optional[str]) -> None:
    """A call has come back."""
    global _reports
    status = getattr(response, "status_code", 0)
    if _reports >= _LIMIT or str(method).upper() not in _WITH_BODY or not 200 <= status < 300:
        return
    path = urlsplit(str(response.url)).path
    if what is not None:
        _reports += 1
        _emit("body-used-up", f"{what}, the body of {str(method).upper()} {path}", [])
    elif any(named.get(name) for name in ("json", "data", "content", "files")):
        dropped = _dropping(response)
        if dropped is not None:
            _reports += 1
            _emit("redirect-dropped-body", f"{str(method).upper()} {dropped}", [])


def _emit(how: str, what: str, made: List[str]) -> None:
    emit("not-reached", how=how, what=what, made=made, stack=caller_stack(), thread=thread_of())


def _dropping(response: Any) -> Optional[str]:
    """A redirect that made a GET of it. One to another page is how a form is answered that did arrive."""
    if response.request.method not in ("GET", "HEAD"):
        return None
    hops = [*response.history, response]
    for one, after in zip(hops, hops[1:]):
        if one.request.method not in _WITH_BODY or after.request.method in _WITH_BODY:
            continue
        begin, end = urlsplit(str(one.url)).path, urlsplit(str(after.url)).path
        if one.status_code == 301 or (one.status_code == 302 and begin.rstrip("/") == end.rstrip("/")):
            return f"{begin} was answered with HTTP {one.status_code} to {after.url}"
    return None
