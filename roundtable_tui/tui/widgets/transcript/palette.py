"""Maps styles of the transcript to terminal styles, by component classes of the stylesheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from roundtable_tui.reports.identity import COLORS
from roundtable_tui.tui.widgets.transcript.styles import ROLE_MASK, Attr, Role

if TYPE_CHECKING:
    from textual.widget import Widget

_ROLES = {
    Role.HEADING_1: "heading-1",
    Role.HEADING_2: "heading-2",
    Role.HEADING_3: "heading-3",
    Role.BULLET: "bullet",
    Role.QUOTE: "quote",
    Role.BAR: "bar",
    Role.RULE: "rule",
    Role.CODE: "code",
    Role.LABEL: "label",
    Role.TABLE_HEAD: "table-head",
    Role.TABLE_LINE: "table-line",
    Role.REASONING: "reasoning",
    Role.FOLD: "fold",
    Role.TITLE: "title",
    Role.NOTE_DONE: "note-done",
    Role.NOTE_CUT: "note-cut",
    Role.NOTE_FAILED: "note-failed",
    Role.NOTE_STOPPED: "note-stopped",
    Role.NOTE_WAITING: "note-waiting",
    **{Role.SEAT + color: f"seat-{color}" for color in range(1, COLORS + 1)},
}
_OVERLAYS = {
    Attr.CODE_SPAN: "code-span",
    Attr.LINK: "link",
    Attr.TARGET: "target",
    Attr.WORD: "code-word",
    Attr.STRING: "code-string",
    Attr.REMARK: "code-remark",
    Attr.NUMBER: "code-number",
}
_PLAIN = {Attr.BOLD: Style(bold=True), Attr.ITALIC: Style(italic=True), Attr.STRIKE: Style(strike=True)}
STREAM_COMPONENTS = {f"stream--{name}" for name in (*_ROLES.values(), *_OVERLAYS.values(), "thumb")}


class Palette:
    """The current styles of a widget, with the app's line filters (NO_COLOR) applied."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._filters = list(widget.get_line_filters())
        self._background = widget.background_colors[1]
        self._styles: dict[int, Style] = {}
        self._equal: dict[Style, Style] = {}
        """Each style by itself: looks that are drawn alike have the same style object."""
        self.thumb = self._apply_filters(widget.get_component_rich_style("stream--thumb"))
        chosen = widget.screen.get_component_rich_style("screen--selection")
        # Many themes set no foreground; Textual then returns the background.
        own = None if chosen.color == chosen.bgcolor else chosen.color
        self.selection = self._apply_filters(Style(color=own, bgcolor=chosen.bgcolor))

    def get_style(self, look: int) -> Style:
        """Return the terminal style of a role with attributes."""
        style = self._styles.get(look)
        if style is None:
            style = self._apply_filters(self._make_style(look))
            style = self._styles[look] = self._equal.setdefault(style, style)
        return style

    def _make_style(self, look: int) -> Style:
        widget = self._widget
        name = _ROLES.get(look & ROLE_MASK)
        style = widget.get_component_rich_style(f"stream--{name}") if name else widget.rich_style
        for attr, overlay in _OVERLAYS.items():
            if look & attr:
                # The colour comes from the whole style, which is blended with the background.
                name = f"stream--{overlay}"
                style += widget.get_component_rich_style(name, partial=True)
                style += Style(color=widget.get_component_rich_style(name).color)
        for attr, plain in _PLAIN.items():
            if look & attr:
                style += plain
        return style

    def _apply_filters(self, style: Style) -> Style:
        segments = [Segment("x", style)]
        for line_filter in self._filters:
            segments = line_filter.apply(segments, self._background)
        return segments[0].style or style
