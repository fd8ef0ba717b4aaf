"""Errors that an `except` for any error took while the program was on its way to a request."""
from __future__ import annotations

import atexit
import sys
from types import CodeType, FrameType, FunctionType, TracebackType
from typing import Any, Dict, Iterator, Optional, Set, Tuple

from . import lazy, leaving, native, swallowed, watch
from .except_clauses import CAN_READ, may_pass_over, taker
from .frames import is_users
from .handler_code import with_notes
from .lazy_code import with_notes_of_drops
from .leads import content_of
from .native import quiet

#: Modules whose functions have been gone through, with how many names they had.
_gone_through: Dict[str, int] = {}
_size: Tuple[int, int] = (0, 0)
#: Handlers that have taken an error, by their code's number and where they begin, and whether they may pass over one.
_handlers: Dict[Tuple[int, int], Tuple[CodeType, bool]] = {}
#: Code that has been made to tell of its handlers.
_telling: Set[CodeType] = set()
#: What changed code was made of.
_originals: Dict[CodeType, CodeType] = {}
_VARARGS, _VARKEYWORDS = 0x04, 0x08
#: How often an error of one place led to nothing, and after how many times it is looked at no more.
_vain: Dict[Tuple[int, ...], int] = {}
_ENOUGH = 30
_is_told_by_code = CAN_READ and sys.version_info < (3, 12)


def watch_handlers() -> None:
    monitoring: Any = getattr(sys, "monitoring", None)
    if monitoring is None:
        if _is_told_by_code:
            watch.on_start.append(_go_through_modules)
        return
    tool = next((one for one in (4, 3) if monitoring.get_tool(one) is None), None)
    if tool is None:
        return
    monitoring.use_tool_id(tool, "timer-notify")
    monitoring.register_callback(tool, monitoring.events.EXCEPTION_HANDLED, _handled)
    monitoring.set_events(tool, monitoring.events.EXCEPTION_HANDLED)
    lazy.watch_drops(monitoring, tool)
    watch.on_start.append(_go_through_modules)
    # What runs after the last exit handler finds our own names gone.
    atexit.register(monitoring.set_events, tool, 0)


def _handled(code: CodeType, target: int, error: BaseException) -> None:
    # A program may take very many errors, in its packages above all. A code object's hash is no cheap thing.
    known = _handlers.get((id(code), target))
    if known is None:
        known = _look_at(code, target) or (code, False)
    if known[1] and isinstance(error, Exception):
        _note(error, code, target, sys._getframe(1))


@quiet
def _look_at(code: CodeType, target: int) -> Tuple[CodeType, bool]:
    """With the code, whose number may go to another one when it is gone."""
    known = (code, is_users(code.co_filename) and may_pass_over(code, target))
    if len(_handlers) < 20_000:
        _handlers[(id(code), target)] = known
    return known


def _told(code: CodeType, target: int) -> None:
    error = sys.exc_info()[1]
    if isinstance(error, Exception):
        _note(error, code, target, sys._getframe(2))


@quiet
def _note(error: Exception, code: CodeType, target: int, frame: FrameType) -> None:
    place = _place_of(error.__traceback__, code, target)
    if _vain.get(place, 0) >= _ENOUGH:
        return
    clause = taker(code, target, error, frame)
    if clause is None or clause.raises or clause.hands_on or not swallowed.note_passed_over(error, code, target, frame, clause, error.__traceback__):
        if len(_vain) < 5000:
            _vain[place] = _vain.get(place, 0) + 1


def _place_of(trace: Optional[TracebackType], code: CodeType, target: int) -> Tuple[int, ...]:
    """A handler, and from where the error came to it."""
    inner = None if trace is None else trace.tb_next
    came = () if inner is None else (id(inner.tb_frame.f_code), inner.tb_lasti)
    return (id(code), target, -1 if trace is None else trace.tb_lasti, *came)


@quiet
def _go_through_modules() -> None:
    """Functions that were defined since the last time: before anything that is to be watched begins."""
    global _size
    if not _is_told_by_code:
        lazy.note_frames(sys._getframe(2))
    elif leaving.look_at(sys._getframe(2)):
        _gone_through.clear()
        _size = (0, 0)
    main = sys.modules.get("__main__")
    size = (len(sys.modules), len(getattr(main, "__dict__", ())))
    if size == _size:
        return
    _size = size
    for name, module in list(sys.modules.items()):
        held = getattr(module, "__dict__", None)
        path = getattr(module, "__file__", None)
        if held is None or _gone_through.get(name) == len(held) or (name != "__main__" and not (isinstance(path, str) and is_users(path))):
            continue
        _gone_through[name] = len(held)
        for function in _functions_in(list(held.values()), 0):
            tell(function)


def _functions_in(values: Any, depth: int) -> Iterator[FunctionType]:
    for value in values:
        value = getattr(value, "__func__", value) if isinstance(value, (staticmethod, classmethod)) else value
        if isinstance(value, property):
            yield from _functions_in([value.fget], depth)
        elif isinstance(value, FunctionType):
            yield value
            if depth < 4:
                inner = [getattr(value, "__wrapped__", None), *map(content_of, value.__closure__ or ())]
                yield from _functions_in([one for one in inner if isinstance(one, FunctionType)], depth + 1)
        elif isinstance(value, type) and depth < 4:
            yield from _functions_in(list(vars(value).values()), depth + 1)


@quiet
def tell(function: Any) -> None:
    """Makes a function tell of what its handlers take, wherever it is called from now on."""
    code = getattr(function, "__code__", None)
    if not _is_told_by_code:
        lazy.watch_drops_in(function)
        return
    if not isinstance(function, FunctionType) or not is_users(code.co_filename):
        return
    changed = code
    if code not in _telling:
        changed = with_notes(code, _told)
        changed = with_notes_of_drops(changed, lazy.sites_in(function), lazy.dropped, lazy.kept_unread)
    if leaving.is_wanted(changed):
        changed = leaving.told(changed)
    _telling.add(changed)
    if changed is not code:
        _originals[changed] = _originals.get(code, code)
        function.__code__ = changed


@quiet
def tell_called_back(function: Any) -> None:
    """The same of one that is given to a library, which lets its errors go on to whoever called that."""
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if _is_told_by_code and code is not None:
        leaving.want(code)
        tell(function)


@quiet
def told_again(coroutine: Any) -> Any:
    """One that was made before its function could be changed, and has not begun, made once more; None where that can't be."""
    code, frame = getattr(coroutine, "cr_code", None), getattr(coroutine, "cr_frame", None)
    if not _is_told_by_code or frame is None or coroutine.cr_suspended or coroutine.cr_running or not is_users(code.co_filename):
        return None
    function = _function_of(code, str(coroutine.__qualname__), frame.f_globals)
    if function is None:
        return None
    _go_through_modules()
    tell(function)
    if function.__code__ is code or _originals.get(function.__code__) is not code:
        return None
    count = code.co_argcount + code.co_kwonlyargcount
    values = [frame.f_locals[name] for name in code.co_varnames[: count + bool(code.co_flags & _VARARGS) + bool(code.co_flags & _VARKEYWORDS)]]
    named = values.pop() if code.co_flags & _VARKEYWORDS else {}
    more = values.pop() if code.co_flags & _VARARGS else ()
    keywords = dict(zip(code.co_varnames[code.co_argcount : count], values[code.co_argcount :]))
    return function(*values[: code.co_argcount], *more, **keywords, **named)


def _function_of(code: CodeType, name: str, values: Dict[str, Any]) -> Optional[FunctionType]:
    first, *rest = name.split(".")
    found = values.get(first)
    for one in rest:
        found = vars(found).get(one) if isinstance(found, type) else None
    if not isinstance(found, FunctionType):
        return None
    return found if code in (found.__code__, _originals.get(found.__code__)) else None
