"""What an `except` clause does with an error that it takes, read off its code. From Python 3.11 on."""
from __future__ import annotations

import dis
import re
import sys
from functools import lru_cache
from types import CodeType, FrameType, ModuleType
from typing import Any, FrozenSet, List, Optional, Set, Tuple

from .frames import is_users
from .leads import is_client_kind
from .periodic import backward_jumps

Instructions = Tuple[Any, ...]

#: Before 3.11 the interpreter keeps no table of handlers.
CAN_READ = sys.version_info >= (3, 11)

#: Flags of code, as the module `inspect` names them.
GENERATOR, COROUTINE, ASYNC_GENERATOR = 0x20, 0x80, 0x200

#: Names by which an error is put into words.
IN_WORDS = re.compile(
    r"^(print|str|repr|format|type|__name__|self|cls|sys|stderr|stdout|write|flush|traceback|print_exc|format_exc"
    r"|_?(\w+_)?(log|logger|logging)(_\w+)?|getLogger|get_logger|debug|info|warning|warn|error|exception|critical|file|exc_info|sleep|time|asyncio|exit|_exit|os)$",
    re.IGNORECASE,
)
#: Names of calls that keep what was to be sent, or hand it or the error on.
HANDS_ON = re.compile(
    r"^(append|appendleft|add|put|put_nowait|push|lpush|rpush|save|insert|retry|requeue|nack|reject|schedule|defer|set"
    r"|set_exception|set_result|abort|stop|kill|notify|enter|call_later|call_soon|submit|start|emit)$"
)
#: What a client's error is called, as far as its name tells.
_OF_CLIENT = re.compile(r"^(aiohttp|httpx|requests|urllib3|slack_sdk)$|(Request|HTTP|Http|Client|Transport|Connect|Connection|URL|SlackApi)(Error|Exception)$")
#: Errors that say that something is not as the code takes it to be, by name.
_MISTAKES = {
    "ArithmeticError", "AttributeError", "IndexError", "KeyError", "LookupError", "NameError", "TypeError", "UnboundLocalError",
    "UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError", "ValueError", "ZeroDivisionError",
}  # fmt: skip
#: The code of a clause that puts the interpreter's state back, and of the name of its error.
_LOADS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_ATTR", "LOAD_FAST", "LOAD_DEREF")


class Clause:
    """One `except`, and what stands in it."""

    def __init__(self, kinds: Optional[List[Any]], line: int, tried: int, body: List[Any], spoken: FrozenSet[int]) -> None:
        """`spoken`: the offsets of what is only given to calls that put it into words."""
        self._kinds = kinds
        self.line = line
        name = body[0].argval if body and body[0].opname.startswith("STORE_") else None
        used = [str(one.argval) for one in body if _loads(one)]
        #: Where the clause's own error is used; a method may have the same name.
        held = {name: {one.offset for one in body if _loads(one) and one.argval == name and one.opname not in ("LOAD_ATTR", "LOAD_METHOD")}}
        held = {one: places for one, places in held.items() if places}
        others = [str(one.argval) for one in body if _loads(one) and one.argval != name and one.offset not in spoken]
        in_words = all(IN_WORDS.match(one) for one in others)
        keeps = any(one.opname in ("STORE_ATTR", "STORE_SUBSCR") for one in body)
        self.raises = any(one.opname == "RAISE_VARARGS" for one in body)
        returns = _returns_value(body)
        self.speaks = any(one.opname.startswith("CALL") for one in body)
        #: What it says, and by what.
        self.words = " ".join([*used, *(one.argval for one in body if one.opname == "LOAD_CONST" and isinstance(one.argval, str))])
        #: Whether the error or what was to be sent goes on to somebody.
        self.hands_on = any(HANDS_ON.match(one) for one in others) or (
            name in held and (keeps or returns or (not in_words and bool(held[name] - spoken)))
        )
        #: Whether it gives what comes after another value to go on with.
        self.replaces = any(one.opname.startswith("STORE_") and one.argval != name for one in body)
        self.returns = returns
        #: Whether nothing but words comes of it, apart from what it returns.
        self.only_words = in_words and not keeps
        #: Whether nobody can tell.
        self.is_silent = self.only_words and not returns
        #: Whether what comes after the `try` is left out as well: it returns, or goes on to the loop's next turn.
        self.leaves = any(one.opname.startswith("RETURN_") or ("JUMP_BACKWARD" in one.opname and one.argval <= tried) for one in body)

    @property
    def may_be_broad(self) -> bool:
        """Whether it may take any error, or one of a client's beside others: what is not sent is its matter either way."""
        if self._kinds is None or any(str(one.argval) in ("Exception", "BaseException") for one in self._kinds):
            return True
        return len(self._kinds) > 1 and any(_OF_CLIENT.search(str(one.argval)) for one in self._kinds)

    @property
    def may_pass_over(self) -> bool:
        """Whether it may take what keeps a request from being sent, and hands it on to nobody."""
        return not self.raises and not self.hands_on and (self.may_be_broad or self.names_mistakes)

    @property
    def names_mistakes(self) -> bool:
        """Whether it names one of those errors, and does nothing at all about it."""
        is_mute = self.only_words and not self.speaks and not self.replaces
        return is_mute and any(str(one.argval) in _MISTAKES for one in self._kinds or ())

    def takes(self, error: BaseException, frame: FrameType) -> Optional[bool]:
        """None where it can't be told."""
        kinds = self.kinds(frame)
        return None if kinds is None else isinstance(error, kinds)

    def kinds(self, frame: FrameType) -> Optional[Tuple[type, ...]]:
        if self._kinds is None:
            return (BaseException,)
        found: List[Any] = []
        for one in self._kinds:
            if one.opname == "LOAD_ATTR":
                found[-1:] = [_attribute(found[-1], one.argval)]
            elif one.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                found.append(frame.f_globals.get(one.argval, frame.f_builtins.get(one.argval)))
            elif one.opname != "BUILD_TUPLE":
                return None
        flat = tuple(kind for one in found for kind in (one if isinstance(one, tuple) else (one,)))
        return flat if all(isinstance(kind, type) for kind in flat) else None


def _loads(instruction: Any) -> bool:
    return bool(instruction.opname.startswith("LOAD_") and instruction.opname not in ("LOAD_CONST", "LOAD_SMALL_INT"))


def _attribute(owner: Any, name: str) -> Any:
    return vars(owner).get(name) if isinstance(owner, (ModuleType, type)) else None


def _returns_value(body: List[Any]) -> bool:
    for before, one in zip([None, *body], body):
        if one.opname == "RETURN_CONST" and one.argval is not None:
            return True
        if one.opname == "RETURN_VALUE" and not _is_none(before):
            return True
    return False


def _is_none(instruction: Any) -> bool:
    return instruction is not None and instruction.opname == "LOAD_CONST" and instruction.argval is None


def returns_nothing(code: CodeType) -> bool:
    """Whether a function gives its caller no word of how it went."""
    return not _returns_value(list(instructions_of(code)))


@lru_cache(maxsize=256)
def instructions_of(code: CodeType) -> Instructions:
    return tuple(one for one in dis.get_instructions(code) if one.opname not in ("EXTENDED_ARG", "CACHE", "NOT_TAKEN", "NOP"))


@lru_cache(maxsize=256)
def entries_of(code: CodeType) -> Tuple[Any, ...]:
    parse: Any = getattr(dis, "_parse_exception_table", None)
    return () if parse is None else tuple(parse(code))


@lru_cache(maxsize=512)
def clauses_at(code: CodeType, target: int) -> Tuple[Clause, ...]:
    """The clauses of the `try` whose handlers begin at an offset; none where that is a `finally` or the end of a `with`."""
    all_of_it = [one for one in instructions_of(code) if one.offset >= target]
    if not all_of_it or all_of_it[0].opname != "PUSH_EXC_INFO":
        return ()
    tried, spoken = begin_of_try(code, target), spoken_in(code)
    found: List[Clause] = []
    rest = all_of_it[1:]
    returned = _returned_at_last(rest)
    if returned:
        return (Clause(None, line_of(code, rest[0].offset), tried, returned, spoken),)
    while rest:
        if rest[0].opname == "POP_TOP":
            found.append(Clause(None, line_of(code, rest[0].offset), tried, _until_reraise(rest[1:]), spoken))
            break
        count = next((at for at, one in enumerate(rest) if not _is_of_kinds(one)), len(rest))
        if count + 1 >= len(rest) or rest[count].opname != "CHECK_EXC_MATCH" or "JUMP" not in rest[count + 1].opname:
            break
        end = rest[count + 1].argval
        body = [one for one in rest[count + 2 :] if one.offset < end]
        found.append(Clause(rest[:count], line_of(code, rest[0].offset), tried, body, spoken))
        rest = [one for one in rest if one.offset >= end]
    return tuple(found)


def _returned_at_last(rest: List[Any]) -> List[Any]:
    """What a `finally` runs whose `return` drops the error; none where it may go on."""
    for at, one in enumerate(rest):
        if one.opname.startswith("RETURN_"):
            return [] if rest[0].opname == "POP_TOP" else rest[: at + 1]
        if "JUMP" in one.opname or one.opname in ("RERAISE", "CHECK_EXC_MATCH", "WITH_EXCEPT_START", "CHECK_EG_MATCH"):
            break
    return []


@lru_cache(maxsize=256)
def spoken_in(code: CodeType) -> FrozenSet[int]:
    """What is given to `print`, to a logger, or to something like them: nothing comes of it but words."""
    positions: Any = getattr(code, "co_positions", None)
    places = [] if positions is None else list(positions())
    found: Set[int] = set()
    instructions = instructions_of(code)
    for call in instructions:
        around = places[call.offset // 2] if places and call.opname.startswith("CALL") else (None,)
        if None in around:
            continue
        inside = [one for one in instructions if one.offset < call.offset and is_within(places[one.offset // 2], around)]
        callee = [one for one in inside if _loads(one) and places[one.offset // 2][0::2] == around[0::2]]
        others = [one for one in inside if _loads(one) and one not in callee]
        if callee and all(IN_WORDS.match(str(one.argval)) for one in callee) and not any(one.opname.startswith("CALL") for one in inside):
            found.update(one.offset for one in others)
    return frozenset(found)


def is_within(one: Any, other: Any) -> bool:
    """Of (line, last line, column, last column)."""
    if None in one:
        return False
    return bool((other[0], other[2]) <= (one[0], one[2]) and (one[1], one[3]) <= (other[1], other[3]))


def _is_of_kinds(instruction: Any) -> bool:
    return instruction.opname in (*_LOADS, "BUILD_TUPLE") or instruction.opname.startswith("LOAD_FAST")


def _until_reraise(rest: List[Any]) -> List[Any]:
    end = next((at for at, one in enumerate(rest) if one.opname == "RERAISE"), len(rest))
    return rest[:end]


def line_of(code: CodeType, offset: int) -> int:
    lines = (line for start, end, line in code.co_lines() if start <= offset < end)
    return next(lines, None) or code.co_firstlineno


def may_pass_over(code: CodeType, target: int) -> bool:
    """Whether one of its clauses takes any error, and hands it on to nobody."""
    return any(one.may_pass_over for one in clauses_at(code, target))


def taker(code: CodeType, target: int, error: BaseException, frame: FrameType) -> Optional[Clause]:
    """The clause that takes an error, where it would take any, or passes over a mistake."""
    for clause in clauses_at(code, target):
        takes = clause.takes(error, frame)
        if takes is None:
            return None
        if takes:
            return clause if is_broad(clause.kinds(frame) or ()) or passes_over_mistake(clause, error) else None
    return None


def passes_over_mistake(clause: Clause, error: BaseException) -> bool:
    return clause.names_mistakes and is_mistake(error)


def is_mistake(error: BaseException) -> bool:
    """Whether it is one of those errors and came up in code of the user's; whoever raises one means it."""
    link = error.__traceback__
    if type(error).__module__ != "builtins" or type(error).__name__ not in _MISTAKES or link is None:
        return False
    while link.tb_next is not None:
        link = link.tb_next
    code = link.tb_frame.f_code
    raised = (one for one in instructions_of(code) if one.offset == link.tb_lasti and one.opname == "RAISE_VARARGS")
    return is_users(code.co_filename) and next(raised, None) is None


def is_broad(kinds: Tuple[type, ...]) -> bool:
    """Whether whoever takes these takes whatever keeps a request from being sent."""
    return Exception in kinds or BaseException in kinds or any(is_client_kind(kind) for kind in kinds)


def begin_of_try(code: CodeType, target: int) -> int:
    return min((one.start for one in entries_of(code) if one.target == target), default=target)


def end_of_try(code: CodeType, target: int) -> int:
    return max((one.end for one in entries_of(code) if one.target == target and one.start < target), default=target)


def is_in_try(code: CodeType, target: int, lasti: int) -> bool:
    return begin_of_try(code, target) <= lasti < end_of_try(code, target)


@lru_cache(maxsize=512)
def is_tried_once(code: CodeType, target: int) -> bool:
    """Whether the `try` stands in no loop, or in one that ends only with what it goes through: no turn does again what another was for."""
    tried = begin_of_try(code, target)
    around = [(at, to) for at, to in backward_jumps(code) if to <= tried <= at]
    if not around:
        return True
    begin = max(to for _, to in around)
    ends = [at for at, to in around if to == begin]
    # From Python 3.12 on handlers stand behind everything else, and whatever an `async with` in the loop ends with among them.
    behind = target if sys.version_info < (3, 12) else min(one.target for one in entries_of(code))
    end = max([at for at in ends if at < behind] or ends)
    tried_names = stored_between(code, tried, end_of_try(code, target))
    inside = [one for one in instructions_of(code) if begin <= one.offset <= end]
    if any("JUMP_BACKWARD" in one.opname and one.argval == begin and _tested_by(code, one) & tried_names for one in inside):
        # It comes round until the `try` has gone well.
        return False
    return not any(_leaves(one, _test_before(code, begin), end) for one in inside)


def _tested_by(code: CodeType, jump: Any) -> Set[str]:
    """The names in what decides on a jump."""
    positions: Any = getattr(code, "co_positions", None)
    before = [one for one in instructions_of(code) if one.offset < jump.offset]
    # From Python 3.12 on the one that asks goes past one that only jumps.
    if "_IF_" not in jump.opname and before and "_IF_" in before[-1].opname:
        before.pop()
    elif "_IF_" not in jump.opname:
        return set()
    if positions is None or not before:
        return set()
    places = list(positions())
    here = places[before[-1].offset // 2]
    return {str(one.argval) for one in before if _loads(one) and is_within(places[one.offset // 2], here)}


def stored_between(code: CodeType, begin: int, end: int) -> Set[str]:
    return {str(one.argval) for one in instructions_of(code) if begin <= one.offset < end and one.opname.startswith("STORE_")}


def _test_before(code: CodeType, begin: int) -> int:
    """Where the test of a `while` begins that is asked before its first turn: `continue` goes there."""
    to = max((to for _, to in backward_jumps(code) if to < begin), default=begin)
    between = [one for one in instructions_of(code) if to <= one.offset < begin]
    is_test = bool(between) and "_IF_" in between[-1].opname and between[-1].argval > begin
    return to if is_test and not any(one.opname.startswith("STORE_") or one.opname == "FOR_ITER" for one in between) else begin


def _leaves(instruction: Any, begin: int, end: int) -> bool:
    if instruction.opname.startswith("RETURN_") and "GENERATOR" not in instruction.opname:
        return True
    is_jump = "JUMP" in instruction.opname and isinstance(instruction.argval, int)
    return is_jump and not begin <= instruction.argval <= end
