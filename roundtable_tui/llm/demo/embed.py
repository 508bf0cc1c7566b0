"""Embeddings of the demo: hashed bags of words. Texts with equal words are near; meaning is ignored."""

from __future__ import annotations

import base64
import re
import struct
from typing import Any

from roundtable_tui.llm.demo.prompt_parser import digest
from roundtable_tui.llm.demo.request import EmbeddingsRequest

_SIZE = 256
_WORD = re.compile(r"\w+")


def embed_text(text: str) -> list[float]:
    """Return a vector of 256 numbers and length 1 (0 for a text without words)."""
    out = [0.0] * _SIZE
    for word in _WORD.findall(text.lower()):
        key = digest(word)
        out[key % _SIZE] += 1.0 if key >> 32 & 1 else -1.0
    norm = sum(x * x for x in out) ** 0.5
    return [x / norm for x in out] if norm else out


def create_embeddings(request: EmbeddingsRequest) -> dict[str, Any]:
    """Return the response to an embeddings request."""
    texts = [request.input] if isinstance(request.input, str) else request.input
    data = []
    for index, text in enumerate(texts):
        value: Any = embed_text(text)
        if request.encoding_format == "base64":
            value = base64.b64encode(struct.pack(f"<{_SIZE}f", *value)).decode()
        data.append({"object": "embedding", "index": index, "embedding": value})
    spent = sum(len(_WORD.findall(text)) for text in texts)
    usage = {"prompt_tokens": spent, "total_tokens": spent}
    return {"object": "list", "model": request.model, "data": data, "usage": usage}
