"""Keys may come faster than screens are built and left: no key ends the app, none leaves another screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from roundtable_tui.config import Settings
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui import key_hold
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
from roundtable_tui.tui.screens.settings.screen import SettingsScreen
from roundtable_tui.tui.widgets.prompt import Prompt
from tests.support.waits import until

pytestmark = pytest.mark.anyio


class Nested(Screen[None]):
    """Something to take away, with something in it."""

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("here", markup=False)


async def test_app_survives_fast_keys_and_cancelled_waits() -> None:
    app = RoundtableApp(RunRequest(demo=True), Settings(animations=False, discovery=False))
    async with app.run_test(size=(60, 15)) as pilot:
        table = app.screen
        # Left before it is built, and once more when it is gone.
        app.push_screen(SettingsScreen(app.session))
        for key in ("escape", "escape", "f3", "escape", "escape"):
            app.post_message(events.Key(key, None))
        await until(pilot, lambda: app.screen is table and not app.key_hold.is_active)
        # Its shape is that of its size before anything of it is drawn.
        screen = SettingsScreen(app.session)
        app.push_screen(screen)
        assert screen.has_class("-narrow") and not screen.has_class("-wide")
        await until(pilot, lambda: screen.is_mounted)
        # Chosen twice, a list is left once, and the screen below it stays.
        chosen: list[str | None] = []
        picker = Picker("Which?", [Item("a", "a"), Item("b", "b")])
        app.push_screen(picker, chosen.append)
        await until(pilot, lambda: picker.is_mounted)
        picker.dismiss("a")
        picker.dismiss("b")
        await until(pilot, lambda: chosen)
        assert (chosen, app.screen) == (["a"], screen)
        app.pop_screen()
        await until(pilot, lambda: app.screen is table)
        table.dismiss()
        assert app.screen is table, "the first screen is not left"
        # Who waits for a screen to go is cancelled: the app, which waits too, goes on.
        for steps in range(4):
            app.push_screen(nested := Nested())
            await until(pilot, lambda nested=nested: nested.is_mounted)  # type: ignore[misc]
            gone = app.pop_screen()

            async def wait(gone: Any = gone) -> None:
                await gone

            waiting = asyncio.ensure_future(wait())
            for _ in range(steps):
                await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait({waiting})
            await until(pilot, lambda nested=nested: not nested.is_running)  # type: ignore[misc]
        await pilot.press("f1")
        await until(pilot, lambda: app.screen is not table)


async def test_app_started_in_the_background_takes_every_key_at_once() -> None:
    """A terminal without focus says so before the first screen is built; keys come later."""
    app = RoundtableApp(RunRequest(demo=True), Settings(animations=False, discovery=False))
    app.set_reactive(RoundtableApp.app_focus, False)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert app.screen.focused is None
        for key in (*"Why", "enter"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: app.session.run is not None)
        assert app.session.run is not None and app.session.run.plan.question == "Why"


async def test_app_keys_typed_before_its_first_screen_is_built_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on_mount = RoundtableApp.on_mount

    def type_early(self: RoundtableApp) -> None:
        on_mount(self)
        for key in ("W", "h", "y", "ctrl+j", "N", "o"):
            self.post_message(events.Key(key, key if len(key) == 1 else None))

    monkeypatch.setattr(RoundtableApp, "on_mount", type_early)
    app = RoundtableApp(RunRequest(demo=True), Settings(animations=False, discovery=False))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.screen.query_one(Prompt).text == "Why\nNo", "the text")


async def test_keys_typed_while_a_dialog_opens_go_to_it(
    demo: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with demo() as seated:
        await seated.until(lambda: seated.table.prompt.menu is not None, "the start-up has finished")
        gate, load = asyncio.Event(), seated.table.session.preload_imports

        async def load_slowly() -> None:
            await gate.wait()
            await load()

        monkeypatch.setattr(seated.table.session, "preload_imports", load_slowly)
        for key in ("a", "f2", *"vote", "enter", "!"):
            seated.app.post_message(events.Key(key, key if len(key) == 1 else None))
        seated.app.post_message(events.Paste("?"))
        for _ in range(5):
            await seated.pilot.pause()
        assert (seated.table.prompt.text, seated.app.screen) == ("a", seated.table), "keys wait"
        gate.set()
        await seated.until(lambda: seated.table.session.wish.mode == "vote")
        await seated.until(lambda: seated.table.prompt.text == "a!?")


@pytest.mark.parametrize("key", ["f1", "ctrl+p"])
async def test_keys_typed_at_once_behind_a_key_that_opens_a_screen_go_to_it(
    key: str, demo: Callable[..., Any]
) -> None:
    async with demo() as seated:
        await seated.until(lambda: seated.table.prompt.menu is not None, "the start-up has finished")
        for typed in (key, *"theme", "escape", "escape", *"Why"):
            seated.app.post_message(events.Key(typed, typed if len(typed) == 1 else None))
        await seated.until(lambda: seated.table.prompt.text == "Why")


async def test_keys_are_passed_on_when_no_screen_opens(
    demo: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_hold, "MAX_HOLD_S", 0.0)
    async with demo() as seated:
        seated.app.key_hold.begin()
        for key in "Why":
            seated.app.post_message(events.Key(key, key))
        await seated.until(lambda: seated.table.prompt.text == "Why")
