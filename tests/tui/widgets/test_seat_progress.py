from __future__ import annotations

import pytest

from roundtable_tui.engine import events
from roundtable_tui.tui.widgets.run.seat_progress import SeatProgress


@pytest.mark.parametrize(
    ("elapsed_s", "ttft_s", "figures"),
    [
        (2.5, 0.5, "17 tokens · 8 tok/s"),
        (1.0, 0.5, "17 tokens · 34 tok/s"),
        (0.9, 0.5, "17 tokens"),
        (0.4006, 0.4, "17 tokens"),
        (0.4, 0.4, "17 tokens"),
        (0.4, None, "17 tokens"),
    ],
)
def test_finished_turn_names_a_rate_only_over_half_a_second(
    elapsed_s: float, ttft_s: float | None, figures: str
) -> None:
    progress = SeatProgress(lambda: 0.0)
    usage = {"completion_tokens": 17}
    progress.count_finished(
        events.TurnFinished(
            turn="a.1", seat="a", text="Yes.", elapsed_s=elapsed_s, ttft_s=ttft_s, usage=usage
        )
    )
    progress.state = "done"
    assert progress.format_figures() == figures
