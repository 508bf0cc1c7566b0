"""The account of a run: its figures from the events, and the page that shows them."""

from __future__ import annotations

import pytest

from roundtable_tui.engine import events
from roundtable_tui.reports.stats import compute_stats
from roundtable_tui.tui.screens.dialogs.stats import StatsScreen, render_page
from roundtable_tui.tui.widgets.run.status_bar import StatusBar
from tests.support.pilot import kept


def test_stats_count_turns_per_seat():
    run = kept("debate")
    made = compute_stats(run.events)
    finished = [e for e in run.events if isinstance(e, events.TurnFinished)]
    for name, seat in made.seats.items():
        own = [e for e in finished if e.seat == name]
        assert seat.calls == len(own)
        assert seat.completion_tokens == sum(e.usage["completion_tokens"] for e in own)
    assert sum(s.prompt_tokens + s.completion_tokens for s in made.seats.values()) == sum(
        e.usage["prompt_tokens"] + e.usage["completion_tokens"] for e in finished
    )


def grouped(number, *groups, basis="exact"):
    rows = tuple({"answer": answer, "seats": list(seats)} for answer, seats in groups)
    return events.AnswersGrouped(groups=rows, agreement=0.5, basis=basis, round=number)


def test_stats_report_direction_of_answer_changes():
    made = compute_stats(
        [grouped(1, ("4", "ab"), ("5", "c"), ("6", "d")), grouped(2, ("4", "abc"), ("7", "d"))]
    )
    assert [(flip.seat, flip.before, flip.after, flip.joined_majority) for flip in made.answer_changes] == [
        ("c", "5", "4", True),
        ("d", "6", "7", False),
    ]


def test_stats_rephrased_answer_is_not_a_change():
    assert (
        compute_stats([grouped(1, ("4", "ab")), grouped(2, ("The answer is 4.", "ab"))]).answer_changes == []
    )


def test_stats_open_texts_are_not_changes():
    rounds = [grouped(1, ("x", "ab"), basis="wording"), grouped(2, ("y", "ab"), basis="wording")]
    assert compute_stats(rounds).answer_changes == []


def test_report_shows_failures_and_decisions_sanitized():
    failed = events.TurnFailed(turn="a.1", seat="a", kind="auth", error="A: bad \x1b[2J key")
    verdict = events.Verdict(seat="c", label="verdict", decision={}, rung="json_schema", round=1)
    shown = render_page(compute_stats([failed, verdict])).plain
    assert "A: bad ␛[2J key" in shown and "\x1b" not in shown
    assert "verdict by json schema" in shown


@pytest.mark.parametrize(
    ("groups", "final_group", "shown", "color"),
    [
        ((("4", "ab"), ("5", "c")), 0, "majority 2:1", "success"),
        ((("4", "a"), ("5", "b"), ("6", "c")), 1, "no consensus", "warning"),
        ((("4", "ab"), ("5", "c")), 1, "against the majority", "warning"),
        ((("4", "abc"),), 0, "3 of 3 agree", "success"),
    ],
)
def test_status_bar_shows_the_outcome_of_the_report(groups, final_group, shown, color):
    top = StatusBar()
    seats = tuple({"seat": seat, "name": seat.upper()} for seat in "abc")
    end = events.RunFinished(status="complete", answer="5", kind="chosen", final_group=final_group)
    header = events.RunStarted(run_id="x", started_at="", mode="debate", question="?", seats=seats)
    for event in (header, grouped(1, *groups), end):
        top.handle(event)
    assert shown in str(top.content)
    done = next(span for span in top.content.spans if str(top.content)[span.start : span.end] == "done")
    assert color in str(done.style)


@pytest.mark.parametrize(
    ("groups", "shown"),
    [
        ((("4", "a"), ("5", "b"), ("6", "c")), "stopped · 3 different answers"),
        ((("4", "ab"), ("5", "c")), "stopped · 2:1"),
    ],
)
def test_status_bar_of_a_stopped_run_says_how_the_answers_are_divided(groups, shown):
    top = StatusBar()
    header = events.RunStarted(run_id="x", started_at="", mode="debate", question="?", seats=())
    for event in (header, grouped(1, *groups), events.RunFinished(status="cancelled")):
        top.handle(event)
    assert shown in str(top.content)


def test_status_bar_of_open_texts_shows_no_votes():
    top = StatusBar()
    header = events.RunStarted(run_id="x", started_at="", mode="debate", question="?", seats=())
    for event in (header, grouped(1, ("x", "a"), ("y", "b"), basis="wording")):
        top.handle(event)
    assert "agree" not in str(top.content) and "different" not in str(top.content)


@pytest.mark.anyio
async def test_report_opens_during_run_and_closes(demo):
    async with demo() as seated:
        await seated.ask("Why?")
        await seated.over()
        await seated.pilot.press("f12")
        await seated.until(lambda: isinstance(seated.app.screen, StatsScreen))
        await seated.until(lambda: "Board" in seated.screen_text)
        await seated.pilot.press("escape")
        await seated.until(lambda: not isinstance(seated.app.screen, StatsScreen))
