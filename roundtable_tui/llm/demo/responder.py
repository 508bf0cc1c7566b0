"""The demo's API as a transport of the ordinary client, and without a connection: `DemoApi.respond`."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import re
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx2
from pydantic import ValidationError

from roundtable_tui.errors import UsageError
from roundtable_tui.llm.demo import DEMO_URL, wire
from roundtable_tui.llm.demo.composer import compose_reply
from roundtable_tui.llm.demo.prompt_parser import CORPUS, digest
from roundtable_tui.llm.demo.wire import ApiError, CompletionRequest, EmbeddingsRequest, Reply
from roundtable_tui.llm.types import Server

DEMO_MODELS = tuple(CORPUS["models"])
MAX_BODY_BYTES = 16 * 2**20
DEFAULT_PACE = 40.0
"""Tokens per second."""
_EMBEDDING_SIZE = 256
_MODEL = {"object": "model", "created": 1, "owned_by": "roundtable-demo"}
"""Of fixed time, as all that the demo creates: the same seed gives the same bytes."""
FAULTS: Mapping[str, int] = {"fail": 1, "rate": 1, "cut": 20, "slow": 5, "empty": 1}
"""By the name of a fault, its N if none is given. fail, rate, empty: each Nth call is a 503, is a 429, has no
text. cut: the connection drops after N pieces. slow: N seconds of silence come before the first piece."""


def refuse_model(name: str) -> None:
    """Raise UsageError, for a model that there is not."""
    raise UsageError(f"no such model: {name[:80]!r}. There are: {', '.join(DEMO_MODELS)}")


@dataclass(eq=False)
class DemoApi(httpx2.AsyncBaseTransport):
    """One demo server, whose text its seed determines. Raises UsageError if a fault does not exist."""

    seed: int = 0
    pace: float = DEFAULT_PACE
    """Mean tokens per second; 0 is without waiting."""
    faults: str = ""
    """Of all models, like `fail=3+slow`; a model may have its own in its name: `demo-small+slow=2+cut=20`."""
    on_unknown_model: Callable[[str], None] = refuse_model
    """Called once with each name of a model that is not the demo's, for which the first of these answers."""

    def __post_init__(self) -> None:
        parse_faults(self.faults)
        self._calls: Counter[str] = Counter()
        self._repeats: Counter[int] = Counter()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request of a client; a stream is sent as it is made."""
        return self.respond(request.method, request.url.path, await request.aread())

    def respond(self, method: str, path: str, body: bytes, declared_bytes: int = 0) -> httpx2.Response:
        """Respond to one request, also to a wrong one; a body that is declared too large need not be read."""
        route = path.rstrip("/").rpartition("/v1")[2]
        try:
            if max(len(body), declared_bytes) > MAX_BODY_BYTES:
                raise ApiError(413, f"the body is over {MAX_BODY_BYTES} bytes", code="body_too_large")
            match method, route:
                case "GET", "/models":
                    listed = [{"id": name, **_MODEL} for name in DEMO_MODELS]
                    return httpx2.Response(200, json={"object": "list", "data": listed})
                case "GET", _ if route.startswith("/models/"):
                    self._find_model(name := route.removeprefix("/models/"))
                    return httpx2.Response(200, json={"id": name, **_MODEL})
                case "POST", "/chat/completions":
                    return self._chat(CompletionRequest.model_validate_json(body))
                case "POST", "/embeddings":
                    return httpx2.Response(200, json=_embed(EmbeddingsRequest.model_validate_json(body)))
            what = f"there is no {method[:20]} {route[:80]}: use /v1/chat/completions"
            raise ApiError(404, what, code="unsupported_endpoint")
        except ValidationError as error:
            wrong = error.errors()[0]
            where = ".".join(map(str, wrong["loc"]))
            return ApiError(400, f"{where or 'the body'}: {wrong['msg']}", where.partition(".")[0]).response
        except UsageError as error:
            return ApiError(404, str(error), "model", "model_not_found").response
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
        prompt, reasoning = request.count_tokens(), sum(len(reply.reasoning) for reply in replies)
        completion = reasoning + sum(len(reply.content) for reply in replies)
        usage = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        }
        ident = f"demo-{digest(self.seed, request.model_dump_json()):016x}"
        kind = "chat.completion.chunk" if request.stream else "chat.completion"
        head = {"id": ident, "object": kind, "created": _MODEL["created"], "model": model}
        if request.stream:
            chunks = [{**head, "choices": [choice]} for choice in wire.interleave_choices(replies)]
            if request.has_usage:
                chunks.append({**head, "choices": [], "usage": usage})
            pieces = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"]
        else:
            choices = [reply.build_choice(index) for index, reply in enumerate(replies)]
            # The whole body comes after the time that its tokens would have streamed.
            pieces = [""] * completion + [json.dumps({**head, "choices": choices, "usage": usage})]
        if is_cut := faults.get("cut", completion) < completion:
            pieces = pieces[: faults["cut"] + 1]
        speed = CORPUS["models"][model]
        first_s = (speed["first_token_s"] if self.pace > 0 else 0) + faults.get("slow", 0)
        content = _send(pieces, first_s, self.pace * speed["pace_factor"], ident, is_cut)
        content_type = "text/event-stream" if request.stream else "application/json"
        headers = {"content-type": content_type, "cache-control": "no-cache"}
        return httpx2.Response(200, headers=headers, content=content)

    def compose(self, request: CompletionRequest, model: str, number: int) -> Reply:
        """Return a reply; equal requests with another `number` have others. Raises ApiError."""
        return compose_reply(request, model, self.seed, number)

    def _find_model(self, name: str) -> tuple[str, Mapping[str, int]]:
        """Return the demo's model behind a name, and the faults that it is called with. Raises UsageError."""
        base, _, suffix = name.partition("+")
        if base not in ("demo", *DEMO_MODELS) and not self._calls[name]:
            self.on_unknown_model(base)
        return base if base in DEMO_MODELS else DEMO_MODELS[0], parse_faults(f"{self.faults}+{suffix}")


def create_demo_server(api: DemoApi) -> Server:
    """Return the demo as a server of the ordinary client."""
    return Server(name="demo", base_url=DEMO_URL, transport=api)


def parse_faults(text: str) -> dict[str, int]:
    """Parse `fail=3+slow`. Raises UsageError for a fault that does not exist."""
    found: dict[str, int] = {}
    for part in filter(None, text.split("+")):
        name, _, number = part.partition("=")
        if name not in FAULTS or not re.fullmatch("[0-9]{0,9}", number):
            hint = f"There are: {', '.join(FAULTS)}, with =NUMBER or without."
            raise UsageError(f"no such fault: {part}", hint=hint)
        found[name] = int(number or FAULTS[name])
    return found


def _embed(request: EmbeddingsRequest) -> dict[str, Any]:
    """Return hashed bags of words, of length 1 (0 without words): meaning is ignored."""
    data, spent = [], 0
    for index, text in enumerate(request.input):
        vector = [0.0] * _EMBEDDING_SIZE
        for key in map(digest, re.findall(r"\w+", text.lower())):
            vector[key % _EMBEDDING_SIZE] += 1.0 if key >> 32 & 1 else -1.0
            spent += 1
        norm = math.hypot(*vector) or 1.0
        value: Any = [number / norm for number in vector]
        if request.encoding_format == "base64":
            value = base64.b64encode(struct.pack(f"<{_EMBEDDING_SIZE}f", *value)).decode()
        data.append({"object": "embedding", "index": index, "embedding": value})
    usage = {"prompt_tokens": spent, "total_tokens": spent}
    return {"object": "list", "model": request.model, "data": data, "usage": usage}


async def _send(parts: list[str], wait_s: float, rate: float, seed: str, cut: bool) -> AsyncIterator[bytes]:
    """Yield each part when it is due: after `wait_s` seconds, in an uneven rhythm that is set by `seed`.

    Its mean is `rate` parts per second; 0 is without waiting. If `cut`, the connection drops at the end.
    """
    random, clock = Random(seed), asyncio.get_running_loop()
    due = clock.time() + wait_s
    # Without a pace, several are sent together: most of what one costs is its way through the socket.
    together = 1 if rate > 0 else 8
    for start in range(0, len(parts), together):
        await asyncio.sleep(max(0.0, due - clock.time()))
        due += random.uniform(0.4, 1.6) / rate if rate > 0 else 0
        yield "".join(parts[start : start + together]).encode()
    if cut:
        raise httpx2.RemoteProtocolError("the connection was dropped, as asked for")
