"""pycurl: a transfer is one call into C, so its request is seen from its start to its end only."""
from __future__ import annotations

from typing import Any, Dict

from . import watch
from .blind_spots import report_unseen
from .body_keys import body_key
from .frames import caller_stack
from .native import quiet
from .replies import note_head, target_of
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

        def perform(self) -> Any:
            seen = _begin(self)
            try:
                result = super().perform()
            except module.error as error:
                number = error.args[0] if error.args else 0
                fail_request(seen, _CODES.get(number, f"curl-{number}"), str(error), "error")
                raise
            _end(module, self, seen)
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


_options: "dict[int, Dict[str, Any]]" = {}


@quiet
def _note(module: Any, curl: Any, option: Any, value: Any) -> None:
    options = _options.setdefault(id(curl), {})
    if option == module.URL:
        options["url"] = value.decode() if isinstance(value, bytes) else str(value)
    elif option in (module.POSTFIELDS, module.POST, module.COPYPOSTFIELDS):
        options["method"] = "POST"
    elif option == module.CUSTOMREQUEST:
        options["method"] = str(value)
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
        body=body_key(options.get("method"), url),
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
def _end(module: Any, curl: Any, seen: Request) -> None:
    note_head(seen, curl.getinfo(module.RESPONSE_CODE))
    end_request(seen)
