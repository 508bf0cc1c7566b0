"""The tree of tasks. Open rows and the cursor stay as they are when the files change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from roundtable_tui.tui.screens.library.browser import Snapshot, Target
from roundtable_tui.tui.screens.library.tasks.rows import TaskRow, build_rows, find_row
from roundtable_tui.tui.screens.library.tasks.scan import TaskEntry
from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.lists.to_search import forward_to_search

MIN_CELLS_FOR_HINT = 30
"""A narrower row shows no hint."""


class TaskTree(Tree[TaskRow], inherit_bindings=False):
    """An `EntryView` of tasks and their parts; a click highlights, a second one selects."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor_up", "Up", show=False),
        Binding("down", "cursor_down", "Down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("home", "scroll_home", "First", show=False),
        Binding("end", "scroll_end", "Last", show=False),
        Binding("space", "toggle_node", "Open or fold", show=False),
        Binding("right", "open", "Open", show=False),
        Binding("left", "fold", "Fold", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"tasks--aside", "tasks--fault", "tasks--heading", "tasks--match"}

    def __init__(
        self, search: Callable[[], None], search_keys: Sequence[str] = (), *, id: str | None = None
    ) -> None:
        """Call `search` on one of the `search_keys`."""
        super().__init__("tasks", id=id)
        self._search, self._search_keys = search, search_keys
        self.show_root = False
        self.guide_depth = 2
        self.auto_expand = False
        self._open: dict[str, bool] = {}
        self.current = ""
        """The id of the task that is chosen for the next run."""
        self._entries: Mapping[str, TaskEntry] = {}

    @property
    def row(self) -> TaskRow | None:
        """The row under the cursor."""
        return self.cursor_node.data if self.cursor_node is not None else None

    @property
    def entry(self) -> TaskEntry | None:
        """The task under the cursor, or the task of the part under it."""
        return self.row.entry if self.row is not None else None

    def show_entries(self, snapshot: Snapshot[TaskEntry], query: str, *, first: bool) -> bool:
        """Show the tasks that match; return whether there are rows."""
        self._entries = snapshot.entries
        found = build_rows(snapshot.entries.values(), query)
        self.show(found, first=first)
        return bool(found)

    def go_to(self, target: Target) -> None:
        """Move the cursor to a task or a text of it; with `is_open` show the parts of the row."""
        if (entry := self._entries.get(target.id)) is not None:
            self._reveal(find_row(entry, target.part).id, is_open=target.is_open)

    def show(self, rows: Sequence[TaskRow], *, first: bool = False) -> None:
        """Show rows. The cursor goes to the first task that can be used, or stays where it was."""
        self._remember()
        row, line = self.row, self.cursor_line
        wanted = row.id if row is not None and not first else ""
        self.clear()
        self._add(self.root, rows)
        self.root.expand()
        if not (nodes := self._list_visible()):
            return
        node = next((node for node in nodes if node.data is not None and node.data.id == wanted), None)
        if node is None and wanted and not first and line >= 0:
            node = nodes[min(line, len(nodes) - 1)]
        if node is None:
            tasks = [node for node in nodes if node.data and node.data.kind == "task"]
            usable = [node for node in tasks if node.data and node.data.entry and node.data.entry.task]
            node = next(iter([*usable, *tasks, *nodes]))
        self.move_cursor(node)

    def _reveal(self, id: str, *, is_open: bool) -> None:
        """Expand the rows around the one with this id, and with `is_open` the row itself; go there."""
        node = next((one for one in self._below(self.root) if one.data and one.data.id == id), None)
        around = node.parent if node is not None else None
        while around is not None:
            around.expand()
            around = around.parent
        if node is not None:
            if is_open:
                node.expand()
            self._list_visible()
            self.move_cursor(node)

    def _list_visible(self) -> list[TreeNode[TaskRow]]:
        """Return the visible nodes, top to bottom. This builds the lines, which moving the cursor needs."""
        found = [self.get_node_at_line(line) for line in range(self.last_line + 1)]
        return [node for node in found if node is not None]

    def _below(self, node: TreeNode[TaskRow]) -> Iterable[TreeNode[TaskRow]]:
        for child in node.children:
            yield child
            yield from self._below(child)

    def _remember(self) -> None:
        self._open |= {
            node.data.id: node.is_expanded
            for node in self._below(self.root)
            if node.data is not None and node.allow_expand
        }

    def _add(self, at: TreeNode[TaskRow], rows: Iterable[TaskRow]) -> None:
        for row in rows:
            is_open = row.kind == "origin" or self._open.get(row.id, False)
            label = Text(row.title)  # Never as markup.
            node = at.add(label, row, expand=is_open, allow_expand=bool(row.rows))
            self._add(node, row.rows)

    def render_label(self, node: TreeNode[TaskRow], base_style: Style, style: Style) -> Text:
        """Return a row: the title, and at the right end the hint if there is room for it."""
        row = node.data
        if row is None:
            return super().render_label(node, base_style, style)
        entry = row.entry if row.kind == "task" else None
        sign = ("▾ " if node.is_expanded else "▸ ") if node.allow_expand else ""
        line = Text(sign, Style(meta={"toggle": True}))
        if entry is not None and entry.id == self.current:
            line.append("● ")
        if entry is not None and entry.fault is not None:
            line.append("✗ ", self._get_part_style("fault"))
        title = Text(row.title, self._style(row))
        for at in row.places:
            title.stylize(self._get_part_style("match"), at, at + 1)
        line.append_text(title)
        width = self._get_row_width(node)
        hint = f"  {row.hint}" if row.hint and width >= MIN_CELLS_FOR_HINT else ""
        line.truncate(max(4, width - measure_cells(hint)), overflow="ellipsis", pad=True)
        line.append(hint, self._get_part_style("aside"))
        # The colours of the cursor cover those of the row; otherwise the row's own come first.
        here = node is self.cursor_node
        line.stylize(style) if here else line.stylize_before(style)
        return line

    def _get_part_style(self, name: str) -> Style:
        return self.get_component_rich_style(f"tasks--{name}", partial=True)

    def _style(self, row: TaskRow) -> Style:
        if row.kind == "origin":
            return self._get_part_style("heading")
        muted = row.kind in ("missing", "none") or (row.entry is not None and bool(row.entry.hidden_by))
        return self._get_part_style("aside") if muted else Style()

    def _get_row_width(self, node: TreeNode[TaskRow]) -> int:
        """Return the cells that a row can fill."""
        depth, at = 0, node.parent
        while at is not None and not at.is_root:
            depth, at = depth + 1, at.parent
        return self.scrollable_content_region.width - depth * self.guide_depth

    def get_label_width(self, node: TreeNode[TaskRow]) -> int:
        """Return 1: rows are cut to the width of the tree, which never scrolls sideways."""
        return 1

    def on_key(self, event: events.Key) -> None:
        """Forward typed text to the search."""
        forward_to_search(self, event, self._search_keys, self._search)

    def on_click(self, event: events.Click) -> None:
        """Highlight on the first click."""
        line = event.style.meta.get("line")
        if line is not None and not event.style.meta.get("toggle") and line != self.cursor_line:
            event.prevent_default()
            self.cursor_line = line

    def action_open(self) -> None:
        """Expand the row, or go to the first row in it."""
        node = self.cursor_node
        if node is not None and node.allow_expand:
            self.move_cursor(node.children[0]) if node.is_expanded else node.expand()

    def action_fold(self) -> None:
        """Collapse the row, or go to the row it is in."""
        node = self.cursor_node
        if node is not None and node.allow_expand and node.is_expanded:
            node.collapse()
        elif node is not None and node.parent is not None and not node.parent.is_root:
            self.move_cursor(node.parent)
