"""Greenlets that were not ready in time and then killed, before they had sent."""
from __future__ import annotations

import functools
import sys
import weakref
from typing import Any, Iterable, List, Optional, Tuple

from .certainty import sends
from .except_clauses import CAN_READ
from .frames import is_users, outwards, place, stack_of, statement_of, user_frame
from .hub_timers import spawned_at
from .native import quiet
from .record import emit, thread_of
from .seen import next_number, thread_requests
from .still_to_run import names_at, still_to_run

#: Calls that wait for somebody to say something: what comes after may never have been to come.
_WAITS = {"get", "join", "joinall", "wait", "read", "recv", "accept", "next", "switch"}
_LIMIT = 50

#: Greenlets that were waited for in vain: for how long, in seconds, and where.
_late: "weakref.WeakKeyDictionary[Any, Tuple[float, List[str]]]" = weakref.WeakKeyDictionary()
_reports = 0


def patch_gevent(module: Any) -> None:
    join_all, kill_all = module.joinall, module.killall

    @functools.wraps(join_all)
    def watched_join_all(greenlets: Any, timeout: Any = None, *args: Any, **more: Any) -> Any:
        # What can be gone through only once is gevent's to go through.
        known = greenlets if isinstance(greenlets, (list, tuple, set)) else ()
        done = join_all(greenlets, timeout, *args, **more)
        _note_late(known, timeout)
        return done

    @functools.wraps(kill_all)
    def watched_kill_all(greenlets: Any, *args: Any, **more: Any) -> Any:
        if isinstance(greenlets, (list, tuple, set)):
            _note_killed(greenlets)
        return kill_all(greenlets, *args, **more)

    module.joinall, module.killall = watched_join_all, watched_kill_all


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
    own = user_frame(sys._getframe(2))
    for one in list(greenlets)[:_LIMIT]:
        if not one.dead:
            _late[one] = (float(timeout), [] if own is None else [place(own.f_code, own.f_lineno)])


@quiet
def _note_killed(greenlets: Iterable[Any]) -> None:
    global _reports
    for one in list(greenlets)[:_LIMIT]:
        known = _late.pop(one, None)
        if known is None or one.dead or thread_requests.get(id(one), 0) > 0 or not _goes_on_to_send(one) or _reports >= _LIMIT:
            continue
        _reports += 1
        seconds, at = known
        frame = one.gr_frame
        emit(
            "task-cancelled",
            n=next_number(),
            how="deadline",
            what=[each for each in outwards(frame) if is_users(each.f_code.co_filename)][-1].f_code.co_name,
            made=spawned_at(one),
            ageMs=0,
            by=f"a wait of {seconds * 1000:.0f} ms, after which it was killed",
            at=at,
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
