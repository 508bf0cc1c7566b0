"""The row of chips above the input: what goes with the next question, and what is queued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.utils.text import single_line

REMOVE_HINT = "⌫ removes"
_MAX_LABEL_CHARS = 40
_GAP = " "


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that goes with the next question."""

    kind: str
    """earlier, file, paste, knowledge or queued."""
    label: str
    """Raw: it is sanitized for display."""
    key: str = ""
    """Tells chips of one kind apart."""
    removable: bool = True


class ChipRow(Static):
    """One row of chips; a click removes one."""

    DEFAULT_CSS = """
    ChipRow {
        height: 1;
        background: $surface;
        padding: 0 1;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        display: none;
    }
    """

    @dataclass
    class Removed(Message):
        """A chip was clicked."""

        chip: Chip

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self.chips: tuple[Chip, ...] = ()
        self._spans: list[tuple[int, int, Chip]] = []

    @property
    def last_removable(self) -> Chip | None:
        """The chip that the key removes."""
        return next((chip for chip in reversed(self.chips) if chip.removable), None)

    def show(self, chips: Sequence[Chip]) -> None:
        """Show chips; the row takes no space without any."""
        if self.chips != (found := tuple(chips)):
            self.chips = found
            self.display = bool(found)
            self._write()

    def on_resize(self) -> None:
        """Fit the chips to the new width."""
        self._write()

    def _write(self) -> None:
        """Write as many chips as fit, the last ones first: those are removed first."""
        room = max(20, self.size.width - 2 or 78) - measure_cells(REMOVE_HINT) - 2
        shown: list[tuple[Chip, str]] = []
        for chip in reversed(self.chips):
            sign = " ✕" if chip.removable else ""
            text = f" {single_line(chip.label, _MAX_LABEL_CHARS)}{sign} "
            if shown and measure_cells(text) + 1 > room - 5:
                break
            room -= measure_cells(text) + len(_GAP)
            shown.insert(0, (chip, text))
        parts: list[tuple[str, str]] = []
        self._spans, at = [], 0
        if hidden := len(self.chips) - len(shown):
            parts.append((f"+{hidden} ", "dim"))
            at = len(parts[0][0])
        for chip, text in shown:
            parts += [(text, "$foreground on $panel-lighten-1"), (_GAP, "")]
            end = at + measure_cells(text)
            self._spans.append((at, end, chip))
            at = end + len(_GAP)
        if self.last_removable is not None:
            parts.append((REMOVE_HINT, "dim"))
        self.update(Content.assemble(*parts), layout=False)

    def on_click(self, event: events.Click) -> None:
        """Remove the chip under the pointer."""
        x = event.x - self.gutter.left
        for start, end, chip in self._spans:
            if start <= x < end and chip.removable:
                self.post_message(self.Removed(chip))
