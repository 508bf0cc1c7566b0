"""The option `file` of modes that read a text: given as a path, recorded as `{path, bytes, sha256}`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

from roundtable_tui.engine.mode import PathOption
from roundtable_tui.utils.texts import text_input


def _describe_file(value: Any) -> Any:
    return text_input.fingerprint(Path(value)) if isinstance(value, str) and value else value or None


TextFile = Annotated[dict[str, Any] | None, BeforeValidator(_describe_file), PathOption("--file")]
"""A text file; its size and hash are taken when options are validated, its text is read by the run."""
