"""What a question is about: phrases of it that can stand in one of our sentences."""

from __future__ import annotations

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


LABELS = _set(
    """
    question context answer note topic theme task round instructions instruction example summary title
    system user
    """
)
"""What stands before a colon and is no name."""

FUNCTION_WORDS = _set(
    """
    a about after all am an and any are as at be been before being between but by can could did do does
    doing done down for from get give had has have he her his how i if in into is it its just like make
    may me might more most much must my need no not of off on once one only or other our out over own
    per put shall she should so some such take than that the their them then there these they think this
    those through to too under until up upon us use very want was way we were what when where whether
    which while who whom whose why will with without would yes you your better best worse good bad
    """
)
_ARTICLES = _set(
    """
    a an the its our my your their his her this that every each some
    """
)
_PREPOSITIONS = _set(
    """
    of for in on about with between from into without by to at or and than
    """
)
_WORD = re.compile(r"[^\W_][\w'’+#.-]*[\w+#]|[^\W_]")


def topics(question: str) -> tuple[str, ...]:
    """Return phrases of `question` that can stand as a noun: after an article, after a preposition, names."""
    words = _WORD.findall(question)
    found: list[str] = []
    later: list[str] = []
    for i, word in enumerate(words):
        before = words[i - 1].lower() if i else ""
        if word.lower() in FUNCTION_WORDS:
            continue
        if before in _ARTICLES:
            run = _run(words, i, 2)
            later.append(f"{before if before in ('a', 'an') else 'the'} {run}")
        elif before in _PREPOSITIONS:
            found.append(_run(words, i, 2))
        elif i and word[0].isupper():
            found.append(_run(words, i, 1))
    found += later
    if not found:
        rest = [w for w in words if w.lower() not in FUNCTION_WORDS and len(w) > 2]
        found = rest[-2:]
    return tuple(dict.fromkeys(found))[:6] or ("the question",)


def _run(words: list[str], start: int, most: int) -> str:
    end = start + 1
    while end < min(len(words), start + most) and words[end].lower() not in FUNCTION_WORDS:
        end += 1
    return " ".join(words[start:end])
