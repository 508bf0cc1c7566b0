"""Requests to the demo, with the members that it reads; others are ignored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

MAX_BODY_BYTES = 16 * 2**20


class ApiError(Exception):
    """A request is refused, in the form of the API."""

    def __init__(
        self, status: int, message: str, param: str | None = None, code: str | None = "invalid_value"
    ) -> None:
        super().__init__(message)
        kind = {429: "rate_limit_error", 503: "server_error"}.get(status, "invalid_request_error")
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


class _Part(BaseModel):
    text: str = ""


class Message(BaseModel):
    """A message of a conversation."""

    role: Literal["assistant", "developer", "system", "tool", "user"]
    content: str | list[_Part] | None = None

    @property
    def text(self) -> str:
        """The text of the content; other parts, such as pictures, have none."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class _Function(BaseModel, extra="allow"):
    name: str
    parameters: dict[str, Any] = {"type": "object"}


class _Tool(BaseModel, extra="allow"):
    function: _Function


class _JsonSchema(BaseModel):
    content: dict[str, Any] = Field({"type": "object"}, alias="schema")


class _ResponseFormat(BaseModel):
    type: str
    json_schema: _JsonSchema | None = None


class _StreamOptions(BaseModel):
    include_usage: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A JSON schema that the reply must fit."""

    schema: Mapping[str, Any]
    param: str
    """The member of the request that it is in."""
    function: str = ""
    """The function that must be called with it, or ""."""


class CompletionRequest(BaseModel):
    """The body of a request for a chat completion."""

    model: str = Field(min_length=1)
    messages: Sequence[Message] = Field(min_length=1, max_length=2_000)
    n: int | None = Field(None, ge=1, le=8)
    seed: int | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    stop: str | list[str] | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    tools: list[_Tool] | None = None
    tool_choice: _Tool | str | None = None
    response_format: _ResponseFormat | None = None

    @property
    def conversation(self) -> str:
        """The messages as JSON."""
        return json.dumps([message.model_dump() for message in self.messages], sort_keys=True)

    @property
    def limit(self) -> int | None:
        """The maximum number of tokens of a reply."""
        return self.max_completion_tokens or self.max_tokens

    def find_form(self) -> Form | None:
        """Return the schema to fit: of a function that must be called, or of the format of the reply."""
        choice = self.tool_choice
        for number, tool in enumerate(self.tools or ()):
            function = tool.function
            if choice == "required" or (isinstance(choice, _Tool) and choice.function.name == function.name):
                return Form(function.parameters, f"tools[{number}].function.parameters", function.name)
        if self.response_format is None or self.response_format.type == "text":
            return None
        schema = self.response_format.json_schema
        free = {"type": "object", "properties": {"answer": {"type": "string"}}}
        return Form(schema.content if schema else free, "response_format")

    def count_tokens(self) -> int:
        """Return the tokens of the prompt with the tools that it offers, at four bytes each."""
        offered = "" if self.tool_choice else json.dumps([tool.model_dump() for tool in self.tools or ()])
        texts = sum(len(message.text.encode()) // 4 + 4 for message in self.messages)
        return texts + len(offered) // 4


class EmbeddingsRequest(BaseModel):
    """The body of a request for embeddings."""

    input: str | Annotated[list[str], Field(min_length=1, max_length=2_048)]
    model: str = "demo"
    encoding_format: str = "float"


R = TypeVar("R", bound=BaseModel)


def parse_request(kind: type[R], body: bytes) -> R:
    """Return the request in a body. Raises ApiError."""
    if len(body) > MAX_BODY_BYTES:
        raise ApiError(413, f"the body is over {MAX_BODY_BYTES} bytes", code="body_too_large")
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"])) or "the body"
        param = str(wrong["loc"][0]) if wrong["loc"] else None
        raise ApiError(400, f"{where}: {wrong['msg']}", param) from error
