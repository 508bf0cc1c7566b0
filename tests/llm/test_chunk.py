"""The parser of one chunk, in the dialects of the known servers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.llm.stream.chunk import parse_json_values, read_chunk
from roundtable_tui.llm.types import Usage


def delta(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": None}]}


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        None,
        7,
        "ping",
        {"type": "ping"},
        {"choices": None},
        {"choices": []},
        {"choices": [None]},
        {"choices": [{}]},
        {"choices": {}},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {}}]},
        delta(role="assistant"),
        delta(content=None),
        delta(content=[]),
        delta(content="", reasoning_content=None, tool_calls=None),
        delta(tool_calls=[None]),
        {"choices": [{"delta": {}, "finish_reason": None}], "usage": None},
        {"error": None, "choices": []},
    ],
)
def test_read_chunk_without_content_is_empty(value: Any) -> None:
    chunk = read_chunk(value)
    assert (chunk.answer, chunk.reasoning, chunk.finish_reason, chunk.tool_deltas, chunk.usage) == (
        "",
        "",
        None,
        [],
        None,
    )
    assert chunk.error is None


@pytest.mark.parametrize(
    ("value", "answer", "reasoning"),
    [
        (delta(content="hi"), "hi", ""),
        (delta(content="hi", reasoning_content="hm"), "hi", "hm"),
        (delta(reasoning="hm"), "", "hm"),
        (delta(reasoning="hm", reasoning_content="hm"), "", "hm"),
        (delta(reasoning="", reasoning_content="hm"), "", "hm"),
        (delta(reasoning={"text": "hm"}), "", "hm"),
        (delta(reasoning={"summary": [{"text": "a"}, {"text": "b"}]}), "", "ab"),
        (delta(reasoning=[{"type": "text", "text": "a"}, "b"]), "", "ab"),
        (
            delta(reasoning_details=[{"type": "reasoning.text", "text": "hm"}, {"type": "x", "data": "?"}]),
            "",
            "hm",
        ),
        (delta(reasoning="hm", reasoning_details=[{"type": "reasoning.text", "text": "hm"}]), "", "hm"),
        (delta(thinking="hm"), "", "hm"),
        (delta(content=[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, "c"]), "abc", ""),
        (delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]), "", "hm"),
        (delta(content=[{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}]), "a", "hm"),
        (delta(content={"text": "a"}), "a", ""),
        ({"choices": [{"delta": "a"}]}, "a", ""),
        ({"choices": [{"text": "a"}]}, "a", ""),
        ({"choices": [None, {"delta": {"content": "a"}}]}, "a", ""),
        ({"choices": [{"message": {"content": "a", "reasoning_content": "hm"}}]}, "a", "hm"),
        ({"choices": [{"delta": {}, "message": {"content": "a"}}]}, "a", ""),
        ({"message": {"role": "assistant", "content": "a", "thinking": "hm"}, "done": False}, "a", "hm"),
        ([{"choices": [{"delta": {"content": "a"}}]}], "a", ""),
    ],
)
def test_read_chunk_finds_text_in_all_places(value: Any, answer: str, reasoning: str) -> None:
    chunk = read_chunk(value)
    assert (chunk.answer, chunk.reasoning) == (answer, reasoning)
    assert chunk.error is None


def test_read_chunk_finds_finish_reasons() -> None:
    assert read_chunk({"choices": [{"delta": {}, "finish_reason": "length"}]}).finish_reason == "length"
    assert read_chunk({"choices": [{"delta": {}, "finish_reason": 3}]}).finish_reason == "3"
    assert read_chunk({"choices": [{"delta": {}, "finish_reason": ""}]}).finish_reason is None
    assert (
        read_chunk({"message": {"content": ""}, "done": True, "done_reason": "stop"}).finish_reason == "stop"
    )


def test_read_chunk_separates_refusals() -> None:
    assert read_chunk(delta(content=None, refusal="I will not.")).refusal == "I will not."


@pytest.mark.parametrize(
    ("value", "usage"),
    [
        ({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}}, Usage(5, 7)),
        ({"choices": [{"delta": {}}], "usage": {"prompt_tokens": 5, "completion_tokens": 7}}, Usage(5, 7)),
        ({"usage": {"input_tokens": 5, "output_tokens": 7}}, Usage(5, 7)),
        ({"usage": {"prompt_tokens": 5, "completion_tokens": 7, "cost": 0.0125}}, Usage(5, 7, cost=0.0125)),
        (
            {"usage": {"prompt_tokens": 5, "completion_tokens": 7, "cost": {"total_cost": 0.42}}},
            Usage(5, 7, cost=0.42),
        ),
        ({"usage": {"prompt_tokens": 5, "completion_tokens": 7, "cost": "much"}}, Usage(5, 7)),
        ({"usage": {"prompt_tokens": 5, "completion_tokens": 7, "cost": "nan"}}, Usage(5, 7)),
        ({"usage": {"prompt_tokens": 5, "completion_tokens": 7, "cost": "0.25"}}, Usage(5, 7, cost=0.25)),
        (
            {"usage": {"prompt_tokens": 5, "completion_tokens": 7, "estimated_cost": 0.5}},
            Usage(5, 7, cost=0.5),
        ),
        # https://github.com/BerriAI/litellm/pull/36281: the cost beside its ticks.
        (
            {"usage": {"prompt_tokens": 198, "completion_tokens": 90, "cost_in_usd_ticks": 2_709_000}},
            Usage(198, 90, cost=0.0002709),
        ),
        # OpenRouter with a key of one's own.
        (
            {
                "usage": {
                    "prompt_tokens": 5,
                    "completion_tokens": 7,
                    "cost": 0.125,
                    "is_byok": True,
                    "cost_details": {"upstream_inference_cost": 0.5},
                }
            },
            Usage(5, 7, cost=0.625),
        ),
        ({"usage": {"prompt_tokens": 5, "completion_tokens": 7, "cost": -1}}, Usage(5, 7)),
        (
            {
                "usage": {
                    "prompt_tokens": 5,
                    "completion_tokens": 7,
                    "prompt_tokens_details": {"cached_tokens": 3},
                    "completion_tokens_details": {"reasoning_tokens": 2},
                }
            },
            Usage(5, 7, 3, 2),
        ),
        (
            {"usage": {"prompt_tokens": 5, "completion_tokens": 7, "prompt_cache_hit_tokens": 4}},
            Usage(5, 7, 4),
        ),
        ({"usage": {"prompt_tokens": 5, "completion_tokens": 7, "prompt_tokens_details": None}}, Usage(5, 7)),
        ({"x_groq": {"usage": {"prompt_tokens": 5, "completion_tokens": 7}}}, Usage(5, 7)),
        ({"choices": [], "timings": {"prompt_n": 5, "cache_n": 2, "predicted_n": 7}}, Usage(7, 7, 2)),
        ({"usage": {"prompt_tokens": 0, "completion_tokens": 0}}, None),
        ({"usage": {"prompt_tokens": "many", "completion_tokens": None}}, None),
        ({"usage": {"prompt_tokens": -3, "completion_tokens": 1e300}}, None),
        ({"usage": []}, None),
    ],
)
def test_read_chunk_finds_usage_in_all_places(value: Any, usage: Usage | None) -> None:
    assert read_chunk(value).usage == usage


@pytest.mark.parametrize(
    "value",
    [
        {"error": {"message": "no"}},
        {"error": "no"},
        {"choices": [{"delta": {}, "error": {"code": 502}, "finish_reason": "error"}]},
        {"object": "error", "message": "no", "code": 400},
        {"type": "error", "message": "no"},
        {"message": "no", "type": "BadRequestError", "code": 400},
        {"detail": "Not Found"},
        [{"error": {"code": 429}}],
    ],
)
def test_read_chunk_finds_errors_in_all_places(value: Any) -> None:
    assert read_chunk(value).error


def test_read_chunk_event_named_error_is_an_error() -> None:
    assert read_chunk({"statusCode": 413}, "error").error == {"statusCode": 413}
    assert read_chunk("overloaded", "error").error == "overloaded"
    assert read_chunk({"statusCode": 413}, "ping").error is None


def test_read_chunk_finds_tool_call_deltas() -> None:
    call = {"index": 1, "id": "c", "function": {"name": "vote", "arguments": "{"}}
    (piece,) = read_chunk(delta(tool_calls=[call])).tool_deltas
    assert (piece.index, piece.id, piece.name, piece.arguments) == (1, "c", "vote", "{")
    odd = {"index": "0", "id": None, "function": {"name": None, "arguments": None}}
    (piece,) = read_chunk(delta(tool_calls=[odd])).tool_deltas
    assert (piece.index, piece.id, piece.name, piece.arguments) == (None, None, None, "")
    (piece,) = read_chunk(delta(tool_calls={"function": {"name": "vote", "arguments": {"a": 1}}})).tool_deltas
    assert (piece.name, piece.arguments) == ("vote", '{"a": 1}')
    (piece,) = read_chunk(delta(function_call={"name": "vote", "arguments": "{}"})).tool_deltas
    assert (piece.name, piece.arguments) == ("vote", "{}")
    both = delta(tool_calls=[call], function_call={"name": "vote", "arguments": "{"})
    assert len(read_chunk(both).tool_deltas) == 1


def test_parse_json_values_reads_several_objects() -> None:
    assert parse_json_values('{"a": 1}') == ([{"a": 1}], False)
    assert parse_json_values('{"a": 1}\n{"b": 2} ') == ([{"a": 1}, {"b": 2}], False)
    assert parse_json_values('{"a": 1}{"b": ') == ([{"a": 1}], True)
    assert parse_json_values("nonsense") == ([], True)
    assert parse_json_values("[" * 100_000) == ([], True)


NAMES = [
    *("choices", "delta", "message", "content", "text", "reasoning", "reasoning_details", "usage", "error"),
    *("tool_calls", "function", "arguments", "index", "id", "name", "finish_reason", "prompt_tokens", "type"),
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_read_chunk_accepts_any_object(value: Any) -> None:
    chunk = read_chunk(value)
    assert isinstance(chunk.answer, str) and isinstance(chunk.reasoning, str)
    assert all(isinstance(piece.arguments, str) for piece in chunk.tool_deltas)
