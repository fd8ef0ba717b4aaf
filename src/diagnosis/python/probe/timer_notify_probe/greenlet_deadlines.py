"""Greenlets that were killed before they had sent: not ready in time, or in the midst of their work."""
from __future__ import annotations

import functools
import sys
import weakref
from types import CodeType, FrameType
from typing import Any, Iterable, List, NamedTuple, Optional, Sequence

from .certainty import sends
from .except_clauses import CAN_READ
from .frames import is_users, local, outwards, place, stack_of, statement_of, user_frame
from .hub_timers import is_due, not_begun, spawned_at, was_spawned_for_now
from .leads import Subject
from .native import quiet
from .record import emit, now_ms, thread_of
from .seen import next_number, thread_requests
from .still_to_run import names_at, still_to_run

#: Calls that wait for somebody to say something: what comes after may never have been to come.
_WAITS = {"get", "join", "joinall", "wait", "read", "recv", "accept", "next", "switch"}
#: Calls that wait for greenlets, whatever they are called on.
_WAITS_FOR_GREENLETS = {"join", "joinall", "waitall"}
_LIMIT = 50


#: Where it is not known for which greenlets was waited, those that are killed so soon after were among them, in ms.
_SHORTLY = 500.0


class _Deadline(NamedTuple):
    seconds: float
    over_at: float
    #: Where it was waited.
    at: List[str]
    code: Optional[CodeType]
    #: What was waited for, and the function that it runs, where one greenlet was.
    waited: "Optional[weakref.ref[Any]]"
    function: Optional[CodeType]


#: Greenlets that were waited for in vain.
_late: "weakref.WeakKeyDictionary[Any, _Deadline]" = weakref.WeakKeyDictionary()
#: By the greenlet that waited for others: its last wait that ran out.
_ran_out: "weakref.WeakKeyDictionary[Any, _Deadline]" = weakref.WeakKeyDictionary()
#: Those that have been told of.
_told: "weakref.WeakSet[Any]" = weakref.WeakSet()


def patch_gevent(module: Any) -> None:
    kill_all = module.killall
    for name in ("joinall", "wait"):
        setattr(module, name, _watched_wait(getattr(module, name)))

    @functools.wraps(kill_all)
    def watched_kill_all(greenlets: Any, *args: Any, **more: Any) -> Any:
        if isinstance(greenlets, (list, tuple, set)):
            _note_killed(greenlets)
        return kill_all(greenlets, *args, **more)

    kill = module.kill

    @functools.wraps(kill)
    def watched_kill(greenlet: Any, *args: Any, **more: Any) -> Any:
        if not args and not more:
            _note_killed([greenlet])
        return kill(greenlet, *args, **more)

    module.killall, module.kill = watched_kill_all, watched_kill
    # The class itself can't be changed where it is compiled; its module's function is what kills.
    for one in ("gevent._gevent_cgreenlet", "gevent.greenlet"):
        own = sys.modules.get(one)
        if own is not None and hasattr(own, "_kill"):
            _patch_kill(own)


def _watched_wait(wait: Any) -> Any:
    @functools.wraps(wait)
    def watched_wait(*args: Any, **more: Any) -> Any:
        objects = args[0] if args else more.get("greenlets", more.get("objects"))
        # What can be gone through only once is gevent's to go through.
        known = objects if isinstance(objects, (list, tuple, set)) else ()
        done = wait(*args, **more)
        _note_late(known, args[1] if len(args) > 1 else more.get("timeout"))
        return done

    return watched_wait


def _patch_kill(module: Any) -> None:
    kill = module._kill

    @functools.wraps(kill)
    def watched_kill(glet: Any, exception: Any, waiter: Any) -> None:
        # With an error of its own it is told something, and may act upon it.
        if exception is sys.modules["greenlet"].GreenletExit:
            _note_kill(glet, getattr(waiter, "greenlet", None))
        kill(glet, exception, waiter)

    module._kill = watched_kill


def patch_gevent_timeout(module: Any) -> None:
    timeout: Any = module.Timeout
    expire = timeout._on_expiration

    @functools.wraps(expire)
    def watched_expire(self: Any, prev_greenlet: Any, ex: Any) -> Any:
        _note_ran_out(prev_greenlet, self.seconds, prev_greenlet.gr_frame)
        return expire(self, prev_greenlet, ex)

    timeout._on_expiration = watched_expire


def patch_eventlet_timeout(module: Any) -> None:
    timeout: Any = module.Timeout
    leave = timeout.__exit__

    @functools.wraps(leave)
    def watched_leave(self: Any, kind: Any, error: Any, trace: Any) -> Any:
        if error is self and trace is not None:
            _note_ran_out(sys.modules["greenlet"].getcurrent(), self.seconds, trace.tb_frame, trace.tb_lasti)
        return leave(self, kind, error, trace)

    timeout.__exit__ = watched_leave


def patch_eventlet_kill(module: Any) -> None:
    kill = module.kill

    @functools.wraps(kill)
    def watched_kill(g: Any, *throw_args: Any) -> Any:
        if not throw_args:
            _note_eventlet_kill(g, sys._getframe(1))
        return kill(g, *throw_args)

    module.kill = watched_kill


def patch_group(module: Any) -> None:
    group: Any = module.Group
    join, kill = group.join, group.kill

    @functools.wraps(join)
    def watched_join(self: Any, timeout: Any = None, *args: Any, **more: Any) -> Any:
        done = join(self, timeout, *args, **more)
        _note_late(self.greenlets, timeout)
        return done

    @functools.wraps(kill)
    def watched_kill(self: Any, *args: Any, **more: Any) -> Any:
        _note_killed(self.greenlets)
        return kill(self, *args, **more)

    group.join, group.kill = watched_join, watched_kill


@quiet
def _note_late(greenlets: Iterable[Any], timeout: Optional[float]) -> None:
    if not isinstance(timeout, (int, float)):
        return
    deadline = _deadline(float(timeout), user_frame(sys._getframe(2)))
    for one in list(greenlets)[:_LIMIT]:
        if getattr(one, "dead", True) is False:
            _late[one] = deadline


@quiet
def _note_ran_out(waiter: Any, seconds: Any, frame: Any, lasti: Optional[int] = None) -> None:
    own = user_frame(frame)
    if own is None or not CAN_READ or not isinstance(seconds, (int, float)):
        return
    names = names_at(own.f_code, own.f_lasti if lasti is None or own is not frame else lasti)
    waited = _greenlet_in(names, own)
    if waited is not None or _WAITS_FOR_GREENLETS & set(names):
        _ran_out[waiter] = _deadline(float(seconds), own, waited)


def _greenlet_in(names: Sequence[str], frame: FrameType) -> Any:
    """The greenlet whose end is waited for; None where it can't be told, or where it is something else."""
    first, *rest = names or ("",)
    value = local(frame, first)
    value = frame.f_globals.get(first) if value is None else value
    for name in rest:
        if hasattr(value, "gr_frame"):
            return value
        value = getattr(value, "__dict__", {}).get(name)
    return None


def _deadline(seconds: float, frame: Optional[FrameType], waited: Any = None) -> _Deadline:
    at = [] if frame is None else [place(frame.f_code, frame.f_lineno)]
    reference = None if waited is None else weakref.ref(waited)
    return _Deadline(seconds, now_ms(), at, None if frame is None else frame.f_code, reference, _function_of(waited))


def _function_of(greenlet: Any) -> Optional[CodeType]:
    own = [one for one in outwards(getattr(greenlet, "gr_frame", None)) if is_users(one.f_code.co_filename)]
    return own[-1].f_code if own else None


@quiet
def _note_killed(greenlets: Iterable[Any]) -> None:
    killer = sys.modules["greenlet"].getcurrent()
    for one in list(greenlets)[:_LIMIT]:
        _note(one, killer, user_frame(sys._getframe(2)))


@quiet
def _note_kill(greenlet: Any, killer: Any) -> None:
    _note(greenlet, killer, user_frame(getattr(killer, "gr_frame", None)))


@quiet
def _note_eventlet_kill(greenlet: Any, caller: FrameType) -> None:
    # `cancel()` is for what is no longer wanted.
    if greenlet.dead or (caller.f_code.co_name == "cancel" and not is_users(caller.f_code.co_filename)):
        return
    if greenlet.gr_frame is None:
        if is_due(greenlet):
            _note_unbegun(greenlet, not_begun(greenlet), user_frame(caller))
    else:
        _note(greenlet, sys.modules["greenlet"].getcurrent(), user_frame(caller))


def _note(greenlet: Any, killer: Any, at: Optional[FrameType]) -> None:
    if greenlet.dead or greenlet.gr_frame is None or not _goes_on_to_send(greenlet):
        return
    deadline = _late.pop(greenlet, None)
    if deadline is None:
        waits = list(_ran_out.values()) if killer is None or at is None else [_ran_out.get(killer)]
        deadline = next((one for one in waits if one is not None and _is_for(one, greenlet, at)), None)
    own = [one for one in outwards(greenlet.gr_frame) if is_users(one.f_code.co_filename)]
    # Who does nothing but wait for his time has been taken back, as a timer is.
    if deadline is None and len(own) == 1 and "sleep" in names_at(own[0].f_code, own[0].f_lasti):
        return
    _emit(greenlet, own[-1].f_code.co_name, deadline, at)


def _is_for(deadline: _Deadline, greenlet: Any, at: Optional[FrameType]) -> bool:
    """Whether a greenlet was killed because that wait had run out: it, or one of several that do the same."""
    if at is not None and at.f_code is not deadline.code:
        return False
    if deadline.waited is not None:
        return deadline.waited() is greenlet or deadline.function is _function_of(greenlet)
    return now_ms() - deadline.over_at < _SHORTLY


def report_unbegun() -> None:
    """At the end: of gevent, what was killed before it had begun keeps only that as its value."""
    for one, function in was_spawned_for_now():
        value = one.value if one.dead else None
        if isinstance(value, sys.modules["greenlet"].GreenletExit) and value.__traceback__ is None:
            _note_unbegun(one, function, None)


def _note_unbegun(greenlet: Any, function: Any, at: Optional[FrameType]) -> None:
    subject = None if function is None else Subject(function)
    if subject is not None and subject.leads():
        _emit(greenlet, subject.name, None, at)


def _emit(greenlet: Any, what: str, deadline: Optional[_Deadline], at: Optional[FrameType]) -> None:
    if greenlet in _told or len(_told) >= _LIMIT or thread_requests.get(id(greenlet), 0) > 0:
        return
    _told.add(greenlet)
    frame = greenlet.gr_frame
    emit(
        "task-cancelled",
        n=next_number(),
        how="killed" if deadline is None else "deadline",
        what=what,
        made=spawned_at(greenlet),
        ageMs=0,
        by="" if deadline is None else f"a wait of {deadline.seconds * 1000:.0f} ms, after which it was killed",
        at=([] if at is None else [place(at.f_code, at.f_lineno)]) if deadline is None else deadline.at,
        statement=statement_of(frame),
        stack=stack_of(frame),
        thread=thread_of(),
    )


def _goes_on_to_send(greenlet: Any) -> bool:
    own = [one for one in outwards(greenlet.gr_frame) if is_users(one.f_code.co_filename)]
    if not CAN_READ or not own or _WAITS & set(names_at(own[0].f_code, own[0].f_lasti)):
        return False
    # A round of its own is none that it had in hand.
    rests = [(one, still_to_run(one.f_code, one.f_lasti)) for one in own]
    return not any(rest.comes_round for _, rest in rests) and any(_sends(one, rest) for one, rest in rests)


def _sends(frame: Any, rest: Any) -> bool:
    return sends(frame.f_code, rest.ahead, frame)
