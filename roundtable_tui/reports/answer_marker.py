"""What the turns of a run said as a person reads it: without the marks that a run's prompts ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from roundtable_tui.engine import events

ANSWER_MARK = re.compile(
    r"^[ \t*_`#]*\[\[[ \t]*ANSWER[-\w \t]*\]\][*_`:]*[ \t]*\n?", re.MULTILINE | re.IGNORECASE
)
"""The line that a run's prompts ask for before an answer, and its end."""
TRUNCATED_MARK = re.compile(
    r"^[ \t*_`#]*\[\[[ \t]*(?:A|AN|ANS|ANSW|ANSWE|ANSWER[-\w \t]*)?\]?\Z", re.MULTILINE | re.IGNORECASE
)
"""The beginning of such a line, where a text was cut off in it."""


def replace_event_marks(recorded: Iterable[events.Event]) -> Iterator[events.Event]:
    """Yield the events with the line that marks an answer as a plain `Answer:`."""
    for event in recorded:
        if isinstance(event, events.TurnFinished | events.TurnFailed) and "[[" in event.text:
            yield replace(event, text=replace_marks(event.text))
        else:
            yield event


def replace_marks(text: str) -> str:
    """Return a whole text with the lines that mark an answer as a plain `Answer:`."""
    return ANSWER_MARK.sub("\n**Answer:**\n\n", TRUNCATED_MARK.sub("", text)).lstrip("\n")
