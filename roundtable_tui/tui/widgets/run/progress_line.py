"""One row with the progress of a phase that has many steps: `passage 3 of 12 ━━━───`."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from roundtable_tui.utils.text import single_line

_MAX_BAR_CELLS = 60


class PhaseProgress(Static):
    """Shows how far a phase is."""

    DEFAULT_CSS = """
    PhaseProgress { display: none; height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._state: tuple[str, int, int] = ("", 0, 0)

    def show(self, name: str, number: int, of: int) -> None:
        """Show that step `number` of `of` is done or under way; without `of` only the name is shown."""
        self._state = (single_line(name, 40), number, of)
        self._write()

    def on_resize(self) -> None:
        """Fit the bar to the new width."""
        self._write()

    def _write(self) -> None:
        name, number, of = self._state
        if not of:
            self.update(Content.assemble((name, "bold")), layout=False)
            return
        text = f"{name} {number} of {of} "
        room = min(_MAX_BAR_CELLS, max(0, self.content_size.width - len(text)))
        done = round(room * min(number, of) / of)
        parts = [(text, "bold"), ("━" * done, "$primary"), ("─" * (room - done), "$panel-lighten-3")]
        self.update(Content.assemble(*parts), layout=False)
