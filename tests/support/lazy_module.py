"""Libraries that few tests use: collecting all tests, as each worker does, does not import them."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class LazyModule:
    """A module that is imported when something of it is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # pytest looks at every name of a module for `__test__`.
            raise AttributeError(name)
        return getattr(import_module(self._name), name)


def import_lazily(name: str) -> Any:
    """Return a module that is imported at its first use. Untyped: names of it are not checked."""
    return LazyModule(name)
