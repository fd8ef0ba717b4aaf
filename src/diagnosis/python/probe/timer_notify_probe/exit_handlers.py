"""What atexit was to send: `os._exit()`, with which multiprocessing's children end, calls no handler."""
from __future__ import annotations

import functools
import sys
import weakref
from typing import Any, Dict, Iterator, List, Sized, Tuple

from .frames import caller_stack, is_users
from .leads import Subject, content_of, leads
from .native import quiet
from .record import emit, thread_of

_KEPT = 50


class _Handler:
    def __init__(self, function: Any) -> None:
        self._function = function
        self.stack: List[str] = caller_stack()
        #: How much the containers that it uses held when this process began, or it was registered.
        self.held = _sizes(self.function)

    @property
    def function(self) -> Any:
        return self._function

    @property
    def sender(self) -> Any:
        """What sends for it, where it hands on what it holds."""
        return self.function

    @property
    def is_left_out(self) -> bool:
        """Whether even an orderly end would not call it."""
        return False


class _LogBuffer(_Handler):
    """Records that a handler keeps for another one; `logging.shutdown`, an exit handler, has it send them."""

    def __init__(self, handler: Any) -> None:
        self._handler: "weakref.ref[Any]" = weakref.ref(handler)
        super().__init__(None)

    @property
    def function(self) -> Any:
        return getattr(self._handler(), "flush", None)

    @property
    def sender(self) -> Any:
        target = getattr(self._handler(), "target", None)
        return self.function if target is None else target.emit

    @property
    def is_left_out(self) -> bool:
        return not getattr(self._handler(), "flushOnClose", True)


_handlers: List[_Handler] = []


def watch_register(module: Any) -> None:
    register, unregister = module.register, module.unregister

    @functools.wraps(register)
    def watched_register(function: Any, *args: Any, **more: Any) -> Any:
        result = register(function, *args, **more)
        _note(function)
        return result

    @functools.wraps(unregister)
    def watched_unregister(function: Any) -> None:
        unregister(function)
        _handlers[:] = [one for one in _handlers if one.function != function]

    module.register, module.unregister = watched_register, watched_unregister


@quiet
def _note(function: Any) -> None:
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is not None and is_users(code.co_filename) and len(_handlers) < _KEPT:
        _handlers.append(_Handler(function))


def patch_log_buffers(module: Any) -> None:
    init = module.BufferingHandler.__init__

    @functools.wraps(init)
    def watched_init(self: Any, *args: Any, **more: Any) -> None:
        init(self, *args, **more)
        _note_buffer(self)

    module.BufferingHandler.__init__ = watched_init


@quiet
def _note_buffer(handler: Any) -> None:
    if len(_handlers) < _KEPT:
        _handlers.append(_LogBuffer(handler))


@quiet
def after_fork() -> None:
    """What the parent had gathered is the parent's to send."""
    for handler in _handlers:
        handler.held = _sizes(handler.function)


@quiet
def report_skipped() -> None:
    for handler in _handlers:
        more = _added(handler)
        if more and not handler.is_left_out and leads(handler.sender):
            emit(
                "exit-handler-skipped",
                what=Subject(handler.function).name,
                holds=more,
                made=handler.stack,
                stack=caller_stack(),
                thread=thread_of(),
            )


def handlers_to_send() -> Iterator[Tuple[_Handler, List[str]]]:
    """Those that lead to a request, with what they hold more of; multiprocessing's children never come to theirs."""
    module = (sys.modules or {}).get("multiprocessing.process")
    if module is None or getattr(module, "_parent_process", None) is None:
        for handler in list(_handlers):
            if not handler.is_left_out and leads(handler.sender):
                yield handler, _added(handler)


def _added(handler: _Handler) -> List[str]:
    return [
        f"{name} ({size - handler.held.get(name, 0)} more)"
        for name, size in _sizes(handler.function).items()
        if size > handler.held.get(name, 0)
    ]


def _sizes(function: Any) -> Dict[str, int]:
    return {} if function is None else {name: len(value) for name, value in containers_of(function)}


def containers_of(function: Any) -> Iterator[Tuple[str, Sized]]:
    """Containers that a function reads: of its module, of its closure, of its object."""
    plain = getattr(function, "__func__", function)
    code = plain.__code__
    cells = dict(zip(code.co_freevars, (content_of(cell) for cell in plain.__closure__ or ())))
    for name in (*code.co_names, *code.co_freevars):
        value = cells.get(name, plain.__globals__.get(name))
        if is_container(value):
            yield name, value
    owner = vars(getattr(function, "__self__", None)) if hasattr(getattr(function, "__self__", None), "__dict__") else {}
    for name in code.co_names:
        if is_container(owner.get(name)):
            yield f"self.{name}", owner[name]


def is_container(value: Any) -> bool:
    return isinstance(value, (list, dict, set)) or type(value).__name__ == "deque"
