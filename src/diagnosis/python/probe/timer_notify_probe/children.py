"""Waits for child processes: watched from their beginning on, as the program may have no other thread."""
from __future__ import annotations

import functools
from importlib import import_module
from typing import Any

from . import at_stake, watch
from .started import note_started


def patch_popen(module: Any) -> None:
    init, wait = module.Popen.__init__, module.Popen.wait

    @functools.wraps(init)
    def watched_init(self: Any, *args: Any, **more: Any) -> None:
        init(self, *args, **more)
        note_started(self, args[0] if args else more.get("args"), more.get("cwd"))
        if self.stdout is not None or self.stderr is not None:
            watch.start()

    @functools.wraps(wait)
    def watched_wait(self: Any, timeout: Any = None) -> Any:
        watch.start()
        return wait(self, timeout)

    module.Popen.__init__, module.Popen.wait = watched_init, watched_wait
    _load_pipes()


def patch_process(module: Any) -> None:
    join, bootstrap = module.BaseProcess.join, module.BaseProcess._bootstrap

    @functools.wraps(join)
    def watched_join(self: Any, timeout: Any = None) -> None:
        watch.start()
        join(self, timeout)

    @functools.wraps(bootstrap)
    def watched_bootstrap(self: Any, *args: Any, **more: Any) -> Any:
        at_stake.note_begun(getattr(self, "_target", None) or type(self).run)
        return bootstrap(self, *args, **more)

    module.BaseProcess.join, module.BaseProcess._bootstrap = watched_join, watched_bootstrap
    _load_pipes()


def _load_pipes() -> None:
    """Now, and not at the program's end, where nothing can be imported any more; not every system has it."""
    try:
        import_module(".pipes", __package__)
    except ImportError:
        pass
