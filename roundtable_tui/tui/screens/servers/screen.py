"""The list of servers: those of the settings and those found on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList

from roundtable_tui import config
from roundtable_tui.config import ServerSettings
from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import make_binding_by_id, make_bindings
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.servers.form import ServerForm
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.lists.item_list import Item, ItemList
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.setup.model_choice import ModelChoice
    from roundtable_tui.tui.session import Session

CONFIGURED_GROUP, DISCOVERED_GROUP = "in your settings", "found on this machine"
NO_SERVERS = "No servers in the settings, and none found on this machine.\nPress n to add one."


class ServersScreen(BaseScreen[None]):
    """Changes are saved to the settings file at once."""

    CSS_PATH = "servers.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Before the list's own enter.
        replace(make_binding_by_id("edit_server"), priority=True),
        *(
            binding
            for binding in make_bindings("servers")
            if isinstance(binding, Binding) and binding.key != "enter"
        ),
    ]
    HELP_PLACES = ("servers", "server", "app")

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._discovered: list[ServerSettings] = []
        self._removed: tuple[str, ServerSettings, str] | None = None
        """The file as it was, the server taken out of it, and the file as it then was."""

    def compose(self) -> ComposeResult:
        """Create title, list, details and key hints."""
        yield Note(id="title")
        yield ItemList(id="list", select_on_click=False)
        yield Note(id="empty", hide_empty=True)
        yield Note(id="detail")
        yield Note(id="trouble", hide_empty=True)
        yield KeyHints()

    def on_mount(self) -> None:
        """Show the servers of the file, then discover others."""
        self._update_list()
        self.set_focus(self.query_one(ItemList))
        if self._session.settings.discovery:
            self._discover_servers()

    @background()
    async def _discover_servers(self) -> None:
        self._discovered = await self._session.backends.discover()
        self._update_list()

    @property
    def _listed_servers(self) -> dict[str, ServerSettings]:
        return dict(self._session.settings.servers)

    def _update_list(self, choose: str = "") -> None:
        """Redraw the list."""
        from roundtable_tui.setup.model_choice import ModelChoice
        from roundtable_tui.setup.server_pool import normalize_loopback

        def key_of(name: str) -> str:
            return ModelChoice("server", server=name).key

        self._session.reload_servers()
        named = self._listed_servers
        known = {normalize_loopback(server.base_url) for server in named.values()}
        default = self._session.settings.server
        rows = [
            Item(key_of(one.name), one.name, _describe_server(one), CONFIGURED_GROUP, hint=one.base_url)
            for one in named.values()
        ]
        rows += [
            Item(
                ModelChoice("url", base_url=one.base_url).key,
                one.name,
                "enter adds it to the settings",
                DISCOVERED_GROUP,
                hint=one.base_url,
            )
            for one in self._discovered
            if normalize_loopback(one.base_url) not in known
        ]
        listed = self.query_one(ItemList)
        listed.show(rows, current=key_of(default))
        listed.display = bool(rows)
        if choose:
            listed.highlight_item(key_of(choose))
        self.query_one("#empty", Note).show_content("" if rows else NO_SERVERS)
        where = files.display_path(paths.settings_file())
        self.query_one("#title", Note).show_content(
            Content.assemble(("◆ Servers", "bold $primary"), (f"   {where}", "dim"))
        )
        self.query_one("#trouble", Note).show_content(single_line(self._session.settings_error, 300))
        self._session.settings_error = ""
        self._describe()
        self.refresh_bindings()

    @on(OptionList.OptionHighlighted)
    def _describe(self) -> None:
        item = self.query_one(ItemList).item
        self.query_one("#detail", Note).show_content(single_line(item.detail, 300) if item else "")

    @on(OptionList.OptionSelected)
    async def _edit_selected(self) -> None:
        await self.run_action("edit_server")

    def _get_highlighted(self) -> ServerSettings | None:
        choice = self._get_choice()
        if choice.kind == "server":
            return self._listed_servers.get(choice.server)
        return next((one for one in self._discovered if one.base_url == choice.base_url), None)

    def _is_configured(self) -> bool:
        return self._get_choice().kind == "server"

    def _get_choice(self) -> ModelChoice:
        from roundtable_tui.setup.model_choice import ModelChoice

        item = self.query_one(ItemList).item
        return ModelChoice.parse(item.id if item else "")

    # --- actions -----------------------------------------------------------------------------

    @background()
    async def action_edit_server(self) -> None:
        """Edit the highlighted server."""
        if (server := self._get_highlighted()) is not None:
            await self._open_form(server, was=server.name if self._is_configured() else "")

    @background()
    async def action_new_server(self) -> None:
        """Open an empty form."""
        await self._open_form(None)

    async def _open_form(self, server: ServerSettings | None, was: str = "") -> None:
        saved = await self.app.push_screen_wait(
            ServerForm(
                server, saved_name=was, taken_names=self._listed_servers, environ=self._session.environ
            )
        )
        if saved is not None:
            self._update_list(choose=saved)
            self._show_notice(f"{single_line(saved, 40)} saved to the settings")

    def action_default_server(self) -> None:
        """Make the highlighted server the default."""
        if self._is_configured() and (server := self._get_highlighted()) is not None:
            self._apply_change(lambda: config.update_settings(server=server.name))
            self._session.choose(server=server.name, base_url="", demo=False, local=False, model="")

    def action_delete_server(self) -> None:
        """Remove the highlighted server from the file."""
        if not self._is_configured() or (server := self._get_highlighted()) is None:
            return

        def drop() -> None:
            before = files.read_text(paths.settings_file())
            config.remove_server(server.name)
            self._removed = before, server, files.read_text(paths.settings_file())

        self._apply_change(drop)
        self._show_notice(f"{single_line(server.name, 40)} removed from the settings. Undo with U")

    def action_undo_server(self) -> None:
        """Restore the server that was removed last."""
        if self._removed is None:
            return
        before, server, after = self._removed
        self._removed = None

        def put_back() -> None:
            # Restore the whole file if nothing else has changed since.
            if files.read_text(paths.settings_file()) == after:
                files.write_text(paths.settings_file(), before)
            else:
                config.set_server(server)

        self._apply_change(put_back)
        self._update_list(choose=server.name)

    def _apply_change(self, change: Callable[[], object]) -> None:
        try:
            change()
        except RoundtableError as error:
            self._session.settings_error = str(error)
        self._update_list()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done now."""
        if action == "undo_server":
            return self._removed is not None
        if action in ("delete_server", "default_server"):
            return bool(self.query(ItemList)) and self._is_configured()
        return True

    def action_leave_servers(self) -> None:
        """Close the screen."""
        self.dismiss(None)

    def _show_notice(self, line: str) -> None:
        self.notify(line, timeout=3, markup=False)


def _describe_server(server: ServerSettings) -> str:
    """Return model, key source and limits of a server in one line."""
    key = f"key in ${server.api_key_env}" if server.api_key_env else "no key"
    key = "key from a command" if server.api_key_cmd else key
    model = f"model {server.model}" if server.model else "first model of its list"
    at_once = f"{server.concurrency} parallel calls" if server.concurrency else ""
    context = f"context of {server.context:,} tokens" if server.context else ""
    return "; ".join(part for part in (model, key, at_once, context) if part)
