"""The list of a fan-out: a row for each call, with its file, its seat and the start of its text."""

from __future__ import annotations

from dataclasses import dataclass, replace

from roundtable_tui.engine import events
from roundtable_tui.reports.identity import SeatIdentity
from roundtable_tui.tui.widgets.cells import measure_cells, truncate_cells
from roundtable_tui.tui.widgets.row_list import Row
from roundtable_tui.tui.widgets.run.rows.seat_style import get_seat_style, make_chip
from roundtable_tui.tui.widgets.run.seat_progress import STATE_SIGNS
from roundtable_tui.utils.text import single_line

_STATE_TEXTS = {"queued": "waiting", "reading": "waiting for first token"}
_TAIL_CHARS = 200
"""Streamed characters that are kept of a running call."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A call and its file."""

    turn: str
    seat: str
    name: str
    """The file's name, or what the turn is for."""
    state: str = "queued"
    text: str = ""
    tokens: int = 0


class FileRows:
    """Follows the turns of a run; one row for each."""

    def __init__(self, base: str = "") -> None:
        self._base = base
        self._rows: dict[str, FileRow] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, turn: str) -> FileRow | None:
        """Return the row of a turn."""
        return self._rows.get(turn)

    def take(self, event: events.Event) -> bool:
        """Take an event; return whether a row has changed."""
        row = self._rows.get(getattr(event, "turn", ""))
        if isinstance(event, events.TurnQueued):
            number = event.label.removeprefix("call ")
            name = f"{self._base}_{number}.txt" if self._base and number != event.label else event.label
            self._rows[event.turn] = FileRow(event.turn, event.seat, name)
            return True
        if row is None:
            return False
        match event:
            case events.TurnStarted():
                row = replace(row, state="reading", text="")
            case events.ReasoningDelta():
                row = replace(row, state="thinking")
            case events.AnswerDelta():
                row = replace(row, state="writing", text=(row.text + event.text)[-_TAIL_CHARS:])
            case events.TurnFinished():
                tokens = int(event.usage.get("completion_tokens", 0))
                row = replace(row, state="done", text=event.text[:_TAIL_CHARS], tokens=tokens)
            case events.TurnFailed():
                row = replace(row, state="failed", text=event.error)
            case _:
                return False
        self._rows[row.turn] = row
        return True

    @property
    def done(self) -> int:
        """The number of calls that have ended."""
        return sum(row.state in ("done", "failed") for row in self._rows.values())

    def draw(self, width: int, identities: dict[str, SeatIdentity]) -> list[tuple[str, Row]]:
        """Return the rows in the order of the calls."""
        name_cells = max((measure_cells(row.name) for row in self._rows.values()), default=1)
        return [(row.turn, self._draw_row(row, width, name_cells, identities)) for row in self._rows.values()]

    def _draw_row(
        self, row: FileRow, width: int, name_cells: int, identities: dict[str, SeatIdentity]
    ) -> Row:
        identity = identities.get(row.seat)
        chip = [make_chip(identity)] if identity else []
        style = get_seat_style(identity.number) if identity else ""
        name = single_line(row.name, 60)
        tokens = f"{row.tokens:,} tok " if row.tokens else ""
        used = 2 + sum(len(text) for text, _ in chip) + 3 + name_cells + 2 + 12
        text = single_line(row.text, 300)
        if row.state == "writing":
            text = text[-max(1, width - used) :]
        look = "$text-error" if row.state == "failed" else "$text-muted" if row.state != "done" else ""
        text = truncate_cells(text or _STATE_TEXTS.get(row.state, row.state), max(1, width - used))
        return [
            *chip,
            (f" {STATE_SIGNS[row.state]} ", style),
            (name + " " * (name_cells - measure_cells(name) + 2), "bold"),
            (text + " " * max(0, width - used - measure_cells(text)), look),
            (f"{tokens:>12}", "$text-muted"),
        ]
