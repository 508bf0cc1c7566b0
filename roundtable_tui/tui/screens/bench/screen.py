"""The bench: modes measured on questions with known answers. The screen fills while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label, Static

from roundtable_tui.bench.arms import count_compared
from roundtable_tui.bench.compare import ArmSummary, BenchResults, summarize
from roundtable_tui.bench.open_bench import DEMO_ARMS, PAGE_FILE, BenchRequest, benches_dir, open_bench
from roundtable_tui.bench.output.html_page import render_page
from roundtable_tui.bench.output.points import make_plot
from roundtable_tui.bench.output.table import (
    describe_power,
    list_notes,
    render_narrow_table,
    render_topics,
)
from roundtable_tui.bench.output.terminal_plot import render_plot
from roundtable_tui.bench.progress import BenchProgress
from roundtable_tui.bench.questions.bundled import BUNDLED_NAME
from roundtable_tui.bench.remember import remember_models
from roundtable_tui.bench.results import ResultRow
from roundtable_tui.bench.runner import Bench
from roundtable_tui.bench.saved import BENCH_FILE, apply_verdicts, load_bench, load_rows
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.history.reader import read_run
from roundtable_tui.history.summary import RunRow
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import make_bindings
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.bench.rows import make_run_rows
from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
from roundtable_tui.tui.screens.runs.results import RunsScreenResult
from roundtable_tui.tui.screens.runs.table import RunList
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.forms.note import Note
from roundtable_tui.tui.widgets.key_hints import KeyHints
from roundtable_tui.tui.widgets.lists.entry import LineField
from roundtable_tui.utils import files
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.interface import use_interface
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import sanitize, single_line

NO_RESULTS = (
    "Is a debate worth its tokens? A bench asks the same questions of several modes and compares them "
    "at equal tokens.",
    "",
    "F9 starts it. It can be stopped and continued; finished runs are not repeated.",
)
REFRESH_S = 1.0
_LABELS = {"questions": "Questions", "arms": "Arms", "limit": "Limit"}


class BenchScreen(BaseScreen[RunsScreenResult | None]):
    """Closes with what the main screen has to start, or None."""

    CSS_PATH = "bench.tcss"
    AUTO_FOCUS = "#arms"
    BINDINGS: ClassVar[list[BindingType]] = make_bindings("bench")
    HELP_PLACES = ("bench", "app")

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.bench: Bench | None = None
        """The bench that is running."""
        self._progress: BenchProgress | None = None
        self._is_summarizing = False
        self._folder = Path()
        self._rows: dict[str, ResultRow] = {}
        """Key -> finished run, in the order in which they ended."""
        self._results: BenchResults | None = None
        self._summary: list[ArmSummary] = []
        self._shows_topics = False

    def compose(self) -> ComposeResult:
        """Create head, fields, status, table, runs, plot and key hints."""
        yield Static(id="head", markup=False)
        with Vertical(id="form"):
            for name, label in _LABELS.items():
                with Horizontal(classes="field"):
                    yield Label(label)
                    yield LineField(id=name, placeholder=self._describe_field(name))
        yield Note(id="status")
        yield Static(id="table", markup=False)
        with Horizontal(id="middle"):
            yield RunList(self._fetch, lambda: None, id="results")
            with VerticalScroll(id="aside", can_focus=False):
                yield Static(id="plot", markup=False)
        yield KeyHints()

    def on_mount(self) -> None:
        """Fill the fields; results are drawn at intervals, however fast runs end."""
        use_interface("app")
        self.query_one("#questions", Input).value = BUNDLED_NAME
        self.query_one("#arms", Input).value = DEMO_ARMS
        self.query_one(RunList).empty = NO_RESULTS
        self._update_head()
        self.set_interval(REFRESH_S, self._tick)

    def _describe_field(self, name: str) -> str:
        return {
            "questions": f"a file with questions and answers, a folder of tasks, or {BUNDLED_NAME}",
            "arms": "modes to compare, with options: single,vote:agents=5,debate:team=A",
            "limit": "number of questions; empty for all",
        }[name]

    # --- running -------------------------------------------------------------------------------

    @on(Input.Submitted)
    def _start_from_field(self) -> None:
        self.action_start_bench()

    def action_start_bench(self) -> None:
        """Start the bench, or continue it."""
        if self.bench is None:
            self.run_bench()

    def action_stop_bench(self) -> None:
        """Stop the bench; what is finished is kept."""
        if self.bench is not None:
            self.workers.cancel_group(self, "bench")

    @background(exclusive=True, group="bench")
    async def run_bench(self) -> None:
        """Run the bench of the fields to its end, and show its table."""
        status = self.query_one("#status", Note)
        status.show_line("preparing ...")
        try:
            wanted, request = self._read_fields()
            servers = None if request.demo else self.session.backends
            async with open_bench(
                wanted, request, self.session.settings, self.session.environ, servers
            ) as opened:
                bench = opened.bench
                self._open_results(bench.folder, bench.rows)
                self._progress = BenchProgress(bench)
                bench.on_row = self._add_row
                self.bench = bench
                self._set_running(True)
                status.show_line(describe_power(len(bench.questions), count_compared(bench.arms)))
                try:
                    await bench.run()
                finally:
                    self._stop_showing()
            self._results = bench.collect(apply_verdicts(bench.folder, bench.rows))
            remember_models(self._results, bench.fingerprints)
            await self._finish(opened.found.name)
        except RoundtableError as error:
            self._stop_showing()
            status.show_line(str(error), is_error=True)

    def _stop_showing(self) -> None:
        """Show that the bench has ended, or was stopped."""
        bench, self.bench = self.bench, None
        if bench is None or not self.is_mounted:
            return
        self._set_running(False)
        self._results = bench.collect()
        self._show_runs()
        assert self._progress is not None
        self.query_one("#status", Note).show_line(f"stopped; F9 continues. {self._progress.describe()}")

    def _set_running(self, is_running: bool) -> None:
        for field in self.query(LineField):
            field.disabled = is_running
        if is_running:
            self.query_one(RunList).focus()
        self._update_head()
        self.refresh_bindings()

    def _read_fields(self) -> tuple[BenchRequest, RunRequest]:
        """Return what the fields say. Raises UsageError."""
        source, arms, limit = (self.query_one(f"#{name}", Input).value.strip() for name in _LABELS)
        if limit and not (limit.isascii() and limit.isdigit() and int(limit)):
            raise UsageError(f"limit: {single_line(limit, 20)} is not a number of questions")
        if source and source != BUNDLED_NAME:
            source = str(expand_user(source))
        wish = self.session.wish
        request = RunRequest(
            model=wish.model, server=wish.server, base_url=wish.base_url, demo=wish.demo, local=wish.local
        )
        is_sampled = source == BUNDLED_NAME and limit
        return BenchRequest(
            source=source, arms=arms, limit=int(limit) if limit else None,
            sample="stratified" if is_sampled else "head",
        ), request  # fmt: skip

    def _add_row(self, row: ResultRow) -> None:
        self._rows[row.key] = row
        if self._progress is not None:
            self._progress.add(row)

    async def _finish(self, name: str) -> None:
        """Compare the arms, show the table and write the report."""
        status = self.query_one("#status", Note)
        status.show_line("comparing ...")
        results = self._results
        assert results is not None
        self._summary = await asyncio.to_thread(summarize, results)
        self._show_summary()
        page = self._folder / PAGE_FILE
        await asyncio.to_thread(lambda: files.write_text(page, render_page(results, self._summary, name)))
        notes = " ".join(list_notes(self._summary)[1:])
        status.show_line(f"Report: {files.display_path(page)}. {notes}")
        self.call_after_refresh(self._show_aside)

    # --- showing -------------------------------------------------------------------------------

    def _open_results(self, folder: Path, rows: dict[str, ResultRow]) -> None:
        self._folder, self._rows = folder, dict(rows)
        self._summary, self._results = [], None
        self._show_runs()

    def _tick(self) -> None:
        if self.bench is None or self._progress is None:
            return
        self.query_one("#status", Note).show_line(self._progress.describe())
        self._show_runs()
        self._refresh_summary()

    @background(group="summary")
    async def _refresh_summary(self) -> None:
        """Show the accuracies so far; comparisons follow at the end.

        A summary is not cancelled by the next one: of many runs it takes longer than the interval.
        """
        if (bench := self.bench) is None or self._is_summarizing:
            return
        self._is_summarizing = True
        try:
            rows = dict(bench.rows)
            results = await asyncio.to_thread(bench.collect, rows)
            summary = await asyncio.to_thread(lambda: summarize(results, is_compared=False))
        finally:
            self._is_summarizing = False
        if self.bench is bench:
            self._results, self._summary = results, [replace(row, is_dominated=False) for row in summary]
            self._show_summary()

    def _show_runs(self) -> None:
        """Show the runs, the newest first."""
        listed = self.query_one(RunList)
        listed.show(list(reversed(self._rows)), first=not listed.touched)
        self._update_head()

    def _show_summary(self) -> None:
        if not self._summary:
            return
        width = max(30, self.size.width - 2)
        self.query_one("#table", Static).update(sanitize(render_narrow_table(self._summary, width)))
        self.call_after_refresh(self._show_aside)  # Its size depends on the rows of the table.

    def _show_aside(self) -> None:
        self.query_one("#plot", Static).update(sanitize(self._render_aside()))

    def _render_aside(self) -> str:
        """Return the plot, or the topics."""
        if self._shows_topics:
            return render_topics(self._summary) or "The questions have no topics."
        plot = make_plot(self._results, self._summary) if self._results else None
        if plot is None:
            return ""
        size = self.query_one("#aside").content_size
        legend = len(plot.points) + bool(plot.curve)
        return render_plot(plot, size.width - 1, size.height - legend)

    def _fetch(self, names: Sequence[str]) -> list[RunRow]:
        return make_run_rows(names, self._rows, self._folder)

    def _update_head(self) -> None:
        state = "running" if self.bench is not None else ""
        parts = [
            ("◆ Bench", "bold $primary"),
            (f"  {count_of(len(self._rows), 'run')}", ""),
            (f"  {single_line(self.session.summary['model'], 60)}", "$text-muted"),
            (f"  {state}", "$text-accent"),
        ]
        self.query_one("#head", Static).update(Content.assemble(*parts))

    def on_resize(self) -> None:
        """Use the new size for table and plot."""
        self.call_after_refresh(self._show_summary)

    def action_bench_topics(self) -> None:
        """Show the topics in place of the plot, and back; on a narrow screen both in place of the runs."""
        if self.has_class("-narrow") and not self.has_class("-aside"):
            self.add_class("-aside")
        else:
            self._shows_topics = not self._shows_topics
            self.set_class(self._shows_topics, "-aside")
        self._show_summary()

    # --- runs and benches ----------------------------------------------------------------------

    @on(RunList.Opened)
    def _open_clicked(self) -> None:
        self.action_open_bench_run()

    @background(exclusive=True, group="open", opens_screen=True)
    async def action_open_bench_run(self) -> None:
        """Open the highlighted run; the bench continues behind it."""
        from roundtable_tui.tui.screens.replay.screen import ReplayScreen

        name = self.query_one(RunList).current_name
        row = self._rows.get(name or "")
        if row is None:
            return
        if not row.run_folder:
            self.show_notice("This run has no record", warning=True)
            return
        recording = await asyncio.to_thread(read_run, self._folder / row.run_folder)
        result = await self.app.push_screen_wait(ReplayScreen(self.session, recording))
        if result is not None:
            self.dismiss(result)

    @background(exclusive=True, group="open", opens_screen=True)
    async def action_earlier_benches(self) -> None:
        """Show the results of an earlier bench."""
        if self.bench is not None:
            self.show_notice("A bench is running. Stop it with F8")
            return
        found = await asyncio.to_thread(list_benches)
        if not found:
            self.show_notice("There are no earlier benches")
            return
        items = [Item(str(folder), folder.name) for folder in found]
        chosen = await self.app.push_screen_wait(Picker("Earlier benches", items))
        if chosen is None:
            return
        folder = Path(chosen)
        bench = await asyncio.to_thread(load_bench, folder)
        rows = await asyncio.to_thread(load_rows, folder)
        self._open_results(folder, rows)
        self._results = bench.collect(apply_verdicts(folder, rows))
        await self._finish(folder.name)

    def action_leave_bench(self) -> None:
        """Leave the screen, if no bench is running."""
        if self.bench is not None:
            self.show_notice("A bench is running. Stop it with F8; it can be continued")
        else:
            self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done now."""
        if action == "stop_bench":
            return self.bench is not None
        if action in ("start_bench", "earlier_benches"):
            return self.bench is None
        if action == "open_bench_run":
            return bool(self._rows)
        return True


def list_benches() -> list[Path]:
    """Return the folders of earlier benches, the newest first."""
    home = benches_dir()
    found: list[Path] = []
    with suppress(OSError):
        found += [one for one in home.iterdir() if (one / BENCH_FILE).is_file()] if home.is_dir() else []
    return sorted(found, key=lambda folder: (folder / BENCH_FILE).stat().st_mtime, reverse=True)
