"""Where a loop's thread is while it is kept from running."""
from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

#: Places told apart in one standstill.
_PLACES = 50
_NOWHERE: Dict[str, Any] = {"statement": None, "stack": [], "waitsFor": None, "inLock": False}


class Standing:
    """The place at which it was seen most often: what runs last may be what had waited."""

    def __init__(self) -> None:
        self._places: Dict[Tuple[Any, ...], Tuple[int, Dict[str, Any]]] = {}
        #: What the loop had been given when it was first seen like this.
        self.ready: Optional[List[Dict[str, Any]]] = None

    def note(self, place: Dict[str, Any]) -> None:
        key = (place["statement"], *place["stack"][:1])
        times, _ = self._places.get(key, (0, place))
        if times or len(self._places) < _PLACES:
            self._places[key] = (times + 1, place)

    def place(self) -> Dict[str, Any]:
        return max(self._places.values(), key=lambda seen: seen[0], default=(0, _NOWHERE))[1]


def place_of(standing: Optional[Standing]) -> Dict[str, Any]:
    return _NOWHERE if standing is None else standing.place()
