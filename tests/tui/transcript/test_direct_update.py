"""Regions of one widget that nothing covers are painted directly, all others by Textual's compositor."""

from __future__ import annotations

from typing import Any

import pytest
from textual._compositor import ChopsUpdate
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.widgets import Static

from roundtable_tui.tui.textual_patches.direct_update import DirectUpdate
from roundtable_tui.tui.textual_patches.lost_repaints import install_lost_repaint_patches

pytestmark = pytest.mark.anyio


class Rooms(App[None]):
    """Two texts below each other in a frame, and one over the end of the second."""

    CSS = """
    Screen { layers: base top; }
    #frame { width: 20; height: 8; border: solid; }
    #first, #second { height: 3; }
    #cover { layer: top; width: 6; height: 2; offset: 14 5; }
    """

    def __init__(self) -> None:
        install_lost_repaint_patches()
        super().__init__()

    def compose(self) -> ComposeResult:
        with Vertical(id="frame"):
            yield Static("first\nwords\nhere", id="first")
            yield Static("second", id="second")
        yield Static("cover", id="cover")

    def paint(self, *regions: Region) -> Any:
        compositor = self.screen._compositor
        compositor._dirty_regions = set(regions)
        update = compositor.render_partial_update()
        assert not compositor._dirty_regions
        return update


async def test_direct_update_rows_of_one_widget_are_written_alone() -> None:
    async with Rooms().run_test(size=(30, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, Rooms)
        update = app.paint(Region(1, 2, 18, 1), Region(1, 1, 5, 1))
        assert isinstance(update, DirectUpdate)
        assert [(x, y, strip.text) for x, y, strip in update.strips] == [
            (1, 1, "first"),
            (1, 2, "words".ljust(18)),
        ]
        written = update.render_segments(app.console)
        assert written.startswith("\x1b[2;2H") and written.count("\x1b[3;2H") == 1


async def test_direct_update_edge_of_a_frame_belongs_to_its_container() -> None:
    async with Rooms().run_test(size=(30, 10)) as pilot:
        update = pilot.app.paint(Region(0, 0, 20, 1))  # type: ignore[attr-defined]
        assert [(x, y, strip.text) for x, y, strip in update.strips] == [(0, 0, f"┌{'─' * 18}┐")]


@pytest.mark.parametrize(
    "region",
    [
        Region(1, 5, 18, 1),  # Partly covered.
        Region(1, 4, 18, 3),  # Covered in its lower rows.
        Region(0, 2, 20, 1),  # Of a frame and the text in it.
        Region(1, 3, 18, 2),  # Of two texts.
        Region(0, 9, 30, 2),  # Beyond the screen.
    ],
)
async def test_direct_update_region_of_several_widgets_is_composed(region: Region) -> None:
    async with Rooms().run_test(size=(30, 10)) as pilot:
        update = pilot.app.paint(Region(1, 1, 18, 1), region)  # type: ignore[attr-defined]
        assert isinstance(update, ChopsUpdate)


async def test_direct_update_after_a_layout_uses_the_new_places() -> None:
    async with Rooms().run_test(size=(30, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, Rooms)
        assert isinstance(app.paint(Region(1, 5, 18, 1)), ChopsUpdate)
        app.query_one("#cover").display = False
        await pilot.pause()
        update = app.paint(Region(1, 5, 18, 1))
        assert [(x, y, strip.text) for x, y, strip in update.strips] == [(1, 5, " " * 18)]


async def test_direct_update_nothing_changed_is_no_update() -> None:
    async with Rooms().run_test(size=(30, 10)) as pilot:
        assert pilot.app.paint() is None  # type: ignore[attr-defined]
