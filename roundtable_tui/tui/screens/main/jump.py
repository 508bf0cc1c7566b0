"""A letter on every pane: press it, or the pane's number, to go there."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events as ui
from textual.app import ComposeResult
from textual.widgets import Static

from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.run.seat_pane import SeatPane

JUMP_KEYS = "asdfghjklqwertyuiopzxcvbnm"


class JumpScreen(BaseDialog[SeatPane | None]):
    """Lies over the table until a key is pressed."""

    DEFAULT_CSS = """
    JumpScreen { background: $background 30%; layers: marks; }
    JumpScreen > Static {
        layer: marks;
        position: absolute;
        width: 5;
        height: 1;
        background: $accent;
        color: $text;
        text-style: bold;
        text-align: center;
        &.-tab { width: 3; }
    }
    """

    def __init__(self, panes: Sequence[tuple[SeatPane, tuple[int, int] | None]]) -> None:
        """Take panes, each with the place of its letter (column, row) where that is not its own corner."""
        super().__init__()
        self._panes = dict(zip(JUMP_KEYS, panes, strict=False))
        self._numbered: dict[str, SeatPane] = {}
        for number, (pane, _) in enumerate(panes, 1):
            self._numbered.setdefault("0" if pane.captain else str(number), pane)

    def compose(self) -> ComposeResult:
        """Put a letter into the corner of each pane."""
        for letter, (pane, place) in self._panes.items():
            # On a tab it takes the place of the number, and leaves the name to be read.
            mark = Static(letter, markup=False, classes="-tab" if place else None)
            mark.styles.offset = place or (pane.region.x + 2, pane.region.y + 1)
            yield mark

    def on_key(self, event: ui.Key) -> None:
        """Go to the pane of the letter, or of the number; any other key goes back."""
        event.stop()
        pane, _ = self._panes.get(event.key, (None, None))
        self.dismiss(pane or self._numbered.get(event.key))
