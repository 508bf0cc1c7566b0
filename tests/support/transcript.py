"""Helpers for tests of the transcript: feed a document, read its rows."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len

from roundtable_tui.tui.widgets.transcript import StreamDocument
from roundtable_tui.tui.widgets.transcript.styles import Row


def document(width: int = 40) -> StreamDocument:
    made = StreamDocument(clock=lambda: 0.0)
    made.set_width(width)
    return made


def fed(
    pieces: Iterable[str], width: int = 40, *, each: bool = True, reasoning: bool = False
) -> StreamDocument:
    """Return a document with one turn of these pieces, digested after each piece or only at the end."""
    made = document(width)
    made.begin("a.1")
    for piece in pieces:
        made.feed("a.1", piece, reasoning)
        if each:
            made.parse_pending()
    made.parse_pending()
    if reasoning:
        made.toggle_reasoning("a.1")
        made.parse_pending()
    return made


def rows(made: StreamDocument) -> list[Row]:
    """Return all rows, wrapped to the present width; neighbouring spans of one style are joined."""
    while made.rewrap_some(10**9) or made.rewrap(0, made.height):
        pass
    return [(joined(block.row(row)[0]), block.row(row)[1]) for block, row in made.iter_rows(0, made.height)]


def joined(pieces: list[tuple[str, int]]) -> list[tuple[str, int]]:
    out: list[tuple[str, int]] = []
    for text, look in pieces:
        if out and out[-1][1] == look:
            out[-1] = (out[-1][0] + text, look)
        elif text:
            out.append((text, look))
    return out


def texts(made: StreamDocument) -> list[str]:
    """Return the text of each row."""
    return ["".join(text for text, _ in pieces) for pieces, _ in rows(made)]


def width_of(row: Row) -> int:
    return sum(cell_len(text) for text, _ in row[0])
