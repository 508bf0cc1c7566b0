"""The demo's API without a connection: from a method, a path and a body to a response.

Text, reasoning, tool calls and JSON are deterministic by the seed and the request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from roundtable_tui.errors import UsageError
from roundtable_tui.llm.demo.answer_key import PREFIX, AnswerKey, parse_accuracy_model
from roundtable_tui.llm.demo.embed import EmbeddingInputError, create_embeddings
from roundtable_tui.llm.demo.faults import Faults, parse_faults
from roundtable_tui.llm.demo.prompt_parser import ParsedPrompt, digest, get_text, parse_prompt
from roundtable_tui.llm.demo.reply import Reply, cut_at_stop, interleave_choices, split_tokens, sum_usage
from roundtable_tui.llm.demo.schema import Schema, SchemaError, generate_instance
from roundtable_tui.llm.demo.text_generator import TextGenerator
from roundtable_tui.llm.demo.written_examples import ExampleTurn, adapt_decision, find_reply
from roundtable_tui.utils.nesting import load_json

DEMO_MODELS = ("demo-large", "demo-small", "demo-thinker")
DEFAULT_PACE = 40.0
"""Tokens per second."""
MAX_BODY_BYTES = 16 * 2**20
_MAX_MESSAGES = 2_000
_CREATED = 1
"""A fixed time: the same seed gives the same bytes."""
_SPEED = {"demo-small": (1.5, 0.2), "demo-large": (0.8, 0.6), "demo-thinker": (1.0, 0.3)}
"""By model: the factor of the pace, and seconds to the first token."""
_REASONING_PERCENT = {"demo-small": 20, "demo-large": 50, "demo-thinker": 100}
"""By model: the share of seats that reason."""
_MAX_CHOICES = 8
_ROLES = ("assistant", "developer", "system", "tool", "user")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a reply is sent."""

    tokens_per_s: float = 0.0
    """0: without waiting."""
    first_token_s: float = 0.0
    seed: str = ""
    """Of the rhythm of the tokens."""


@dataclass(frozen=True, slots=True)
class DemoResponse:
    """An HTTP response: a JSON body, or the chunks of a stream."""

    status: int
    body: Any = None
    chunks: Sequence[Mapping[str, Any]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    tokens: int = 0
    """The number of tokens to wait for: one before each of the first chunks, or all before the body."""
    pace: Pace = Pace()
    is_cut: bool = False
    """True if the connection drops after the chunks, or instead of the body."""


class ApiError(Exception):
    """A request is refused, in the form of the API."""

    def __init__(
        self, status: int, message: str, param: str | None = None, code: str | None = "invalid_value"
    ) -> None:
        super().__init__(message)
        kind = {429: "rate_limit_error", 503: "server_error"}.get(status, "invalid_request_error")
        error = {"message": message, "type": kind, "param": param, "code": code}
        headers = {"retry-after": "1"} if status == 429 else {}
        self.response = DemoResponse(status, {"error": error}, headers=headers)


class DemoApi:
    """One demo server: its seed and pace, and the number of calls it had."""

    def __init__(
        self,
        seed: int = 0,
        pace: float = DEFAULT_PACE,
        delay: float | None = None,
        faults: str = "",
        answers: AnswerKey | None = None,
        on_unknown_model: Callable[[str], None] | None = None,
    ) -> None:
        """Create a demo.

        Args:
            seed: determines the text.
            pace: mean tokens per second; 0 is without waiting.
            delay: seconds to the first token; None is the model's own.
            faults: for every model, like `fail=3+slow`; see `faults.KINDS`.
            answers: the questions that there are also models of stated accuracy for, see `answer_key`.
            on_unknown_model: called once with each name of a model that is not one of the demo's, for which
                the first of these answers; without it, such a model is refused.

        Raises:
            UsageError: a fault does not exist.
        """
        self._answers = answers
        self._on_unknown_model = on_unknown_model
        self._seed = seed
        self._pace = pace
        self._delay = delay
        self._numbers = parse_faults(faults)
        self._faults: dict[str, Faults] = {}
        self._repeats: dict[int, int] = {}

    def respond(self, method: str, path: str, body: bytes) -> DemoResponse:
        """Respond to one request, also to a wrong one."""
        route = path.partition("?")[0].rstrip("/")
        try:
            match method, route.rsplit("/v1", 1)[-1]:
                case "GET", "/models":
                    models = [_describe_model(name) for name in DEMO_MODELS]
                    return DemoResponse(200, {"object": "list", "data": models})
                case "GET", str(rest) if rest.startswith("/models/"):
                    return DemoResponse(200, _describe_model(rest.removeprefix("/models/")))
                case "POST", "/completions" | "/responses":
                    raise ApiError(
                        404,
                        f"the demo does not serve {route[:80]}: use /v1/chat/completions",
                        code="unsupported_endpoint",
                    )
                case "POST", "/chat/completions":
                    return self._chat(_parse_body(body))
                case "POST", "/embeddings":
                    return DemoResponse(200, create_embeddings(_parse_body(body)))
                case _, "/models" | "/chat/completions" | "/embeddings" | "/completions" | "/responses":
                    raise ApiError(
                        405, f"{method[:20]} is not allowed for {route}", code="method_not_allowed"
                    )
            raise ApiError(404, f"no such path: {route[:80]}", code="not_found")
        except ApiError as error:
            return error.response
        except EmbeddingInputError as error:
            return ApiError(400, str(error), "input").response

    def _chat(self, body: Mapping[str, Any]) -> DemoResponse:
        model, faults = self._find_model(body.get("model"))
        _check_chat(body)
        faults.calls += 1
        if faults.is_due("rate"):
            raise ApiError(429, "too many requests, as asked for", code="rate_limit_exceeded")
        if faults.is_due("fail"):
            raise ApiError(503, "unavailable, as asked for", code="unavailable")
        replies = self._compose_replies(body, model)
        if faults.is_due("empty"):
            replies = [Reply(prompt_tokens=replies[0].prompt_tokens)]
        usage = sum_usage(replies)
        factor, first = _SPEED[model]
        first = self._delay if self._delay is not None else first if self._pace > 0 else 0.0
        ident = f"demo-{digest(self._seed, json.dumps(body, sort_keys=True, default=str)):016x}"
        pace = Pace(self._pace * factor, first + faults.numbers.get("slow", 0), ident)
        head = {"id": ident, "object": "chat.completion", "created": _CREATED, "model": model}
        whole = [
            {"index": index, "message": reply.build_message(ident), "finish_reason": reply.finish_reason}
            for index, reply in enumerate(replies)
        ]
        response = DemoResponse(
            200, {**head, "choices": whole, "usage": usage}, tokens=usage["completion_tokens"], pace=pace
        )
        if body.get("stream"):
            head["object"] = "chat.completion.chunk"
            choices = interleave_choices(replies)
            chunks = [{**head, "choices": [choice]} for choice in choices]
            if (body.get("stream_options") or {}).get("include_usage"):
                chunks.append({**head, "choices": [], "usage": usage})
            response = replace(response, chunks=chunks, tokens=len(choices) - len(replies))
        cut = faults.numbers.get("cut")
        if cut is None or cut >= usage["completion_tokens"]:
            return response
        return replace(response, chunks=response.chunks and response.chunks[: cut + 1], is_cut=True)

    def _answer_known(self, body: Mapping[str, Any], repeats: int) -> Reply | None:
        """Return the reply of a model of stated accuracy to a known question; None for other requests."""
        name, messages = body["model"], body["messages"]
        if self._answers is None or not name.startswith(PREFIX) or _find_schema(body)[1] is not None:
            return None
        known = self._answers.find(messages)
        if known is None:
            return None
        conversation = json.dumps(messages, sort_keys=True, default=str)
        random = Random(digest(self._seed, name, conversation, body.get("seed"), repeats))
        answer = parse_accuracy_model(name.partition("+")[0]).choose(known, random)
        marker = parse_prompt(messages, name).marker
        end = f"{marker}\n{answer}" if marker else f"Answer: {answer}"
        content = split_tokens(
            f"A model of the demo, whose answers are drawn by its stated accuracy.\n\n{end}"
        )
        return Reply(content=content, prompt_tokens=_count_prompt(body))

    def _compose_replies(self, body: Mapping[str, Any], model: str) -> list[Reply]:
        """Return one reply, or as many as `n` asks for."""
        repeats, count = self._count_repeats(body), 1 if body.get("n") is None else body["n"]
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= _MAX_CHOICES:
            raise ApiError(400, f"n: a number between 1 and {_MAX_CHOICES} is needed", "n")
        numbers = [repeats, *(-number for number in range(1, count))]
        return [
            self._answer_known(body, number) or compose_reply(body, model, self._seed, number)
            for number in numbers
        ]

    def _find_model(self, name: Any) -> tuple[str, Faults]:
        """Return the demo's model behind a name, and the faults that it is called with."""
        if not isinstance(name, str) or not name:
            raise ApiError(400, "model: a name is needed", "model", "missing_model")
        base, _, suffix = name.partition("+")
        try:
            if self._answers is not None and base.startswith(PREFIX):
                parse_accuracy_model(base)
            elif base not in ("demo", *DEMO_MODELS) and name not in self._faults:
                self._accept_unknown(name)
            if name not in self._faults:
                self._faults[name] = Faults(self._numbers | parse_faults(suffix))
        except UsageError as error:
            raise ApiError(404, str(error), "model", "model_not_found") from error
        return base if base in DEMO_MODELS else DEMO_MODELS[0], self._faults[name]

    def _accept_unknown(self, name: str) -> None:
        if self._on_unknown_model is None:
            raise UsageError(f"no such model: {name[:80]!r}. There are: {', '.join(DEMO_MODELS)}")
        self._on_unknown_model(name.partition("+")[0])

    def _count_repeats(self, body: Mapping[str, Any]) -> int:
        """Return the number of equal requests before: without a seed, a repeated one has another reply."""
        if body.get("seed") is not None:
            return 0
        key = digest(json.dumps({k: body.get(k) for k in ("model", "messages", "temperature")}, default=str))
        self._repeats[key] = repeats = self._repeats.get(key, -1) + 1
        return repeats


def compose_reply(body: Mapping[str, Any], model: str, seed: int, repeats: int = 0) -> Reply:
    """Return the reply to a valid request; `repeats` counts equal requests before it. Raises ApiError."""
    messages: Sequence[Mapping[str, Any]] = body["messages"]
    asked = parse_prompt(messages, model)
    conversation = json.dumps(messages, sort_keys=True, default=str)
    random = Random(digest(seed, model, conversation, body.get("seed"), body.get("temperature"), repeats))
    generator = TextGenerator(asked, random, seed)
    limit = _get_limit(body)
    # Without room for an answer after it, there is no reasoning.
    has_reasoning = (limit is None or limit >= 200) and (
        digest(asked.seat, "thinks") % 100 < _REASONING_PERCENT[model]
    )
    tool, schema, param = _find_schema(body)
    written = find_reply(asked) if schema is None else None
    thought = written.reasoning if written else generator.think()
    reasoning = split_tokens(thought) if has_reasoning else ()
    left = None if limit is None else limit - len(reasoning)
    if written is not None:
        text = _format_written(written, asked.marker)
    elif schema is None:
        text = generator.write(left)
    else:
        text = adapt_decision(_generate_json(schema, asked, random, seed, tool, param), asked)
    text = text if tool else cut_at_stop(text, body.get("stop"))
    whole = split_tokens(text)
    content = whole[:left]
    end = "length" if len(content) < len(whole) else "tool_calls" if tool else "stop"
    spent = _count_prompt(body)
    if tool:
        return Reply(reasoning, (), tool, content, end, spent)
    return Reply(reasoning, content, "", (), end, spent)


def _format_written(turn: ExampleTurn, marker: str) -> str:
    """Return a written reply with its answer below the marker that the prompt asks for."""
    if not turn.answer:
        return f"{marker}\n{turn.text}" if marker else turn.text
    return f"{turn.text}\n\n{marker or 'Answer:'}\n{turn.answer}"


def _count_prompt(body: Mapping[str, Any]) -> int:
    """Return the tokens of a prompt with the tools that it offers, at four bytes each."""
    offered = "" if "tool_choice" in body else json.dumps(body.get("tools") or "", default=str)
    messages: Sequence[Mapping[str, Any]] = body["messages"]
    texts = (get_text(m.get("content")) for m in messages)
    return sum(len(text.encode("utf-8", "replace")) // 4 + 4 for text in texts) + len(offered) // 4


def _describe_model(name: str) -> dict[str, Any]:
    if name not in DEMO_MODELS:
        raise ApiError(404, f"no such model: {name[:80]!r}", "model", "model_not_found")
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "roundtable-demo"}


def _generate_json(
    schema: Schema, asked: ParsedPrompt, random: Random, seed: int, tool: str, param: str
) -> str:
    try:
        return generate_instance(schema, asked, random, seed)
    except SchemaError as error:
        subject = f"function {tool[:80]!r}" if tool else param
        code = "invalid_function_parameters" if tool else None
        raise ApiError(400, f"Invalid schema for {subject}: {error}", param, code) from error


def _get_limit(body: Mapping[str, Any]) -> int | None:
    """Return the limit of tokens."""
    for key in ("max_completion_tokens", "max_tokens"):
        value = body.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return max(1, value)
    return None


def _find_schema(body: Mapping[str, Any]) -> tuple[str, Schema | None, str]:
    """Return the function that must be called, or "", the schema to follow, and the parameter with both."""
    choice = body.get("tool_choice")
    wanted = _get_mapping(choice, "function").get("name") or _get_mapping(choice).get("name")
    for number, tool in enumerate(body.get("tools") or []):
        function = _get_mapping(tool, "function")
        if function and (choice == "required" or (wanted and function.get("name") == wanted)):
            parameters = _get_mapping(function, "parameters") or {"type": "object"}
            return str(function.get("name") or "tool"), parameters, f"tools[{number}].function.parameters"
    form = _get_mapping(body, "response_format")
    schema: Schema | None = None
    if form.get("type") == "json_schema":
        schema = _get_mapping(_get_mapping(form, "json_schema"), "schema") or {"type": "object"}
    elif form.get("type") == "json_object":
        schema = _get_mapping(form, "schema") or {"type": "object", "properties": {"answer": {}}}
    return "", schema, "response_format"


def _get_mapping(value: Any, key: str | None = None) -> Mapping[str, Any]:
    """Return `value`, or its part `key`, if it is a JSON object, else an empty one."""
    if key is not None:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _parse_body(body: bytes) -> Mapping[str, Any]:
    if len(body) > MAX_BODY_BYTES:
        raise ApiError(413, f"the body is over {MAX_BODY_BYTES} bytes", code="body_too_large")
    try:
        data = load_json(body)
    except ValueError as error:
        raise ApiError(400, f"the body cannot be read: {error}", code="invalid_json") from error
    if not isinstance(data, dict):
        raise ApiError(400, "the body is not a JSON object", code="invalid_json")
    return data


def _check_chat(body: Mapping[str, Any]) -> None:
    messages = body.get("messages")
    if not isinstance(messages, list) or not 0 < len(messages) <= _MAX_MESSAGES:
        raise ApiError(400, f"messages: a list of 1 to {_MAX_MESSAGES} messages is needed", "messages")
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            param = f"messages[{number}].role"
            raise ApiError(400, f"{param}: one of {', '.join(_ROLES)} is needed", param)
    for key, kind in (("tools", list), ("stream_options", dict), ("response_format", dict)):
        if body.get(key) is not None and not isinstance(body[key], kind):
            raise ApiError(400, f"{key}: {'a list' if kind is list else 'an object'} is needed", key)
    stop = body.get("stop")
    if stop is not None and not isinstance(stop, str | list):
        raise ApiError(400, "stop: a text or a list of texts is needed", "stop")
    temperature = body.get("temperature")
    if isinstance(temperature, int | float) and not 0 <= temperature <= 2:
        raise ApiError(400, "temperature: a number between 0 and 2 is needed", "temperature")
