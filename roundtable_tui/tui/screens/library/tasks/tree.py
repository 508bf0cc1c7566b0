"""The tasks as a list that can be folded: origins, tasks that match the search, and the parts of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.style import Style

from roundtable_tui.resources import Task
from roundtable_tui.tui.screens.library.entry_list import EntryList, Snapshot, Target
from roundtable_tui.tui.screens.library.kinds import ORIGIN_HEADINGS, describe_hidden
from roundtable_tui.tui.screens.library.tasks.scan import TaskEntry, list_missing_texts
from roundtable_tui.tui.widgets.lists.item_list import Item, Tone
from roundtable_tui.tui.widgets.lists.to_search import forward_to_search
from roundtable_tui.utils.text import single_line

MAX_QUESTIONS = 200
MAX_SEARCHED_CHARS = 2_000
"""Characters of the texts of a task that are searched."""
_TOGGLE = Style.from_meta({"toggle": True})


@dataclass(frozen=True, slots=True)
class TaskRow(Item):
    """A task, a part of it, or, without an entry, an origin or no task.

    `name` is the path of a file in its task, `number` counts questions from 1; a task has neither.
    """

    entry: TaskEntry | None = None
    name: str = ""
    number: int = 0

    @property
    def depth(self) -> int:
        """How far in it is."""
        return (self.entry is not None) + bool(self.name or self.number)


NO_TASK = TaskRow("", "no task", hint="a question of your own", tone="muted")


def make_part_id(entry_id: str, name: str = "", number: int = 0) -> str:
    """Return the id of the row of a text or question; it stays the same when the tasks are read again."""
    return f"{entry_id}\0{name}\0{number}"


def make_row(entry: TaskEntry) -> TaskRow:
    """Return the row of a task with its parts; the detail is what is searched besides the title."""
    tone: Tone = "error" if entry.fault is not None else "muted" if entry.hidden_by else ""
    return TaskRow(
        entry.id,
        single_line(entry.title, 120) or "(no name)",
        _searchable_text(entry),
        ORIGIN_HEADINGS[entry.origin],
        _hint(entry),
        tone,
        tuple(_list_parts(entry)),
        entry=entry,
    )


def _list_parts(entry: TaskEntry) -> Iterator[TaskRow]:
    def part(title: str, name: str = "", number: int = 0, hint: str = "") -> TaskRow:
        tone: Tone = "muted" if hint or entry.hidden_by else ""
        id = make_part_id(entry.id, name, number)
        return TaskRow(id, title, hint=hint, tone=tone, entry=entry, name=name, number=number)

    questions = entry.task.questions[:MAX_QUESTIONS] if entry.task else ()
    for number, question in enumerate(questions, 1):
        yield part(f"{number} {single_line(question, 200)}", number=number)
    for name in entry.texts:
        yield part(name, name)
    for name in list_missing_texts(entry):
        yield part(name, name, hint="not written yet")
    for name in entry.others:
        yield part(single_line(name, 120), name)


def _hint(entry: TaskEntry) -> str:
    if entry.fault is not None:
        return "broken"
    if entry.hidden_by:
        return describe_hidden(entry.hidden_by)
    task = entry.task
    count = len(task.questions) if task else 0
    many = f"{count} questions" if count > 1 else ""
    return ", ".join(part for part in (_mode(task) if task else "", many) if part)


def _mode(task: Task) -> str:
    """Return the mode of a task, or the modes of its stages."""
    return task.settings.mode or " → ".join(stage.mode for stage in task.settings.stages)


def _searchable_text(entry: TaskEntry) -> str:
    found = [entry.path.name]
    if (task := entry.task) is not None:
        found += [_mode(task), task.settings.team, *task.questions[:20], task.context]
    return " ".join(found)[:MAX_SEARCHED_CHARS]


class TaskTree(EntryList):
    """Tasks by origin. Origins are open at first, tasks are folded."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "toggle_row", "Open or fold", show=False),
        Binding("right", "open", "Open", show=False),
        Binding("left", "fold", "Fold", show=False),
    ]

    def __init__(self, search: Callable[[], None], search_keys: Sequence[str] = ()) -> None:
        """Call `search` on one of the `search_keys`."""
        super().__init__()
        self._search, self._search_keys = search, search_keys
        self._toggled: set[str] = set()
        """The ids of the origins that are folded and of the tasks that are open."""

    @property
    def row(self) -> TaskRow | None:
        """The highlighted row."""
        return self.item if isinstance(self.item, TaskRow) else None

    @property
    def entry(self) -> TaskEntry | None:
        """The highlighted task, or the task of the highlighted part."""
        return self.row.entry if self.row is not None else None

    def list_items(self, snapshot: Snapshot[Any]) -> list[Item]:
        """Return the tasks, and the row for none of them."""
        return [*map(make_row, snapshot.entries.values()), NO_TASK]

    def list_rows(self, items: Sequence[Item]) -> Iterator[Item | str]:
        """Yield origins, tasks and parts."""
        for heading in dict.fromkeys(item.group for item in items):
            tasks = [item for item in items if item.group == heading]
            origin = TaskRow(heading, heading, tone="heading", parts=tasks)
            if heading:
                yield origin
            if not heading or self._is_open(origin):
                for task in tasks:
                    yield task
                    yield from task.parts if self._is_open(task) else ()

    def _is_open(self, row: Item) -> bool:
        return bool(row.parts) and (row.id in self._toggled) != (row.tone == "heading")

    def make_prefix(self, item: Item) -> Content:
        """Return the indent, and a sign that can be clicked if the row has parts."""
        depth = item.depth if isinstance(item, TaskRow) else 0
        sign = (
            Content.styled("▾ " if self._is_open(item) else "▸ ", _TOGGLE)
            if item.parts
            else "  " * (depth > 0)
        )
        return Content.assemble("  " * depth, sign)

    def go_to(self, target: Target) -> None:
        """Highlight a task or a text of it; with `is_open` show the parts of the task."""
        if (entry := self.snapshot.entries.get(target.id)) is None:
            return
        self._toggled.discard(ORIGIN_HEADINGS[entry.origin])
        if target.part or target.is_open:
            self._toggled.add(target.id)
        self._redraw()
        self.highlight_item(target.id)
        self.highlight_item(make_part_id(target.id, target.part))

    def on_key(self, event: events.Key) -> None:
        """Forward typed text to the search."""
        forward_to_search(self, event, self._search_keys, self._search)

    def on_click(self, event: events.Click) -> None:
        """Highlight on the first click; on a sign open or fold as well."""
        super().on_click(event)
        if event.style.meta.get("toggle"):
            event.prevent_default()
            self.action_toggle_row()

    def action_toggle_row(self) -> None:
        """Open or fold the row."""
        if (row := self.row) is not None and row.parts:
            self._toggled ^= {row.id}
            self._redraw()

    def action_open(self) -> None:
        """Open the row, or go to the first row in it."""
        if (row := self.row) is not None and row.parts:
            self.action_cursor_down() if self._is_open(row) else self.action_toggle_row()

    def action_fold(self) -> None:
        """Fold the row, or go to the row it is in."""
        if (row := self.row) is not None and self._is_open(row):
            self.action_toggle_row()
        elif row is not None:
            around = (one for one in self.rows if row.id in {part.id for part in one.parts})
            self.highlight_item(next(around, row).id)

    def _redraw(self) -> None:
        self.show_entries(self.query_text)
