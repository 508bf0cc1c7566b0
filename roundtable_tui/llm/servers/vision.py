"""Asks a server whether a model reads pictures, where its list of models does not say.

llama.cpp says it in `/props` (https://github.com/ggml-org/llama.cpp, tools/server/README.md), Ollama in
`/api/show` (https://github.com/ollama/ollama/blob/main/docs/api.md), LM Studio in `/api/v0/models`
(https://lmstudio.ai/docs/app/api/endpoints/rest).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

Fetch = Callable[[str, Mapping[str, Any] | None], Awaitable[Any]]
"""(path from the root, body of a POST or None) -> the JSON of the response, None for any failure."""


def is_named(model: str, patterns: str) -> bool:
    """Return whether a model has one of the names in `patterns`, separated by commas, with * for any text."""
    names = (part.strip().lower() for part in patterns.split(","))
    return any(fnmatchcase(model.lower(), name) for name in names if name)


async def ask_vision(fetch: Fetch, model: str) -> bool | None:
    """Return whether a model reads pictures, None if the server does not say."""
    props, shown, listed = await asyncio.gather(
        fetch("/props", None), fetch("/api/show", {"model": model}), fetch("/api/v0/models", None)
    )
    modalities = _get(props, "modalities")
    if isinstance(sees := _get(modalities, "vision"), bool):
        return sees
    if isinstance(capabilities := _get(shown, "capabilities"), list) and capabilities:
        return "vision" in capabilities
    entries = _get(listed, "data")
    for entry in entries if isinstance(entries, list) else ():
        if _get(entry, "id") == model and isinstance(kind := _get(entry, "type"), str):
            return kind == "vlm"
    return None


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
