"""The screen of a batch: progress of a batch of another process, and its runs."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Input

from roundtable_tui import config
from roundtable_tui.batch import folders
from roundtable_tui.batch.control import make_batch_command, read_stop_request
from roundtable_tui.batch.folders import (
    ResultsTail,
    batches_dir,
    default_folder,
    list_batches,
    read_state,
    remember_folder,
)
from roundtable_tui.batch.progress import BatchState
from roundtable_tui.batch.results_file import ResultsFile
from roundtable_tui.batch.runner import Batch
from roundtable_tui.batch.servers import BatchServerPool, ServerBalancer
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.screens.batch import screen as batch_screen
from roundtable_tui.tui.screens.batch.screen import BatchScreen
from roundtable_tui.tui.screens.batch.start import BatchStartForm
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.screens.replay.screen import ReplayScreen
from roundtable_tui.tui.screens.runs.table import RunList
from roundtable_tui.tui.widgets.forms.form_row import FormRow
from tests.support.fake_server import FakeServer, Reply, error
from tests.support.pilot import Sitting, sitting

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def fast_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read progress more often than every second."""
    monkeypatch.setattr(batch_screen, "REFRESH_S", 0.1)


def reply(request: dict[str, Any], nth: int) -> Reply:
    return error(400, "[red]not this one") if "3?" in str(request["messages"]) else Reply("Forty-two.")


async def run_batch(folder: Path, count: int, source: Path) -> None:
    """Run a batch of questions in order, of which number 3 fails."""
    source.write_text("".join(json.dumps({"question": f"Question {n}?"}) + "\n" for n in range(count)))
    async with FakeServer(reply) as fake:
        server = config.ServerSettings("home", fake.url, concurrency=1)
        settings = config.Settings(servers={"home": server}, discovery=False)
        async with BatchServerPool(settings, {}) as pool:
            balancer = ServerBalancer(pool, RunRequest(mode="single", model="fake"), ("home",))
            await balancer.prepare()
            batch = Batch(source, balancer, folder)
            await batch.prepare()
            await batch.run()


@asynccontextmanager
async def opened(size: tuple[int, int] = (120, 30)) -> AsyncIterator[Sitting]:
    async with sitting(RunRequest(demo=True), size) as seated:
        await seated.pilot.press("shift+f6")
        await seated.until(lambda: isinstance(seated.app.screen, BatchScreen), "the batch is open")
        yield seated


async def test_batch_screen_without_a_batch_says_how_to_start_one() -> None:
    async with opened() as seated:
        await seated.until(lambda: "roundtable batch tasks.jsonl" in seated.screen_text, "how to start one")
        await seated.pilot.press("escape")
        await seated.until(lambda: not isinstance(seated.app.screen, BatchScreen), "it is left")


async def test_batch_screen_shows_progress_and_opens_a_run(tmp_path: Path) -> None:
    folder = batches_dir() / "tasks-1"
    await run_batch(folder, 5, tmp_path / "tasks.jsonl")
    async with opened((160, 50)) as seated:
        await seated.until(lambda: "5 of 5 done, 1 failed" in seated.screen_text, "its figures")
        await seated.until(lambda: "Forty-two." in seated.screen_text, "its runs")
        await seated.until(
            lambda: "home: 0 running" in seated.screen_text and "finished" in seated.screen_text
        )
        await seated.until(lambda: "(400): [red]not" in seated.screen_text, "texts are not read as markup")
        await seated.pilot.press("S")
        await seated.until(lambda: "Forty-two." not in seated.screen_text, "failed runs only")
        await seated.pilot.press("S")
        await seated.until(lambda: len(seated.app.screen.query_one(RunList).names) == 5, "all runs")
        await run_batch(folder, 8, tmp_path / "tasks.jsonl")
        await seated.until(lambda: "8 of 8 done" in seated.screen_text, "it follows")
        await seated.pilot.press("home", "enter")
        await seated.until(lambda: isinstance(seated.app.screen, ReplayScreen), "the run is open")
        await seated.until(lambda: "Forty-two." in seated.screen_text, "its answer")


async def test_batch_screen_shows_runs_that_take_longer_to_read_than_its_interval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run_batch(batches_dir() / "tasks-1", 2, tmp_path / "tasks.jsonl")
    read, begun = batch_screen.read_state, threading.Event()

    def read_slowly(folder: Path) -> BatchState:
        begun.wait(5 * batch_screen.REFRESH_S)
        return read(folder)

    monkeypatch.setattr(batch_screen, "read_state", read_slowly)
    async with opened() as seated:
        await seated.until(lambda: "Forty-two." in seated.screen_text, "its runs")


async def type_path(seated: Sitting, path: Path) -> None:
    """Start a new batch of a file; the path is pasted."""
    await seated.pilot.press("n")
    await seated.until(lambda: isinstance(seated.app.screen, BatchStartForm), "the path is asked for")
    seated.app.post_message(events.Paste(str(path)))
    field = seated.app.screen.query_one("#row-tasks Input", Input)
    await seated.until(lambda: field.value == str(path), "it is pasted")
    await seated.pilot.press("enter")


async def test_batch_screen_other_batch_in_a_folder_of_the_user_is_found(tmp_path: Path) -> None:
    await run_batch(batches_dir() / "tasks-1", 2, tmp_path / "tasks.jsonl")
    remember_folder(tmp_path / "mine")
    remember_folder(tmp_path / "mine")
    await run_batch(tmp_path / "mine", 4, tmp_path / "tasks.jsonl")
    assert list_batches() == [tmp_path / "mine", batches_dir() / "tasks-1"]
    assert len((batches_dir() / "folders.jsonl").read_text().splitlines()) == 1
    async with opened((80, 24)) as seated:
        await seated.until(lambda: "4 of 4 done" in seated.screen_text, "the newest batch")
        await seated.pilot.press("f10")
        await seated.until(lambda: "tasks-1" in seated.screen_text, "both are offered")
        await seated.pilot.press("down", "enter")
        await seated.until(lambda: "2 of 2 done" in seated.screen_text, "the other batch")


async def test_batch_screen_starts_a_batch_of_a_file_and_shows_its_end(tmp_path: Path) -> None:
    source = tmp_path / "tasks.jsonl"
    source.write_text("".join(json.dumps({"question": f"Question {n}?"}) + "\n" for n in range(3)))
    async with opened((140, 30)) as seated:
        await type_path(seated, tmp_path / "none.jsonl")
        await seated.until(
            lambda: "file not found" in seated.screen_text, "a file that is not there is named"
        )
        seated.app.session.wish = replace(seated.app.session.wish, mode="single")
        await type_path(seated, source)
        await seated.until(lambda: isinstance(seated.app.screen, Picker), "the tasks are read")
        await seated.until(lambda: "3 runs" in seated.screen_text, "what would be run")
        await seated.until(lambda: "mode single · Servers" in seated.screen_text, "how it would be run")
        await seated.pilot.press("enter")
        await seated.until(lambda: "3 of 3 done" in seated.screen_text, "its end")
        await seated.until(lambda: "finished" in seated.screen_text, "its status")
    assert list_batches() == [default_folder(source)]


async def fill_form(seated: Sitting, source: Path, **fields: str) -> None:
    """Open the form of a new batch and paste values into its fields; leaves it open."""
    await seated.pilot.press("n")
    await seated.until(lambda: isinstance(seated.app.screen, BatchStartForm), "the form is open")
    for name, text in {"tasks": str(source), **fields}.items():
        field = seated.app.screen.query_one(f"#row-{name} Input", Input)
        field.focus()
        await seated.until(lambda field=field: field.has_focus, "the field")  # type: ignore[misc]
        seated.app.post_message(events.Paste(text))
        await seated.until(lambda field=field, text=text: field.value == text, "the value")  # type: ignore[misc]


async def test_batch_form_shares_the_runs_among_servers_and_stops_at_the_budget(
    tmp_path: Path, roundtable_home: Path
) -> None:
    source = tmp_path / "tasks.jsonl"
    source.write_text("".join(json.dumps({"question": f"Question {n}?"}) + "\n" for n in range(9)))
    spent = {"prompt_tokens": 60, "completion_tokens": 40}
    async with FakeServer(Reply("Oak.", usage=spent)) as home, FakeServer(Reply("Oak.", usage=spent)) as gpu:
        lines = ["discovery = false"]
        for name, fake in (("home", home), ("gpu", gpu)):
            lines += [f"[servers.{name}]", f'base_url = "{fake.url}"', 'model = "fake"', "concurrency = 1"]
        (roundtable_home / "settings.toml").write_text("\n".join(lines))
        async with opened((140, 30)) as seated:
            seated.app.session.wish = replace(seated.app.session.wish, mode="single")
            await fill_form(seated, source, servers="home, gpu", budget="250", max_cost="1.5")
            await seated.pilot.press("enter")
            await seated.until(lambda: "9 runs" in seated.screen_text, "what would be run")
            assert "home" in seated.screen_text and "gpu" in seated.screen_text
            await seated.pilot.press("enter")
            await seated.until(lambda: "of 9 done" in seated.screen_text, "its progress")
            await seated.until(lambda: "  stopped" in seated.screen_text, "the budget ends it")
            await seated.pilot.press("n")
            await seated.until(lambda: isinstance(seated.app.screen, BatchStartForm), "it can be continued")
            rows = {row.setting.name: row.text for row in seated.app.screen.query(FormRow)}
    state = read_state(default_folder(source))
    assert home.requests and gpu.requests and 3 <= state.done < 9, "the limit of tokens was reached"
    assert rows == {"tasks": str(source), "servers": "home, gpu", "budget": "250", "max_cost": "1.5"}


@pytest.mark.parametrize("size", [(120, 30), (60, 15)])
async def test_batch_form_with_wrong_values_says_so_and_stays(size: tuple[int, int], tmp_path: Path) -> None:
    async with opened(size) as seated:
        await fill_form(seated, tmp_path / "tasks.jsonl", budget="many")
        await seated.pilot.press("enter")
        await seated.until(lambda: "should be a whole number from 0" in seated.screen_text, "what is wrong")
        form = seated.app.screen
        assert isinstance(form, BatchStartForm)
        assert form.focused is form.query_one("#row-budget Input")
        form.query_one("#row-budget", FormRow).text = "20k"
        form.query_one("#row-tasks", FormRow).text = " "
        await seated.pilot.press("enter")
        await seated.until(lambda: "should be a file or a folder" in seated.screen_text, "what is missing")
        await seated.pilot.press("escape")
        await seated.until(lambda: isinstance(seated.app.screen, BatchScreen), "it is left")


def test_make_batch_command_with_servers_leaves_out_the_server_of_the_app(tmp_path: Path) -> None:
    request = RunRequest(server="home", base_url="http://x", demo=True, mode="vote", model="m")
    command = make_batch_command(tmp_path / "a.jsonl", request, servers=("a", "b"), budget=5, max_cost=0.5)
    words = set(command.words)
    assert {"--servers=a,b", "--budget=5", "--max-cost=0.5", "--mode=vote", "--model=m"} <= words
    assert not any(word.startswith(("--server=", "--base-url", "--demo")) for word in words)
    plain = set(make_batch_command(tmp_path / "a.jsonl", request).words)
    assert {"--server=home", "--base-url=http://x", "--demo"} <= plain
    assert not any(word.startswith(("--servers", "--budget", "--max-cost")) for word in plain)


async def test_batch_screen_stops_a_batch_first_after_its_runs_then_at_once(tmp_path: Path) -> None:
    source, gate = tmp_path / "tasks.jsonl", asyncio.Event()
    source.write_text("".join(json.dumps({"question": f"Question {n}?"}) + "\n" for n in range(9)))
    async with FakeServer(Reply("one two", gates={1: gate})) as fake, opened((140, 30)) as seated:
        server = config.ServerSettings("home", fake.url, concurrency=2)
        async with BatchServerPool(config.Settings(servers={"home": server}, discovery=False), {}) as pool:
            balancer = ServerBalancer(pool, RunRequest(mode="single", model="fake"), ("home",))
            await balancer.prepare()
            batch = Batch(source, balancer, batches_dir() / "tasks-1")
            await batch.prepare()
            running = asyncio.create_task(batch.run())
            await seated.until(lambda: "2 running" in seated.screen_text, "it runs")
            await seated.pilot.press("f8")
            await seated.until(lambda: batch.stop_requested, "no further run starts")
            assert not running.done()
            await seated.pilot.press("f8")
            await seated.until(running.done, "the active runs are stopped")
            assert running.cancelled() and len(fake.requests) == 2
            await seated.until(lambda: "stopped" in seated.screen_text, "its status")
            assert read_stop_request(batch.folder) == ""


async def test_batch_state_of_a_killed_batch_is_interrupted(tmp_path: Path) -> None:
    await run_batch(tmp_path / "out", 1, tmp_path / "tasks.jsonl")
    progress = tmp_path / "out" / "progress.json"
    progress.write_text(progress.read_text().replace('"finished"', '"running"'))
    assert read_state(tmp_path / "out").status == "interrupted"
    with ResultsFile(tmp_path / "out" / "results.jsonl"):
        assert read_state(tmp_path / "out").status == "running"


async def test_results_tail_reads_whole_lines_and_the_newest_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run_batch(tmp_path, 5, tmp_path / "tasks.jsonl")
    tail = ResultsTail(tmp_path)
    assert tail.read() and len(tail.rows) == 5 and not tail.read()
    results = tmp_path / "results.jsonl"
    lines = results.read_bytes().splitlines(keepends=True)
    with results.open("ab") as file:
        file.write(lines[0][:20])
        file.flush()
        assert not tail.read(), "a line that is being written"
        file.write(lines[0][20:])
    first = json.loads(lines[0])["key"]
    assert tail.read() and list(tail.rows)[-1] == first and len(tail.rows) == 5
    monkeypatch.setattr(folders, "MAX_LISTED_ROWS", 2)
    monkeypatch.setattr(folders, "_MAX_TAIL_BYTES", len(lines[0]) * 3)
    short = ResultsTail(tmp_path)
    assert short.read() and list(short.rows) == list(tail.rows)[-2:]
