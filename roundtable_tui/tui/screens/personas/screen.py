"""All personas there are: read them, edit them, make, copy and delete your own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Input, OptionList

from roundtable_tui import disk
from roundtable_tui.errors import FileError
from roundtable_tui.files import Persona, PersonaLibrary
from roundtable_tui.text import one_line
from roundtable_tui.tui.screens.personas.away import Away
from roundtable_tui.tui.screens.personas.editor import Edited, PersonaEditor
from roundtable_tui.tui.screens.personas.entries import Entry, Shelf, described
from roundtable_tui.tui.widgets.entry import LineField
from roundtable_tui.tui.widgets.item_list import ItemList
from roundtable_tui.tui.widgets.note import Note

_EMPTY = "There are no personas yet. Press n to make one."


class PersonasScreen(Screen[bool]):
    """Shows the personas given, of a task, here, yours and shipped; gives whether any has changed."""

    CSS_PATH = "personas.tcss"
    AUTO_FOCUS = "#list"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "edit",
            "Edit",
            id="personas.edit",
            tooltip="Edit it; what is not yours is copied.",
            priority=True,
        ),
        Binding("n", "new", "New", id="personas.new", tooltip="Make a persona."),
        Binding("c", "copy", "Copy", id="personas.copy", tooltip="Make a persona like this one."),
        Binding("d", "delete", "Delete", id="personas.delete", tooltip="Delete it, if it is yours."),
        Binding("u", "undo", "Undo", id="personas.undo", tooltip="Bring back what was deleted last."),
        Binding("slash", "search", "Search", id="personas.search", key_display="/"),
        Binding("r", "reload", "Read again", show=False, id="personas.reload"),
        Binding("escape", "leave", "Back", id="personas.leave"),
        Binding("up", "to('cursor_up')", "Up", show=False),
        Binding("down", "to('cursor_down')", "Down", show=False),
        Binding("pageup", "to('page_up')", "A page up", show=False),
        Binding("pagedown", "to('page_down')", "A page down", show=False),
    ]

    @dataclass
    class Loaded(Message):
        """All has been read; `choose` is what to highlight."""

        shelf: Shelf
        choose: str

    def __init__(
        self,
        given: Path | None = None,
        task: Path | None = None,
        *,
        models: Sequence[str] = (),
        servers: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._places = (given, task)
        self._models, self._servers = models, servers
        self._shelf = Shelf()
        self._away: list[Away] = []
        self._changed = False

    def compose(self) -> ComposeResult:
        """Title and search on top, the list beside what is known of the highlighted one, the keys below."""
        yield Note(id="title")
        yield LineField(placeholder="/ to search", id="search")
        with Horizontal(id="both"):
            yield ItemList(id="list", click_takes=False)
            yield Note(id="nothing", folds=True)
            with VerticalScroll(id="about", can_focus=False):
                yield Note(id="known")
        yield Note(id="status", folds=True)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Read all there is, beside the screen."""
        self.query_one("#title", Note).say(Content.assemble(("Personas", "bold"), "  reading ..."))
        self._load("")

    @work(thread=True, exclusive=True, exit_on_error=False, group="personas")
    def _load(self, choose: str) -> None:
        try:
            shelf = Shelf.read(*self._places)
        except Exception as error:  # whatever it is, it is told, and the screen goes on
            shelf = Shelf.of(PersonaLibrary(problems=[FileError(f"cannot be read: {one_line(str(error))}")]))
        self.post_message(self.Loaded(shelf, choose))

    @on(Loaded)
    def _show_loaded(self, event: Loaded) -> None:
        self._shelf = event.shelf
        self._show()
        self.query_one(ItemList).choose(event.choose)

    @on(Input.Changed)
    def _show(self) -> None:
        """Bring everything up to date with the shelf and the search."""
        library, typed = self._shelf.library, self.query_one("#search", Input).value.strip()
        listed = self.query_one(ItemList)
        fitting = listed.show([entry.item for entry in self._shelf.entries.values()], typed)
        listed.display = bool(fitting)
        nothing = "" if fitting else f"Nothing fits “{typed}”." if typed else _EMPTY
        self.query_one("#nothing", Note).say(nothing)
        faults = len(library.problems)
        told = f"  {len(library.items)}" + (f", {faults} fault{'s' * (faults > 1)}" if faults else "")
        self.query_one("#title", Note).say(Content.assemble(("Personas", "bold"), told))
        self._describe()

    @on(OptionList.OptionHighlighted)
    def _describe(self) -> None:
        entry = self._entry
        name, facts, rest = described(entry) if entry is not None else ("", "", "")
        style = "bold $text-error" if entry is not None and entry.fault else "bold $text-primary"
        self.query_one("#known", Note).say(
            Content.assemble((name, style), "\n", (facts, "dim"), "\n\n", rest)
        )
        self.query_one("#about").scroll_home(animate=False)
        self.refresh_bindings()

    @property
    def _entry(self) -> Entry | None:
        item = self.query_one(ItemList).item if self.is_mounted else None
        return self._shelf.entries.get(item.id) if item is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what cannot be done to the highlighted one."""
        entry = self._entry
        if action == "edit":
            return True if entry is not None and entry.path is not None else None
        if action == "copy":
            return True if entry is not None and entry.found is not None else None
        if action == "delete":
            return True if entry is not None and entry.yours else None
        if action == "undo":
            return bool(self._away)
        return True

    @on(OptionList.OptionSelected)
    def action_edit(self) -> None:
        """Edit the highlighted persona, or mend the highlighted file."""
        entry = self._entry
        if entry is not None and entry.path is not None:
            persona = entry.found.persona if entry.found is not None else None
            origin = entry.found.origin if entry.found is not None else ""
            self._open(self._editor(persona, path=entry.path, origin=origin))

    def action_new(self) -> None:
        """Make a persona."""
        self._open(self._editor(None))

    def action_copy(self) -> None:
        """Make a persona like the highlighted one."""
        entry = self._entry
        if entry is not None and entry.found is not None:
            persona = entry.found.persona
            name = self._shelf.free_name(persona.name)
            self._open(self._editor(persona.model_copy(update={"name": name})))

    def _editor(
        self, persona: Persona | None, *, path: Path | None = None, origin: str = ""
    ) -> PersonaEditor:
        return PersonaEditor(
            persona,
            path=path,
            origin=origin,
            library=self._shelf.library,
            models=self._models,
            servers=self._servers,
        )

    def _open(self, editor: PersonaEditor) -> None:
        self._say("")
        self.app.push_screen(editor, self._edited)

    def _edited(self, edited: Edited | None) -> None:
        if edited is not None and edited.path is not None:
            self._changed = True
            self._load(str(edited.path))

    def action_delete(self) -> None:
        """Put the highlighted file away, if it is one's own."""
        entry = self._entry
        if entry is None or entry.path is None:
            return
        if not entry.yours:
            self._say("Only your own personas can be deleted.")
            return
        try:
            self._away.append(Away.put(entry.path))
        except FileError as error:
            self._say(str(error), "error")
            return
        self._changed = True
        self._say(f"{one_line(entry.path.name)} is deleted. Press u to bring it back.")
        self._load(self.query_one(ItemList).next_to(entry.item.id))

    def action_undo(self) -> None:
        """Bring back what was deleted last."""
        away = self._away.pop()
        try:
            away.bring_back()
        except FileError as error:
            self._say(str(error), "error")
        else:
            self._say(f"{disk.show(away.path)} is back.")
            self._load(str(away.path))
        self.refresh_bindings()

    def action_search(self) -> None:
        """Go to the search."""
        self.query_one("#search").focus()

    def action_reload(self) -> None:
        """Read all files again."""
        item = self.query_one(ItemList).item
        self._load(item.id if item is not None else "")

    def action_to(self, move: str) -> None:
        """Move the highlight, from the search."""
        getattr(self.query_one(ItemList), f"action_{move}")()

    def action_leave(self) -> None:
        """Out of the search, or back."""
        search = self.query_one("#search", Input)
        if search.has_focus or search.value:
            search.value = ""
            self.query_one(ItemList).focus()
        else:
            self.dismiss(self._changed)

    def _say(self, line: str, kind: str = "") -> None:
        status = self.query_one("#status", Note)
        status.say(one_line(line))
        status.set_class(kind == "error", "-error")
