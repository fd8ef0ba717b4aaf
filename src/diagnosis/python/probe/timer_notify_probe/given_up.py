"""Requests that a deadline around them gave up, and who took that."""
from __future__ import annotations

import re
from types import FrameType
from typing import Optional

from .event_loops import ending_loops
from .except_clauses import Clause, clauses_at
from .frames import is_users, outwards, place
from .handler_code import original_of
from .native import quiet
from .record import emit, now_ms, thread_of
from .seen import Deadline, Request, current_deadline, fail_request
from .still_to_run import handlers_around

#: What a program says of something that it wanted to go well.
_REGRETS = re.compile(
    r"error|exception|critical|fatal|warn|fail|lost|lose|unable|can ?not|can.t|could ?n.t|not (be )?(sent|deliver|post|reach|answer)"
    r"|undeliver|no (answer|reply|response)|gave up|giv(e|ing) up|drop|stderr|timed? ?out|retry|again",
    re.IGNORECASE,
)


@quiet
def cancelled(seen: Optional[Request]) -> None:
    """Its task was: by the end of its loop, by a deadline around it, or by the program."""
    if seen is None:
        return
    if seen.loop is not None and seen.loop.number in ending_loops:
        fail_request(seen, "cancelled", "asyncio.run cancelled what was left on its loop", "loop-end")
        return
    deadline = current_deadline.get()
    if deadline is not None and now_ms() - deadline.set_at >= deadline.ms - 1:
        deadline.gave_up.append(seen.number)
        fail_request(seen, "timed-out", f"{deadline.what} gave it up after {deadline.ms:g} ms", "deadline")
        return
    fail_request(seen, "cancelled", "the program cancelled it", "program")


@quiet
def note_taken(deadline: Deadline, error: BaseException, frame: Optional[FrameType]) -> None:
    """A deadline is about to say that it has passed: whether an `except` for just that goes on without what was asked."""
    if not deadline.gave_up:
        return
    for one in outwards(frame):
        code = original_of(one.f_code)
        for target in handlers_around(code, one.f_lasti) if is_users(code.co_filename) else ():
            clause = next((each for each in clauses_at(code, target) if each.takes(error, one) is not False), None)
            if clause is None:
                continue
            if clause.takes(error, one) and _goes_on_without(clause):
                for number in deadline.gave_up:
                    emit("given-up", r=number, ms=deadline.ms, at=place(code, clause.line), thread=thread_of())
            return


def _goes_on_without(clause: Clause) -> bool:
    """Who takes any error, says nothing, or says that something went wrong, may not have meant it."""
    only_says = clause.only_words and clause.speaks and not (clause.raises or clause.hands_on or clause.returns or clause.replaces)
    return only_says and not clause.may_be_broad and _REGRETS.search(clause.words) is None
