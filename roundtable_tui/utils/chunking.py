"""Split a long text into overlapping chunks at paragraphs, sentences or words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from roundtable_tui.utils.lazy_pattern import lazy_compile

_PARAGRAPH = lazy_compile(r"\n[ \t\r]*\n\s*")
_SENTENCE = lazy_compile(r"[.!?…][\"'”’»)\]]*\s+|[。！？]+[”」』）]*\s*")
_BLANK = lazy_compile(r"\s+")
# Scripts that put no blanks between words: there any place between two letters will do.
_UNSPACED = lazy_compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_MAX_COMBINING_MARKS = 64


@dataclass(frozen=True, slots=True)
class TextChunk:
    """Characters `start` up to `end` of a text; `number` counts from 1."""

    number: int
    start: int
    end: int


def split_chunks(text: str, size: int, overlap: int = 0) -> list[TextChunk]:
    """Return chunks of at most `size` characters that cover `text`, each beginning within the
    last `overlap` of the one before.

    They end after a paragraph where one ends in the chunk's second half, else after a sentence, else
    after a word; never inside a word, unless that word alone is longer than a chunk. Blanks at both ends
    of the text are left out. ValueError where half a chunk is less than the overlap.
    """
    if size < 1 or overlap < 0 or overlap * 2 > size:
        raise ValueError(f"an overlap of 0 to half of the chunk's {size} characters, not {overlap}")
    last = len(text.rstrip())
    start = end = len(text) - len(text.lstrip())
    found: list[TextChunk] = []
    while end < last:
        end = last if last - start <= size else _find_end(text, start, end, start + size)
        found.append(TextChunk(len(found) + 1, start, end))
        start = _find_start(text, max(end - overlap, start + 1), end)
    return found


def _find_end(text: str, start: int, after: int, limit: int) -> int:
    """Return the best place to end a chunk in (`after`, `limit`]."""
    middle = max(after, (start + limit) // 2)
    for border in (_PARAGRAPH, _SENTENCE):
        if (place := _last_match_end(border, text, middle, limit)) > after:
            return place
    if _is_blank(text, limit - 1) or _is_blank(text, limit):
        return limit
    if (place := _last_match_end(_BLANK, text, after, limit)) > after:
        return place
    return _split_long_word(text, middle, limit)


def _find_start(text: str, wanted: int, end: int) -> int:
    """Return the first position from `wanted` where a sentence, or else a word, begins; else `end`."""
    if wanted >= end:
        return end
    if match := _SENTENCE.search(text, wanted, (wanted + end) // 2):
        return match.end()
    if _is_blank(text, wanted - 1) or _UNSPACED.match(text, wanted):
        return wanted
    match = _BLANK.search(text, wanted, end)
    return match.end() if match else end


def _last_match_end(border: re.Pattern[str], text: str, start: int, limit: int) -> int:
    place = -1
    for match in border.finditer(text, start, limit):
        place = match.end()
    return place


def _split_long_word(text: str, low: int, limit: int) -> int:
    """Return where to split a word longer than a chunk: between its parts, never before a combining mark."""
    for place in range(limit, low, -1):
        before, here = text[place - 1], text[place]
        spaced = (before.isalnum() or before == "_") and here.isalnum() and not _UNSPACED.match(here)
        if not spaced and not _is_combining(here):
            return place
    lowest = max(low + 1, limit - _MAX_COMBINING_MARKS)
    return next((place for place in range(limit, lowest, -1) if not _is_combining(text[place])), limit)


def _is_combining(char: str) -> bool:
    return (
        unicodedata.combining(char) != 0
        or char in "\u200d\ufe0e\ufe0f"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
    )


def _is_blank(text: str, place: int) -> bool:
    return text[place].isspace()
