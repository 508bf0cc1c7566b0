"""The demo as a server without a wire: a method, a path and a body in; a status and a body out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.errors import UsageError
from roundtable_tui.llm.demo import DEMO_MODELS
from roundtable_tui.llm.demo.asked import digest
from roundtable_tui.llm.demo.embed import embeddings
from roundtable_tui.llm.demo.faults import Faults, parse_faults
from roundtable_tui.llm.demo.reply import compose
from roundtable_tui.llm.demo.stream import Pace, events, whole
from roundtable_tui.utils.nesting import load_json

_SPEED = {"demo-small": (1.5, 0.2), "demo-large": (0.8, 0.6), "demo-thinker": (1.0, 0.3)}
"""Per model: how the pace is multiplied, and seconds to the first token."""
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})


@dataclass(frozen=True, slots=True)
class DemoResponse:
    """An HTTP answer: either a whole body or a stream of server-sent events."""

    status: int
    body: Any = None
    """JSON data."""
    stream: AsyncIterator[bytes] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class BadRequest(Exception):
    """The request is answered with `status` and an error body."""

    def __init__(self, status: int, message: str, code: str) -> None:
        super().__init__(message)
        self.answer = DemoResponse(status, _error(status, message, code))


class DemoApi:
    """One demo server's state: its seed and pace, and what it was asked before."""

    def __init__(
        self, seed: int = 0, pace: float = 40.0, delay: float | None = None, faults: str = ""
    ) -> None:
        self._seed = seed
        self._pace = pace
        self._delay = delay
        self._options = parse_faults(faults)
        self._faults: dict[str, Faults] = {}
        self._seen: dict[int, int] = {}

    async def handle(self, method: str, path: str, body: bytes) -> DemoResponse:
        """Answer one request. Raises nothing; a stream may raise CutOff where a fault asks for it."""
        route = path.partition("?")[0].rstrip("/")
        try:
            match (method, route.rsplit("/v1", 1)[-1]):
                case ("GET", "/models"):
                    return DemoResponse(200, {"object": "list", "data": [_model(m) for m in DEMO_MODELS]})
                case ("POST", "/chat/completions"):
                    return await self._chat(_object(body))
                case ("POST", "/embeddings"):
                    return DemoResponse(200, embeddings(_object(body)))
                case (_, "/models" | "/chat/completions" | "/embeddings"):
                    raise BadRequest(405, f"{method} is not allowed for {route}", "method_not_allowed")
        except BadRequest as error:
            return error.answer
        except ValueError as error:
            return BadRequest(400, str(error), "invalid_value").answer
        return BadRequest(404, f"no such path: {route}", "not_found").answer

    async def _chat(self, body: Mapping[str, Any]) -> DemoResponse:
        model, faults = self._model(body.get("model"))
        _check(body)
        faults.calls += 1
        if faults.strikes("rate"):
            refusal = _error(429, "too many requests, as asked for", "rate_limit_exceeded")
            return DemoResponse(429, refusal, headers={"retry-after": "1"})
        if faults.strikes("fail"):
            return DemoResponse(503, _error(503, "unavailable, as asked for", "unavailable"))
        reply = compose(body, model, self._seed, self._times(body))
        pace = self._pace_of(model, faults)
        ident = f"demo-{digest(self._seed, json.dumps(body, sort_keys=True, default=str)):016x}"
        if body.get("stream"):
            wants_usage = bool((body.get("stream_options") or {}).get("include_usage"))
            return DemoResponse(200, stream=events(reply, pace, model=model, ident=ident, usage=wants_usage))
        return DemoResponse(200, await whole(reply, pace, model=model, ident=ident))

    def _model(self, name: Any) -> tuple[str, Faults]:
        if not isinstance(name, str) or not name:
            raise BadRequest(400, "model: a name is needed", "missing_model")
        base, _, suffix = name.partition("+")
        if base == "demo":
            base = DEMO_MODELS[0]
        if base not in DEMO_MODELS:
            raise BadRequest(
                404,
                f"there is no model {name[:80]!r}; there are: {', '.join(DEMO_MODELS)}",
                "model_not_found",
            )
        if name not in self._faults:
            try:
                self._faults[name] = Faults(self._options | parse_faults(suffix))
            except UsageError as error:
                raise BadRequest(404, str(error), "model_not_found") from error
        return base, self._faults[name]

    def _times(self, body: Mapping[str, Any]) -> int:
        """Return how often this request came before: without a seed an equal request gets another reply."""
        if body.get("seed") is not None:
            return 0
        key = digest(json.dumps({k: body.get(k) for k in ("model", "messages", "temperature")}, default=str))
        self._seen[key] = times = self._seen.get(key, -1) + 1
        return times

    def _pace_of(self, model: str, faults: Faults) -> Pace:
        factor, first = _SPEED[model]
        first = self._delay if self._delay is not None else first if self._pace > 0 else 0.0
        return Pace(
            tokens_per_s=self._pace * factor,
            first_token_s=first + faults.asked.get("slow", 0),
            cut_after=faults.asked.get("cut"),
            empty=faults.strikes("empty"),
        )


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        data = load_json(body)
    except ValueError as error:
        raise BadRequest(400, f"the body is not JSON: {error}", "invalid_json") from error
    if not isinstance(data, dict):
        raise BadRequest(400, "the body is not a JSON object", "invalid_json")
    return data


def _check(body: Mapping[str, Any]) -> None:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest(400, "messages: a list with at least one message is needed", "invalid_messages")
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            raise BadRequest(
                400, f"messages[{number}].role: one of {', '.join(sorted(_ROLES))}", "invalid_messages"
            )
    for key in ("tools", "stream_options", "response_format"):
        wanted = list if key == "tools" else dict
        if body.get(key) is not None and not isinstance(body[key], wanted):
            raise BadRequest(
                400, f"{key}: not {'a list' if wanted is list else 'an object'}", "invalid_value"
            )
    temperature = body.get("temperature")
    if isinstance(temperature, int | float) and not 0 <= temperature <= 2:
        raise BadRequest(400, "temperature: between 0 and 2", "invalid_value")


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1, "owned_by": "roundtable-demo"}


def _error(status: int, message: str, code: str) -> dict[str, Any]:
    kind = (
        "invalid_request_error" if status < 429 else "rate_limit_error" if status == 429 else "server_error"
    )
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
