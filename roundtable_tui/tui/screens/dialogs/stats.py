"""The report of a run on one page: the board, usage per seat, changes of mind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.engine.calls.pricing import format_dollars
from roundtable_tui.reports.board import make_board
from roundtable_tui.reports.board.draw import draw_board
from roundtable_tui.reports.report.sections import describe_report
from roundtable_tui.reports.stats import STAGE_SEPARATOR, RunStats, SeatStats
from roundtable_tui.reports.wording import status_label
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.run.board_view import style_lines
from roundtable_tui.utils.text import single_line

NO_VALUE = "–"
MIN_WIDE_CELLS = 100
COLUMNS = ("calls", "in", "out", "first", "tok/s", "cost", "cached")
_OPTIONAL_COLUMNS = ("cached", "first", "tok/s", "calls")
"""Columns that narrow screens leave out, in this order."""
StyledLine = list[tuple[str, str]]


class StatsScreen(BaseDialog[None]):
    """Shows the report of a run, updated each second."""

    BINDINGS = [("escape,f12", "dismiss", "Back")]
    DEFAULT_CSS = """
    StatsScreen { align: center middle; background: $background 60%; }
    StatsScreen > VerticalScroll {
        width: 90%;
        max-width: 120;
        height: auto;
        max-height: 90%;
        border: round $accent;
        border-title-style: bold;
        background: $surface;
        padding: 1 2;
    }
    StatsScreen Static { height: auto; }
    """

    def __init__(self, make: Callable[[], RunStats]) -> None:
        super().__init__()
        self._make_stats = make

    def compose(self) -> ComposeResult:
        """Create the page."""
        with VerticalScroll() as page:
            page.border_title = "Report"
            page.border_subtitle = "esc back"
            yield Static(id="account")

    def on_mount(self) -> None:
        """Show the report, and update it."""
        self.write()
        self.set_interval(1.0, self.write)

    def write(self) -> None:
        """Render the current report."""
        shown = self.query_one("#account", Static)
        shown.update(render_page(self._make_stats(), shown.size.width or MIN_WIDE_CELLS))

    def on_resize(self) -> None:
        """Render again for the new width."""
        self.call_after_refresh(self.write)


def render_page(account: RunStats, width: int = MIN_WIDE_CELLS) -> Content:
    """Return the report as a page of text, `width` cells wide."""
    lines: list[StyledLine] = []
    lines += describe_outcome(account)
    board = style_lines(draw_board(make_board(account.report), width))
    lines += [[("Board", "bold $accent")], *board, []] if board else []
    lines += render_seats_table(list(account.seats.values()), width)
    # The board has the votes of its stage.
    hidden = {"Outcome", "Votes"} if board and not account.stages else {"Outcome"}
    for section in describe_report(account.report, usage=False):
        if section.title not in hidden:
            lines += [[], [(section.title, "bold $accent")], *map(_style_line, section.lines)]
    if account.notices:
        notices = [[(single_line(line, 300), "")] for line in account.notices]
        lines += [[], [("Notices", "bold $accent")], *notices]
    return Content.assemble(*[part for line in lines for part in [*line, ("\n", "")]])


def _style_line(line: str) -> StyledLine:
    """Return a line of the report with its start dimmed, or bold where it is a name."""
    head, separator, rest = line.partition(": ")
    if not separator:
        return [(line, "")]
    return [(f"{head}: ", "bold" if line.startswith("  ") else "dim"), (rest, "")]


def describe_outcome(account: RunStats) -> list[StyledLine]:
    """Return the outcome of the run, of a pipeline one line per finished stage."""
    report = account.report
    lines: list[StyledLine] = []
    if report.status != "unfinished":
        lines = [[(report.outcome.text or status_label(report.status), "bold")]]
        steps = report.how.split(STAGE_SEPARATOR) if account.stages else [report.how]
        lines += [[(single_line(step, 300), "")] for step in steps if step]
    for number, (mode, status, how) in sorted(account.stages.items()) if not lines else ():
        lines.append([(f"stage {number} ({single_line(mode, 30)}) {status}: {single_line(how, 300)}", "")])
    return [*lines, []] if lines else []


def render_seats_table(seats: Sequence[SeatStats], width: int = MIN_WIDE_CELLS) -> list[StyledLine]:
    """Return a row per seat with the columns that fit into `width`."""
    names = [single_line(seat.name, max(8, min(24, width // 4))) for seat in seats]
    table = [
        ("seat", COLUMNS),
        *zip(names, map(format_cells, seats), strict=True),
        ("total", sum_seats(seats)),
    ]
    wide = [2 + max(measure_cells(row[at]) for _, row in table) for at in range(len(COLUMNS))]
    first = max(measure_cells(name) for name, _ in table)
    money = any(seat.cost is not None for seat in seats)
    shown = [at for at, title in enumerate(COLUMNS) if title != "cost" or money]
    for title in _OPTIONAL_COLUMNS:
        if first + sum(wide[at] for at in shown) > width:
            shown.remove(COLUMNS.index(title))

    def figures(row: Sequence[str]) -> str:
        return "".join(" " * (wide[at] - measure_cells(row[at])) + row[at] for at in shown)

    rows: list[StyledLine] = []
    for number, (name, row) in enumerate(table):
        is_seat = 0 < number <= len(seats)
        padded = name + " " * (first - measure_cells(name))
        rows.append([(padded, "bold" if is_seat else "dim"), (figures(row), "" if is_seat else "dim")])
    if any(seat.cost is None and seat.calls for seat in seats):
        where, which = (f"{NO_VALUE} under cost: ", "it") if money else ("", "these models")
        rows.append([(f"{where}no price set for {which}", "dim")])
    return rows


def format_cells(seat: SeatStats) -> list[str]:
    """Return the cells of a seat in the order of `COLUMNS`."""
    about = "~" if seat.estimated else ""
    return [
        f"{seat.calls}" + (f" ({seat.failed}✗)" if seat.failed else ""),
        f"{about}{seat.prompt_tokens:,}",
        f"{about}{seat.completion_tokens:,}",
        NO_VALUE if seat.median_ttft_s is None else f"{seat.median_ttft_s:.1f} s",
        NO_VALUE if seat.median_rate is None else f"{seat.median_rate:.0f}",
        NO_VALUE if seat.cost is None else about + format_dollars(seat.cost),
        f"{seat.cached_tokens:,}",
    ]


def sum_seats(seats: Sequence[SeatStats]) -> list[str]:
    """Return the cells of the total row."""
    about = "~" if any(seat.estimated for seat in seats) else ""
    prompt, completion = sum(s.prompt_tokens for s in seats), sum(s.completion_tokens for s in seats)
    cost = about + format_dollars(sum(seat.cost or 0.0 for seat in seats))
    calls, cached = sum(seat.calls for seat in seats), sum(seat.cached_tokens for seat in seats)
    return [f"{calls}", f"{about}{prompt:,}", f"{about}{completion:,}", "", "", cost, f"{cached:,}"]
