"""The JSON of a body, refused before it is parsed if it has too many values.

A body may have many megabytes, because of pictures and documents, which are few long texts. As many bytes of
small values would take half a minute and gigabytes.
"""

from __future__ import annotations

import re
from typing import Any

from roundtable_tui.utils.nesting import load_json

MAX_BODY_VALUES = 100_000
"""Values, and names of fields."""
_QUOTED = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


class TooManyValuesError(ValueError):
    """A text has more than `MAX_BODY_VALUES` values."""


def load_bounded(body: bytes) -> Any:
    """Return the value of a JSON text.

    Raises:
        TooManyValuesError: it has too many values; it was not parsed.
        ValueError: it is not JSON, or nested too deeply.
    """
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MAX_BODY_VALUES:
        if body.count(b'"') - body.count(rb"\"") > 4 * MAX_BODY_VALUES:
            raise TooManyValuesError
        plain = _QUOTED.sub(b"", body)
        if plain.count(b",") + plain.count(b"[") + plain.count(b"{") > MAX_BODY_VALUES:
            raise TooManyValuesError
    return load_json(body)
