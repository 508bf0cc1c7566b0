"""What a terminal shows after the bytes that an app under test has written, and what it should show."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from textual._compositor import Compositor, CompositorUpdate
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import Screen

from roundtable_tui.tui.widgets.transcript import StreamView, get_scheduler
from roundtable_tui.tui.widgets.transcript.frame import Frame, StripMaker
from roundtable_tui.tui.widgets.transcript.palette import Palette
from tests.support import fast_textual
from tests.support.terminal import Screen as TerminalScreen
from tests.support.terminal import Watcher
from tests.support.waits import until


class StyledScreen(TerminalScreen):
    """Visible cells with the colours and attributes they were written in."""

    def __init__(self, columns: int, rows: int) -> None:
        super().__init__(columns, rows, [])
        self.pens = [[""] * columns for _ in range(rows)]
        self._pen = ""

    def write(self, text: str) -> None:
        row, before = self.row, self.column
        super().write(text)
        self.pens[row][before : self.column] = [self._pen] * (self.column - before)

    def csi(self, sequence: str) -> None:
        if sequence.endswith("m"):
            self._pen = "" if sequence in ("m", "0m") else sequence
        super().csi(sequence)


class PaintedTerminal:
    """Takes the output of the apps of a test, whose driver would discard it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._watcher = Watcher(1, 1)
        self.size = Size(1, 1)
        patch.setattr(Compositor, "render_update", fast_textual.render_for_terminal)
        patch.setattr(HeadlessDriver, "is_headless", property(lambda driver: False))
        patch.setattr(HeadlessDriver, "write", lambda driver, data: self._watcher.look(data))

    def resize(self, size: Size) -> None:
        """Set the size; like most terminals, this one keeps what fits."""
        self.size = size
        screen, old = StyledScreen(*size), self._watcher.screen
        for y, (row, was) in enumerate(zip(screen.cells, old.cells, strict=False)):
            row[: len(was)] = was[: size.width]
            if isinstance(old, StyledScreen):
                screen.pens[y][: len(was)] = old.pens[y][: size.width]
        self._watcher.screen = screen

    async def settle(self, app: App[Any], pilot: Pilot[Any]) -> None:
        """Draw all text, and wait until no screen has a repaint to do."""
        await pilot.pause()
        get_scheduler(app).flush_all()
        await pilot.pause()
        await until(pilot, lambda: not any(map(_will_paint, app.screen_stack)), "all is painted")

    def find_stale_rows(self, app: App[Any]) -> list[str]:
        """Return, row by row, where the terminal differs from a full rendering of the app's screen."""
        for view in app.screen.query(StreamView):
            if view.is_in_view and view._frame is not None:
                fresh = Frame(StripMaker(Palette(view), view.size.width))
                fresh.update_rows(view.document, view.scroll_offset.y, view.size.height)
                assert fresh.strips == view._frame.strips, f"the rows of {view!r} are old"
        compositor = app.screen._compositor
        watcher = Watcher(*self.size)
        watcher.screen = full = StyledScreen(*self.size)
        dirty = compositor._dirty_regions.copy()
        update = compositor.render_update(full=True, screen_stack=app._background_screens)
        assert isinstance(update, CompositorUpdate)
        watcher.look(update.render_segments(app.console))
        compositor._dirty_regions = dirty
        painted = self._watcher.screen
        assert isinstance(painted, StyledScreen)
        stale = []
        for y, (row, pens) in enumerate(zip(full.cells, full.pens, strict=True)):
            if row != painted.cells[y]:
                stale.append(f"{y:3} is      {''.join(painted.cells[y])}\n{y:3} must be {''.join(row)}")
            elif pens != painted.pens[y]:
                x = next(x for x in itertools.count() if pens[x] != painted.pens[y][x])
                stale.append(
                    f"{y:3} colour at {x} is {painted.pens[y][x]}, must be {pens[x]}: {''.join(row)}"
                )
        return stale


def _will_paint(screen: Screen[Any]) -> bool:
    """Return whether the timer of a screen runs, which it does while there is something to paint."""
    return screen._update_timer._active.is_set()
