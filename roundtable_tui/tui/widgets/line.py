"""One row with a left and a right end, whatever its width."""

from __future__ import annotations

from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

_GAP = 2
_LEAST = 12
"""Cells the left end keeps: below that the right end is left out."""


class Line(Visual):
    """A row that cuts its left end with an ellipsis so that its right end can be read."""

    def __init__(self, left: Content, right: Content | None = None) -> None:
        self.left = left
        self.right = right or Content("")

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        """Return the one row."""
        if width <= 0:
            return []
        right = self.right
        left_width = width - (right.cell_length + _GAP if right else 0)
        if left_width < min(_LEAST, self.left.cell_length):
            left_width, right = width, Content("")
        left = self.left.truncate(left_width, ellipsis=True)
        if right:
            left = left.pad_right(width - right.cell_length - left.cell_length)
        return Content.assemble(left, right).render_strips(width, 1, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """Return the width at which nothing is cut."""
        return self.left.cell_length + (self.right.cell_length + _GAP if self.right else 0)

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Return 1."""
        return 1
