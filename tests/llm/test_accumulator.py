"""The accumulator of a response: events, surrogates, full messages after deltas."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.llm.stream.accumulator import ResponseAccumulator
from roundtable_tui.llm.stream.chunk import StreamChunk
from roundtable_tui.llm.types import Resplit, StreamEvent, TextDelta, ThinkingDelta, Usage


def grown(*chunks: StreamChunk) -> tuple[ResponseAccumulator, list[StreamEvent]]:
    """Return the answer and its pieces, flushed after every chunk."""
    answer = ResponseAccumulator(100_000)
    pieces: list[StreamEvent] = []
    for chunk in chunks:
        answer.add_chunk(chunk)
        pieces += answer.flush()
    answer.close()
    return answer, pieces + answer.flush()


def replay(pieces: list[StreamEvent]) -> tuple[str, str]:
    """Return (reasoning, answer) as somebody sees them who draws the pieces."""
    reasoning, answer = "", ""
    for piece in pieces:
        if isinstance(piece, Resplit):
            reasoning, answer = piece.reasoning, piece.answer
        elif isinstance(piece, ThinkingDelta):
            reasoning += piece.text
        elif isinstance(piece, TextDelta):
            answer += piece.text
    return reasoning, answer


def test_flush_after_one_read_gives_one_event_per_type() -> None:
    answer = ResponseAccumulator(1000)
    for chunk in (
        StreamChunk(reasoning="a"),
        StreamChunk(reasoning="b"),
        StreamChunk(answer="c"),
        StreamChunk(answer="d"),
    ):
        answer.add_chunk(chunk)
    assert answer.flush() == [ThinkingDelta("ab"), TextDelta("cd")]
    assert answer.flush() == []


def test_accumulator_surrogate_pair_over_two_deltas_is_joined() -> None:
    answer, pieces = grown(
        StreamChunk(answer="a\ud83d"),
        StreamChunk(answer="\ude00b"),
        StreamChunk(reasoning="\ud83d"),
        StreamChunk(reasoning="\ude00"),
    )
    assert (answer.text, answer.reasoning) == ("a😀b", "😀")
    assert replay(pieces) == ("😀", "a😀b")


def test_accumulator_lone_surrogates_are_replaced() -> None:
    answer, pieces = grown(
        StreamChunk(answer="a\ude00b"), StreamChunk(answer="\ud83dx"), StreamChunk(answer="end\ud83d")
    )
    assert answer.text == "a\ufffdb\ufffdxend\ufffd"
    assert replay(pieces)[1] == answer.text


@given(st.lists(st.text(st.characters(), max_size=4), max_size=8))
def test_accumulator_any_text_can_be_encoded_as_utf8(parts: list[str]) -> None:
    answer, pieces = grown(*(StreamChunk(answer=part) for part in parts))
    answer.text.encode()
    assert replay(pieces) == (answer.reasoning, answer.text)


@given(st.lists(st.sampled_from(["<think>", "</think>", "a", "b ", "\n", "</th", "ink>"]), max_size=9))
def test_accumulator_events_add_up_to_the_answer(parts: list[str]) -> None:
    answer, pieces = grown(*(StreamChunk(answer=part) for part in parts))
    assert replay(pieces) == (answer.reasoning, answer.text)


def test_accumulator_late_closing_tag_resplits() -> None:
    _, pieces = grown(
        StreamChunk(answer="hm, well"), StreamChunk(answer="</think>yes"), StreamChunk(answer=" sir")
    )
    assert pieces == [TextDelta("hm, well"), Resplit("hm, well", "yes"), TextDelta(" sir")]


def test_accumulator_full_message_after_deltas_is_not_repeated() -> None:
    answer, _ = grown(
        StreamChunk(answer="Hello "),
        StreamChunk(answer="there"),
        StreamChunk(answer="Hello there", is_full_message=True),
    )
    assert answer.text == "Hello there"
    answer, _ = grown(StreamChunk(answer="Hello "), StreamChunk(answer="Hello there", is_full_message=True))
    assert answer.text == "Hello there"
    answer, _ = grown(
        StreamChunk(reasoning="hm"),
        StreamChunk(answer="yes"),
        StreamChunk(answer="yes", reasoning="hm", is_full_message=True),
    )
    assert (answer.text, answer.reasoning) == ("yes", "hm")


def test_accumulator_messages_instead_of_deltas_add_up() -> None:
    answer, _ = grown(*(StreamChunk(answer=part, is_full_message=True) for part in ("ha", "ha", " ha")))
    assert answer.text == "haha ha"


def test_accumulator_keeps_last_usage_and_refusal_text() -> None:
    answer, _ = grown(
        StreamChunk(usage=Usage(5, 1)), StreamChunk(usage=Usage(5, 2)), StreamChunk(refusal="I will not.")
    )
    assert answer.usage == Usage(5, 2)
    assert (answer.text, answer.is_refused) == ("I will not.", True)


def test_accumulator_long_or_looping_answer_has_stop_reason() -> None:
    answer = ResponseAccumulator(50)
    answer.add_chunk(StreamChunk(answer="x" * 60))
    assert "50" in answer.stop_reason
    answer = ResponseAccumulator(10**6)
    for _ in range(900):
        answer.add_chunk(StreamChunk(reasoning="and again "))
    assert "over and over" in answer.stop_reason
