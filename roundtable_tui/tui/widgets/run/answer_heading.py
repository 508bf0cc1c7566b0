"""Turns the line that marks a seat's answer into a heading a person reads, while the text streams."""

from __future__ import annotations

from roundtable_tui.answers.marker import MARKER_LINE, TRUNCATED_MARKER_LINE

HEADING = "\n### Answer\n"
_MAX_MARKER_CHARS = 64


class AnswerMarkerFilter:
    """Feeds a stream through; only what may still become a mark is held back."""

    def __init__(self) -> None:
        self._pending = ""
        self._at_line_start = True
        """At the start of a line."""

    def feed(self, text: str) -> str:
        """Return what can be shown by now."""
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
        """Return what was held back, at the end of the stream."""
        held, self._pending = self._pending, ""
        return self._replace_markers(held)

    def _replace_markers(self, text: str) -> str:
        if "[[" not in text:
            return text
        if not self._at_line_start:  # The first line goes on from before: a mark in it is no line of its own.
            head, newline, tail = text.partition("\n")
            return head + newline + MARKER_LINE.sub(HEADING, tail)
        return MARKER_LINE.sub(HEADING, text)


def replace_markers(text: str) -> str:
    """Return a whole text with its marks as headings; one in which it was cut off is left out."""
    return MARKER_LINE.sub(HEADING, TRUNCATED_MARKER_LINE.sub("", text)) if "[[" in text else text
