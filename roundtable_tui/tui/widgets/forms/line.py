"""A row with left-aligned and right-aligned text."""

from __future__ import annotations

from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

_GAP_CELLS = 2
_MIN_SPLIT_CELLS = 20
"""Width in cells below which only the left text is shown."""


class SplitLine(Visual):
    """A row of two texts. If they do not fit, the one longer than half the row is cut, or both."""

    def __init__(self, left: Content, right: Content | None = None) -> None:
        self.left = left
        self.right = right or Content("")

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        """Return the row as a strip."""
        if width <= 0:
            return []
        left, right = self.left, self.right if width >= _MIN_SPLIT_CELLS else Content("")
        if right and left.cell_length + _GAP_CELLS + right.cell_length > width:
            room = width - _GAP_CELLS
            left = left.truncate(max(room - right.cell_length, room // 2), ellipsis=True)
            right = right.truncate(room - left.cell_length, ellipsis=True)
        left = left.truncate(width, ellipsis=True)
        if right:
            left = left.pad_right(width - right.cell_length - left.cell_length)
        return Content.assemble(left, right).render_strips(width, 1, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """Return the width at which no text is cut."""
        return self.left.cell_length + (self.right.cell_length + _GAP_CELLS if self.right else 0)

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Return 1: the text is never wrapped."""
        return 1
