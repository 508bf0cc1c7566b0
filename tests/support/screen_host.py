"""A small app that shows one screen, and functions to read it."""

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
    """Shows a screen over an empty one and stores its results."""

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
    """Run a host with the screen, once it is idle."""
    app = Host(shown)
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await settle(app, pilot)
        yield app, pilot


async def settle(app: App[Any], pilot: Pilot[Any]) -> None:
    """Wait for background work and its effects."""
    with suppress(WorkerCancelled):  # It was replaced by another worker.
        await app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()


def frame(app: App[Any]) -> str:
    """Return the text of the screen."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def said(app: App[Any], selector: str) -> str:
    """Return the text of a widget."""
    return app.screen.query_one(selector, Note).shown.plain


def acting(text: str) -> list[str]:
    """Return the control characters of `text`."""
    return [c for c in text if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u200b"]
