"""Search terms of a text, shared by all stores so that they rank alike.

Case, accents and the plural s do not matter. A compound is found whole and by its parts (`self-play`).
Scripts without spaces between words are cut into single characters and pairs, as is usual for them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MAX_TERM_CHARS = 64
"""Characters of a term that count."""
MAX_QUERY_TERMS = 64
"""Terms of one query that count."""

_ACCENTS = re.compile("[\u0300-\u036f]")
# Letters, digits and the marks that sit on them (which `\w` leaves out: the vowels of Hindi are marks).
_LETTER = r"(?:[^\W_]|[\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff])"
_RUN = re.compile(rf"{_LETTER}+(?:[-._'’/]{_LETTER}+)*", re.UNICODE)
_PART = re.compile(rf"{_LETTER}+")
# Languages whose names end in signs: c++, c#, f#.
_SYMBOL_TERM = re.compile(r"(?<![^\W_])[a-z](?:\+\+|#)")
# Han, Japanese syllables, Korean, and the scripts of Thai, Lao, Burmese and Khmer.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af]+"
)


# Words of most English questions that do not distinguish passages.
# Other languages: see what the stores do with terms
# of more than half of the passages.
_STOP_WORDS_TEXT = (
    "a an and are as at be by did do doe for from had has have how i if in is me my of on or our should so"
    " that the their them there these they this to was we were what when where which who why with would you"
    " your"
)  # "does" has lost its s.
_STOP_WORDS = frozenset(_STOP_WORDS_TEXT.split())


def extract_terms(text: str) -> list[str]:
    """Return the terms of a text in order, with repetitions."""
    return list(_iter_terms(text, single=True))


def extract_query_terms(text: str, limit: int = MAX_QUERY_TERMS) -> list[str]:
    """Return the distinct terms of a query, at most `limit`, without stop words if others are left."""
    every = list(dict.fromkeys(_iter_terms(text, single=False)))
    return ([term for term in every if term not in _STOP_WORDS] or every)[:limit]


def _iter_terms(text: str, *, single: bool) -> Iterator[str]:
    """Yield the terms; `single` characters of unspaced scripts stand beside their pairs."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    folded = unicodedata.normalize("NFC", _ACCENTS.sub("", folded))
    for match in _SYMBOL_TERM.finditer(folded):
        yield match[0]
    for run in _RUN.finditer(folded):
        parts = _PART.findall(run[0])
        for part in parts:
            yield from _iter_word_terms(part, single)
        if len(parts) > 1:
            yield _singularize("".join(parts))


def _iter_word_terms(word: str, single: bool) -> Iterator[str]:
    at = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > at:
            yield _singularize(word[at : run.start()])
        at = run.end()
        chars = run[0]
        if single or len(chars) == 1:
            yield from chars
        yield from (chars[i : i + 2] for i in range(len(chars) - 1))
    if at < len(word):
        yield _singularize(word[at:])


def _singularize(word: str) -> str:
    """Return a word without its English plural: policies -> policy, models -> model; but glass, bus."""
    if len(word) > 3 and word.isascii() and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        if word.endswith("ies") and len(word) > 4:
            word = word[:-3] + "y"
        elif word.endswith(("ches", "shes", "sses", "xes", "zes")):
            word = word[:-2]
        else:
            word = word[:-1]
    return word[:MAX_TERM_CHARS]
