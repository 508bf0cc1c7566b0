"""What seats are recognised by: no two alike, and nothing by colour alone."""

from __future__ import annotations

from itertools import pairwise

from roundtable_tui.reports.identity import choose_group_shapes, identify_seat, number_seats


def test_identify_seat_differs_for_64_seats_and_neighbours_differ_in_shape() -> None:
    found = [identify_seat(number) for number in range(1, 65)]
    assert len({(one.shape, one.color) for one in found}) == 64
    assert all(a.shape != b.shape for a, b in pairwise(found))
    assert identify_seat(0).color == 0


def test_choose_group_shapes_takes_the_shape_of_the_first_seat_and_no_shape_twice() -> None:
    assert choose_group_shapes([2, 1], 3) == (identify_seat(2).shape, identify_seat(1).shape)
    shapes = choose_group_shapes([1, 1, 2, 1, 0], 3)
    assert len(set(shapes)) == 5 and shapes[0] == identify_seat(1).shape
    seats = {identify_seat(number).shape for number in (1, 2, 3)}
    assert not {shapes[1], shapes[3], shapes[4]} & seats, "a shape of a seat stands for that seat"
    assert len(set(choose_group_shapes([1] * 20, 8))) == 20


def test_number_seats_counts_in_each_stage_and_leaves_out_captains() -> None:
    rows = [
        {"seat": "a", "stage": 1}, {"seat": "b", "stage": 1}, {"seat": "c", "stage": 1, "captain": True},
        {"seat": "d", "stage": 2},
    ]  # fmt: skip
    assert number_seats(rows) == {"a": 1, "b": 2, "c": 0, "d": 1}
