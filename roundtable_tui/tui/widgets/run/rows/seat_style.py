"""The colours of a seat on the screen: its identity as styles of the theme."""

from __future__ import annotations

from roundtable_tui.reports.identity import SeatIdentity, identify_seat

Part = tuple[str, str]
"""A text and its style."""


def get_seat_style(number: int) -> str:
    """Return the colour of a seat as a style; the captain has that of plain text."""
    color = identify_seat(number).color
    return f"$seat-{color}" if color else "$foreground"


def make_chip(identity: SeatIdentity, *, digits: int = 1) -> Part:
    """Return a seat's number on the seat's colour; the captain has 0, the key of its pane."""
    color = f"$seat-{identity.color}" if identity.color else "$text-muted"
    return f" {identity.number:>{digits}} ", f"bold $background on {color}"
