"""Django's ways to a notification that a transaction or a bulk statement passes by: on_commit() callbacks and signals of models."""
from __future__ import annotations

import functools
import sys
from typing import Any, Dict, List

from .frames import caller_stack, is_users
from .leads import Subject
from .native import quiet
from .receivers import connected_to
from .record import emit, thread_of

_KEPT = 500
#: Reports of one process.
_LIMIT = 50

#: Where callbacks were registered, by their ids: a transaction keeps each until it runs or drops it.
_made: Dict[int, List[str]] = {}
#: Of each connection: what a rolled back savepoint took along, while the transaction around it is open.
_dropped: Dict[int, List[Dict[str, Any]]] = {}
_reports = 0


def patch_connection(module: Any) -> None:
    wrapper: Any = module.BaseDatabaseWrapper
    on_commit, to_savepoint = wrapper.on_commit, wrapper.savepoint_rollback
    rollback, run_hooks = wrapper.rollback, wrapper.run_and_clear_commit_hooks

    @functools.wraps(on_commit)
    def watched_on_commit(self: Any, func: Any, *args: Any, **more: Any) -> None:
        _note_made(self, func)
        on_commit(self, func, *args, **more)

    @functools.wraps(to_savepoint)
    def watched_savepoint_rollback(self: Any, sid: Any) -> None:
        before = list(self.run_on_commit)
        to_savepoint(self, sid)
        _note_dropped(self, before)

    @functools.wraps(rollback)
    def watched_rollback(self: Any) -> None:
        # What belongs to it has not happened either.
        _dropped.pop(id(self), None)
        rollback(self)

    @functools.wraps(run_hooks)
    def watched_run_hooks(self: Any) -> None:
        _report(_dropped.pop(id(self), []))
        run_hooks(self)

    wrapper.on_commit, wrapper.savepoint_rollback = watched_on_commit, watched_savepoint_rollback
    wrapper.rollback, wrapper.run_and_clear_commit_hooks = watched_rollback, watched_run_hooks


@quiet
def _note_made(connection: Any, callback: Any) -> None:
    if len(_made) > _KEPT:
        _made.clear()
    _made[id(callback)] = caller_stack()
    # It is registered once more: the code tries again.
    name = Subject(callback).name
    for one in _dropped.get(id(connection), [])[:]:
        if one["what"] == name and one["made"][:1] == _made[id(callback)][:1]:
            _dropped[id(connection)].remove(one)


@quiet
def _note_dropped(connection: Any, before: List[Any]) -> None:
    kept = {id(entry[1]) for entry in connection.run_on_commit}
    for entry in before:
        subject = None if id(entry[1]) in kept else Subject(entry[1])
        if subject is not None and subject.leads():
            lost = {"what": subject.name, "made": _made.get(id(entry[1]), []), "stack": caller_stack()}
            _dropped.setdefault(id(connection), []).append(lost)


@quiet
def _report(dropped: List[Dict[str, Any]]) -> None:
    for one in dropped:
        _emit("commit-dropped", **one)


def _emit(how: str, **fields: Any) -> None:
    global _reports
    _reports += 1
    if _reports <= _LIMIT:
        emit("not-reached", how=how, thread=thread_of(), **fields)


def patch_query(module: Any) -> None:
    bulk_create = module.QuerySet.bulk_create

    @functools.wraps(bulk_create)
    def watched_bulk_create(self: Any, objs: Any, *args: Any, **more: Any) -> Any:
        created = bulk_create(self, objs, *args, **more)
        if created:
            _note_bulk(self.model, sys._getframe(1))
        return created

    module.QuerySet.bulk_create = watched_bulk_create


@quiet
def _note_bulk(model: Any, frame: Any) -> None:
    # A manager stands between.
    while frame is not None and frame.f_code.co_filename.endswith("django/db/models/manager.py"):
        frame = frame.f_back
    if frame is None or not is_users(frame.f_code.co_filename):
        return
    signals = sys.modules.get("django.db.models.signals")
    for receiver in connected_to(getattr(signals, "post_save", None), model):
        if receiver.subject.leads():
            _emit("signal-skipped", what=receiver.subject.name, made=receiver.stack, stack=caller_stack())
