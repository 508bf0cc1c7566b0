"""Helpers without a domain: text, files, paths, redaction, processes."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # As in `typing`, whose import is a tenth of the time of `--help`.
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def import_when_used(package: str, names: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a package that imports its names when they are first used.

    Args:
        package: the full name of the package.
        names: for each module of the package, the names that it defines.
    """
    modules = {name: module for module, own in names.items() for name in own}

    def get_attribute(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(f"{package}.{modules[name]}"), name)
        setattr(sys.modules[package], name, found)
        return found

    return get_attribute
