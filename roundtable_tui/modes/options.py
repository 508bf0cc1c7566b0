"""The option `file` of modes that read a text: a path when given, `{path, bytes, sha256}` in the record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

from roundtable_tui.engine.mode import PathOption
from roundtable_tui.utils import text_input


def _describe_file(value: Any) -> Any:
    return text_input.fingerprint(Path(value)) if isinstance(value, str) and value else value or None


TextFile = Annotated[dict[str, Any] | None, BeforeValidator(_describe_file), PathOption("--file")]
"""A text file; it is looked at when the options are made, and read when the run needs it."""
