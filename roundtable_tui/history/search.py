"""What is looked for: the words a person types, and texts the way the index takes them.

Two indexes answer. The one of words (SQLite's unicode61) finds words and their beginnings in all that was
said; so that it finds Chinese, Japanese and Thai at all, and `c++` as such, each of those characters is a
word of its own in it. The one of trigrams finds three letters and more, inside words too, in questions
and answers.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from roundtable_tui.utils.text import fix_surrogates, sanitize

SYMBOLS = "+#%$&@€£"
"""Signs that are part of what they stand at: `c++`, `c#`, `50%`. All others separate words."""
_ALONE = re.compile(
    f"([{re.escape(SYMBOLS)}"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"  # kana, Han
)
_WORD = re.compile(rf"[^\W_]|[{re.escape(SYMBOLS)}]")
_TYPED = re.compile(r'"([^"]*)"|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Term:
    """Something that has to be found: a word or its beginning, or a phrase as it stands in quotes."""

    text: str
    exact: bool = False
    """True where it ends as typed: it stood in quotes."""

    @property
    def word_query(self) -> str:
        """The term for the index of words, "" if it has none."""
        if not _WORD.search(self.text):
            return ""
        quoted = _quoted(separate_cjk(self.text))
        # One letter is the beginning of half of all words: it is looked for as a word of its own.
        open_end = not self.exact and len(self.text) > 1 and self.text[-1].isalnum()
        return quoted + "*" if open_end else quoted

    @property
    def is_single_character(self) -> bool:
        """Whether it is a single sign, of which there is no end; one of those that are words is none."""
        return len(fold(self.text)) == 1 and not self.exact and not _ALONE.match(self.text)

    @property
    def trigram_query(self) -> str:
        """The term for the index of trigrams, "" if it is too short for that."""
        return _quoted(fold(self.text)) if len(fold(self.text)) >= 3 and not self.exact else ""


def parse_query(typed: str) -> list[Term]:
    """Return what a person's words look for; a quote left open ends with the text. There are no operators."""
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
    """Return `text` with all that makes no difference to a reader taken out: case, width, kind of spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", fix_surrogates(text))
    return text.casefold()


def separate_cjk(text: str) -> str:
    """Return `text` as the index of words takes it."""
    return _ALONE.sub(r" \1 ", fold(text))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Empty values leave everything in."""

    words: str = ""
    mode: str = ""
    status: str = ""
    model: str = ""
    """A part of its name."""
    since: float = 0.0
    """Seconds since the epoch."""
    until: float = 0.0
    limit: int = -1

    @property
    def terms(self) -> list[Term]:
        """What the words look for."""
        return parse_query(self.words)


def sql_clauses(query: RunQuery, status: str) -> list[tuple[str, list[object]]]:
    """Return the conditions on `runs`, each with its values, of the stretches that the list is made of: runs
    that were asked for the words, then those in which they are only said. `status` is as the index has it.

    Each stretch stands in the order of time, in which the index goes through the runs: nothing is sorted, and
    where only the first runs are wanted no others are looked at.
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
    """Return the condition that all terms are found, in one column or in any, and its values."""
    found = [_term_clauses(term, column) for term in terms]
    return " AND ".join(f"({' OR '.join(ways)})" for ways, _ in found), [v for _, some in found for v in some]


def _term_clauses(term: Term, column: str) -> tuple[list[str], list[object]]:
    """Return the ways in which a term may be found, and their values."""
    ways: list[str] = []
    values: list[object] = []
    for table, match in (("words", term.word_query), ("grams", term.trigram_query)):
        if match:
            # The plus keeps SQLite going through the runs by time: it would begin with what was found.
            ways.append(f"+id IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)")
            values.append(column + match)
    if (
        not ways or term.is_single_character
    ):  # Signs that are no words, or the first letter of what is being typed.
        ways.append("instr(asked, ?)")
        values.append(fold(term.text))
    return ways, values


_BEFORE = 3
"""A third of the room is for what stands before the place."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text on one line, and where in it the hits are."""

    text: str
    hits: tuple[tuple[int, int], ...] = ()


def make_snippet(text: str, typed: str, width: int) -> Snippet:
    """Return about `width` characters of `text` around the first of what is typed, else its beginning."""
    text = " ".join(sanitize(text).split())
    words = [re.escape(term.text).replace(r"\ ", r"\s+") for term in parse_query(typed)]
    pattern = re.compile("|".join(sorted(words, key=len, reverse=True)) or "(?!)", re.IGNORECASE)
    first = pattern.search(text)
    start = max(0, first.start() - width // _BEFORE) if first else 0
    if start:  # At the beginning of a word.
        start = text.find(" ", start, first.start() if first else None) + 1 or start
    end = start + width
    if end < len(text):  # At the end of one.
        end = max(text.rfind(" ", first.end() if first else start, end), start + width // _BEFORE)
    piece = text[start:end]
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shown = before + piece + after
    return Snippet(shown, tuple(match.span() for match in pattern.finditer(shown)))
