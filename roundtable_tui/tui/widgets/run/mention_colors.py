"""Shows the names of other seats in the texts of a pane in the colours of those seats, with their numbers."""

from __future__ import annotations

from roundtable_tui.reports.identity import COLORS
from roundtable_tui.tui.widgets.run.pane_groups import PaneGroup
from roundtable_tui.tui.widgets.transcript.mentions import Mentions
from roundtable_tui.utils.text import single_line


def color_mentions(group: PaneGroup) -> None:
    """Set what the panes of a group colour: other seats; in the captain's pane the shapes of votes too."""
    names = {single_line(pane.seat_name, 40): pane.identity.color for pane in group.seats}
    numbers = {single_line(pane.seat_name, 40): pane.identity.number for pane in group.seats}
    shapes = {pane.identity.shape: pane.identity.color for pane in group.seats[:COLORS]}
    for pane in group.panes:
        own = "" if pane.is_seatless else single_line(pane.seat_name, 40)
        others = {name: color for name, color in names.items() if name != own}
        has_votes = pane is group.head and not group.is_thread
        pane.view.document.mentions = Mentions(others, shapes if has_votes else None, numbers)
