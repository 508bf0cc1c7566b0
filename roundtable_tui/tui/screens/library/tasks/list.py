"""All tasks: search as you type, look into them, choose or start one, edit their texts, make your own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Tree

from roundtable_tui.errors import RoundtableError
from roundtable_tui.resources.task import QUESTIONS_FILE
from roundtable_tui.resources.task_storage import DeletedTask
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import make_binding_by_id, make_bindings
from roundtable_tui.tui.screens.library.tasks.file_actions import TaskFileActions
from roundtable_tui.tui.screens.library.tasks.preview import TaskPreview, of_row
from roundtable_tui.tui.screens.library.tasks.rows import TaskChoice, TaskRow, rows, text_row
from roundtable_tui.tui.screens.library.tasks.scan import TaskEntry, TaskScan, look
from roundtable_tui.tui.screens.library.tasks.target import TaskFile, copied_line
from roundtable_tui.tui.screens.library.tasks.tree import TaskTree
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.utils.text import single_line

LOOK_S = 1.5
_ON_A_TASK = {"start_task", "edit_text", "edit_outside", "copy_task", "rename_task", "delete_task"}
_TYPE = "Type to search; enter chooses, ↓ goes to the tree"


class TasksScreen(TaskFileActions):
    """Gives what was chosen, or None. `question` is what stands in the input of the table."""

    CSS_PATH = "tasks.tcss"
    AUTO_FOCUS = "#search"
    BINDINGS: ClassVar[list[BindingType]] = [
        *make_bindings("tasks"),
        Binding("pageup", "to_tree('page_up')", "A page up", show=False),
        Binding("pagedown", "to_tree('page_down')", "A page down", show=False),
    ]
    HELP_PLACES = ("tasks", "app")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, session: Session, question: str = "") -> None:
        super().__init__()
        self.session = session
        self.question = question
        self._shelf = TaskScan()
        self._deleted: list[DeletedTask] = []
        self._goal: tuple[Path | None, str, bool] = (None, "", False)
        self._looking = self._read_once = self._eager = False
        task = session.wish.task
        self._given = Path(task).expanduser() if "/" in task or task.startswith((".", "~")) else None

    def compose(self) -> ComposeResult:
        """Title and search on top, the tree beside what is known of its row, the keys below."""
        yield Note(id="head")
        yield LineField(placeholder=_TYPE, id="search")
        with Horizontal(id="both"):
            keys = self.session.settings.keys.get("search_tasks", make_binding_by_id("search_tasks").key)
            yield TaskTree(self.action_search_tasks, keys.split(","), id="tree")
            yield Note(id="nothing", hide_empty=True)
            yield TaskPreview(id="preview")
        yield Note(id="status", hide_empty=True)
        yield KeyHints()

    def on_mount(self) -> None:
        """Read all there is, beside the screen, and keep an eye on it."""
        self.listed = self.query_one(TaskTree)
        self.search = self.query_one("#search", Input)
        self.load()
        self.set_interval(LOOK_S, self._look)

    # --- what there is ---------------------------------------------------------------------------

    def load(self, to: Path | None = None, name: str = "", *, opened: bool = False) -> None:
        """Read all tasks anew; go to one of them, or to a text of it; show what is in it if `opened`."""
        # Kept until it is shown: what is seen of a change outside may come first.
        self._goal = (to, name, opened) if to is not None else self._goal
        self._load()

    @background(exclusive=True, group="load")
    async def _load(self) -> None:
        first, self._read_once = not self._read_once, True
        self._shelf = await asyncio.to_thread(TaskScan.read, self._given)
        folder, name, opened = self._goal
        self._goal = (None, "", False)
        entry = self._shelf.get(str(folder)) if folder is not None else None
        if entry is not None:
            with self.search.prevent(Input.Changed):
                self.search.value = ""
        self._show(first=first)
        if first and (wanted := self.session.wish.task):
            called = ((one, (one.wanted_as.casefold(), one.title.casefold())) for one in self._shelf.entries)
            entry = next((one for one, names in called if wanted.casefold() in names), None)
            self.listed.current = entry.id if entry is not None else ""
        if entry is not None:
            self.listed.reveal(text_row(entry, name).id, opened=opened)
        self.preview()
        if self._eager:  # Enter came before there was anything to take.
            self._eager = False
            self.action_open_row()

    @background(group="look")
    async def _look(self) -> None:
        """See whether files have changed outside."""
        if self._looking or not self.is_current:
            return
        self._looking = True  # A slow disk is not asked again before it has answered.
        try:
            seen = await asyncio.to_thread(look, self._given)
        finally:
            self._looking = False
        if seen != self._shelf.seen:
            self.load()

    def _show(self, *, first: bool = False) -> None:
        typed = self.search.value.strip()
        found = rows(self._shelf, typed)
        self.listed.show(found, first=first)
        self.listed.display = bool(found)
        self.query_one("#nothing", Note).show_content(
            "" if found else f"Nothing fits “{single_line(typed, 60)}”."
        )
        entries, problems = self._shelf.entries, self._shelf.problems
        broken = sum(entry.fault is not None for entry in entries)
        parts = [f"  {len(entries)}", f", {broken} broken" if broken else ""]
        parts += [f"  {single_line(str(problem), 200)}" for problem in problems[:1]]
        self.query_one("#head", Note).show_content(Content.assemble(("◆ Tasks", "bold $primary"), *parts))

    @on(Input.Changed, "#search")
    def _typed(self) -> None:
        self._show(first=True)
        self.preview()

    @on(Tree.NodeHighlighted)
    def _highlighted(self) -> None:
        self.refresh_bindings()
        self.preview()

    @background(exclusive=True, group="preview")
    async def preview(self) -> None:
        """Show what is known of the row under the cursor."""
        row = self.listed.row if self.listed.display else None
        content = await asyncio.to_thread(of_row, row)
        self.query_one(TaskPreview).show(content)

    @property
    def row(self) -> TaskRow | None:
        """The row under the cursor."""
        return self.listed.row if self.is_mounted and self.listed.display else None

    @property
    def entry(self) -> TaskEntry | None:
        """The task under the cursor, or that of the text under it."""
        return self.row.entry if self.row is not None else None

    def say(self, line: str, *, wrong: bool = False) -> None:
        """Say a line below the tree."""
        self.query_one("#status", Note).show_line(line, is_error=wrong)

    # --- choosing --------------------------------------------------------------------------------

    @on(Input.Submitted, "#search")
    @on(Tree.NodeSelected)
    def action_open_row(self) -> None:
        """Choose the task; open the text; fold or open an origin."""
        row = self.row
        if row is None:
            self._eager = not self._shelf.entries
        elif row.kind == "none":
            self.dismiss(TaskChoice(""))
        elif row.kind in ("text", "missing", "file"):
            self.action_edit_text()
        elif row.entry is None:
            self.listed.action_toggle_node()
        else:
            self._choose(row.entry, max(1, row.number), start=False)

    @background(exclusive=True, group="choose")
    async def action_start_task(self) -> None:
        """Start the task as it is; ask which question where there are several."""
        row = self.row
        if row is None or row.entry is None:
            return
        task, number = row.entry.task, row.number
        if task is not None and not task.questions:
            self.say("it has no question: choose it with enter, and ask one at the table", wrong=True)
            return
        if task is not None and not number and len(task.questions) > 1:
            from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

            asked = enumerate(task.questions, 1)
            items = [Item(str(n), f"{n}  {single_line(one)}", single_line(one)) for n, one in asked]
            picked = await self.app.push_screen_wait(Picker("Which question?", items))
            if picked is None:
                return
            number = int(picked)
        self._choose(row.entry, max(1, number), start=True)

    def action_no_task(self) -> None:
        """Go back to a question of one's own."""
        self.dismiss(TaskChoice(""))

    def _choose(self, entry: TaskEntry, number: int, *, start: bool) -> None:
        if entry.fault is not None:
            self.say(str(entry.fault), wrong=True)
        else:
            self.dismiss(TaskChoice(entry.wanted_as, number, start))

    # --- texts -----------------------------------------------------------------------------------

    def _text_here(self) -> str:
        """Return the text that editing is about: the one under the cursor, or the questions."""
        row = self.row
        if row is None or row.entry is None:
            return ""
        return row.name or next(iter(row.entry.texts), QUESTIONS_FILE)

    def action_edit_text(self) -> None:
        """Edit the text here."""
        entry, name = self.entry, self._text_here()
        if entry is not None and name:
            self.open_text(entry.path, name, entry.title)

    def open_text(self, folder: Path, name: str, title: str) -> None:
        """Open a text in the editor."""
        from roundtable_tui.tui.screens.library.tasks.editor import TaskTextEditor

        entry = self._shelf.get(str(folder))
        count = len(entry.task.questions) if entry is not None and entry.task is not None else 0
        self.say("")
        self.app.push_screen(TaskTextEditor(folder, name, title, count), lambda to: self._edited(to, name))

    def _edited(self, folder: Path | None, name: str) -> None:
        if folder is not None:
            self.load(folder, name)

    def action_edit_outside(self) -> None:
        """Edit the text in the person's own editor."""
        entry, name = self.entry, self._text_here()
        if entry is None or not name:
            return
        if self.session.is_running:
            self.say("a run goes on, and would stand still: e edits the text here", wrong=True)
            return
        place = TaskFile(entry.path, name)
        try:
            self.say(copied_line(place) if place.edit_outside(self.app) else "")
        except RoundtableError as error:
            self.say(str(error), wrong=True)
        self.load(place.folder, name)

    # --- where the keys go -----------------------------------------------------------------------

    def action_search_tasks(self) -> None:
        """Go to the search."""
        self.set_focus(self.search)

    def action_to_tree(self, move: str) -> None:
        """Move the cursor of the tree, from the search."""
        getattr(self.listed, f"action_{move}")()

    def key_down(self, event: events.Key) -> None:
        """From the search to the tree, where the best match is."""
        if self.search.has_focus:
            event.stop()
            self.set_focus(self.listed)

    def action_leave_tasks(self) -> None:
        """Out of what was typed; then back to the table."""
        if self.search.value:
            self.search.value = ""
        else:
            self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what cannot be done to the row under the cursor."""
        if action == "search_tasks":
            return not self.search.has_focus
        if action not in _ON_A_TASK:
            return True
        entry = self.entry
        if entry is None:
            return None
        if action in ("rename_task", "delete_task"):
            return None if entry.shipped else True
        return None if action == "start_task" and entry.task is None else True
