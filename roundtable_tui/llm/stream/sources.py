"""Reads the sources of an answer: citations, search results and annotations of servers that search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roundtable_tui.llm.types import Source
from roundtable_tui.utils.text import fix_surrogates, single_line

MAX_SOURCES = 100
_MAX_URL_CHARS = 2000
_MAX_TITLE_CHARS = 200
_LISTS = ("search_results", "citations", "annotations", "references", "web_search")
"""Perplexity: `search_results`, `citations`; OpenAI and OpenRouter: `annotations`; Zhipu: `web_search`;
others: `references`."""
_CALLED_TOOLS = "executed_tools"
"""Groq: tools with `search_results`. https://console.groq.com/docs/compound/built-in-tools"""
_PLACES = (*_LISTS, _CALLED_TOOLS)


def read_sources(value: Mapping[str, Any]) -> list[Source]:
    """Return the sources that a chunk or a message names, each URL once."""
    if value.keys().isdisjoint(_PLACES):  # Nearly every chunk.
        return []
    found: list[Source] = []
    for name in _LISTS:
        items = value.get(name)
        for item in items[:MAX_SOURCES] if isinstance(items, list) else ():
            if (source := _read_source(item)) is not None:
                found.append(source)
    tools = value.get(_CALLED_TOOLS)
    for tool in tools[:MAX_SOURCES] if isinstance(tools, list) else ():
        results = tool.get("search_results") if isinstance(tool, dict) else None
        items = results.get("results") if isinstance(results, dict) else results
        found += read_sources({"search_results": items})
    return merge_sources([], found)


def merge_sources(known: list[Source], new: list[Source]) -> list[Source]:
    """Return the known sources and the new ones; a title or number that comes later is added."""
    merged = {source.url: source for source in known}
    for source in new:
        is_new = source.url not in merged and len(merged) < MAX_SOURCES
        if is_new or (source.title and source.url in merged and not merged[source.url].title):
            merged[source.url] = source
    return list(merged.values())


def _read_source(item: Any) -> Source | None:
    if isinstance(item, str):
        return Source(_clean(item, _MAX_URL_CHARS)) if _is_url(item) else None
    if not isinstance(item, dict):
        return None
    inner = item.get("url_citation") or item.get("web") or item
    if not isinstance(inner, dict):
        return None
    url = inner.get("url") or inner.get("uri") or inner.get("link")
    title = inner.get("title") or inner.get("name")
    if not isinstance(url, str) or not _is_url(url):
        return None
    shown = _clean(title, _MAX_TITLE_CHARS) if isinstance(title, str) else ""
    return Source(_clean(url, _MAX_URL_CHARS), shown)


def _clean(text: str, limit: int) -> str:
    return single_line(fix_surrogates(text.strip()[: 2 * limit]), limit)


def _is_url(text: str) -> bool:
    return text.strip().lower().startswith(("https://", "http://"))
