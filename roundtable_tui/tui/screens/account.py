"""How the answer came about, on one page: what each seat used, who agreed with whom, who changed sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from roundtable_tui.table.account import Account, SeatAccount
from roundtable_tui.table.prices import dollars
from roundtable_tui.text import one_line, shorten

NONE = "–"
COLUMNS = (
    ("calls", 7), ("tokens in", 11), ("out", 9), ("cached", 9), ("first token", 13), ("speed", 11),
    ("cost", 10),
)  # fmt: skip
"""Titles and widths."""
_SPARK = "▁▂▃▄▅▆▇█"
Line = list[tuple[str, str]]


class AccountScreen(ModalScreen[None]):
    """Shows an account; it is made anew each second while the run goes on."""

    BINDINGS = [("escape,q,f12", "dismiss", "Back")]
    DEFAULT_CSS = """
    AccountScreen { align: center middle; background: $background 60%; }
    AccountScreen > VerticalScroll {
        width: 90%;
        max-width: 120;
        height: auto;
        max-height: 90%;
        border: round $accent;
        border-title-style: bold;
        background: $surface;
        padding: 1 2;
    }
    AccountScreen Static { height: auto; }
    """

    def __init__(self, make: Callable[[], Account]) -> None:
        super().__init__()
        self._make = make

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
        self.query_one("#account", Static).update(page(self._make()))


def page(account: Account) -> Content:
    """Return the account as a page of text."""
    lines: list[Line] = []
    if account.status:
        lines += [[(f"{account.status}: ", "bold"), (one_line(account.how, 300), "")], []]
    lines += seats_table(list(account.seats.values()))
    if account.rounds:
        lines += [[], [("Who agreed with whom", "bold $accent")]]
        lines += agreement_table(account)
    for flip in account.flips:
        where = "over to the majority" if flip.joined else "away from it"
        name = account.seats[flip.seat].name if flip.seat in account.seats else flip.seat
        said = f"{shorten(one_line(flip.before), 30)} → {shorten(one_line(flip.after), 30)}"
        lines.append([(f"round {flip.round}  ", "dim"), (f"{name} ", "bold"), (f"{said}, {where}", "")])
    if account.decisions:
        lines += [[], [("Decisions", "bold $accent")]]
        for label, number, rung in account.decisions:
            at = f"round {number}  " if number else ""
            lines.append([(at, "dim"), (f"{label} by {rung.replace('_', ' ')}", "")])
    for title, told in (("What went wrong", account.failures), ("Told on the way", account.notices)):
        if told:
            lines += [[], [(title, "bold $accent")], *[[(one_line(line, 300), "")] for line in told]]
    return Content.assemble(*[part for line in lines for part in [*line, ("\n", "")]])


def seats_table(seats: Sequence[SeatAccount]) -> list[Line]:
    """Return a row a seat, its figures in columns, and below it their course."""
    names = {seat.seat: one_line(seat.name, 24) for seat in seats}
    width = max([cell_len(name) for name in names.values()] + [4]) + 2
    columns = COLUMNS if any(seat.cost is not None for seat in seats) else COLUMNS[:-1]

    def row(name: str, cells: Sequence[str]) -> str:
        figures = "".join(f"{cell:>{wide}}" for cell, (_, wide) in zip(cells, columns, strict=False))
        return name + " " * (width - cell_len(name)) + figures

    rows: list[Line] = [[(row("seat", [title for title, _ in columns]), "dim")]]
    for seat in seats:
        name, *figures = row(names[seat.seat], cells(seat)).partition(names[seat.seat])[1:]
        rows.append([(name, "bold"), ("".join(figures), "")])
        rows += course(seat, width)
    rows.append([(row("all", total(seats)), "dim")])
    if any(seat.cost is None and seat.calls for seat in seats):
        which = f"{NONE} under cost: " if len(columns) == len(COLUMNS) else ""
        rows.append([(f"{which}no price is known of {'it' if which else 'these models'}", "dim")])
    return rows


def cells(seat: SeatAccount) -> list[str]:
    """Return a seat's figures in the order of the columns."""
    about = "~" if seat.estimated else ""
    return [
        f"{seat.calls}" + (f" ({seat.failed}✗)" if seat.failed else ""),
        f"{about}{seat.prompt_tokens:,}",
        f"{about}{seat.completion_tokens:,}",
        f"{seat.cached_tokens:,}",
        NONE if seat.ttft_s is None else f"{seat.ttft_s:.1f} s",
        NONE if seat.rate is None else f"{seat.rate:.0f} tok/s",
        NONE if seat.cost is None else about + dollars(seat.cost),
    ]


def total(seats: Sequence[SeatAccount]) -> list[str]:
    """Return the figures of all seats together."""
    about = "~" if any(seat.estimated for seat in seats) else ""
    prompt, completion = sum(s.prompt_tokens for s in seats), sum(s.completion_tokens for s in seats)
    cost = about + dollars(sum(seat.cost or 0.0 for seat in seats))
    cached = f"{sum(seat.cached_tokens for seat in seats):,}"
    calls = f"{sum(seat.calls for seat in seats)}"
    return [calls, f"{about}{prompt:,}", f"{about}{completion:,}", cached, "", "", cost]


def course(seat: SeatAccount, indent: int) -> list[Line]:
    """Return how a seat's figures went from call to call, where there was more than one."""
    parts: Line = []
    for what, values in (
        ("first token", seat.first_tokens),
        ("tok/s", seat.rates),
        ("tokens", seat.answers),
        ("cost", seat.costs),
    ):
        if bars := spark(values):
            parts += [(f"{what} ", "dim"), (f"{bars}  ", "$text-primary")]
    return [[(" " * indent, ""), *parts]] if parts else []


def agreement_table(account: Account) -> list[Line]:
    """Return a row a round: each group of seats with what they said."""
    rows: list[Line] = []
    names = {seat.seat: seat.name for seat in account.seats.values()}
    for number, each in enumerate(account.rounds, 1):
        what = "agree" if each.basis == "exact" else "alike in wording"
        share = f"{each.agreement:.0%} {what}" if each.agreement is not None else ""
        rows.append([(f"round {each.round or number}  {share}", "dim")])
        for answer, seats in each.groups[:8]:
            who = ", ".join(one_line(names.get(seat, seat), 24) for seat in seats)
            rows.append([(f"  {who}: ", "bold"), (shorten(one_line(answer), 60), "")])
    return rows


def spark(values: Sequence[float]) -> str:
    """Return values as a line of bars, the largest the highest."""
    if len(values) < 2:
        return ""
    top = max(values) or 1.0
    return "".join(_SPARK[min(7, int(value / top * 7.999))] for value in values[-24:])
