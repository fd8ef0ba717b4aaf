"""Callbacks given to tornado's loop: it only calls them, so a generator's function that is no coroutine begins nothing."""
from __future__ import annotations

import functools
from typing import Any

from . import lazy


def patch_loop(module: Any) -> None:
    loop: Any = module.BaseAsyncIOLoop
    call_at, add_callback = loop.call_at, loop.add_callback

    @functools.wraps(call_at)
    def watched_call_at(self: Any, when: Any, callback: Any, *args: Any, **more: Any) -> Any:
        lazy.note_callback(callback)
        return call_at(self, when, callback, *args, **more)

    @functools.wraps(add_callback)
    def watched_add_callback(self: Any, callback: Any, *args: Any, **more: Any) -> Any:
        lazy.note_callback(callback)
        return add_callback(self, callback, *args, **more)

    loop.call_at, loop.add_callback = watched_call_at, watched_add_callback


def patch_periodic(module: Any) -> None:
    init = module.PeriodicCallback.__init__

    @functools.wraps(init)
    def watched_init(self: Any, callback: Any, *args: Any, **more: Any) -> None:
        lazy.note_callback(callback)
        init(self, callback, *args, **more)

    module.PeriodicCallback.__init__ = watched_init
