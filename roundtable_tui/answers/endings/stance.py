"""Finds the answer that a speaker in a discussion stands by, votes for or changes to."""

from __future__ import annotations

import re
from functools import lru_cache

from roundtable_tui.answers.endings import patterns
from roundtable_tui.answers.endings.clauses import is_cut, is_open
from roundtable_tui.answers.endings.finish import finish_answer, is_closed
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.endings.names import PRONOUNS
from roundtable_tui.answers.endings.sentences import split_sentences
from roundtable_tui.answers.languages.phrases import phrase, words_of

_MAX_LINE_CHARS = 1200
_MAX_LINES = 6
_MAX_WORDS = 3
_CHANGED = phrase(
    r"""
    \b (?:
        {change_answer} \b (?: \s+ {from_old} \s+ [^.;:,\n]{1,40}? )? \s+ {to_new}
        | correct \s+ myself \s* [:,]
    ) \s+ (?P<answer> (?: \d[\d.,/]*\d | [^.;:!?,\n—–] ){1,50}? )
    (?= \s* (?: [.;:!?,。—–] | $ | \s \( | \s+ (?: {because} | {and_clause} | with | after | for ) \b ) )
    """
)
"""`I change my answer from 11 to 7`."""
_KEPT = phrase(
    r"""
    (?:
        \b i (?: ['’](?:ll|m|d) | \s+ (?: will | am | do | would ) )?
        (?: \s+ (?: now | still | also | \w+ly ) )* \s+ {stand_by}
        | {i_stand_by} | {i_stand_by:cjk}
    ) \s* (?P<answer> (?: \d[\d.,/]*\d | [^.;:!?,\n—–] ){1,50}? )
    (?= \s* (?: [.;:!?,。—–] | $ | \s \( | \s+ (?: {because} | {and_clause} | with | after | for ) \b ) )
    """
)
"""`I side with B`, `Ich bleibe bei 1492`."""
_EMPTY = phrase(
    r"""
    (?: \W* (?: i | {i_or_we} ) \s+ )? (?: \w+ly \s+ | still \s+ | now \s+ )?
    (?: {stand_by} | {i_stand_by} | {withdraw} ) \s+ (?: {possessive} ) \s [^.!?\n]{0,60} [.!]?
    """
)
"""`I withdraw my earlier answer`, which does not say what the answer is."""
_NOT_AN_ANSWER = words_of("possessive") | words_of("article_of_subject") | PRONOUNS


def find_stance(lines: list[str]) -> str | None:
    """Return the answer of the last sentence in which a speaker takes a position, or None."""
    if is_cut(strip_markup(lines[-1])):
        return None
    for line in reversed(lines[-_MAX_LINES:]):
        for sentence in reversed(split_sentences(strip_markup(line[-_MAX_LINE_CHARS:]))):
            if patterns.has_answer_sentence(sentence):
                return None
            if found := _read_stance(sentence):
                return found
    return None


def is_empty_stance(sentence: str) -> bool:
    """Return True if a sentence only says that a speaker keeps or withdraws an answer."""
    return bool(_EMPTY.fullmatch(strip_markup(sentence)))


@lru_cache(maxsize=256)  # A reply without an answer is read as an answer again.
def _read_stance(sentence: str) -> str | None:
    for pattern in (_CHANGED, _KEPT):
        match = pattern.search(sentence)
        if match is None or is_open(sentence[: match.start()].rstrip(" ,;")):
            continue
        answer = finish_answer(match["answer"])
        words = re.findall(r"[^\W\d_]+", answer)
        if is_closed(answer):
            return answer
        if 0 < len(words) <= _MAX_WORDS and words[0].casefold() not in _NOT_AN_ANSWER:
            return answer
    return None
