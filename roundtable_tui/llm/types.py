"""Data types of a model call: the request, and the events that it streams.

A call is an async iterator of events. It does not raise for errors of the server: its last event is
`Finished` or `Failed`. Closing the iterator closes the socket.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from roundtable_tui.config.model import DEFAULT_ANSWER_TOKENS, LimitSettings
from roundtable_tui.llm.finish_reasons import Cut
from roundtable_tui.llm.output_limit import OutputLimit

Message = Mapping[str, str]
"""`{"role": "system" | "user" | "assistant", "content": text}`"""

_DEFAULTS = LimitSettings()


@dataclass(frozen=True, slots=True)
class Limits:
    """Timeouts (seconds) and limits of one call."""

    connect_s: float = _DEFAULTS.connect
    """Until the connection is made, TLS included."""
    first_token_s: float = _DEFAULTS.first_token
    """Until the first token; long, because a local server may load the model first."""
    idle_s: float = _DEFAULTS.idle
    """Between two pieces of content; keep-alive comments do not count."""
    turn_s: float = _DEFAULTS.turn
    """For the whole call, retries included."""
    max_chars: int = 400_000
    """Characters of the answer, and of its reasoning, at which the call is ended."""
    answer_tokens: int = DEFAULT_ANSWER_TOKENS
    """Tokens of an answer with its reasoning at which it is stopped if the request has no limit; not sent."""
    retries: int = 3
    """Attempts after the first."""

    def override(self, timeouts: Mapping[str, float]) -> Limits:
        """Return these limits with some timeouts replaced, by the names of `LimitSettings`."""
        return replace(
            self,
            connect_s=timeouts.get("connect", self.connect_s),
            first_token_s=timeouts.get("first_token", self.first_token_s),
            idle_s=timeouts.get("idle", self.idle_s),
            turn_s=timeouts.get("turn", self.turn_s),
        )


@dataclass(frozen=True, slots=True)
class Server:
    """A base URL and how to use it. `key` is called for each request; its result is never printed."""

    name: str
    base_url: str
    key: Callable[[], str] | None = field(default=None, repr=False, compare=False)
    concurrency: int = 32
    """Maximum number of simultaneous calls; further calls wait, first in, first out."""
    transport: Any = field(default=None, repr=False, compare=False)
    """An httpx2 transport in place of the network (the demo)."""
    context: int | None = None
    """Tokens that its models can hold, prompt and answer together; None to take what the server says."""
    params: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Generation parameters of every call, where nothing closer to the call sets them."""
    requests_per_minute: int = 0
    """0 for no limit."""
    headers: Callable[[], Mapping[str, str]] | None = field(default=None, repr=False, compare=False)
    """Returns further headers of every request, by name; called for each, and never printed."""
    header_names: tuple[str, ...] = ()
    """The names of these."""
    query: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Parameters added to every URL."""
    timeouts: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Timeouts in seconds by the names of `LimitSettings`, instead of those of the run."""
    ca_file: str = ""
    """A file of certificates to trust besides the usual ones."""
    tokens_per_minute: int = 0
    """Tokens of prompts and answers; 0 for no limit."""
    vision_models: str = ""
    """Names of models that read pictures, by commas, with * for any text, where the server does not say."""
    prices: dict[str, ModelPrice] = field(default_factory=dict, repr=False, compare=False)
    """By model: the prices in its list of models, filled when that is requested."""


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """The calls of one server at one moment."""

    limit: int
    """Calls it may have; less than its concurrency after it reported overload."""
    in_use: int
    is_out_of_reach: bool


@dataclass(frozen=True, slots=True)
class OutputSchema:
    """A JSON schema for the answer, and the method by which the server is asked to follow it."""

    name: str
    schema: Mapping[str, Any]
    method: Literal["json_schema", "tool"]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool that a model may call."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """The JSON schema of its arguments, an object."""


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A call of a tool that a model asks for; nothing of it is checked yet."""

    id: str
    name: str
    arguments: str
    """JSON, as the model wrote it."""


@dataclass(frozen=True, slots=True)
class ToolExchange:
    """A reply that calls tools, and a result for each of its calls."""

    text: str
    """What the reply says beside the calls."""
    calls: tuple[ToolRequest, ...]
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """The content of one chat request. A parameter that is None is not sent."""

    model: str
    messages: Sequence[Message]
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    shape: OutputSchema | None = None
    overflow_hint: Callable[[ChatRequest], str] | None = field(default=None, repr=False, compare=False)
    """Returns what to do if this request is too long for the model; None for a general hint. Not sent."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Further parameters of the generation, as JSON."""
    stream: bool = True
    """False asks for the whole reply at once."""
    pictures: Sequence[str] = ()
    """Data addresses of pictures, which are sent before the text of the first message of the user."""
    tools: tuple[ToolSpec, ...] = ()
    """Tools that the model may call; as JSON in prose where the server supports none."""
    exchanges: tuple[ToolExchange, ...] = ()
    """Tool calls since the last of `messages`, with their results."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; `estimated` where the server did not report them (UTF-8 bytes / 4)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False
    cost: float | None = None
    """USD, where the server reports it (`usage.cost`)."""

    def __add__(self, other: Usage) -> Usage:
        """Return the sum of both; its cost is known if it is of each that has tokens."""
        used = [one for one in (self, other) if one.prompt_tokens or one.completion_tokens or one.cost]
        is_known = bool(used) and all(one.cost is not None for one in used)
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.estimated or other.estimated,
            (self.cost or 0.0) + (other.cost or 0.0) if is_known else None,
        )


@dataclass(frozen=True, slots=True)
class Source:
    """A page that an answer names as its source, as the server reports it."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """The price of a model in USD per token."""

    prompt: float
    completion: float


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that a server offers."""

    id: str
    context: int | None = None
    """Size of the context window in tokens, where the server reports it."""
    tools: bool | None = None
    """Whether it supports tool calls, where the server reports it."""
    json: bool | None = None
    """Whether it supports JSON schemas, where the server reports it."""
    vision: bool | None = None
    """Whether it reads pictures, where the server reports it."""
    chat: bool | None = None
    """Whether it answers chats, where the server reports it."""
    price: ModelPrice | None = None
    """Where the server reports it."""


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """Attempt `number` (from 1) is being sent: discard what earlier attempts streamed."""

    number: int


@dataclass(frozen=True, slots=True)
class Paused:
    """The call is waiting for the given reason, for `seconds` where that is known."""

    reason: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """The next piece of the reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Resplit:
    """Replaces all text streamed so far: a late `</think>` showed that it was reasoning."""

    reasoning: str
    answer: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The call has a complete answer. `tool_arguments` is the JSON text of the tool call, if there is one.

    `usage` is the sum of all attempts; `ttft_s` (time to first token) and `elapsed_s` are seconds since
    the last attempt was sent.
    """

    text: str
    reasoning: str = ""
    finish_reason: str | None = None
    tool_arguments: str = ""
    usage: Usage = field(default_factory=Usage)
    ttft_s: float | None = None
    elapsed_s: float = 0.0
    attempts: int = 1
    warnings: tuple[str, ...] = ()
    """Lines for the user: cut by max_tokens, a prompt silently truncated by the server, ..."""
    tool_calls: tuple[str, ...] = ()
    """The JSON texts of all tool calls, in order; `tool_arguments` is one of them."""
    calls: tuple[ToolRequest, ...] = ()
    """The calls of `ChatRequest.tools`, in order."""
    cut: Cut = ""
    """What cut the answer off; "" if that follows from `finish_reason`."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """The generation parameters of the last attempt, as they were sent."""
    refused_params: tuple[str, ...] = ()
    """Names of parameters of the request that were not sent, because the server refused them."""
    sources: tuple[Source, ...] = ()
    """Citations, search results and annotations, in the order of their numbers in the answer."""
    output_limit: OutputLimit | None = None
    """The limit that held for the answer of the last attempt."""


FailureKind = Literal[
    "unreachable", "auth", "quota", "rate", "model", "context", "request", "shape", "server",
    "timeout", "cut", "empty", "not_api", "too_long", "refused",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failed:
    """The call has failed. `message` is one sanitized line (model, host, problem, action) without any key.

    `text` and `reasoning` are what arrived before the failure, of the attempt with the longest text. Kind
    "shape": the server rejects `OutputSchema.method`.
    """

    kind: FailureKind
    message: str
    status: int | None = None
    text: str = ""
    reasoning: str = ""
    usage: Usage = field(default_factory=Usage)
    ttft_s: float | None = None
    elapsed_s: float = 0.0
    attempts: int = 1
    window: int | None = None
    """Kind "context": tokens that the model can hold, if the server has said it."""
    cut: Cut = ""
    """What cut the answer off, if `text` is the beginning of one."""
    output_limit: OutputLimit | None = None
    """As in `Finished`; None if no request was made."""


StreamEvent = AttemptStarted | Paused | ThinkingDelta | TextDelta | Resplit | Finished | Failed


@dataclass(frozen=True, slots=True)
class CallError:
    """Why an attempt failed. `reason` and `hint` contain no key, no markup and no control characters."""

    kind: FailureKind
    reason: str
    hint: str = ""
    status: int | None = None
    retry_after: float | None = None
    """Seconds that the server asks to wait, if it does."""
    detail: str = ""
    """The server's own message, longer and not sanitized: parsed by the program, never displayed."""
    failed_generation: str = ""
    """Output of the model that the server (Groq) could not parse as a tool call."""
    param: str = ""
    """The request parameter that the server rejects."""
    is_final: bool = False
    """A retry would fail in the same way."""
    is_loading: bool = False
    """The server is loading the model, and will answer when that is done."""
    is_out_of_tokens: bool = False
    """The token limit was reached before an answer began."""
    window: int | None = None
    """Tokens that the model can hold, if a refused prompt showed it."""


PICTURE_TOKENS = 1600
"""Estimated tokens of a picture in a prompt."""
_MAX_PIECES = 256


class TextBuffer:
    """An append-only text. Small pieces are joined in groups: a separate str costs about 50 bytes each."""

    __slots__ = ("_joined", "_pieces")

    def __init__(self, text: str = "") -> None:
        self._joined: list[str] = [text] if text else []
        self._pieces: list[str] = []

    def append(self, text: str) -> None:
        """Append a piece."""
        self._pieces.append(text)
        if len(self._pieces) >= _MAX_PIECES:
            self._joined.append("".join(self._pieces))
            self._pieces.clear()

    def __str__(self) -> str:
        return "".join([*self._joined, *self._pieces])

    def __bool__(self) -> bool:
        """Return whether anything was appended."""
        return bool(self._joined or self._pieces)
