"""What F1 shows: the keys of the part that has the focus, then of the rest of the screen, then of the app."""

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
from roundtable_tui.tui.widgets.forms.key_table import Row

Section = tuple[str, list[Row]]
OURS = "roundtable_tui"
HERE = "On this screen"
STANDS_FOR = "stream.reasoning"
"""A view's own key for what the pane around it does."""
WRITING: tuple[Row, ...] = (
    ("ctrl+c ctrl+x ctrl+v", "Copy, cut, paste", "What is selected: shift and the arrows select."),
    ("ctrl+w ctrl+u ctrl+k", "Delete", "The word before, all before, all behind the cursor."),
)
KNOWN: tuple[tuple[type[DOMNode], str, tuple[Row, ...]], ...] = (
    (TextArea, "In the text", (*WRITING, ("ctrl+z ctrl+y", "Undo, redo", ""))),
    (Input, "In the field", (*WRITING, ("tab", "To the next part", "shift+tab goes back."))),
    (OptionList, "In the list", (("↑ ↓", "Up, down", "Also pgup, pgdn, home, end."), ("enter", "Take", ""))),
    (Tree, "In the tree", (("↑ ↓", "Up, down", ""), ("space", "Open or fold", ""), ("enter", "Take", ""))),
    (Select, "In the choice", (("enter", "Open the choices", "↑ ↓ go through them, enter takes one."),)),
    (Checkbox, "On the switch", (("space", "On or off", "Also enter."),)),
    (Button, "On the button", (("enter", "Press it", ""),)),
)
"""What Textual's own parts can do, in few words."""
PALETTE: Row = ("ctrl+p", "Everything by name", "Type a part of what you want to do.")


def sections(screen: Screen[Any], remapped: Mapping[str, str]) -> list[Section]:
    """Return (title, [(keys, command, help)]), the nearest to the focus first; `remapped`: keys by command.

    A widget or screen of ours may say more of itself: HELP_TITLE, and HELP_KEYS, rows of what is no binding.
    A screen names in HELP_PLACES what else belongs to it, and in HELP_WITHOUT what makes no sense there.
    """
    found: dict[str, list[Row]] = {}
    without: Collection[str] = getattr(screen, "HELP_WITHOUT", ())
    for node in (screen.focused or screen).ancestors_with_self:
        for title, row in rows_of(node, remapped, without):
            put(found, title, row)
        if node is screen:
            break
    for where in getattr(screen, "HELP_PLACES", commands.AT_THE_TABLE if not screen.is_modal else ()):
        for command in commands.commands(where):
            if command.id not in without:
                put(found, commands.TITLES[where], row_of(command, remapped))
    anywhere = found.pop(commands.TITLES["app"], [])
    found[commands.TITLES["app"]] = [*anywhere, PALETTE]
    for command in commands.commands("app"):
        put(found, commands.TITLES["app"], row_of(command, remapped))
    told = list(found.items())
    return [(f"{told[0][0]}: here you are", told[0][1]), *told[1:]]


def put(found: dict[str, list[Row]], title: str, row: Row) -> None:
    """Add a row to its section, once."""
    known = any(row[:2] == there[:2] for rows in found.values() for there in rows)
    if not known and not any(row[0] == there[0] for there in found.get(title, ())):
        found.setdefault(title, []).append(row)


def rows_of(
    node: DOMNode, remapped: Mapping[str, str], without: Collection[str] = ()
) -> Iterator[tuple[str, Row]]:
    """Yield (title, row) for all that a widget or a screen can be told by key, save what goes `without`."""
    title = getattr(node, "HELP_TITLE", "")
    own: tuple[Row, ...] = getattr(node, "HELP_KEYS", ())
    known = next(((named, rows) for kind, named, rows in KNOWN if isinstance(node, kind)), None)
    if known is not None:
        title, own = title or known[0], (*own, *known[1])
        yield from ((title, row) for row in own)
    for binding in own_bindings(type(node)):
        if binding.id in without or binding.id == STANDS_FOR:
            continue
        command = next((one for one in commands.ALL if one.id == binding.id), None)
        if command is not None:
            yield commands.TITLES[command.where], row_of(command, remapped)
        elif binding.description:
            keys = commands.shown(remapped.get(binding.id or "", binding.key))
            yield title or HERE, (keys, binding.description, binding.tooltip)
    if known is None:
        yield from ((title or HERE, row) for row in own)


def own_bindings(kind: type[DOMNode]) -> Iterator[Binding]:
    """Yield what classes of ours bind, those of Textual left out."""
    for one in kind.__mro__:
        if one.__module__.startswith(OURS):
            yield from map(as_binding, declared(one))


def declared(kind: type) -> Iterable[BindingType]:
    """Return the bindings that one class declares itself."""
    found: Iterable[BindingType] = vars(kind).get("BINDINGS", ())
    return found


def as_binding(found: BindingType) -> Binding:
    """Return a binding however it was declared."""
    if isinstance(found, Binding):
        return found
    key, action, *rest = found
    return Binding(key, action, rest[0] if rest else "")


def row_of(command: commands.Command, remapped: Mapping[str, str]) -> Row:
    """Return a command as a row of help."""
    return commands.shown(remapped.get(command.id, command.keys)), command.title, command.help


def ids_elsewhere() -> set[str]:
    """Return the ids of what screens and widgets bind by themselves, outside of the commands."""
    found: set[str] = set()
    for module in walk_packages(tui.__path__, f"{tui.__name__}."):
        if "._" not in module.name:
            for kind in vars(import_module(module.name)).values():
                if isinstance(kind, type) and issubclass(kind, DOMNode):
                    found.update(binding.id for binding in own_bindings(kind) if binding.id)
    return found
