"""What the answers say so far, as a bar for each group: the larger the group, the longer its bar."""

from __future__ import annotations

from collections.abc import Mapping

from roundtable_tui.engine import events
from roundtable_tui.utils.text import one_line, shorten

WIDTH = 20
MOST = 8


def bars(event: events.AnswersGrouped, names: Mapping[str, str]) -> str:
    """Return a line a group, `█████░░░ 2  Harper, Lucas: yes`; "" where answers cannot be told apart."""
    if event.basis == "wording" and not any(len(group["seats"]) > 1 for group in event.groups):
        return ""
    total = sum(len(group["seats"]) for group in event.groups)
    lines = []
    for group in event.groups[:MOST]:
        seats = [str(seat) for seat in group["seats"]]
        filled = round(len(seats) / total * WIDTH) if total else 0
        who = shorten(", ".join(one_line(names.get(seat, seat), 20) for seat in seats), 60)
        answer = shorten(one_line(str(group["answer"])), 80)
        lines.append(f"{'█' * filled}{'░' * (WIDTH - filled)} {len(seats)}  {who}: {answer}")
    if (more := len(event.groups) - MOST) > 0:
        lines.append(f"and {more} more")
    return "\n".join(lines)
