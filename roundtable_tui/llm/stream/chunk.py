"""Parses one JSON object of a chat completion, in the dialects of the known servers.

The same parser reads a chunk of a stream and a full response: `delta`, `message` or `text`; content as a
string or as parts; reasoning under each of its field names; usage and errors in all their places.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.llm.stream.sources import read_sources
from roundtable_tui.llm.types import Source, Usage
from roundtable_tui.utils.nesting import is_too_deep

_DECODER = json.JSONDecoder()
_REASONING_KEYS = ("reasoning_content", "reasoning", "reasoning_text", "thinking", "thought")
_REASONING_PART_TYPES = frozenset(
    {"thinking", "reasoning", "reasoning_text", "reasoning.text", "reasoning.summary"}
)
_NO_REASONS = frozenset({"null", "none"})
"""Sent as a text in every chunk but the last, by DashScope."""
_TEXT_KEYS = ("text", "content", "thinking", "reasoning", "summary", "value", "output_text")


@dataclass(slots=True)
class ToolCallDelta:
    """A piece of a tool call; fields that the chunk does not have are None."""

    index: int | None = None
    id: str | None = None
    name: str | None = None
    arguments: str = ""


@dataclass(slots=True)
class StreamChunk:
    """The content of one chunk. `finish_reason` is the server's: "stop", "length", "tool_calls", ..."""

    answer: str = ""
    reasoning: str = ""
    refusal: str = ""
    finish_reason: str | None = None
    tool_deltas: list[ToolCallDelta] = field(default_factory=list)
    usage: Usage | None = None
    error: Any = None
    """The whole object, if it reports an error; else None."""
    index: int | None = None
    """The index of the choice; None if the server sends none."""
    others: list[StreamChunk] = field(default_factory=list)
    """The other choices of the same chunk."""
    media: str = ""
    """What the chunk contains beside text that cannot be shown: "audio", "picture", or ""."""
    sources: list[Source] = field(default_factory=list)
    """Citations, search results and annotations."""
    is_full_message: bool = False
    """The text came as a `message`, not a `delta`: it may be the whole answer instead of its next piece."""


def parse_json_values(data: str) -> tuple[list[Any], bool]:
    """Return the JSON values in the data of one event, and whether any of it is invalid."""
    if is_too_deep(data):
        return [], True
    try:
        value, end = _DECODER.raw_decode(data)
        if end == len(data):
            return [value], False
    except (ValueError, RecursionError):
        pass
    found: list[Any] = []
    at = 0
    while (at := _skip_space(data, at)) < len(data):
        try:
            value, at = _DECODER.raw_decode(data, at)
        except (ValueError, RecursionError):
            return found, True
        found.append(value)
    return found, False


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def read_chunk(value: Any, event: str = "") -> StreamChunk:
    """Parse the JSON value of an event; one named "error" is an error whatever its value."""
    chunk = StreamChunk()
    if isinstance(value, list):
        # Gemini wraps its errors, and some proxies whole streams, in an array.
        value = next((item for item in value if isinstance(item, dict)), None)
    if not isinstance(value, dict):
        if event == "error":
            chunk.error = value if value is not None else "error"
        return chunk
    if value.get("error") or event == "error" or _is_coded_error(value):
        chunk.error = value
    usage = value.get("usage")
    if usage is None and "x_groq" in value and isinstance(value["x_groq"], dict):
        usage = value["x_groq"].get("usage")
    if usage:
        chunk.usage = read_usage(usage)
    elif isinstance(value.get("timings"), dict):
        chunk.usage = _usage_from_timings(value["timings"])
    chunk.sources = read_sources(value)
    choices = _only_mappings(value.get("choices"))
    if len(choices) > 1:
        choices.sort(key=_choice_index)
    choice = choices[0] if choices else None
    for other in choices[1:]:
        chunk.others.append(StreamChunk())
        _read_choice(other, chunk.others[-1])
    if choice is None:
        if isinstance(value.get("message"), dict):
            choice = value
        else:
            if chunk.error is None and "choices" not in value and is_flat_error(value):
                chunk.error = value
            return chunk
    _read_choice(choice, chunk)
    return chunk


def _is_coded_error(value: Mapping[str, Any]) -> bool:
    """Return whether an object has a status of its own that is an error: MiniMax, Baidu, Tencent."""
    if (base := value.get("base_resp")) and isinstance(base, dict):
        return base.get("status_code") not in (None, 0, "0", "")
    if isinstance(response := value.get("Response"), dict):
        return bool(response.get("Error"))
    return bool(value.get("error_code")) and isinstance(value.get("error_msg"), str)


def is_flat_error(value: Mapping[str, Any]) -> bool:
    """Return whether an object without `error` and `choices` reports an error (vLLM, FastAPI, gateways)."""
    if value.get("object") == "error" or value.get("type") == "error":
        return True
    if value.get("detail") or value.get("errors"):
        return True
    return isinstance(value.get("message"), str) and bool({"code", "type", "status"} & value.keys())


def _choice_index(choice: Mapping[str, Any]) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else 0


def _read_choice(choice: Mapping[str, Any], chunk: StreamChunk) -> None:
    if isinstance(index := choice.get("index"), int):
        chunk.index = index
    reason = choice.get("finish_reason") or choice.get("done_reason")
    if reason and str(reason).lower() not in _NO_REASONS:
        chunk.finish_reason = str(reason)
    if choice.get("error") and chunk.error is None:
        chunk.error = choice
    said = choice.get("delta")
    if said is None or said == {}:
        message = choice.get("message")
        if message is not None:
            said, chunk.is_full_message = message, True
    if isinstance(said, dict):
        _read_message(said, chunk)
    elif isinstance(said, str):
        chunk.answer = said
    elif isinstance(text := choice.get("text"), str):
        chunk.answer = text


def _read_message(said: Mapping[str, Any], chunk: StreamChunk) -> None:
    content = said.get("content")
    if type(content) is str:
        chunk.answer = content
    elif content:
        chunk.answer, chunk.reasoning = _split_parts(content)
    if content and type(content) is not str:
        chunk.media = _find_media(content)
    if len(said) > 1 or content is None:
        _read_media(said, chunk)
        for name in _REASONING_KEYS:
            if (value := said.get(name)) and (text := extract_text(value)):
                chunk.reasoning = text
                break
        else:
            if details := said.get("reasoning_details"):
                chunk.reasoning = extract_text(details) or chunk.reasoning
        if isinstance(refusal := said.get("refusal"), str):
            chunk.refusal = refusal
        if calls := said.get("tool_calls"):
            chunk.tool_deltas = [_read_tool_delta(call) for call in _only_mappings(calls)]
        elif isinstance(call := said.get("function_call"), dict):
            chunk.tool_deltas = [_read_tool_delta({"index": 0, "function": call})]


def _read_media(said: Mapping[str, Any], chunk: StreamChunk) -> None:
    """Read audio, with its transcript as the answer, pictures, and annotations."""
    if isinstance(audio := said.get("audio"), dict):
        if isinstance(transcript := audio.get("transcript"), str) and not chunk.answer:
            chunk.answer = transcript
        chunk.media = "audio"
    if said.get("images"):
        chunk.media = "picture"
    if said.get("annotations") or said.get("citations"):
        chunk.sources += read_sources(said)


def _find_media(content: Any) -> str:
    for part in content if isinstance(content, list) else [content]:
        kind = str(part.get("type", "")) if isinstance(part, dict) else ""
        if "image" in kind or "audio" in kind:
            return "picture" if "image" in kind else "audio"
    return ""


def _split_parts(content: Any) -> tuple[str, str]:
    """Return (answer, reasoning) of content that is a list of parts, or one part."""
    answer: list[str] = []
    reasoning: list[str] = []
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, dict) and (
            part.get("type") in _REASONING_PART_TYPES or part.get("thought") is True
        ):
            reasoning.append(extract_text(part))
        else:
            answer.append(extract_text(part))
    return "".join(answer), "".join(reasoning)


def extract_text(value: Any) -> str:
    """Return the text in `value`: a string, an object that contains one, or a list of these."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(extract_text, value))
    if isinstance(value, dict):
        for name in _TEXT_KEYS:
            if (inner := value.get(name)) and (text := extract_text(inner)):
                return text
    return ""


def _read_tool_delta(call: Mapping[str, Any]) -> ToolCallDelta:
    function = call.get("function")
    if not isinstance(function, dict):
        function = call
    arguments = function.get("arguments")
    if isinstance(arguments, (dict, list)):
        arguments = json.dumps(arguments, ensure_ascii=False)
    index = call.get("index")
    name, ident = function.get("name"), call.get("id")
    return ToolCallDelta(
        index=index if isinstance(index, int) else None,
        id=ident if isinstance(ident, str) and ident else None,
        name=name if isinstance(name, str) and name else None,
        arguments=arguments if isinstance(arguments, str) else "",
    )


def read_usage(usage: Any) -> Usage | None:
    """Return the tokens in a `usage` object, or None if it has no counts."""
    if not isinstance(usage, dict):
        return None
    prompt = _first_number(usage, "prompt_tokens", "input_tokens")
    completion = _first_number(usage, "completion_tokens", "output_tokens")
    if not prompt and not completion:
        return None
    cached = _first_number(usage.get("prompt_tokens_details"), "cached_tokens") or _first_number(
        usage, "prompt_cache_hit_tokens", "cached_tokens"
    )
    reasoning = _first_number(usage.get("completion_tokens_details"), "reasoning_tokens") or _first_number(
        usage, "reasoning_tokens"
    )
    return Usage(prompt, completion, cached, reasoning, cost=_read_cost(usage))


_USD_TICKS = 10_000_000_000
"""Units of xAI's cost in one dollar: https://github.com/ENTERPILOT/GoModel/pull/297, 2026-05-01."""


def _read_cost(usage: Mapping[str, Any]) -> float | None:
    """Return the cost in USD that a server reports.

    OpenRouter, and LiteLLM for many: `cost`; with a key of one's own at the provider, what that charges is
    added. Perplexity: `cost` as an object. DeepInfra: `estimated_cost`. xAI: `cost_in_usd_ticks`.
    """
    cost, details = usage.get("cost"), usage.get("cost_details")
    if isinstance(cost, dict):
        cost = cost.get("total_cost")
    if usage.get("is_byok") is True and isinstance(details, dict):
        parts = (_parse_cost(cost), _parse_cost(details.get("upstream_inference_cost")))
        known = [part for part in parts if part is not None]
        return sum(known) if known else None
    for value in (cost, usage.get("total_cost"), usage.get("estimated_cost")):
        if (found := _parse_cost(value)) is not None:
            return found
    ticks = usage.get("cost_in_usd_ticks")
    return _parse_cost(ticks / _USD_TICKS) if isinstance(ticks, int | float) else None


def _parse_cost(value: Any) -> float | None:
    if isinstance(value, str) and len(value) < 40:
        try:
            value = float(value)
        except ValueError:
            return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 1e6 else None


def _usage_from_timings(timings: Mapping[str, Any]) -> Usage | None:
    """Return the counts that llama.cpp sends in `timings`, also where usage was not requested."""
    cached = _first_number(timings, "cache_n")
    prompt, completion = _first_number(timings, "prompt_n") + cached, _first_number(timings, "predicted_n")
    return Usage(prompt, completion, cached) if completion else None


def _first_number(source: Any, *names: str) -> int:
    if isinstance(source, dict):
        for name in names:
            value = source.get(name)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e12:
                return int(value)
    return 0


def _only_mappings(values: Any) -> list[Mapping[str, Any]]:
    if isinstance(values, dict):
        return [values]
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
