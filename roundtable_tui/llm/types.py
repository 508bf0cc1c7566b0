"""The words of one model call: what is asked for, and the pieces that come back.

A call is an async iterator of pieces. It never raises for what a server does: its last piece is
`Finished` or `Failed`. Closing the iterator closes the socket.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from roundtable_tui.config.model import LimitSettings

Message = Mapping[str, str]
"""`{"role": "system" | "user" | "assistant", "content": text}`"""

_DEFAULTS = LimitSettings()


@dataclass(frozen=True, slots=True)
class Limits:
    """The clocks (seconds) and caps of one call."""

    connect_s: float = _DEFAULTS.connect
    first_token_s: float = _DEFAULTS.first_token
    """A local server may load a model first."""
    idle_s: float = _DEFAULTS.idle
    """Silence between pieces of content; keep-alive comments do not count."""
    turn_s: float = _DEFAULTS.turn
    max_chars: int = 400_000
    retries: int = 3


@dataclass(frozen=True, slots=True)
class Server:
    """A base URL with how to reach it. `key` is asked at each request and never printed."""

    name: str
    base_url: str
    key: Callable[[], str] | None = field(default=None, repr=False, compare=False)
    concurrency: int = 32
    """Calls at once; more wait in line."""
    transport: Any = field(default=None, repr=False, compare=False)
    """An httpx2 transport in place of the network (the demo)."""


@dataclass(frozen=True, slots=True)
class OutputSchema:
    """A structured reply: the JSON schema, and the means by which the server is asked to keep to it."""

    name: str
    schema: Mapping[str, Any]
    method: Literal["json_schema", "tool"]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What one call sends. `None` leaves a parameter to the server."""

    model: str
    messages: Sequence[Message]
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    shape: OutputSchema | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; `estimated` when the server did not say (UTF-8 bytes / 4)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False

    def __add__(self, other: Usage) -> Usage:
        """Return the tokens of both."""
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.estimated or other.estimated,
        )


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that a server offers."""

    id: str
    context: int | None = None
    """Tokens it can hold, where the server says so."""
    tools: bool | None = None
    """Whether it calls tools, where the server says so."""
    json: bool | None = None
    """Whether it keeps to a JSON schema, where the server says so."""


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """Attempt `number` (from 1) is sent: what an earlier one streamed is void."""

    number: int


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing moves for a stated reason; `seconds` until it goes on, where known."""

    reason: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """The next piece of reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Resplit:
    """What was streamed so far turned out to be divided otherwise (a late `</think>`): use this instead."""

    reasoning: str
    answer: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The call is whole. `tool_arguments` is the JSON text of the tool call, if one was made.

    `usage` counts all attempts; `ttft_s` and `elapsed_s` count from the sending of the last one.
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
    """Lines a person should see: cut by max_tokens, a prompt silently cut by the server, ..."""
    tool_calls: tuple[str, ...] = ()
    """The JSON texts of all tool calls, in order; `tool_arguments` is one of them."""


FailureKind = Literal[
    "unreachable", "auth", "quota", "rate", "model", "context", "request", "shape", "server",
    "timeout", "cut", "empty", "not_api", "too_long",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failed:
    """The call came to nothing. `message` is one clean line: model, host, why, what to do; never a key.

    `text` and `reasoning` are what arrived before, if need be in an earlier attempt. Kind "shape": the
    server refuses `Shape.how`.
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


StreamEvent = AttemptStarted | Paused | ThinkingDelta | TextDelta | Resplit | Finished | Failed


@dataclass(frozen=True, slots=True)
class CallError:
    """Why an attempt came to nothing, in words that hold no key, no markup and no control characters."""

    kind: FailureKind
    reason: str
    hint: str = ""
    status: int | None = None
    retry_after: float | None = None
    """Seconds the server asks to wait, where it says so."""
    detail: str = ""
    """The server's own words, longer and raw: read by the program, never shown."""
    failed_generation: str = ""
    """What the model wrote that the server could not make a tool call of (Groq)."""
    param: str = ""
    """The parameter the server names as refused."""
    is_final: bool = False
    """Trying again would end the same."""
    is_out_of_tokens: bool = False
    """The limit of tokens was spent before an answer began."""


_MAX_PIECES = 256


class TextBuffer:
    """Pieces of a text, in order. Many small ones are joined: alone, each weighs ten times its letters."""

    __slots__ = ("_joined", "_pieces")

    def __init__(self, text: str = "") -> None:
        self._joined: list[str] = [text] if text else []
        self._pieces: list[str] = []

    def append(self, text: str) -> None:
        """Take the next piece."""
        self._pieces.append(text)
        if len(self._pieces) >= _MAX_PIECES:
            self._joined.append("".join(self._pieces))
            self._pieces.clear()

    def __str__(self) -> str:
        return "".join([*self._joined, *self._pieces])

    def __bool__(self) -> bool:
        """Tell whether a piece has come."""
        return bool(self._joined or self._pieces)
