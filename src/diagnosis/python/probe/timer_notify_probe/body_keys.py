"""Which requests say the same: what a body holds, whatever object holds it this time."""
from __future__ import annotations

import re
import weakref
import zlib
from itertools import islice
from types import AsyncGeneratorType, GeneratorType
from typing import Any, Iterator

#: Of a body, and of its parts, in bytes; and how many parts are looked at.
_LIMIT = 65536
_PIECES = 2000
_DEPTH = 12
#: A multipart body begins with its boundary, which is another one with each try.
_BOUNDARY = re.compile(rb"--([^\r\n]{6,70})\r\n")
#: Of files in memory.
_contents: "weakref.WeakKeyDictionary[Any, int]" = weakref.WeakKeyDictionary()
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def body_key(*parts: Any) -> str:
    """Tells two requests to one path apart without keeping what they say."""
    key = size = 0
    try:
        for piece in islice(_said(parts, _DEPTH), _PIECES):
            key = zlib.crc32(piece, key)
            size += len(piece)
            if size >= _LIMIT:
                break
    except Exception:
        # An object of the program's that does not say what it is: what was said before has to do.
        pass
    return format(key, "x")


def payload_key(*parts: Any) -> str:
    """The same of what a request says, whomever it says it to; nothing where it says nothing, or that isn't known."""
    return body_key(*parts) if any(one is not None for one in parts) else ""


def _said(value: Any, depth: int) -> Iterator[bytes]:
    if isinstance(value, (bytes, bytearray, memoryview)):
        yield _without_boundary(bytes(value[:_LIMIT]))
    elif isinstance(value, str):
        yield _without_boundary(value[:_LIMIT].encode("utf-8", "replace"))
    elif isinstance(value, dict):
        yield b"{%d" % len(value)
        for name, one in list(islice(value.items(), _PIECES)):
            yield repr(name).encode("utf-8", "replace")
            yield from _said(one, depth)
    elif isinstance(value, (list, tuple)):
        # Of a long one only the beginning is looked at.
        yield b"(%d" % len(value)
        for one in value if depth > 0 else ():
            yield from _said(one, depth - 1)
        yield b")"
    elif isinstance(value, (GeneratorType, AsyncGeneratorType)):
        # What it was called with; it is not gone through.
        frame = getattr(value, "gi_frame", None) or getattr(value, "ag_frame", None)
        yield value.__qualname__.encode("utf-8", "replace")
        if frame is not None:
            yield from _said({name: one for name, one in frame.f_locals.items() if isinstance(one, (str, bytes, int))}, depth)
    else:
        yield from _said_by_object(value, depth)


def _said_by_object(value: Any, depth: int) -> Iterator[bytes]:
    kind = type(value)
    yield kind.__name__.encode()
    held = getattr(value, "__dict__", {})
    if kind.__module__ in ("_io", "io"):
        yield from _said(_content(value), depth)
    elif kind.__module__.startswith("aiohttp.") and depth > 0:
        # A form, a multipart writer, or a part of one: the object is another one with each try.
        yield from _said([held.get(name) for name in ("_fields", "_parts", "_value")], depth - 1)
    elif hasattr(value, "items") and kind.__module__.startswith("multidict"):
        yield from _said(list(value.items()), depth)
    else:
        yield _ADDRESS.sub("", repr(value)[:_LIMIT]).encode("utf-8", "replace")


def _content(file: Any) -> Any:
    """Of a file in memory what is in it, also when it has been sent and closed; of another one its name."""
    text = getattr(file, "getvalue", None)
    if text is None:
        return getattr(file, "name", None)
    if not file.closed:
        _contents[file] = zlib.crc32(repr(text()[:_LIMIT]).encode("utf-8", "replace"))
    return str(_contents.get(file, 0))


def _without_boundary(said: bytes) -> bytes:
    found = _BOUNDARY.match(said)
    return said if found is None else said.replace(found.group(1), b"")
