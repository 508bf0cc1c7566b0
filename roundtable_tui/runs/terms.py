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

from roundtable_tui.text import repair

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
    whole: bool = False
    """True where it ends as typed: it stood in quotes."""

    @property
    def words(self) -> str:
        """The term for the index of words, "" if it has none."""
        if not _WORD.search(self.text):
            return ""
        quoted = _quoted(spread(self.text))
        # One letter is the beginning of half of all words: it is looked for as a word of its own.
        open_end = not self.whole and len(self.text) > 1 and self.text[-1].isalnum()
        return quoted + "*" if open_end else quoted

    @property
    def is_letter(self) -> bool:
        """Whether it is a single sign, of which there is no end; one of those that are words is none."""
        return len(fold(self.text)) == 1 and not self.whole and not _ALONE.match(self.text)

    @property
    def grams(self) -> str:
        """The term for the index of trigrams, "" if it is too short for that."""
        return _quoted(fold(self.text)) if len(fold(self.text)) >= 3 and not self.whole else ""


def parse(typed: str) -> list[Term]:
    """Return what a person's words look for; a quote left open ends with the text. There are no operators."""
    typed = typed.replace("\0", " ")
    if typed.count('"') % 2:
        typed += '"'
    terms = []
    for match in _TYPED.finditer(typed):
        quoted, plain = match[1], match[2]
        text = " ".join((plain if quoted is None else quoted).split())
        if text:
            terms.append(Term(text, whole=quoted is not None))
    return list(dict.fromkeys(terms))


def fold(text: str) -> str:
    """Return `text` with all that makes no difference to a reader taken out: case, width, kind of spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", repair(text))
    return text.casefold()


def spread(text: str) -> str:
    """Return `text` as the index of words takes it."""
    return _ALONE.sub(r" \1 ", fold(text))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
