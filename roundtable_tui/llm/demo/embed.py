"""Embeddings of the demo: hashed bags of words. Texts with equal words are near; meaning is ignored."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Mapping
from typing import Any

from roundtable_tui.llm.demo.prompt_parser import digest

_SIZE = 256
_MAX_TEXTS = 2048
_WORD = re.compile(r"\w+")


class EmbeddingInputError(ValueError):
    """The `input` of an embeddings request is not usable."""


def embed_text(text: str) -> list[float]:
    """Return a vector of 256 numbers and length 1 (0 for a text without words)."""
    out = [0.0] * _SIZE
    for word in _WORD.findall(text.lower()):
        key = digest(word)
        out[key % _SIZE] += 1.0 if key >> 32 & 1 else -1.0
    norm = sum(x * x for x in out) ** 0.5
    return [x / norm for x in out] if norm else out


def create_embeddings(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response to an embeddings request. Raises EmbeddingInputError."""
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise EmbeddingInputError("input: a text or a list of texts is needed")
    if len(texts) > _MAX_TEXTS:
        raise EmbeddingInputError(f"input: at most {_MAX_TEXTS} texts are allowed, not {len(texts)}")
    data = []
    for index, text in enumerate(texts):
        value: Any = embed_text(text)
        if body.get("encoding_format") == "base64":
            value = base64.b64encode(struct.pack(f"<{_SIZE}f", *value)).decode()
        data.append({"object": "embedding", "index": index, "embedding": value})
    spent = sum(len(_WORD.findall(text)) for text in texts)
    return {
        "object": "list",
        "model": str(body.get("model") or "demo"),
        "data": data,
        "usage": {"prompt_tokens": spent, "total_tokens": spent},
    }
