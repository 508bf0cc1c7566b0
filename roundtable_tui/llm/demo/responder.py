"""The demo's API as a transport of the ordinary client, and without a connection: `DemoApi.respond`.

Text, reasoning, tool calls and JSON are deterministic by the seed and the request.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import re
import struct
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from random import Random
from typing import Any

import httpx2

from roundtable_tui.errors import UsageError
from roundtable_tui.llm.demo import DEMO_URL
from roundtable_tui.llm.demo.composer import MODELS, compose_reply
from roundtable_tui.llm.demo.prompt_parser import digest
from roundtable_tui.llm.demo.reply import Reply, count_usage, interleave_choices
from roundtable_tui.llm.demo.request import ApiError, CompletionRequest, EmbeddingsRequest
from roundtable_tui.llm.types import Server

DEMO_MODELS = tuple(MODELS)
DEFAULT_PACE = 40.0
"""Tokens per second."""
_EVENTS_WITHOUT_PACE = 8
"""Events that are sent together if there is no pace: most of what one costs is its way through the socket."""
_EMBEDDING_SIZE = 256
_WORD = re.compile(r"\w+")
_CREATED = 1
"""A fixed time: the same seed gives the same bytes."""
FAULTS: Mapping[str, int] = {"fail": 1, "rate": 1, "cut": 20, "slow": 5, "empty": 1}
"""The kinds of faults, with the number that a name without one means.

fail=N: each Nth call is a 503. rate=N: each Nth is a 429 with Retry-After. empty=N: each Nth has no text.
cut=N: the connection drops after N pieces. slow=N: N seconds of silence before the first piece.
"""
_FAULT = re.compile(r"([a-z]+)(?:=([0-9]{0,9}))?")


def _refuse_model(name: str) -> None:
    raise UsageError(f"no such model: {name[:80]!r}. There are: {', '.join(DEMO_MODELS)}")


class DemoApi(httpx2.AsyncBaseTransport):
    """One demo server: its seed and pace, and the number of calls it had."""

    def __init__(
        self,
        seed: int = 0,
        pace: float = DEFAULT_PACE,
        faults: str = "",
        on_unknown_model: Callable[[str], None] = _refuse_model,
    ) -> None:
        """Create a demo.

        Args:
            seed: determines the text.
            pace: mean tokens per second; 0 is without waiting.
            faults: for every model, like `fail=3+slow`; the name of a model may have its own,
                like `demo-small+slow=2+cut=20`.
            on_unknown_model: called once with each name of a model that is not one of the demo's, for which
                the first of these answers; by default, such a model is refused.

        Raises:
            UsageError: a fault does not exist.
        """
        self.seed = seed
        self._pace = pace
        self._faults = parse_faults(faults)
        self._on_unknown_model = on_unknown_model
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
                    return self._chat(CompletionRequest.parse(body))
                case "POST", "/embeddings":
                    return httpx2.Response(200, json=_embed(EmbeddingsRequest.parse(body)))
            what = f"there is no {method[:20]} {route[:80]}: use /v1/chat/completions"
            raise ApiError(404, what, code="unsupported_endpoint")
        except ApiError as error:
            return error.response

    def _chat(self, request: CompletionRequest) -> httpx2.Response:
        model, faults = self._find_model(request.model)
        self._calls[request.model] += 1
        due = {kind for kind, every in faults.items() if self._calls[request.model] % max(1, every) == 0}
        if "rate" in due:
            raise ApiError(429, "too many requests, as asked for", code="rate_limit_exceeded")
        if "fail" in due:
            raise ApiError(503, "unavailable, as asked for", code="unavailable")
        repeated = digest(request.model, request.conversation, request.temperature)
        # Without a seed, a repeated request has another reply.
        repeats = self._repeats[repeated] if request.seed is None else 0
        self._repeats[repeated] += 1
        numbers = (repeats, *range(-1, -(request.n or 1), -1))
        replies = [Reply()] if "empty" in due else [self.compose(request, model, one) for one in numbers]
        usage = count_usage(request.count_tokens(), replies)
        ident = f"demo-{digest(self.seed, request.model_dump_json()):016x}"
        kind = "chat.completion.chunk" if request.stream else "chat.completion"
        head = {"id": ident, "object": kind, "created": _CREATED, "model": model}
        if request.stream:
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
        first_s = (MODELS[model].first_token_s if self._pace > 0 else 0) + faults.get("slow", 0)
        content = _send(pieces, first_s, self._pace * MODELS[model].pace_factor, ident, is_cut)
        content_type = "text/event-stream" if request.stream else "application/json"
        headers = {"content-type": content_type, "cache-control": "no-cache"}
        return httpx2.Response(200, headers=headers, content=content)

    def compose(self, request: CompletionRequest, model: str, number: int) -> Reply:
        """Return a reply; equal requests with another `number` have others. Raises ApiError."""
        return compose_reply(request, model, self.seed, number)

    def has_model(self, name: str) -> bool:
        """Return True if the demo has a model of this name. Raises UsageError for a name with a mistake."""
        return name in ("demo", *DEMO_MODELS)

    def _find_model(self, name: str) -> tuple[str, Mapping[str, int]]:
        """Return the demo's model behind a name, and the faults that it is called with. Raises ApiError."""
        base, _, suffix = name.partition("+")
        try:
            if not self.has_model(base) and not self._calls[name]:
                self._on_unknown_model(base)
            faults = self._faults | parse_faults(suffix)
        except UsageError as error:
            raise ApiError(404, str(error), "model", "model_not_found") from error
        return base if base in DEMO_MODELS else DEMO_MODELS[0], faults


def create_demo_server(api: DemoApi) -> Server:
    """Return the demo as a server of the ordinary client."""
    return Server(name="demo", base_url=DEMO_URL, transport=api)


def parse_faults(text: str) -> dict[str, int]:
    """Parse `fail=3+slow`. Raises UsageError for a fault that does not exist."""
    out: dict[str, int] = {}
    for part in filter(None, text.split("+")):
        found = _FAULT.fullmatch(part)
        if not found or found[1] not in FAULTS:
            hint = f"There are: {', '.join(FAULTS)}, with =NUMBER or without."
            raise UsageError(f"no such fault: {part}", hint=hint)
        out[found[1]] = int(found[2] or FAULTS[found[1]])
    return out


def _embed(request: EmbeddingsRequest) -> dict[str, Any]:
    """Return hashed bags of words, of length 1 (0 without words): meaning is ignored."""
    bags = [_WORD.findall(text.lower()) for text in request.input]
    data = []
    for index, words in enumerate(bags):
        vector = [0.0] * _EMBEDDING_SIZE
        for key in map(digest, words):
            vector[key % _EMBEDDING_SIZE] += 1.0 if key >> 32 & 1 else -1.0
        norm = math.hypot(*vector) or 1.0
        value: Any = [number / norm for number in vector]
        if request.encoding_format == "base64":
            value = base64.b64encode(struct.pack(f"<{_EMBEDDING_SIZE}f", *value)).decode()
        data.append({"object": "embedding", "index": index, "embedding": value})
    spent = sum(map(len, bags))
    usage = {"prompt_tokens": spent, "total_tokens": spent}
    return {"object": "list", "model": request.model, "data": data, "usage": usage}


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
