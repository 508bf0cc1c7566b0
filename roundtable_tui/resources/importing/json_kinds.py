"""Recognizes persona objects of other programs in JSON: one function for each kind.

Sources: the character card specifications V2 and V3, the OpenAI API reference (assistants), and the exports
of Open WebUI (models) and LibreChat (agents, presets).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from roundtable_tui.errors import FileError
from roundtable_tui.resources.importing.result import ImportedPersona, build_persona, unused_fields
from roundtable_tui.utils import files
from roundtable_tui.utils.nesting import load_json

_MACRO = re.compile(r"\{\{\s*(char|user|original)\s*\}\}|<(BOT|USER)>", re.IGNORECASE)
_CARD_TEXTS = (
    "system_prompt",
    "description",
    "personality",
    "scenario",
    "mes_example",
    "post_history_instructions",
)
_CARD_LABELS = {
    "personality": "Personality: ", "scenario": "Scenario: ", "mes_example": "How you speak, by example:\n",
}  # fmt: skip
_TITLES = ("name", "title", "act", "role", "label", "persona", "cmd", "command")
_PROMPTS = ("prompt", "system_prompt", "systemPrompt", "system", "instructions", "content", "text")
Parser = Callable[[Mapping[str, Any]], ImportedPersona | None]


def parse_object(source: Mapping[str, Any]) -> ImportedPersona | None:
    """Return the persona in a JSON object of any known kind; None if it is of none."""
    for matches, parse in _KINDS:
        if matches(source):
            return parse(source)
    return None


def _is_card(source: Mapping[str, Any]) -> bool:
    if str(source.get("spec", "")).startswith("chara_card"):
        return isinstance(source.get("data"), dict)
    return "name" in source and any(key in source for key in ("first_mes", "mes_example", "personality"))


def _parse_card(source: Mapping[str, Any]) -> ImportedPersona | None:
    """Character cards V1 (flat), V2 and V3 (in `data`)."""
    card = source["data"] if isinstance(source.get("data"), dict) else source
    name = str(card.get("name") or "")

    def fill(match: re.Match[str]) -> str:
        word = (match[1] or match[2]).lower()
        return {"char": name, "bot": name, "user": "the user"}.get(word, "")

    texts = [f"You are {name}."] if name else []
    for key in _CARD_TEXTS:
        if isinstance(text := card.get(key), str) and text.strip():
            texts.append(_CARD_LABELS.get(key, "") + _MACRO.sub(fill, text).strip())
    if len(texts) < 2:
        return None
    used = ("name", "nickname", "spec", "spec_version", *_CARD_TEXTS)
    left = unused_fields(card, used)
    return build_persona(card.get("nickname") or name, "\n\n".join(texts), full_name=name, left_out=left)


def _parse_assistant(source: Mapping[str, Any]) -> ImportedPersona | None:
    """OpenAI assistants."""
    settings = {key: source.get(key) for key in ("temperature", "top_p")}
    used = ("id", "object", "created_at", "name", "description", "instructions", *settings)
    return build_persona(
        source.get("name"), source.get("instructions"), role=source.get("description"), settings=settings,
        left_out=unused_fields(source, used),
    )  # fmt: skip


def _is_open_webui(source: Mapping[str, Any]) -> bool:
    info: Any = source["info"] if isinstance(source.get("info"), dict) else source
    return isinstance(info.get("params"), dict) and "system" in info["params"]


def _parse_open_webui(source: Mapping[str, Any]) -> ImportedPersona | None:
    """Models of Open WebUI: a base model with a system prompt."""
    info: Mapping[str, Any] = source["info"] if isinstance(source.get("info"), dict) else source
    settings = {key: value for key, value in info["params"].items() if key != "system"}
    meta = info.get("meta") if isinstance(info.get("meta"), dict) else {}
    left = unused_fields(info, ("id", "name", "params", "meta", "created_at", "updated_at"))
    left += [f"meta.{name}" for name in unused_fields(meta or {}, ("description",))]
    return build_persona(
        info.get("name") or info.get("id"), info["params"].get("system"), settings=settings,
        role=(meta or {}).get("description"), left_out=left,
    )  # fmt: skip


def _is_librechat_preset(source: Mapping[str, Any]) -> bool:
    return isinstance(source.get("promptPrefix"), str)


def _parse_librechat_preset(source: Mapping[str, Any]) -> ImportedPersona | None:
    """Presets of LibreChat."""
    settings = {
        key: source.get(key) for key in ("temperature", "top_p", "frequency_penalty", "presence_penalty")
    }
    names = ("chatGptLabel", "modelLabel", "title")
    used = ("presetId", "_id", "promptPrefix", *names, *settings)
    name = next((source[key] for key in names if source.get(key)), "")
    return build_persona(
        name, source["promptPrefix"], settings=settings, left_out=unused_fields(source, used)
    )


def _is_librechat_agent(source: Mapping[str, Any]) -> bool:
    return "instructions" in source and ("model_parameters" in source or "provider" in source)


def _parse_librechat_agent(source: Mapping[str, Any]) -> ImportedPersona | None:
    """Agents of LibreChat."""
    given = source.get("model_parameters")
    settings = given if isinstance(given, dict) else {}
    used = ("id", "_id", "name", "description", "instructions", "model_parameters")
    return build_persona(
        source.get("name"), source["instructions"], role=source.get("description"), settings=settings,
        left_out=unused_fields(source, used),
    )  # fmt: skip


def _is_prompt(source: Mapping[str, Any]) -> bool:
    return any(isinstance(source.get(key), str) for key in _PROMPTS)


def parse_prompt(source: Mapping[str, Any]) -> ImportedPersona | None:
    """An entry of a prompt list: a title and a prompt, by usual names, or a persona of Roundtable."""
    prompt_key = next(
        (key for key in _PROMPTS if isinstance(source.get(key), str) and source[key].strip()), ""
    )
    name_key = next((key for key in _TITLES if isinstance(source.get(key), str) and source[key].strip()), "")
    settings = {key: source[key] for key in ("temperature", "top_p", "max_tokens") if key in source}
    if isinstance(params := source.get("params"), dict):  # A persona of Roundtable.
        settings |= params
    if "creativity" in source:
        settings.setdefault("temperature", source["creativity"])
    role_key = next((key for key in ("role", "description") if key in source and key != name_key), "")
    used = ("$schema", "creativity", "full_name", "id", "params", name_key, role_key, prompt_key, *settings)
    return build_persona(
        source.get(name_key), source.get(prompt_key), full_name=source.get("full_name"),
        role=source.get(role_key), settings=settings, left_out=unused_fields(source, used),
    )  # fmt: skip


_KINDS: tuple[tuple[Callable[[Mapping[str, Any]], bool], Parser], ...] = (
    (_is_card, _parse_card),
    (lambda source: source.get("object") == "assistant", _parse_assistant),
    (_is_open_webui, _parse_open_webui),
    (_is_librechat_preset, _parse_librechat_preset),
    (_is_librechat_agent, _parse_librechat_agent),
    (_is_prompt, parse_prompt),
)


def is_foreign_json(path: Path) -> bool:
    """Return whether a file is a persona of another program, in one of the kinds with a form of their own."""
    try:
        source = load_json(files.read_text(path))
    except (FileError, ValueError):
        return False
    source = source[0] if isinstance(source, list) and source else source
    return isinstance(source, dict) and any(matches(source) for matches, _ in _KINDS[:-1])
