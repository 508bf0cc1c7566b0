"""Turns the line that marks a seat's answer into a heading a person reads, while the text streams."""

from __future__ import annotations

import re

from roundtable_tui.reports.answer_marker import CUT_MARK

HEADING = "\n### Answer\n"
_MARK = re.compile(r"^[ \t*_`#]*\[\[\s*ANSWER[-\w\s]*\]\][*_`:]*[ \t]*\n?", re.MULTILINE | re.IGNORECASE)
_LONGEST = 64


class AnswerMark:
    """Feeds a stream through; only what may still become a mark is held back."""

    def __init__(self) -> None:
        self._held = ""
        self._fresh = True
        """At the start of a line."""

    def feed(self, text: str) -> str:
        """Return what can be shown by now."""
        text = self._held + text
        self._held = ""
        at = text.rfind("\n") + 1
        last = text[at:]
        if (
            (at or self._fresh)
            and len(last) <= _LONGEST
            and "[[".startswith(last.lstrip(" \t*_`#")[:2])
            and last.strip()
        ):
            self._held, text = last, text[:at]
        shown = self._replaced(text)
        if text:
            self._fresh = text.endswith("\n")
        return shown

    def rest(self) -> str:
        """Return what was held back, at the end of the stream."""
        held, self._held = self._held, ""
        return self._replaced(held)

    def _replaced(self, text: str) -> str:
        if "[[" not in text:
            return text
        if not self._fresh:  # The first line goes on from before: a mark in it is no line of its own.
            head, newline, tail = text.partition("\n")
            return head + newline + _MARK.sub(HEADING, tail)
        return _MARK.sub(HEADING, text)


def shown(text: str) -> str:
    """Return a whole text with its marks as headings; one in which it was cut off is left out."""
    return _MARK.sub(HEADING, CUT_MARK.sub("", text)) if "[[" in text else text
