"""A field with a choice, most of which is made when it is opened."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Select
from textual.widgets._select import (  # Not public.
    NonSelectableStatic,
    NoSelection,
    SelectCurrent,
    SelectOverlay,
)


class ChoiceField(Select[str]):
    """A Select of one row. A form of many opens faster: the list of a Select costs more than all the rest."""

    def __init__(self, options: Iterable[tuple[Content, str]], *, value: str, id: str | None = None) -> None:
        """Create a field.

        Args:
            options: What is shown and its value, in order.
            value: The value at first, one of the options. There is no `Changed` for it.
            id: The widget's id.
        """
        super().__init__(options, value=value, allow_blank=False, id=id, compact=True)
        self.set_reactive(Select.value, value)  # type: ignore[misc]
        self._has_list = False

    @property
    def choice(self) -> str:
        """The chosen value."""
        return value if isinstance(value := self.value, str) else ""

    def compose(self) -> ComposeResult:
        """Create what shows the chosen value."""
        yield _ClosedChoice(self._get_text())

    def _get_text(self) -> Content:
        found = next(text for text, value in self._options if value == self.value)
        return found if isinstance(found, Content) else Content(str(found))

    def _setup_options_renderables(self) -> None:
        if self._has_list:
            super()._setup_options_renderables()

    def _watch_value(self, value: str | NoSelection) -> None:
        if self._has_list:
            super()._watch_value(value)
            return
        self._value = value
        for shown in self.query(SelectCurrent):
            shown.update(self._get_text())
            self.post_message(self.Changed(self, value))

    def _watch_expanded(self, expanded: bool) -> None:
        if expanded and not self._has_list:
            self._has_list = True
            self.query_one(SelectCurrent).mount(NonSelectableStatic("▲", classes="arrow up-arrow"))
            self.mount(SelectOverlay().data_bind(compact=Select.compact))
            self._setup_options_renderables()
        super()._watch_expanded(expanded)

    def action_show_overlay(self) -> None:
        """Open the list."""
        self.expanded = True


class _ClosedChoice(SelectCurrent):
    """The value of a closed field. It is there from the start: an update would style all of it again."""

    def __init__(self, text: Content) -> None:
        super().__init__("")
        self.label = self._text = text
        self.set_reactive(SelectCurrent.has_value, True)
        self.add_class("-has-value", update=False)

    def compose(self) -> ComposeResult:
        """Create the text and the arrow of a closed field."""
        yield NonSelectableStatic(self._text, id="label", markup=False)
        yield NonSelectableStatic("▼", classes="arrow down-arrow", markup=False)
