"""Regular expressions that are compiled when they are first used.

Compiling those of one module can take longer than all other imports of a command, most of which never use
them. After the first use, a lazy pattern is as fast as any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any, cast


class LazyPattern:
    """Stands for a regular expression; its methods and attributes are those of `re.Pattern`."""

    def __init__(self, pattern: str, flags: int, expand: Callable[[str], str] | None = None) -> None:
        self._source = pattern, flags
        self._expand = expand

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled pattern, for functions of `re` and type checks."""
        pattern, flags = self._source
        return re.compile(self._expand(pattern) if self._expand else pattern, flags)

    def __getattr__(self, name: str) -> Any:
        """Compile the pattern; keep the method, so that it is found at once from then on."""
        found = getattr(self.compiled, name)
        setattr(self, name, found)
        return found


def lazy_compile(pattern: str, flags: int = 0, expand: Callable[[str], str] | None = None) -> re.Pattern[str]:
    """Return what `re.compile` returns, to be compiled at its first use; `expand` prepares the pattern."""
    return cast("re.Pattern[str]", LazyPattern(pattern, flags, expand))
