"""pycurl: a transfer is one call into C, so its request is seen from its start to its end only."""
from __future__ import annotations

import weakref
from io import BytesIO
from typing import Any, Dict, Optional

from . import watch
from .blind_spots import report_unseen
from .body_keys import body_key
from .frames import caller_stack
from .native import quiet
from .responses import LIMIT, note_head, note_refusal, target_of
from .seen import Request, current_loop, end_request, fail_request, move_request, start_request

#: libcurl's own numbers.
_CODES = {
    5: "dns-not-found",
    6: "dns-not-found",
    7: "refused",
    28: "timed-out",
    35: "tls-untrusted",
    52: "reset",
    55: "reset",
    56: "reset",
    60: "tls-untrusted",
}


def patch_curl(module: Any) -> None:
    curl: Any = module.Curl

    class Curl(curl):  # type: ignore[misc]
        def setopt(self, option: Any, value: Any) -> Any:
            result = super().setopt(option, value)
            _note(module, self, option, value)
            return result

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            # Another one may have had the number before.
            _options.pop(id(self), None)

        def reset(self) -> Any:
            _options.pop(id(self), None)
            return super().reset()

        def close(self) -> Any:
            _options.pop(id(self), None)
            return super().close()

        def perform(self) -> Any:
            seen, kept = _begin(self), _kept_before(self)
            try:
                result = super().perform()
            except module.error as error:
                _fail(seen, error)
                raise
            _end(module, self, seen, kept)
            return result

    Curl.__module__, Curl.__qualname__ = curl.__module__, curl.__qualname__
    module.Curl = Curl
    multi: Any = module.CurlMulti

    class CurlMulti(multi):  # type: ignore[misc]
        def add_handle(self, handle: Any) -> Any:
            report_unseen("pycurl’s CurlMulti", "pycurl", caller_stack())
            return super().add_handle(handle)

    CurlMulti.__module__, CurlMulti.__qualname__ = multi.__module__, multi.__qualname__
    module.CurlMulti = CurlMulti


#: What a handle has been set to, by its number: close() fails for one that has a weak reference.
_options: "dict[int, Dict[str, Any]]" = {}


@quiet
def _note(module: Any, curl: Any, option: Any, value: Any) -> None:
    options = _options.setdefault(id(curl), {})
    if option == module.URL:
        options["url"] = value.decode() if isinstance(value, bytes) else str(value)
    elif option in (module.POSTFIELDS, module.POST, module.COPYPOSTFIELDS):
        options["method"] = "POST"
        options["body"] = body_key(value)
    elif option == module.CUSTOMREQUEST:
        options["method"] = str(value)
    elif option in (module.WRITEDATA, module.WRITEFUNCTION):
        # What keeps the response, or a method of it.
        keeper = getattr(value, "__self__", value)
        options["response"] = weakref.ref(keeper) if type(keeper) is BytesIO else None
    elif option == module.TIMEOUT:
        options["timeout"] = value * 1000
    elif option == module.TIMEOUT_MS:
        options["timeout"] = value


@quiet
def _begin(curl: Any) -> Request:
    options = _options.get(id(curl), {})
    url = str(options.get("url", ""))
    origin, path, polling = target_of(url if "://" in url else f"http://{url}")
    watch.start()
    seen = start_request(
        "pycurl",
        str(options.get("method", "GET")),
        origin,
        path,
        current_loop(),
        body=body_key(options.get("method"), url, options.get("body")),
        stack=caller_stack(),
        timeoutMs=options.get("timeout") or None,
        deadlineMs=None,
        owner=None,
        polling=polling,
        inherited=False,
    )
    move_request(seen, "sent")
    return seen


@quiet
def _end(module: Any, curl: Any, seen: Request, kept: Optional[int]) -> None:
    note_head(seen, curl.getinfo(module.RESPONSE_CODE))
    response, at = _response_of(curl), kept or 0
    if response is not None:
        note_refusal(seen, response.getvalue()[at : at + LIMIT + 1])
    end_request(seen)


@quiet
def _fail(seen: Request, error: BaseException) -> None:
    number = error.args[0] if error.args else 0
    fail_request(seen, _CODES.get(number, f"curl-{number}"), str(error), "error")


def _response_of(curl: Any) -> Optional[BytesIO]:
    kept = _options.get(id(curl), {}).get("response")
    return None if kept is None else kept()


@quiet
def _kept_before(curl: Any) -> int:
    """In bytes: what holds the response may hold others already."""
    response = _response_of(curl)
    return 0 if response is None else response.tell()
