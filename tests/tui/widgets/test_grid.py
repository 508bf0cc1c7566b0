"""The grid of panes: no holes at any number of seats, and panes that can be read."""

from __future__ import annotations

from itertools import product

from roundtable_tui.tui.widgets.run.arrange.divide import Demand, divide_space
from roundtable_tui.tui.widgets.run.arrange.grid import (
    MIN_PANE_CELLS,
    choose_columns,
    does_fit,
    span_columns,
)

SIZES = ((220, 60), (160, 50), (120, 40), (80, 24), (60, 15))
LAYOUTS = ("columns", "thread", "one", "files", "notes")


def fills_every_row(count: int, width: int, height: int) -> bool:
    """Return whether the grid has all panes, each wide enough, and no hole."""
    columns = choose_columns(count, width, height)
    fine, spans = span_columns(count, columns)
    room = fine
    for span in spans:
        if span > room:  # The pane would leave a hole.
            return False
        room = room - span or fine
    return room == fine and len(spans) == count and (columns == 1 or width // columns >= MIN_PANE_CELLS)


def test_span_columns_fills_every_row_of_the_grid() -> None:
    cases = [(count, width, height) for count in range(1, 33) for width, height in SIZES]
    assert [case for case in cases if not fills_every_row(*case)] == []


def test_does_fit_two_panes_from_80_columns_on_and_twelve_at_120x40() -> None:
    assert does_fit(2, 80, 20) and not does_fit(2, 70, 20)
    assert choose_columns(2, 80, 20) == 2
    assert does_fit(12, 120, 33)


def leaves_room(layout: str, width: int, height: int, seats: int, text: int) -> bool:
    """Return whether the card can be read and fits with what is above and below it."""
    found = divide_space(
        Demand(
            width=width, height=height, layout=layout, seats=seats, listed=seats + 1, card_rows=text + 3,
            board_rows=seats + 5, is_over=True,
        )
    )  # fmt: skip
    above = found.roster_rows * (found.has_roster and not found.is_roster_beside)
    fits = found.card_rows + above + found.has_board * (seats + 5) <= height
    return found.has_card and found.card_rows >= 3 and fits


def test_divide_space_leaves_room_for_what_it_shows() -> None:
    cases = [
        (layout, *size, *counts)
        for layout, size, counts in product(LAYOUTS, SIZES, product((1, 3, 12, 32), (3, 12, 80)))
    ]
    assert len(cases) == 300
    assert [case for case in cases if not leaves_room(*case)] == []
