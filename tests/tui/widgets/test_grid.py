"""The grid of panes: no holes at any number of seats, and panes that can be read."""

from __future__ import annotations

import pytest

from roundtable_tui.tui.widgets.run.arrange.divide import Demand, divide_space
from roundtable_tui.tui.widgets.run.arrange.grid import (
    MIN_PANE_CELLS,
    choose_columns,
    does_fit,
    span_columns,
)

SIZES = ((220, 60), (160, 50), (120, 40), (80, 24), (60, 15))


@pytest.mark.parametrize("count", range(1, 33))
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_span_columns_fills_every_row_of_the_grid(count: int, width: int, height: int) -> None:
    columns = choose_columns(count, width, height)
    fine, spans = span_columns(count, columns)
    assert len(spans) == count
    assert columns == 1 or width // columns >= MIN_PANE_CELLS
    room = fine
    for span in spans:
        assert span <= room, "a pane would leave a hole"
        room = room - span or fine
    assert room == fine, "the last row is full"


def test_does_fit_two_panes_from_80_columns_on_and_twelve_at_120x40() -> None:
    assert does_fit(2, 80, 20) and not does_fit(2, 70, 20)
    assert choose_columns(2, 80, 20) == 2
    assert does_fit(12, 120, 33)


@pytest.mark.parametrize("layout", ["columns", "thread", "one", "files", "notes"])
@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("seats", [1, 3, 12, 32])
@pytest.mark.parametrize("text", [3, 12, 80])
def test_divide_space_leaves_room_for_what_it_shows(
    layout: str, width: int, height: int, seats: int, text: int
) -> None:
    found = divide_space(
        Demand(
            width=width, height=height, layout=layout, seats=seats, listed=seats + 1, card_rows=text + 3,
            board_rows=seats + 5, is_over=True,
        )
    )  # fmt: skip
    assert found.has_card and found.card_rows >= 3
    above = found.roster_rows * (found.has_roster and not found.is_roster_beside)
    assert found.card_rows + above + found.has_board * (seats + 5) <= height
