"""Celery's tasks and kombu's consumers: to which queue a task goes, from which queues the program's workers take, and what they begin."""
from __future__ import annotations

import functools
import os
import re
import sys
from typing import Any, Dict, List, Optional, Set

from .frames import caller_stack, statement_of, user_frame
from .leads import Subject, leads
from .native import quiet
from .record import emit, thread_of
from .seen import next_number, note_sending, thread_key

#: The task that each thread is about to publish.
_publishing: Dict[int, Any] = {}
_reported: Set[Any] = set()
#: Reports of one process.
_LIMIT = 200
#: Tasks of one process of which it is told that they were given to a broker, begun, or waited for.
_LIMIT_OF_TASKS = 500

_given = 0
_begun = 0
_waits = 0


def patch_task(module: Any) -> None:
    task: Any = module.Task
    apply_async = task.apply_async

    @functools.wraps(apply_async)
    def watched_apply(self: Any, *args: Any, **more: Any) -> Any:
        key = thread_key()
        outer, _publishing[key] = _publishing.get(key), self
        try:
            result = apply_async(self, *args, **more)
            _note_given(self, result, more)
            return result
        finally:
            if outer is None:
                _publishing.pop(key, None)
            else:
                _publishing[key] = outer

    task.apply_async = watched_apply


@quiet
def _note_given(task: Any, result: Any, options: Dict[str, Any]) -> None:
    """A broker has it, and until when a worker is to leave it alone."""
    global _given
    if _given >= _LIMIT_OF_TASKS or type(result).__name__ == "EagerResult":
        return
    _given += 1
    emit(
        "task-given",
        id=str(result.id),
        what=str(task.name),
        leads=Subject(task.run).leads(),
        dueMs=_due_in(options),
        eager=_eager_in_vain(task.app),
        inMemory=str(task.app.conf.broker_write_url or task.app.conf.broker_url).startswith("memory"),
        stack=caller_stack(),
        thread=thread_of(),
    )


#: Names by which a program may say that its tasks are to run at once, where they are called; Celery reads them in some places only.
_EAGER = re.compile(r"^(celery_)?(task_)?always_eager$", re.IGNORECASE)


def _eager_in_vain(app: Any) -> Optional[str]:
    """The setting that says so and is not in force."""
    if app.conf.task_always_eager:
        return None
    django = getattr(sys.modules.get("django.conf"), "settings", None)
    for source in (getattr(app, "_config_source", None), getattr(django, "_wrapped", None), app.conf.changes):
        held = source if isinstance(source, dict) else getattr(source, "__dict__", {})
        for name in [one for one in held if _EAGER.match(str(one))]:
            if held[name]:
                return str(name)
    names = [one for one in os.environ if _EAGER.match(one) and os.environ[one].lower() in ("1", "true", "yes", "on")]
    return f"{names[0]} of the environment" if names else None


def _due_in(options: Dict[str, Any]) -> Optional[float]:
    countdown, eta = options.get("countdown"), options.get("eta")
    if countdown:
        return float(countdown) * 1000
    if not hasattr(eta, "timestamp"):
        return None
    clock = sys.modules["time"].time
    return max(0.0, (float(eta.timestamp()) - float(clock())) * 1000)


def patch_trace(module: Any) -> None:
    """A tracer is what a worker runs a task by."""
    build = module.build_tracer

    @functools.wraps(build)
    def watched_build(*args: Any, **more: Any) -> Any:
        trace = build(*args, **more)

        @functools.wraps(trace)
        def watched_trace(uuid: Any, *words: Any, **named: Any) -> Any:
            _note_begun(uuid)
            return trace(uuid, *words, **named)

        return watched_trace

    module.build_tracer = watched_build


@quiet
def _note_begun(uuid: Any) -> None:
    global _begun
    if _begun < _LIMIT_OF_TASKS:
        _begun += 1
        emit("task-begun", id=str(uuid))


def patch_control(module: Any) -> None:
    revoke = module.Control.revoke

    @functools.wraps(revoke)
    def watched_revoke(self: Any, task_id: Any, *args: Any, **more: Any) -> Any:
        _note_revoked(task_id)
        return revoke(self, task_id, *args, **more)

    module.Control.revoke = watched_revoke


@quiet
def _note_revoked(ids: Any) -> None:
    for each in [ids] if isinstance(ids, str) else list(ids)[:50]:
        emit("task-revoked", id=str(each))


def patch_result(module: Any) -> None:
    for kind in (module.AsyncResult, module.ResultSet):
        _patch_get(kind)


def _patch_get(kind: Any) -> None:
    get = kind.get

    @functools.wraps(get)
    def watched_get(self: Any, timeout: Any = None, *args: Any, **more: Any) -> Any:
        number = _note_wait(self) if timeout is None else None
        try:
            return get(self, timeout, *args, **more)
        finally:
            if number is not None:
                emit("task-wait-over", n=number)

    kind.get = watched_get


@quiet
def _note_wait(result: Any) -> Optional[int]:
    global _waits
    frame = user_frame(sys._getframe(1)) if _waits < _LIMIT_OF_TASKS else None
    if frame is None:
        return None
    _waits += 1
    number = next_number()
    task = sys.modules["celery._state"].get_current_worker_task()
    emit(
        "task-wait",
        n=number,
        ids=[str(one.id) for one in getattr(result, "results", None) or [result]][:50],
        inside=None if task is None else str(task.name),
        leads=leads(frame),
        statement=statement_of(frame),
        stack=caller_stack(),
        thread=thread_of(),
    )
    return number


def patch_messaging(module: Any) -> None:
    publish, consume = module.Producer.publish, module.Consumer._basic_consume

    @functools.wraps(publish)
    def watched_publish(self: Any, body: Any, routing_key: Any = None, *args: Any, **more: Any) -> Any:
        result = publish(self, body, routing_key, *args, **more)
        _note_published(routing_key, more.get("declare"))
        return result

    @functools.wraps(consume)
    def watched_consume(self: Any, queue: Any, *args: Any, **more: Any) -> Any:
        tag = consume(self, queue, *args, **more)
        _note_consumed(queue)
        return tag

    module.Producer.publish, module.Consumer._basic_consume = watched_publish, watched_consume


@quiet
def _note_published(routing_key: Any, declared: Any) -> None:
    task = _publishing.get(thread_key())
    if task is None:
        return
    note_sending()
    stack = caller_stack()
    queues: List[str] = [str(queue.name) for queue in declared or ()] or [str(routing_key)]
    key = (*queues, *stack[:1])
    if key in _reported or len(_reported) >= _LIMIT:
        return
    _reported.add(key)
    subject = Subject(task.run)
    emit("task-published", queues=queues, what=str(task.name), leads=subject.leads(), stack=stack, thread=thread_of())


@quiet
def _note_consumed(queue: Any) -> None:
    # Queues for replies and for remote control are no worker's.
    if not getattr(queue, "auto_delete", False) and not getattr(queue, "exclusive", False) and "pidbox" not in str(queue.name):
        emit("queue-consumed", queue=str(queue.name), thread=thread_of())
