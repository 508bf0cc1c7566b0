"""The parser of server-sent events, with the stream divided in every way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.llm.stream.body import SseEvent, SseReader


def read(*parts: bytes) -> list[SseEvent]:
    reader = SseReader()
    events = [event for part in parts for event in reader.feed(part)]
    return events + reader.close()


STREAM = (
    b"\xef\xbb\xbf: hello\n"
    b'data: {"a": 1}\n\n'
    b'data:{"b":"\xc3\xa9\xf0\x9f\x98\x80"}\r\n\r\n'
    b"event: error\rdata: {\rdata: }\r\r"
    b"retry: 3000\nid: 7\n\n"
    b"data:  two blanks\r\n\r\n"
    b": keep-alive\n\n"
    b"data: [DONE]\n\n"
)
EVENTS = [("", '{"a": 1}'), ("", '{"b":"é😀"}'), ("error", "{\n}"), ("", " two blanks"), ("", "[DONE]")]


def test_sse_reads_all_line_ends_fields_and_comments() -> None:
    assert read(STREAM) == EVENTS


def test_sse_split_in_two_anywhere_reads_the_same() -> None:
    for at in range(len(STREAM) + 1):
        assert read(STREAM[:at], STREAM[at:]) == EVENTS, at


def test_sse_split_in_three_anywhere_reads_the_same() -> None:
    for first in range(len(STREAM)):
        for second in range(first, min(first + 9, len(STREAM))):
            assert read(STREAM[:first], STREAM[first:second], STREAM[second:]) == EVENTS, (first, second)


def test_sse_byte_by_byte_reads_the_same() -> None:
    assert read(*(bytes([byte]) for byte in STREAM)) == EVENTS


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_sse_any_bytes_any_split_read_the_same(parts: list[bytes]) -> None:
    assert read(*parts) == read(b"".join(parts))


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1), max_size=6
    ),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_sse_written_events_are_read_back(lines: list[str], end: str) -> None:
    stream = "".join(f"data: {line}{end}{end}" for line in lines).encode()
    assert read(stream) == [("", line) for line in lines if line.strip()]


def test_sse_split_between_cr_and_lf_is_one_line_end() -> None:
    assert read(b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n") == [("", "a\nb")]


def test_sse_event_is_emitted_at_its_blank_line() -> None:
    reader = SseReader()
    assert reader.feed(b"data: x\r\n\r") == [("", "x")]
    assert reader.feed(b"\ndata: y\n\n") == [("", "y")]


def test_sse_last_event_without_line_end_is_read() -> None:
    assert read(b"data: a\n\ndata: b\n") == [("", "a"), ("", "b")]
    assert read(b"data: a\n\ndata: b") == [("", "a"), ("", "b")]


def test_sse_events_without_blank_lines_are_separated() -> None:
    assert read(b'data: {"a":1}\ndata: {"b":2}\ndata: [DONE]\n') == [
        ("", '{"a":1}'),
        ("", '{"b":2}'),
        ("", "[DONE]"),
    ]


def test_sse_json_over_several_data_lines_is_one_event() -> None:
    assert read(b'data: {"a": [\ndata: {"b": 1}\ndata: , {"c": 2}]}\n\n') == [
        ("", '{"a": [\n{"b": 1}\n, {"c": 2}]}')
    ]


def test_sse_invalid_utf8_is_replaced() -> None:
    assert read(b'data: {"a":"\xff\xfe"}\n\n') == [("", '{"a":"\ufffd\ufffd"}')]


def test_sse_bare_json_and_error_field_are_read() -> None:
    assert read(b'{"a":1}\n{"b":2}\n') == [("", '{"a":1}'), ("", '{"b":2}')]
    assert read(b'error: {"code":500}\n\n') == [("error", '{"code":500}')]


def test_sse_events_without_data_are_skipped() -> None:
    assert read(b"retry: 3000\n\nid: 4\n\ndata\n\ndata:\n\ndata: \n\nevent: ping\n\n") == []


def test_sse_event_name_applies_to_one_event() -> None:
    assert read(b"event: a\n\ndata: x\n\nevent: b\ndata: y\n\ndata: z\n\n") == [
        ("", "x"),
        ("b", "y"),
        ("", "z"),
    ]


def test_sse_long_line_in_small_pieces_is_joined_once() -> None:
    line = b"data: " + b"x" * 1_000_000
    joins = 0

    class Counting(SseReader):
        def _read_lines(self, block: bytes) -> list[SseEvent]:
            nonlocal joins
            joins += 1
            return super()._read_lines(block)

    reader = Counting()
    for at in range(0, len(line), 100):
        assert reader.feed(line[at : at + 100]) == []
    assert reader.held_bytes == len(line)
    assert joins == 0
    assert reader.feed(b"\n\n") == [("", "x" * 1_000_000)]
    assert (joins, reader.held_bytes) == (1, 0)
