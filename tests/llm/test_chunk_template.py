"""Chunks that are read by the form of an earlier one are what parsing them returns."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.llm.stream import body as body_module
from roundtable_tui.llm.stream import chunk_template
from roundtable_tui.llm.stream.body import ResponseBody
from roundtable_tui.llm.stream.chunk import StreamChunk, read_chunk
from roundtable_tui.llm.stream.chunk_template import ChunkTemplate

TEXTS = ["The ", '"content": "', "}]}", "\\", "é\n", "", "😀", '{"a": "b"}', "end"]


def make_chunk(delta: dict[str, Any], **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "choices": [choice | fields]}


def read_all(values: list[Any], **form: Any) -> list[StreamChunk]:
    """Return the chunks of a stream of these values, all of which came at once."""
    stream = "".join(f"data: {json.dumps(value, **form)}\n\n" for value in values)
    return ResponseBody().feed(stream.encode("utf-8", "surrogatepass"))


def join(chunks: list[StreamChunk]) -> list[tuple[str, str]]:
    """Return the successive texts of each kind, however they are divided."""
    joined: list[tuple[str, str]] = []
    for chunk in chunks:
        for kind, text in (("answer", chunk.answer), ("reasoning", chunk.reasoning)):
            if text and joined and joined[-1][0] == kind:
                joined[-1] = kind, joined[-1][1] + text
            elif text:
                joined.append((kind, text))
    return joined


def count_parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    parsed: list[str] = []
    parse = body_module.parse_json_values

    def count(data: str) -> tuple[list[Any], bool]:
        parsed.append(data)
        return parse(data)

    monkeypatch.setattr(body_module, "parse_json_values", count)
    monkeypatch.setattr(chunk_template, "parse_json_values", count)
    return parsed


@pytest.mark.parametrize("field", ["content", "reasoning_content", "reasoning"])
@pytest.mark.parametrize("form", [{}, {"separators": (",", ":")}, {"ensure_ascii": False}])
def test_template_reads_the_same_texts_and_parses_only_the_first(monkeypatch, field: str, form: Any) -> None:
    values = [make_chunk({field: text}) for text in TEXTS]
    expected = join([read_chunk(value) for value in values])
    parsed = count_parsed(monkeypatch)
    assert join(read_all(values, **form)) == expected
    assert len(parsed) == 2  # The first chunk, and the one with which its form was tried.


@given(
    st.lists(st.tuples(st.sampled_from(["content", "reasoning", "refusal", "text"]), st.text()), max_size=12)
)
def test_template_any_chunks_are_read_as_they_are_parsed(pieces: list[tuple[str, str]]) -> None:
    values = [make_chunk({field: text}) for field, text in pieces]
    found = read_all(values)
    expected = [read_chunk(value) for value in values]
    assert join(found) == join(expected)
    assert [chunk.refusal for chunk in found if chunk.refusal] == [c.refusal for c in expected if c.refusal]


@pytest.mark.parametrize(
    "other",
    [
        make_chunk({"content": " x"}, finish_reason="length"),
        make_chunk({"content": " x"}, index=1),
        make_chunk({"content": " x", "tool_calls": [{"index": 0, "function": {"name": "f"}}]}),
        make_chunk({"content": " x"}) | {"usage": {"prompt_tokens": 1, "completion_tokens": 2}},
        make_chunk({"content": None}),
        make_chunk({"content": ["a", "b"]}),
        {"error": {"message": "no"}},
    ],
)
def test_template_chunk_with_other_fields_is_parsed(other: dict[str, Any]) -> None:
    same = make_chunk({"content": "a"})
    found = read_all([same, same, other, same])
    assert found[2] == read_chunk(other)
    assert [chunk.answer for chunk in found[:2] + found[3:]] == ["a"] * 3


def test_template_event_named_error_is_an_error() -> None:
    data = json.dumps(make_chunk({"content": "a"})).encode()
    body = ResponseBody()
    body.feed(b"data: %b\n\n" % data)
    [chunk] = body.feed(b"event: error\ndata: %b\n\n" % data)
    assert chunk.error is not None


def test_template_text_that_is_no_json_is_counted_as_unreadable() -> None:
    whole = json.dumps(make_chunk({"content": "a"}))
    body = ResponseBody()
    body.feed(f"data: {whole}\n\n".encode())
    assert not body.feed("data: {}\n\n".format(whole.replace('"a"', '"a\x01"')).encode())
    assert body.is_broken and body.unreadable_events == 1


def test_template_joins_only_short_texts() -> None:
    found = read_all([make_chunk({"content": "word " * 20})] * 10)
    assert max(len(chunk.answer) for chunk in found) == 200


def test_template_message_and_several_choices_are_not_learned() -> None:
    template = ChunkTemplate()
    message = {"choices": [{"index": 0, "message": {"content": "a"}}]}
    two = {"choices": [{"index": n, "delta": {"content": "a"}} for n in range(2)]}
    for value in (message, two):
        template.learn(json.dumps(value), read_chunk(value))
        assert not template.read(json.dumps(value), [])


def test_template_stream_whose_chunks_all_differ_is_soon_only_parsed(monkeypatch) -> None:
    parsed = count_parsed(monkeypatch)
    values = [make_chunk({"content": "a"}) | {"obfuscation": "x" * n} for n in range(100)]
    assert join(read_all(values)) == [("answer", "a" * 100)]
    assert len(parsed) <= 104


def test_template_field_that_changes_once_a_second_is_learned_again(monkeypatch) -> None:
    parsed = count_parsed(monkeypatch)
    values = [make_chunk({"content": "a"}) | {"created": n // 50} for n in range(1000)]
    assert join(read_all(values)) == [("answer", "a" * 1000)]
    assert len(parsed) == 40
