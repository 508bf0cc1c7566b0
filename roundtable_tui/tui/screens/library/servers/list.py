"""The screen with all servers: those of the settings and those found on this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList

from roundtable_tui import config
from roundtable_tui.config import ServerSettings
from roundtable_tui.config.urls import normalize_loopback
from roundtable_tui.errors import FileError
from roundtable_tui.model_choice.choice import ModelChoice
from roundtable_tui.resources.edited_file import PreviousVersion
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import CommandScope, format_key_of, make_list_bindings
from roundtable_tui.tui.screens.library.browser import ResourceBrowser, Snapshot, Undo, on_entry
from roundtable_tui.tui.screens.library.servers.form import ServerForm
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.lists.item_list import Item
from roundtable_tui.tui.widgets.preview_pane import make_preview
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.files import FileSnapshot, snapshot_files
from roundtable_tui.utils.text import single_line

CONFIGURED_GROUP, DISCOVERED_GROUP = "in your settings", "found on this machine"


@dataclass(frozen=True, slots=True)
class ServerRow(Item):
    """A server in the list."""

    server: ServerSettings = field(kw_only=True)
    is_configured: bool = False
    """Whether it is in the settings."""


class ServersScreen(ResourceBrowser[ServerRow, bool]):
    """Closes with whether the settings file was changed: a change is saved to it at once."""

    NAME, NOUN, ENTRY = "Servers", "server", ServerRow
    EMPTY = "No servers in the settings, and none found on this machine.\nPress n to add one."
    CSS_PATH = "../library.tcss"
    BINDINGS: ClassVar[list[BindingType]] = make_list_bindings("servers")
    HELP_PLACES: ClassVar[tuple[CommandScope, ...]] = ("servers", "server", "app")

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._discovered: list[ServerSettings] = []
        self._file_state: FileSnapshot = ()
        self._problem = ""
        self.add_entry_actions(
            edit=self.edit_entry,
            new=lambda: self._open_form(None, ""),
            default=self.use_entry,
            delete=self.delete_entry,
            undo=self.undo_last,
        )

    def on_mount(self) -> None:
        """Discover servers on this machine."""
        if self._session.settings.discovery:
            self._discover_servers()

    @background()
    async def _discover_servers(self) -> None:
        self._discovered = await self._session.backends.discover()
        self.load()

    def load(self, *targets: str) -> None:
        """Read the servers of the settings file again; then highlight the row with the id `target`."""
        self._file_state = self.read_file_state()
        self._session.reload_servers()
        self._problem, self._session.settings_error = self._session.settings_error, ""
        super().load(*targets)

    def read_file_state(self) -> FileSnapshot:
        """Return the state of the settings file."""
        return snapshot_files([paths.settings_file()])

    def read(self) -> Snapshot:
        """Return the servers of the settings, and those that were found."""
        settings = self._session.settings
        known = {normalize_loopback(server.base_url) for server in settings.servers.values()}
        found = [server for server in self._discovered if normalize_loopback(server.base_url) not in known]
        rows = [_make_row(_key_of(one.name), one, is_configured=True) for one in settings.servers.values()]
        rows += [_make_row(ModelChoice("url", base_url=one.base_url).key, one) for one in found]
        problems = (FileError(self._problem),) if self._problem else ()
        return Snapshot(rows, self._file_state, problems, _key_of(settings.server))

    def describe(self, entry: ServerRow) -> Content:
        """Return the preview of a server."""
        where = f"In {files.display_path(paths.settings_file())}"
        text = where if entry.is_configured else f"{format_key_of('edit_server')} adds it to the settings."
        return make_preview(entry.server.name, [entry.server.base_url, *_list_facts(entry.server)], text)

    # --- actions -------------------------------------------------------------------------------

    @on(OptionList.OptionSelected)
    @on_entry()
    def edit_entry(self, row: ServerRow) -> None:
        """Edit the highlighted server; one that was found is added to the settings."""
        self._open_form(row.server, row.server.name if row.is_configured else "")

    def _open_form(self, server: ServerSettings | None, saved_name: str) -> None:
        def show_saved(name: str | None) -> None:
            if name is not None:
                self.has_saved = True
                self.say(f"{single_line(name, 40)} saved to the settings.")
                self.load(_key_of(name))

        self.say("")
        names = self._session.settings.servers
        form = ServerForm(server, saved_name=saved_name, taken_names=names, environ=self._session.environ)
        self.app.push_screen(form, show_saved)

    @on_entry(lambda row: row.is_configured)
    def use_entry(self, row: ServerRow) -> None:
        """Make the highlighted server the default."""

        def change() -> None:
            config.update_settings(server=row.server.name)
            self._session.choose(server=row.server.name, base_url="", demo=False, local=False, model="")

        self.attempt(change)
        self.load(row.id)

    @on_entry(lambda row: row.is_configured)
    def delete_entry(self, row: ServerRow) -> None:
        """Remove the highlighted server from the settings."""
        line = f"{single_line(row.server.name, 40)} removed from the settings."
        self.change(lambda: _remove(row.server), line)


def _remove(server: ServerSettings) -> Undo:
    """Remove a server from the settings file."""
    path = paths.settings_file()
    before = files.read_text(path)
    config.remove_server(server.name)
    previous = PreviousVersion(path, before, files.read_text(path), mode=0o600)

    def undo() -> tuple[str, str]:
        try:
            previous.restore()
        except FileError:  # Something else has changed since: keep that.
            config.set_server(server)
        return single_line(server.name, 40), _key_of(server.name)

    return undo


def _key_of(name: str) -> str:
    return ModelChoice("server", server=name).key


def _make_row(id: str, server: ServerSettings, *, is_configured: bool = False) -> ServerRow:
    group = CONFIGURED_GROUP if is_configured else DISCOVERED_GROUP
    detail = " ".join(_list_facts(server))
    return ServerRow(
        id, server.name, detail, group, server.base_url, server=server, is_configured=is_configured
    )


def _list_facts(server: ServerSettings) -> list[str]:
    """Return model, source of the key, and limits."""
    key = f"key in ${server.api_key_env}" if server.api_key_env else "no key"
    return [
        f"model {server.model}" if server.model else "first model of its list",
        "key from a command" if server.api_key_cmd else key,
        *([f"{server.concurrency} parallel calls"] if server.concurrency else []),
        *([f"context of {server.context:,} tokens"] if server.context else []),
    ]
