"""Replaces the marker line of a seat's answer by a heading, in streamed or whole text."""

from __future__ import annotations

from roundtable_tui.answers.marker import MARKER_LINE, TRUNCATED_MARKER_LINE

HEADING = "\n### Answer\n"
_MAX_MARKER_CHARS = 64


class AnswerMarkerFilter:
    """Replaces markers in a stream; holds back only text that may become a marker."""

    def __init__(self) -> None:
        self._pending = ""
        self._at_line_start = True

    def feed(self, text: str) -> str:
        """Take the next piece and return the text that can be shown."""
        text = self._pending + text
        self._pending = ""
        at = text.rfind("\n") + 1
        last = text[at:]
        if (
            (at or self._at_line_start)
            and len(last) <= _MAX_MARKER_CHARS
            and "[[".startswith(last.lstrip(" \t*_`#")[:2])
            and last.strip()
        ):
            self._pending, text = last, text[:at]
        shown = self._replace_markers(text)
        if text:
            self._at_line_start = text.endswith("\n")
        return shown

    def flush(self) -> str:
        """Return the held back text, at the end of the stream."""
        pending, self._pending = self._pending, ""
        return self._replace_markers(pending)

    def _replace_markers(self, text: str) -> str:
        if "[[" not in text:
            return text
        if not self._at_line_start:  # A marker must be a line of its own; this line has begun before.
            head, newline, tail = text.partition("\n")
            return head + newline + MARKER_LINE.sub(HEADING, tail)
        return MARKER_LINE.sub(HEADING, text)


def replace_markers(text: str) -> str:
    """Replace the markers of a whole text by headings; remove one that is cut off at its end."""
    return MARKER_LINE.sub(HEADING, TRUNCATED_MARKER_LINE.sub("", text)) if "[[" in text else text
