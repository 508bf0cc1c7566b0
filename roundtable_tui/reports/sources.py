"""The pages that a server names as the sources of an answer, for the screen and the exports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from roundtable_tui.utils.text import single_line

_MAX_URL_CHARS = 300
_MAX_TITLE_CHARS = 120


def format_sources(sources: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return one sanitized line per source: its number, title and URL."""
    lines = []
    for number, source in enumerate(sources, 1):
        url = single_line(str(source.get("url", "")), _MAX_URL_CHARS)
        title = single_line(str(source.get("title", "")), _MAX_TITLE_CHARS)
        lines.append(f"[{number}] {title}: {url}" if title else f"[{number}] {url}")
    return lines
