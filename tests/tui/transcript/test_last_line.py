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
def test_it_is_shown_once_the_turn_has_ended(text, step):
    last = text.split("\n")[-1].strip("|*#>`~-.)") or text.split("\n")[-1]
    drawn = shown(text, ended=True, step=step)
    assert drawn.strip(), text
    if last.isdigit():
        assert last in drawn


@pytest.mark.parametrize("text", SHORT)
def test_it_looks_as_if_a_line_end_had_followed(text):
    assert shown(text, ended=True).rstrip() == shown(text + "\n", ended=True).rstrip()


def test_reasoning_that_ends_in_a_number_is_whole_when_it_is_opened():
    document = StreamDocument()
    document.set_width(40)
    document.begin("a.1")
    document.feed("a.1", "so it is\n42", reasoning=True)
    document.end("a.1")
    document.toggle_reasoning("a.1")
    while document.has_pending:
        document.parse_pending()
    assert "42" in "\n".join(rows(document))


def test_a_turn_that_is_begun_anew_grows_again():
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
