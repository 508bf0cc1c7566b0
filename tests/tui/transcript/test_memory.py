"""What a transcript holds: one copy of a finished text, and rows that are freed when they are dropped."""

from __future__ import annotations

import gc

from rich.segment import Segment

from roundtable_tui.tui.widgets.transcript import StreamDocument
from roundtable_tui.tui.widgets.transcript.blocks import LineBlock
from roundtable_tui.tui.widgets.transcript.frame import RowStrip
from roundtable_tui.tui.widgets.transcript.markdown.lines import LineKind
from roundtable_tui.tui.widgets.transcript.packed_lines import PackedLines
from roundtable_tui.tui.widgets.transcript.text_block import TextBlock

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


def read_lines(document: StreamDocument) -> list[str]:
    return [block.text(row) for block, row in document.iter_rows(0, document.height)]


def list_line_blocks(document: StreamDocument) -> list[LineBlock]:
    return [
        block for block, _, _ in document.iter_block_spans(0, document.height) if isinstance(block, LineBlock)
    ]


def test_ended_turn_lines_are_slices_of_its_text() -> None:
    lines = [f"line {number}" for number in range(3 * LineBlock.FULL)]
    whole = "\n".join(lines)
    document = StreamDocument()
    document.set_width(40)
    document.begin("a.1")
    for line in lines:
        document.feed("a.1", f"{line}\n" if line != lines[-1] else line)
        document.parse_pending()
    document.share_text("a.1", "", whole)
    document.end("a.1")
    document.parse_pending()
    blocks = list_line_blocks(document)
    assert len(blocks) == 3
    for block in blocks:
        assert isinstance(block._lines, PackedLines)
        assert block._lines._text is whole
    assert read_lines(document) == lines


def test_streaming_turn_complete_blocks_are_packed_and_the_last_is_not() -> None:
    document = StreamDocument()
    document.set_width(40)
    document.begin("a.1")
    document.feed("a.1", "\n".join(map(str, range(LineBlock.FULL + 2))))
    document.parse_pending()
    first, last = list_line_blocks(document)
    assert isinstance(first._lines, PackedLines) and isinstance(last._lines, list)
    document.feed("a.1", "!\nend")
    document.parse_pending()
    assert read_lines(document) == [*map(str, range(LineBlock.FULL + 1)), f"{LineBlock.FULL + 1}!", "end"]


def test_ended_turn_with_replaced_characters_shows_them_in_the_block_that_has_them() -> None:
    lines = [f"line {number}" for number in range(2 * LineBlock.FULL)]
    lines[3] = "a\x1b[31mred"
    document = StreamDocument()
    document.set_width(40)
    document.begin("a.1")
    document.feed("a.1", "\n".join(lines))
    document.end("a.1")
    document.parse_pending()
    first, second = list_line_blocks(document)
    assert isinstance(first._lines, PackedLines) and isinstance(second._lines, PackedLines)
    assert first._lines._text is not second._lines._text is document.get_answer("a.1")
    shown = read_lines(document)
    assert "\x1b" not in shown[3] and shown[:3] + shown[4:] == lines[:3] + lines[4:]


def test_text_after_an_ended_turn_is_shown_below_its_lines() -> None:
    lines = [f"line {number}" for number in range(LineBlock.FULL + 1)]
    document = StreamDocument()
    document.set_width(40)
    document.begin("a.1")
    document.feed("a.1", "\n".join(lines))
    document.end("a.1")
    document.parse_pending()
    document.feed("a.1", " more\nlast")
    document.parse_pending()
    assert read_lines(document) == [*lines[:-1], f"{lines[-1]} more", "last"]


def test_packed_block_that_is_changed_keeps_its_other_lines() -> None:
    block = TextBlock([0, 0])
    block.width = 40
    for text in ("wood", "steel", "stone"):
        block.add(LineKind.PROSE, text)
    block.pack()
    assert block.last == (LineKind.PROSE, "stone")
    assert block.drop() == (LineKind.PROSE, "stone")
    block.add(LineKind.PROSE, "glass")
    assert [block.text(row) for row in range(block.height)] == ["wood", "steel", "glass"]
