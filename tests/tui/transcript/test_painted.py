"""What the terminal shows after all that was written to it is what the screen is."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from inspect import isawaitable

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Static

from roundtable_tui.tui.textual_patches.lost_repaints import install_lost_repaint_patches
from roundtable_tui.tui.widgets.transcript import StreamView
from tests.support.painted import PaintedTerminal
from tests.support.stream_host import lines

pytestmark = pytest.mark.anyio
SIZE = (60, 20)


class Stage(App[None]):
    """Two views between lines whose height changes, and a list beside them that scrolls."""

    CSS = "#list { width: 12; } StreamView { width: 1fr; } #views { height: 1fr; } #foot { height: 4; }"

    def compose(self) -> ComposeResult:
        yield Static("top", id="top")
        with Horizontal(id="views"):
            yield StreamView(id="a")
            yield StreamView(id="b")
            with VerticalScroll(id="list"):
                yield Static("\n".join(map(str, range(60))))
                yield Static("below", id="below")
        yield Static("foot", id="foot")

    def __init__(self) -> None:
        install_lost_repaint_patches()
        super().__init__()

    def move_views(self) -> None:
        """Move the views down by three rows, and ask the screen for the layout, which comes later."""
        for name, height in (("#top", 4), ("#foot", 1)):
            self.query_one(name).styles.height = height
            self.query_one(name)._check_refresh()

    def view(self, name: str) -> StreamView:
        return self.query_one(f"#{name}", StreamView)

    def stream(self, name: str, count: int = 3) -> None:
        """Let lines come in a view, and draw them as the scheduler would."""
        view = self.screen_stack[0].query_one(f"#{name}", StreamView)
        view.feed("a.1", lines(count, len(view.document.get_answer("a.1"))))
        view.flush()


class Cover(ModalScreen[None]):
    """A small dialog, around which the screen below is visible."""

    CSS = "Cover { align: center middle; background: #000000 20%; } Static { width: 20; height: 3; }"

    def compose(self) -> ComposeResult:
        yield Static("a dialog")


class Shown:
    """An app, its pilot and its terminal."""

    def __init__(self, app: Stage, pilot: Pilot[None], terminal: PaintedTerminal) -> None:
        self.app, self.pilot, self.terminal = app, pilot, terminal

    async def check(self) -> None:
        await self.terminal.settle(self.app, self.pilot)
        stale = self.terminal.find_stale_rows(self.app)
        assert not stale, "\n".join(stale)


@asynccontextmanager
async def stage(patch: pytest.MonkeyPatch) -> AsyncIterator[Shown]:
    terminal = PaintedTerminal(patch)
    terminal.resize(Size(*SIZE))
    app = Stage()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.stream("a", 30)
        app.stream("b", 30)
        shown = Shown(app, pilot, terminal)
        await shown.check()
        yield shown


async def test_view_moved_while_its_place_was_asked_for_is_painted(monkeypatch) -> None:
    async with stage(monkeypatch) as shown:
        app = shown.app
        app.move_views()
        app.screen._dirty_widgets.add(app.query_one("#below"))  # Out of sight: the next question makes a map.
        app.screen._on_timer_update()
        assert app.view("a").region.y == 4
        await shown.check()


async def test_view_drawn_during_layout_is_painted(monkeypatch) -> None:
    async with stage(monkeypatch) as shown:
        app = shown.app
        app.screen.screen_layout_refresh_signal.subscribe(
            app.view("a"), lambda screen: app.stream("a"), immediate=True
        )
        app.query_one("#list").styles.width = 13
        app.query_one("#list").styles.width = 12
        await shown.check()


async def test_views_below_a_dialog_are_painted(monkeypatch) -> None:
    async with stage(monkeypatch) as shown:
        app = shown.app
        await app.push_screen(Cover())
        for _ in range(5):
            for name in ("a", "b"):
                app.stream(name)
                await asyncio.sleep(0.02)
        await shown.check()


async def test_layout_in_a_batch_of_updates_is_painted(monkeypatch) -> None:
    async with stage(monkeypatch) as shown:
        app = shown.app
        with app.batch_update():
            app.move_views()
            await shown.pilot.pause(0.02)
            app.screen._refresh_layout()  # As after a change of the size or of the theme.
            await shown.pilot.pause(0.02)
        await shown.check()


@pytest.mark.parametrize("seed", range(6))
async def test_terminal_after_any_steps_shows_the_screen(monkeypatch, seed: int) -> None:
    rng = random.Random(seed)
    async with stage(monkeypatch) as shown:
        app, pilot = shown.app, shown.pilot
        app.stream("a", 40)

        async def resize() -> None:
            size = Size(rng.randrange(30, 90), rng.randrange(12, 40))
            shown.terminal.resize(size)
            await pilot.resize_terminal(*size)

        async def open_or_close() -> None:
            covered = len(app.screen_stack) > 1
            await (app.pop_screen() if covered else app.push_screen(Cover()))

        def toggle(name: str) -> None:
            widget = app.screen_stack[0].query_one(name)
            widget.display = not widget.display

        def set_height(name: str) -> None:
            app.screen_stack[0].query_one(name).styles.height = rng.randrange(1, 6)

        def reason() -> None:
            view = app.screen_stack[0].query_one("#b", StreamView)
            view.feed(f"b.{rng.randrange(3)}", lines(4), reasoning=rng.random() < 0.6)
            if turns := view.document.list_reasoning_turns():
                view.toggle_reasoning(rng.choice(turns))

        steps: list[Callable[[], object]] = [
            *[lambda: app.stream(rng.choice("ab"), rng.randrange(1, 9))] * 4,
            reason,
            resize,
            open_or_close,
            lambda: toggle(rng.choice(["#b", "#list", "#foot"])),
            lambda: set_height(rng.choice(["#top", "#foot"])),
            lambda: pilot.press(rng.choice(["pageup", "home", "end", "up", "down", "tab", "o"])),
            lambda: app.screen_stack[0].query_one("#list").scroll_to(y=rng.randrange(40), animate=False),
            lambda: app.screen_stack[0].query_one("#below").refresh(),
            lambda: app.screen_stack[0].query_one(rng.choice(["#a", "#top"])).refresh(layout=True),
            lambda: setattr(app, "theme", rng.choice(["textual-dark", "nord"])),
        ]
        for _ in range(8):
            for _ in range(rng.randrange(1, 8)):
                result = rng.choice(steps)()
                if isawaitable(result):
                    await result
                for _ in range(rng.randrange(4)):
                    await asyncio.sleep(0)
                if rng.random() < 0.3:
                    app.screen._on_timer_update()
            await shown.check()
