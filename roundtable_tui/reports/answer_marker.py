"""Replaces answer markers (`[[ANSWER-...]]`), which prompts ask for, with a heading for readers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from roundtable_tui.engine import events

ANSWER_MARK = re.compile(
    r"^[ \t*_`#]*\[\[[ \t]*ANSWER[-\w \t]*\]\][*_`:]*[ \t]*\n?", re.MULTILINE | re.IGNORECASE
)
"""The marker line before an answer, with its line break."""
TRUNCATED_MARK = re.compile(
    r"^[ \t*_`#]*\[\[[ \t]*(?:A|AN|ANS|ANSW|ANSWE|ANSWER[-\w \t]*)?\]?\Z", re.MULTILINE | re.IGNORECASE
)
"""The beginning of a marker line at which a text was cut off."""


def replace_event_marks(recorded: Iterable[events.Event]) -> Iterator[events.Event]:
    """Yield the events; answer markers in turns are replaced with `Answer:`."""
    for event in recorded:
        if isinstance(event, events.TurnFinished | events.TurnFailed) and "[[" in event.text:
            yield replace(event, text=replace_marks(event.text))
        else:
            yield event


def replace_marks(text: str) -> str:
    """Return `text` with its answer markers replaced with `Answer:`."""
    return ANSWER_MARK.sub("\n**Answer:**\n\n", TRUNCATED_MARK.sub("", text)).lstrip("\n")
