"""Search queries: parses what a user types, and prepares queries and texts for the index.

There are two indexes. The word index (SQLite's unicode61 tokenizer) finds words and prefixes in all texts;
Chinese, Japanese and Thai characters, and symbols as in `c++`, are indexed as separate words. The trigram
index finds three or more characters anywhere in questions and answers.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from roundtable_tui.utils.text import fix_surrogates, sanitize

SYMBOLS = "+#%$&@€£"
"""Symbols that belong to words: `c++`, `c#`, `50%`. All others separate words."""
_ALONE = re.compile(
    f"([{re.escape(SYMBOLS)}"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"  # kana, Han
)
_WORD = re.compile(rf"[^\W_]|[{re.escape(SYMBOLS)}]")
_TYPED = re.compile(r'"([^"]*)"|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Term:
    """A search term: a word or prefix, or a quoted phrase."""

    text: str
    exact: bool = False
    """True for quoted terms, which are not prefixes."""

    @property
    def word_query(self) -> str:
        """The term for the word index; "" if it contains no word."""
        if not _WORD.search(self.text):
            return ""
        quoted = _quote_terms(separate_cjk(self.text))
        # A single letter is the prefix of too many words: search it as a whole word.
        open_end = not self.exact and len(self.text) > 1 and self.text[-1].isalnum()
        return quoted + "*" if open_end else quoted

    @property
    def is_single_character(self) -> bool:
        """True for a single character that is not indexed as a word of its own."""
        return len(fold(self.text)) == 1 and not self.exact and not _ALONE.match(self.text)

    @property
    def trigram_query(self) -> str:
        """The term for the trigram index; "" if it is too short."""
        return _quote_terms(fold(self.text)) if len(fold(self.text)) >= 3 and not self.exact else ""


def parse_query(typed: str) -> list[Term]:
    """Parse typed words into terms. An open quote ends with the text; there are no operators."""
    typed = typed.replace("\0", " ")
    if typed.count('"') % 2:
        typed += '"'
    terms = []
    for match in _TYPED.finditer(typed):
        quoted, plain = match[1], match[2]
        text = " ".join((plain if quoted is None else quoted).split())
        if text:
            terms.append(Term(text, exact=quoted is not None))
    return list(dict.fromkeys(terms))


def fold(text: str) -> str:
    """Normalize case, character width and spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", fix_surrogates(text))
    return text.casefold()


def separate_cjk(text: str) -> str:
    """Prepare `text` for the word index: separate characters that are words of their own."""
    return _ALONE.sub(r" \1 ", fold(text))


def _quote_terms(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Filters of a search; empty values match every run."""

    words: str = ""
    mode: str = ""
    status: str = ""
    model: str = ""
    """A part of a model name."""
    since: float = 0.0
    """Seconds since the epoch."""
    until: float = 0.0
    limit: int = -1

    @property
    def terms(self) -> list[Term]:
        """The parsed words."""
        return parse_query(self.words)


def sql_clauses(query: RunQuery, status: str) -> list[tuple[str, list[object]]]:
    """Return the SQL conditions of a search, with their values, in the order of the results.

    Runs with the words in their question come first, then runs with the words elsewhere. Each part is ordered
    by time, the order in which the index is scanned: nothing is sorted, and a limit ends the scan early.

    Args:
        query: The search.
        status: The status as stored in the index.
    """
    terms = query.terms
    base, given = _filter_clause(query, status)
    asked, in_question = _match_all_clause(terms, "{question} : ")
    if not terms:
        return [(base, given)]
    said, anywhere = _match_all_clause(terms)
    return [
        (f"{asked} AND {base}", [*in_question, *given]),
        (f"{said} AND NOT ({asked}) AND {base}", [*anywhere, *in_question, *given]),
    ]


def _filter_clause(query: RunQuery, status: str) -> tuple[str, list[object]]:
    parts: list[str] = ["1"]
    values: list[object] = []
    if query.mode:
        parts.append("mode = ?")
        values.append(query.mode)
    if status:
        parts.append("status = ?")
        values.append(status)
    if query.model:
        parts.append("+id IN (SELECT run FROM models WHERE instr(model, ?))")
        values.append(fold(query.model))
    if query.since:
        parts.append("started >= ?")
        values.append(query.since)
    if query.until:
        parts.append("started < ?")
        values.append(query.until)
    return " AND ".join(parts), values


def _match_all_clause(terms: list[Term], column: str = "") -> tuple[str, list[object]]:
    """Return the condition that all terms match, in one column or in any, and its values."""
    found = [_term_clauses(term, column) for term in terms]
    return " AND ".join(f"({' OR '.join(ways)})" for ways, _ in found), [v for _, some in found for v in some]


def _term_clauses(term: Term, column: str) -> tuple[list[str], list[object]]:
    """Return the alternative conditions that match a term, and their values."""
    ways: list[str] = []
    values: list[object] = []
    for table, match in (("words", term.word_query), ("grams", term.trigram_query)):
        if match:
            # The plus keeps SQLite scanning the runs by time instead of starting from the matches.
            ways.append(f"+id IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)")
            values.append(column + match)
    if not ways or term.is_single_character:  # Symbols, or the first letter of a word being typed.
        ways.append("instr(asked, ?)")
        values.append(fold(term.text))
    return ways, values


_BEFORE = 3
"""One third of the width is for the text before the match."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of a text on one line, and the positions of the matches in it."""

    text: str
    hits: tuple[tuple[int, int], ...] = ()


def make_snippet(text: str, typed: str, width: int) -> Snippet:
    """Return about `width` characters of `text` around the first match, or its beginning."""
    text = " ".join(sanitize(text).split())
    words = [re.escape(term.text).replace(r"\ ", r"\s+") for term in parse_query(typed)]
    pattern = re.compile("|".join(sorted(words, key=len, reverse=True)) or "(?!)", re.IGNORECASE)
    first = pattern.search(text)
    start = max(0, first.start() - width // _BEFORE) if first else 0
    if start:  # Move to the start of a word.
        start = text.find(" ", start, first.start() if first else None) + 1 or start
    end = start + width
    if end < len(text):  # Move to the end of a word.
        end = max(text.rfind(" ", first.end() if first else start, end), start + width // _BEFORE)
    piece = text[start:end]
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shown = before + piece + after
    return Snippet(shown, tuple(match.span() for match in pattern.finditer(shown)))
