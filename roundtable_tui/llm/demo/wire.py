"""The form of the API: requests, with the members that the demo reads, refusals, and replies as choices."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Annotated, Any, Literal, NamedTuple

import httpx2
from pydantic import AliasChoices, AliasPath, BaseModel, BeforeValidator, Field

_PIECE = re.compile(r"\s*[^\s\u3040-\u30ff\u3400-\u9fff]{1,8}|\s*[\u3040-\u30ff\u3400-\u9fff]|\s+$")
_FREE_OBJECT = {"type": "object", "properties": {"answer": {"type": "string"}}}
_LIMIT_NAMES = AliasChoices("max_completion_tokens", "max_tokens")
_SCHEMA_PATH = AliasPath("response_format", "json_schema", "schema")
_Texts = Annotated[list[str], BeforeValidator(lambda given: [given] if isinstance(given, str) else given)]


class ApiError(Exception):
    """A request is refused, with the response that says so in the form of the API."""

    def __init__(self, status: int, message: str, param: str = "", code: str = "invalid_value") -> None:
        super().__init__(message)
        kind = {429: "rate_limit_error", 503: "server_error"}.get(status, "invalid_request_error")
        error = {"message": message, "type": kind, "param": param or None, "code": code or None}
        headers = {"retry-after": "1"} if status == 429 else {}
        self.response = httpx2.Response(status, json={"error": error}, headers=headers)


class EmbeddingsRequest(BaseModel):
    """The body of a request for embeddings."""

    input: _Texts = Field(min_length=1, max_length=2_048)
    model: str = "demo"
    encoding_format: str = "float"


class _Part(BaseModel):
    text: str = ""


class Message(BaseModel):
    """A message of a conversation; parts of its content without a text, such as pictures, are empty."""

    role: Literal["assistant", "developer", "system", "tool", "user"]
    content: str | list[_Part] | None = None

    @property
    def text(self) -> str:
        """The text of the content."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class _Function(BaseModel, extra="allow"):
    name: str
    parameters: dict[str, Any] = {"type": "object"}


class _FunctionTool(BaseModel):
    function: _Function


class Form(NamedTuple):
    """A JSON schema for the reply, from `param` of the request, and the function to call with it or ""."""

    schema: Mapping[str, Any]
    param: str = "response_format"
    function: str = ""


class CompletionRequest(BaseModel):
    """The body of a request for a chat completion, which is flatter here."""

    model: str = Field(min_length=1)
    messages: Sequence[Message] = Field(min_length=1, max_length=2_000)
    n: int | None = Field(None, ge=1, le=8)
    seed: int | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    limit: int | None = Field(None, ge=1, validation_alias=_LIMIT_NAMES)
    stop: str | list[str] | None = None
    stream: bool | None = None
    has_usage: bool = Field(False, validation_alias=AliasPath("stream_options", "include_usage"))
    tools: list[_FunctionTool] | None = None
    tool_choice: Any = None
    function: str = Field("", validation_alias=AliasPath("tool_choice", "function", "name"))
    format: str = Field("text", validation_alias=AliasPath("response_format", "type"))
    json_schema: dict[str, Any] = Field(_FREE_OBJECT, validation_alias=_SCHEMA_PATH)

    @property
    def conversation(self) -> str:
        """The messages as JSON."""
        return json.dumps([message.model_dump() for message in self.messages], sort_keys=True)

    def find_form(self) -> Form | None:
        """Return the schema to fit: of a function that must be called, or of the format of the reply."""
        for number, tool in enumerate(self.tools or ()):
            name, where = tool.function.name, f"tools[{number}].function.parameters"
            if self.tool_choice == "required" or self.function == name:
                return Form(tool.function.parameters, where, name)
        return None if self.format == "text" else Form(self.json_schema)

    def count_tokens(self) -> int:
        """Return the tokens of the prompt with the tools that it offers, at four bytes each."""
        offered = "" if self.tool_choice else json.dumps([tool.model_dump() for tool in self.tools or ()])
        return sum(len(message.text.encode()) // 4 + 4 for message in self.messages) + len(offered) // 4


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply, cut into tokens. If a function is called, `content` has its arguments."""

    reasoning: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    function: str = ""
    finish_reason: str = "stop"

    def build_message(self, reasoning: str, content: str, *, is_start: bool = True) -> dict[str, Any]:
        """Return a part of the message of a chat completion; the start has what occurs once."""
        role = {"role": "assistant"} if is_start else {}
        thought = {"reasoning_content": reasoning} if reasoning else {}
        if not self.function:
            return {**role, **thought, "content": content}
        head = {"id": "call_demo", "type": "function"} if is_start else {}
        function = {"name": self.function} if is_start else {}
        call = {"index": 0, **head, "function": {**function, "arguments": content}}
        return {**role, **thought, "tool_calls": [call]}

    def build_choice(self, index: int) -> dict[str, Any]:
        """Return the choice of a chat completion with this number."""
        message = self.build_message("".join(self.reasoning), "".join(self.content))
        return {"index": index, "message": message, "finish_reason": self.finish_reason}

    def split_deltas(self) -> Iterator[dict[str, Any]]:
        """Yield what each chunk of a stream adds, in order."""
        yield self.build_message("", "")
        yield from (self.build_message(piece, "", is_start=False) for piece in self.reasoning)
        yield from (self.build_message("", piece, is_start=False) for piece in self.content)


def split_tokens(text: str) -> tuple[str, ...]:
    """Split `text` into pieces of about a token; joined, they are the text."""
    return tuple(_PIECE.findall(text))


def interleave_choices(replies: Sequence[Reply]) -> list[dict[str, Any]]:
    """Return the choices of the chunks of a stream: a piece of each reply in turn, then the ends."""
    streams = zip_longest(*(reply.split_deltas() for reply in replies))
    pieces = [(index, delta, None) for deltas in streams for index, delta in enumerate(deltas) if delta]
    ends: list[Any] = [(index, {}, reply.finish_reason) for index, reply in enumerate(replies)]
    return [{"index": index, "delta": delta, "finish_reason": end} for index, delta, end in pieces + ends]
