"""Runs a patch when its module is first imported, so that a program that never needs it never pays for it."""
from __future__ import annotations

import importlib.util
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Callable, Dict, Optional, Sequence, Set

Patch = Callable[[ModuleType], None]


class _Finder(MetaPathFinder):
    def __init__(self, patches: Dict[str, Patch]) -> None:
        self._patches = patches
        self._searching: Set[str] = set()

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[ModuleSpec]:
        patch = self._patches.get(fullname)
        if patch is None or fullname in self._searching:
            return None
        self._searching.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._searching.discard(fullname)
        if spec is not None and spec.loader is not None:
            _patch_after_load(spec.loader, patch)
        return spec


def _patch_after_load(loader: Any, patch: Patch) -> None:
    load = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        load(module)
        safely(patch, module)

    loader.exec_module = exec_module


def safely(patch: Patch, module: ModuleType) -> None:
    """A library that looks different than expected is not watched; the program goes on."""
    try:
        patch(module)
    except Exception as error:
        sys.stderr.write(f"timer-notify: {module.__name__} is not watched: {error!r}\n")


def patch_on_import(patches: Dict[str, Patch]) -> None:
    for name, patch in patches.items():
        loaded = sys.modules.get(name)
        if loaded is not None:
            safely(patch, loaded)
    sys.meta_path.insert(0, _Finder({name: patch for name, patch in patches.items() if name not in sys.modules}))
