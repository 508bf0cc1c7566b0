"""The servers of the settings, and those found on this machine: added, edited, checked, removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList

from roundtable_tui import config
from roundtable_tui.config import ServerSettings
from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.commands import binding_of, bindings
from roundtable_tui.tui.screens.servers.form import ServerForm
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import Hints
from roundtable_tui.tui.widgets.lists.item_list import Item, ItemList
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.text import one_line

if TYPE_CHECKING:
    from roundtable_tui.tui.session import Session

YOURS, HERE = "of your settings", "found on this machine"
NONE = "No server is named in the settings, and none answers on this machine.\nPress n to add one."


class ServersScreen(Screen[None]):
    """What is changed here is in the settings file at once."""

    CSS_PATH = "servers.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Before the list's own enter.
        replace(binding_of("edit_server"), priority=True),
        *(
            binding
            for binding in bindings("servers")
            if isinstance(binding, Binding) and binding.key != "enter"
        ),
    ]
    HELP_PLACES = ("servers", "server", "app")

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._found: list[ServerSettings] = []
        self._gone: tuple[str, ServerSettings, str] | None = None
        """The file as it was, the server taken out of it, and the file as it then was."""

    def compose(self) -> ComposeResult:
        """Title, list, what is known of the highlighted one, keys."""
        yield Note(id="title")
        yield ItemList(id="list", click_takes=False)
        yield Note(id="empty", folds=True)
        yield Note(id="detail")
        yield Note(id="trouble", folds=True)
        yield Hints()

    def on_mount(self) -> None:
        """Show what the file has; look for others."""
        self._show()
        self.query_one(ItemList).focus()
        if self._session.settings.discovery:
            self._look()

    @work(exit_on_error=False)
    async def _look(self) -> None:
        self._found = await self._session.backends.look_around()
        self._show()

    @property
    def _servers(self) -> dict[str, ServerSettings]:
        return dict(self._session.settings.servers)

    def _show(self, choose: str = "") -> None:
        """Bring the list up to date with the file."""
        from roundtable_tui.setup.server_pool import spot

        self._session.reread()
        named = self._servers
        known = {spot(server.base_url) for server in named.values()}
        default = self._session.settings.server
        rows = [
            Item(f"server\n{one.name}", one.name, _words(one), YOURS, hint=one.base_url)
            for one in named.values()
        ]
        rows += [
            Item(
                f"url\n{one.base_url}",
                one.name,
                "enter gives it a name in the settings",
                HERE,
                hint=one.base_url,
            )
            for one in self._found
            if spot(one.base_url) not in known
        ]
        listed = self.query_one(ItemList)
        listed.show(rows, current=f"server\n{default}")
        listed.display = bool(rows)
        if choose:
            listed.choose(f"server\n{choose}")
        self.query_one("#empty", Note).say("" if rows else NONE)
        where = files.show(paths.settings_file())
        self.query_one("#title", Note).say(
            Content.assemble(("◆ Servers", "bold $primary"), (f"   {where}", "dim"))
        )
        self.query_one("#trouble", Note).say(one_line(self._session.trouble, 300))
        self._session.trouble = ""
        self._describe()
        self.refresh_bindings()

    @on(OptionList.OptionHighlighted)
    def _describe(self) -> None:
        item = self.query_one(ItemList).item
        self.query_one("#detail", Note).say(one_line(item.detail, 300) if item else "")

    @on(OptionList.OptionSelected)
    async def _selected(self) -> None:
        await self.run_action("edit_server")

    def _highlighted(self) -> ServerSettings | None:
        item = self.query_one(ItemList).item
        kind, _, where = item.id.partition("\n") if item else ("", "", "")
        if kind == "server":
            return self._servers.get(where)
        return next((one for one in self._found if one.base_url == where), None)

    def _is_named(self) -> bool:
        item = self.query_one(ItemList).item
        return item is not None and item.id.startswith("server\n")

    # --- what can be done ----------------------------------------------------------------------

    @work(exit_on_error=False)
    async def action_edit_server(self) -> None:
        """Open the form of the highlighted one."""
        if (server := self._highlighted()) is not None:
            await self._form(server, was=server.name if self._is_named() else "")

    @work(exit_on_error=False)
    async def action_new_server(self) -> None:
        """Open an empty form."""
        await self._form(None)

    async def _form(self, server: ServerSettings | None, was: str = "") -> None:
        saved = await self.app.push_screen_wait(ServerForm(server, was=was, taken=self._servers))
        if saved is not None:
            self._show(choose=saved)
            self._tell(f"{one_line(saved, 40)} is in the settings")

    def action_default_server(self) -> None:
        """Ask the highlighted one when nobody names another."""
        if self._is_named() and (server := self._highlighted()) is not None:
            self._change(lambda: config.remember(server=server.name))
            self._session.choose(server=server.name, base_url="", demo=False, local=False, model="")

    def action_delete_server(self) -> None:
        """Take the highlighted one out of the file."""
        if not self._is_named() or (server := self._highlighted()) is None:
            return

        def drop() -> None:
            before = files.read_text(paths.settings_file())
            config.drop_server(server.name)
            self._gone = before, server, files.read_text(paths.settings_file())

        self._change(drop)
        self._tell(f"{one_line(server.name, 40)} is out of the settings: u takes it back")

    def action_undo_server(self) -> None:
        """Put the last one back that was taken out."""
        if self._gone is None:
            return
        before, server, after = self._gone
        self._gone = None

        def put_back() -> None:
            # With all that was said of it, where nothing else has changed since.
            if files.read_text(paths.settings_file()) == after:
                files.write_text(paths.settings_file(), before)
            else:
                config.put_server(server)

        self._change(put_back)
        self._show(choose=server.name)

    def _change(self, change: Callable[[], object]) -> None:
        try:
            change()
        except RoundtableError as error:
            self._session.trouble = str(error)
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done now."""
        if action == "undo_server":
            return self._gone is not None
        if action in ("delete_server", "default_server"):
            return bool(self.query(ItemList)) and self._is_named()
        return True

    def action_leave_servers(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)

    def _tell(self, line: str) -> None:
        self.notify(line, timeout=3, markup=False)


def _words(server: ServerSettings) -> str:
    """Return what is written of a server, without its address."""
    key = f"key in ${server.api_key_env}" if server.api_key_env else "no key"
    key = "key from a command" if server.api_key_cmd else key
    model = f"model {server.model}" if server.model else "the first model it lists"
    at_once = f"{server.concurrency} calls at once" if server.concurrency else ""
    return "; ".join(part for part in (model, key, at_once) if part)
