"""The list of saved runs: search, filters, preview, open, rename, delete and undo."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from roundtable_tui.errors import RoundtableError
from roundtable_tui.history.constants import UNREADABLE
from roundtable_tui.history.find import write_title
from roundtable_tui.history.reader import read_run
from roundtable_tui.history.search import RunQuery
from roundtable_tui.history.summary import read_summary
from roundtable_tui.history.trash import delete_run, list_deleted_runs
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import make_binding_by_id, make_bindings
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.runs.filters import FilterRow, apply_filter, list_choices
from roundtable_tui.tui.screens.runs.preview import RunPreview, read_board
from roundtable_tui.tui.screens.runs.results import RunsScreenResult
from roundtable_tui.tui.screens.runs.saved_run_controller import SavedRunController
from roundtable_tui.tui.screens.runs.table import RunList
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.utils.text import single_line
from roundtable_tui.utils.trash import TrashedItem, restore

if TYPE_CHECKING:
    from roundtable_tui.history.index import RunIndex

NO_RUNS = (
    "No runs yet.",
    "",
    "Every question is recorded with its participants and all their turns. "
    "Recorded runs can be opened, replayed, resumed and forked here.",
    "",
    "esc goes back to the main screen.",
)
NO_MATCHES = ("No matching runs.", "", "esc clears the search, backspace shows all runs.")
FIRST_PAGE_SIZE = 200
"""Runs that the first query returns: more than fit on any screen."""
REFRESH_INTERVAL_S = 2.0
"""Seconds between two looks for runs of other processes."""
_DEBOUNCE_S = 0.08


async def debounce() -> None:
    """Wait for further keys before a query starts."""
    await asyncio.sleep(_DEBOUNCE_S)


class RunsScreen(BaseScreen[RunsScreenResult | None]):
    """Closes with what the main screen has to start, or None."""

    CSS_PATH = "runs.tcss"
    AUTO_FOCUS = "RunList"
    BINDINGS: ClassVar[list[BindingType]] = [
        *make_bindings("runs"),
        *make_bindings("run"),
    ]
    HELP_PLACES = ("runs", "run", "app")

    def __init__(self, session: Session, index: RunIndex) -> None:
        super().__init__()
        self.session = session
        self.index = index
        self.saved_run = SavedRunController(self, session, lambda: self.folder)
        self.add_actions(self.saved_run.actions)
        self.add_actions(
            {
                "filter_mode": lambda: self._choose_filter("mode"),
                "filter_status": lambda: self._choose_filter("status"),
                "filter_model": lambda: self._choose_filter("model"),
                "filter_date": lambda: self._choose_filter("time"),
            }
        )
        self.wanted = RunQuery()
        self._time_filter = ""
        self._total = 0
        self._more = False
        """True while a longer query is still running."""
        self._reading = ""
        self._is_refreshing = False
        self._deleted: list[TrashedItem] = []

    def compose(self) -> ComposeResult:
        """Create head, search, filters, list, preview and key hints."""
        yield Static(id="head", markup=False)
        with Horizontal(id="search-row"):
            yield Static("/", markup=False)
            yield LineField(placeholder="Search in questions, answers and transcripts", id="search")
        yield FilterRow()
        with Horizontal(id="middle"):
            keys = self.session.settings.keys.get("search_runs", make_binding_by_id("search_runs").key)
            yield RunList(self.index.get_rows, self.action_search_runs, keys.split(","), id="runs")
            yield RunPreview()
        yield KeyHints()

    def on_mount(self) -> None:
        """Show the indexed runs, then update the index."""
        self.list = self.query_one(RunList)
        self.search = self.query_one("#search", Input)
        self.load_runs(first=True)
        self.refresh_index()
        self.set_interval(REFRESH_INTERVAL_S, self._refresh_unless_busy)

    # --- loading runs--------------------------------------------------------------------------

    @background(exclusive=True, group="look")
    async def load_runs(self, *, first: bool = False, to: str = "") -> None:
        """Query the index and show the runs.

        Args:
            first: Highlight the first run; show the first page at once and the rest after a pause in typing.
            to: Folder name of the run to highlight.
        """
        run_query = self.wanted
        at_once = first and not to
        some = replace(run_query, limit=FIRST_PAGE_SIZE) if at_once else run_query
        names, self._total = await asyncio.to_thread(
            lambda: (self.index.find_names(some), self.index.count())
        )
        self._more = at_once and len(names) == FIRST_PAGE_SIZE
        self.list.empty = NO_MATCHES if self._total else NO_RUNS
        self.list.show(names, first=first, to=to)
        self.query_one(FilterRow).show(run_query, self._time_filter)
        self._update_head()
        if self._more:
            await debounce()
            names = await asyncio.to_thread(self.index.find_names, run_query)
            self._more = False
            self.list.extend(names)
            self._update_head()

    @background(exclusive=True, group="follow")
    async def refresh_index(self, *, full: bool = True) -> None:
        """Index new and changed records, and show them; `full` as in `RunIndex.refresh`."""
        self._is_refreshing = True
        loop = asyncio.get_running_loop()

        def report(done: int, of: int) -> None:
            loop.call_soon_threadsafe(self._show_progress, done, of)

        changed = await asyncio.to_thread(lambda: self.index.refresh(report, full=full))
        self._reading, self._is_refreshing = "", False
        self._update_head()
        if not changed:
            return
        if not full and await self._has_same_runs():
            self._reread_rows()
        else:
            self.load_runs(first=not self.list.touched)

    async def _has_same_runs(self) -> bool:
        names = await asyncio.to_thread(self.index.find_names, self.wanted)
        return not self._more and list(names) == list(self.list.names)

    def _reread_rows(self) -> None:
        """Show the figures of active runs; the preview, which may be scrolled, stays until its run ends."""
        before = self.list.current_entry
        self.list.reread()
        after = self.list.current_entry
        if before is not None and after is not None and before.status != after.status:
            self.preview()

    def _refresh_unless_busy(self) -> None:
        """Look for runs of other processes, such as those of the proxy."""
        if self.is_current and not self._is_refreshing:
            self.refresh_index(full=False)

    def _show_progress(self, done: int, of: int) -> None:
        self._reading = f"indexing runs: {done:,} of {of:,}"
        self._update_head()
        if done:
            self.load_runs(first=not self.list.touched)

    def _update_head(self) -> None:
        count, total = len(self.list.names), self._total
        shown = f"{total:,}" if count == total else f"{count:,}{'+' if self._more else ''} of {total:,}"
        hint = "   enter, ↓ to the list   esc clear" if self.search.has_focus else ""
        parts = [("◆ Runs", "bold $primary"), (f"  {shown}", ""), (hint, "dim")]
        parts.append((f"  {self._reading}", "$text-accent"))
        self.query_one("#head", Static).update(Content.assemble(*parts))

    @on(Input.Changed, "#search")
    def _search_changed(self, event: Input.Changed) -> None:
        self.wanted = RunQuery(
            event.value.strip(), self.wanted.mode, self.wanted.status, self.wanted.model, self.wanted.since
        )
        self.load_runs(first=True)

    @on(Input.Submitted, "#search")
    def _focus_list(self) -> None:
        self.set_focus(self.list)

    def on_descendant_focus(self) -> None:
        """Show the hint of the search while it has the focus."""
        self._update_head()

    def key_down(self) -> None:
        """Move from the search to the list."""
        if self.search.has_focus:
            self.set_focus(self.list)

    def action_search_runs(self) -> None:
        """Go to the search."""
        self.set_focus(self.search)

    @background(opens_screen=True)
    async def _choose_filter(self, field: str) -> None:
        from roundtable_tui.tui.screens.dialogs.picker import Picker

        items = await asyncio.to_thread(list_choices, self.index, field)
        current = self._time_filter if field == "time" else str(getattr(self.wanted, field))
        chosen = await self.app.push_screen_wait(Picker(f"Filter by {field}", items, current=current))
        if chosen is not None:
            self.wanted = apply_filter(self.wanted, field, chosen)
            self._time_filter = chosen if field == "time" else self._time_filter
            self.load_runs(first=True)

    def action_unfilter(self) -> None:
        """Show all runs."""
        self.wanted, self._time_filter = RunQuery(), ""
        self.search.value = ""
        self.load_runs()

    def action_leave_runs(self) -> None:
        """Leave the search, then the screen."""
        if self.search.has_focus or self.search.value:
            self.search.value = ""
            self.set_focus(self.list)
        else:
            self.dismiss(None)

    # --- the highlighted run ---------------------------------------------------------------------

    @property
    def folder(self) -> Path | None:
        """Folder of the highlighted run."""
        name = self.list.current_name
        return self.index.folder / name if name else None

    @on(RunList.Highlighted)
    def _update_preview(self) -> None:
        self.preview()
        self.refresh_bindings()

    @background(exclusive=True, group="preview")
    async def preview(self) -> None:
        """Preview the highlighted run once no key follows."""
        preview = self.query_one(RunPreview)
        if not preview.display:
            return
        await debounce()
        folder, entry = self.folder, self.list.current_entry
        digest = await asyncio.to_thread(read_summary, folder) if folder else None
        status = entry.status if entry else ""
        preview.show(digest, status, self.wanted.words)
        if folder and (board := await asyncio.to_thread(read_board, folder)):
            preview.show_board(board)

    def on_resize(self) -> None:
        """Update the preview, which may have become visible."""
        self.call_after_refresh(self.preview)

    @on(RunList.Opened)
    def _open_clicked(self) -> None:
        self.action_open_run()

    def action_open_run(self) -> None:
        """Open the end of the run."""
        self._open_replay(play=False)

    def action_replay_run(self) -> None:
        """Replay the run from the start."""
        self._open_replay(play=True)

    @background(exclusive=True, group="open", opens_screen=True)
    async def _open_replay(self, *, play: bool) -> None:
        from roundtable_tui.tui.screens.replay.screen import ReplayScreen

        if (folder := self.folder) is None:
            return
        try:
            recording = await asyncio.to_thread(read_run, folder)
        except RoundtableError as error:
            self.show_notice(str(error), warning=True)
            return
        result = await self.app.push_screen_wait(ReplayScreen(self.session, recording, play=play))
        if result is not None:
            self.dismiss(result)

    @background(opens_screen=True)
    async def action_rename_run(self) -> None:
        """Give the run a title."""
        from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt

        entry, folder = self.list.current_entry, self.folder
        if entry is None or folder is None or entry.status == UNREADABLE:
            return
        hint = "Without a title, the question is shown."
        asked = TextPrompt("Title of the run", entry.title, hint, placeholder=single_line(entry.question, 70))
        title = await self.app.push_screen_wait(asked)
        if title is None:
            return
        try:
            await asyncio.to_thread(write_title, folder, title)
        except RoundtableError as error:
            self.show_notice(str(error), warning=True)
            return
        await asyncio.to_thread(self.index.reindex, entry.name)
        self.list.drop_cached(entry.name)
        self.preview()

    @background(exclusive=True, group="delete")
    async def action_delete_run(self) -> None:
        """Move the run to the trash."""
        if (folder := self.folder) is None:
            return
        try:
            gone = await asyncio.to_thread(delete_run, folder)
        except RoundtableError as error:
            self.show_notice(str(error), warning=True)
            return
        self._deleted.append(gone)
        await asyncio.to_thread(self.index.drop, gone.name)
        self.show_notice("Run deleted. Undo with U")
        self.load_runs()

    @background(exclusive=True, group="delete")
    async def action_undo_delete(self) -> None:
        """Restore the run deleted last: in this session, else the newest in the trash."""
        there = self._deleted[-1:] or await asyncio.to_thread(lambda: list_deleted_runs()[:1])
        if not there:
            self.show_notice("The trash is empty")
            return
        try:
            folder = await asyncio.to_thread(restore, there[0])
        except RoundtableError as error:
            self.show_notice(str(error), warning=True)
            return
        finally:
            self._deleted = self._deleted[:-1]
        await asyncio.to_thread(self.index.reindex, folder.name)
        self.show_notice("Run restored")
        self.load_runs(to=folder.name)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done now."""
        return self.saved_run.can_use(action)

    def is_hint_hidden(self, command: str) -> bool:
        """Leave out what a run that is done does not need."""
        entry = self.list.current_entry
        return command == "resume_run" and entry is not None and entry.status == "complete"

    def on_unmount(self) -> None:
        """Close the index."""
        self.index.close()
