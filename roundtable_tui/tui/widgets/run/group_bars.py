"""The groups of equal answers as bars, longer for larger groups."""

from __future__ import annotations

from collections.abc import Mapping

from roundtable_tui.engine import events
from roundtable_tui.utils.text import single_line, truncate

BAR_CELLS = 20
MAX_GROUPS = 8


def render_group_bars(event: events.AnswersGrouped, names: Mapping[str, str]) -> str:
    """Draw a line for each group: `█████░░░ 2  Harper, Lucas: yes`.

    Args:
        event: The groups. Texts that were not compared are drawn only if two are the same.
        names: The seats' names, by seat.
    """
    if event.basis in ("open", "wording") and not any(len(group["seats"]) > 1 for group in event.groups):
        return ""
    total = sum(len(group["seats"]) for group in event.groups)
    lines = []
    for group in event.groups[:MAX_GROUPS]:
        seats = [str(seat) for seat in group["seats"]]
        filled = round(len(seats) / total * BAR_CELLS) if total else 0
        who = truncate(", ".join(single_line(names.get(seat, seat), 20) for seat in seats), 60)
        answer = truncate(single_line(str(group["answer"])), 80)
        lines.append(f"{'█' * filled}{'░' * (BAR_CELLS - filled)} {len(seats)}  {who}: {answer}")
    if (more := len(event.groups) - MAX_GROUPS) > 0:
        lines.append(f"and {more} more")
    return "\n".join(lines)
