"""Parses the list of models of a server, in the formats of the known servers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from roundtable_tui.config.suggestions import closest_match
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.types import ModelInfo, ModelPrice
from roundtable_tui.utils import text
from roundtable_tui.utils.redact import redact

_NAME_KEYS = ("id", "model", "name", "key")
"""OpenAI and most others; Ollama; Ollama and Gemini; LM Studio's own API."""
_CONTEXT_KEYS = (
    "context_length",
    "max_model_len",
    "max_context_length",
    "context_window",
    "n_ctx",
    "n_ctx_train",
)
_TOOL_CAPABILITIES = ("tools", "tool_use", "function_calling", "tool_calling")
_JSON_CAPABILITIES = ("structured_outputs", "json_schema", "response_schema", "json_output")
_VISION_CAPABILITIES = ("vision", "image_input")
_CHAT_TYPES = frozenset({"chat", "llm", "vlm", "language", "text-generation", "chat-completion"})
_OTHER_TYPES = frozenset(
    {
        "embedding", "embeddings", "image", "image_generation", "moderation", "rerank", "reranker", "audio",
        "audio_speech", "audio_transcription", "transcribe", "video", "completion", "tts", "speech",
        "feature-extraction", "text-embedding", "text-to-image", "embed", "sentence-similarity",
        "text-ranking", "text-to-speech", "automatic-speech-recognition", "text-classification",
        "image-to-image", "text-to-video",
    }
)  # fmt: skip
_MAX_SUGGESTIONS = 4
_MAX_NAME_CHARS = 1000


class NoModelListError(RoundtableError):
    """A server that may answer chats but has no list of its models."""


def parse_models(value: Any, key: str = "") -> list[ModelInfo] | None:
    """Return the models in `{"data": [...]}`, `{"models": [...]}` or a list; None for any other value.

    `key` is the one that was sent ("" for none), hidden in the names.
    """
    if isinstance(value, dict):
        if value.get("object") == "list" and value.get("data", 0) is None and "models" not in value:
            return []  # Ollama without a model.
        value = next((value[name] for name in ("data", "models") if isinstance(value.get(name), list)), None)
    if not isinstance(value, list):
        return None
    found: dict[str, ModelInfo] = {}
    for item in value:
        model = _parse_model(item, key)
        if model is not None:
            found.setdefault(model.id, model)
    return list(found.values())


def _parse_model(item: Any, key: str) -> ModelInfo | None:
    if isinstance(item, str):
        return ModelInfo(_read_name(item, key)) if item.strip() else None
    if not isinstance(item, dict):
        return None
    name = next((item[key] for key in _NAME_KEYS if isinstance(item.get(key), str) and item[key]), None)
    if name is None:
        return None
    return ModelInfo(
        _read_name(name, key),
        _context_length(item),
        _has_capability(item, _TOOL_CAPABILITIES),
        _has_capability(item, _JSON_CAPABILITIES),
        _reads_pictures(item),
        _answers_chats(item),
        _read_price(item.get("pricing")),
    )


def _read_name(name: str, key: str) -> str:
    return redact(text.fix_surrogates(name[:_MAX_NAME_CHARS]), key, known_only=True)


def _context_length(item: dict[str, Any]) -> int | None:
    sources: Iterable[Any] = (item, item.get("meta"), item.get("top_provider"))
    for source in sources:
        if isinstance(source, dict):
            for name in _CONTEXT_KEYS:
                value = source.get(name)
                if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                    return value
    return None


def _has_capability(item: dict[str, Any], names: tuple[str, ...]) -> bool | None:
    """Return whether a model has a capability, from a list, an object or flags; None if not reported."""
    for place in ("supported_parameters", "capabilities", "supported_features"):
        reported = item.get(place)
        if isinstance(reported, list) and reported:
            # All lists of capabilities include tools; only some of them include JSON schemas.
            complete = place == "supported_parameters" or names is _TOOL_CAPABILITIES
            return True if any(name in reported for name in names) else False if complete else None
        if isinstance(reported, dict):
            for name in names:
                if isinstance(reported.get(name), bool):
                    return bool(reported[name])
    for name in names:
        if isinstance(item.get(f"supports_{name}"), bool):
            return bool(item[f"supports_{name}"])
    return None


def _modalities(item: dict[str, Any], direction: str) -> list[Any] | None:
    """Return `input` or `output` modalities, as OpenRouter reports them; None if not reported."""
    for source in (item.get("architecture"), item):
        if isinstance(source, dict) and isinstance(found := source.get(f"{direction}_modalities"), list):
            return found
    return None


def _reads_pictures(item: dict[str, Any]) -> bool | None:
    if item.get("type") == "vlm":
        return True
    if (modalities := _modalities(item, "input")) is not None:
        return "image" in modalities
    if isinstance(item.get("supported_parameters"), list):  # It says nothing about pictures.
        item = {name: value for name, value in item.items() if name != "supported_parameters"}
    return _has_capability(item, _VISION_CAPABILITIES)


def _answers_chats(item: dict[str, Any]) -> bool | None:
    """Return whether a model answers chats, from its type, mode or modalities; None if not reported."""
    capabilities = item.get("capabilities")
    if isinstance(capabilities, dict) and isinstance(chat := capabilities.get("completion_chat"), bool):
        return chat
    if (modalities := _modalities(item, "output")) is not None:
        return "text" in modalities
    kinds = [item.get(name) for name in ("type", "mode", "task", "pipeline_tag")]
    metadata = item.get("metadata")
    for listed in (capabilities, metadata.get("tags") if isinstance(metadata, dict) else None):
        # As a capability (Ollama), completion includes chats.
        kinds += [one for one in listed[:20] if one != "completion"] if isinstance(listed, list) else []
    named = {str(kind or "").lower() for kind in kinds}
    return True if named & _CHAT_TYPES else False if named & _OTHER_TYPES else None


def _read_price(pricing: Any) -> ModelPrice | None:
    """Return a price: per token where it is a string (OpenRouter), per million where a number (Together)."""
    if not isinstance(pricing, dict):
        return None
    found = []
    for names in (("prompt", "input"), ("completion", "output")):
        value = next((pricing[name] for name in names if name in pricing), None)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        try:
            amount = float(value) / (1 if isinstance(value, str) else 1_000_000)
        except ValueError:
            return None
        if not 0 <= amount < 1:  # A negative price stands for one that is not fixed.
            return None
        found.append(amount)
    return ModelPrice(*found)


def suggest_model(requested: str, offered: Sequence[str]) -> str:
    """Return a hint about a model that is not among those `offered`."""
    if not offered:
        return "Choose a model that the server offers"
    # Names of models are long and share parts: also a distant one helps.
    if (near := closest_match(requested, offered, cutoff=0.4)) is not None:
        return f"Did you mean {text.single_line(near, 60)}?"
    names = ", ".join(text.single_line(name, 30) for name in offered[:_MAX_SUGGESTIONS])
    more = f" and {len(offered) - _MAX_SUGGESTIONS} more" if len(offered) > _MAX_SUGGESTIONS else ""
    return f"The server offers {names}{more}"
