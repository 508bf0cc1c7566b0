"""Generation parameters: the ones with a type of their own are declared once; others are passed by name.

Flags, settings, personas, tasks, records and environment variables are all checked here. A parameter changes
how a model generates: it can set no address, key, header, model, message or tool.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from roundtable_tui.config.api_keys import looks_like_key
from roundtable_tui.config.suggestions import did_you_mean, format_value
from roundtable_tui.errors import UsageError
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.text import single_line


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with a type of its own."""

    name: str
    kind: Literal["number", "count", "text", "texts"]
    help: str
    """One line for help texts and the documentation."""
    min_value: float = 0.0
    max_value: float = 0.0
    variable: str = ""
    """The environment variable that sets it for the server of OPENAI_BASE_URL; "" for none."""

    def error(self, value: Any) -> str:
        """Return what is wrong with a value ("should be ..."); "" if it is valid."""
        if self.kind == "text":
            fits = isinstance(value, str) and value.strip() != ""
        elif self.kind == "texts":
            rows = [value] if isinstance(value, str) else value
            fits = isinstance(rows, list | tuple) and all(isinstance(row, str) and row for row in rows)
        else:
            number = int if self.kind == "count" else (int, float)
            fits = isinstance(value, number) and not isinstance(value, bool)
            fits = fits and self.min_value <= value <= self.max_value
        return "" if fits else f"should be {self.expected}, not {format_value(value)}"

    @property
    def expected(self) -> str:
        """The valid values: "a number from 0 to 2"."""
        if self.kind in ("text", "texts"):
            return "text" if self.kind == "text" else "text or a list of texts"
        what = "a whole number" if self.kind == "count" else "a number"
        if self.name == "seed":
            return what
        return f"{what} from {self.min_value:,.15g} to {self.max_value:,.15g}"


PARAMETERS = (
    Parameter("temperature", "number", "randomness of the sampling", 0, 2, "OPENAI_TEMPERATURE"),
    Parameter("top_p", "number", "sample only from the most likely tokens", 0, 1, "OPENAI_TOP_P"),
    Parameter(
        "max_tokens",
        "count",
        "maximum tokens of one reply",
        1,
        10_000_000,
        "OPENAI_MAX_COMPLETION_TOKENS",
    ),
    Parameter(
        "reasoning_effort",
        "text",
        "how much a reasoning model reasons, such as low",
        variable="OPENAI_REASONING_EFFORT",
    ),
    Parameter("verbosity", "text", "length of the replies, such as low"),
    Parameter("stop", "texts", "end the reply at this text"),
    Parameter("seed", "count", "the same seed for every call", -(2**63), 2**63 - 1),
)
"""Every parameter with a type of its own. A flag exists for each; the seed of a run has its own flag."""
BY_NAME = {one.name: one for one in PARAMETERS}
ALIASES = {"max_completion_tokens": "max_tokens", "max_new_tokens": "max_tokens"}
"""Other names of a parameter; it is sent under the name that the server accepts."""

_RESERVED = frozenset(
    {
        "model", "models", "messages", "prompt", "input", "instructions", "system", "suffix", "n", "best_of",
        "stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "functions",
        "function_call", "response_format", "extra_body", "extra_query", "extra_headers", "query", "params",
        "timeout", "organization", "project", "fallbacks", "route", "plugins", "custom_llm_provider",
        "user_config", "allowed_openai_params", "drop_params", "store", "background", "webhook_url",
    }
)  # fmt: skip
"""What the program sets itself, and what changes more than the generation."""
_UNSAFE = re.compile(
    r"(?:^|_)(?:api|url|uri|host|hostname|address|endpoint|port|proxy|headers?|cookies?|key|apikey|secret"
    r"|passwords?|passwd|auth|authorization|bearer|credentials?|callbacks?|webhooks?|servers?|aws|vertex|azure"
    r")(?:$|_)|(?:^|_)token$"
)
"""Words in the name of an address, a key or a header. `max_tokens` and `stop_token_ids` are none."""
_HARMLESS = frozenset({"prompt_cache_key"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
MAX_PARAMS = 50
MAX_CHARS = 20_000
"""Length of all parameters of one place as JSON."""
_MAX_DEPTH = 12


def check_params(given: Any) -> dict[str, Any]:
    """Return valid parameters under their usual names.

    Args:
        given: name -> value as in JSON. A value of None means that the parameter is not sent.

    Raises:
        UsageError: a name is reserved or unsafe, or a value is wrong; the text begins with the name.
    """
    if not isinstance(given, Mapping):
        raise UsageError("params should be a table of names and values")
    if len(given) > MAX_PARAMS:
        raise UsageError(f"params has more than {MAX_PARAMS} entries")
    found: dict[str, Any] = {}
    for raw, value in given.items():
        name = check_name(raw)
        if name in found:
            raise UsageError(f"{single_line(str(raw), 40)} and {name} are the same parameter: give one")
        if what := value_error(name, value):
            raise UsageError(f"{name} {what}")
        found[name] = _to_json(value)
    if len(json.dumps(found)) > MAX_CHARS:
        raise UsageError(f"params is longer than {MAX_CHARS:,} characters")
    return found


def check_name(raw: Any) -> str:
    """Return the usual name of a parameter. Raises UsageError for one that cannot be set this way."""
    shown = single_line(str(raw), 40) or "an empty name"
    if not isinstance(raw, str) or not _NAME.fullmatch(raw):
        raise UsageError(f"{shown} is not the name of a parameter", hint="Use letters, digits and _.")
    plain = _plain(raw)
    if plain in _RESERVED or _is_unsafe(plain):
        what = f"{shown} cannot be set as a parameter"
        raise UsageError(what, hint=_instead_of(plain))
    if plain in BY_NAME or plain in ALIASES:
        return ALIASES.get(plain, plain)
    return raw


def _instead_of(name: str) -> str:
    """Return what to do instead of setting a reserved name as a parameter."""
    match name:
        case "model":
            return by_interface(command_line="Use --model.", python="Use model=.", app="Choose a model.")
        case "n":
            return by_interface(
                command_line="Use --agents.", python="Use agents=.", app="Set the number of seats."
            )
        case "stream":
            return by_interface(
                command_line="Use --no-stream.", python="Use stream=False.", app="Answers are streamed."
            )
        case "base_url":
            return by_interface(
                command_line="Use --base-url or a server of the settings.",
                python="Use base_url= or a server of the settings.",
                app="Choose a server.",
            )
        case "api_key":
            return "Name a variable with api_key_env in the settings."
    return "Parameters only set how a model generates."


def value_error(name: str, value: Any) -> str:
    """Return what is wrong with a value ("should be ...", "contains ..."); "" if it is valid."""
    if value is None:
        return ""
    if name in BY_NAME:
        what = BY_NAME[name].error(value)
        if what:
            return what
    try:
        return next(_faults(value, _MAX_DEPTH), "")
    except RecursionError:
        return "is nested too deeply"


def parse_param(text: str) -> tuple[str, Any]:
    """Parse `NAME=VALUE`: the value is read as JSON, else taken as text. Raises UsageError."""
    name, equals, raw = text.partition("=")
    if not (equals and name.strip()):
        raise UsageError(f"{single_line(text, 60)} is not a pair", hint="Use the form NAME=VALUE.")
    name = check_name(name.strip())
    value = parse_value(name, raw)
    if what := value_error(name, value):
        raise UsageError(f"{name} {what}")
    return name, value


def parse_value(name: str, raw: str) -> Any:
    """Return the value in a text: JSON where it is JSON and fits the parameter, else the text itself.

    Raises UsageError for the beginning of a JSON object or list that is not complete.
    """
    known = BY_NAME.get(name)
    if known is not None and known.kind == "text":
        return None if raw == "null" else raw
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        if raw.lstrip().startswith(("{", "[")) and (known is None or known.kind != "texts"):
            raise UsageError(f"{name} is not valid JSON: {single_line(raw, 60)}") from None
        return raw
    if known is not None and known.kind == "texts" and not isinstance(value, str | list | None):
        return raw
    return value


def describe_params(given: Mapping[str, Any]) -> str:
    """Return parameters in one line: `temperature=0.2, stop=["x"]`."""
    values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}
    return single_line(", ".join(f"{name}={value}" for name, value in values.items()), 400)


def suggest_name(name: str) -> str:
    """Return "Did you mean temperature?" for a near miss of a declared name; "" otherwise."""
    return "" if name in BY_NAME else did_you_mean(name, BY_NAME)


def _plain(name: str) -> str:
    """Return a name in lower case with underscores: `extraHeaders`, `Extra-Headers` are `extra_headers`."""
    return re.sub(r"[.\- ]+", "_", _CAMEL.sub("_", name)).lower()


def _is_unsafe(plain: str) -> bool:
    return plain not in _HARMLESS and (
        _UNSAFE.search(plain) is not None or plain.replace("_", "") in ("baseurl", "apibase", "apikey")
    )


def _faults(value: Any, depth: int) -> Iterator[str]:
    if depth == 0:
        yield "is nested too deeply"
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                yield "should have texts as names"
                return
            if _is_unsafe(_plain(key)) or _plain(key) in ("extra_body", "extra_query"):
                yield f"contains {single_line(key, 40)}, which cannot be set as a parameter"
            yield from _faults(inner, depth - 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _faults(inner, depth - 1)
    elif isinstance(value, float) and not math.isfinite(value):
        yield "should be a finite number"
    elif isinstance(value, str) and looks_like_key(value):
        yield "looks like a key, and keys are never set as parameters"
    elif not isinstance(value, str | int | float | bool | None):
        yield f"should be text, a number, true, false, a list or a table, not {format_value(value)}"


def _to_json(value: Any) -> Any:
    """Return a copy of a value made of dicts and lists."""
    if isinstance(value, Mapping):
        return {key: _to_json(inner) for key, inner in value.items()}
    return [_to_json(inner) for inner in value] if isinstance(value, list | tuple) else value
