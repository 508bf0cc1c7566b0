"""Digests of JSON values."""

from __future__ import annotations

import hashlib
import json


def digest(data: object) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of `data` as canonical JSON."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
