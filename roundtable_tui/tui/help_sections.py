"""Sections of the help (F1): keys of the focused widget, of the screen, and of the app."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Button, Checkbox, Input, OptionList, Select, TextArea, Tree

from roundtable_tui import tui
from roundtable_tui.tui import commands
from roundtable_tui.tui.widgets.forms.key_table import KeyRow

HelpSection = tuple[str, list[KeyRow]]
PACKAGE_NAME = "roundtable_tui"
DEFAULT_TITLE = "This screen"
HIDDEN_BINDING_ID = "stream.reasoning"
"""The transcript's own key for a command of the pane around it."""
TEXT_EDITING_ROWS: tuple[KeyRow, ...] = (
    ("ctrl+c ctrl+x ctrl+v", "Copy, cut, paste", "Select with shift and the arrow keys."),
    ("ctrl+w ctrl+u ctrl+k", "Delete", "The word before, all before, all after the cursor."),
)
WIDGET_HELP: tuple[tuple[type[DOMNode], str, tuple[KeyRow, ...]], ...] = (
    (TextArea, "Text", (*TEXT_EDITING_ROWS, ("ctrl+_ ctrl+y", "Undo, redo", ""))),
    (Input, "Field", (*TEXT_EDITING_ROWS, ("tab", "Next field", "shift+tab: previous field."))),
    (OptionList, "List", (("↑ ↓", "Up, down", "Also pgup, pgdn, home, end."), ("enter", "Select", ""))),
    (Tree, "Tree", (("↑ ↓", "Up, down", ""), ("space", "Expand or collapse", ""), ("enter", "Select", ""))),
    (Select, "Selection", (("enter", "Open the list", "Then ↑ ↓ to move, enter to select."),)),
    (Checkbox, "Check box", (("space", "On or off", "Also enter."),)),
    (Button, "Button", (("enter", "Press", ""),)),
)
"""Keys of Textual's own widgets: class, title, rows."""
PALETTE_ROW: KeyRow = ("ctrl+p", "Command palette", "Find a command by typing a part of its name.")


def build_sections(screen: Screen[Any], remapped: Mapping[str, str]) -> list[HelpSection]:
    """Build the sections of the help, nearest to the focus first.

    Widgets and screens may declare HELP_TITLE, and HELP_KEYS: rows that are not bindings. Screens may also
    declare HELP_PLACES, further scopes of commands, and HELP_WITHOUT, ids of commands to leave out.

    Args:
        screen: The screen to describe.
        remapped: Keys from the settings, by command.

    Returns:
        Pairs of a title and its rows of (keys, command, help).
    """
    found: dict[str, list[KeyRow]] = {}
    without: Collection[str] = getattr(screen, "HELP_WITHOUT", ())
    for node in (screen.focused or screen).ancestors_with_self:
        for title, row in iter_rows(node, remapped, without):
            add_row(found, title, row)
        if node is screen:
            break
    for where in getattr(screen, "HELP_PLACES", commands.TABLE_SCOPES if not screen.is_modal else ()):
        for command in commands.list_commands(where):
            if command.id not in without:
                add_row(found, commands.SCOPE_TITLES[where], make_row(command, remapped))
    anywhere = found.pop(commands.SCOPE_TITLES["app"], [])
    found[commands.SCOPE_TITLES["app"]] = [*anywhere, PALETTE_ROW]
    for command in commands.list_commands("app"):
        add_row(found, commands.SCOPE_TITLES["app"], make_row(command, remapped))
    sections = list(found.items())
    return [(f"{sections[0][0]} (active)", sections[0][1]), *sections[1:]]


def add_row(found: dict[str, list[KeyRow]], title: str, row: KeyRow) -> None:
    """Add a row to its section unless the same key or command is listed."""
    known = any(row[:2] == there[:2] for rows in found.values() for there in rows)
    if not known and not any(row[0] == there[0] for there in found.get(title, ())):
        found.setdefault(title, []).append(row)


def iter_rows(
    node: DOMNode, remapped: Mapping[str, str], excluded: Collection[str] = ()
) -> Iterator[tuple[str, KeyRow]]:
    """Yield (title, row) for each key of a widget or screen, except the commands in `excluded`."""
    title = getattr(node, "HELP_TITLE", "")
    own: tuple[KeyRow, ...] = getattr(node, "HELP_KEYS", ())
    known = next(((named, rows) for kind, named, rows in WIDGET_HELP if isinstance(node, kind)), None)
    if known is not None:
        title, own = title or known[0], (*own, *known[1])
        yield from ((title, row) for row in own)
    for binding in iter_own_bindings(type(node)):
        if binding.id in excluded or binding.id == HIDDEN_BINDING_ID:
            continue
        command = next((one for one in commands.COMMANDS if one.id == binding.id), None)
        if command is not None:
            yield commands.SCOPE_TITLES[command.scope], make_row(command, remapped)
        elif binding.description:
            keys = commands.format_keys(remapped.get(binding.id or "", binding.key))
            yield title or DEFAULT_TITLE, (keys, binding.description, binding.tooltip)
    if known is None:
        yield from ((title or DEFAULT_TITLE, row) for row in own)


def iter_own_bindings(kind: type[DOMNode]) -> Iterator[Binding]:
    """Yield the bindings of a class and its bases, without those that Textual declares."""
    for one in kind.__mro__:
        if one.__module__.startswith(PACKAGE_NAME):
            yield from map(to_binding, get_declared_bindings(one))


def get_declared_bindings(kind: type) -> Iterable[BindingType]:
    """Return the bindings that a class declares itself."""
    found: Iterable[BindingType] = vars(kind).get("BINDINGS", ())
    return found


def to_binding(found: BindingType) -> Binding:
    """Convert a binding declared as a tuple."""
    if isinstance(found, Binding):
        return found
    key, action, *rest = found
    return Binding(key, action, rest[0] if rest else "")


def make_row(command: commands.Command, remapped: Mapping[str, str]) -> KeyRow:
    """Format a command as a row of the help."""
    return commands.format_keys(remapped.get(command.id, command.keys)), command.title, command.help


def collect_widget_binding_ids() -> set[str]:
    """Return the ids of all bindings that screens and widgets declare outside the commands."""
    found: set[str] = set()
    for module in walk_packages(tui.__path__, f"{tui.__name__}."):
        if "._" not in module.name:
            for kind in vars(import_module(module.name)).values():
                if isinstance(kind, type) and issubclass(kind, DOMNode):
                    found.update(binding.id for binding in iter_own_bindings(kind) if binding.id)
    return found
