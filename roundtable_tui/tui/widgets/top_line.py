"""The line on top: where the run is, how long it has taken, what it has used, how far the answers agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from roundtable_tui.text import one_line

if TYPE_CHECKING:
    from roundtable_tui.table.events import AnswersGrouped, Event

_BAR = 8
_COLOURS = {
    "complete": "$text-success",
    "partial": "$text-warning",
    "failed": "$text-error",
    "cancelled": "$text-warning",
}


class TopLine(Static):
    """One row. `handle` takes events, `tick` moves the clock."""

    DEFAULT_CSS = """
    TopLine {
        height: 1;
        padding: 0 1;
        background: $panel;
        color: $foreground;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(Content("◆ Roundtable"), id=id, markup=False)
        self.forget()

    def forget(self) -> None:
        """Be as before the first run."""
        self._mode = self._phase = self._status = self._question = ""
        self._going = False
        self._elapsed = 0.0
        self._tokens = 0
        self._about = ""
        self._agreement = ""
        self._paused = False
        self.write()

    def handle(self, event: Event) -> None:
        """Take in what concerns the run as a whole."""
        from roundtable_tui.table import events  # After the first frame.

        match event:
            case events.RunStarted():
                self.forget()
                self._mode, self._question = event.mode, event.question
                self._going = True
            case events.PhaseStarted():
                number = f" {event.number} of {event.of}" if event.of and event.of > 1 else ""
                self._phase = event.name + number
            case events.Budget():
                self._tokens = event.prompt_tokens + event.completion_tokens
                self._about = "~" if event.estimated else ""
            case events.AnswersGrouped():
                self._agreement = agreement(event)
            case events.RunPaused():
                self._paused = event.paused
            case events.RunFinished():
                self._elapsed, self._status, self._going = event.elapsed_s, event.status, False
            case _:
                return
        self._elapsed = max(self._elapsed, event.t)
        self.write()

    def tick(self, now: float) -> None:
        """Move the clock to `now`, seconds since the run started."""
        if self._going:
            self._elapsed = now
            self.write()

    def write(self) -> None:
        """Write the line."""
        parts: list[Content | tuple[str, str]] = [("◆ Roundtable", "bold $primary")]
        for text, style in self._parts():
            parts += [("  ", ""), (text, style)]
        self.update(Content.assemble(*parts))

    def _parts(self) -> list[tuple[str, str]]:
        if not self._mode:
            return []
        parts = [(one_line(self._mode, 20), "bold")]
        if self._status:
            parts.append((self._status, _COLOURS.get(self._status, "")))
        elif self._paused:
            parts.append(("paused", "$text-warning bold"))
        else:
            parts.append((one_line(self._phase, 30), "$text-accent"))
        minutes, seconds = divmod(int(self._elapsed), 60)
        parts.append((f"{minutes}:{seconds:02}", ""))
        if self._tokens:
            parts.append((f"{self._about}{self._tokens:,} tokens", ""))
        if self._agreement:
            parts.append((self._agreement, "$text-secondary"))
        parts.append((one_line(self._question, 200), "dim"))
        return parts


def agreement(event: AnswersGrouped) -> str:
    """Return how far the answers agree: a bar, a figure, and what the figure is about."""
    if event.agreement is None:
        return ""
    filled = round(event.agreement * _BAR)
    bar = "█" * filled + "░" * (_BAR - filled)
    what = "agree" if event.basis == "exact" else "alike in wording"
    return f"{bar} {event.agreement:.0%} {what}"
