"""Our own themes, and the colours of seats in all others.

Every text has a contrast of at least 4.5 to its background (WCAG 2.2, level AA); a test checks it. There are
three levels of text: `$answer-text`, `$foreground` and `$text-muted`.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.theme import Theme

DEFAULT_THEME = "roundtable-dark"
_DARK_SEATS = ("#62b4ee", "#eda54f", "#45c8a2", "#dd94c0", "#e6da6a", "#f5905f", "#a3abff", "#c3c8d0")
_LIGHT_SEATS = ("#0b61a4", "#9a5200", "#0b6e53", "#96336f", "#6f6200", "#b03a12", "#4a48b5", "#565c66")
_CLEAR_SEATS = ("#56b4e9", "#e69f00", "#2fc79b", "#e08fc0", "#f0e442", "#ff8a3d", "#9fb4ff", "#d5dbe1")


def _name_seat_colors(colors: Sequence[str]) -> dict[str, str]:
    return {f"seat-{number}": color for number, color in enumerate(colors, 1)}


DARK = Theme(
    name=DEFAULT_THEME,
    primary="#62b4ee",
    secondary="#a9b1d6",
    accent="#e8b866",
    warning="#e8a857",
    error="#f2777a",
    success="#6fcf97",
    foreground="#c8cdd6",
    background="#11141a",
    surface="#171b23",
    panel="#1f2530",
    dark=True,
    variables={
        "answer-text": "#f4f6fa",
        "text-muted": "#8e97a6",
        "panel-lighten-2": "#39414f",
        "panel-lighten-3": "#566072",
        "block-cursor-foreground": "#11141a",
        "block-cursor-background": "#8cc8f2",
        "input-selection-background": "#62b4ee 35%",
        **_name_seat_colors(_DARK_SEATS),
    },
)
"""Calm, on blue-black. The default."""

PAPER = Theme(
    name="roundtable-paper",
    primary="#0b4f8a",
    secondary="#5b3d8a",
    accent="#8a3b00",
    warning="#7a4d00",
    error="#a11a2b",
    success="#1b6133",
    foreground="#1e1d1b",
    background="#faf8f3",
    surface="#f2efe8",
    panel="#e6e2d8",
    dark=False,
    variables={
        "answer-text": "#000000",
        "text-muted": "#5c584f",
        "panel-lighten-2": "#c9c4b8",
        "panel-lighten-3": "#8d887b",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#0b4f8a",
        "input-selection-background": "#0b4f8a 25%",
        **_name_seat_colors(_LIGHT_SEATS),
    },
)
"""Dark ink on warm paper."""

CLEAR = Theme(
    name="roundtable-clear",
    primary="#56b4e9",
    secondary="#cc79a7",
    accent="#f0e442",
    warning="#e69f00",
    error="#ff8a3d",
    success="#2fc79b",
    foreground="#f2f2f2",
    background="#101418",
    surface="#1a2026",
    panel="#252d35",
    dark=True,
    variables={
        "answer-text": "#ffffff",
        "text-muted": "#b4bcc4",
        "block-cursor-foreground": "#101418",
        "block-cursor-background": "#8ccdf3",
        "input-selection-background": "#56b4e9 40%",
        **_name_seat_colors(_CLEAR_SEATS),
    },
)
"""Blue, yellow, orange and bluish green from the palette of Okabe and Ito (2008), with vermilion and green
lightened for a dark background. The colours also differ in lightness, and none is the only sign of a state.
"""

THEMES = (DARK, PAPER, CLEAR)


def get_default_variables(theme: Theme) -> dict[str, str]:
    """Return the variables of our own that other themes do not set."""
    own = _name_seat_colors(_DARK_SEATS if theme.dark else _LIGHT_SEATS)
    return {**own, "answer-text": "#ffffff" if theme.dark else "#000000"}
