"""Ends a batch or a bench whose first runs all fail in the same way."""

from __future__ import annotations

import re

from roundtable_tui.errors import NoAnswerError

MAX_SAME_FAILURES = 20
_NUMBERS = re.compile(r"\d+")


class FailureGuard:
    """Counts the first runs until one succeeds."""

    def __init__(self) -> None:
        self._failures: list[str] = []
        self._has_success = False

    def count(self, error: str, *, server: str = "") -> None:
        """Count a finished run.

        Args:
            error: its error; "" for a run with an answer.
            server: the name of its server: the same error of two servers is alike.

        Raises:
            NoAnswerError: the first runs all failed in the same way.
        """
        self._has_success = self._has_success or not error
        if self._has_success:
            return
        self._failures.append(_NUMBERS.sub("0", error.replace(server, "") if server else error))
        if len(self._failures) >= MAX_SAME_FAILURES and len(set(self._failures)) == 1:
            what = f"the first {len(self._failures)} runs all failed: {error}"
            raise NoAnswerError(what, hint="Correct this, and start again with --retry-errors.")
