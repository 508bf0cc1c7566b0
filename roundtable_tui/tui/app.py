"""The app: themes, settings and one screen. Everything that happens, happens on the screens."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from rich.text import Text
from textual import events
from textual.actions import ActionParseResult
from textual.app import SystemCommand
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.driver import Driver
from textual.screen import Screen
from textual.widgets import Input, TextArea

from roundtable_tui.config import Settings
from roundtable_tui.setup.request import Wish
from roundtable_tui.tui import commands
from roundtable_tui.tui.clipboard import Copying
from roundtable_tui.tui.keymap import sorted_out
from roundtable_tui.tui.reduced_motion import asks_for_calm, is_calm
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.textual_patches.invalid_input import take_any_bytes
from roundtable_tui.tui.textual_patches.leaks import EVERY_S, sweep
from roundtable_tui.tui.textual_patches.screen_races import fit, hold_steady, unbuilt
from roundtable_tui.tui.themes import OWN
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.crash_log import write_down


class RoundtableApp(Copying):
    """Roundtable in a terminal."""

    TITLE = "Roundtable"
    # The first screen is not read for its own styles, so they are named here.
    CSS_PATH = ["app.tcss", "screens/main/main.tcss"]
    BINDINGS = commands.bindings("app")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, wish: Wish, settings: Settings, *, note: str = "") -> None:
        super().__init__()
        take_any_bytes()
        hold_steady()
        for theme in OWN:
            self.register_theme(theme)
        self.session = Session(wish, settings)
        self.note = note
        """A line to show first: why the demo is open."""
        self._leaving: asyncio.Task[None] | None = None

    def get_default_screen(self) -> Screen[Any]:
        """Open at the table."""
        from roundtable_tui.tui.screens.main.screen import TableScreen

        return TableScreen(self.session, note=self.note)

    def get_driver_class(self) -> type[Driver]:
        """Return what draws and reads; on a terminal, one that sees it go."""
        usual = super().get_driver_class()
        if usual.__name__ != "LinuxDriver":
            return usual
        from roundtable_tui.tui.textual_patches.hangup_driver import Terminal

        return Terminal

    def on_mount(self) -> None:
        """Take over theme, keys and the signals that ask to leave."""
        if self.session.settings.theme in self.available_themes:
            self.theme = self.session.settings.theme
        if not self.session.settings.animations or asks_for_calm(os.environ):
            self.animation_level = "none"
        if self.session.settings.keys:
            self.call_after_refresh(self._tell_keys, self.use_keys())
        self.theme_changed_signal.subscribe(self, lambda theme: self._keep_theme(theme.name))
        self.call_after_refresh(_calm_collector)
        self.set_interval(EVERY_S, partial(sweep, self))
        if type(self._driver).__name__ == "Terminal":
            from roundtable_tui.tui.textual_patches.hangup_driver import LOOKS_EVERY_S, leave_if_closed

            self.set_interval(LOOKS_EVERY_S, leave_if_closed)
        with suppress(NotImplementedError, RuntimeError, ValueError):  # Not off the main thread.
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self._told_to_leave, number)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Where nothing is to move, no cursor blinks."""
        if is_calm(self) and isinstance(event.widget, Input | TextArea):
            event.widget.cursor_blink = False

    def use_keys(self) -> list[str]:
        """Take over the keys of the settings file, and return a line for each thing that is wrong."""
        keys = self.session.settings.keys
        known = {f"pane_{number}" for number in range(10)}
        if any("." in id for id in keys):
            from roundtable_tui.tui.help_sections import ids_elsewhere

            known |= ids_elsewhere()
        usable, wrong = sorted_out(keys, known)
        self.set_keymap(usable)
        return wrong

    def _tell_keys(self, wrong: list[str]) -> None:
        if wrong:
            line = f"{files.show(paths.settings_file())}: {'; '.join(wrong)}"
            self.notify(line, severity="warning", timeout=15, markup=False)

    def _keep_theme(self, name: str) -> None:
        if name != self.session.settings.theme:
            self.session.remember(theme=name)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Put every command that can be given now into the palette, after Textual's own."""
        yield from super().get_system_commands(screen)
        for command in commands.ALL:
            known = command.palette and screen.is_current and hasattr(screen, f"action_{command.id}")
            if known and screen.check_action(command.id, ()):
                keys = commands.shown(self.session.settings.keys.get(command.id, command.keys))
                told = f"{keys}  ·  {command.help}" if keys else command.help
                yield SystemCommand(command.title, told, partial(screen.run_action, command.id))

    def get_screen(self, screen: Any, screen_class: Any = None) -> Any:
        """Give a screen its final shape from its first frame on."""
        found = super().get_screen(screen, screen_class)
        if not found.is_running:
            fit(found, self.size)
        return found

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key asks for; what comes before a screen is built waits until it is."""
        if (screen := unbuilt(default_namespace)) is not None:
            screen.call_later(self.run_action, action, default_namespace, namespaces)
            return True
        return await super().run_action(action, default_namespace, namespaces)

    def action_help(self) -> None:
        """Show every key, those of the focused part first; or go back."""
        from roundtable_tui.tui.help_sections import sections
        from roundtable_tui.tui.screens.dialogs.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss()
        else:
            self.push_screen(HelpScreen(sections(self.screen, self._keymap)))

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

    def _handle_exception(self, error: Exception) -> None:
        # Told to leave, Textual builds no more: a screen in the middle of that then misses its parts.
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Tell a fault that nobody foresaw in one line; Textual would print the values of all variables."""
        fault = sys.exception()
        line = "it ended without a word" if fault is None else write_down(fault)
        self.panic(Text(f"roundtable: {line}"))


def _calm_collector() -> None:
    """What is alive now stays alive: the collector need not look at it again, nor so often."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
