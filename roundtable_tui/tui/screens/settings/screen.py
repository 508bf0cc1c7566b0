"""The settings as a form, made from their one declaration: checked as one types, saved without loss."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Checkbox, Input

from roundtable_tui import config
from roundtable_tui.config import Settings
from roundtable_tui.config.fields import GENERAL, LIMITS, read, shown
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.tui.commands import bindings
from roundtable_tui.tui.screens.settings.values import (
    all_modes,
    as_meant,
    counted,
    if_empty,
    modes_and_teams,
    value_of,
)
from roundtable_tui.tui.widgets.forms.form_row import FormRow
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import Hints
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import one_line

if TYPE_CHECKING:
    from roundtable_tui.tui.session import Session

_CHOSEN = ("server", "model", "mode", "team", "demo")
"""What the app also remembers by itself: set here, it is chosen too."""


class SettingsScreen(Screen[None]):
    """All of the settings file but what has a screen of its own, which is one key away."""

    CSS_PATH = "settings.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("settings"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    HELP_PLACES = ("settings", "keys", "app")

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._file = Settings()
        self._known: dict[str, tuple[str, ...]] = {}
        self._warned = False

    def compose(self) -> ComposeResult:
        """A row for each setting, under headings."""
        yield Note(id="title")
        with VerticalScroll(id="rows", can_focus=False):
            section = ""
            for setting in (*GENERAL, *LIMITS):
                if setting.section != section:
                    section = setting.section
                    yield Note(classes="section", id=f"section-{setting.name}")
                yield FormRow(setting, placeholder=if_empty(setting))
            yield Note(classes="section", id="section-more")
            yield Note(id="more")
        yield Note(id="about")
        yield Note(id="fault", folds=True)
        yield Hints()

    def on_mount(self) -> None:
        """Read the file, and what may be chosen from."""
        for setting in (*GENERAL, *LIMITS):
            for heading in self.query(f"#section-{setting.name}").results(Note):
                heading.say(setting.section)
        self.query_one("#section-more", Note).say("With screens of their own")
        self._load()

    @work(exit_on_error=False)
    async def _load(self) -> None:
        try:
            self._file = config.load()
        except RoundtableError as error:
            self.query_one("#rows").disabled = True
            self._say(str(error))
            return
        self._write(self._file)
        self.query_one(FormRow).field.focus()
        modes, teams = await asyncio.to_thread(modes_and_teams)
        self._known = {
            "servers": tuple(self._file.servers),
            "modes": modes,
            "teams": teams,
            "themes": tuple(sorted(self.app.available_themes)),
        }
        for row in self.query(FormRow):
            if row.setting.known:
                row.offer(self._known[row.setting.known])
        self._check()

    def _write(self, given: Settings) -> None:
        for row in self.query(FormRow):
            row.text = shown(value_of(given, row.setting))
        where = files.show(paths.settings_file())
        self.query_one("#title", Note).say(
            Content.assemble(("◆ Settings", "bold $primary"), (f"   {where}", "dim"))
        )
        self._more()
        self._check()

    def _more(self) -> None:
        file = self._file
        parts: list[tuple[str, str]] = []
        for key, what, count in (
            ("F2", "options of the modes, in place of their own", len(file.options)),
            ("F3", "keys, in place of the app's", len(file.keys)),
            ("F4", "servers", len(file.servers)),
        ):
            parts += [(f"{key}  ", "bold $accent"), (what, ""), (f"  ({count})\n", "dim")]
        self.query_one("#more", Note).say(Content.assemble(*parts[:-1], (f"  ({len(file.servers)})", "dim")))

    # --- what stands there ---------------------------------------------------------------------

    @on(Input.Changed)
    @on(Checkbox.Changed)
    def _changed(self) -> None:
        self._warned = False
        self._check()

    def _check(self) -> dict[str, Any]:
        """Say at each field what is wrong with it; return what is read otherwise than the file has it."""
        changes: dict[str, Any] = {}
        for row in self.query(FormRow):
            try:
                value = self._read(row)
            except UsageError as error:
                row.say(str(error))
                continue
            row.say("")
            if value != value_of(self._file, row.setting):
                changes[row.setting.name] = value
        self._about(self.focused)
        return changes

    def _read(self, row: FormRow) -> Any:
        if row.setting.kind == "flag":
            return row.text == "on"
        # What stood there is kept as it was, even where it names nothing that is there now.
        before = shown(value_of(self._file, row.setting))
        known = () if row.text.strip() == before else self._known.get(row.setting.known, ())
        return read(row.setting, row.text, known)

    @on(Input.Submitted)
    @work(exit_on_error=False)
    async def _choose(self, event: Input.Submitted) -> None:
        """Choose the value from a list, where there is one; else go on to the next field."""
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        row = next(row for row in self.query(FormRow) if row.field is event.input)
        if not (known := self._known.get(row.setting.known, ())):
            self.focus_next()
            return
        items = [Item(name, name) for name in known]
        if row.setting.known != "modes":
            items.insert(0, Item("", f"not set: {if_empty(row.setting)}"))
        chosen = await self.app.push_screen_wait(
            Picker(row.setting.help.capitalize(), items, current=row.text)
        )
        if chosen is not None:
            row.text = chosen

    @property
    def _wrong(self) -> FormRow | None:
        return next((row for row in self.query(FormRow) if row.fault), None)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Where there is no room beside it, say below what a field is for."""
        self._about(event.widget)

    def _about(self, focused: object) -> None:
        row = next((row for row in self.query(FormRow) if row.field is focused), None)
        if row is not None:
            about = self.query_one("#about", Note)
            about.say(one_line(row.about, 200))
            about.set_class(bool(row.fault), "-wrong")

    def _say(self, line: str) -> None:
        self.query_one("#fault", Note).say(one_line(line, 300))

    # --- to the file ---------------------------------------------------------------------------

    def action_save_settings(self) -> None:
        """Write what was changed; what can act now, does."""
        changes = self._check()
        if (row := self._wrong) is not None:
            row.field.focus()
            self._say(f"{row.setting.name.replace('_', ' ')}: {row.fault}")
            return
        if changes and self._save(changes):
            late = [
                name for name in changes if any(s.name == name and s.effect == "next start" for s in GENERAL)
            ]
            self.notify(
                f"saved; {', '.join(late)} from the next start" if late else "saved", timeout=3, markup=False
            )

    def _save(self, changes: Mapping[str, Any]) -> bool:
        limits = {one.name for one in LIMITS} & changes.keys()
        plain = {name: value for name, value in changes.items() if name not in limits}
        try:
            file = config.load()
            new = replace(file, **plain)
            if limits:
                new = replace(new, limits=replace(file.limits, **{name: changes[name] for name in limits}))
            config.save(new)
        except RoundtableError as error:
            self._say(str(error))
            return False
        self._say("")
        self._file = new
        self._act(new, plain)
        self._check()
        return True

    def _act(self, new: Settings, plain: Mapping[str, Any]) -> None:
        """Let changes count that can count now."""
        session = self._session
        kept = {name: getattr(session.settings, name) for name in _CHOSEN if name not in plain}
        session.settings = replace(new, **kept, options={**new.options, **session.settings.options})
        session.backends.change(session.settings)
        if {"server", "demo"} & plain.keys():
            place = {"demo": bool(new.demo), "server": "" if new.demo else new.server}
            session.choose(**{"local": False, "base_url": "", "model": ""} | place)
        session.choose(**{name: plain[name] for name in ("mode", "team", "model") if name in plain})
        if "theme" in plain and new.theme in self.app.available_themes:
            self.app.theme = new.theme
        if "animations" in plain:
            self.app.animation_level = "full" if new.animations else "none"

    # --- what has a screen of its own ----------------------------------------------------------

    @work(exit_on_error=False)
    async def action_mode_options(self) -> None:
        """Set options of a mode for good."""
        from roundtable_tui.tui.screens.dialogs.options import OptionsScreen
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        modes = await asyncio.to_thread(all_modes)
        items = [
            Item(one.name, one.name, one.summary, hint=counted(self._file.options.get(one.name, {})))
            for one in modes
        ]
        chosen = await self.app.push_screen_wait(Picker("Options of which mode?", items))
        mode = next((one for one in modes if one.name == chosen), None)
        if mode is None:
            return
        given = dict(self._file.options.get(mode.name, {}))
        options = await self.app.push_screen_wait(OptionsScreen(mode, given))
        if options is None:
            return
        values = await asyncio.to_thread(as_meant, mode, options)
        file = config.load()
        kept = {name: one for name, one in file.options.items() if name != mode.name}
        if self._save({"options": kept | ({mode.name: values} if values else {})}):
            now = {**self._session.settings.options, mode.name: values}
            self._session.settings = replace(self._session.settings, options=now)
            self._session.keep(options=now)
            self._more()

    @work(exit_on_error=False)
    async def action_edit_keys(self) -> None:
        """Change keys."""
        from roundtable_tui.tui.screens.settings.keys import KeysScreen

        await self.app.push_screen_wait(KeysScreen(self._session))
        self._reread()

    @work(exit_on_error=False)
    async def action_edit_servers(self) -> None:
        """Edit the servers."""
        from roundtable_tui.tui.screens.servers.screen import ServersScreen

        await self.app.push_screen_wait(ServersScreen(self._session))
        self._reread()

    def _reread(self) -> None:
        """Take over what another screen has written; what is typed here stays."""
        try:
            new = config.load()
        except RoundtableError as error:
            self._say(str(error))
            return
        self._file = replace(self._file, servers=new.servers, keys=new.keys, server=new.server)
        self._known["servers"] = tuple(new.servers)
        row = self.query_one("#row-server", FormRow)
        row.text = new.server
        row.offer(self._known["servers"])
        self._more()

    def action_leave_settings(self) -> None:
        """Leave; what is not saved is told once."""
        if (self._check() or self._wrong) and not self._warned and not self.query_one("#rows").disabled:
            self._warned = True
            self._say("not saved: ctrl+s saves it, esc leaves it as it was")
            return
        self.dismiss(None)
