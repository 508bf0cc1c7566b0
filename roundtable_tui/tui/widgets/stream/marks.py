"""The blocks around a turn's text: its header, the line of its reasoning, the gaps, its end mark."""

from __future__ import annotations

from roundtable_tui.tui.widgets.stream.block import LEAST, Block
from roundtable_tui.tui.widgets.stream.cells import cut_to, width_of
from roundtable_tui.tui.widgets.stream.looks import Attr, Piece, Role, Row
from roundtable_tui.tui.widgets.stream.wrap import wrap

NOTES = {
    "done": ("✓", Role.NOTE_DONE),
    "cut": ("✂", Role.NOTE_CUT),
    "failed": ("✗", Role.NOTE_FAILED),
    "stopped": ("■", Role.NOTE_STOPPED),
    "waiting": ("◌", Role.NOTE_WAITING),
}


class HeadBlock(Block):
    """A rule with the turn's title in it; a blank row before it unless it is the first."""

    __slots__ = ("first", "title")

    def __init__(self, title: str, first: bool) -> None:
        super().__init__()
        self.title, self.first = title, first
        self.height = (0 if first else 1) + (1 if title else 0)

    def row(self, index: int) -> Row:
        """Return the blank row or the rule."""
        if not self.title or (index == 0 and not self.first):
            return [], Role.BLANK
        title = cut_to(self.title, max(1, self.width - 5))
        line = "─" * (self.width - width_of(title) - 5)
        return [("── ", Role.RULE), (title, Role.TITLE), (f" {line}─", Role.RULE)], Role.BLANK


class GapBlock(Block):
    """One blank row, or none."""

    def row(self, index: int) -> Row:
        """Return the blank row."""
        return [], Role.BLANK

    def show(self, shown: bool) -> bool:
        """Show or hide it; return whether that changed anything."""
        if self.height == int(shown):
            return False
        self.height = int(shown)
        self.changed_from = 0
        return True


class FoldBlock(Block):
    """The one line that stands for a turn's reasoning, folded or open."""

    __slots__ = ("head", "tail", "turn")

    def __init__(self, turn: str) -> None:
        super().__init__()
        self.turn = turn
        self.head = ""
        self.tail = ""

    def show(self, head: str, tail: str) -> bool:
        """Say `head`, and as much of the end of `tail` as fits; return whether that changed anything."""
        if (head, tail) == (self.head, self.tail) and self.height:
            return False
        self.head, self.tail = head, tail
        self.height = 1
        self.changed_from = 0
        return True

    def hide(self) -> None:
        """Take no row."""
        self.height = 0
        self.changed_from = 0

    def row(self, index: int) -> Row:
        """Return the line."""
        pieces: list[Piece] = [(cut_to(self.head, self.width), Role.FOLD)]
        room = self.width - width_of(self.head) - 3
        if self.tail and room >= LEAST:
            pieces.append(("  …" + _last_words(self.tail, room - 1), Role.REASONING | Attr.ITALIC))
        return pieces, Role.BLANK


class NoteBlock(Block):
    """How a turn ended, or what it waits for: a sign and a line or more of text."""

    __slots__ = ("_starts", "kind", "note", "spaced")

    def __init__(self) -> None:
        super().__init__()
        self.kind = ""
        self.note = ""
        self.spaced = False
        self._starts: list[int] = []

    def show(self, kind: str, note: str, spaced: bool) -> None:
        """Say `note`, or nothing where both are empty; `spaced` puts a blank row before it."""
        self.kind, self.note, self.spaced = kind, note, spaced
        self.layout(self.width)
        self.changed_from = 0

    def layout(self, width: int) -> None:
        """Wrap the note."""
        super().layout(width)
        if not self.kind or not (self.note or self.kind != "done"):
            self.height = 0
            return
        self._starts = [0, *wrap(self.note, max(LEAST, width - 2))]
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


def _last_words(text: str, width: int) -> str:
    """Return as much of the end of a text as fits, from the beginning of a word if one is near."""
    if width_of(text) <= width:
        return text
    text = text[-width:]
    while width_of(text) > width:
        text = text[1:]
    space = text.find(" ", 0, 12)
    return text[space + 1 :] if space >= 0 else text
