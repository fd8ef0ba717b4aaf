"""Whether code sends on every way through it, or holds something that it would send."""
from __future__ import annotations

from types import CodeType, FrameType, FunctionType
from typing import Any, Dict, FrozenSet, Iterable, Optional

from .exit_handlers import containers_of, is_container
from .frames import is_users, place
from .leads import names_lead, owner_of
from .still_to_run import Part, can_avoid, line_using, whole

#: Names of calls that wait for somebody to say something: what comes after may never have been to come.
WAITS = {
    "accept", "acquire", "get", "input", "pause", "poll", "read", "readline", "readlines", "recv", "recv_bytes",
    "select", "sigwait", "wait",
}  # fmt: skip


def sends(code: CodeType, part: Part, frame: FrameType) -> bool:
    """Whether it leads to a request on every way, or holds something to send."""
    owner = owner_of(code, frame.f_globals)
    if not names_lead(code, part.names, part.inner, frame.f_globals, owner):
        return False
    return is_sure(code, part, frame.f_globals, owner, 0) or holds(part.names, {**frame.f_globals, **frame.f_locals}, frame.f_locals.get("self"))


def is_sure(code: CodeType, part: Part, values: Dict[str, Any], owner: Optional[type], depth: int) -> bool:
    sure = frozenset(name for name in part.names if _surely_sends(name, code, values, owner, depth))
    return bool(sure) and not can_avoid(code, part, sure)


def sends_on_every_way(code: CodeType, part: Part, frame: FrameType) -> FrozenSet[str]:
    """The names in a part of a frame's code that are sure to send."""
    owner = owner_of(code, frame.f_globals)
    return frozenset(name for name in part.names if _surely_sends(name, code, frame.f_globals, owner, 0))


def _surely_sends(name: str, code: CodeType, values: Dict[str, Any], owner: Optional[type], depth: int) -> bool:
    if not names_lead(code, [name], [], values, owner):
        return False
    value = values.get(name)
    function = value if isinstance(value, FunctionType) else getattr(owner, name, None)
    if not isinstance(function, FunctionType) or not is_users(function.__code__.co_filename):
        return True
    kind = owner_of(function.__code__, function.__globals__)
    return depth < 4 and is_sure(function.__code__, whole(function.__code__), function.__globals__, kind, depth + 1)


def holds(names: Iterable[str], values: Dict[str, Any], owner: Any) -> bool:
    """Whether what it uses, or what the functions that it calls use, holds something now."""
    held = vars(owner) if hasattr(owner, "__dict__") else {}
    for name in names:
        value, method = values.get(name), getattr(type(owner), name, None)
        function = value if isinstance(value, FunctionType) else method.__get__(owner) if isinstance(method, FunctionType) else None
        inside = [] if function is None else [one for _, one in containers_of(function)]
        if any(is_container(one) and len(one) for one in (value, held.get(name), *inside)):
            return True
    return False


def where_sent(code: CodeType, part: Part, values: Dict[str, Any]) -> Optional[str]:
    """The line of a part that would send."""
    owner = owner_of(code, values)
    line = line_using(code, part, frozenset(name for name in part.names if names_lead(code, [name], [], values, owner)))
    return None if line is None else place(code, line)


def where_all_sent(subject: Any) -> Optional[str]:
    function = getattr(subject, "__func__", subject)
    code: Optional[CodeType] = getattr(function, "__code__", None)
    return None if code is None else where_sent(code, whole(code), function.__globals__)


def sends_surely(subject: Any) -> bool:
    function = getattr(subject, "__func__", subject)
    if not isinstance(function, FunctionType):
        return False
    code, values = function.__code__, function.__globals__
    return is_sure(code, whole(code), values, owner_of(code, values), 0)
