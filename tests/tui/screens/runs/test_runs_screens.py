from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.history.reader import read_run
from roundtable_tui.reports.board import make_board
from roundtable_tui.reports.report import make_report
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.tui.screens.dialogs.help import HelpScreen
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt
from roundtable_tui.tui.screens.main.history_controller import find_interrupted_run
from roundtable_tui.tui.screens.main.screen import MainScreen
from roundtable_tui.tui.screens.replay.bar import ReplayBar
from roundtable_tui.tui.screens.replay.screen import ReplayScreen
from roundtable_tui.tui.screens.runs import screen as runs_screen
from roundtable_tui.tui.screens.runs.fork import ForkScreen
from roundtable_tui.tui.screens.runs.fork_options import load_fork_options
from roundtable_tui.tui.screens.runs.preview import RunPreview
from roundtable_tui.tui.screens.runs.screen import RunsScreen
from roundtable_tui.tui.screens.runs.table import RunList
from roundtable_tui.tui.widgets.run.board_view import BoardView
from roundtable_tui.tui.widgets.transcript import StreamView
from roundtable_tui.utils import paths
from tests.support.record_builder import (
    SEATS,
    copy_demo_run,
    cut_record,
    header_event,
    run_events,
    turn_events,
    write_raw_record,
    write_record,
    write_run,
)

SIZES = [(160, 50), (80, 24), (60, 15)]
HOSTILE = "[/] [@click=app.boom]x[/] [bold \x1b]0;t\x07 \x1b[2J \u202e 神经 " + "word " * 60


class Sitting:
    """An app, and ways to wait for what it shows."""

    def __init__(self, app: RoundtableApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def table(self) -> MainScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def runs(self) -> RunsScreen:
        assert isinstance(self.app.screen, RunsScreen), self.app.screen
        return self.app.screen

    @property
    def replay(self) -> ReplayScreen:
        assert isinstance(self.app.screen, ReplayScreen), self.app.screen
        return self.app.screen

    @property
    def text(self) -> str:
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def until(self, true: Callable[[], object], what: str = "") -> None:
        for _ in range(3000):
            if true():
                await self.pilot.pause()
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"never came about: {what or true}\n{self.text}")

    async def on(self, kind: type[Screen[Any]]) -> None:
        await self.until(
            lambda: isinstance(self.app.screen, kind) and self.app.screen.is_mounted, kind.__name__
        )
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def open_runs(self) -> RunsScreen:
        await self.press("f10")
        await self.on(RunsScreen)
        await self.until(lambda: not any(not w.is_finished for w in self.app.workers if w.group == "follow"))
        await self.until(lambda: not any(not w.is_finished for w in self.app.workers if w.group == "look"))
        return self.runs

    async def open_replay(self, key: str = "enter") -> ReplayScreen:
        await self.press(key)
        await self.on(ReplayScreen)
        await self.until(lambda: self.replay._is_open)
        return self.replay

    def names(self) -> list[str]:
        return list(self.runs.list.names)

    @property
    def told(self) -> str:
        return " ".join(note.message for note in self.app._notifications)


@asynccontextmanager
async def sitting(size: tuple[int, int] = (120, 36)) -> AsyncIterator[Sitting]:
    app = RoundtableApp(RunRequest(demo=True, seed=7), Settings(animations=False, discovery=False))
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await pilot.pause()
        seated = Sitting(app, pilot)
        await seated.until(lambda: seated.table._run_view is not None, "the table is set")
        yield seated


# --- the list ------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_runs_screen_lists_runs() -> None:
    write_run("Of storks?", answer="They fly.", day=1, name="one")
    write_run(
        "Of geese and 神经网络?", answer="They walk.", day=2, name="two", mode="debate", status="failed"
    )
    async with sitting((160, 50)) as seated:
        await seated.open_runs()
        assert seated.names() == ["two", "one"]
        view = seated.runs.query_one(RunPreview).query_one(StreamView)
        await seated.until(lambda: "They walk." in view.copy_text())
        await seated.press("down")
        await seated.until(lambda: "They fly." in view.copy_text() and "They walk." not in view.copy_text())
        for size in SIZES:
            await seated.pilot.resize_terminal(*size)
            await seated.pilot.pause()
            assert "✗" in seated.text and "✓" in seated.text and "Of storks?" in seated.text
            assert seated.runs.query_one(RunPreview).display == (size[0] >= 100)
        await seated.press("escape")
        assert seated.app.screen is seated.table


@pytest.mark.anyio
async def test_preview_shows_the_board_of_the_report_directly_above_the_answer() -> None:
    folder = copy_demo_run("debate", "20261102-120000-debate-abc123")
    write_run("Of storks?", answer="They fly.", day=1, name="20261101-120000-single-abc123")
    async with sitting((160, 50)) as seated:
        await seated.open_runs()
        preview = seated.runs.query_one(RunPreview)
        board, answer = preview.query_one(BoardView), preview.query_one(StreamView)
        await seated.until(lambda: "↑ joined the majority" in seated.text)
        expected = make_board(make_report(read_run(folder).events))
        assert board.region.height == board.count_rows(board.content_size.width) and not expected.is_empty
        assert answer.region.y == board.region.bottom
        await seated.press("down")
        await seated.until(lambda: "They fly." in answer.copy_text() and not board.region)


@pytest.mark.anyio
async def test_runs_screen_without_runs_shows_explanation() -> None:
    async with sitting() as seated:
        await seated.open_runs()
        assert "No runs yet" in seated.text
        for key in ("enter", "space", "ctrl+o", "f", "u", "x", "R", "D", "T", "U"):
            await seated.press(key)
        assert seated.app.screen is seated.runs


@pytest.mark.anyio
async def test_runs_search_filters_while_typing() -> None:
    write_run("Of storks in C++?", "the storks fly", name="one")
    write_run("Of geese?", name="two", day=2)
    async with sitting((160, 50)) as seated:
        runs = await seated.open_runs()
        await seated.press("slash", *"c++")
        await seated.until(lambda: seated.names() == ["one"])
        assert "1 of 2" in seated.text
        await seated.press(*"xyz")
        await seated.until(lambda: seated.names() == [])
        assert "No matching runs" in seated.text
        await seated.press("escape")
        await seated.until(lambda: len(seated.names()) == 2)
        assert runs.list.has_focus
        await seated.press("slash", "f", "l", "y", "enter")
        assert runs.list.has_focus
        await seated.until(lambda: seated.names() == ["one"])
        await seated.until(lambda: "found:" in seated.text and "storks fly" in seated.text)
        await seated.press("backspace")
        await seated.until(lambda: len(seated.names()) == 2)


@pytest.mark.anyio
async def test_runs_filter_keys_narrow_list() -> None:
    write_run("Of storks?", name="one", day=1)
    seats = ({"seat": "x", "name": "X", "model": "Mistral-7B"},)
    write_run("Of geese?", name="two", day=2, mode="debate", status="failed", seats=seats)
    async with sitting() as seated:
        await seated.open_runs()
        for key, pick, left in (
            ("f2", "deb", ["two"]),
            ("S", "fail", ["two"]),
            ("f4", "mist", ["two"]),
            ("t", "last 7", []),
        ):
            await seated.press(key)
            await seated.on(Picker)
            await seated.press(*pick, "enter")
            await seated.on(RunsScreen)
            await seated.until(lambda left=left: seated.names() == left)
        await seated.press("backspace")
        await seated.until(lambda: len(seated.names()) == 2)


@pytest.mark.anyio
async def test_run_list_highlight_follows_keys_and_mouse() -> None:
    for n in range(60):
        write_run(f"Question {n}?", name=f"run-{n:02}", day=1 + n // 30)
    async with sitting((80, 24)) as seated:
        runs = await seated.open_runs()
        await seated.press("down", "j", "down", "k")
        assert runs.list.current_name == seated.names()[2]
        await seated.press("end")
        assert runs.list.current_name == seated.names()[-1] and "Question 0?" in seated.text
        await seated.press("pageup", "home", "up")
        assert runs.list.current_name == seated.names()[0]
        await seated.pilot.click(RunList, offset=(20, 4))
        assert runs.list.current_name == seated.names()[4]
        await seated.pilot.click(RunList, offset=(20, 4), times=2)
        await seated.on(ReplayScreen)


@pytest.mark.anyio
async def test_runs_search_many_matches_shows_first_page_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runs_screen, "FIRST_PAGE_SIZE", 5)
    held = asyncio.Event()
    monkeypatch.setattr(runs_screen, "debounce", held.wait)
    for n in range(12):
        write_run(f"Question {n}?", name=f"run-{n:02}", day=1 + n)
    async with sitting((80, 24)) as seated:
        await seated.press("f10")
        await seated.on(RunsScreen)
        await seated.until(lambda: "5+ of 12" in seated.text)
        await seated.press("down", "end")
        assert seated.runs.list.current_name == "run-07"
        held.set()
        await seated.until(lambda: len(seated.names()) == 12)
        assert seated.runs.list.current_name == "run-07" and "+" not in seated.text.splitlines()[0]
        await seated.press("end")
        assert seated.runs.list.current_name == "run-00" and "Question 0?" in seated.text
        await seated.press("slash", *"quest", "enter")
        await seated.until(lambda: "\u25c6 Runs  12 " in seated.text and len(seated.names()) == 12)
        assert seated.names()[0] == "run-11"


@pytest.mark.anyio
async def test_run_list_highlight_stays_on_run_after_update() -> None:
    write_run("Of storks?", name="one", day=1)
    async with sitting() as seated:
        runs = await seated.open_runs()
        await seated.press("down")
        write_run("Of geese?", name="two", day=2)
        runs.refresh_index()
        await seated.until(lambda: len(seated.names()) == 2)
        assert runs.list.current_name == "one"


@pytest.mark.anyio
async def test_runs_rename_delete_and_undo() -> None:
    write_run("Of storks?", name="one", day=1)
    write_run("Of geese?", name="two", day=2)
    async with sitting() as seated:
        runs = await seated.open_runs()
        await seated.press("R")
        await seated.on(TextPrompt)
        await seated.press(*"[/]x", "enter")
        await seated.on(RunsScreen)
        await seated.until(lambda: "[/]x" in seated.text)
        assert (paths.runs_dir() / "two" / "title.txt").read_text() == "[/]x\n"
        await seated.press("R")
        await seated.on(TextPrompt)
        await seated.press("escape")
        await seated.on(RunsScreen)
        await seated.press("D")
        await seated.until(lambda: seated.names() == ["one"])
        assert not (paths.runs_dir() / "two").exists() and "Undo with U" in seated.told
        await seated.press("delete")
        await seated.until(lambda: seated.names() == [])
        await seated.press("U")
        await seated.until(lambda: seated.names() == ["one"])
        await seated.press("U")
        await seated.until(lambda: sorted(seated.names()) == ["one", "two"])
        assert runs.list.current_name == "two" and (paths.runs_dir() / "two").is_dir()
        await seated.press("U")
        await seated.until(lambda: "The trash is empty" in seated.told)


@pytest.mark.anyio
async def test_runs_unreadable_record_is_listed_but_not_opened() -> None:
    write_raw_record("odd", b"[1]\n")
    async with sitting() as seated:
        await seated.open_runs()
        assert "?" in seated.text
        for key in ("enter", "space", "ctrl+o", "f", "u", "T"):
            await seated.press(key)
            await seated.until(lambda: not any(not w.is_finished for w in seated.app.workers if not w.group))
        await seated.until(lambda: "not the record of a run" in seated.told)
        assert seated.app.screen is seated.runs


@pytest.mark.parametrize("size", [(160, 50), (60, 15)])
@pytest.mark.anyio
async def test_runs_screen_hostile_text_is_only_displayed(size: tuple[int, int]) -> None:
    seats = ({"seat": "ada", "name": HOSTILE, "model": HOSTILE, "server": "demo", "role": HOSTILE},)
    told = run_events(HOSTILE, HOSTILE, HOSTILE, mode=HOSTILE, seats=seats, team=HOSTILE, name="x")
    folder = write_record("hostile", [event for event in told if getattr(event, "seat", "ada") == "ada"])
    (folder / "title.txt").write_text(HOSTILE)
    async with sitting(size) as seated:
        await seated.open_runs()
        assert "\x1b" not in seated.text and "\u202e" not in seated.text
        await seated.press("R")
        await seated.on(TextPrompt)
        await seated.press("escape")
        await seated.on(RunsScreen)
        replay = await seated.open_replay()
        assert "\x1b" not in seated.text and "[@click=app.boom]" in replay.run_view.panes[0].view.copy_text()


# --- reading and replaying -----------------------------------------------------------------------


def all_text(replay: ReplayScreen) -> dict[str, str]:
    return {pane.seat: pane.view.copy_text() for pane in replay.run_view.panes}


@pytest.mark.anyio
async def test_open_run_shows_its_end() -> None:
    for mode in ("debate", "pro", "roundtable"):
        copy_demo_run(mode)
    async with sitting((160, 50)) as seated:
        runs = await seated.open_runs()
        for size in SIZES:
            await seated.pilot.resize_terminal(*size)
            end = read_run(runs.folder).run_finished if runs.folder else None
            replay = await seated.open_replay()
            shown = all_text(replay)[replay.run_view.head.seat]
            assert end is not None and end.answer.strip().split("\n")[-1][:20] in shown
            assert "done" in seated.text and "■" in seated.text
            await seated.press("escape", "down")
            assert seated.app.screen is runs


@pytest.mark.anyio
async def test_replay_shows_same_text_as_run() -> None:
    copy_demo_run("debate")
    async with sitting() as seated:
        await seated.open_runs()
        replay = await seated.open_replay()
        whole = all_text(replay)
        figures = {pane.seat: pane.frame_figures for pane in replay.run_view.panes}
        await seated.press("shift+left")
        assert replay.tape.emitted == 0 and not any(text.strip() for text in all_text(replay).values())
        while not replay.tape.is_over:
            replay.show_events(replay.tape.step())  # Piece by piece, as it came.
        assert all_text(replay) == whole
        assert {pane.seat: pane.frame_figures for pane in replay.run_view.panes} == figures
        end = replay.tape.emitted
        await seated.press("left")
        assert replay.tape.emitted < end and not replay.tape.is_over
        await seated.press("shift+left", "right")
        first = replay.tape.emitted
        assert any(isinstance(e, events.TurnFinished) for e in replay.tape.events[:first])
        await seated.press("full_stop")
        assert replay.tape.emitted == first + 1
        await seated.press("comma")
        assert replay.tape.emitted == first
        await seated.press("right")
        assert replay.tape.emitted > first
        await seated.press("left")
        assert replay.tape.emitted == first
        await seated.press("shift+right")
        assert replay.tape.is_over


@pytest.mark.anyio
async def test_replay_plays_pauses_and_changes_speed() -> None:
    copy_demo_run("debate")
    async with sitting() as seated:
        await seated.open_runs()
        replay = await seated.open_replay("space")
        assert replay.tape.is_playing
        await seated.until(lambda: replay.tape.emitted > 3, "it plays")
        await seated.press("space")
        assert not replay.tape.is_playing
        await seated.press("plus", "plus", "minus")
        assert replay.tape.speed == 2.0 and "‖ 2×" in seated.text
        await seated.press(*["plus"] * 6)
        assert "at once" in seated.text
        await seated.press("space")
        await seated.until(lambda: replay.tape.is_over and not replay.tape.is_playing)
        await seated.press(*["minus"] * 8, "space")
        assert replay.tape.is_playing and not replay.tape.is_over, "from the start again"


@pytest.mark.anyio
async def test_replay_bar_mouse_seeks() -> None:
    copy_demo_run("debate")
    async with sitting((80, 24)) as seated:
        await seated.open_runs()
        replay = await seated.open_replay()
        length = replay.tape.duration_s
        for size in ((80, 24), (30, 10)):
            await seated.pilot.resize_terminal(*size)
            await seated.pilot.pause()
            first, room = replay.query_one(ReplayBar)._bar_span
            for share in (0.5, 0.1):
                place = (1 + first + round(share * (room - 1)), 0)
                await seated.pilot.click(ReplayBar, offset=place)
                assert replay.tape.position_s == pytest.approx(share * length, abs=1.5 * length / room)
            await seated.pilot.mouse_down(ReplayBar, offset=(1 + first, 0))
            await seated.pilot.mouse_up(ReplayBar, offset=(first + room, 0))
            assert replay.tape.position_s == pytest.approx(length), "dragged to the end"


@pytest.mark.anyio
async def test_replay_panes_zoom_and_copy_without_live_actions() -> None:
    copy_demo_run("debate")
    async with sitting() as seated:
        await seated.open_runs()
        replay = await seated.open_replay()
        await seated.press("2", "z")
        assert replay.run_view.zoomed and replay.run_view.active is replay.run_view.panes[1]
        await seated.press("y", "Y", "X", "r", "w", "e")
        assert (
            seated.app.screen is replay and seated.app.clipboard == replay.run_view.panes[1].view.copy_text()
        )
        await seated.press("escape")
        assert not replay.run_view.zoomed
        await seated.press("T")
        await seated.until(lambda: seated.app.clipboard.startswith("# "))
        await seated.press("f12")
        await seated.until(lambda: "Report" in seated.text)
        await seated.press("escape", "f1")
        await seated.on(HelpScreen)
        assert "Replay" in seated.text
        await seated.press("escape")
        await seated.on(ReplayScreen)
        before = all_text(replay)
        for size in ((80, 24), (60, 15), (30, 8), (200, 60)):
            await seated.pilot.resize_terminal(*size)
            await seated.pilot.pause()
            assert replay.run_view.has_class("-one") == (size[0] < 76)
        assert all_text(replay) == before


@pytest.mark.anyio
async def test_replay_interrupted_run_ends_at_last_event() -> None:
    cut_record(copy_demo_run("debate"), "turn_finished")
    async with sitting() as seated:
        await seated.open_runs()
        replay = await seated.open_replay()
        assert replay.tape.is_over and any("round" in text for text in all_text(replay).values())


# --- back to the table -----------------------------------------------------------------------------


@pytest.mark.anyio
async def test_startup_after_crash_offers_to_resume_run() -> None:
    folder = cut_record(copy_demo_run("debate"), "turn_finished")
    fresh = folder / "events.jsonl"
    fresh.write_text(fresh.read_text().replace("2026-", "2126-", 1))
    async with sitting((60, 15)) as seated:
        await seated.until(lambda: "ctrl+o" in seated.text, "it is offered")
        await seated.press("ctrl+o")
        await seated.until(lambda: seated.table.session.run and seated.table.session.run.result, "it ended")
        result = seated.table.session.run.result if seated.table.session.run else None
        assert result is not None and result.status == "complete"
    assert read_run(folder).run_finished is not None
    assert find_interrupted_run() is None


def test_startup_finished_or_old_run_is_not_offered() -> None:
    assert find_interrupted_run() is None
    write_raw_record("1", b"\0\0")
    assert find_interrupted_run() is None
    fresh = write_run(name="3", status="")
    path = fresh / "events.jsonl"
    path.write_text(path.read_text().replace("2026-", "2126-", 1))
    found = find_interrupted_run()
    assert found is not None and found[0] == fresh
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert find_interrupted_run() is None, "somebody works on it"
    path.write_text(path.read_text().replace("2126-", "1999-", 1))
    assert find_interrupted_run() is None, "that was long ago"
    write_run(name="4")
    assert find_interrupted_run() is None, "another one came after it"


@pytest.mark.anyio
async def test_resume_run_from_list() -> None:
    folder = cut_record(copy_demo_run("debate"), "turn_finished")
    async with sitting() as seated:
        await seated.open_runs()
        await seated.press("ctrl+o")
        await seated.on(MainScreen)
        await seated.until(lambda: seated.table.session.run and seated.table.session.run.result)
        assert seated.table.has_class("-run") and "done" in seated.text
        run = seated.table.session.run
        assert run is not None and run.folder == folder
        await seated.open_runs()
        await seated.press("ctrl+o")
        await seated.until(lambda: "This run is done" in seated.told)


@pytest.mark.anyio
async def test_hint_of_resume_is_left_out_for_a_run_that_is_done() -> None:
    write_run("Done?", name="b-done")
    cut_record(write_run("Cut?", name="a-cut"), "turn_finished")
    async with sitting((120, 30)) as seated:
        await seated.open_runs()
        for question, status, has_hint in (("Done?", "done ·", False), ("Cut?", "interrupted ·", True)):
            await seated.until(lambda question=question: question in seated.runs.list.current_entry.question)
            await seated.until(lambda status=status: status in seated.text)
            await seated.until(lambda has_hint=has_hint: ("^o Resume" in seated.text) == has_hint)
            await seated.press("down")


@pytest.mark.anyio
async def test_fork_run_begins_at_shown_turn() -> None:
    folder = copy_demo_run("debate")
    async with sitting((80, 24)) as seated:
        await seated.open_runs()
        replay = await seated.open_replay()
        await seated.until(lambda: seated.app.focused is not None)
        await seated.press("1", "shift+left", "right", "f")
        await seated.on(ForkScreen)
        form = seated.app.screen
        assert isinstance(form, ForkScreen)
        assert form.turn.partition(".")[0] == (replay.pane.seat if replay.pane else "")
        answer = form.query_one("#answer")
        answer.text = "Ultramarine."  # type: ignore[attr-defined]
        form.query_one("#option-max_rounds").value = "many"  # type: ignore[attr-defined]
        await seated.press("ctrl+o")
        assert seated.app.screen is form and "max_rounds of mode debate should be" in str(
            form.query_one("#wrong", Static).content
        )
        form.query_one("#option-max_rounds").value = "1"  # type: ignore[attr-defined]
        form.query_one("#model-lucas").value = "demo-small"  # type: ignore[attr-defined]
        form.query_one("#persona-captain").value = "Ada"  # type: ignore[attr-defined]
        assert isinstance(form, ForkScreen)
        forked_at = form.turn
        await seated.press("ctrl+o")
        await seated.on(MainScreen)
        await seated.until(lambda: seated.table.session.run and seated.table.session.run.result)
        run = seated.table.session.run
    assert run is not None and run.folder is not None and run.folder != folder
    forked = read_run(run.folder)
    assert forked.header.parent == read_run(folder).header.run_id and forked.header.options["max_rounds"] == 1
    said = [e.text for e in forked.events if isinstance(e, events.TurnFinished) and e.turn == forked_at]
    assert said == ["Ultramarine."]
    assert any(isinstance(e, events.SeatChanged) and e.seat == "captain" for e in forked.events)


def test_fork_screen_shows_models_at_each_turn() -> None:
    moved = {"model": "other", "server": "demo", "base_url": "demo:"}
    folder = write_record(
        "moved",
        [
            header_event("q", mode="debate", seats=({**SEATS[0], "persona": {}}, SEATS[1])),
            *turn_events("ada.1", "Blue.", 1.0),
            events.SeatChanged(t=2.5, seat="ada", what="model", value=moved),
            *turn_events("ada.2", "Still blue.", 3.0),
        ],
    )
    form = load_fork_options(folder, None)
    assert form.get_models("")["ada"] == form.get_models("ada.1")["ada"] == "gpt-oss:20b"
    assert form.get_models("ada.2") == {"ada": "other", "bea": "qwen3"}
    as_shown = form.get_models("ada.2")
    assert form.build_changes("ada.2", "", {}, as_shown, {}).models == {}
    assert form.build_changes("ada.2", "", {}, form.get_models(""), {}).models == {"ada": "gpt-oss:20b"}


@pytest.mark.anyio
async def test_fork_cancelled_changes_nothing() -> None:
    copy_demo_run("pro")
    async with sitting() as seated:
        await seated.open_runs()
        await seated.press("f")
        await seated.on(ForkScreen)
        form = seated.app.screen
        assert isinstance(form, ForkScreen) and form.turn == ""
        assert not form.query("#option-agents"), "a fork keeps its seats"
        await seated.press("escape")
        await seated.on(RunsScreen)
    assert len(list(paths.runs_dir().iterdir())) == 1


@pytest.mark.anyio
async def test_follow_up_run_asks_with_run_as_context() -> None:
    folder = copy_demo_run("debate")
    async with sitting() as seated:
        await seated.open_runs()
        await seated.press("u")
        await seated.on(MainScreen)
        await seated.until(lambda: seated.table.session.follow_up_of == folder)
        await seated.until(lambda: "Follow up" in seated.text)
        await seated.press("ctrl+n")
        await seated.until(lambda: "Follow up" not in seated.text)
        assert seated.table.session.follow_up_of is None
        await seated.open_runs()
        await seated.press("u")
        await seated.on(MainScreen)
        await seated.until(lambda: seated.table.session.follow_up_of == folder)
        await seated.until(lambda: "Follow up" in seated.text, "the run is shown")
        seated.table.prompt.text = "And in winter?"
        await seated.press("enter")
        await seated.until(lambda: seated.table.session.run and seated.table.session.run.result)
        run = seated.table.session.run
        assert run is not None and run.build_header().parent == read_run(folder).header.run_id
        assert run.table.context.count("Asked before") == 1
        await seated.until(lambda: seated.table.session.follow_up_of == run.folder)


@pytest.mark.anyio
async def test_runs_screen_during_run_opens_but_starts_none(monkeypatch: pytest.MonkeyPatch) -> None:
    copy_demo_run("debate", "20300101-000000-debate-aaaaaa")
    monkeypatch.setenv("ROUNDTABLE_DEMO_PACE", "5")
    async with sitting() as seated:
        seated.table.prompt.text = "Which?"
        await seated.press("enter")
        await seated.until(lambda: seated.table.session.is_running)
        runs = await seated.open_runs()
        assert any(entry.status == "running" for entry in runs.index.find())
        await seated.press("home", "ctrl+o", "f", "u")
        assert seated.app.screen is runs and not runs.check_action("fork_run", ())
        going = next(entry.name for entry in runs.index.find() if entry.status == "running")
        runs.list.show(runs.list.names, to=going)
        await seated.press("D")
        await seated.until(lambda: "is active" in seated.told)
        await seated.press("escape", "f8")
        await seated.until(lambda: not seated.table.session.is_running)


@pytest.mark.anyio
async def test_export_run_asks_for_format_and_file(here: Path) -> None:
    copy_demo_run("debate")
    (here / "taken.html").write_text("mine")
    async with sitting() as seated:
        await seated.open_runs()
        await seated.press("x")
        await seated.on(Picker)
        await seated.press("down", "enter")
        await seated.on(TextPrompt)
        line = seated.app.screen.query_one("#line")
        assert str(line.value).startswith(str(here)) and str(line.value).endswith(".html")  # type: ignore[attr-defined]
        line.value = str(here / "page.html")  # type: ignore[attr-defined]
        await seated.press("enter")
        await seated.until(lambda: "Exported to page.html" in seated.told)
        await seated.press("x")
        await seated.on(Picker)
        await seated.press("enter")
        await seated.on(TextPrompt)
        seated.app.screen.query_one("#line").value = "/proc/none/x.md"  # type: ignore[attr-defined]
        await seated.press("enter")
        await seated.until(lambda: "cannot be written" in seated.told)
    assert (here / "page.html").read_text().startswith("<!DOCTYPE html>")
    assert (here / "taken.html").read_text() == "mine"
