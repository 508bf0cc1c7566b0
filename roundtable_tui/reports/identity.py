"""What each seat is recognised by in every reader: a number, a shape and a colour.

A group of answers has the shape and the colour of the seat that gave its answer first, so that one look shows
whose answer the others joined. Nothing is told apart by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SHAPES = "■▲●◆★▼◉◇"
COLORS = 8
"""Colours of seats: `seat-1` to `seat-8` in the themes of the app and in the HTML page."""


@dataclass(frozen=True, slots=True)
class SeatIdentity:
    """How a seat is shown."""

    number: int
    """Its place among the seats without the captain, from 1; also the key of its pane. 0 for the captain."""
    shape: str
    color: int
    """From 1 to `COLORS`; 0 for the captain, which has no colour of its own."""


CAPTAIN = SeatIdentity(0, "◈", 0)


def identify_seat(number: int) -> SeatIdentity:
    """Return the identity of a seat; colour and shape together differ for the first 64 seats."""
    if number <= 0:
        return CAPTAIN
    at = number - 1
    return SeatIdentity(number, SHAPES[(at + at // COLORS) % len(SHAPES)], at % COLORS + 1)


def choose_group_shapes(leaders: Iterable[int], seats: int) -> tuple[str, ...]:
    """Return a shape for each group of answers, all different as far as there are shapes and letters.

    Args:
        leaders: For each group the number of the seat that gave its answer first; 0 if it is not known.
        seats: Number of seats. A seat's shape is not given to a group that another seat began.
    """
    chosen: list[str] = []
    taken = {identify_seat(number).shape for number in range(1, seats + 1)}
    spare = [shape for shape in SHAPES if shape not in taken]
    spare += [chr(ord("A") + at) for at in range(26)]
    for leader in leaders:
        shape = identify_seat(leader).shape if leader else ""
        if not shape or shape in chosen:
            shape = next((one for one in spare if one not in chosen), "·")
        chosen.append(shape)
    return tuple(chosen)


def number_seats(seats: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the number of each seat of a run's header, by its id: from 1 in each stage, 0 for a captain."""
    numbers: dict[str, int] = {}
    counts: dict[Any, int] = {}
    for seat in seats:
        stage = seat.get("stage", 0)
        if not seat.get("captain"):
            counts[stage] = counts.get(stage, 0) + 1
        numbers[str(seat["seat"])] = 0 if seat.get("captain") else counts[stage]
    return numbers
