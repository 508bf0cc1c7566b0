"""The answer as it grows: pieces, surrogates, messages after deltas."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.llm.stream.accumulator import Answer
from roundtable_tui.llm.stream.chunk import Chunk
from roundtable_tui.llm.types import AnswerPiece, Piece, ReasoningPiece, Restated, Usage


def grown(*chunks: Chunk) -> tuple[Answer, list[Piece]]:
    """Return the answer and its pieces, flushed after every chunk."""
    answer = Answer(100_000)
    pieces: list[Piece] = []
    for chunk in chunks:
        answer.take(chunk)
        pieces += answer.flush()
    answer.close()
    return answer, pieces + answer.flush()


def replay(pieces: list[Piece]) -> tuple[str, str]:
    """Return (reasoning, answer) as somebody sees them who draws the pieces."""
    reasoning, answer = "", ""
    for piece in pieces:
        if isinstance(piece, Restated):
            reasoning, answer = piece.reasoning, piece.answer
        elif isinstance(piece, ReasoningPiece):
            reasoning += piece.text
        elif isinstance(piece, AnswerPiece):
            answer += piece.text
    return reasoning, answer


def test_what_came_in_one_read_is_one_piece_a_kind() -> None:
    answer = Answer(1000)
    for chunk in (Chunk(reasoning="a"), Chunk(reasoning="b"), Chunk(answer="c"), Chunk(answer="d")):
        answer.take(chunk)
    assert answer.flush() == [ReasoningPiece("ab"), AnswerPiece("cd")]
    assert answer.flush() == []


def test_a_surrogate_pair_split_over_two_deltas_is_joined() -> None:
    answer, pieces = grown(
        Chunk(answer="a\ud83d"), Chunk(answer="\ude00b"), Chunk(reasoning="\ud83d"), Chunk(reasoning="\ude00")
    )
    assert (answer.text, answer.reasoning) == ("a😀b", "😀")
    assert replay(pieces) == ("😀", "a😀b")


def test_lone_surrogates_are_replaced() -> None:
    answer, pieces = grown(Chunk(answer="a\ude00b"), Chunk(answer="\ud83dx"), Chunk(answer="end\ud83d"))
    assert answer.text == "a\ufffdb\ufffdxend\ufffd"
    assert replay(pieces)[1] == answer.text


@given(st.lists(st.text(st.characters(), max_size=4), max_size=8))
def test_whatever_comes_can_be_written_as_utf8(parts: list[str]) -> None:
    answer, pieces = grown(*(Chunk(answer=part) for part in parts))
    answer.text.encode()
    assert replay(pieces) == (answer.reasoning, answer.text)


@given(st.lists(st.sampled_from(["<think>", "</think>", "a", "b ", "\n", "</th", "ink>"]), max_size=9))
def test_pieces_always_add_up_to_the_answer(parts: list[str]) -> None:
    answer, pieces = grown(*(Chunk(answer=part) for part in parts))
    assert replay(pieces) == (answer.reasoning, answer.text)


def test_a_late_closing_tag_restates() -> None:
    _, pieces = grown(Chunk(answer="hm, well"), Chunk(answer="</think>yes"), Chunk(answer=" sir"))
    assert pieces == [AnswerPiece("hm, well"), Restated("hm, well", "yes"), AnswerPiece(" sir")]


def test_a_whole_message_after_deltas_is_not_said_twice() -> None:
    answer, _ = grown(Chunk(answer="Hello "), Chunk(answer="there"), Chunk(answer="Hello there", whole=True))
    assert answer.text == "Hello there"
    answer, _ = grown(Chunk(answer="Hello "), Chunk(answer="Hello there", whole=True))
    assert answer.text == "Hello there"
    answer, _ = grown(
        Chunk(reasoning="hm"), Chunk(answer="yes"), Chunk(answer="yes", reasoning="hm", whole=True)
    )
    assert (answer.text, answer.reasoning) == ("yes", "hm")


def test_messages_instead_of_deltas_add_up() -> None:
    answer, _ = grown(*(Chunk(answer=part, whole=True) for part in ("ha", "ha", " ha")))
    assert answer.text == "haha ha"


def test_usage_is_the_last_one_and_refusals_are_text() -> None:
    answer, _ = grown(Chunk(usage=Usage(5, 1)), Chunk(usage=Usage(5, 2)), Chunk(refusal="I will not."))
    assert answer.usage == Usage(5, 2)
    assert (answer.text, answer.refused) == ("I will not.", True)


def test_too_long_and_looping_answers_ask_to_be_stopped() -> None:
    answer = Answer(50)
    answer.take(Chunk(answer="x" * 60))
    assert "50" in answer.stop
    answer = Answer(10**6)
    for _ in range(900):
        answer.take(Chunk(reasoning="and again "))
    assert "over and over" in answer.stop
