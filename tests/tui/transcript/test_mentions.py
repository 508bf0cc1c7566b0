"""Names of seats in texts, in the colours of the seats."""

from __future__ import annotations

import pytest

from roundtable_tui.tui.widgets.transcript.mentions import Mentions
from roundtable_tui.tui.widgets.transcript.styles import Attr, Piece, Role

TOM, ANN = Role.SEAT + 2, Role.SEAT + 3


@pytest.mark.parametrize(
    ("pieces", "marked"),
    [
        ([("Tom, and you?", 0)], [("Tom", TOM), (", and you?", 0)]),
        ([("as Ann B. said", 0)], [("as ", 0), ("Ann B.", ANN), (" said", 0)]),
        ([("Tomorrow atom tom", 0)], [("Tomorrow atom tom", 0)]),
        ([("so: ", 0), ("Tom", Attr.BOLD)], [("so: ", 0), ("Tom", TOM | Attr.BOLD)]),
        ([("Tom = 1", Role.CODE)], [("Tom = 1", Role.CODE)]),
        ([("■ Tom", 0)], [("■ ", 0), ("Tom", TOM)]),
    ],
)
def test_mentions_colours_whole_names_in_prose(pieces: list[Piece], marked: list[Piece]) -> None:
    assert Mentions({"Tom": 2, "Ann B.": 3, "Captain": 0}).mark(pieces) == marked


def test_mentions_colours_shapes_only_where_they_are_given() -> None:
    marked = Mentions({"Tom": 2}, {"■": 1}).mark([("■ ■  2  yes · Tom", 0)])
    assert [text for text, look in marked if look] == ["■", "■", "Tom"]
    assert Mentions({}).mark([("■", 0)]) == [("■", 0)]
