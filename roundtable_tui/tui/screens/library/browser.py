"""A screen of files under each other by where they come from: searched, made, renamed, deleted, watched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, OptionList

from roundtable_tui.errors import FileError, RoundtableError
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.resources.persona import NamedFile
from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.library.file_store import FileStore, PreviousVersion, TrashedFile
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.tui.widgets.lists.item_list import Item, ItemList
from roundtable_tui.utils import files
from roundtable_tui.utils.files import FileSnapshot
from roundtable_tui.utils.text import single_line

POLL_INTERVAL_S = 1.0
"""How often the folders are looked at while the screen is shown."""
MOVES: list[BindingType] = [
    Binding("up", "to('cursor_up')", "Up", show=False),
    Binding("down", "to('cursor_down')", "Down", show=False),
    Binding("pageup", "to('page_up')", "A page up", show=False),
    Binding("pagedown", "to('page_down')", "A page down", show=False),
]


class Undoable(Protocol):
    """Something that was done to a file."""

    @property
    def path(self) -> Path:
        """The file."""

    def bring_back(self) -> None:
        """Undo it. Raises FileError."""


class ResourceEntry(Protocol):
    """A row of the list."""

    @property
    def item(self) -> Item:
        """How it is shown."""

    @property
    def path(self) -> Path | None:
        """Its file, if it is one."""

    @property
    def fault(self) -> FileError | None:
        """What is wrong with the file, if it cannot be used."""

    @property
    def yours(self) -> bool:
        """Whether its file may be written to."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All there is, as it was read at one moment."""

    library: PersonaLibrary = field(default_factory=PersonaLibrary)
    entries: dict[str, Any] = field(default_factory=dict)
    seen: FileSnapshot = ()


class ResourceBrowser(BaseScreen[Any]):
    """The list and what is done in it; what the files are, a screen of its own says.

    Actions are called after the thing, as `delete_persona`; the first word of their names is looked at.
    """

    TITLE_: ClassVar[str]
    EMPTY: ClassVar[str]
    AUTO_FOCUS = "#list"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    @dataclass
    class Loaded(Message):
        """All has been read, for the `number`th time."""

        read: Snapshot
        number: int

    @dataclass
    class Looked(Message):
        """The files are so now."""

        seen: FileSnapshot

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Snapshot()
        self.changed = False
        self._undo: list[Undoable] = []
        self._number = 0
        self._reading = self._looking = False
        self._choose = ""
        """What to highlight once all has been read."""

    # --- what the files are --------------------------------------------------------------------

    def read(self) -> Snapshot:
        """Read all there is; called in a thread."""
        raise NotImplementedError

    def look(self) -> FileSnapshot:
        """Return how the files are now; called in a thread."""
        raise NotImplementedError

    def described(self, entry: Any) -> tuple[str, str, str]:
        """Return the name of an entry, what is known of it, and its text, all clean."""
        raise NotImplementedError

    def more(self) -> list[Widget]:
        """Return what else stands beside the list."""
        return []

    # --- what is shown -------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Title and search on top, the list beside what is known of the highlighted one, the keys below."""
        yield Note(id="title")
        yield LineField(placeholder="/ to search", id="search")
        with Horizontal(id="both"):
            yield ItemList(id="list", select_on_click=False)
            yield Note(id="nothing", hide_empty=True)
            with VerticalScroll(id="about", can_focus=False):
                yield Note(id="known")
            yield from self.more()
        yield Note(id="status", hide_empty=True)
        yield KeyHints()

    def on_mount(self) -> None:
        """Read all there is, beside the screen, and then whenever it has changed."""
        self.query_one("#title", Note).show_content(
            Content.assemble((f"◆ {self.TITLE_}", "bold $primary"), "  reading ...")
        )
        self.load("")
        self.set_interval(POLL_INTERVAL_S, self._look)

    def on_screen_resume(self) -> None:
        """Look at the files: one may have been elsewhere to change them."""
        self._look()

    def _look(self) -> None:
        if self.is_current and not self._reading and not self._looking:
            self._looking = True
            self._look_aside()

    @background(thread=True)
    def _look_aside(self) -> None:
        seen: FileSnapshot = ()
        try:
            seen = self.look()
        finally:
            self.post_message(self.Looked(seen))

    @on(Looked)
    def _read_anew(self, event: Looked) -> None:
        self._looking = False
        if event.seen != self.shelf.seen and not self._reading:
            self.load(None)

    def load(self, choose: str | None) -> None:
        """Read all files again, then highlight this one; None: the one that is."""
        if choose is not None:
            self._choose = choose
        elif not self._reading:
            self._choose = self.entry.item.id if self.entry else ""
        self._number += 1
        self._reading = True
        self._load(self._number)

    @background(thread=True)
    def _load(self, number: int) -> None:
        try:
            read = self.read()
        except Exception as error:  # whatever it is, it is told, and the screen goes on
            fault = FileError(f"cannot be read: {single_line(str(error))}")
            read = Snapshot(PersonaLibrary(problems=[fault]), self.faulty(fault))
        self.post_message(self.Loaded(read, number))

    def faulty(self, fault: FileError) -> dict[str, Any]:
        """Return the one entry there is where nothing can be read."""
        raise NotImplementedError

    @on(Loaded)
    def _show_loaded(self, event: Loaded) -> None:
        if event.number == self._number:
            self.shelf, self._reading = event.read, False
            self.show()
            self.query_one(ItemList).highlight_item(self._choose)

    @on(Input.Changed, "#search")
    def show(self) -> None:
        """Bring everything up to date with the files and the search."""
        entries, typed = self.shelf.entries.values(), self.query_one("#search", Input).value.strip()
        listed = self.query_one(ItemList)
        fitting = listed.show([entry.item for entry in entries], typed)
        listed.display = bool(fitting)
        nothing = "" if fitting else f"Nothing fits “{typed}”." if typed else self.EMPTY
        self.query_one("#nothing", Note).show_content(nothing)
        faults = sum(entry.fault is not None for entry in entries)
        told = f"  {len(entries) - faults}" + (f", {faults} fault{'s' * (faults > 1)}" if faults else "")
        self.query_one("#title", Note).show_content(
            Content.assemble((f"◆ {self.TITLE_}", "bold $primary"), told)
        )
        self._describe()

    @on(OptionList.OptionHighlighted)
    def _describe(self) -> None:
        entry = self.entry
        name, facts, rest = self.described(entry) if entry is not None else ("", "", "")
        style = "bold $text-error" if entry is not None and entry.fault else "bold $text-primary"
        said = Content.assemble((name, style), "\n", (facts, "dim"), "\n\n", rest)
        self.query_one("#known", Note).show_content(said)
        self.query_one("#about").scroll_home(animate=False)
        self.refresh_bindings()
        self.highlighted()

    def highlighted(self) -> None:
        """Follow the highlight with what else is shown."""

    @property
    def entry(self) -> Any:
        """The highlighted entry, None where there is none."""
        item = self.query_one(ItemList).item if self.is_mounted else None
        return self.shelf.entries.get(item.id) if item is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what cannot be done to the highlighted one."""
        entry = self.entry
        match action.partition("_")[0]:
            case "edit":
                return True if entry is not None and entry.path is not None else None
            case "copy":
                return True if entry is not None and entry.fault is None else None
            case "delete":
                return True if entry is not None and entry.yours else None
            case "rename":
                return True if entry is not None and entry.yours and entry.fault is None else None
            case "undo":
                return bool(self._undo)
        return True

    # --- what is done --------------------------------------------------------------------------

    def done(self, what: Undoable, line: str, choose: str) -> None:
        """Take in what was done to a file: it can be undone."""
        self._undo.append(what)
        self.changed = True
        self.say(line)
        self.load(choose)

    def delete(self) -> None:
        """Put the highlighted file away, if it is one's own."""
        entry = self.entry
        if entry is None or entry.path is None:
            return
        if not entry.yours:
            self.say("Only your own can be deleted.")
            return
        below = self.query_one(ItemList).get_neighbor_id(entry.item.id)
        line = f"{single_line(entry.path.name)} is deleted. Press u to bring it back."
        self.tried(lambda: self.done(TrashedFile.put(entry.path), line, below))

    async def rename(self, named: NamedFile, home: FileStore[Any]) -> None:
        """Ask for another name and write it, if the file is one's own."""
        from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt

        name = await self.app.push_screen_wait(TextPrompt(f"Another name for {named.name}", named.name))
        if name is not None and name.strip() != named.name:
            self.tried(lambda: self._rename(named, home, name.strip()))

    def _rename(self, named: NamedFile, home: FileStore[Any], name: str) -> None:
        before = home.read()
        renamed = home.named(name)
        if question := home.question(renamed):
            raise FileError(question)
        path = home.save(renamed)
        self.done(
            PreviousVersion(path, before, home.read()),
            f"{named.name} is {renamed.name} now. Press u to undo it.",
            str(path),
        )

    def undo(self) -> None:
        """Take back what was done last."""
        if self._undo:
            last = self._undo.pop()

            def back() -> None:
                last.bring_back()
                self.say(f"{files.display_path(last.path)} is back.")
                self.load(str(last.path))

            self.tried(back)
            self.refresh_bindings()

    def tried(self, do: Callable[[], None]) -> None:
        """Do something that may fail; then say why."""
        try:
            do()
        except RoundtableError as error:
            self.say(str(error), "error")

    def search(self) -> None:
        """Go to the search."""
        self.query_one("#search").focus()

    def read_again(self) -> None:
        """Read all files again."""
        self.load(None)

    def action_to(self, move: str) -> None:
        """Move the highlight, from the search."""
        getattr(self.query_one(ItemList), f"action_{move}")()

    def leave(self) -> None:
        """Out of the search, or back."""
        search = self.query_one("#search", Input)
        if search.has_focus or search.value:
            search.value = ""
            self.query_one(ItemList).focus()
        else:
            self.dismiss(self.changed)

    def say(self, line: str, kind: str = "") -> None:
        """Say something in the line above the keys."""
        self.query_one("#status", Note).show_line(line, is_error=kind == "error")
