"""Celery's tasks and kombu's consumers: to which queue a task goes, and from which queues the program's workers take."""
from __future__ import annotations

import functools
from typing import Any, Dict, List, Set

from .frames import caller_stack
from .leads import Subject
from .native import quiet
from .record import emit, thread_of
from .seen import note_sending, thread_key

#: The task that each thread is about to publish.
_publishing: Dict[int, Any] = {}
_reported: Set[Any] = set()
#: Reports of one process.
_LIMIT = 200


def patch_task(module: Any) -> None:
    task: Any = module.Task
    apply_async = task.apply_async

    @functools.wraps(apply_async)
    def watched_apply(self: Any, *args: Any, **more: Any) -> Any:
        key = thread_key()
        outer, _publishing[key] = _publishing.get(key), self
        try:
            return apply_async(self, *args, **more)
        finally:
            if outer is None:
                _publishing.pop(key, None)
            else:
                _publishing[key] = outer

    task.apply_async = watched_apply


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
