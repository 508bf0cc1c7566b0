"""Calls of tools and citations of files as lines that are safe to show, for the screen and the exports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from roundtable_tui.engine import events
from roundtable_tui.engine.tools.citations import CheckedCitation
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import single_line

_VERBS = {
    "read_file": "read",
    "list_files": "list",
    "search_files": "search",
    "search_documents": "documents",
}
_MAX_TITLE_CHARS = 100


def describe_call(event: events.ToolCalled) -> str:
    """Return a call that has no result yet as one line: `▸ read README.md`."""
    about = next((str(value) for value in event.arguments.values() if isinstance(value, str | int)), "")
    return " ".join(part for part in ("▸", _verb(event.tool), single_line(about, _MAX_TITLE_CHARS)) if part)


def describe_result(event: events.ToolReturned) -> str:
    """Return a call with its result as one line: `▸ read README.md:1-40 · 1.2 kB`."""
    title = single_line(event.title, _MAX_TITLE_CHARS)
    if not event.ok:
        return f"{' '.join(filter(None, ('▸', _verb(event.tool), title)))} · {single_line(event.text, 160)}"
    size = format_bytes(len(event.text.encode("utf-8", "replace")))
    return f"{' '.join(filter(None, ('▸', _verb(event.tool), title)))} · {size}"


def describe_permission(event: events.ToolPermission) -> str:
    """Return what the user answered to a question about a tool."""
    answers = {"once": "allowed once", "run": "allowed for this run", "always": "always allowed"}
    about = f" ({single_line(event.subject, _MAX_TITLE_CHARS)})" if event.subject else ""
    return f"{single_line(event.tool, 60)}{about}: {answers.get(event.answer, 'not allowed')} by you"


def describe_citations(citations: Sequence[CheckedCitation]) -> list[str]:
    """Return lines on the citations of a text: how many hold, and each that does not; none without any."""
    if not citations:
        return []
    wrong = [one for one in citations if not one.is_checked]
    held = count_of(len(citations) - len(wrong), "citation")
    lines = [f"{held} checked"] if len(wrong) < len(citations) else []
    return [*lines, *dict.fromkeys(map(describe_unchecked, wrong))]


def describe_unchecked(one: CheckedCitation) -> str:
    """Return a citation that does not hold, as one line."""
    return f"✗ [{single_line(one.text, _MAX_TITLE_CHARS)}] not verified: {one.why}"


def summarise_calls(results: Iterable[events.ToolReturned]) -> list[str]:
    """Return one line per tool: `read_file: 4 calls, 12.3 kB`."""
    by_tool: dict[str, list[events.ToolReturned]] = {}
    for event in results:
        by_tool.setdefault(event.tool, []).append(event)
    lines = []
    for tool, found in by_tool.items():
        failed = sum(not event.ok for event in found)
        size = format_bytes(sum(len(event.text.encode("utf-8", "replace")) for event in found))
        parts = [count_of(len(found), "call"), *([f"{failed} without a result"] if failed else []), size]
        lines.append(f"{single_line(tool, 60)}: {', '.join(parts)}")
    return lines


def format_bytes(number: int) -> str:
    """Format a number of bytes: `340 B`, `1.2 kB`."""
    if number < 1000:
        return f"{number} B"
    return f"{number / 1000:.1f} kB" if number < 1_000_000 else f"{number / 1_000_000:.1f} MB"


def _verb(tool: str) -> str:
    return _VERBS.get(tool, single_line(tool, 60))
