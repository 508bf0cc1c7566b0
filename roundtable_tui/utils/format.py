"""Formats numbers for users: durations, counted nouns, and the width of text on a terminal."""

from __future__ import annotations

from math import isfinite

from roundtable_tui.utils.terminal_cells import use_terminal_widths


def format_duration(seconds: float, *, precise: bool = False) -> str:
    """Format a length of time as `42 s`, `3:05` or `1:02:03`.

    Args:
        seconds: The duration; negative values count as 0, infinity and NaN give `?`.
        precise: Show more digits where they matter: `350 ms` below a second, `2.4 s` below ten.
    """
    if not isfinite(seconds):
        return "?"
    seconds = max(0.0, seconds)
    if precise and 0 < seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if precise and 0 < seconds < 9.95:
        return f"{seconds:.1f} s"
    return f"{int(seconds)} s" if seconds < 60 else format_clock(seconds)


def format_clock(seconds: float) -> str:
    """Format a position in time as `0:07`, `3:05` or `1:02:03`; values that are not finite as `0:00`."""
    whole = max(0, int(seconds)) if isfinite(seconds) else 0
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count_of(number: int, noun: str, plural: str = "") -> str:
    """Format a number with its noun: `1 turn`, `1,200 turns`.

    Args:
        number: How many there are.
        noun: The singular.
        plural: The plural, where it is not the singular with an `s`.
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def display_width(text: str) -> int:
    """Return the terminal cells that sanitized text takes after `drop_undrawn`: wide characters 2."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # Imported late: lists of plain names do not need its tables.

    use_terminal_widths()
    return cell_len(text)
