"""Maps rows of the transcript to blocks and back."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator

from roundtable_tui.tui.widgets.transcript.blocks import Block


class RowIndex:
    """The blocks in order with their first rows, which are counted again only after a change."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._starts = array("L", [0])
        self._valid_count = 0
        """Blocks whose starts are valid; `_starts` has one entry more than there are blocks."""

    def __len__(self) -> int:
        return len(self._blocks)

    def __getitem__(self, index: int) -> Block:
        return self._blocks[index]

    def __iter__(self) -> Iterator[Block]:
        return iter(self._blocks)

    def insert(self, block: Block, before: Block | None = None) -> None:
        """Insert a block before another one, or at the end."""
        at = len(self._blocks) if before is None else before.index
        self._blocks.insert(at, block)
        self._starts.append(0)
        for index in range(at, len(self._blocks)):
            self._blocks[index].index = index
        self.mark_resized(block)

    def remove(self, block: Block) -> None:
        """Remove a block."""
        at = block.index
        self.mark_resized(block)
        del self._blocks[at]
        self._starts.pop()
        for index in range(at, len(self._blocks)):
            self._blocks[index].index = index
        block.index = -1

    def clear(self) -> None:
        """Remove all blocks."""
        self._blocks.clear()
        self._starts = array("L", [0])
        self._valid_count = 0

    def mark_resized(self, block: Block) -> None:
        """Record a changed height: the blocks after it move."""
        self._valid_count = min(self._valid_count, block.index)

    def _recount(self) -> None:
        starts, blocks = self._starts, self._blocks
        row = starts[self._valid_count]
        for index in range(self._valid_count, len(blocks)):
            row += blocks[index].height
            starts[index + 1] = row
        self._valid_count = len(blocks)

    @property
    def total(self) -> int:
        """The number of rows."""
        self._recount()
        return self._starts[len(self._blocks)]

    def get_start(self, block: Block) -> int:
        """Return the first row of a block."""
        self._recount()
        return self._starts[block.index]

    def find(self, row: int) -> tuple[Block, int]:
        """Return the block that shows a row (0 <= row < total), and the row in the block."""
        self._recount()
        index = bisect_right(self._starts, row, 0, len(self._blocks)) - 1
        return self._blocks[index], row - self._starts[index]
