"""Whether code leads to a request: because it has made one, or because what it calls is known to."""
from __future__ import annotations

import functools
import sys
from types import CodeType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any, Dict, Iterable, Iterator, Optional, Set, Tuple

from .frames import is_probe, is_users, local

#: Packages that make requests.
_CLIENTS = {
    "aiohttp", "botocore", "boto3", "discord", "httplib2", "httpcore", "httpx", "pycurl", "requests", "slack",
    "slack_bolt", "slack_sdk", "telebot", "telegram", "tornado", "treq", "twilio", "urllib3", "aiogram",
}  # fmt: skip
_CLIENT_MODULES = {"http.client", "urllib.request", "tornado.httpclient", "tornado.simple_httpclient"}
#: Methods that make a request whatever they are called on.
_METHODS = {
    "urlopen", "post", "putrequest", "getresponse", "chat_postMessage", "chat_postEphemeral", "send_message",
    "sendMessage", "files_upload_v2", "reply_text", "perform",
}  # fmt: skip
#: Code looked at before giving up.
_LIMIT = 300

#: Code of the user's that was on the stack of a request.
_has_sent: Set[CodeType] = set()


def note_sending(frame: Optional[FrameType]) -> None:
    while frame is not None:
        code = frame.f_code
        if code not in _has_sent and code.co_name != "<module>" and len(_has_sent) < 5000 and is_users(code.co_filename):
            _has_sent.add(code)
        frame = frame.f_back


def is_sending(frame: Optional[FrameType]) -> bool:
    """Whether a thread runs code that has made requests."""
    while frame is not None:
        if frame.f_code in _has_sent or _is_client(str(frame.f_globals.get("__name__", ""))):
            return True
        frame = frame.f_back
    return False


def any_client_loaded() -> bool:
    loaded = sys.modules or {}
    return any(name in loaded for name in (*_CLIENTS, *_CLIENT_MODULES))


def leads(subject: Any) -> bool:
    """Whether a function, bound method, partial, coroutine, or frame leads to a request."""
    return _leads(subject, set())


class Subject:
    """What a job, thread or task is for, without keeping any of the program's objects alive."""

    def __init__(self, subject: Any) -> None:
        self.name = str(
            getattr(subject, "__qualname__", None) or getattr(subject, "__name__", None) or type(subject).__name__
        )
        self.module = str(getattr(subject, "__module__", None) or "")
        function = getattr(subject, "__func__", subject)
        self.code: Optional[CodeType] = getattr(function, "__code__", None) or getattr(subject, "cr_code", None)
        if not self.module:
            frame = getattr(subject, "cr_frame", None)
            self.module = "" if frame is None else str(frame.f_globals.get("__name__", ""))
        # What a closure holds, and the class of an object, can only be seen now.
        self._leads = (self.code is None or bool(self.code.co_freevars) or function is not subject) and leads(subject)

    def is_users(self) -> bool:
        return self.code is not None and is_users(self.code.co_filename)

    def leads(self) -> bool:
        return self._leads or _is_client(self.module) or code_leads(self.code, names_of(self.module))


def is_of_client(error: Optional[BaseException]) -> bool:
    """Whether an error is one with which a client ends a request."""
    return error is not None and _is_client(type(error).__module__)


def is_client_kind(kind: type) -> bool:
    return _is_client(kind.__module__)


def is_clients(frame: FrameType) -> bool:
    return _is_client(str(frame.f_globals.get("__name__", "")))


def names_of(module: str) -> Dict[str, Any]:
    loaded = (sys.modules or {}).get(module)
    return {} if loaded is None else vars(loaded)


def code_leads(code: Optional[CodeType], names: Dict[str, Any]) -> bool:
    return code is not None and _code_leads(code, names, owner_of(code, names), set())


def owner_of(code: CodeType, names: Dict[str, Any]) -> Optional[type]:
    """The class of a method, by the name that Python 3.11 and later keep with the code."""
    owner = names.get(str(getattr(code, "co_qualname", "")).split(".", 1)[0])
    return owner if isinstance(owner, type) else None


def _leads(subject: Any, seen: Set[int]) -> bool:
    if subject is None or id(subject) in seen or len(seen) > _LIMIT:
        return False
    seen.add(id(subject))
    if isinstance(subject, functools.partial):
        parts = [subject.func, *subject.args, *subject.keywords.values()]
        return any(_leads(part, seen) for part in parts if callable(part))
    if isinstance(subject, MethodType):
        return _leads_method(subject, seen)
    if isinstance(subject, FunctionType):
        return _function_leads(subject, None, seen)
    if isinstance(subject, FrameType):
        return _code_leads(subject.f_code, subject.f_globals, type(local(subject, "self")), seen)
    frame = getattr(subject, "cr_frame", None) or getattr(subject, "gi_frame", None)
    if frame is not None:
        return _coroutine_leads(subject, frame, seen)
    if isinstance(subject, type):
        return _is_client(subject.__module__)
    if callable(subject):
        call = getattr(type(subject), "__call__", None)
        if isinstance(call, FunctionType):
            return _function_leads(call, type(subject), seen)
        return _is_client(getattr(subject, "__module__", None))
    return False


def _leads_method(method: MethodType, seen: Set[int]) -> bool:
    owner = method.__self__
    if isinstance(method.__func__, FunctionType) and _function_leads(method.__func__, type(owner), seen):
        return True
    # A thread or process object's run() leads where its target does.
    target = getattr(owner, "_target", None)
    return target is not None and _leads(target, seen)


def _function_leads(function: FunctionType, owner: Optional[type], seen: Set[int]) -> bool:
    if _is_client(function.__module__):
        return True
    wrapped = getattr(function, "__wrapped__", None)
    if wrapped is not None and _leads(wrapped, seen):
        return True
    cells = function.__closure__ or ()
    names = dict(zip(function.__code__.co_freevars, (content_of(cell) for cell in cells)))
    if _code_leads(function.__code__, {**names, **_used(function.__code__, function.__globals__)}, owner, seen, function.__globals__):
        return True
    return any(_leads(value, seen) for value in names.values() if isinstance(value, (FunctionType, MethodType)))


def _coroutine_leads(coroutine: Any, frame: FrameType, seen: Set[int]) -> bool:
    if is_probe(frame.f_code.co_filename):
        # The probe's wrapper of a client's own coroutine.
        return "_request" in str(getattr(coroutine, "__qualname__", ""))
    if is_users(frame.f_code.co_filename) and _code_leads(frame.f_code, frame.f_globals, type(local(frame, "self")), seen):
        return True
    arguments = list(frame.f_locals.values())[:8]
    inner = [value for value in arguments if hasattr(type(value), "cr_frame") or isinstance(value, (FunctionType, MethodType))]
    awaited = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    return any(_leads(value, seen) for value in [*inner, awaited])


def _code_leads(
    code: CodeType,
    names: Dict[str, Any],
    owner: Optional[type],
    seen: Set[int],
    module_names: Optional[Dict[str, Any]] = None,
) -> bool:
    if code in _has_sent:
        return True
    if id(code) in seen and owner is None:
        return False
    seen.add(id(code))
    if not is_users(code.co_filename):
        return _is_client(str(names.get("__name__", "")))
    everything = names if module_names is None else {**module_names, **names}
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return _names_lead(code, code.co_names, inner, everything, owner, seen)


def names_lead(
    code: CodeType, used: Iterable[str], inner: Iterable[CodeType], values: Dict[str, Any], owner: Optional[type]
) -> bool:
    """Whether a part of some code leads to a request, by the names and the functions in it."""
    return _names_lead(code, used, inner, values, owner, {id(code)})


def _names_lead(
    code: CodeType,
    used: Iterable[str],
    inner: Iterable[CodeType],
    values: Dict[str, Any],
    owner: Optional[type],
    seen: Set[int],
) -> bool:
    if any(name in _METHODS for name in used):
        return True
    for name in used:
        if _value_leads(values.get(name), code, seen):
            return True
        method = None if owner is None else getattr(owner, name, None)
        if isinstance(method, FunctionType) and id(method) not in seen:
            seen.add(id(method))
            if _function_leads(method, owner, seen):
                return True
    return any(_code_leads(one, values, owner, seen) for one in inner)


def _value_leads(value: Any, code: CodeType, seen: Set[int]) -> bool:
    if value is None or id(value) in seen:
        return False
    if isinstance(value, ModuleType):
        return _is_client(value.__name__)
    if isinstance(value, (FunctionType, MethodType, functools.partial)):
        return _leads(value, seen)
    kind = value if isinstance(value, type) else type(value)
    if _is_client(kind.__module__):
        return True
    # A class of the user's, or an object of one: the methods whose names this code uses, and what it holds by them.
    return any(
        _function_leads(method, kind, seen)
        for method in _methods(kind, code, ("__init__", "__call__") if kind is value else ("__call__",))
        if id(method) not in seen and not seen.add(id(method))  # type: ignore[func-returns-value]
    ) or (kind is not value and any(_value_leads(one, code, seen) for one in _held(value, code, seen)))


def _held(value: Any, code: CodeType, seen: Set[int]) -> Iterator[Any]:
    """An object of the user's was made before: that its class can make a client says less than that it has one."""
    if not isinstance(type(value).__init__, FunctionType) or not is_users(type(value).__init__.__code__.co_filename) or len(seen) > _LIMIT:
        return
    seen.add(id(value))
    try:
        held = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return
    yield from (held[name] for name in code.co_names if name in held)


def _methods(kind: type, code: CodeType, more: Tuple[str, ...]) -> Iterator[FunctionType]:
    for name in (*code.co_names, *more):
        method = vars(kind).get(name)
        if isinstance(method, FunctionType) and is_users(method.__code__.co_filename):
            yield method


def _used(code: CodeType, names: Dict[str, Any]) -> Dict[str, Any]:
    return {name: names[name] for name in code.co_names if name in names}


def content_of(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _is_client(module: Optional[str]) -> bool:
    return isinstance(module, str) and (module in _CLIENT_MODULES or module.split(".", 1)[0] in _CLIENTS)
