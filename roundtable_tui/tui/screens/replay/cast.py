"""Renders a replay as a terminal recording (asciicast v2), frame by frame from a headless app."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from rich.color import ColorSystem
from textual.screen import Screen
from textual.strip import Strip

from roundtable_tui.config import Settings
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.history.find import read_title
from roundtable_tui.history.player import INSTANT
from roundtable_tui.history.reader import read_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.tui.screens.replay.screen import ReplayScreen
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.run.styles import RUN_STYLES
from roundtable_tui.utils.terminal_cells import drop_undrawn
from roundtable_tui.utils.text import sanitize, single_line

FPS = 8
LAST_FRAME_S = 3.0
"""Seconds that the last frame stays."""
_MAX_SETTLE_TICKS = 30
"""Iterations of the event loop until the widgets have handled a change."""
_BEGIN, _END = "\x1b[?25l\x1b[2J", "\x1b[0m\x1b[?25h"
_STYLES = Path(__file__).parents[2]


class CastApp(RoundtableApp):
    """An app that shows one replay."""

    CSS_PATH = [
        _STYLES / "app.tcss",
        _STYLES / "screens/main/main.tcss",
        RUN_STYLES,
        Path(__file__).with_name("replay.tcss"),
    ]

    def __init__(self, recording: RunRecord) -> None:
        super().__init__(RunRequest(demo=True), Settings(animations=False))
        self.replay = ReplayScreen(self.session, recording)

    def get_default_screen(self) -> Screen[Any]:
        """Start with the replay."""
        return self.replay


async def render_cast(folder: Path, *, size: tuple[int, int] = (120, 36), speed: float = 4.0) -> str:
    """Return the recording of a run.

    Args:
        folder: Folder of the run.
        size: Columns and rows of the terminal.
        speed: Factor on the real speed.

    Raises:
        FileError: There is no readable record.
    """
    recording = await asyncio.to_thread(read_run, folder)
    title = await asyncio.to_thread(read_title, folder) or recording.header.question
    head = {"version": 2, "width": size[0], "height": size[1], "title": single_line(title, 120)}
    lines = [json.dumps({**head, "env": {"TERM": "xterm-256color"}})]
    at = 0.0
    async for at, rows in _iter_frames(recording, size, speed):
        lines.append(_format_event(at, (_BEGIN if len(lines) == 1 else "") + rows))
    lines.append(_format_event(at + LAST_FRAME_S, _END))
    return "\n".join(lines) + "\n"


async def _iter_frames(
    recording: RunRecord, size: tuple[int, int], speed: float
) -> AsyncIterator[tuple[float, str]]:
    """Yield (seconds, what is to be written) for each frame that differs from the one before."""
    app = CastApp(recording)
    async with app.run_test(size=size) as pilot:
        replay = app.replay
        await pilot.pause()
        replay.query_one(KeyHints).display = False
        replay.set_focus(None)
        tape = replay.tape
        tape.speed = speed
        if speed != INSTANT:
            tape.rewind()
            replay.show_events([], reset=True)
        before: Sequence[str] = [""] * size[1]
        number = 0
        while True:
            rows = await _render_screen(replay)
            places = enumerate(zip(rows, before, strict=True), 1)
            changed = "".join(f"\x1b[{y};1H{row}" for y, (row, old) in places if row != old)
            if changed:
                yield round(number / FPS, 3), changed
            before = rows
            if tape.is_over:
                return
            number += 1
            tape.is_playing = True
            passed = tape.advance(1 / FPS)
            tape.is_playing = not tape.is_over  # The bar shows it.
            replay.show_events(passed)
            tape.is_playing = False  # The screen's own clock must not move it.
            replay.run_view.tick()


async def _render_screen(replay: ReplayScreen) -> list[str]:
    """Return the rows of the screen, each as text with its colours."""
    for pane in replay.run_view.panes:
        while pane.view.flush():
            await asyncio.sleep(0)
            if not pane.view.document.is_stale:
                break
    for _ in range(_MAX_SETTLE_TICKS):
        await asyncio.sleep(0)
    return [_render_row(strip) for strip in replay._compositor.render_strips()]


def _render_row(strip: Strip) -> str:
    """Return one row. Only styles are written, never a link or another control sequence."""
    parts = []
    for segment in strip:
        text = drop_undrawn(sanitize(segment.text))
        ansi = Strip.render_ansi(segment.style, ColorSystem.TRUECOLOR) if segment.style else ""
        parts.append(f"\x1b[{ansi}m{text}\x1b[0m" if ansi else text)
    return "".join(parts)


def _format_event(at: float, text: str) -> str:
    return json.dumps([at, "o", text], ensure_ascii=False)
