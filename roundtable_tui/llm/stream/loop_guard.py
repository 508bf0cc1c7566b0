"""Detects answers that do not end: endless repetition, or excessive length.

Small models fall into loops and then generate until the token limit of the server, which may be none.
"""

from __future__ import annotations

_CHECK_INTERVAL_CHARS = 1024
_WINDOW_CHARS = 24_000
_MAX_PERIOD_CHARS = 2000
_MIN_LOOP_CHARS = 4000
_MIN_REPETITIONS = 10
_MIN_PLAIN_LOOP_CHARS = 1500
_MIN_PASSAGE_CHARS = 150
_MIN_PASSAGE_REPETITIONS = 6
_MIN_PHRASE_REPETITIONS = 20
_MIN_LINE_REPETITIONS = 120
"""A hundred equal lines may have been asked for."""
_MIN_LINES_LOOP_CHARS = 3000
_MIN_DIGITS_LOOP_CHARS = 3000
"""A decimal of many digits may have been asked for."""
_PROBE_CHARS = 24
_MAX_CANDIDATES = 16


class LoopGuard:
    """Watches one stream of text; `add` returns a reason to stop it, or "".

    A loop is a passage that is repeated at least ten times and over at least the last 4000 characters; 1500
    are enough where it can hardly have been asked for: a whole paragraph six times, a phrase of one line
    twenty times, or a line 120 times; and 3000 are enough for other lines and for digits. The end of the text
    is checked once per 1024 characters, so the cost per character is bounded.
    """

    def __init__(self, max_chars: int) -> None:
        self.max_chars = max_chars
        self.chars = 0
        self._recent: list[str] = []
        self._unchecked = 0

    def add(self, text: str) -> str:
        """Add the next piece; return a reason to stop, or ""."""
        self.chars += len(text)
        self._unchecked += len(text)
        self._recent.append(text)
        if self.chars > self.max_chars:
            return f"it is longer than {self.max_chars:,} characters"
        if self._unchecked < _CHECK_INTERVAL_CHARS:
            return ""
        self._unchecked = 0
        tail = "".join(self._recent)[-_WINDOW_CHARS:]
        self._recent = [tail]
        period = repetition_period(tail)
        return f"it repeats the same {period} characters over and over" if period else ""


def repetition_period(text: str) -> int:
    """Return the length in characters of the passage that the end of `text` repeats, or 0."""
    probe = text[-_PROBE_CHARS:]
    end = len(text) - 1
    for _ in range(_MAX_CANDIDATES):
        before = text.rfind(probe, max(0, len(text) - _PROBE_CHARS - _MAX_PERIOD_CHARS), end)
        if before < 0:
            return 0
        period = len(text) - _PROBE_CHARS - before
        span = _required_span(text[-period:])
        if span <= len(text) and text[-span:-period] == text[-(span - period) :]:
            return period
        # The passage may contain its own last words twice: look further back.
        end = before + _PROBE_CHARS - 1
    return 0


def _required_span(passage: str) -> int:
    """Return the characters over which `passage` must be repeated to be a loop."""
    passage = passage[: (passage * 2).find(passage, 1)]  # It may itself be a shorter one, several times.
    period = len(passage)
    if period >= _MIN_PASSAGE_CHARS and " " in passage:
        return max(_MIN_PLAIN_LOOP_CHARS, _MIN_PASSAGE_REPETITIONS * period)
    if "\n" not in passage and any(map(str.isalpha, passage)):
        return max(_MIN_PLAIN_LOOP_CHARS, _MIN_PHRASE_REPETITIONS * period)
    most = max(_MIN_LOOP_CHARS, _MIN_REPETITIONS * period)
    if any(map(str.isalpha, passage)):
        lines = max(_MIN_LINES_LOOP_CHARS, _MIN_PHRASE_REPETITIONS * period)
        return min(most, max(_MIN_PLAIN_LOOP_CHARS, min(_MIN_LINE_REPETITIONS * period, lines)))
    return min(most, _MIN_DIGITS_LOOP_CHARS) if passage.isdigit() else most
