"""A small app to show one screen in, and ways to read what is on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerCancelled

from roundtable_tui.tui.widgets.forms.note import Note

SIZES = [(160, 50), (80, 24), (60, 15)]


class Host(App[None]):
    """Shows a screen over an empty one and keeps what it gives."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, shown: Screen[Any]) -> None:
        super().__init__()
        self.shown = shown
        self.results: list[Any] = []
        self.pwned = False

    def on_mount(self) -> None:
        self.push_screen(self.shown, self.results.append)

    def action_pwn(self) -> None:
        self.pwned = True


@asynccontextmanager
async def open_screen(
    shown: Screen[Any], size: tuple[int, int] = (100, 26)
) -> AsyncIterator[tuple[Host, Pilot[None]]]:
    """Run a host with the screen on it, settled."""
    app = Host(shown)
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await settle(app, pilot)
        yield app, pilot


async def settle(app: App[Any], pilot: Pilot[Any]) -> None:
    """Wait for the background work and what follows from it."""
    with suppress(WorkerCancelled):  # Another has taken its place.
        await app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()


def frame(app: App[Any]) -> str:
    """Return what is on the screen, as text."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def said(app: App[Any], selector: str) -> str:
    """Return what a note says."""
    return app.screen.query_one(selector, Note).shown.plain


def acting(text: str) -> list[str]:
    """Return the characters of `text` that a terminal would act on."""
    return [c for c in text if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u200b"]
