"""An imported persona, built from the few fields that are safe to take from a file of another program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from roundtable_tui.errors import UsageError
from roundtable_tui.resources.persona import Persona, check_params_field
from roundtable_tui.utils.text import fix_surrogates, sanitize, single_line, truncate

MAX_NAME_CHARS, MAX_ROLE_CHARS, MAX_FULL_NAME_CHARS, MAX_PROMPT_CHARS = 40, 60, 120, 100_000
SAMPLING = ("top_p", "top_k", "min_p", "frequency_penalty", "presence_penalty", "seed", "repeat_penalty")
"""Parameters that are imported. Nothing in the file may name a server, a key, a header or a path."""


@dataclass(frozen=True, slots=True)
class ImportedPersona:
    """A persona, and what of its source was left out, by name."""

    persona: Persona
    left_out: tuple[str, ...] = ()


def build_persona(
    name: Any,
    prompt: Any,
    *,
    full_name: Any = "",
    role: Any = "",
    settings: Mapping[str, Any] | None = None,
    left_out: Iterable[str] = (),
) -> ImportedPersona | None:
    """Return the persona of these texts, cut to the lengths that are allowed; None without a prompt.

    Args:
        name: its name; "" takes the beginning of the prompt.
        prompt: the system prompt.
        full_name: how it is introduced.
        role: what it is for.
        settings: generation parameters of the source, of which those known to be harmless are taken.
        left_out: names of the fields of the source that are not used.
    """
    cut = list(left_out)
    text = sanitize(fix_surrogates(_string(prompt)), tab=4).strip()
    if not text:
        return None
    if len(text) > MAX_PROMPT_CHARS:
        cut.append(f"the prompt after {MAX_PROMPT_CHARS:,} characters")
        text = text[:MAX_PROMPT_CHARS]
    fields: dict[str, Any] = {
        "name": _line(name, MAX_NAME_CHARS) or _line(text, MAX_NAME_CHARS),
        "full_name": _line(full_name, MAX_FULL_NAME_CHARS),
        "role": _line(role, MAX_ROLE_CHARS),
        "prompt": text,
    }
    taken, refused = _take_settings(settings or {})
    persona = Persona.model_validate({key: value for key, value in (fields | taken).items() if value != ""})
    return ImportedPersona(persona, tuple(dict.fromkeys(_line(one, 60) for one in [*cut, *refused] if one)))


def unused_fields(source: Mapping[str, Any], used: Iterable[str]) -> list[str]:
    """Return the names of fields that hold something and are not used."""
    known = set(used)
    return [str(name) for name, value in source.items() if name not in known and value not in _EMPTY]


_EMPTY: tuple[Any, ...] = (None, "", [], {}, False)


def _take_settings(settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return fields of a persona, and the names of the settings that were left out."""
    fields: dict[str, Any] = {}
    params: dict[str, Any] = {}
    refused = []
    for name, value in settings.items():
        if value in _EMPTY and value != 0:
            continue
        if name == "temperature" and _is_number(value) and 0 <= value <= 2:
            fields["temperature"] = float(value)
        elif name in ("max_tokens", "max_output_tokens") and _is_number(value) and 1 <= value <= 10_000_000:
            fields["max_tokens"] = int(value)
        elif name in SAMPLING and _is_param(name, value):
            params[name] = value
        else:
            refused.append(str(name))
    if params:
        fields["params"] = params
    if 0 <= fields.get("temperature", 2.0) <= 1:  # Our own scale has this range.
        fields["creativity"] = fields.pop("temperature")
    return fields, refused


def _is_param(name: str, value: Any) -> bool:
    try:
        check_params_field({name: value})
    except (ValueError, UsageError):
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _line(value: Any, limit: int) -> str:
    return truncate(single_line(_string(value), 1000), limit)
