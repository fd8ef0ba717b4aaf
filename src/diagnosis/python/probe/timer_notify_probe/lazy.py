"""What sends only when somebody goes through it, and was dropped before anybody did: generators, `map`, `filter`."""
from __future__ import annotations

import atexit
import functools
import sys
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, FunctionType, GeneratorType, ModuleType
from typing import Any, Callable, Dict, List, Optional, Tuple

from .except_clauses import ASYNC_GENERATOR, CAN_READ, GENERATOR, instructions_of, line_of
from .frames import caller_stack, is_users, outwards, place, stack_of
from .leads import code_leads, leads, names_of, owner_of
from .native import quiet
from .record import emit, thread_of
from .still_to_run import is_always_run, names_before
from .swallowed import errors_seen

#: Functions of the interpreter's that only begin when they are gone through.
_LAZY = ("map", "filter", "starmap")
_LAZY_KINDS = (map, filter, GeneratorType, AsyncGeneratorType)
_LIMIT = 20

#: Of a value that is on its way to be thrown away: the frame's, and those of the calls that look at it.
_OWN_REFERENCES = 5

_reported: Dict[Tuple[int, int], CodeType] = {}
#: Code that was under way before it could be made to tell, the script's own above all: with where it stood.
_under_way: Dict[int, Tuple[CodeType, int, str]] = {}
#: From Python 3.12 on: of code, by its number, the instructions that throw away what is lazy, with the name of what made it.
_sites: Dict[int, Tuple[CodeType, Dict[int, str]]] = {}
_LIMIT_OF_CODE = 5000
_watch: Optional[Callable[[CodeType], None]] = None


def note_under_way(frame: FrameType) -> None:
    if id(frame.f_code) not in _under_way and len(_under_way) < 100:
        _under_way[id(frame.f_code)] = (frame.f_code, frame.f_lasti, str(frame.f_globals.get("__name__")))


def note_frames(frame: FrameType) -> None:
    for one in outwards(frame):
        if is_users(one.f_code.co_filename):
            note_under_way(one)


@quiet
def note_callback(callback: Any) -> None:
    """The same, of a callback that may be set very often."""
    code = _code_of(callback)
    if code is not None and code.co_flags & (GENERATOR | ASYNC_GENERATOR) and (id(code), 0) not in _reported:
        note_given(callback, caller_stack())


def _code_of(callback: Any) -> Optional[CodeType]:
    while isinstance(callback, functools.partial):
        callback = callback.func
    code: Optional[CodeType] = getattr(getattr(callback, "__func__", callback), "__code__", None)
    return code


@quiet
def note_given(callback: Any, stack: List[str]) -> None:
    """A generator's function, given to somebody who will only call it: that begins nothing."""
    code = _code_of(callback)
    if code is None or not code.co_flags & (GENERATOR | ASYNC_GENERATOR) or not is_users(code.co_filename) or not leads(callback):
        return
    if (id(code), 0) not in _reported and len(_reported) < _LIMIT:
        _reported[(id(code), 0)] = code
        _report(code.co_name, _kind_of(code), [*stack[:1], place(code, code.co_firstlineno)])


def _kind_of(code: CodeType) -> str:
    if not code.co_flags & (GENERATOR | ASYNC_GENERATOR):
        returned = _returned(code)
        return returned[0] if returned[:1] != ["<genexpr>"] else "a generator"
    return "an async generator" if code.co_flags & ASYNC_GENERATOR else "a generator"


def dropped(value: Any) -> None:
    """What a call gave is thrown away, or given a name that nothing reads: called in the frame that does so."""
    # Who else has it may go through it.
    if (type(value) in _LAZY_KINDS or _is_starmap(value)) and sys.getrefcount(value) <= _OWN_REFERENCES:
        _note_dropped(value, sys._getframe(2))


def kept_unread(value: Any) -> None:
    """The same, of a value that its frame holds once more."""
    if (type(value) in _LAZY_KINDS or _is_starmap(value)) and sys.getrefcount(value) <= _OWN_REFERENCES + 1:
        _note_dropped(value, sys._getframe(2))


def _is_starmap_kind(kind: Any) -> bool:
    module = sys.modules.get("itertools")
    return module is not None and kind is module.starmap


def _is_starmap(value: Any) -> bool:
    return _is_starmap_kind(type(value))


def _is_mapped(value: Any) -> bool:
    return isinstance(value, (map, filter)) or _is_starmap(value)


@quiet
def _note_dropped(value: Any, frame: FrameType) -> None:
    key = (id(frame.f_code), frame.f_lasti)
    if key in _reported or len(_reported) >= _LIMIT or not _would_send(value):
        return
    _reported[key] = frame.f_code
    _report(*_name_of(value), stack_of(frame))


def _would_send(value: Any) -> bool:
    if _is_mapped(value):
        return leads(value.__reduce__()[1][0])  # type: ignore[index]
    if isinstance(value, AsyncGeneratorType):
        # From its first step on it is known to its loop.
        code, frame = value.ag_code, value.ag_frame
        begins = next((one.offset for one in instructions_of(code) if one.opname == "RESUME"), 0)
        return frame is not None and frame.f_lasti < begins and is_users(code.co_filename) and code_leads(code, frame.f_globals)
    frame = getattr(value, "gi_frame", None) or getattr(value, "cr_frame", None)
    begun = any(getattr(value, name, False) for name in ("gi_suspended", "gi_running", "cr_suspended", "cr_running"))
    return frame is not None and not begun and is_users(frame.f_code.co_filename) and leads(value)


def _name_of(value: Any) -> Tuple[str, str]:
    if _is_mapped(value):
        function = value.__reduce__()[1][0]  # type: ignore[index]
        return f"{type(value).__name__}({getattr(function, '__name__', '…')}, …)", type(value).__name__
    code = getattr(value, "gi_code", None) or value.ag_code
    return ("a generator expression" if code.co_name == "<genexpr>" else str(value.__name__)), _kind_of(code)


def _report(what: str, kind: Optional[str], stack: List[str]) -> None:
    emit("unawaited", what=what, kind=kind, users=True, leads=True, atExit=False, stack=stack, thread=thread_of())


def sites_in(function: FunctionType) -> List[int]:
    """Where a function throws away what may be lazy: the offsets of the instructions that do."""
    code, values = function.__code__, function.__globals__
    owner = owner_of(code, values)
    return [
        offset
        for offset, name in _dropped_calls(code)
        if name in _LAZY or name == "<genexpr>" or any(map(_gives_lazy, [values.get(name), getattr(owner, name, None), *_methods(name, values)]))
    ]


def _methods(name: str, values: Dict[str, Any]) -> List[Any]:
    """What the module's classes have by a name: on which of them it is called is not known."""
    return [vars(kind)[name] for kind in list(values.values()) if isinstance(kind, type) and name in vars(kind)]


def _gives_lazy(value: Any) -> bool:
    if not isinstance(value, FunctionType) or not is_users(value.__code__.co_filename):
        return False
    code = value.__code__
    inner = [one.co_name for one in code.co_consts if isinstance(one, CodeType)]
    return bool(code.co_flags & (GENERATOR | ASYNC_GENERATOR)) or "<genexpr>" in inner or any(name in _LAZY for name in code.co_names)


def _dropped_calls(code: CodeType) -> List[Tuple[int, str]]:
    return _calls(code, _drops)


def _calls(code: CodeType, becomes: Callable[[Any, Tuple[Any, ...]], bool]) -> List[Tuple[int, str]]:
    """Calls of whose value this becomes, with the name of what is called; a generator expression's is its own."""
    instructions = instructions_of(code)
    positions: Any = getattr(code, "co_positions", None)
    places = [] if positions is None else list(positions())
    found: List[Tuple[int, str]] = []
    for call, after in zip(instructions, instructions[1:]):
        if call.opname != "CALL" or not becomes(after, instructions) or not places:
            continue
        begin = places[call.offset // 2][0::2]
        chain = [one for one in instructions if one.offset < call.offset and places[one.offset // 2][0::2] == begin and one.opname.startswith("LOAD_")]
        if chain:
            called = chain[-1].argval
            found.append((after.offset, called.co_name if isinstance(called, CodeType) else str(called)))
    return found


def _drops(instruction: Any, instructions: Tuple[Any, ...]) -> bool:
    """Whether it throws a value away, or gives it a name of a function's own that nothing reads."""
    if instruction.opname != "STORE_FAST" or instruction.arg > 255:
        return bool(instruction.opname == "POP_TOP")
    loads = [one.argval for one in instructions if "LOAD_FAST" in one.opname]
    name = instruction.argval
    return not any(name == loaded or (isinstance(loaded, tuple) and name in loaded) for loaded in loads)


def watch_drops(monitoring: Any, tool: int) -> None:
    """From Python 3.12 on the interpreter says when an instruction is reached."""
    global _watch
    instruction = monitoring.events.INSTRUCTION

    def reached(code: CodeType, offset: int) -> Any:
        _note_reached(code, offset)
        return monitoring.DISABLE

    def watch(code: CodeType) -> None:
        monitoring.set_local_events(tool, code, instruction)

    monitoring.register_callback(tool, instruction, reached)
    # What runs after the last exit handler finds our own names gone.
    atexit.register(monitoring.register_callback, tool, instruction, None)
    _watch = watch


@quiet
def watch_drops_in(function: Any) -> None:
    """A function that throws away what is surely lazy: whoever calls it is told of."""
    code = function.__code__ if isinstance(function, FunctionType) else None
    if _watch is None or code is None or id(code) in _sites or len(_sites) >= _LIMIT_OF_CODE or not is_users(code.co_filename):
        return
    values = function.__globals__
    _sites[id(code)] = (code, {offset: name for offset, name in _dropped_calls(code) if _is_lazy_at(code, offset, name, values)})
    if _sites[id(code)][1]:
        _watch(code)


@quiet
def _note_reached(code: CodeType, offset: int) -> None:
    known = _sites.get(id(code))
    name = None if known is None else known[1].pop(offset, None)
    if name is not None and len(_reported) < _LIMIT:
        _report_drop(code, offset, name, sys._getframe(3).f_globals)


@quiet
def report_left() -> None:
    """At the end: what the script itself threw away or kept, and never went through."""
    if not CAN_READ:
        return
    main = sys.modules.get("__main__")
    for name, value in list(vars(main).items()) if main is not None else []:
        if (type(value) in (map, filter, GeneratorType, CoroutineType) or _is_starmap(value)) and _is_left(value) and _would_send(value):
            what, kind = (value.__qualname__, None) if isinstance(value, CoroutineType) else _name_of(value)
            _report(what, kind, _kept_at(name))
    for code, lasti, module in [one for number, one in list(_under_way.items()) if number not in _sites]:
        # An error may have ended a function before it came so far; what ends the script is reported itself.
        if code.co_name == "<module>" or not errors_seen():
            _report_dropped(code, lasti, names_of(module))


def _is_left(value: Any) -> bool:
    if not _is_mapped(value):
        return True
    source = value.__reduce__()[1][1]  # type: ignore[index]
    hint = getattr(source, "__length_hint__", None)
    return hint is not None and not is_users(getattr(sys.modules.get(type(source).__module__), "__file__", None) or "<built-in>") and hint() > 0


def _kept_at(name: str) -> List[str]:
    code = next((one for one, _, _ in _under_way.values() if one.co_name == "<module>"), None)
    at = None if code is None else next((one.offset for one in instructions_of(code) if one.opname.startswith("STORE_") and one.argval == name), None)
    return [] if code is None or at is None else [place(code, line_of(code, at))]


def _report_dropped(code: CodeType, lasti: int, values: Dict[str, Any]) -> None:
    for offset, name in _dropped_calls(code):
        if _is_lazy_at(code, offset, name, values) and is_always_run(code, 0 if code.co_name == "<module>" else lasti, offset):
            _report_drop(code, offset, name, values)


def _made_by(code: CodeType, offset: int, name: str, values: Dict[str, Any]) -> Any:
    """The function that was called, where what it was called on is known."""
    given = names_before(code, offset)[0]
    if given[:1] == (name,):
        return values.get(name)
    holder = values.get(given[0]) if given else None
    if given[:2] == ("self", name):
        return getattr(owner_of(code, values), name, None)
    if isinstance(holder, ModuleType):
        return vars(holder).get(name) if given[1:2] == (name,) else None
    # An object that is made only to be asked for this, or one of the module's.
    if isinstance(holder, type):
        return vars(holder).get(name)
    return None if holder is None or given[1:2] != (name,) else vars(type(holder)).get(name)


def _is_lazy_at(code: CodeType, offset: int, name: str, values: Dict[str, Any]) -> bool:
    made = _made_by(code, offset, name, values)
    if name in _LAZY and made is None:
        return name != "starmap" and names_before(code, offset)[0][:1] == (name,)
    return name == "<genexpr>" or _is_lazy(made)


def _is_lazy(made: Any) -> bool:
    is_generator = isinstance(made, FunctionType) and (
        bool(made.__code__.co_flags & (GENERATOR | ASYNC_GENERATOR)) or _returns_lazy(made.__code__)
    )
    return is_generator or _is_starmap_kind(made)


def _returns_lazy(code: CodeType) -> bool:
    """Whether all that a function returns is a `map` or the like that it has just made."""
    returned = _returned(code)
    returns = sum(one.opname.startswith("RETURN_") and one.opname != "RETURN_GENERATOR" for one in instructions_of(code))
    return 0 < len(returned) == returns and all(name in _LAZY or name == "<genexpr>" for name in returned)


def _returned(code: CodeType) -> List[str]:
    """The names of the calls whose values it returns, at once or by a name that is given nothing else and read nowhere else."""
    found = instructions_of(code)
    at_once = [_lazily_made(code, *call) for call in _calls(code, lambda after, _: bool(after.opname == "RETURN_VALUE"))]
    stored = {one.offset: str(one.argval) for one in found if one.opname == "STORE_FAST"}
    kept = {stored[offset]: _lazily_made(code, offset, name) for offset, name in _calls(code, lambda after, _: bool(after.opname == "STORE_FAST"))}
    by_name = [before.argval for before, one in zip(found, found[1:]) if one.opname == "RETURN_VALUE" and before.opname == "LOAD_FAST"]
    read = [one.argval for one in found if one.opname.startswith("LOAD_")]
    return at_once + [kept[name] for name in by_name if name in kept and list(stored.values()).count(name) == 1 == read.count(name)]


def _lazily_made(code: CodeType, offset: int, name: str) -> str:
    """A method that is called `map`, such as a pool’s, is another matter."""
    return name if name == "<genexpr>" or names_before(code, offset)[0][:1] == (name,) else ""


def _leads(made: Any) -> bool:
    return code_leads(made.__code__, made.__globals__) if isinstance(made, FunctionType) else leads(made)


def _report_drop(code: CodeType, offset: int, name: str, values: Dict[str, Any]) -> None:
    """What an instruction throws away, where that would have sent."""
    made = _made_by(code, offset, name, values)
    names, inner = names_before(code, offset)
    owner = owner_of(code, values)
    used = [made, *(values.get(one) or getattr(owner, one, None) for one in names)]
    if any(_leads(one) for one in used) or any(code_leads(one, values) for one in inner):
        is_generator = isinstance(made, FunctionType)
        given = names[names.index(name) + 1 :][:1] if name in names else names[1:2]
        what = "a generator expression" if name == "<genexpr>" else name if is_generator else f"{name}({', '.join(given)}, …)"
        kind = _kind_of(made.__code__) if isinstance(made, FunctionType) else name if name in _LAZY else "a generator"
        _report(what, kind, [place(code, line_of(code, offset))])
