"""Puts every patch in place."""
from __future__ import annotations

import os
import platform
from importlib import import_module
from types import ModuleType
from typing import Dict

from . import seen, threads
from .imports import Patch, patch_on_import
from .record import emit, open_record, reopen

#: Which patch, in which of this package's modules, follows the import of which module.
_PATCHES = {
    "threading": ("threads", "patch_threading"),
    "asyncio.base_events": ("event_loops", "patch_base_events"),
    "asyncio.runners": ("event_loops", "patch_runners"),
    "asyncio.tasks": ("handovers", "patch_tasks"),
    "asyncio.timeouts": ("handovers", "patch_timeouts"),
    "concurrent.futures._base": ("handovers", "patch_futures"),
    "concurrent.futures.thread": ("executors", "patch_thread_executor"),
    "http.client": ("http_client", "patch_http_client"),
    "urllib3.connection": ("http_client", "patch_urllib3"),
    "aiohttp.client": ("aiohttp_client", "patch_client"),
    "aiohttp.client_reqrep": ("aiohttp_client", "patch_response"),
}


def install(directory: str) -> None:
    open_record(directory)
    _announce()
    os.register_at_fork(after_in_child=_after_fork)
    threads.watch_errors()
    threads.watch_exit()
    patch_on_import({name: _late(*place) for name, place in _PATCHES.items()})


def _late(module: str, function: str) -> Patch:
    def patch(target: ModuleType) -> None:
        getattr(import_module(f".{module}", __package__), function)(target)

    return patch


def _announce() -> None:
    emit("process", pid=os.getpid(), ppid=os.getppid(), python=platform.python_version())


def _after_fork() -> None:
    """What the parent has open is the parent's."""
    open_items: Dict[str, Dict[int, object]] = vars(seen)
    for name in ("requests", "handovers", "jobs", "all_loops"):
        open_items[name].clear()
    reopen()
    _announce()
