"""The name of a client's error, found on the chain of its causes."""
from __future__ import annotations

from typing import Dict, Iterator, Optional, Set

_WRONG_LOOP = ("inside a task", "attached to a different loop", "bound to a different event loop")

#: By class name, so that no program is made to import a module that it doesn't use.
_CODES: Dict[str, str] = {
    "SSLCertVerificationError": "tls-untrusted",
    "gaierror": "dns-not-found",
    "ConnectionRefusedError": "refused",
    "TimeoutError": "timed-out",
    "timeout": "timed-out",
    "TimeoutException": "timed-out",
    "HTTPTimeoutError": "timed-out",
    "ConnectionResetError": "reset",
    "ConnectionAbortedError": "reset",
    "BrokenPipeError": "reset",
    "ServerDisconnectedError": "reset",
    "RemoteDisconnected": "reset",
    "IncompleteRead": "reset",
    "ClientPayloadError": "reset",
    "RemoteProtocolError": "reset",
    "StreamClosedError": "reset",
}


def failure_code(error: BaseException) -> str:
    codes = [code for code in (_code(link) for link in _chain(error)) if code is not None]
    # urllib3 calls a refused connection a kind of timeout: what the system said goes before what a library makes of it.
    return next((code for code in codes if code != "timed-out"), codes[0] if codes else type(error).__name__)


def _code(error: BaseException) -> Optional[str]:
    for kind in type(error).__mro__:
        code = _CODES.get(kind.__name__)
        if code is not None:
            return code
    if isinstance(error, RuntimeError) and "Event loop is closed" in str(error):
        return "loop-closed"
    if isinstance(error, RuntimeError) and any(phrase in str(error) for phrase in _WRONG_LOOP):
        return "wrong-loop"
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: Set[int] = set()
    todo = [error]
    while todo:
        link = todo.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        inner = (getattr(link, "os_error", None), link.__cause__, link.__context__, getattr(link, "reason", None))
        todo.extend(item for item in (*inner, *link.args) if isinstance(item, BaseException))
