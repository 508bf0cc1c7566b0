"""Feeds a kept run to the table without a server, as far as wanted: for pictures and snapshots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import Recording, read_record
from roundtable_tui.tui.screens.main.screen import TableScreen
from roundtable_tui.tui.widgets.run.status_bar import TopLine
from roundtable_tui.tui.widgets.transcript import StreamView

RUNS = Path(__file__).parent.parent / "data" / "runs"


def kept(mode: str) -> Recording:
    """Return the kept demo run of a mode."""
    return read_record(RUNS / mode)


async def play(
    pilot: Pilot[int], recording: Recording, until: Callable[[events.Event], bool] = lambda event: False
) -> None:
    """Show the recording up to the first event that `until` says is the last, and draw it."""
    table = pilot.app.screen_stack[0]
    assert isinstance(table, TableScreen)
    now = 0.0
    await (await table.open_stage()).open(recording.header, lambda: now)
    table.add_class("-run")
    await pilot.pause()
    for event in recording.events:
        now = event.t
        table.query_one(TopLine).handle(event)
        if not isinstance(event, events.RunStarted):
            table.stage.handle(event)
        if until(event):
            break
    table.query_one(TopLine).tick(now)
    table.stage.tick()
    for view in table.query(StreamView):
        view.flush()
    await pilot.pause()
