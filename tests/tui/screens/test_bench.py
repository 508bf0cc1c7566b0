"""The bench in the app: it fills while it runs, can be stopped and continued, and opens its runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, Static

from roundtable_tui.batch.results_file import read_rows
from roundtable_tui.batch.run_once import FinishedRun, run_once
from roundtable_tui.bench import runner
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.screens.bench import screen as bench_screen
from roundtable_tui.tui.screens.bench.screen import BenchScreen, list_benches
from roundtable_tui.tui.screens.replay.screen import ReplayScreen
from roundtable_tui.tui.screens.runs.table import RunList
from roundtable_tui.tui.widgets.forms.note import Note
from tests.support.pilot import Sitting, sitting

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def fast_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw results more often than every second."""
    monkeypatch.setattr(bench_screen, "REFRESH_S", 0.2)


class Gate:
    """Lets `first` runs end at once, and the others once it is opened."""

    def __init__(self, first: int) -> None:
        self.first, self.begun = first, 0
        self.is_open = asyncio.Event()

    async def run_once(self, *args: Any) -> FinishedRun:
        self.begun += 1
        if self.begun > self.first:
            await self.is_open.wait()
        return await run_once(*args)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    found = Gate(10)
    monkeypatch.setattr(runner, "run_once", found.run_once)
    return found


def screen_of(seated: Sitting) -> BenchScreen:
    assert isinstance(seated.app.screen, BenchScreen), seated.app.screen
    return seated.app.screen


@asynccontextmanager
async def opened(
    arms: str, questions: str = "bundled", limit: str = "", size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Sitting]:
    """Open the bench from the main screen, and fill in its fields."""
    async with sitting(RunRequest(demo=True), size) as seated:
        await seated.pilot.press("shift+f10")
        await seated.until(lambda: isinstance(seated.app.screen, BenchScreen), "the bench is open")
        for name, value in (("questions", questions), ("arms", arms), ("limit", limit)):
            screen_of(seated).query_one(f"#{name}", Input).value = value
        await seated.pilot.pause()
        yield seated


def status(seated: Sitting) -> str:
    return screen_of(seated).query_one("#status", Note).shown.plain


def table(seated: Sitting) -> str:
    return str(screen_of(seated).query_one("#table", Static).render())


async def test_bench_fills_while_it_runs_and_opens_a_run_meanwhile(gate: Gate) -> None:
    async with opened("single,vote:agents=3", limit="40") as seated:
        screen = screen_of(seated)
        assert screen.focused is not None and screen.focused.id == "arms"
        assert "demo" in seated.screen_text, "the bench names the model before it starts"
        await seated.pilot.press("enter")
        await seated.until(lambda: screen.bench is not None and "vote:agents=3" in table(seated), "it fills")
        await seated.until(lambda: len(screen._rows) == 10 and screen.query_one(RunList).current_name)
        await seated.until(lambda: "of 40 questions" in status(seated))
        assert "running" in seated.screen_text and screen.query_one("#arms", Input).disabled
        await seated.pilot.press("down", "enter")
        await seated.until(lambda: isinstance(seated.app.screen, ReplayScreen), "the run is open")
        replayed = seated.app.screen
        assert isinstance(replayed, ReplayScreen) and replayed.recording.run_finished is not None
        row = screen._rows[screen.query_one(RunList).current_name or ""]
        assert row.answer == replayed.recording.run_finished.answer
        gate.is_open.set()
        await seated.until(lambda: len(screen._rows) > 10, "the bench continues behind it")
        await seated.pilot.press("escape")
        assert screen_of(seated) is screen
        await seated.pilot.press("f8")
        await seated.until(lambda: screen.bench is None, "it was stopped")
        await seated.pilot.press("escape")
        await seated.until(lambda: seated.app.screen is seated.table, "back on the main screen")


async def test_bench_table_that_takes_longer_than_its_interval_is_shown(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    summarize, never = bench_screen.summarize, threading.Event()

    def summarize_slowly(*args: Any, **options: Any) -> Any:
        never.wait(5 * bench_screen.REFRESH_S)
        return summarize(*args, **options)

    monkeypatch.setattr(bench_screen, "summarize", summarize_slowly)
    async with opened("single,vote:agents=3", limit="40") as seated:
        await seated.pilot.press("enter")
        await seated.until(lambda: "vote:agents=3" in table(seated), "it fills")
        await seated.pilot.press("f8")
        await seated.until(lambda: screen_of(seated).bench is None, "it was stopped")


async def test_bench_stopped_is_continued_and_pays_nothing_twice(gate: Gate) -> None:
    async with opened("single", limit="24") as seated:
        screen = screen_of(seated)
        await seated.pilot.press("f9")
        await seated.until(lambda: len(screen._rows) == 10, "some runs have ended")
        await seated.pilot.press("escape")
        assert screen_of(seated) is screen, "it is not left while it runs"
        await seated.pilot.press("f8")
        await seated.until(lambda: screen.bench is None, "it was stopped")
        assert status(seated).startswith("stopped; F9 continues")
        (folder,) = list_benches()
        before = len(list(read_rows(folder / "results.jsonl")))
        assert before == 10
        gate.is_open.set()
        await seated.pilot.press("f9")
        await seated.until(lambda: "Report: " in status(seated), "the bench has ended")
        rows = list(read_rows(folder / "results.jsonl"))
        assert len(rows) == len({row["key"] for row in rows}) == 24


async def test_bench_wrong_fields_are_explained_and_can_be_corrected(tmp_path: Path) -> None:
    async with opened("singel", size=(80, 24)) as seated:
        screen = screen_of(seated)
        for name, value, reason in (
            ("arms", "singel", "there is no mode singel"),
            ("arms", "single,single", "arms: single occurs twice"),
            ("limit", "x", "limit: x is not a number"),
            ("questions", str(tmp_path / "none"), "file not found"),
        ):
            field = screen.query_one(f"#{name}", Input)
            before, field.value = field.value, value
            await seated.pilot.press("f9")
            await seated.until(lambda: reason in status(seated), reason)
            assert "--" not in status(seated) and screen.bench is None
            field.value = "single" if name == "arms" else before
        screen.query_one("#limit", Input).value = "2"
        await seated.pilot.press("f9")
        await seated.until(lambda: "Report: " in status(seated), "the bench has ended")


async def test_bench_earlier_one_is_shown_again() -> None:
    async with opened("single,vote:agents=2", limit="6") as seated:
        screen = screen_of(seated)
        await seated.pilot.press("f9")
        await seated.until(lambda: "Report: " in status(seated), "the bench has ended")
        await seated.pilot.pause()
        shown = table(seated)
        assert "difference" in shown and "of 6 (" in shown
        await seated.until(lambda: "█ votes of 1 to 2 single" in seated.screen_text, "the plot is drawn")
        await seated.pilot.press("ctrl+t")
        await seated.until(lambda: "word-problem   " in seated.screen_text, "the topics are drawn")
        assert "votes of 1 to 2" not in seated.screen_text
        (folder,) = list_benches()
        assert "<svg" in (folder / "report.html").read_text("utf-8")
        await seated.pilot.press("escape", "shift+f10")
        await seated.until(lambda: isinstance(seated.app.screen, BenchScreen), "the bench is open")
        again = screen_of(seated)
        assert again is not screen and not again._rows
        await seated.pilot.press("f10")
        await seated.until(lambda: folder.name in seated.screen_text, "the list is open")
        await seated.pilot.press("enter")
        await seated.until(lambda: seated.app.screen is again and "Report: " in status(seated), "it is shown")
        assert table(seated) == shown and len(again.query_one(RunList).names) == 12


async def test_bench_texts_of_models_are_neither_markup_nor_control_characters(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"id": "[red]x\\u001b[2J", "question": "What?", "answer": "[/] [bold]y"}\n')
    async with opened("single", str(path)) as seated:
        await seated.pilot.press("f9")
        await seated.until(lambda: "Report: " in status(seated), "the bench has ended")
        await seated.pilot.pause()
        assert "[red]x" in seated.screen_text and "\x1b" not in seated.screen_text


async def test_bench_on_a_narrow_screen_shows_plot_and_topics_in_place_of_the_runs() -> None:
    async with opened("single,vote:agents=2", limit="6", size=(80, 24)) as seated:
        await seated.pilot.press("f9")
        await seated.until(lambda: "Report: " in status(seated), "the bench has ended")
        for shown in ("(known answer", "votes of 1 to 2 single", "word-problem   ", "(known answer"):
            await seated.until(lambda text=shown: text in seated.screen_text, shown)
            assert (
                sum(
                    text in seated.screen_text
                    for text in ("(known answer", "votes of 1 to", "word-problem   ")
                )
                == 1
            )
            await seated.pilot.press("ctrl+t")
