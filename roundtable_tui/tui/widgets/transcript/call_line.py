"""A call of a tool in a transcript: one line, and below it the result while that is unfolded."""

from __future__ import annotations

from collections.abc import Callable

from roundtable_tui.tui.widgets.transcript.blocks import Block
from roundtable_tui.tui.widgets.transcript.row_index import RowIndex
from roundtable_tui.tui.widgets.transcript.stream_part import TextPart
from roundtable_tui.tui.widgets.transcript.styles import Role
from roundtable_tui.tui.widgets.transcript.turn_blocks import FoldBlock, GapBlock

_FENCE = "`" * 12
"""Results are shown as they are, not as Markdown; none has a fence this long by chance."""


class CallLine:
    """The rows of one call, before the row `anchor` of its turn."""

    def __init__(
        self,
        key: str,
        rows: RowIndex,
        anchor: Block,
        remove: Callable[[Block], None],
        touch: Callable[[Block], None],
        work: list[int],
        width: int,
    ) -> None:
        self._remove, self._touch = remove, touch
        self.fold, self._end = FoldBlock(key), GapBlock()
        for block in (self.fold, self._end):
            block.width = width
            rows.insert(block, anchor)
        self._part = TextPart(
            lambda block: rows.insert(block, self._end),
            remove,
            touch,
            work=work,
            base=Role.REASONING,
            margin=(("│ ", Role.BAR),),
        )
        self._line = self._result = ""
        self.is_open = False

    def show(self, line: str, result: str) -> None:
        """Show the line, and keep the result."""
        self._line, self._result = line.removeprefix("▸ "), result
        self._update()

    def toggle(self) -> bool:
        """Unfold or fold the result; return whether it is unfolded now."""
        self.is_open = not self.is_open and bool(self._result)
        self._part.clear()
        if self.is_open:
            text = self._result.replace(_FENCE, _FENCE[:-1])
            self._part.feed(f"{_FENCE}\n{text}\n{_FENCE}\n")
            self._part.is_closed = True
        self._update()
        return self.is_open

    def parse_pending(self, width: int) -> None:
        """Make lines of an unfolded result."""
        if self.is_open:
            self._part.parse_pending(width)

    def remove(self) -> None:
        """Remove all rows."""
        self._part.clear()
        for block in (self.fold, self._end):
            self._remove(block)

    def _update(self) -> None:
        if self.fold.show(f"{'▾' if self.is_open else '▸'} {self._line}", ""):
            self._touch(self.fold)
