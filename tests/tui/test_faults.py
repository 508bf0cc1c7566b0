"""Faults of the app that were found while using it, one test each."""

from __future__ import annotations

import json

import pytest
from textual.geometry import Offset
from textual.selection import Selection

from roundtable_tui.engine import events
from roundtable_tui.engine.record import serialize
from roundtable_tui.history.summary import read_summary
from roundtable_tui.tui.screens.runs.preview import RunPreview
from roundtable_tui.tui.screens.runs.screen import RunsScreen
from roundtable_tui.tui.widgets.forms.check_box import OnOffBox
from roundtable_tui.tui.widgets.transcript import StreamView
from roundtable_tui.tui.widgets.transcript.document import StreamDocument
from roundtable_tui.tui.widgets.transcript.document_view import extract_selection
from roundtable_tui.tui.widgets.transcript.frame import LEFT_MARGIN_CELLS
from roundtable_tui.utils.text import to_safe_json
from tests.support.fake_server import Reply
from tests.support.pilot import Medium, kept, play
from tests.support.record_builder import copy_demo_run, cut_record, write_run
from tests.support.state_runs import SEATS, EventList

pytestmark = pytest.mark.anyio


async def test_runs_preview_opens_at_the_start_of_the_answer(demo) -> None:
    write_run("Why?", answer="The first line.\n\n" + "More.\n\n" * 80 + "The last line.", name="one")
    async with demo((120, 30)) as seated:
        await seated.pilot.press("f10")
        await seated.until(lambda: isinstance(seated.app.screen, RunsScreen))
        await seated.until(lambda: seated.app.screen.query("RunPreview StreamView"))
        view = seated.app.screen.query_one(RunPreview).query_one(StreamView)
        await seated.until(lambda: "The last line." in view.copy_text() and not view.document.has_pending)
        await seated.until(lambda: "The first line." in seated.screen_text)
        assert "The last line." not in seated.screen_text


def test_summary_of_killed_run_has_the_time_of_its_last_piece() -> None:
    folder = cut_record(copy_demo_run("debate"), "turn_finished")
    path = folder / "events.jsonl"
    lines = [line for line in path.read_text().splitlines(keepends=True) if '"turn_finished"' not in line]
    first = next(n for n, line in enumerate(lines) if line.startswith('{"type":"turn_started"'))
    turn = serialize.from_dict(json.loads(lines[first]))
    assert isinstance(turn, events.TurnStarted)
    piece = events.ReasoningDelta(turn=turn.turn, seat=turn.seat, text="hm", t=75.0)
    path.write_text("".join(lines[: first + 1]) + to_safe_json(serialize.to_dict(piece)) + "\n")
    assert read_summary(folder).elapsed_s == 75.0


def test_selection_from_the_middle_of_a_line_keeps_the_space_at_the_wrap() -> None:
    document = StreamDocument()
    document.set_width(20)
    document.feed("a.1", "one two three four five six seven eight nine")
    document.parse_pending()
    document.rewrap(0, 10)
    first = next(
        at for at, (block, row) in enumerate(document.iter_rows(0, 10)) if block.text(row).startswith("one")
    )
    chosen = Selection(Offset(LEFT_MARGIN_CELLS + 4, first), Offset(LEFT_MARGIN_CELLS + 3, first + 2))
    assert extract_selection(document, chosen).startswith("two three four five six seven")


@pytest.mark.parametrize("mark", ["", "> ", "- ", "> > "])
def test_selection_that_ends_in_mid_line_has_no_sign_of_its_row(mark: str) -> None:
    document = StreamDocument()
    document.set_width(20)
    document.feed("a.1", f"{mark}one two three four five six seven eight nine")
    document.parse_pending()
    document.rewrap(0, 10)
    rows = [block.text(row) for block, row in document.iter_rows(0, document.height)]
    first = next(at for at, row in enumerate(rows) if "one" in row)
    drawn = "".join(text for text, _ in next(iter(document.iter_rows(first + 1, 1)))[0].row(1)[0])
    end = drawn.index(rows[first + 1].split()[0]) + 2
    chosen = Selection(Offset(0, first), Offset(LEFT_MARGIN_CELLS + end, first + 1))
    copied = extract_selection(document, chosen)
    plain = "one two three four five six seven eight nine"
    assert plain.startswith(copied.lstrip("> -•")) and "▎" not in copied and "  " not in copied


async def test_check_box_shows_no_sign_while_it_is_off(demo) -> None:
    async with demo() as seated:
        box = OnOffBox("x", value=False)
        await seated.table.mount(box)
        assert "X" not in box._button.plain and "✓" not in box._button.plain
        box.value = True
        assert "✓" in box._button.plain


@pytest.mark.parametrize("mode", ["vote", "single", "fanout", "loop"])
async def test_head_pane_shows_the_end_of_the_run_in_modes_without_captain(mode: str, demo) -> None:
    async with demo(mode=mode) as seated:
        await seated.ask()
        await seated.over()
        title = str(seated.stage.head.border_title)
        assert "✓ " in title, title


async def test_used_up_budget_is_no_failure(scripted) -> None:
    async with scripted(Reply("4 " * 400), team="roles", mode="debate", budget=1) as seated:
        await seated.ask()
        await seated.over()
        shown = seated.screen_text
        assert "budget reached" in shown and "failed" not in shown
        assert "✗" not in "".join(str(pane.border_title) for pane in seated.stage.panes)


async def test_answer_cut_by_a_fault_of_the_server_is_shown_as_cut(scripted) -> None:
    async with scripted(Reply("The first half of an answer", error_after=4), mode="single") as seated:
        await seated.ask()
        await seated.over()
        text = seated.stage.panes[0].view.copy_text()
        assert "The first half of" in text and "[cut: " in text and "the engine is gone" in text


async def test_follow_up_shows_the_panes_of_the_run_that_is_followed(demo) -> None:
    folder = copy_demo_run("debate")
    answer = kept("debate").run_finished.answer
    async with demo(mode="single") as seated:
        await seated.ask("What is best?")
        await seated.over()
        await seated.table.history.show_run(folder)
        await seated.pilot.pause()
        assert {"harper", "benjamin", "lucas"} <= {pane.seat for pane in seated.stage.panes}
        assert answer.strip().split("\n")[0] in seated.text(seated.stage.head.seat) + seated.screen_text
        assert not seated.table.session.is_running


async def test_replaced_seat_keeps_the_name_over_its_earlier_words(demo) -> None:
    async with demo() as seated:
        await play(seated.pilot, kept("debate"), lambda event: event.type == "turn_finished")
        pane = next(pane for pane in seated.stage.panes if pane.state == "done")
        before = pane.seat_name
        change = events.SeatChanged(
            seat=pane.seat, what="persona", value={"name": "Iris", "role": "law"}, note="replaced"
        )
        seated.stage.handle(change)
        pane.view.flush()
        assert pane.seat_name == "Iris" and "Iris" in str(pane.border_title)
        assert f"## {before} · round 1" in seated.text(pane.seat)


async def test_notice_stands_above_the_text_that_comes_after_it(demo) -> None:
    run = EventList("debate", (*SEATS[:2], ("Cap", "chair")), "Cap")
    run.add(events.PhaseStarted(name="round", number=1, of=2))
    run.say("Ada", "answer", "The first words.")
    run.add(events.Notice(text="Ada was cut short.", seat="ada"))
    run.say("Ada", "answer", "The second words.", 2)
    async with demo() as seated:
        await play(seated.pilot, run.record)
        pane = seated.stage.find_pane("ada")
        assert pane is not None
        document = pane.view.document
        text = "\n".join(block.text(row) for block, row in document.iter_rows(0, document.height))
        places = [text.index(part) for part in ("The first", "cut short", "The second")]
        assert places == sorted(places)


async def test_focus_moves_to_the_answer_when_its_pane_is_hidden_at_the_end(demo) -> None:
    async with demo(size=Medium) as seated:
        await seated.ask()
        await seated.pilot.press("escape")
        await seated.over()
        focused = seated.app.focused
        assert focused is not None and focused.region.area, "keys act on what is in sight"
        assert "u Follow up" in seated.screen_text or "w Message" in seated.screen_text
