"""Trying a persona in the editor and in the list, with calls to a scripted server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from roundtable_tui.config import Settings
from roundtable_tui.engine.run import Run
from roundtable_tui.resources import Persona
from roundtable_tui.setup.open_run import build_trial_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.tui.screens.library.context import LibraryContext
from roundtable_tui.tui.screens.library.personas.editor import PersonaEditor
from roundtable_tui.tui.screens.library.personas.list import PersonasScreen
from roundtable_tui.tui.screens.trial.panel import DEFAULT_QUESTION, Trial, TryPanel, TrySeatPane
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer, Reply, Script
from tests.support.screen_host import SIZES, Host, acting, frame, open_screen, said, settle
from tests.support.waits import until

pytestmark = pytest.mark.anyio

ADA = Persona(name="Ada", creativity=0.25, prompt="You are Ada.")


@asynccontextmanager
async def make_context(script: Script) -> AsyncIterator[tuple[LibraryContext, FakeServer]]:
    """Yield the context of the screens, with a scripted server."""
    async with FakeServer(script) as fake:
        backends = ServerPool(Settings(discovery=False), {})

        async def make(persona: Persona, question: str) -> Run:
            return await build_trial_run(
                persona, question, RunRequest(base_url=fake.url, model="m"), backends
            )

        yield LibraryContext(Trial(make)), fake
        await backends.aclose()


@asynccontextmanager
async def editing(script: Script) -> AsyncIterator[tuple[Host, Pilot[None], LibraryContext, FakeServer]]:
    """Open the editor with Ada, with a scripted server."""
    async with (
        make_context(script) as (at_hand, fake),
        open_screen(PersonaEditor(ADA, context=at_hand)) as shown_on,
    ):
        yield *shown_on, at_hand, fake


def shown(app: Host) -> str:
    return app.screen.query_one(TrySeatPane).view.copy_text()


async def wait_for_answer(app: Host, pilot: Pilot[None]) -> None:
    await until(pilot, lambda: not app.screen.query_one(TryPanel).is_asking)
    await settle(app, pilot)


async def test_try_panel_unsaved_edits_are_asked_and_not_recorded() -> None:
    async with editing({"": "I look at how it is known."}) as (app, pilot, at_hand, fake):
        app.screen.query_one("#prompt").text = "You are Ada, now blunt."  # type: ignore[attr-defined]
        await pilot.press("f9")
        await settle(app, pilot)
        assert said(app, "#model-line").startswith("m at ") and "temperature 0.25" in said(app, "#model-line")
        await pilot.press("enter")
        await wait_for_answer(app, pilot)
        assert "how it is known" in shown(app) and DEFAULT_QUESTION[:40] in shown(app)
        await pilot.press("escape", "f9")
        await settle(app, pilot)
        await pilot.press(*"And then?")
        app.screen.query_one("#name").focus()
        await pilot.press("f9")
        await wait_for_answer(app, pilot)
        assert [(r.system, r.user) for r in fake.requests] == [
            ("You are Ada, now blunt.", DEFAULT_QUESTION), ("You are Ada, now blunt.", "And then?"),
        ]  # fmt: skip
        assert at_hand.trial.question == "And then?" and shown(app).count("how it is known") == 2
        app.screen.query_one("#question").focus()
        await pilot.press("escape")
        assert not app.screen.has_class("-try") and app.results == []
    assert not paths.runs_dir().exists()


async def test_try_panel_left_while_asking_shows_no_error() -> None:
    gate = asyncio.Event()
    script = {"": lambda _, nth: Reply("One two three", gates={1: gate})}
    async with editing(script) as (app, pilot, _, _):
        await pilot.press("f9", "enter")
        await until(pilot, lambda: "One" in shown(app))
        app.screen.query_one("#name").focus()
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, PersonaEditor))
        gate.set()
        await settle(app, pilot)
        assert [note.message for note in app._notifications] == []


async def test_try_panel_stopped_answer_can_be_asked_again() -> None:
    gate = asyncio.Event()
    script = {"": lambda _, nth: Reply("One two three", gates={1: gate}) if nth == 1 else "Whole."}
    async with editing(script) as (app, pilot, _, _):
        await pilot.press("f9", "enter")
        await until(pilot, lambda: "One" in shown(app))
        await pilot.press("f8")
        await until(pilot, lambda: "stopped by you" in shown(app))
        assert not app.screen.query_one(TryPanel).is_asking
        await pilot.press("enter")
        await until(pilot, lambda: "Whole." in shown(app))
        gate.set()
        await wait_for_answer(app, pilot)
        assert "three" not in shown(app)


async def test_try_panel_error_is_one_line() -> None:
    refusal = Reply(status=400, body={"error": {"message": "no \x1b[31msuch [/] thing"}})
    async with editing({"": refusal}) as (app, pilot, _, _):
        await pilot.press("f9", "enter")
        await wait_for_answer(app, pilot)
        assert "asks again" not in shown(app), "that is a key of the table"
        assert "such [/] thing" in shown(app) and acting(frame(app)) == []
        app.screen.query_one("#server").value = "nowhere"  # type: ignore[attr-defined]
        await settle(app, pilot)
        await pilot.press("f9")
        await wait_for_answer(app, pilot)
        assert "there is no server called nowhere" in said(app, "#untried")
        app.screen.query_one("#server").value = ""  # type: ignore[attr-defined]
        await settle(app, pilot)
        app.screen.query_one("#prompt").text = ""  # type: ignore[attr-defined]
        await settle(app, pilot)
        await pilot.press("f9")
        await settle(app, pilot)
        assert said(app, "#status").startswith("Not tried: ") and not app.screen.query_one(TryPanel).is_asking


@pytest.mark.parametrize("size", SIZES[2:], ids=str)
async def test_try_panel_in_list_fits_small_screens(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "bundled_dir", lambda kind: tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("Ada", "Bob"):
        (tmp_path / f"{name}.json").write_text(f'{{"name": "{name}", "prompt": "You are {name}."}}')
    async with make_context({"": "Quite so."}) as (at_hand, fake):
        screen = PersonasScreen(context=at_hand)
        async with open_screen(screen, size) as (app, pilot):
            await pilot.press("down", "f9")
            await settle(app, pilot)
            await pilot.press("enter")
            await wait_for_answer(app, pilot)
            await until(pilot, lambda: "Quite so." in frame(app))
            assert fake.requests[0].system == "You are Bob." and "Ask it" in frame(app)
            await pilot.press("escape", "escape")
            assert app.results == [False]
