"""Names of seats in texts, in the colours of the seats."""

from __future__ import annotations

import pytest
from textual.geometry import Offset
from textual.selection import Selection

from roundtable_tui.tui.widgets.transcript.document_view import extract_selection
from roundtable_tui.tui.widgets.transcript.mentions import Mentions, skip_markers
from roundtable_tui.tui.widgets.transcript.styles import Attr, Piece, Role
from tests.support.stream_host import Host, shown, view_of

pytestmark = pytest.mark.anyio
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


@pytest.mark.parametrize(
    ("pieces", "room", "drawn"),
    [
        ([("Tom, Ann and Tom", 0)], 9, "Tom¹², Ann³ and Tom¹²"),
        ([("Tom, Ann and Tom", 0)], 3, "Tom¹², Ann³ and Tom"),
        ([("Tom, Ann and Tom", 0)], 0, "Tom, Ann and Tom"),
        ([("│ ", Role.TABLE_LINE), ("Tom ", 0), ("│", Role.TABLE_LINE)], 9, "│ Tom │"),
        ([("Tom", Role.CODE)], 9, "Tom"),
    ],
)
def test_mentions_number_follows_name_where_there_is_room(pieces: list[Piece], room: int, drawn: str) -> None:
    mentions = Mentions({"Tom": 2, "Ann": 3}, numbers={"Tom": 12, "Ann": 3})
    assert "".join(text for text, _ in mentions.mark(pieces, room)) == drawn


def test_skip_markers_returns_columns_of_the_text() -> None:
    drawn = Mentions({"Tom": 2, "Ann": 3}, numbers={"Tom": 12, "Ann": 3}).mark([("Tom, Ann!", 0)], 9)
    assert [skip_markers(drawn, column) for column in range(13)] == [0, 1, 2, 3, 3, 3, 4, 5, 6, 7, 8, 8, 9]


async def test_selection_of_numbered_names_has_no_numbers() -> None:
    async with Host().run_test(size=(40, 10)) as pilot:
        view = view_of(pilot)
        view.document.mentions = Mentions({"Tom": 2}, numbers={"Tom": 1})
        view.feed("a.1", "I agree with Tom, for Tom is right.")
        view.flush()
        assert shown(view)[0] == "I agree with Tom¹, for Tom¹ is right."
        selection = Selection(Offset(14, 0), Offset(28, 0))
        assert extract_selection(view.document, selection) == "Tom, for Tom"
