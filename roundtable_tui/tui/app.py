"""The Textual app: themes, settings, key bindings, signals and the main screen."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import events
from textual.actions import ActionParseResult
from textual.app import App
from textual.binding import Binding
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.driver import Driver
from textual.screen import Screen
from textual.widgets import TextArea

from roundtable_tui.config import describe_unknown
from roundtable_tui.tui import commands
from roundtable_tui.tui.clipboard import ClipboardApp
from roundtable_tui.tui.key_hold import KeyHold
from roundtable_tui.tui.reduced_motion import is_motion_reduced, is_reduced_motion_requested
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.style_updates import StyleUpdates
from roundtable_tui.tui.textual_patches.first_layout import install_first_layout_patch
from roundtable_tui.tui.textual_patches.invalid_input import install_invalid_input_patch
from roundtable_tui.tui.textual_patches.leaks import RELEASE_INTERVAL_S, release_detached
from roundtable_tui.tui.textual_patches.lost_repaints import install_lost_repaint_patches
from roundtable_tui.tui.textual_patches.pasted_controls import install_pasted_controls_patch
from roundtable_tui.tui.textual_patches.rule_index import install_rule_index
from roundtable_tui.tui.textual_patches.screen_races import (
    apply_breakpoints,
    install_screen_race_patches,
    pending_screen,
)
from roundtable_tui.tui.textual_patches.terminal_keys import install_terminal_key_patch
from roundtable_tui.tui.themes import DEFAULT_THEME, THEMES, get_default_variables
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.interface import use_interface
from roundtable_tui.utils.shutdown import EXIT_TIMEOUT_S, abandon_threads_at_exit
from roundtable_tui.utils.text import sanitize_input

if TYPE_CHECKING:
    from roundtable_tui.config import Settings
    from roundtable_tui.setup.request import RunRequest


TYPED_KEYS_TIMEOUT_S = 0.5
_MAX_PARSED_STYLE_SHEETS = 1024


class RoundtableApp(ClipboardApp):
    """Roundtable in a terminal."""

    TITLE = "Roundtable"
    ENABLE_COMMAND_PALETTE = False  # The palette is `action_command_palette`.
    # Textual does not load the CSS_PATH of the default screen.
    CSS_PATH = ["app.tcss", "screens/main/main.tcss"]
    BINDINGS = [
        *commands.make_bindings("app"),
        # Without priority: screens with an undo of their own have the same key.
        Binding("ctrl+underscore", "undo_text", "Undo typing", show=False, id="undo_text"),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, request: RunRequest, settings: Settings, *, startup_note: str = "") -> None:
        self.style_updates = StyleUpdates(super().update_styles)
        super().__init__()
        install_invalid_input_patch()
        install_screen_race_patches()
        install_lost_repaint_patches()
        install_terminal_key_patch()
        install_pasted_controls_patch()
        install_rule_index()
        install_first_layout_patch()
        # Textual keeps 64 parsed style sheets. There are more: each new kind of widget would parse all again.
        self.stylesheet._parse_cache.maxsize = _MAX_PARSED_STYLE_SHEETS
        self._set_first_theme(settings.theme)
        self.session = Session(request, settings)
        self.key_hold = KeyHold(self, super().on_event)
        self.style_updates = StyleUpdates(super().update_styles)
        self.note = startup_note
        """A line for the empty state, e.g. why the demo is used."""
        self._previews_theme = False
        self._has_title = False
        """Whether the window title announces the end of a run."""
        self.unsent: list[str] = []
        """What was queued or typed and not asked when the app was left."""
        self._exit_task: asyncio.Task[None] | None = None

    def _set_first_theme(self, wanted: str) -> None:
        """Use a theme from the start on: if it is assigned later, all style sheets are parsed twice more."""
        for theme in THEMES:
            self.register_theme(theme)
        self.set_reactive(App.theme, wanted if wanted in self.available_themes else DEFAULT_THEME)
        self.stylesheet.set_variables(self.get_css_variables())
        dark = self.current_theme.dark
        self.set_class(dark, "-dark-mode", update=False)
        self.set_class(not dark, "-light-mode", update=False)
        self.add_class(f"-theme-{self.theme}", update=False)
        self._refresh_truecolor_filter(self.ansi_theme)

    def get_default_screen(self) -> Screen[Any]:
        """Start with the main screen."""
        from roundtable_tui.tui.screens.main.screen import MainScreen

        use_interface("app")  # Here: the tasks of all screens are started by this one.
        return MainScreen(self.session, note=self.note)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colours of seats for themes that do not set them."""
        return get_default_variables(self.current_theme)

    def search_themes(self) -> None:
        """Choose a theme; the highlighted one is previewed."""
        from roundtable_tui.tui.screens.dialogs.theme_picker import ThemePicker

        before = self.theme

        def finish(name: str | None) -> None:
            if name is None:
                self.preview_theme(before)
            else:
                self.choose_theme(name)

        self.push_screen(
            ThemePicker(list(self.available_themes.values()), before, self.preview_theme), finish
        )

    def preview_theme(self, name: str) -> None:
        """Show a theme without saving it."""
        if name != self.theme:
            self._previews_theme = True
            self.theme = name

    def choose_theme(self, name: str) -> None:
        """Use a theme, and save it."""
        self.theme = name
        if name != (self.session.settings.theme or DEFAULT_THEME):
            self.session.save_settings(theme=name)

    def get_driver_class(self) -> type[Driver]:
        """Return the driver; on a terminal, one that notices when it is closed."""
        usual = super().get_driver_class()
        if usual.__name__ != "LinuxDriver":
            return usual
        from roundtable_tui.tui.textual_patches.hangup_driver import HangupDriver

        return HangupDriver

    def on_mount(self) -> None:
        """Apply theme and keys, and handle the signals that end the app."""
        abandon_threads_at_exit()
        if not self.session.settings.animations or is_reduced_motion_requested(os.environ):
            self.animation_level = "none"
        if self.session.settings.keys:
            self.call_after_refresh(self._report_key_errors, self.apply_keys())
        if unknown := describe_unknown(self.session.settings):
            self.call_after_refresh(self.notify, unknown, severity="warning", timeout=15, markup=False)
        self.theme_changed_signal.subscribe(self, lambda theme: self._save_theme(theme.name))
        self.call_after_refresh(_freeze_gc)
        self.set_interval(RELEASE_INTERVAL_S, partial(release_detached, self))
        self.app_resume_signal.subscribe(self, lambda app: app.refresh(layout=True))
        if type(self._driver).__name__ == "HangupDriver":
            from roundtable_tui.tui.textual_patches.hangup_driver import CHECK_INTERVAL_S, hang_up_if_closed

            self.set_interval(CHECK_INTERVAL_S, hang_up_if_closed)
        with suppress(NotImplementedError, RuntimeError, ValueError):  # Not off the main thread.
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self._handle_signal, number)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Stop the cursor from blinking if motion is reduced."""
        if is_motion_reduced(self) and hasattr(event.widget, "cursor_blink"):
            event.widget.cursor_blink = False

    def watch_app_focus(self, has_focus: bool) -> None:
        """Focus what the screen starts with if it was built while the terminal was in the background.

        Textual gives the focus back, but only to a widget that had it before.
        """
        screen = self.screen
        if has_focus and screen.focused is None and screen.AUTO_FOCUS:
            for widget in screen.query(screen.AUTO_FOCUS):
                if widget.focusable:
                    screen.set_focus(widget, scroll_visible=False)
                    return

    def apply_keys(self) -> list[str]:
        """Apply the keys of the settings file. Returns a line per error."""
        from roundtable_tui.tui.keymap import validate_keys

        keys = self.session.settings.keys
        known = {f"pane_{number}" for number in range(10)}
        if any("." in id for id in keys):
            from roundtable_tui.tui.help_sections import collect_widget_binding_ids

            known |= collect_widget_binding_ids()
        usable, wrong = validate_keys(keys, known)
        self.set_keymap(usable)
        return wrong

    def _report_key_errors(self, wrong: list[str]) -> None:
        if wrong:
            line = f"{files.display_path(paths.settings_file())}: {'; '.join(wrong)}"
            self.notify(line, severity="warning", timeout=15, markup=False)

    def _save_theme(self, name: str) -> None:
        if self._previews_theme:
            self._previews_theme = False
        elif name != (self.session.settings.theme or DEFAULT_THEME):
            self.session.save_settings(theme=name)

    def action_command_palette(self) -> None:
        """Show the commands that can be used now; or close them."""
        from roundtable_tui.tui.screens.dialogs.palette import CommandPicker, make_command_items

        screen = self.screen
        if isinstance(screen, CommandPicker):
            screen.dismiss(None)
            return

        def run_command(id: str | None) -> None:
            if id is not None:
                where = "screen" if hasattr(screen, f"action_{id}") else "app"
                screen.call_later(self.run_action, f"{where}.{id}", screen)

        items = make_command_items(screen, self.session.settings.keys)
        self.push_screen(CommandPicker("Commands", items), run_command)

    def get_screen(self, screen: Any, screen_class: Any = None) -> Any:
        """Return a screen with its breakpoint classes set before its first frame."""
        found = super().get_screen(screen, screen_class)
        if not found.is_running:
            apply_breakpoints(found, self.size)
        return found

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:
        """Apply the styles to a node and all below it. A widget that is not mounted gets them when it is."""
        if node is self or node.parent is not None:
            self.style_updates.request(node, animate)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action; one for a screen that is still being built waits for it."""
        if (screen := pending_screen(default_namespace)) is not None:
            screen.call_later(self.run_action, action, default_namespace, namespaces)
            return True
        return await super().run_action(action, default_namespace, namespaces)

    def announce_end(self, question: str, outcome: str, seconds: float) -> None:
        """Announce the end of a long run on the terminal: bell, notification, title until the next key."""
        from roundtable_tui.tui.terminal_signals import PUSH_TITLE, format_end_signals

        text = format_end_signals(question, outcome, seconds, self.session.settings, os.environ)
        if not text:
            return
        if self.session.settings.title and not self._has_title:
            self._has_title = True
            text = PUSH_TITLE + text
        self.write_to_terminal(text)

    def clear_title(self) -> None:
        """Restore the title of the window as it was before the end of a run was announced."""
        from roundtable_tui.tui.terminal_signals import POP_TITLE, format_title

        if self._has_title:
            self._has_title = False
            self.write_to_terminal(format_title("") + POP_TITLE)

    def write_to_terminal(self, text: str) -> None:
        """Write a control sequence to the terminal; nothing without one, and nothing in a browser."""
        if type(self._driver).__name__ == "HangupDriver" and self._driver is not None:
            self._driver.write(text)
            self._driver.flush()

    async def on_event(self, event: events.Event) -> None:
        """Clear the announcement of a run's end as soon as a key is pressed; sanitize what is pasted."""
        if self._has_title and isinstance(event, events.Key):
            self.clear_title()
        if isinstance(event, events.Paste):
            event.text = sanitize_input(event.text)
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.key_hold.take(event)
        else:
            await super().on_event(event)

    def action_help(self) -> None:
        """Show the keys, those of the focused widget first; or close the help."""
        from roundtable_tui.tui.help_sections import build_sections
        from roundtable_tui.tui.screens.dialogs.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss()
        else:
            self.push_screen(HelpScreen(build_sections(self.screen, self._keymap)))

    async def action_quit(self) -> None:
        """Stop the run and all background work, then exit; ask first if a run is active."""
        from roundtable_tui.tui.screens.dialogs.quit import QuitDialog

        is_asked = isinstance(self.screen, QuitDialog)
        if self.session.is_running and self.session.settings.confirm_quit and not is_asked:
            self.push_screen(QuitDialog(), self._quit_if_confirmed)
        else:
            await self._close_and_exit(0)

    def push_screen(self, screen: Any, *args: Any, **options: Any) -> Any:
        """Show a screen; keys wait until it has the focus."""
        if isinstance(screen, BaseScreen):
            self.key_hold.begin()
        return super().push_screen(screen, *args, **options)

    def action_help_quit(self) -> None:
        """Say which key quits: ctrl+c only copies."""
        own = self._keymap.get("quit") or commands.get_command("quit").keys
        key = commands.format_keys(own).split(" ")[0]
        self.clear_notifications()
        self.notify(f"{key} quits", markup=False)

    async def push_screen_wait(self, screen: Any, *args: Any, **options: Any) -> Any:
        """Show a screen and wait for its result. One that opens late does not cover the quit question."""
        from roundtable_tui.tui.screens.dialogs.quit import QuitDialog

        while isinstance(asked := self.screen, QuitDialog):
            await asked.closed.wait()
        return await super().push_screen_wait(screen, *args, **options)

    async def _quit_if_confirmed(self, leave: bool | None) -> None:
        if leave:
            await self._close_and_exit(0)

    def action_suspend(self) -> None:
        """Suspend the process, as other programs of a shell do; without job control, undo typing."""
        if self._driver is not None and self._driver.can_suspend:
            self.action_suspend_process()
        else:
            self.action_undo_text()

    def action_undo_text(self) -> None:
        """Undo the last change of the focused text."""
        if isinstance(self.focused, TextArea):
            self.focused.undo()

    async def _close_and_exit(self, code: int) -> None:
        self.workers.cancel_all()
        self.clear_title()
        with suppress(TimeoutError):
            async with asyncio.timeout(EXIT_TIMEOUT_S):
                await self.session.close()
        await self._wait_for_typed_keys()
        list_unsent = getattr(next(iter(self.screen_stack), None), "list_unsent", None)
        self.unsent = list_unsent() if list_unsent is not None else []
        self.exit(0, return_code=code)

    async def _wait_for_typed_keys(self) -> None:
        """Let the focused widget handle the keys that came before the one that quits."""
        handled = asyncio.Event()
        if self.screen_stack and self.focused is not None and self.focused.call_later(handled.set):
            with suppress(TimeoutError):  # It waits for this if it has run the action itself.
                async with asyncio.timeout(TYPED_KEYS_TIMEOUT_S):
                    await handled.wait()

    def _handle_signal(self, number: signal.Signals) -> None:
        """Exit as by key: the record is finished and the terminal restored."""
        self._exit_task = self._exit_task or asyncio.ensure_future(self._close_and_exit(128 + number))

    def _handle_exception(self, error: Exception) -> None:
        # While exiting, Textual stops building screens, and a half-built one misses its widgets.
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Print an unexpected exception in one line; Textual would print the values of all variables."""
        from roundtable_tui.utils.crash_log import log_exception

        fault = sys.exception()
        line = "it ended without an error message" if fault is None else log_exception(fault)
        self.panic(Text(f"roundtable: {line}"))


def _freeze_gc() -> None:
    """Exclude start-up objects from garbage collection, and collect less often."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
