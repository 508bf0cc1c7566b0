from __future__ import annotations

import pytest

from roundtable_tui.engine import events
from roundtable_tui.tui.widgets.run.seat_progress import SeatProgress


@pytest.mark.parametrize(
    ("elapsed_s", "figures"), [(2.5, "17 tokens · 8 tok/s"), (0.5006, "17 tokens"), (0.5, "17 tokens")]
)
def test_finished_turn_names_a_rate_only_over_a_measurable_time(elapsed_s: float, figures: str) -> None:
    progress = SeatProgress(lambda: 0.0)
    progress.count_finished(
        events.TurnFinished(
            turn="a.1",
            seat="a",
            text="Yes.",
            elapsed_s=elapsed_s,
            ttft_s=0.5,
            usage={"completion_tokens": 17},
        )
    )
    progress.state = "done"
    assert progress.format_figures() == figures
