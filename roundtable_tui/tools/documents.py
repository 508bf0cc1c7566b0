"""The tool `search_documents`: the collections of the run, searched with words that the seat chooses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roundtable_tui.engine.citations import Passage, PassageFinder
from roundtable_tui.engine.tools.tool import CallContext, Tool, ToolResult
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.types import ToolSpec
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import single_line

CHOICE = "documents"
"""What the user calls it."""
NAME = "search_documents"
GUIDANCE = f"""Use {NAME} to find further passages of the documents. Cite what it finds as [source:line] or
[source:first-last], with the numbers that it gives."""
_MAX_QUERY_CHARS = 1_000


def documents_tool(find: PassageFinder) -> Tool:
    """Return the tool over what `find` searches."""

    async def search(arguments: Mapping[str, Any], context: CallContext) -> ToolResult:
        query = str(arguments["query"]).strip()[:_MAX_QUERY_CHARS]
        title = f"“{single_line(query, 60)}”"
        if not query:
            return ToolResult("the words to search for are missing", ok=False)
        try:
            passages = await find(query, lambda line: None)
        except RoundtableError as error:
            return ToolResult(f"failed: {error}", ok=False, title=title)
        rows = [row for passage in passages for row in _rows(passage)]
        text = "\n".join(f"{source}:{number}: {line}" for source, number, line in rows)
        found = [(source, number) for source, number, _ in rows]
        title = f"{title}, {count_of(len(passages), 'passage')}"
        return ToolResult(text or "(no passage)", title=title, details={"found": found})

    words = {"type": "string", "description": "words that the passages should have, or a question"}
    schema = {"type": "object", "properties": {"query": words}, "required": ["query"]}
    spec = ToolSpec(NAME, "Find passages of the documents.", schema)
    return Tool(
        spec, search, default="allow", is_shared=True, timeout_s=120,
        subject=lambda arguments: (str(arguments.get("query", "")),),
    )  # fmt: skip


def _rows(passage: Passage) -> list[tuple[str, int, str]]:
    """Return (source, number, text) of the lines of a passage; of pages and paragraphs one row."""
    lines = passage.text.split("\n")
    source = " ".join(passage.source.split())
    if passage.unit == "line" and len(lines) == passage.last - passage.first + 1:
        return [(source, passage.first + at, " ".join(line.split())) for at, line in enumerate(lines)]
    return [(source, passage.first, " ".join(passage.text.split()))]
