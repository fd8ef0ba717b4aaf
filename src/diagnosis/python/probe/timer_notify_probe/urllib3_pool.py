"""urllib3's pool of connections: with `block=True` a request waits there, before http.client hears of it."""
from __future__ import annotations

import functools
from typing import Any, Optional

from . import watch
from .body_keys import body_key
from .frames import caller_stack
from .http_client import called_for
from .native import quiet
from .seen import Request, current_loop, fail_request, forget_request, move_request, start_request


def patch_pool(module: Any) -> None:
    pool: Any = module.HTTPConnectionPool
    get = pool._get_conn

    @functools.wraps(get)
    def watched_get(self: Any, timeout: Optional[float] = None) -> Any:
        seen = _queue(self, timeout)
        if seen is None:
            return get(self, timeout)
        try:
            connection = get(self, timeout)
        except BaseException as error:
            fail_request(seen, "timed-out", str(error), "error")
            raise
        forget_request(seen)
        return connection

    pool._get_conn = watched_get


@quiet
def _queue(pool: Any, timeout: Optional[float]) -> Optional[Request]:
    if not pool.block or pool.pool is None or pool.pool.qsize() > 0:
        return None
    method, url = called_for()
    watch.start()
    request = start_request(
        "urllib3",
        method,
        f"{pool.scheme}://{pool.host}:{pool.port}",
        url.partition("?")[0],
        current_loop(),
        body=body_key(method, url),
        stack=caller_stack(),
        timeoutMs=None if timeout is None else timeout * 1000,
        deadlineMs=None,
        owner=None,
        polling=False,
        inherited=False,
    )
    move_request(request, "queued")
    return request
