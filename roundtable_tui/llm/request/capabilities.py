"""Capabilities of a model on a server, and how an error response lowers them.

There is no standard way to ask a server what it supports: it is learned from what it rejects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from roundtable_tui.llm.types import CallError
from roundtable_tui.utils.lazy_pattern import lazy_compile

TokenLimitField = Literal["max_tokens", "max_completion_tokens", ""]
SchemaSupport = Literal["strict", "loose", "none"]
ToolChoiceSupport = Literal["named", "required", "auto", "none"]


@dataclass(frozen=True, slots=True)
class ServerCapabilities:
    """Which request parameters one model on one server supports; the defaults fit most servers."""

    limit_name: TokenLimitField = "max_tokens"
    """Parameter that limits tokens; OpenAI's reasoning models accept only max_completion_tokens."""
    temperature: bool = True
    top_p: bool = True
    seed: bool = True
    stream: bool = True
    stream_options: bool = True
    """Reports token usage at the end of a stream; older servers reject it."""
    system: bool = True
    """Accepts the role "system"; some chat templates (Gemma, Mistral) do not."""
    pictures: bool = True
    """Accepts pictures. Only an error response says that it does not; see also `Client.find_vision`."""
    schema: SchemaSupport = "strict"
    tool_choice: ToolChoiceSupport = "named"
    offers_tools: bool = True
    """Accepts tools that the model may call or not; without, they are described in prose."""
    refused: tuple[str, ...] = ()
    """Further parameters that were rejected, each with its value; not stored on disk."""

    def refuses(self, name: str, value: Any) -> bool:
        """Return whether this parameter was rejected with this value."""
        return _param_entry(name, value) in self.refused


class Downgrade(NamedTuple):
    """The capabilities after an error response, and a warning for the user ("" if none)."""

    capabilities: ServerCapabilities
    warning: str = ""


_CORE_FIELDS = frozenset(
    {
        "model", "messages", "stream", "stream_options", "temperature", "top_p", "max_tokens",
        "max_completion_tokens", "seed", "response_format", "tools", "tool_choice",
    }
)  # fmt: skip
"""Fields of a body with a rule of their own; all others are further parameters."""
_UNADAPTABLE_KINDS = frozenset(
    {"auth", "quota", "rate", "context", "unreachable", "timeout", "cut", "too_long"}
)
_ADAPTABLE_STATUSES = frozenset({None, 400, 404, 405, 415, 422, 500, 501})


def _any_of(*patterns: str) -> re.Pattern[str]:
    return lazy_compile("|".join(patterns), re.IGNORECASE | re.DOTALL)


_LIMIT_TOO_HIGH = _any_of(
    r"too (?:large|high|big)|at most|less than|> \d",
    r"(?:above|exceeds?|than) (?:the )?max|must be (?:<|at least|positive)",
)
_STRICTNESS = _any_of(
    r"additionalproperties|\bstrict\b|m(?:ax|in)(?:length|items|imum)",
    r"invalid schema|'required'|keyword|pattern\b",
)
_SCHEMA = _any_of(
    r"response[_ ]format|json[_ ]?schema|json[_ ]mode|structured[_ ]output|grammar|sampler|guided"
)
_TOOL_CHOICE = _any_of(r"tool[_ ]choice", r"forc\w{1,10} (?:a )?tool", r"tool .{0,30}\bforc")
_NO_TOOLS = _any_of(
    r"(?:not|n't|un)[ -]?support(?:ed)?\b.{0,40}\b(?:tools?|functions?)\b",
    r"\b(?:tools?|tool[ -](?:use|calling)|functions?|function[ -]calling)\b.{0,60}"
    r"\b(?:not|n't|unsupported|disabled|extra)",
    r"support tool use|enable-auto-tool-choice|tools param",
)
_TOOL_MESSAGES = _any_of(
    r"tool_call|thought_signature|reasoning_content|function call",
    r"\btool\b.{0,40}\brole|\brole\b.{0,40}\btool\b|alternat|message.{0,40}content",
)
"""Refusals of messages with calls and results, which prose does not have."""
_SYSTEM = _any_of(
    r"system[ _]?(?:message|prompt|instruction)|developer instruction",
    r"must alternate|alternat\w{1,10}.{0,30}user|(?:first|start).{0,40}user",
    r"role",
)
_STREAM = _any_of(r"\bstream(?:ing|ed)?\b")
_NO_ROUTE = _any_of(r"no endpoints found that (?:can handle|support) the requested param")
"""OpenRouter, which does not say which parameter no provider of the model accepts."""
_PICTURES = _any_of(
    r"\bimages?\b|\bpictures?\b|image_url|multi-?modal|\bvision\b|\bmmproj\b|content\[\]\.type",
    r"\bcontent\b.{0,60}\bstring\b",
)
_BAD_PICTURE = _any_of(
    r"invalid image|(?:not|cannot|failed to) (?:be )?(?:process|decode|load|read)|corrupt",
    r"too (?:large|big|many)|exceed|base64",
)
"""About one picture, not about all."""
_NO_REASONING = _any_of(r"not support (?:thinking|reasoning)", r"\bthink(?:ing| value)\b.{0,30}not supported")
"""Ollama, for `reasoning_effort`."""
_REASONING_PARAMS = frozenset({"reasoning_effort", "reasoning", "think", "thinking", "enable_thinking"})
_UNSPECIFIC = _any_of(
    r"(?:(?:bad|invalid)[ _]request(?:[ _]error)?|unprocessable(?: entity)?|invalid (?:input|body))?"
)


def downgrade(capabilities: ServerCapabilities, error: CallError, sent: dict[str, Any]) -> Downgrade | None:
    """Return the capabilities to assume after an error response, or None if it concerns none of them.

    Only parameters that were in the rejected body `sent` are given up, one at a time, so that no more is
    lost than necessary and the number of attempts is bounded.
    """
    if error.kind in _UNADAPTABLE_KINDS or error.status not in _ADAPTABLE_STATUSES:
        return None
    message = f"{error.param} {error.detail}"
    if "stream_options" in sent and _is_mentioned(message, "stream_options", "include_usage"):
        return Downgrade(replace(capabilities, stream_options=False))
    if (adapted := _downgrade_offer(capabilities, message, sent, error)) is not None:
        return adapted
    for learn in (
        _downgrade_pictures,
        _downgrade_param,
        _downgrade_limit,
        _downgrade_temperature,
        _downgrade_seed,
        _downgrade_schema,
        _downgrade_system,
        _downgrade_stream,
    ):
        if (adapted := learn(capabilities, message, sent, error)) is not None:
            return adapted
    if _NO_ROUTE.search(message):
        return _downgrade_route(capabilities, sent)
    if _is_unspecific(error) and "stream_options" in sent:
        return Downgrade(replace(capabilities, stream_options=False, seed=False))
    if _is_unspecific(error):
        return _refuse_params(capabilities, sent, [name for name in sent if name not in _CORE_FIELDS])
    return None


def _downgrade_pictures(
    capabilities: ServerCapabilities, message: str, sent: dict[str, Any], error: CallError
) -> Downgrade | None:
    has_pictures = any(isinstance(one.get("content"), list) for one in sent.get("messages", ()))
    if has_pictures and _PICTURES.search(message) and not _BAD_PICTURE.search(message):
        return Downgrade(
            replace(capabilities, pictures=False), "the model reads no pictures: it answered without them"
        )
    return None


def _is_unspecific(error: CallError) -> bool:
    """Return whether a refusal does not say what it is about."""
    return error.status in (400, 422) and bool(_UNSPECIFIC.fullmatch(error.detail.strip().rstrip(".")))


def _downgrade_offer(
    capabilities: ServerCapabilities, message: str, sent: dict[str, Any], error: CallError
) -> Downgrade | None:
    """Describe tools in prose where the server refuses them, or the messages of calls and results."""
    if "tools" not in sent or "tool_choice" in sent:
        return None
    has_calls = any(said.get("role") == "tool" for said in sent["messages"])
    is_refused = (
        _NO_TOOLS.search(message)
        or _TOOL_CHOICE.search(message)
        or error.param.split("[")[0] in ("tools", "functions", "tool_choice")
        or (has_calls and _TOOL_MESSAGES.search(message))
        or ("stream_options" not in sent and _is_unspecific(error))
    )
    return Downgrade(replace(capabilities, offers_tools=False)) if is_refused else None


def _downgrade_param(
    capabilities: ServerCapabilities, message: str, sent: dict[str, Any], error: CallError
) -> Downgrade | None:
    further = [name for name in sent if name not in _CORE_FIELDS]
    named = [name for name in further if error.param.split(".")[0] == name] or [
        name for name in further if _is_named_as_param(message, name)
    ]
    if not named and _NO_REASONING.search(message):
        named = [name for name in further if name in _REASONING_PARAMS]
    return _refuse_params(capabilities, sent, named[:1])


def _downgrade_route(capabilities: ServerCapabilities, sent: dict[str, Any]) -> Downgrade | None:
    """Give up one parameter, the one that the fewest providers accept first."""
    if "response_format" in sent:
        return Downgrade(replace(capabilities, schema="none"))
    if "tools" in sent:
        return Downgrade(replace(capabilities, tool_choice="none"))
    if further := [name for name in sent if name not in _CORE_FIELDS]:
        return _refuse_params(capabilities, sent, further[:1])
    for name in ("seed", "top_p", "temperature"):
        if name in sent:
            without: dict[str, Any] = {name: False}
            warning = f"no provider of this model accepts {name}: sent without"
            return Downgrade(replace(capabilities, **without), warning)
    return None


def _refuse_params(
    capabilities: ServerCapabilities, sent: dict[str, Any], names: Sequence[str]
) -> Downgrade | None:
    if not names:
        return None
    entries = tuple(_param_entry(name, sent[name]) for name in names)
    warning = f"the server refused {', '.join(names)}: sent without"
    return Downgrade(replace(capabilities, refused=capabilities.refused + entries), warning)


def _param_entry(name: str, value: Any) -> str:
    return f"{name}={json.dumps(value, sort_keys=True)}"


def _is_named_as_param(message: str, name: str) -> bool:
    """Return whether a message names a parameter: a word such as `stop` has to be quoted or marked."""
    word = re.escape(name)
    if "_" in name:
        return _is_mentioned(message, word)
    quoted = rf"['\"`]{word}['\"`.\[]"
    after = rf"(?:argument|parameter|field|property|option|key|supplied)s?\W{{1,3}}{word}\b"
    listed = rf"not supported\b[^.]{{0,60}}: {word}\b"
    before = rf"\b{word} (?:is|was) (?:not|un)|\b{word}: (?:extra|unknown|not)"
    return re.search(f"{quoted}|{after}|{listed}|{before}", message, re.IGNORECASE) is not None


def _is_mentioned(message: str, *names: str) -> bool:
    return any(re.search(rf"(?<![A-Za-z_]){name}(?![A-Za-z_])", message, re.I) for name in names)


def _downgrade_limit(
    capabilities: ServerCapabilities, message: str, sent: dict[str, Any], error: CallError
) -> Downgrade | None:
    if "max_tokens" in sent and _is_mentioned(message, "max_completion_tokens"):
        return Downgrade(replace(capabilities, limit_name="max_completion_tokens"))
    if _LIMIT_TOO_HIGH.search(message):
        return None
    if "max_tokens" in sent and _is_mentioned(message, "max_tokens"):
        return Downgrade(replace(capabilities, limit_name="max_completion_tokens"))
    if "max_completion_tokens" in sent and _is_mentioned(message, "max_completion_tokens", "max_tokens"):
        return Downgrade(
            replace(capabilities, limit_name=""), "the server accepts no token limit: answers may be long"
        )
    return None


def _downgrade_temperature(
    capabilities: ServerCapabilities, message: str, sent: dict[str, Any], error: CallError
) -> Downgrade | None:
    if "top_p" in sent and _is_mentioned(message, "top_p"):
        return Downgrade(replace(capabilities, top_p=False))
    if "temperature" in sent and _is_mentioned(message, "temperature"):
        return Downgrade(
            replace(capabilities, temperature=False),
            "the model accepts no temperature: its answers differ only by chance",
        )
    return None


def _downgrade_seed(
    capabilities: ServerCapabilities, message: str, sent: dict[str, Any], error: CallError
) -> Downgrade | None:
    if "seed" in sent and _is_mentioned(message, "seed"):
        return Downgrade(replace(capabilities, seed=False))
    return None


def _downgrade_schema(
    capabilities: ServerCapabilities, message: str, sent: dict[str, Any], error: CallError
) -> Downgrade | None:
    if "response_format" in sent and _SCHEMA.search(message):
        loosen = capabilities.schema == "strict" and _STRICTNESS.search(message)
        return Downgrade(replace(capabilities, schema="loose" if loosen else "none"))
    if "tools" not in sent:
        return None
    if _TOOL_CHOICE.search(message):
        step: dict[ToolChoiceSupport, ToolChoiceSupport] = {
            "named": "required",
            "required": "auto",
            "auto": "none",
        }
        return Downgrade(replace(capabilities, tool_choice=step.get(capabilities.tool_choice, "none")))
    if _NO_TOOLS.search(message) or error.param in ("tools", "functions"):
        return Downgrade(replace(capabilities, tool_choice="none"))
    return None


def _downgrade_system(
    capabilities: ServerCapabilities, message: str, sent: dict[str, Any], error: CallError
) -> Downgrade | None:
    has_system = any(message.get("role") == "system" for message in sent.get("messages", ()))
    if has_system and _SYSTEM.search(message):
        return Downgrade(replace(capabilities, system=False))
    return None


def _downgrade_stream(
    capabilities: ServerCapabilities, message: str, sent: dict[str, Any], error: CallError
) -> Downgrade | None:
    if sent.get("stream") and _STREAM.search(message):
        return Downgrade(
            replace(capabilities, stream=False), "the server does not stream: each answer arrives all at once"
        )
    return None
