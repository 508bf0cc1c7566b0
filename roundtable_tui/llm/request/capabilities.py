"""What a model on a server does not take, learned from its refusals."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from roundtable_tui.llm.types import Fault

LimitName = Literal["max_tokens", "max_completion_tokens", ""]
Schema = Literal["strict", "loose", "none"]
ToolChoice = Literal["named", "required", "auto", "none"]


@dataclass(frozen=True, slots=True)
class Traits:
    """How to speak to one model on one server; the defaults suit most."""

    limit_name: LimitName = "max_tokens"
    temperature: bool = True
    top_p: bool = True
    seed: bool = True
    stream: bool = True
    stream_options: bool = True
    system: bool = True
    schema: Schema = "strict"
    tool_choice: ToolChoice = "named"


class Adapted(NamedTuple):
    """The traits after a refusal, and what a person should know of it ("" if nothing)."""

    traits: Traits
    warning: str = ""


_NEVER = frozenset({"auth", "quota", "rate", "context", "unreachable", "timeout", "cut", "too_long"})
_STATUSES = frozenset({None, 400, 404, 405, 415, 422, 500, 501})


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE | re.DOTALL)


_TOO_MUCH = _any(
    r"too (?:large|high|big)|at most|less than|> \d",
    r"(?:above|exceeds?|than) (?:the )?max|must be (?:<|at least|positive)",
)
_STRICTNESS = _any(
    r"additionalproperties|\bstrict\b|m(?:ax|in)(?:length|items|imum)",
    r"invalid schema|'required'|keyword|pattern\b",
)
_SCHEMA = _any(r"response[_ ]format|json[_ ]?schema|json[_ ]mode|structured[_ ]output|grammar|sampler|guided")
_TOOL_CHOICE = _any(r"tool[_ ]choice", r"forc\w+ (?:a )?tool", r"tool .{0,30}\bforc")
_NO_TOOLS = _any(
    r"(?:not|n't|un)[ -]?support(?:ed)?\b.{0,40}\b(?:tools?|functions?)\b",
    r"\b(?:tools?|tool[ -](?:use|calling)|functions?|function[ -]calling)\b.{0,60}"
    r"\b(?:not|n't|unsupported|disabled|extra)",
    r"support tool use|enable-auto-tool-choice",
)
_SYSTEM = _any(
    r"system[ _]?(?:message|prompt|instruction)|developer instruction",
    r"must alternate|alternat\w+.{0,30}user|(?:first|start).{0,40}user",
    r"role",
)
_STREAM = _any(r"\bstream(?:ing|ed)?\b")
_SAYS_NOTHING = _any(
    r"(?:(?:bad|invalid)[ _]request(?:[ _]error)?|unprocessable(?: entity)?|invalid (?:input|body))?"
)


def adapt(traits: Traits, fault: Fault, sent: dict[str, Any]) -> Adapted | None:
    """Return the traits with which to try again after `fault`, or None if that refusal teaches nothing.

    Only what was `sent` is ever given up, one thing at a time, so the way down is short.
    """
    if fault.kind in _NEVER or fault.status not in _STATUSES:
        return None
    said = f"{fault.param} {fault.detail}"
    if "stream_options" in sent and _names(said, "stream_options", "include_usage"):
        return Adapted(replace(traits, stream_options=False))
    for learn in (_limit, _temperature, _seed, _shape, _system, _stream):
        if (adapted := learn(traits, said, sent, fault)) is not None:
            return adapted
    if (
        _SAYS_NOTHING.fullmatch(fault.detail.strip().rstrip("."))
        and fault.status in (400, 422)
        and "stream_options" in sent
    ):
        return Adapted(replace(traits, stream_options=False, seed=False))
    return None


def _names(said: str, *names: str) -> bool:
    return any(re.search(rf"(?<![A-Za-z_]){name}(?![A-Za-z_])", said, re.I) for name in names)


def _limit(traits: Traits, said: str, sent: dict[str, Any], fault: Fault) -> Adapted | None:
    if "max_tokens" in sent and _names(said, "max_completion_tokens"):
        return Adapted(replace(traits, limit_name="max_completion_tokens"))
    if _TOO_MUCH.search(said):
        return None
    if "max_tokens" in sent and _names(said, "max_tokens"):
        return Adapted(replace(traits, limit_name="max_completion_tokens"))
    if "max_completion_tokens" in sent and _names(said, "max_completion_tokens", "max_tokens"):
        return Adapted(replace(traits, limit_name=""), "it takes no limit of tokens: answers may be long")
    return None


def _temperature(traits: Traits, said: str, sent: dict[str, Any], fault: Fault) -> Adapted | None:
    if "top_p" in sent and _names(said, "top_p"):
        return Adapted(replace(traits, top_p=False))
    if "temperature" in sent and _names(said, "temperature"):
        return Adapted(
            replace(traits, temperature=False), "it takes no temperature: its answers differ only by chance"
        )
    return None


def _seed(traits: Traits, said: str, sent: dict[str, Any], fault: Fault) -> Adapted | None:
    if "seed" in sent and _names(said, "seed"):
        return Adapted(replace(traits, seed=False))
    return None


def _shape(traits: Traits, said: str, sent: dict[str, Any], fault: Fault) -> Adapted | None:
    if "response_format" in sent and _SCHEMA.search(said):
        loosen = traits.schema == "strict" and _STRICTNESS.search(said)
        return Adapted(replace(traits, schema="loose" if loosen else "none"))
    if "tools" not in sent:
        return None
    if _TOOL_CHOICE.search(said):
        step: dict[ToolChoice, ToolChoice] = {"named": "required", "required": "auto", "auto": "none"}
        return Adapted(replace(traits, tool_choice=step.get(traits.tool_choice, "none")))
    if _NO_TOOLS.search(said) or fault.param in ("tools", "functions"):
        return Adapted(replace(traits, tool_choice="none"))
    return None


def _system(traits: Traits, said: str, sent: dict[str, Any], fault: Fault) -> Adapted | None:
    has_system = any(message.get("role") == "system" for message in sent.get("messages", ()))
    if has_system and _SYSTEM.search(said):
        return Adapted(replace(traits, system=False))
    return None


def _stream(traits: Traits, said: str, sent: dict[str, Any], fault: Fault) -> Adapted | None:
    if sent.get("stream") and _STREAM.search(said):
        return Adapted(replace(traits, stream=False), "it does not stream: answers come whole")
    return None
