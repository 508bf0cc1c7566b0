"""The blocks around the text of a turn: its title, blank rows, folded reasoning, and how it ended."""

from __future__ import annotations

from roundtable_tui.tui.widgets.cells import measure_cells, truncate_cells
from roundtable_tui.tui.widgets.transcript.blocks import MIN_TEXT_CELLS, Block
from roundtable_tui.tui.widgets.transcript.styles import Attr, Piece, Role, Row
from roundtable_tui.tui.widgets.transcript.wrap import wrap

NOTES = {
    "done": ("✓", Role.NOTE_DONE),
    "cut": ("✂", Role.NOTE_CUT),
    "failed": ("✗", Role.NOTE_FAILED),
    "stopped": ("■", Role.NOTE_STOPPED),
    "waiting": ("◌", Role.NOTE_WAITING),
}


class HeadBlock(Block):
    """A rule with the title of a turn; below a blank row unless it is the first."""

    __slots__ = ("color", "first", "title")

    def __init__(self, title: str, first: bool, color: int = 0) -> None:
        super().__init__()
        self.title, self.first, self.color = title, first, color
        self.height = (0 if first else 1) + (1 if title else 0)

    def row(self, index: int) -> Row:
        """Return the blank row or the rule."""
        if not self.title or (index == 0 and not self.first):
            return [], Role.BLANK
        title = truncate_cells(self.title, max(1, self.width - 5))
        line = "─" * (self.width - measure_cells(title) - 5)
        return [
            ("── ", Role.RULE),
            (title, Role.SEAT + self.color if self.color else Role.TITLE),
            (f" {line}─", Role.RULE),
        ], Role.BLANK


class GapBlock(Block):
    """One blank row, or none."""

    def row(self, index: int) -> Row:
        """Return the blank row."""
        return [], Role.BLANK

    def show(self, shown: bool) -> bool:
        """Show or hide the row; return whether this was a change."""
        if self.height == int(shown):
            return False
        self.height = int(shown)
        self.changed_from = 0
        return True


class FoldBlock(Block):
    """The line above a turn's reasoning, or in place of it while that is folded."""

    __slots__ = ("head", "tail", "turn")

    def __init__(self, turn: str) -> None:
        super().__init__()
        self.turn = turn
        self.head = ""
        self.tail = ""

    def show(self, head: str, tail: str) -> bool:
        """Show `head` and the end of `tail` that fits; return whether this was a change."""
        if (head, tail) == (self.head, self.tail) and self.height:
            return False
        self.head, self.tail = head, tail
        self.height = 1
        self.changed_from = 0
        return True

    def hide(self) -> None:
        """Hide the line."""
        self.height = 0
        self.changed_from = 0

    def row(self, index: int) -> Row:
        """Return the line."""
        pieces: list[Piece] = [(truncate_cells(self.head, self.width), Role.FOLD)]
        room = self.width - measure_cells(self.head) - 3
        if self.tail and room >= MIN_TEXT_CELLS:
            pieces.append(("  …" + _take_last_words(self.tail, room - 1), Role.REASONING | Attr.ITALIC))
        return pieces, Role.BLANK


class NoteBlock(Block):
    """How a turn ended, or why it waits: a sign and wrapped text."""

    __slots__ = ("_starts", "kind", "note", "spaced")

    def __init__(self) -> None:
        super().__init__()
        self.kind = ""
        self.note = ""
        self.spaced = False
        self._starts: list[int] = []

    def show(self, kind: str, note: str, spaced: bool) -> None:
        """Show `note`, or nothing if `kind` is empty or plain success; `spaced` adds a blank row above."""
        self.kind, self.note, self.spaced = kind, note, spaced
        self.layout(self.width)
        self.changed_from = 0

    def layout(self, width: int) -> None:
        """Wrap the note."""
        super().layout(width)
        if not self.kind or not (self.note or self.kind != "done"):
            self.height = 0
            return
        self._starts = [0, *wrap(self.note, max(MIN_TEXT_CELLS, width - 2))]
        self.height = len(self._starts) + self.spaced

    def row(self, index: int) -> Row:
        """Return a row of the note."""
        index -= self.spaced
        if index < 0:
            return [], Role.BLANK
        sign, role = NOTES[self.kind]
        start = self._starts[index]
        end = self._starts[index + 1] if index + 1 < len(self._starts) else len(self.note)
        return [("  " if index else f"{sign} ", role), (self.note[start:end].rstrip(), role)], Role.BLANK


def _take_last_words(text: str, width: int) -> str:
    """Return the end of a text that fits, from the start of a word if one is near."""
    if measure_cells(text) <= width:
        return text
    text = text[-width:]
    while measure_cells(text) > width:
        text = text[1:]
    space = text.find(" ", 0, 12)
    return text[space + 1 :] if space >= 0 else text
