"""Tools in the app: calls as folded lines, citations that do not hold, the question for permission."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from roundtable_tui.config import Settings, load
from roundtable_tui.engine import events
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.screens.dialogs.picker import Picker
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
            await seated.until(lambda: "read notes.md" in seated.screen_text, "the pane is open")
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
    ("keys", "answer", "ok"), [(("enter",), "no", False), (("down", "down", "down", "enter"), "always", True)]
)
async def test_permission_is_asked_once_in_a_dialog(keys: tuple[str, ...], answer: str, ok: bool) -> None:
    settings = Settings(mcp={"sums": {"command": sys.executable, "args": [SERVER]}})
    script = [Reply(calls=[("sums__add", {"a": 2, "b": 3})]), "5"]
    async with FakeServer(script) as fake:
        wish = RunRequest(base_url=fake.url, model="fake", mode="single", tools=("sums",))
        async with sitting(wish, size=Wide, settings=settings) as seated:
            await seated.ask("What is 2 + 3?")
            await seated.until(lambda: isinstance(seated.app.screen, Picker), "the question is shown")
            await seated.until(lambda: "calls sums__add" in seated.screen_text, "it names the tool")
            await seated.pilot.press(*keys)
            await seated.over()
            recorded = seated.table.session.run.events
            assert [one.answer for one in recorded if isinstance(one, events.ToolPermission)] == [answer]
            assert [one.ok for one in recorded if isinstance(one, events.ToolReturned)] == [ok]
    assert load().permissions == ({"sums__add": "allow"} if answer == "always" else {})
