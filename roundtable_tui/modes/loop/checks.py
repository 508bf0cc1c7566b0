"""Checks of the replies in the loop: question, next topic, repetition, anomalies."""

from __future__ import annotations

import re
from collections.abc import Sequence

from roundtable_tui.answers.grouping import split_words

_NEXT = re.compile(
    r"^[ \t*_`>#-]*next[ _]?prompt\b[*_`]*[ \t]*[:：][ \t*_`]*(.*)$", re.IGNORECASE | re.MULTILINE
)
_TAG = re.compile(r"^[ \t*_`>#-]*(?:questioner|follow-up|question|q)\b[^:\n]{0,20}:[ \t*_`]*", re.IGNORECASE)
_LIST = re.compile(r"^[ \t]*(?:[-*+•]|\d+[.)])[ \t]+")
_BULLET = re.compile(r"^[ \t]*(?:[-*+•–]|\d+[.)])[ \t]+\S", re.MULTILINE)
_ROLES = "questioner|creator|mediator|mediatorq|scriber"
MAX_QUESTION_WORDS = 30
MAX_QUESTION_CHARS = 600
MIN_SHARED_WORDS = 0.8
"""Two questions with this share of common words count as the same."""
MIN_SHARED_NGRAMS = 0.5
"""An answer with this share of five-word sequences of another counts as a repetition."""
_NGRAM_SIZE = 5
CUT = "cut at its token limit"
"""The anomaly of a reply that is not used."""


def extract_question(text: str) -> str:
    """Return the question in a reply: its first line with a question, else its first line; without quotes."""
    lines = [_TAG.sub("", _LIST.sub("", line)).strip(" \t*_`\"'“”«»") for line in text.split("\n")]
    lines = [line for line in lines if line]
    asking = [line for line in lines if is_question(line)]
    return " ".join((asking or lines or [""])[0].split())[:MAX_QUESTION_CHARS]


def is_question(text: str) -> bool:
    """Return True if a text is a question."""
    return re.search("[?？؟]", text) is not None


def extract_topic(text: str) -> str:
    """Return the topic of the last line `NextPrompt: ...`; "" for none."""
    found = [match.strip(" \t*_`\"'“”") for match in _NEXT.findall(text)]
    return " ".join((found or [""])[-1].split())[:MAX_QUESTION_CHARS]


def strip_topic(text: str) -> str:
    """Remove the NextPrompt lines from an answer."""
    return _NEXT.sub("", text).strip()


def find_same_question(question: str, earlier: Sequence[str]) -> int | None:
    """Return the index of an earlier equal question, or None."""
    mine = set(split_words(question))
    for place, other in enumerate(earlier):
        theirs = set(split_words(other))
        if mine and len(mine & theirs) >= MIN_SHARED_WORDS * len(mine | theirs):
            return place
    return None


def find_repeated_answer(answer: str, earlier: Sequence[str]) -> int | None:
    """Return the index of an earlier answer that is repeated by half or more, or None."""
    mine = _ngrams(answer)
    for place, other in enumerate(earlier):
        theirs = _ngrams(other)
        smaller = min(len(mine), len(theirs))
        if smaller and len(mine & theirs) >= MIN_SHARED_NGRAMS * smaller:
            return place
    return None


def find_anomalies(role: str, text: str) -> list[str]:
    """Return short descriptions of anomalies in a reply."""
    found: list[str] = []
    said = split_words(text)
    runs = [tuple(said[i : i + _NGRAM_SIZE]) for i in range(len(said) - _NGRAM_SIZE + 1)]
    if len(runs) >= 40 and len(set(runs)) < len(runs) / 2:
        found.append("goes round in circles")
    others = "|".join(name for name in _ROLES.split("|") if not name.startswith(role))
    if re.search(rf"^[ \t*_#>]*(?:{others})[*_]*[ \t]*:", text, re.IGNORECASE | re.MULTILINE):
        found.append("speaks for another role")
    if role == "questioner":
        found += [f"more than {MAX_QUESTION_WORDS} words"] if len(said) > MAX_QUESTION_WORDS else []
        found += ["several questions"] if text.count("?") > 1 else []
        found += ["asks nothing"] if not is_question(text) else []
    elif role == "creator":
        found += ["hardly an answer"] if len(said) < 5 else []
    elif role == "mediator":
        found += ["asks nothing"] if not is_question(text) else []
        found += ["more than two sentences"] if len(re.findall(r"[.!?？。](?:\s|$)", text)) > 2 else []
    else:
        bullets = len(_BULLET.findall(text))
        found += ["no bullet points"] if not bullets else []
        found += ["more than four bullet points"] if bullets > 4 else []
    return found


def _ngrams(text: str) -> set[tuple[str, ...]]:
    said = split_words(text)
    return {tuple(said[i : i + _NGRAM_SIZE]) for i in range(len(said) - _NGRAM_SIZE + 1)} or (
        {tuple(said)} if said else set()
    )
