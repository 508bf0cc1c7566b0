"""Requests to the demo, with the members that it reads; others are ignored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Self

import httpx2
from pydantic import AliasChoices, AliasPath, BaseModel, BeforeValidator, Field, ValidationError

_MAX_BODY_BYTES = 16 * 2**20
_FREE_OBJECT = {"type": "object", "properties": {"answer": {"type": "string"}}}


class ApiError(Exception):
    """A request is refused, with the response that says so in the form of the API."""

    def __init__(
        self, status: int, message: str, param: str | None = None, code: str | None = "invalid_value"
    ) -> None:
        super().__init__(message)
        kind = {429: "rate_limit_error", 503: "server_error"}.get(status, "invalid_request_error")
        error = {"message": message, "type": kind, "param": param, "code": code}
        headers = {"retry-after": "1"} if status == 429 else {}
        self.response = httpx2.Response(status, json={"error": error}, headers=headers)


def check_size(body_bytes: int) -> None:
    """Raise ApiError if a body is too large."""
    if body_bytes > _MAX_BODY_BYTES:
        raise ApiError(413, f"the body is over {_MAX_BODY_BYTES} bytes", code="body_too_large")


class _Body(BaseModel):
    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Return the request in a body. Raises ApiError."""
        check_size(len(body))
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            wrong = error.errors()[0]
            where = ".".join(map(str, wrong["loc"])) or "the body"
            param = str(wrong["loc"][0]) if wrong["loc"] else None
            raise ApiError(400, f"{where}: {wrong['msg']}", param) from error


class EmbeddingsRequest(_Body):
    """The body of a request for embeddings."""

    input: Annotated[
        list[str],
        BeforeValidator(lambda given: [given] if isinstance(given, str) else given),
        Field(min_length=1, max_length=2_048),
    ]
    model: str = "demo"
    encoding_format: str = "float"


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


class _FunctionTool(BaseModel):
    function: _Function


class Form(NamedTuple):
    """A JSON schema that the reply must fit."""

    schema: Mapping[str, Any]
    param: str = "response_format"
    """The member of the request that it is in."""
    function: str = ""
    """The function that must be called with it, or ""."""


class CompletionRequest(_Body):
    """The body of a request for a chat completion, which is flatter here."""

    model: str = Field(min_length=1)
    messages: Sequence[Message] = Field(min_length=1, max_length=2_000)
    n: int | None = Field(None, ge=1, le=8)
    seed: int | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    limit: int | None = Field(
        None, ge=1, validation_alias=AliasChoices("max_completion_tokens", "max_tokens")
    )
    stop: str | list[str] | None = None
    stream: bool | None = None
    has_usage: bool = Field(False, validation_alias=AliasPath("stream_options", "include_usage"))
    tools: list[_FunctionTool] | None = None
    tool_choice: Any = None
    function: str = Field("", validation_alias=AliasPath("tool_choice", "function", "name"))
    format: str = Field("text", validation_alias=AliasPath("response_format", "type"))
    json_schema: dict[str, Any] = Field(
        _FREE_OBJECT, validation_alias=AliasPath("response_format", "json_schema", "schema")
    )

    @property
    def conversation(self) -> str:
        """The messages as JSON."""
        return json.dumps([message.model_dump() for message in self.messages], sort_keys=True)

    def find_form(self) -> Form | None:
        """Return the schema to fit: of a function that must be called, or of the format of the reply."""
        for number, tool in enumerate(self.tools or ()):
            name, parameters = tool.function.name, tool.function.parameters
            if self.tool_choice == "required" or self.function == name:
                return Form(parameters, f"tools[{number}].function.parameters", name)
        return None if self.format == "text" else Form(self.json_schema)

    def count_tokens(self) -> int:
        """Return the tokens of the prompt with the tools that it offers, at four bytes each."""
        offered = "" if self.tool_choice else json.dumps([tool.model_dump() for tool in self.tools or ()])
        texts = sum(len(message.text.encode()) // 4 + 4 for message in self.messages)
        return texts + len(offered) // 4
