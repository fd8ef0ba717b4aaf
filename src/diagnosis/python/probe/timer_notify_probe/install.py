"""Puts every patch in place."""
from __future__ import annotations

import atexit
import functools
import os
import platform
import sys
from importlib import import_module
from types import ModuleType
from typing import Any, Dict

from . import (
    anyio_groups,
    at_stake,
    blind_spots,
    cancellations,
    child_pipes,
    children,
    clocks,
    event_loops,
    executors,
    exit_handlers,
    greenlet_deadlines,
    greenlets,
    handovers,
    hub_timers,
    lazy,
    look,
    native,
    passed_over,
    process_locks,
    process_queues,
    processes,
    queues,
    receivers,
    schedulers,
    seen,
    signals,
    swallowed,
    task_queues,
    tasks,
    thread_limiters,
    threads,
    tracebacks,
    unstarted,
    watch,
)
from .frames import caller_stack
from .imports import Patch, patch_on_import
from .record import at_end, emit, open_record, reopen


def _both(one: Patch, other: Patch) -> Patch:
    def patch(module: ModuleType) -> None:
        one(module)
        other(module)

    return patch


#: Which patch follows the import of which module.
_PATCHES: Dict[str, Patch] = {
    "traceback": tracebacks.patch_traceback,
    "threading": threads.patch_threading,
    "signal": signals.patch_signal,
    "django.dispatch.dispatcher": receivers.patch_signals,
    "blinker.base": receivers.patch_signals,
    "logging": swallowed.patch_logging,
    "logging.handlers": _both(queues.patch_logging_handlers, exit_handlers.patch_log_buffers),
    "contextlib": swallowed.patch_contextlib,
    "gevent.timeout": _both(swallowed.patch_gevent_timeout, greenlet_deadlines.patch_gevent_timeout),
    "eventlet.timeout": _both(swallowed.patch_eventlet_timeout, greenlet_deadlines.patch_eventlet_timeout),
    "eventlet.greenthread": greenlet_deadlines.patch_eventlet_kill,
    "queue": queues.patch_queue,
    "selectors": event_loops.patch_selectors,
    "asyncio.base_events": event_loops.patch_base_events,
    "asyncio.base_subprocess": child_pipes.patch_base_subprocess,
    "asyncio.runners": _both(event_loops.patch_runners, handovers.patch_run),
    "asyncio.tasks": _both(handovers.patch_tasks, cancellations.patch_tasks),
    "asyncio.taskgroups": cancellations.patch_task_groups,
    "asyncio.timeouts": handovers.patch_timeouts,
    "anyio._backends._asyncio": _both(_both(cancellations.patch_anyio, anyio_groups.patch_task_groups), thread_limiters.patch_backend),
    "asyncio.queues": queues.patch_asyncio_queue,
    "uvloop": event_loops.patch_uvloop,
    "concurrent.futures._base": handovers.patch_futures,
    "concurrent.futures.thread": executors.patch_thread_executor,
    "concurrent.futures.process": executors.patch_process_executor,
    "multiprocessing.popen_fork": processes.patch_launch,
    "multiprocessing.pool": processes.patch_pool,
    "multiprocessing.queues": process_queues.patch_queues,
    "celery.app.task": task_queues.patch_task,
    "celery.app.control": task_queues.patch_control,
    "celery.app.trace": task_queues.patch_trace,
    "celery.result": task_queues.patch_result,
    "kombu.messaging": task_queues.patch_messaging,
    "apscheduler.schedulers.base": schedulers.patch_apscheduler,
    "sched": schedulers.patch_sched,
    "schedule": schedulers.patch_schedule,
    "asyncio.streams": blind_spots.patch_streams,
    "socket": blind_spots.patch_socket,
    "subprocess": _both(blind_spots.patch_subprocess, children.patch_popen),
    "multiprocessing.process": children.patch_process,
    "multiprocessing.synchronize": process_locks.patch_synchronize,
    "unittest.mock": clocks.patch_mock,
    "gevent": _both(hub_timers.patch_gevent, greenlet_deadlines.patch_gevent),
    "gevent.pool": greenlet_deadlines.patch_group,
    "gevent.hub": greenlets.patch_gevent_hub,
    "eventlet.hubs.hub": greenlets.patch_eventlet_hub,
    **{name: blind_spots.note_import for name in blind_spots.NOT_FOLLOWED},
}

#: Patches of clients: their module of this package is loaded with the client, never at the program's end.
_CLIENTS = {
    "http.client": ("http_client", "patch_http_client"),
    "eventlet.green.http.client": ("http_client", "patch_http_client"),
    "urllib3.response": ("http_client", "patch_urllib3_response"),
    "urllib3.connection": ("http_client", "patch_urllib3"),
    "urllib3.connectionpool": ("urllib3_pool", "patch_pool"),
    "requests.sessions": ("client_calls", "patch_requests"),
    "httpx._client": ("client_calls", "patch_httpx"),
    "aiohttp.client": ("aiohttp_client", "patch_client"),
    "aiohttp.client_reqrep": ("aiohttp_client", "patch_response"),
    "httpcore._async.connection_pool": ("httpcore_client", "patch_async_pool"),
    "httpcore._sync.connection_pool": ("httpcore_client", "patch_sync_pool"),
    "tornado.httpclient": ("tornado_client", "patch_client"),
    "tornado.platform.asyncio": ("tornado_loop", "patch_loop"),
    "tornado.ioloop": ("tornado_loop", "patch_periodic"),
    "tornado.simple_httpclient": ("tornado_client", "patch_simple_client"),
    "django.db.backends.base.base": ("database_hooks", "patch_connection"),
    "django.db.models.query": ("database_hooks", "patch_query"),
    "starlette.responses": ("cut_streams", "patch_responses"),
    "starlette.background": ("background_tasks", "patch_background"),
    "pycurl": ("curl_client", "patch_curl"),
    "httpx._transports.mock": ("mocks", "patch_mock_transport"),
    "respx.router": ("mocks", "patch_respx"),
    "responses": ("mocks", "patch_responses"),
    "requests_mock.adapter": ("mocks", "patch_requests_mock"),
}


def install(directory: str) -> None:
    open_record(directory)
    watch.look, watch.note_silence = look.look, look.note_silence
    watch.on_start.append(look.begin)
    _announce()
    os.register_at_fork(before=processes.before_fork, after_in_child=_after_fork)
    threads.watch_errors()
    tracebacks.watch_unraisable(threads.report_unraisable)
    tasks.watch_unawaited()
    signals.watch_kill()
    passed_over.watch_handlers()
    _watch_exit()
    patch_on_import({**_PATCHES, **{name: _of_client(*place) for name, place in _CLIENTS.items()}})


def _of_client(module: str, function: str) -> Patch:
    def patch(target: ModuleType) -> None:
        getattr(import_module(f".{module}", __package__), function)(target)
        # Whatever the program does from now on may be on the way to a request when a signal ends it.
        watch.start()
        at_stake.look({native.get_ident(): sys._getframe(1)})

    return patch


def _announce() -> None:
    emit("process", python=platform.python_version(), argv=[str(word)[:200] for word in getattr(sys, "orig_argv", sys.argv)[:6]])


def _watch_exit() -> None:
    leave_now = os._exit

    @functools.wraps(leave_now)
    def watched_leave(status: int) -> None:
        process_queues.end_on_the_spot()
        exit_handlers.report_skipped()
        at_stake.report_exit(caller_stack())
        _report_end("os._exit")
        leave_now(status)

    leaving: Any = watched_leave
    os._exit = leaving
    # Registered first, so it runs after the program's own exit handlers.
    atexit.register(_report_end, "end")
    exit_handlers.watch_register(atexit)


def _report_end(how: str) -> None:
    for report in (event_loops.report_stopped, tasks.report_unretrieved, queues.report_left, threads.report_daemons, unstarted.report_unstarted, greenlets.report_left, greenlet_deadlines.report_unbegun, lazy.report_left, process_queues.report_unsent, schedulers.report_due, schedulers.report_not_run, *at_end):
        report()
    look.report(how, caller_stack() if how == "os._exit" else [])


def _after_fork() -> None:
    """What the parent has open is the parent's."""
    native.become_main()
    for items in (seen.requests, seen.handovers, seen.all_loops, seen.thread_requests, executors.jobs):
        items.clear()
    watch.forget()
    process_queues.forget()
    exit_handlers.after_fork()
    look.forget()
    process_locks.forget()
    reopen()
    _announce()
    processes.report_fork()
