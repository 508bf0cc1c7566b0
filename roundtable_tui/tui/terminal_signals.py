"""Signals to the terminal at the end of a long run: bell, desktop notification, window title."""

from __future__ import annotations

from collections.abc import Mapping

from roundtable_tui.config import Settings
from roundtable_tui.utils.text import single_line

MIN_ANNOUNCED_S = 10.0
"""A run that took less is not announced."""
BELL = "\a"
PUSH_TITLE, POP_TITLE = "\x1b[22;2t", "\x1b[23;2t"
_MAX_TEXT_CHARS = 80
_END = "\x1b\\"


def format_title(text: str) -> str:
    """Return the sequence that sets the title of the window; "" clears it (OSC 2)."""
    return f"\x1b]2;{_clean(text)}{_END}"


def format_notification(title: str, text: str, environ: Mapping[str, str]) -> str:
    """Return the sequence for a desktop notification in the form that the terminal knows; "" for none.

    OSC 99 is Kitty's, OSC 777 that of urxvt, foot and VTE, OSC 9 that of iTerm2, WezTerm, Windows.
    """
    title, text = _clean(title), _clean(text)
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "").casefold()
    if "KITTY_WINDOW_ID" in environ or "kitty" in term:
        return f"\x1b]99;;{title}: {text}{_END}"
    if term.startswith(("rxvt", "foot")) or "VTE_VERSION" in environ:
        return f"\x1b]777;notify;{title};{text}{_END}"
    if program in ("iterm.app", "wezterm", "ghostty") or "WT_SESSION" in environ or "ConEmuPID" in environ:
        return f"\x1b]9;{title}: {text}{_END}"
    return ""


def format_end_signals(
    question: str, outcome: str, seconds: float, settings: Settings, environ: Mapping[str, str]
) -> str:
    """Return what is written to the terminal when a run ends; "" for a short run.

    Args:
        question: The question of the run.
        outcome: What became of it, in a few words.
        seconds: How long it took.
        settings: They switch bell, notification and title.
        environ: Names the terminal.
    """
    if seconds < MIN_ANNOUNCED_S:
        return ""
    parts = [BELL if settings.bell else ""]
    if settings.notifications:
        parts.append(format_notification("Roundtable", f"{outcome}: {question}", environ))
    if settings.title:
        parts.append(format_title(f"✓ {outcome}: {question}"))
    return "".join(parts)


def _clean(text: str) -> str:
    """Return a text that cannot end the sequence or add to it; `;` separates its parts."""
    return single_line(text, _MAX_TEXT_CHARS).replace(";", ",")
