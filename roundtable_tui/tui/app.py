"""The app: themes, settings and one screen. Everything that happens, happens on the screens."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from rich.text import Text
from textual.app import SystemCommand
from textual.screen import Screen

from roundtable_tui.faults import write_down
from roundtable_tui.launch.wish import Wish
from roundtable_tui.settings import Settings
from roundtable_tui.tui import commands
from roundtable_tui.tui.broom import EVERY_S, sweep
from roundtable_tui.tui.copying import Copying
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.themes import OWN
from roundtable_tui.tui.typed import take_any_bytes

DEFAULT_THEME = "textual-dark"


class RoundtableApp(Copying):
    """Roundtable in a terminal."""

    TITLE = "Roundtable"
    # The first screen is not read for its own styles, so they are named here.
    CSS_PATH = ["app.tcss", "screens/table/table.tcss"]
    BINDINGS = commands.bindings("app")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, wish: Wish, settings: Settings, *, note: str = "") -> None:
        super().__init__()
        take_any_bytes()
        for theme in OWN:
            self.register_theme(theme)
        self.session = Session(wish, settings)
        self.note = note
        """A line to show first: why the demo is open."""
        self._leaving: asyncio.Task[None] | None = None

    def get_default_screen(self) -> Screen[Any]:
        """Open at the table."""
        from roundtable_tui.tui.screens.table.screen import TableScreen

        return TableScreen(self.session, note=self.note)

    def on_mount(self) -> None:
        """Take over theme, keys and the signals that ask to leave."""
        if self.session.settings.theme in self.available_themes:
            self.theme = self.session.settings.theme
        if not self.session.settings.animations:
            self.animation_level = "none"
        if self.session.settings.keys:
            self.set_keymap(dict(self.session.settings.keys))
        self.theme_changed_signal.subscribe(self, lambda theme: self._keep_theme(theme.name))
        self.call_after_refresh(_calm_collector)
        self.set_interval(EVERY_S, partial(sweep, self))
        with suppress(NotImplementedError, RuntimeError, ValueError):  # Not off the main thread.
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self._told_to_leave, number)

    def _keep_theme(self, name: str) -> None:
        if name != self.session.settings.theme:
            self.session.remember(theme=name)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Put every command into the palette, after Textual's own."""
        yield from super().get_system_commands(screen)
        for command in commands.ALL:
            if command.palette and screen.is_current and hasattr(screen, f"action_{command.id}"):
                yield SystemCommand(command.title, command.help, partial(screen.run_action, command.id))

    def action_help(self) -> None:
        """Show every key."""
        from roundtable_tui.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            places = getattr(self.screen, "HELP_PLACES", commands.AT_THE_TABLE)
            self.push_screen(HelpScreen(commands.sections(dict(self.session.settings.keys), places)))

    async def action_quit(self) -> None:
        """End the run and the background work, then leave."""
        await self._leave(0)

    async def _leave(self, code: int) -> None:
        self.workers.cancel_all()
        await self.session.close()
        self.exit(0, return_code=code)

    def _told_to_leave(self, number: signal.Signals) -> None:
        """Leave as if asked by key: the record gets its end, the terminal is put back."""
        self._leaving = self._leaving or asyncio.ensure_future(self._leave(128 + number))

    def _fatal_error(self) -> None:
        """Tell a fault that nobody foresaw in one line; Textual would print the values of all variables."""
        fault = sys.exception()
        line = "it ended without a word" if fault is None else write_down(fault)
        self.panic(Text(f"roundtable: {line}"))


def _calm_collector() -> None:
    """What is alive now stays alive: the collector need not look at it again, nor so often."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
