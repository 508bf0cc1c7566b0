"""Hashed bag-of-words vectors: equal words give near vectors; the meaning of words is not known."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Mapping
from typing import Any

from roundtable_tui.llm.demo.asked import digest

SIZE = 256
_WORD = re.compile(r"\w+")


def vector(text: str, size: int = SIZE) -> list[float]:
    """Return a vector of length 1 (0 for a text without words) with `size` numbers."""
    out = [0.0] * size
    for word in _WORD.findall(text.lower()):
        key = digest(word)
        out[key % size] += 1.0 if key >> 32 & 1 else -1.0
    norm = sum(x * x for x in out) ** 0.5
    return [x / norm for x in out] if norm else out


def embeddings(body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer an embeddings request; ValueError says what is wrong with it."""
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise ValueError("input: a text or a list of texts is needed")
    packed = body.get("encoding_format") == "base64"
    data = []
    for index, text in enumerate(texts):
        numbers = vector(text)
        value = base64.b64encode(struct.pack(f"<{SIZE}f", *numbers)).decode() if packed else numbers
        data.append({"object": "embedding", "index": index, "embedding": value})
    spent = sum(len(_WORD.findall(t)) for t in texts)
    return {
        "object": "list",
        "model": str(body.get("model") or "demo"),
        "data": data,
        "usage": {"prompt_tokens": spent, "total_tokens": spent},
    }
