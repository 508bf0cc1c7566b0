"""The picker of themes: the highlighted theme is shown at once, and kept when it is selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.theme import Theme
from textual.timer import Timer
from textual.widgets import OptionList

from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
from roundtable_tui.tui.themes import THEMES
from roundtable_tui.tui.widgets.lists.item_list import ItemList

PREVIEW_DELAY_S = 0.1
"""Restyling takes longer than a key repeats: while keys come, no theme is shown."""
_OWN_DETAILS = {
    "roundtable-dark": "Calm, dark. The default.",
    "roundtable-paper": "Dark text on a light background.",
    "roundtable-clear": "Colours that can be told apart with any kind of colour vision.",
}


class ThemePicker(Picker):
    """Chooses a theme; `show_theme` is called with the highlighted one."""

    DEFAULT_CSS = "ThemePicker { background: $background 20%; align: right bottom; }"

    def __init__(self, themes: Sequence[Theme], current: str, show_theme: Callable[[str], None]) -> None:
        own = {theme.name for theme in THEMES}
        ordered = sorted(themes, key=lambda theme: (theme.name not in own, theme.name))
        items = [
            Item(
                theme.name,
                theme.name,
                detail=_OWN_DETAILS.get(theme.name, "A theme of Textual."),
                group="Roundtable" if theme.name in own else "Textual",
                hint="dark" if theme.dark else "light",
            )
            for theme in ordered
            if not theme.ansi
        ]
        super().__init__("Theme", items, current=current)
        self._show_theme = show_theme
        self._preview_timer: Timer | None = None

    @on(OptionList.OptionHighlighted)
    def _preview(self) -> None:
        if self._preview_timer is not None:
            self._preview_timer.stop()
        self._preview_timer = self.set_timer(PREVIEW_DELAY_S, self._show_highlighted)

    def _show_highlighted(self) -> None:
        if self.is_current and (item := self.query_one(ItemList).item) is not None:
            self._show_theme(item.id)
