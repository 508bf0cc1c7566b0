"""Two themes in addition to Textual's: a light one, and one for colour-blind users.

Every text has a contrast of at least 4.5 to its background (WCAG 2.2, level AA); a test checks it.
"""

from __future__ import annotations

from textual.theme import Theme

PAPER = Theme(
    name="roundtable-paper",
    primary="#0b4f8a",
    secondary="#5b3d8a",
    accent="#8a3b00",
    warning="#7a4d00",
    error="#a11a2b",
    success="#1b6133",
    foreground="#1c1b19",
    background="#faf8f3",
    surface="#f2efe8",
    panel="#e6e2d8",
    dark=False,
    variables={
        "text-muted": "#4f4c45",
        "panel-lighten-2": "#aaa598",
        "panel-lighten-3": "#8d887b",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#0b4f8a",
        "input-selection-background": "#0b4f8a 25%",
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
        "text-muted": "#b4bcc4",
        "block-cursor-foreground": "#101418",
        "block-cursor-background": "#8ccdf3",
        "input-selection-background": "#56b4e9 40%",
    },
)
"""Blue, yellow, orange and bluish green from the palette of Okabe and Ito (2008), with vermilion and green
lightened for a dark background. The colours also differ in lightness, and none is the only sign of a state.
"""

THEMES = (PAPER, CLEAR)
