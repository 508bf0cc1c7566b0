"""The demo's API as a transport of the ordinary client, and without a connection: `DemoApi.respond`.

Text, reasoning, tool calls and JSON are deterministic by the seed and the request.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

import httpx2

from roundtable_tui.errors import UsageError
from roundtable_tui.llm.demo import DEMO_URL
from roundtable_tui.llm.demo.answer_key import PREFIX, AnswerKey, parse_accuracy_model
from roundtable_tui.llm.demo.decisions import decide, is_agreed
from roundtable_tui.llm.demo.embed import create_embeddings
from roundtable_tui.llm.demo.faults import parse_faults
from roundtable_tui.llm.demo.prompt_parser import ParsedPrompt, digest
from roundtable_tui.llm.demo.reply import Reply, count_usage, cut_at_stop, interleave_choices, split_tokens
from roundtable_tui.llm.demo.request import (
    ApiError,
    CompletionRequest,
    EmbeddingsRequest,
    parse_request,
)
from roundtable_tui.llm.demo.schema import generate_instance
from roundtable_tui.llm.demo.text_generator import TextGenerator, choose_answer
from roundtable_tui.llm.demo.written_examples import find_example
from roundtable_tui.llm.types import Server

DEFAULT_PACE = 40.0
"""Tokens per second."""
_CREATED = 1
"""A fixed time: the same seed gives the same bytes."""
_MIN_REASONING_LIMIT = 200
"""With a lower limit of tokens there is no reasoning, which would leave no room for an answer."""
_EVENTS_WITHOUT_PACE = 8
"""Events that are sent together if there is no pace: most of what one costs is its way through the socket."""


class _Model(NamedTuple):
    pace_factor: float
    first_token_s: float
    reasoning_percent: int
    """The share of seats that reason."""


_MODELS = {
    "demo-large": _Model(0.8, 0.6, 50),
    "demo-small": _Model(1.5, 0.2, 20),
    "demo-thinker": _Model(1.0, 0.3, 100),
}
DEMO_MODELS = tuple(_MODELS)


class DemoApi(httpx2.AsyncBaseTransport):
    """One demo server: its seed and pace, and the number of calls it had."""

    def __init__(
        self,
        seed: int = 0,
        pace: float = DEFAULT_PACE,
        faults: str = "",
        answers: AnswerKey | None = None,
        on_unknown_model: Callable[[str], None] | None = None,
    ) -> None:
        """Create a demo.

        Args:
            seed: determines the text.
            pace: mean tokens per second; 0 is without waiting.
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
        self._faults = parse_faults(faults)
        self._calls: Counter[str] = Counter()
        self._repeats: Counter[int] = Counter()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request of a client; a stream is sent as it is made."""
        return self.respond(request.method, request.url.path, await request.aread())

    def respond(self, method: str, path: str, body: bytes) -> httpx2.Response:
        """Respond to one request, also to a wrong one."""
        route = path.partition("?")[0].rstrip("/").rpartition("/v1")[2]
        try:
            match method, route:
                case "GET", "/models":
                    data = [_describe_model(name) for name in DEMO_MODELS]
                    return httpx2.Response(200, json={"object": "list", "data": data})
                case "GET", _ if route.startswith("/models/"):
                    self._find_model(name := route.removeprefix("/models/"))
                    return httpx2.Response(200, json=_describe_model(name))
                case "POST", "/chat/completions":
                    return self._chat(parse_request(CompletionRequest, body))
                case "POST", "/embeddings":
                    request = parse_request(EmbeddingsRequest, body)
                    return httpx2.Response(200, json=create_embeddings(request))
            what = f"there is no {method[:20]} {route[:80]}: use /v1/chat/completions"
            raise ApiError(404, what, code="unsupported_endpoint")
        except ApiError as error:
            return error.response

    def _chat(self, request: CompletionRequest) -> httpx2.Response:
        model, faults = self._find_model(request.model)
        self._calls[request.model] += 1

        def is_due(kind: str) -> bool:
            return kind in faults and self._calls[request.model] % max(1, faults[kind]) == 0

        if is_due("rate"):
            raise ApiError(429, "too many requests, as asked for", code="rate_limit_exceeded")
        if is_due("fail"):
            raise ApiError(503, "unavailable, as asked for", code="unavailable")
        repeated = digest(request.model, request.conversation, request.temperature)
        # Without a seed, a repeated request has another reply.
        repeats = self._repeats[repeated] if request.seed is None else 0
        self._repeats[repeated] += 1
        replies = [
            self._answer_known(request, number) or compose_reply(request, model, self._seed, number)
            for number in (repeats, *range(-1, -(request.n or 1), -1))
        ]
        if is_due("empty"):
            replies = [Reply()]
        usage = count_usage(request.count_tokens(), replies)
        ident = f"demo-{digest(self._seed, request.model_dump_json()):016x}"
        head = {"id": ident, "object": "chat.completion", "created": _CREATED, "model": model}
        if request.stream:
            head["object"] = "chat.completion.chunk"
            chunks = [{**head, "choices": [choice]} for choice in interleave_choices(replies)]
            if request.has_usage:
                chunks.append({**head, "choices": [], "usage": usage})
            pieces = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"]
        else:
            choices = [reply.build_choice(index) for index, reply in enumerate(replies)]
            # The whole body comes after the time that its tokens would have streamed.
            pieces = [""] * usage["completion_tokens"]
            pieces.append(json.dumps({**head, "choices": choices, "usage": usage}))
        if is_cut := faults.get("cut", usage["completion_tokens"]) < usage["completion_tokens"]:
            pieces = pieces[: faults["cut"] + 1]
        first_s = (_MODELS[model].first_token_s if self._pace > 0 else 0) + faults.get("slow", 0)
        rate = self._pace * _MODELS[model].pace_factor
        kind = "text/event-stream" if request.stream else "application/json"
        headers = {"content-type": kind, "cache-control": "no-cache"}
        return httpx2.Response(200, headers=headers, content=_send(pieces, first_s, rate, ident, is_cut))

    def _answer_known(self, request: CompletionRequest, number: int) -> Reply | None:
        """Return the reply of a model of stated accuracy to a known question; None for other requests."""
        if self._answers is None or not request.model.startswith(PREFIX) or request.find_form():
            return None
        known = self._answers.find(message.text for message in request.messages if message.role == "user")
        if known is None:
            return None
        random = Random(digest(self._seed, request.model, request.conversation, request.seed, number))
        answer = parse_accuracy_model(request.model.partition("+")[0]).choose(known, random)
        marker = ParsedPrompt(request.messages).marker
        end = f"{marker}\n{answer}" if marker else f"Answer: {answer}"
        text = f"A model of the demo, whose answers are drawn by its stated accuracy.\n\n{end}"
        return Reply(content=split_tokens(text))

    def _find_model(self, name: str) -> tuple[str, Mapping[str, int]]:
        """Return the demo's model behind a name, and the faults that it is called with."""
        base, _, suffix = name.partition("+")
        try:
            if self._answers is not None and base.startswith(PREFIX):
                parse_accuracy_model(base)
            elif base not in ("demo", *DEMO_MODELS) and not self._calls[name]:
                if self._on_unknown_model is None:
                    raise UsageError(f"no such model: {name[:80]!r}. There are: {', '.join(DEMO_MODELS)}")
                self._on_unknown_model(base)
            faults = self._faults | parse_faults(suffix)
        except UsageError as error:
            raise ApiError(404, str(error), "model", "model_not_found") from error
        return base if base in DEMO_MODELS else DEMO_MODELS[0], faults


def create_demo_server(api: DemoApi) -> Server:
    """Return the demo as a server of the ordinary client."""
    return Server(name="demo", base_url=DEMO_URL, transport=api)


def compose_reply(request: CompletionRequest, model: str, seed: int, number: int = 0) -> Reply:
    """Return the reply to a request; equal ones with another `number` have others. Raises ApiError."""
    asked = ParsedPrompt(request.messages, model)
    random = Random(digest(seed, model, request.conversation, request.seed, request.temperature, number))
    generator = TextGenerator(asked, random)
    example = find_example(asked.text)
    form = request.find_form()
    written = example.find_reply(asked) if example and not form and not asked.words else None
    reasoning: tuple[str, ...] = ()
    left = request.limit
    if (left is None or left >= _MIN_REASONING_LIMIT) and (
        digest(asked.seat, "thinks") % 100 < _MODELS[model].reasoning_percent
    ):
        reasoning = split_tokens(written.reasoning if written else generator.write("thinking"))
        left = None if left is None else left - len(reasoning)
    if form is not None:
        known = decide(asked, example, random, seed)
        text = generate_instance(form, random, known, lambda: generator.write("point"))
    elif written is not None:
        text = _join_answer(written.text, written.answer, asked.marker)
    elif asked.words:
        text = asked.words[0 if is_agreed(asked, random) else 1]
    else:
        answer = choose_answer(asked, seed) if asked.marker else ""
        room = None if left is None else left - len(split_tokens(_join_answer("", answer, asked.marker)))
        text = _join_answer(generator.write(asked.kind, room), answer, asked.marker)
    function = form.function if form else ""
    whole = split_tokens(text if function else cut_at_stop(text, request.stop))
    content = whole[:left]
    end = "length" if len(content) < len(whole) else "tool_calls" if function else "stop"
    return Reply(reasoning, content, function, end)


def _join_answer(text: str, answer: str, marker: str) -> str:
    """Return a text with its answer below the marker that the prompt asks for."""
    if not answer:
        return f"{marker}\n{text}" if marker else text
    return f"{text}\n\n{marker or 'Answer:'}\n{answer}"


def _describe_model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _CREATED, "owned_by": "roundtable-demo"}


async def _send(
    pieces: Sequence[str], first_s: float, rate: float, seed: str, is_cut: bool
) -> AsyncGenerator[bytes, None]:
    """Yield each piece when it is due, in a repeatable uneven rhythm with the pace as its mean.

    Args:
        pieces: what is sent.
        first_s: seconds to the first piece.
        rate: pieces per second; 0 is without waiting.
        seed: of the rhythm.
        is_cut: whether the connection drops afterwards.

    Raises:
        httpx2.RemoteProtocolError: the connection drops.
    """
    random = Random(seed)
    clock = asyncio.get_running_loop()
    due = clock.time() + first_s
    together = 1 if rate > 0 else _EVENTS_WITHOUT_PACE
    for start in range(0, len(pieces), together):
        await asyncio.sleep(max(0.0, due - clock.time()))
        due += random.uniform(0.4, 1.6) / rate if rate > 0 else 0
        yield "".join(pieces[start : start + together]).encode()
    if is_cut:
        raise httpx2.RemoteProtocolError("the connection was dropped, as asked for")
