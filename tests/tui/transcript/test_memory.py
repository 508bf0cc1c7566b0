"""What a transcript holds: one copy of a finished text, and rows that are freed when they are dropped."""

from __future__ import annotations

import gc

from rich.segment import Segment

from roundtable_tui.tui.widgets.transcript import StreamDocument
from roundtable_tui.tui.widgets.transcript.frame import RowStrip

PIECES = ["Wood ", "or\n", "steel", "?"]


def make_document(*, parse_first: bool) -> StreamDocument:
    document = StreamDocument()
    document.set_width(40)
    document.begin("a.1")
    for piece in PIECES:
        document.feed("a.1", piece)
        if parse_first:
            document.parse_pending()
    return document


def test_share_text_equal_text_is_held_once_before_and_after_parsing() -> None:
    for parse_first in (True, False):
        whole = "".join(PIECES)
        document = make_document(parse_first=parse_first)
        document.share_text("a.1", "", whole)
        document.end("a.1")
        document.parse_pending()
        assert document.get_answer("a.1") is whole
        assert [block.text(row) for block, row in document.iter_rows(0, 2)] == ["Wood or", "steel?"]


def test_share_text_other_text_is_not_taken() -> None:
    document = make_document(parse_first=True)
    document.share_text("a.1", "", "Stone?")
    document.end("a.1")
    document.parse_pending()
    assert document.get_answer("a.1") == "".join(PIECES)


def test_row_strip_divided_at_its_end_is_not_part_of_a_cycle() -> None:
    strip = RowStrip([Segment("wood")], 4)
    assert strip.divide([4]) == [strip]
    gc.collect()
    gc.disable()
    try:
        del strip
        assert gc.collect() == 0
    finally:
        gc.enable()
