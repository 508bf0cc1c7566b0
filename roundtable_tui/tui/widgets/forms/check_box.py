"""A check box whose sign differs between on and off, not only its colour."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox


class OnOffBox(Checkbox):
    """A `Checkbox` that shows `✓` when it is on and nothing when it is off; Textual's shows an X for both."""

    ON_SIGN, OFF_SIGN = "✓", " "

    @property
    def _button(self) -> Content:
        self.BUTTON_INNER = self.ON_SIGN if self.value else self.OFF_SIGN
        return super()._button
