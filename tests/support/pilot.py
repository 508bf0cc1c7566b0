"""An app under test, the text of its screen, and stored runs shown in it without a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from textual.pilot import Pilot

from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord, read_record
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.tui.screens.main.screen import MainScreen
from roundtable_tui.tui.widgets.run.run_panes import RunPanes
from roundtable_tui.tui.widgets.run.status_bar import StatusBar
from roundtable_tui.tui.widgets.transcript import StreamView
from tests.support import waits
from tests.support.fake_server import FakeServer
from tests.support.paths import DATA

Wide, Medium, Small = (160, 50), (80, 24), (60, 15)


@dataclass
class Sitting:
    """An app under test."""

    app: RoundtableApp
    pilot: Pilot[int]
    fake: FakeServer | None = None

    @property
    def table(self) -> MainScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def stage(self) -> RunPanes:
        return self.table.run_view

    def text(self, seat: str) -> str:
        """The text of a seat's pane."""
        pane = self.stage.find_pane(seat)
        assert pane is not None
        return pane.view.copy_text()

    async def until(self, true: Callable[[], object], what: str = "") -> None:
        """Wait until a condition holds; fail after a minute."""
        await waits.until(self.pilot, true, what)

    async def ask(self, question: str = "What is best?") -> None:
        """Type a question and send it; return when the panes are shown, or at once if it is queued."""
        session = self.table.session
        before, is_queued = session.run, session.is_running
        self.table.prompt.focus()
        self.table.prompt.text = question
        await self.pilot.press("enter")
        await self.until(
            lambda: self.table.has_class("-run") and (is_queued or session.run is not before), "a run began"
        )

    async def over(self) -> None:
        """Wait for the end of the run."""
        await self.until(lambda: self.table.session.run and self.table.session.run.result, "the run ended")
        await self.pilot.pause()

    @property
    def screen_text(self) -> str:
        """The screen as lines of text."""
        return "\n".join(
            "".join(segment.text for segment in strip)
            for strip in self.app.screen._compositor.render_strips()
        )


@asynccontextmanager
async def sitting(
    wish: RunRequest,
    size: tuple[int, int] = Wide,
    settings: Settings | None = None,
    fake: FakeServer | None = None,
) -> AsyncIterator[Sitting]:
    app = RoundtableApp(wish, settings or Settings(animations=False, discovery=False))
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        seated = Sitting(app, pilot, fake)
        await pilot.pause()
        yield seated


RUNS = DATA / "runs"


def kept(mode: str) -> RunRecord:
    """Return the stored demo run of a mode."""
    return read_record(RUNS / mode)


async def play(
    pilot: Pilot[int], recording: RunRecord, until: Callable[[events.Event], bool] = lambda event: False
) -> None:
    """Show the recording up to the first event for which `until` is true, and draw it."""
    ends = (number for number, event in enumerate(recording.events) if until(event))
    last = next(ends, len(recording.events) - 1)
    async for _ in play_to(pilot, replace(recording, events=recording.events[: last + 1]), (last,)):
        pass


async def play_to(
    pilot: Pilot[int], recording: RunRecord, moments: Collection[int]
) -> AsyncIterator[events.Event]:
    """Show the recording; draw it and yield the event at each of the moments, the numbers of events."""
    table = pilot.app.screen_stack[0]
    assert isinstance(table, MainScreen)
    now = 0.0
    await (await table.open_run_view()).open_run(recording.header, lambda: now)
    table.add_class("-run")
    await pilot.pause()
    for number, event in enumerate(recording.events):
        now = event.t
        table.query_one(StatusBar).handle(event)
        if not isinstance(event, events.RunStarted):
            table.run_view.handle(event)
        if number not in moments:
            continue
        table.query_one(StatusBar).tick(now)
        table.run_view.tick()
        for view in table.query(StreamView):
            view.flush()
        await pilot.pause()
        yield event
