"""The base of the resource screens: a searchable list beside a preview, which follows the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, OptionList

from roundtable_tui.errors import FileError, RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import format_key_of
from roundtable_tui.tui.screens.base import BaseScreen, offered
from roundtable_tui.tui.screens.disk_poll import DiskPoller
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.tui.widgets.lists.item_list import Item, ItemList
from roundtable_tui.tui.widgets.preview_pane import PreviewPane
from roundtable_tui.utils import files
from roundtable_tui.utils.crash_log import log_exception
from roundtable_tui.utils.files import FileSnapshot
from roundtable_tui.utils.text import single_line

B = TypeVar("B", bound="ResourceBrowser[Any, Any]")
E = TypeVar("E", bound=Item)
R = TypeVar("R")
T = TypeVar("T")
Undo = Callable[[], tuple[str, str]]
"""Undoes one change; returns what was restored, by name and by the id of its row. Raises RoundtableError."""
_UNDO_KEY = format_key_of("undo_persona")
"""The key of all commands that undo."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows of all resources as they were read at one moment."""

    rows: Sequence[Item] = ()
    files: FileSnapshot = ()
    problems: tuple[FileError, ...] = ()
    """Problems that do not belong to one resource."""
    current: str = ""
    """The id of the row that is in use; it is marked."""
    library: Any = None


def on_entry(
    condition: Callable[[Any], object] = lambda entry: True,
) -> Callable[[Callable[[B, Any], T]], Callable[[B], T | None]]:
    """Make a method an action on the highlighted entry, offered while there is one that meets a condition."""

    def decorate(method: Callable[[B, Any], T]) -> Callable[[B], T | None]:
        @offered(lambda screen: screen.entry is not None and condition(screen.entry))
        def start(self: B) -> T:
            return method(self, self.entry)

        return start

    return decorate


class ResourceBrowser(BaseScreen[R], Generic[E, R]):
    """Lists resources: search, preview, undo, and a look at the disk every second.

    The actions are named after the noun (`edit_persona`, `delete_server`). A subclass reads and describes the
    resources, and adds the actions on an entry, which is a row of the type `ENTRY`.
    """

    NAME: ClassVar[str]
    NOUN: ClassVar[str]
    ENTRY: ClassVar[type[Any]]
    EMPTY: ClassVar[str] = ""
    SEARCH_HINT: ClassVar[str] = "/ to search"
    FIXED_ROWS: ClassVar[Sequence[Item]] = ()
    """Rows that do not depend on what is read; they come last."""
    AUTO_FOCUS = "#list"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move_highlight('cursor_up')", "Up", show=False),
        Binding("down", "move_highlight('cursor_down')", "Down", show=False),
        Binding("pageup", "move_highlight('page_up')", "Page up", show=False),
        Binding("pagedown", "move_highlight('page_down')", "Page down", show=False),
    ]

    def __init__(self, view: ItemList | None = None) -> None:
        """Set up the browser, with a list of its own if it is a special one."""
        super().__init__()
        self.view = view or ItemList(select_on_click=False, id="list")
        self.preview = PreviewPane()
        self.shown = Snapshot()
        """The rows as they were last read."""
        self.has_saved = False
        """Whether a file was changed here."""
        self._undo: list[Undo] = []
        self._is_loading = False
        self._targets: tuple[str, ...] = ()
        self._poller = DiskPoller(self, self._has_changed, self.load)
        self.add_actions({f"search_{self.NOUN}s": self.focus_search, f"leave_{self.NOUN}s": self.leave})

    def read(self) -> Snapshot:
        """Return all resources; called in a thread."""
        raise NotImplementedError

    def read_file_state(self) -> FileSnapshot:
        """Return the state of all files, to detect changes; called in a thread."""
        raise NotImplementedError

    def describe(self, entry: E) -> Content:
        """Return the preview of an entry."""
        raise NotImplementedError

    def add_entry_actions(self, **actions: Callable[..., object]) -> None:
        """Add actions by the first word of their commands."""
        self.add_actions({f"{verb}_{self.NOUN}": action for verb, action in actions.items()})

    def compose(self) -> ComposeResult:
        """Yield title, search, list and preview, status and keys."""
        yield Note(id="title")
        yield LineField(placeholder=self.SEARCH_HINT, id="search")
        with Horizontal(id="both"):
            yield self.view
            yield Note(id="nothing", hide_empty=True)
            yield self.preview
            yield from self.compose_panels()
        yield Note(id="status", hide_empty=True)
        yield KeyHints()

    def compose_panels(self) -> ComposeResult:
        """Yield more panels beside the preview."""
        yield from ()

    def on_mount(self) -> None:
        """Read all resources in the background, and again when their files change."""
        self.search = self.query_one("#search", Input)
        self._show_title("  reading ...")
        self.load()
        self._poller.start()

    def on_screen_resume(self) -> None:
        """Look at the files: they may have been changed while another screen was open."""
        self._poller.poll()

    # --- reading -------------------------------------------------------------------------------

    def load(self, *targets: str) -> None:
        """Read all resources again; then highlight the first of these rows, by id, else the one of before."""
        # Targets wait until one is shown: a change on disk may start another load before.
        self._targets = targets or self._targets
        self._is_loading = True
        self._load()

    @background(exclusive=True, group="load")
    async def _load(self) -> None:
        try:
            self.shown = await asyncio.to_thread(self.read)
        except Exception as error:  # Whatever it is, the screen shows it and keeps working.
            line = str(error) if isinstance(error, (FileError, OSError)) else log_exception(error)
            problem = FileError(f"cannot be read: {single_line(line)}")
            self.shown = Snapshot(self.FIXED_ROWS, problems=(problem,))
        self._is_loading = False
        ids = {row.id for row in self._iter_rows()}
        target = next((id for id in self._targets if id in ids), None)
        self._targets = ()
        if target is not None and self.search.value:
            with self.search.prevent(Input.Changed):
                self.search.value = ""  # The search may hide the target.
        self.show_entries()
        if target is not None:
            self.view.highlight_item(target)
        self.after_load()
        self.show_preview()

    def _iter_rows(self) -> Iterator[Item]:
        for row in self.shown.rows:
            yield row
            yield from row.parts

    def after_load(self) -> None:
        """Do what has waited for the entries."""

    def _has_changed(self) -> bool:
        return not self._is_loading and self.read_file_state() != self.shown.files

    # --- drawing -------------------------------------------------------------------------------

    @on(Input.Changed, "#search")
    def _search_changed(self) -> None:
        self.show_entries()
        self.show_preview()

    def show_entries(self) -> None:
        """Show the entries that match the search."""
        query, rows = self.search.value.strip(), self.shown.rows
        problems = [single_line(str(problem), 200) for problem in self.shown.problems[:1]]
        has_matches = bool(self.view.show(rows, query, self.shown.current or None))
        self.view.display = has_matches
        nothing = f"No match for “{single_line(query, 60)}”." if query else "".join(problems) or self.EMPTY
        self.query_one("#nothing", Note).show_content("" if has_matches else nothing)
        errors = sum(row.tone == "error" for row in rows)
        count = sum(isinstance(row, self.ENTRY) for row in rows) - errors
        title = f"  {count}" + (f", {errors} with errors" if errors else "")
        self._show_title("  ".join([title, *problems]))

    def _show_title(self, rest: str) -> None:
        self.query_one("#title", Note).show_content(
            Content.assemble((f"◆ {self.NAME}", "bold $primary"), rest)
        )

    @on(OptionList.OptionHighlighted)
    def _highlight_changed(self) -> None:
        self.refresh_bindings()
        self.show_preview()

    def show_preview(self) -> None:
        """Describe the highlighted entry."""
        entry = self.entry
        self.preview.show(self.describe(entry) if entry is not None else Content(""))

    @property
    def row(self) -> Item | None:
        """The highlighted row, or None."""
        return self.view.item if self.is_mounted and self.view.display else None

    @property
    def entry(self) -> E | None:
        """The highlighted row if it is an entry, or None."""
        row: Any = self.row
        return row if isinstance(row, self.ENTRY) else None

    def say(self, line: str, *, is_error: bool = False) -> None:
        """Show a line above the keys."""
        self.query_one("#status", Note).show_line(line, is_error=is_error)

    # --- keys ----------------------------------------------------------------------------------

    def action_move_highlight(self, move: str) -> None:
        """Move the highlight while the search has the focus."""
        getattr(self.view, f"action_{move}")()

    def focus_search(self) -> None:
        """Go to the search."""
        self.set_focus(self.search)

    def leave(self) -> None:
        """Leave the search; outside of it, close, with whether a file was changed."""
        if self.search.value or self.search.has_focus:
            self.search.value = ""
            self.view.focus()
        else:
            has_saved: Any = self.has_saved
            self.dismiss(has_saved)

    def attempt(self, change: Callable[[], T]) -> T | None:
        """Do something that may fail; show the error."""
        try:
            return change()
        except RoundtableError as error:
            self.say(str(error), is_error=True)
            return None

    def change(self, change: Callable[[], Undo], line: str, target: str = "") -> None:
        """Change a file; then show a line about it, and the row with the id `target`."""
        if (undo := self.attempt(change)) is not None:
            self._undo.append(undo)
            self.has_saved = True
            self.say(f"{line} Press {_UNDO_KEY} to undo.")
            self.load(*([target] if target else ()))

    @offered(lambda self: self._undo, hide=True)
    def undo_last(self) -> None:
        """Undo the last change."""
        if (restored := self.attempt(self._undo.pop())) is not None:
            name, id = restored
            self.say(f"{name} restored.")
            self.load(id)
        self.refresh_bindings()


def undo_by(restore: Callable[[], Path]) -> Undo:
    """Return an `Undo` that restores a file; `restore` returns its path."""

    def undo() -> tuple[str, str]:
        path = restore()
        return files.display_path(path), str(path)

    return undo
