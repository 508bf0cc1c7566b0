"""The key bindings: all commands with their keys, and a dialog to change one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from roundtable_tui import config
from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import COMMANDS, SCOPE_TITLES, Command, format_keys, make_list_bindings
from roundtable_tui.tui.screens.base import BaseDialog, BaseScreen
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.lists.item_list import Item, ItemList
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.tui.session import Session

_RESERVED_KEYS = ("escape", "enter", "tab", "shift+tab", "ctrl+c", "ctrl+q")
"""Keys that cannot be reassigned."""


class KeysScreen(BaseScreen[None]):
    """Changes are saved and applied at once."""

    CSS_PATH = "settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = make_list_bindings("keys")
    HELP_PLACES = ("keys", "app")

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        """Create the list and the help of the highlighted command."""
        yield Note(id="title")
        yield ItemList(id="list", select_on_click=False)
        yield Note(id="detail")
        yield Note(id="fault", hide_empty=True)
        yield KeyHints()

    def on_mount(self) -> None:
        """Show all commands."""
        self._update_list()
        self.query_one(ItemList).focus()

    def _update_list(self) -> None:
        yours = self._session.settings.keys
        self.query_one(ItemList).show(
            [
                Item(
                    one.id,
                    one.title,
                    f"{one.help}  [{one.id}]",
                    SCOPE_TITLES[one.scope],
                    hint=format_keys(yours.get(one.id, one.keys))
                    + ("  (changed)" if one.id in yours else ""),
                )
                for one in COMMANDS
            ]
        )
        count = len(yours)
        said = f"   {count} changed" if count else "   default keys"
        self.query_one("#title", Note).show_content(
            Content.assemble(("◆ Keys", "bold $primary"), (said, "dim"))
        )
        self._describe()
        self.refresh_bindings()

    @property
    def _highlighted_command(self) -> Command | None:
        item = self.query_one(ItemList).item
        return next((one for one in COMMANDS if item is not None and one.id == item.id), None)

    @on(OptionList.OptionHighlighted)
    def _describe(self) -> None:
        item = self.query_one(ItemList).item
        self.query_one("#detail", Note).show_content(single_line(item.detail, 200) if item else "")
        self.refresh_bindings()

    @on(OptionList.OptionSelected)
    async def _change_selected(self) -> None:
        await self.run_action("change_key")

    @background(opens_screen=True)
    async def action_change_key(self) -> None:
        """Ask for a new key."""
        if (command := self._highlighted_command) is None:
            return
        key = await self.app.push_screen_wait(KeyPrompt(command, dict(self._session.settings.keys)))
        if key:
            self._save_keys({**self._session.settings.keys, command.id: key})

    def action_own_key(self) -> None:
        """Reset the command to its default key."""
        if (command := self._highlighted_command) is not None:
            self._save_keys({id: key for id, key in self._session.settings.keys.items() if id != command.id})

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done now."""
        if action == "own_key" and self.query(ItemList):
            command = self._highlighted_command
            return command is not None and command.id in self._session.settings.keys
        return True

    def _save_keys(self, keys: dict[str, str]) -> None:
        try:
            file = config.load()
            if file.keys == self._session.settings.keys:
                config.update_settings(keys=keys)
            else:  # The file was edited meanwhile: write only what was changed here.
                before = self._session.settings.keys
                gone = before.keys() - keys.keys()
                new = {id: key for id, key in keys.items() if before.get(id) != key}
                merged = {id: key for id, key in file.keys.items() if id not in gone} | new
                config.update_settings(keys=merged)
                keys = merged
        except RoundtableError as error:
            self.query_one("#fault", Note).show_content(single_line(str(error), 300))
            return
        self._session.set_keys(keys)
        self.app.set_keymap(keys)
        self._update_list()

    def action_leave_keys(self) -> None:
        """Close the screen."""
        self.dismiss(None)


class KeyPrompt(BaseDialog[str | None]):
    """Closes with the pressed key; one that is in use has to be pressed twice."""

    CSS_PATH = "settings.tcss"

    def __init__(self, command: Command, custom_keys: dict[str, str]) -> None:
        super().__init__()
        self._command = command
        self._custom_keys = custom_keys
        self._pressed = ""

    def compose(self) -> ComposeResult:
        """Create the question and the notes below it."""
        with Vertical(id="box"):
            yield Static(Content(f"Press the key for “{self._command.title}”. esc cancels."))
            yield Note(id="pressed", hide_empty=True)
            yield Note(id="clash", hide_empty=True)

    def on_key(self, event: events.Key) -> None:
        """Accept the key if it is free or confirmed."""
        event.stop()
        event.prevent_default()
        key = event.key
        if key == "escape":
            self.dismiss(None)
        elif key in _RESERVED_KEYS:
            self._show_message(key, "This key is reserved")
        elif key == self._pressed or not (clash := find_clash(self._command, key, self._custom_keys)):
            self.dismiss(key)
        else:
            self._pressed = key
            self._show_message(key, f"Already used for “{clash}”. Press it again to use it anyway")

    def _show_message(self, key: str, why: str) -> None:
        self.query_one("#pressed", Note).show_content(single_line(format_keys(key), 40))
        self.query_one("#clash", Note).show_content(single_line(why, 200))


def find_clash(command: Command, key: str, custom_keys: dict[str, str]) -> str:
    """Return the title of another command with this key in the same scope, or ""."""
    near = {command.scope, "app", *(("table", "pane") if command.scope in ("app", "table", "pane") else ())}
    for one in COMMANDS:
        if one.id != command.id and one.scope in near and key in custom_keys.get(one.id, one.keys).split(","):
            return one.title
    return ""
