"""The last line of an answer is held back only while it may still become something else."""

from __future__ import annotations

import pytest

from roundtable_tui.tui.widgets.transcript import StreamDocument

SHORT = ["2", "42", "2.", "*", "#", "1)", "-", ">", "`", "~~", "It is\n42", "a list\n-", "|", "***"]


def rows(document: StreamDocument) -> list[str]:
    document.rewrap(0, 1000)
    drawn = document.iter_rows(0, document.height)
    return ["".join(piece[0] for piece in block.row(index)[0]) for block, index in drawn]


def shown(text: str, *, ended: bool, step: int = 1000) -> str:
    document = StreamDocument()
    document.set_width(40)
    document.begin("a.1")
    for at in range(0, len(text), step):
        document.feed("a.1", text[at : at + step])
        document.parse_pending()
    if ended:
        document.end("a.1")
    while document.has_pending:
        document.parse_pending()
    return "\n".join(rows(document))


@pytest.mark.parametrize("text", SHORT)
@pytest.mark.parametrize("step", [1, 1000])
def test_last_line_ended_turn_is_shown(text, step):
    last = text.split("\n")[-1].strip("|*#>`~-.)") or text.split("\n")[-1]
    drawn = shown(text, ended=True, step=step)
    assert drawn.strip(), text
    if last.isdigit():
        assert last in drawn


@pytest.mark.parametrize("text", SHORT)
def test_last_line_ended_turn_looks_like_complete_line(text):
    assert shown(text, ended=True).rstrip() == shown(text + "\n", ended=True).rstrip()


def test_last_line_reasoning_ending_in_number_is_complete_when_expanded():
    document = StreamDocument()
    document.set_width(40)
    document.begin("a.1")
    document.feed("a.1", "so it is\n42", reasoning=True)
    document.end("a.1")
    document.toggle_reasoning("a.1")
    while document.has_pending:
        document.parse_pending()
    assert "42" in "\n".join(rows(document))


def test_last_line_reset_turn_grows_again():
    document = StreamDocument()
    document.set_width(40)
    document.begin("a.1")
    document.feed("a.1", "2")
    document.end("a.1")
    document.parse_pending()
    document.reset("a.1")
    document.feed("a.1", "# Head")
    document.parse_pending()
    assert "Head" in "\n".join(rows(document)) and "2" not in "\n".join(rows(document))
