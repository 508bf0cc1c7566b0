"""The lines of files as they were when a round first read them: the same for all its seats."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict

from roundtable_tui.tools.files.roots import FileRoots, FileToolError, FoundFile

_MAX_ROUNDS = 2
_MAX_CHARS = 64_000_000
"""Characters kept of one round; further files are read again for each call."""
_SEPARATORS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters and separators that could pass for the beginning of another line."""


class RoundSnapshots:
    """Lines of files, or why they cannot be read, by round."""

    def __init__(self, roots: FileRoots) -> None:
        self._roots = roots
        self._rounds: OrderedDict[str, dict[str, list[str] | FileToolError]] = OrderedDict()
        self._chars: dict[str, int] = {}
        self._lock = threading.Lock()

    def read_lines(self, found: FoundFile, round_key: str) -> list[str]:
        """Return the lines of a file in this round. Raises FileToolError."""
        with self._lock:  # Calls run in threads: the first one decides what the others see.
            return self._read_lines(found, round_key)

    def _read_lines(self, found: FoundFile, round_key: str) -> list[str]:
        known = self._rounds.setdefault(round_key, {})
        while len(self._rounds) > _MAX_ROUNDS:
            oldest, _ = self._rounds.popitem(last=False)
            self._chars.pop(oldest, None)
        if (lines := known.get(found.name)) is None:
            try:
                lines = [_SEPARATORS.sub(" ", line) for line in self._roots.read_lines(found)]
            except FileToolError as error:
                lines = error
            else:
                size = self._chars.get(round_key, 0) + sum(map(len, lines))
                if size > _MAX_CHARS:
                    return lines
                self._chars[round_key] = size
            known[found.name] = lines
        if isinstance(lines, FileToolError):
            raise lines
        return lines
