"""Ends a batch or a bench whose first runs all fail in the same way."""

from __future__ import annotations

import re

from roundtable_tui.errors import NoAnswerError
from roundtable_tui.utils.interface import by_interface

MAX_SAME_FAILURES = 20
_NUMBERS = re.compile(r"\d+")


class FailureGuard:
    """Counts the first runs until one succeeds."""

    def __init__(self) -> None:
        self._failures: list[tuple[str, str]] = []
        self._has_success = False

    def count(self, error: str, *, server: str = "", group: str = "") -> None:
        """Count a finished run.

        Args:
            error: its error; "" for a run with an answer.
            server: the name of its server: the same error of two servers is alike.
            group: what it belongs to, such as an arm: each mode has its own words for the same reason.

        Raises:
            NoAnswerError: the first runs all failed in the same way.
        """
        self._has_success = self._has_success or not error
        if self._has_success:
            return
        kind = _NUMBERS.sub("0", error.replace(server, "") if server else error)
        self._failures.append((group, kind))
        groups = {group for group, _ in self._failures}
        if len(self._failures) >= MAX_SAME_FAILURES and len(set(self._failures)) == len(groups):
            what = f"the first {len(self._failures)} runs all failed: {error}"
            hint = by_interface(
                command_line="Correct this, and start again with --retry-errors.",
                python="Correct this, and start again with retry_errors.",
                app="Correct this, and start again.",
            )
            raise NoAnswerError(what, hint=hint)
