"""Finds the answer that the last sentence of a reply states."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from roundtable_tui.answers.classify import MAX_SHORT_CHARS, classify
from roundtable_tui.answers.endings import patterns, wordings
from roundtable_tui.answers.endings.clauses import main_clause, without_attitude
from roundtable_tui.answers.endings.finish import (
    finish_answer,
    has_long_label,
    has_text,
    is_balanced,
    is_closed,
)
from roundtable_tui.answers.languages.phrases import HENCE
from roundtable_tui.answers.values import Choice, Date, Labelled, Time, YesNo
from roundtable_tui.utils.lazy_pattern import lazy_compile

_BUT = lazy_compile(r",\s+(?:but|so|and)\s+", re.IGNORECASE)
_MAX_CHOSEN_WORDS = 4
_SENTENCE_END = lazy_compile(
    r"[.!?][*_\"”»)]{0,3}\s+(?=[*_`\"“«(¿¡]{0,3}[^\W\d_])(?!(?:[A-Z]{1,3}T|UTC)\b)|[。！？][*_」』]{0,3}"
)
_ABBREVIATION = lazy_compile(
    r"(?:(?<!\w)(?:[A-Z]|[A-Z][a-z]|Mrs|Prof|Gen|Col|Capt|Sgt|Rev|Sen|Gov|etc|ca|vs|approx|[zd]\.\s?[bBh]|e\.g|i\.e|No|Nr|ul)\.)$"
)

_OPENER = lazy_compile(
    r"\W*(?:But|It|Its|The|This|That|These|However|So|If|And|In|I|We|My|You|While|Since|As|Both|Also|Then|Thus"
    r"|Although|Option|None|All|Here)(?:['’]\w+)?\s(?!\W*[A-Z]\.)"
)
"""A word after an option such as "B.", which is then not the initial of a name."""


@lru_cache(maxsize=256)  # A reply without an answer is read as an answer again.
def find_in_sentence(sentence: str) -> str | None:
    """Return the answer that the last sentence of a reply states without a label, or None."""
    if right := _find_right(sentence):
        return right
    if match := wordings.ONE_FIGURE.fullmatch(sentence):
        return f"{match['figure']} {match['unit']}"
    if match := wordings.SELECTED.fullmatch(sentence) or wordings.LEAVES.fullmatch(sentence):
        return match["answer"]
    if match := wordings.ONLY_ONE.fullmatch(sentence):
        return match["answer"].upper()
    hence = wordings.CONCLUSION.match(sentence)
    opening = re.match(r"([^\W\d_]{2,12})\s*[,—–]\s", sentence[hence.end() :] if hence else sentence)
    if (
        opening
        and isinstance(classify(opening[1]), YesNo)
        and (hence or wordings.CONCLUSION.search(sentence))
    ):
        return opening[1]
    chosen = main_clause(_BUT.split(sentence)[-1])
    if (match := wordings.CHOSEN.fullmatch(chosen)) and len(match["answer"].split()) <= _MAX_CHOSEN_WORDS:
        return finish_answer(match["answer"])
    if match := wordings.IT_IS_WHO.fullmatch(sentence):
        return match["letter"] or finish_answer(match["answer"])
    for pattern in (wordings.CALLED, wordings.SUPERLATIVE):
        if match := pattern.fullmatch(sentence):
            return finish_answer(match["answer"])
    if not patterns.OPEN_SENTENCE.search(sentence) and (match := wordings.DEFINITE.fullmatch(sentence)):
        return finish_answer(match["answer"])
    if (match := wordings.SO_IT_IS.fullmatch(sentence)) and is_closed(match["answer"]):
        return finish_answer(match["answer"])
    if hence and is_closed(rest := sentence[hence.end() :]):
        return (_find_last_figure(sentence) if has_long_label(rest) else None) or finish_answer(rest)
    concluded = re.sub(rf"^{HENCE}", "", sentence, flags=re.IGNORECASE)
    for pattern, text in (
        (wordings.FOUND, sentence),
        (wordings.RETURNS, sentence),
        (wordings.AT_THE_END, sentence),
        (wordings.IN_YEAR, sentence),
        (wordings.IT_TAKES, concluded),
        (wordings.THEREFORE_IS, sentence),
    ):
        if (match := pattern.fullmatch(text)) and is_closed(match["answer"]):
            return finish_answer(match["answer"])
    return _find_named(sentence) or _find_last_figure(sentence) or _find_before_reason(sentence)


def _find_right(sentence: str) -> str | None:
    """Return the option that is right, or the only value that satisfies what is asked."""
    for text in (sentence, without_attitude(_BUT.split(sentence)[-1])):
        if match := wordings.IS_RIGHT.fullmatch(text):
            return match["answer"].upper()
    match = wordings.ONLY.fullmatch(sentence)
    return finish_answer(match["answer"]) if match and is_closed(match["answer"]) else None


def _find_named(sentence: str) -> str | None:
    """Return what a conclusion says that something is: "So the winner is Ada"."""
    if match := wordings.NAMED.fullmatch(sentence):
        answer = finish_answer(match["answer"])
        # "So steel is better": without its subject, a plain word says nothing.
        is_name = patterns.ARTICLE.sub("", answer)[:1].isupper() or patterns.QUANTIFIER.match(answer)
        if len(answer) <= MAX_SHORT_CHARS and (is_name or not has_text(classify(answer))):
            return answer
    return None


def _find_before_reason(sentence: str) -> str | None:
    """Return what a sentence states before a clause such as "because it returns nothing"."""
    shortened = patterns.without_reason(sentence)
    if (match := wordings.RETURNS.fullmatch(shortened)) and f"`{match['answer']}`" in sentence:
        return finish_answer(match["answer"])
    return find_in_sentence(shortened) if len(shortened) < len(sentence) else None


def find_last_words(sentence: str) -> str | None:
    """Return the figure, option, date or time that ends a plain sentence: "The speed is 72 km/h"."""
    if patterns.OPEN_SENTENCE.search(sentence) or "; " in sentence:
        return None
    words = [word.start() for word in re.finditer(r"\S+", sentence)]
    for place, start in enumerate(words[1:], 1):
        end = sentence[start:].rstrip(" .!。")
        if place > wordings.MAX_CONCLUSION_WORDS or len(end) > MAX_SHORT_CHARS:
            continue
        before = sentence[words[place - 1] : start].strip().casefold()
        is_stated = before in wordings.LAST_WORDS or (
            before == "to" and wordings.AMOUNTS_TO.search(sentence, max(0, start - 40), start)
        )
        if is_stated and is_closed(end):
            value = classify(end)
            if not isinstance(value, (YesNo, Labelled)) and (
                any(char.isdigit() for char in end) or isinstance(value, Choice)
            ):
                return finish_answer(end)
        if before in ("at", "on", "um", "à") and isinstance(classify(end), (Date, Time)):
            return finish_answer(end)
    return None


def _find_last_figure(sentence: str) -> str | None:
    """Return the longest end of a conclusion that is an answer with a figure, with its qualifiers."""
    match = wordings.CONCLUSION.match(sentence)
    if match is None and (match := wordings.THEREFORE.search(sentence)) is None:
        return None
    rest = sentence[match.end() :].rstrip(" .!。")
    words = [word.start() for word in re.finditer(r"\S+", rest)]
    for place, start in enumerate(words[: wordings.MAX_CONCLUSION_WORDS]):
        end = rest[start:]
        if not wordings.FIGURE_FIRST.match(end) or len(end) > MAX_SHORT_CHARS:
            continue
        before = rest[words[place - 1] : start].strip().casefold() if place else ""
        if before in wordings.BOUND_WORDS or _is_inside_figure(rest, words[max(0, place - 2) : place + 1]):
            return None
        if is_closed(end) and not has_long_label(end) and is_balanced(end):
            return finish_answer(end)
    return None


def _is_inside_figure(text: str, words: list[int]) -> bool:
    """Return True if a figure stands next before the last of some words, as `18 h` before `45`."""
    before = [text[start:end].strip() for start, end in pairwise(words)]
    if before and before[-1].casefold() in wordings.LAST_WORDS:
        return False
    return any(word[:1].isdigit() and word[-1:] not in ",;:)" for word in before)


@lru_cache(maxsize=256)
def last_sentence(line: str) -> str:
    """Return the last sentence of a line."""
    sentences = re.split(r"(?<=[.!?])\s+(?=[^\W\d_])(?!(?:[A-Z]{1,3}T|UTC)\b)|(?<=[。！？])", line.strip())
    return next((one for one in reversed(sentences) if one.strip()), "")


@lru_cache(maxsize=256)  # One line is read for several forms of answers.
def split_sentences(line: str) -> tuple[str, ...]:
    """Return the sentences of a line, with their markup; an abbreviation or an initial ends none."""
    sentences, start = [], 0
    for match in _SENTENCE_END.finditer(line):
        is_initial = _ABBREVIATION.search(line, start, match.start() + 1)
        if is_initial and not (len(is_initial[0]) == 2 and _OPENER.match(line, match.end())):
            continue
        sentences.append(line[start : match.end()].strip())
        start = match.end()
    return tuple(one for one in (*sentences, line[start:].strip()) if one)
