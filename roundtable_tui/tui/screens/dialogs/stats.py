"""How the answer came about, on one page: what each seat used, who agreed with whom, who changed sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from roundtable_tui.engine.calls.pricing import format_dollars
from roundtable_tui.reports.stats import STAGE_SEPARATOR, RunStats, SeatStats
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.utils.text import single_line, truncate

NO_VALUE = "–"
MIN_WIDE_CELLS = 100
COLUMNS = ("calls", "in", "out", "first", "tok/s", "cost", "cached")
_OPTIONAL_COLUMNS = ("cached", "first", "tok/s", "calls")
"""What is left out where there is no room for it, in this order."""
_SPARK_CHARS = "▁▂▃▄▅▆▇█"
StyledLine = list[tuple[str, str]]


class StatsScreen(BaseDialog[None]):
    """Shows an account; it is made anew each second while the run goes on."""

    BINDINGS = [("escape,q,f12", "dismiss", "Back")]
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
        """Show the page."""
        with VerticalScroll() as page:
            page.border_title = "How it came about"
            page.border_subtitle = "esc back"
            yield Static(id="account")

    def on_mount(self) -> None:
        """Write the page, and again while things change."""
        self.write()
        self.set_interval(1.0, self.write)

    def write(self) -> None:
        """Write the page."""
        shown = self.query_one("#account", Static)
        shown.update(render_page(self._make_stats(), shown.size.width or MIN_WIDE_CELLS))

    def on_resize(self) -> None:
        """Write it anew for another width."""
        self.call_after_refresh(self.write)


def render_page(account: RunStats, width: int = MIN_WIDE_CELLS) -> Content:
    """Return the account as a page of text, so many cells wide."""
    lines: list[StyledLine] = []
    lines += describe_outcome(account)
    lines += render_seats_table(list(account.seats.values()), width)
    if account.rounds:
        lines += [[], [("Who agreed with whom", "bold $accent")]]
        lines += render_agreement_table(account)
    for flip in account.answer_changes:
        where = "over to the majority" if flip.joined_majority else "away from it"
        name = account.seats[flip.seat].name if flip.seat in account.seats else flip.seat
        before, after = (truncate(single_line(said).rstrip("."), 30) for said in (flip.before, flip.after))
        lines.append(
            [
                (f"{describe_place(flip.stage, flip.round)}  ", "dim"),
                (f"{name} ", "bold"),
                (f"{before} → {after}, {where}", ""),
            ]
        )
    if account.decisions:
        lines += [[], [("Decisions", "bold $accent")]]
        for label, number, rung in account.decisions:
            at = f"round {number}  " if number else ""
            lines.append([(at, "dim"), (f"{label} by {rung.replace('_', ' ')}", "")])
    for title, told in (("What went wrong", account.failures), ("Told on the way", account.notices)):
        if told:
            lines += [[], [(title, "bold $accent")], *[[(single_line(line, 300), "")] for line in told]]
    return Content.assemble(*[part for line in lines for part in [*line, ("\n", "")]])


def describe_outcome(account: RunStats) -> list[StyledLine]:
    """Return how the run ended; of a pipeline a line a stage, of one that goes on as far as it has come."""
    lines: list[StyledLine] = []
    if account.status and not account.stages:
        lines = [[(f"{account.status}: ", "bold"), (single_line(account.how, 300), "")]]
    elif account.status:
        steps = account.how.split(STAGE_SEPARATOR)
        lines = [[(account.status, "bold")], *[[(single_line(step, 300), "")] for step in steps]]
    for number, (mode, status, how) in () if account.status else sorted(account.stages.items()):
        lines.append([(f"stage {number} ({single_line(mode, 30)}) {status}: {single_line(how, 300)}", "")])
    return [*lines, []] if lines else []


def render_seats_table(seats: Sequence[SeatStats], width: int = MIN_WIDE_CELLS) -> list[StyledLine]:
    """Return a row a seat with the figures that `width` has room for, and below it their course."""
    names = [single_line(seat.name, max(8, min(24, width // 4))) for seat in seats]
    table = [("seat", COLUMNS), *zip(names, map(format_cells, seats), strict=True), ("all", sum_seats(seats))]
    wide = [2 + max(cell_len(row[at]) for _, row in table) for at in range(len(COLUMNS))]
    first = max(cell_len(name) for name, _ in table)
    money = any(seat.cost is not None for seat in seats)
    shown = [at for at, title in enumerate(COLUMNS) if title != "cost" or money]
    for title in _OPTIONAL_COLUMNS:
        if first + sum(wide[at] for at in shown) > width:
            shown.remove(COLUMNS.index(title))

    def figures(row: Sequence[str]) -> str:
        return "".join(" " * (wide[at] - cell_len(row[at])) + row[at] for at in shown)

    rows: list[StyledLine] = []
    for number, (name, row) in enumerate(table):
        told = 0 < number <= len(seats)
        padded = name + " " * (first - cell_len(name))
        rows.append([(padded, "bold" if told else "dim"), (figures(row), "" if told else "dim")])
        rows += render_history(seats[number - 1]) if told else []
    if any(seat.cost is None and seat.calls for seat in seats):
        where, which = (f"{NO_VALUE} under cost: ", "it") if money else ("", "these models")
        rows.append([(f"{where}no price is known of {which}", "dim")])
    return rows


def format_cells(seat: SeatStats) -> list[str]:
    """Return a seat's figures in the order of the columns."""
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
    """Return the figures of all seats together."""
    about = "~" if any(seat.estimated for seat in seats) else ""
    prompt, completion = sum(s.prompt_tokens for s in seats), sum(s.completion_tokens for s in seats)
    cost = about + format_dollars(sum(seat.cost or 0.0 for seat in seats))
    calls, cached = sum(seat.calls for seat in seats), sum(seat.cached_tokens for seat in seats)
    return [f"{calls}", f"{about}{prompt:,}", f"{about}{completion:,}", "", "", cost, f"{cached:,}"]


def render_history(seat: SeatStats) -> list[StyledLine]:
    """Return how a seat's figures went from call to call, where there was more than one."""
    parts: StyledLine = []
    for what, values in (
        ("first token", seat.first_tokens),
        ("tok/s", seat.rates),
        ("tokens", seat.answers),
        ("cost", seat.costs),
    ):
        if bars := render_sparkline(values):
            parts += [(f"  {what} ", "dim"), (bars, "$text-primary")]
    return [parts] if parts else []


def render_agreement_table(account: RunStats) -> list[StyledLine]:
    """Return a row a round: each group of seats with what they said."""
    rows: list[StyledLine] = []
    names = {seat.seat: seat.name for seat in account.seats.values()}
    for number, each in enumerate(account.rounds, 1):
        what = "agree" if each.basis == "exact" else "alike in wording"
        share = f"{each.agreement:.0%} {what}" if each.agreement is not None else ""
        rows.append([(f"{describe_place(each.stage, each.round or number)}  {share}", "dim")])
        for answer, seats in each.groups[:8]:
            who = ", ".join(single_line(names.get(seat, seat), 24) for seat in seats)
            rows.append([(f"  {who}: ", "bold"), (truncate(single_line(answer), 60), "")])
    return rows


def describe_place(stage: int, number: int) -> str:
    """Return where in a run something was: its round, in a pipeline with its stage."""
    return f"stage {stage}, round {number}" if stage else f"round {number}"


def render_sparkline(values: Sequence[float]) -> str:
    """Return values as a line of bars, the largest the highest."""
    if len(values) < 2:
        return ""
    top = max(values) or 1.0
    return "".join(_SPARK_CHARS[min(7, int(value / top * 7.999))] for value in values[-24:])
