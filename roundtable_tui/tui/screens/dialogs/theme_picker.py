"""The picker of themes: the highlighted theme is shown at once, and kept when it is selected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual import on
from textual.theme import Theme
from textual.timer import Timer
from textual.widgets import OptionList

from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
from roundtable_tui.tui.themes import THEMES
from roundtable_tui.tui.widgets.lists.item_list import ItemList

if TYPE_CHECKING:
    from roundtable_tui.tui.app import RoundtableApp

PREVIEW_DELAY_S = 0.1
"""Restyling takes longer than a key repeats: while keys come, no theme is shown."""
_OWN_DETAILS = {
    "roundtable-dark": "Calm, dark. The default.",
    "roundtable-paper": "Dark text on a light background.",
    "roundtable-clear": "Colours that can be told apart with any kind of colour vision.",
}


class ThemePicker(Picker):
    """Chooses the app's theme. Leaving it restores the theme from before."""

    DEFAULT_CSS = "ThemePicker { background: $background 20%; align: right bottom; }"

    def __init__(self, themes: Sequence[Theme], current: str) -> None:
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
        self._theme_before = current
        self._preview_timer: Timer | None = None

    @property
    def _own_app(self) -> RoundtableApp:
        return cast("RoundtableApp", self.app)

    @on(OptionList.OptionHighlighted)
    def _preview(self) -> None:
        if self._preview_timer is not None:
            self._preview_timer.stop()
        self._preview_timer = self.set_timer(PREVIEW_DELAY_S, self._show_highlighted)

    def _show_highlighted(self) -> None:
        if self.is_current and (item := self.query_one(ItemList).item) is not None:
            self._own_app.preview_theme(item.id)

    def dismiss(self, result: str | None = None):  # type: ignore[no-untyped-def]
        """Keep the selected theme, or restore the one from before."""
        if self._preview_timer is not None:
            self._preview_timer.stop()
        if result is None:
            self._own_app.preview_theme(self._theme_before)
        else:
            self._own_app.choose_theme(result)
        return super().dismiss(result)
