"""The settings as a form, generated from their declaration and validated while typing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Checkbox, Input

from roundtable_tui import config
from roundtable_tui.config import Settings
from roundtable_tui.config.fields import GENERAL_SETTINGS, LIMIT_SETTINGS, format_input, parse_input
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import format_key_of, make_bindings
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.settings.values import (
    count_options,
    describe_default,
    get_value,
    list_modes_and_teams,
    load_modes,
    parse_options,
)
from roundtable_tui.tui.widgets.forms.form_row import FormHelp, FormRow
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.tui.session import Session

_CHOICE_SETTINGS = ("server", "model", "mode", "team", "demo")
"""Settings that the session also remembers; saving them changes the current choice too."""


class SettingsScreen(BaseScreen[None]):
    """Edits the settings file; options, keys and servers have their own screens."""

    CSS_PATH = "settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = make_bindings("settings")
    HELP_PLACES = ("settings", "keys", "app")

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._file = Settings()
        self._file_error = ""
        self._known: dict[str, tuple[str, ...]] = {}
        self._warned = False

    def compose(self) -> ComposeResult:
        """Read the file, and create a row per setting, under headings."""
        try:
            self._file = config.load()
        except RoundtableError as error:
            self._file_error = str(error)
        yield Note(id="title")
        with VerticalScroll(id="rows", can_focus=False):
            section = ""
            for setting in (*GENERAL_SETTINGS, *LIMIT_SETTINGS):
                if setting.section != section:
                    section = setting.section
                    yield Note(section, classes="section")
                text = format_input(get_value(self._file, setting))
                yield FormRow(setting, text=text, placeholder=describe_default(setting))
            yield Note("More settings", classes="section")
            yield Note(id="more")
        yield FormHelp(id="about")
        yield Note(id="fault", hide_empty=True)
        yield KeyHints()

    def on_mount(self) -> None:
        """Show the file and the possible values."""
        if self._file_error:
            self.query_one("#rows").disabled = True
            self._show_message(self._file_error)
            return
        self._fill_fields(self._file)  # Now: later it could replace what is typed.
        self.set_focus(self.query_one(FormRow).field)
        self._load_settings()

    @background()
    async def _load_settings(self) -> None:
        modes, teams = await asyncio.to_thread(list_modes_and_teams)
        self._known = {
            "servers": tuple(self._file.servers),
            "modes": modes,
            "teams": teams,
            "themes": tuple(sorted(self.app.available_themes)),
        }
        for row in self.query(FormRow):
            if row.setting.choices:
                row.set_suggestions(self._known[row.setting.choices])
        self._check_fields()

    def _fill_fields(self, given: Settings) -> None:
        with self.prevent(Input.Changed, Checkbox.Changed):  # All fields are checked once, below.
            for row in self.query(FormRow):
                row.text = format_input(get_value(given, row.setting))
        where = files.display_path(paths.settings_file())
        self.query_one("#title", Note).show_content(
            Content.assemble(("◆ Settings", "bold $primary"), (f"   {where}", "dim"))
        )
        self._update_links()
        self._check_fields()

    def _update_links(self) -> None:
        file = self._file
        parts: list[tuple[str, str]] = []
        for key, what, count in (
            (format_key_of("mode_options"), "default options of the modes", len(file.options)),
            (format_key_of("edit_keys"), "keys", len(file.keys)),
            (format_key_of("edit_servers"), "servers", len(file.servers)),
        ):
            parts += [(f"{key}  ", "bold $accent"), (what, ""), (f"  ({count})\n", "dim")]
        self.query_one("#more", Note).show_content(
            Content.assemble(*parts[:-1], (f"  ({len(file.servers)})", "dim"))
        )

    # --- the values ---------------------------------------------------------------------------

    @on(Input.Changed)
    @on(Checkbox.Changed)
    def _fields_changed(self) -> None:
        self._warned = False
        self._check_fields()

    def _check_fields(self) -> dict[str, Any]:
        """Show the errors of the fields; return the values that differ from the file."""
        changes: dict[str, Any] = {}
        for row in self.query(FormRow):
            try:
                value = self._read_field(row)
            except UsageError as error:
                row.show_error(str(error))
                continue
            row.show_error("")
            if value != get_value(self._file, row.setting):
                changes[row.setting.name] = value
        self.query_one(FormHelp).update_help()
        return changes

    def _read_field(self, row: FormRow) -> Any:
        if row.setting.kind == "flag":
            return row.text == "on"
        # An unchanged value is kept, even if it names something that no longer exists.
        before = format_input(get_value(self._file, row.setting))
        known = () if row.text.strip() == before else self._known.get(row.setting.choices, ())
        return parse_input(row.setting, row.text, known)

    @on(Input.Submitted)
    @background(opens_screen=True)
    async def _choose_value(self, event: Input.Submitted) -> None:
        """Choose the value from a list, or go to the next field if there is none."""
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        row = next(row for row in self.query(FormRow) if row.field is event.input)
        if not (known := self._known.get(row.setting.choices, ())):
            self.focus_next()
            return
        items = [Item(name, name) for name in known]
        if row.setting.choices != "modes":
            items.insert(0, Item("", f"not set: {describe_default(row.setting)}"))
        chosen = await self.app.push_screen_wait(
            Picker(row.setting.help.capitalize(), items, current=row.text)
        )
        if chosen is not None:
            row.text = chosen

    @property
    def _invalid_rows(self) -> FormRow | None:
        return next((row for row in self.query(FormRow) if row.error), None)

    def _show_message(self, line: str) -> None:
        self.query_one("#fault", Note).show_content(single_line(line, 300))

    # --- saving -------------------------------------------------------------------------------

    def action_save_settings(self) -> None:
        """Save the changes, and apply those that need no restart."""
        changes = self._check_fields()
        if (row := self._invalid_rows) is not None:
            self.set_focus(row.field)
            self._show_message(f"{row.setting.name.replace('_', ' ')}: {row.error}")
            return
        if changes and self._save_changes(changes):
            late = [
                name
                for name in changes
                if any(s.name == name and s.effect == "next start" for s in GENERAL_SETTINGS)
            ]
            self.notify(
                f"Saved. {', '.join(late)}: from the next start" if late else "Saved", timeout=3, markup=False
            )

    def _save_changes(self, changes: Mapping[str, Any]) -> bool:
        limits = {one.name for one in LIMIT_SETTINGS} & changes.keys()
        plain = {name: value for name, value in changes.items() if name not in limits}
        try:
            file = config.load()
            new = replace(file, **plain)
            if limits:
                new = replace(new, limits=replace(file.limits, **{name: changes[name] for name in limits}))
            config.save(new)
        except RoundtableError as error:
            self._show_message(str(error))
            return False
        self._show_message("")
        self._file = new
        self._apply_changes(new, plain)
        self._check_fields()
        return True

    def _apply_changes(self, new: Settings, plain: Mapping[str, Any]) -> None:
        """Apply the changes that need no restart."""
        session = self._session
        kept = {name: getattr(session.settings, name) for name in _CHOICE_SETTINGS if name not in plain}
        session.settings = replace(new, **kept, options={**new.options, **session.settings.options})
        session.backends.update_settings(session.settings)
        if {"server", "demo"} & plain.keys():
            place = {"demo": bool(new.demo), "server": "" if new.demo else new.server}
            session.choose(**{"local": False, "base_url": "", "model": ""} | place)
        session.choose(**{name: plain[name] for name in ("mode", "team", "model") if name in plain})
        if "theme" in plain and new.theme in self.app.available_themes:
            self.app.theme = new.theme
        if "animations" in plain:
            self.app.animation_level = "full" if new.animations else "none"

    # --- other screens ------------------------------------------------------------------------

    @background(opens_screen=True)
    async def action_mode_options(self) -> None:
        """Set the default options of a mode."""
        from roundtable_tui.tui.screens.dialogs.options import OptionsScreen
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        modes = await asyncio.to_thread(load_modes)
        items = [
            Item(one.name, one.name, one.summary, hint=count_options(self._file.options.get(one.name, {})))
            for one in modes
        ]
        chosen = await self.app.push_screen_wait(Picker("Default options of", items))
        mode = next((one for one in modes if one.name == chosen), None)
        if mode is None:
            return
        given = dict(self._file.options.get(mode.name, {}))
        options = await self.app.push_screen_wait(OptionsScreen(mode, given))
        if options is None:
            return
        values = await asyncio.to_thread(parse_options, mode, options)
        file = config.load()
        kept = {name: one for name, one in file.options.items() if name != mode.name}
        if self._save_changes({"options": kept | ({mode.name: values} if values else {})}):
            now = {**self._session.settings.options, mode.name: values}
            self._session.settings = replace(self._session.settings, options=now)
            self._session.save_state(options=now)
            self._update_links()

    @background(opens_screen=True)
    async def action_edit_keys(self) -> None:
        """Change keys."""
        from roundtable_tui.tui.screens.settings.keys import KeysScreen

        await self.app.push_screen_wait(KeysScreen(self._session))
        self._reload_file()

    @background(opens_screen=True)
    async def action_edit_servers(self) -> None:
        """Edit the servers."""
        from roundtable_tui.tui.screens.library.servers.list import ServersScreen

        await self.app.push_screen_wait(ServersScreen(self._session))
        self._reload_file()

    def _reload_file(self) -> None:
        """Reload what another screen has saved; unsaved input stays."""
        try:
            new = config.load()
        except RoundtableError as error:
            self._show_message(str(error))
            return
        self._file = replace(self._file, servers=new.servers, keys=new.keys, server=new.server)
        self._known["servers"] = tuple(new.servers)
        row = self.query_one("#row-server", FormRow)
        row.text = new.server
        row.set_suggestions(self._known["servers"])
        self._update_links()

    def action_leave_settings(self) -> None:
        """Close; warn once about unsaved changes."""
        if (
            (self._check_fields() or self._invalid_rows)
            and not self._warned
            and not self.query_one("#rows").disabled
        ):
            self._warned = True
            self._show_message("Unsaved changes. ctrl+s saves, esc again discards them")
            return
        self.dismiss(None)
