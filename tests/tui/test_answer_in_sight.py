"""At every size and moment of a run, also after a resize, the answer or the newest text is in sight."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.conversation import ThreadEntry
from roundtable_tui.tui.widgets.thread_view import ThreadView
from roundtable_tui.tui.widgets.transcript import StreamView
from tests.support.pilot import Sitting, kept, play_to, sitting

pytestmark = pytest.mark.anyio
SIZES = ((160, 50), (80, 24), (220, 60), (60, 15), (120, 40), (100, 20), (78, 30), (40, 12))
RUNS = (
    ("debate", "debate"),
    ("pro", "pro"),
    ("roundtable", "roundtable"),
    ("debate", "loop"),
    ("pro", "chain"),
    ("debate", "single"),
    ("pro", "fanout"),
)
"""A recorded run, and the mode whose layout shows it."""
EARLIER = [ThreadEntry(f"run-{n}", f"Question {n}?", "An answer.", "agreed", [], None) for n in range(4)]
"""Earlier questions, which take rows above the panes."""


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def in_sight(seated: Sitting, text: str) -> bool:
    """Return whether a line of the text, or its first words, can be read on the screen."""
    shown = " ".join(words(seated.screen_text))
    lines = [words(line) for line in text.splitlines()]
    return any(" ".join(line[:3]) in shown for line in lines if line)


def take_one_seat(run: RunRecord) -> RunRecord:
    """Return the run as if its author had been the only seat."""
    final = run.events[-1]
    assert isinstance(final, events.RunFinished)
    seats = tuple(seat for seat in run.header.seats if seat["seat"] == final.by)
    header = replace(run.header, seats=seats)
    kept_events = [one for one in run.events if getattr(one, "seat", "") in ("", final.by)]
    others = (events.AnswersGrouped, events.EntryPosted, events.PhaseStarted)
    return replace(
        run, header=header, events=tuple(one for one in kept_events if not isinstance(one, others))
    )


async def settle(seated: Sitting) -> None:
    """Show all text that has come, after the pause that is part of a change of size."""
    for view in seated.table.query(StreamView):
        view.flush()
    await seated.pilot.pause()


@pytest.mark.parametrize(("name", "mode"), RUNS)
async def test_answer_or_newest_text_is_in_sight_at_every_size_and_moment(name: str, mode: str) -> None:
    run = take_one_seat(kept(name)) if mode == "single" else kept(name)
    run = replace(run, header=replace(run.header, mode=mode))
    final = run.events[-1]
    assert isinstance(final, events.RunFinished)
    deltas = [at for at, event in enumerate(run.events) if isinstance(event, events.AnswerDelta)]
    moments = [deltas[len(deltas) // 3], deltas[-1], len(run.events) - 1] if deltas else [len(run.events) - 1]
    async with sitting(RunRequest("", demo=True), SIZES[0]) as seated:
        async for event in play_to(seated.pilot, run, moments):
            seated.table.query_one(ThreadView).show(EARLIER, "attached: notes.md (1,200 characters)")
            for size in SIZES:
                await seated.pilot.resize_terminal(*size)
                await settle(seated)
                where = f"{mode} at {event.type}, {event.t:.2f} s, {size}"
                if mode == "fanout":
                    assert seated.stage.roster.region.height, where
                elif event is final:
                    assert in_sight(seated, final.answer), where
                else:
                    seats = [pane for pane in seated.stage.all_panes if pane.region]
                    newest = [pane.view for pane in seats if pane.view.document.height]
                    assert newest, where
                    assert any(view.following and view.region.height for view in newest), where
                    for view in newest:
                        last = view.max_scroll_y
                        assert not view.following or round(view.scroll_y) == last, where
