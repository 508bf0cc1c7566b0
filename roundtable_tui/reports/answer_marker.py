"""Replaces answer markers (`[[ANSWER-...]]`), which prompts ask for, with a heading for readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from roundtable_tui.answers.marker import MARKER_LINE, TRUNCATED_MARKER_LINE
from roundtable_tui.engine import events

ANSWER_MARK, TRUNCATED_MARK = MARKER_LINE, TRUNCATED_MARKER_LINE


def replace_event_marks(recorded: Iterable[events.Event]) -> Iterator[events.Event]:
    """Yield the events with answer markers in their texts replaced by `Answer:`."""
    for event in recorded:
        if isinstance(event, events.TurnFinished | events.TurnFailed) and "[[" in event.text:
            yield replace(event, text=replace_marks(event.text))
        else:
            yield event


def replace_marks(text: str) -> str:
    """Replace the answer markers of a whole text by `Answer:`; a cut-off marker at its end is removed."""
    return ANSWER_MARK.sub("\n**Answer:**\n\n", TRUNCATED_MARK.sub("", text)).lstrip("\n")
