"""Tools in the app: calls as folded lines, citations that do not hold, the question for permission."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from roundtable_tui.config import Settings, load
from roundtable_tui.engine import events
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.widgets.run.permission_strip import PermissionStrip
from tests.support.fake_server import FakeServer, Reply
from tests.support.pilot import Wide, sitting

pytestmark = pytest.mark.anyio
SERVER = str(Path(__file__).parents[1] / "tools" / "small_mcp_server.py")


async def test_pane_shows_each_call_in_one_line_that_unfolds(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("It has 14 arches.\n", encoding="utf-8")
    calls = [("read_file", {"path": "notes.md"}), ("read_file", {"path": "none.md"})]
    script = [Reply(calls=calls), "It has 14 arches [notes.md:1] and no roof [notes.md:7]."]
    async with FakeServer(script) as fake:
        wish = RunRequest(base_url=fake.url, model="fake", mode="single", roots=(tmp_path,))
        async with sitting(wish, size=Wide) as seated:
            await seated.ask("How many arches?")
            await seated.over()
            await seated.pilot.press("escape", "1")
            await seated.until(lambda: "✗ [notes.md:7]" in seated.screen_text, "the pane is open")
            await seated.until(lambda: "not verified" in seated.screen_text, "the passages are checked")
            shown = seated.screen_text
            assert "▸ read notes.md:1 · 29 B" in shown
            assert "▸ read none.md · none.md is not there" in shown
            assert "✗ [notes.md:7] not verified" in shown and "notes.md:1: It has" not in shown
            (pane,) = seated.stage.groups[0].seats or [seated.stage.head]
            turn = pane.view.document.turns[0]
            assert pane.view.toggle_reasoning(f"{turn}/1")
            await seated.until(
                lambda: "notes.md:1: It has 14 arches." in seated.screen_text, "it is unfolded"
            )
            assert not pane.view.toggle_reasoning(f"{turn}/1")
            await seated.until(lambda: "notes.md:1: It has" not in seated.screen_text, "it is folded")


@pytest.mark.parametrize(
    ("keys", "answer", "ok"),
    [
        (("enter",), "no", False),
        (("left", "enter"), "always", True),
        (("2",), "run", True),
        (("left", "left", "left", "enter"), "once", True),
    ],
)
async def test_permission_is_asked_once_in_the_strip(keys: tuple[str, ...], answer: str, ok: bool) -> None:
    settings = Settings(mcp={"sums": {"command": sys.executable, "args": [SERVER]}})
    script = [Reply(calls=[("sums__add", {"a": 2, "b": 3})]), "5"]
    async with FakeServer(script) as fake:
        wish = RunRequest(base_url=fake.url, model="fake", mode="single", tools=("sums",))
        async with sitting(wish, size=Wide, settings=settings) as seated:
            await seated.ask("What is 2 + 3?")
            await seated.until(lambda: "calls sums__add" in seated.screen_text, "it names the tool")
            assert "2 this run" in seated.screen_text and '"b": 3' in seated.screen_text
            # What is typed meanwhile stays a text: no key answers before the strip has the focus.
            await seated.pilot.press(*"so 2", "left")
            assert seated.table.prompt.text == "so 2" and seated.stage.query_one(PermissionStrip).is_asking
            await seated.pilot.press("escape", *keys)
            await seated.over()
            recorded = seated.table.session.run.events
            assert [one.answer for one in recorded if isinstance(one, events.ToolPermission)] == [answer]
            assert [one.ok for one in recorded if isinstance(one, events.ToolReturned)] == [ok]
            assert not seated.stage.query_one(PermissionStrip).display
            assert seated.table.prompt.text == "so 2" and seated.table.prompt.has_focus
    assert load().permissions == ({"sums__add": "allow"} if answer == "always" else {})


async def test_permission_question_goes_with_a_run_that_is_stopped() -> None:
    settings = Settings(mcp={"sums": {"command": sys.executable, "args": [SERVER]}})
    async with FakeServer([Reply(calls=[("sums__add", {"a": 2, "b": 3})]), "5"]) as fake:
        wish = RunRequest(base_url=fake.url, model="fake", mode="single", tools=("sums",))
        async with sitting(wish, size=(60, 15), settings=settings) as seated:
            await seated.ask("What is 2 + 3?")
            await seated.until(lambda: "calls sums__add" in seated.screen_text, "it names the tool")
            await seated.pilot.press("f8")
            await seated.over()
            assert not seated.stage.query_one(PermissionStrip).display
