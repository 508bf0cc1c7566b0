"""Finds the answer in a sentence after which a reply only explains it, limits it or adds something."""

from __future__ import annotations

import re

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.endings import patterns, wordings
from roundtable_tui.answers.endings.clauses import (
    is_conclusion,
    is_cut,
    is_denied,
    is_dependent,
    is_open,
    main_clause,
)
from roundtable_tui.answers.endings.emphasis import find_only_bold, is_topic
from roundtable_tui.answers.endings.finish import finish_answer, is_closed
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.endings.sentences import split_sentences
from roundtable_tui.answers.endings.statement import (
    Context,
    is_instruction,
    is_question,
    read_sentence,
)
from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.answers.values import Choice, YesNo
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MAX_LINES = 4
_MAX_REMARKS = 4
"""Sentences after the one that states the answer."""
_MAX_LINE_CHARS = 1200
_MAX_SHORT_CHARS = 600
_BOLD = lazy_compile(r"(?:\*\*|__)(?P<answer>[^*_\n]{1,120}?)(?:\*\*|__)")
_NO_CASE = lazy_compile("[\u0590-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]")
_MAX_CASELESS_CHARS = 12
_YES_NO_OPENING = lazy_compile(r"([^\W\d_]{2,12})\s*[,，،—–]\s")
_CHOSEN_BEFORE = phrase(
    r"""
    ^ (?: {HENCE} )? (?:
        i (?: ['’]d | ['’]ll | \s+ would | \s+ will )? \s+ (?: (?: most \s+ )? \w+ly \s+ | still \s+ )?
        (?: choose | pick | select | say | recommend | suggest | go \s+ (?: with | for ) | vote \s+ for )
        | (?: you \s+ should \s+ )? (?: go \s+ with | choose | pick )
    ) \s+ (?: the \s+ )? $
    """
)
_BOLD_LABEL = lazy_compile(r"^\*\*([^*\n]{1,40}:)\*\*\s*|^\*\*([^*\n]{1,40})\*\*:\s*")
_IN_PARENTHESES = lazy_compile(r"\([^()]*\)")
_AND = phrase(r",? \s+ (?: {and_or} | & ) \s")
_FIGURE = re.compile(r"\d")


def find_earlier(reply: str, lines: list[str]) -> str | None:
    """Return the answer of a conclusion, or in bold type, that only remarks follow, or None."""
    if is_cut(strip_markup(lines[-1])):
        return None
    if any(patterns.ITEM.match(line) for line in lines[-2:]):
        return None
    sentences = [
        sentence for line in lines[-_MAX_LINES:] for sentence in split_sentences(line[-_MAX_LINE_CHARS:])
    ]
    only_bold = len(_BOLD.findall(reply)) == 1
    for skipped, shown in enumerate(reversed(sentences)):
        sentence = _BOLD_LABEL.sub(r"\1 ", shown)
        plain = strip_markup(sentence)
        if patterns.takes_back(plain) and "**" not in sentence:
            return None
        if skipped > _MAX_REMARKS or is_question(plain) or is_dependent(plain) or plain.endswith(":"):
            return None
        if only_bold and (found := read_only_bold(sentence, is_short=len(reply) <= _MAX_SHORT_CHARS)):
            return found
        if skipped and wordings.CONCLUSION.match(plain):
            return read_sentence(sentence, Context(reply))
        if _BOLD.search(sentence) or is_conclusion(plain):
            return None
    return None


def read_only_bold(sentence: str, *, is_short: bool) -> str | None:
    """Return the part of a sentence in bold type, the only one of its reply, if it is an answer."""
    match = _BOLD.search(sentence)
    plain = strip_markup(sentence)
    if match is None or is_open(plain) or is_denied(main_clause(plain)) or patterns.ITEM.match(sentence):
        return None
    answer = match["answer"].strip(" .,")
    if is_topic(sentence):
        return None
    if _CHOSEN_BEFORE.search(sentence, 0, match.start()) and not _AND.match(sentence, match.end()):
        return finish_answer(answer)
    if _NO_CASE.match(answer) and len(answer) <= _MAX_CASELESS_CHARS:
        return finish_answer(answer)
    if opening := _YES_NO_OPENING.match(answer):
        return opening[1] if isinstance(classify(opening[1]), YesNo) else None
    if isinstance(classify(answer), (Choice, YesNo)) and is_closed(answer):
        return finish_answer(answer)
    if found := find_only_bold(sentence):
        return found
    rest = _IN_PARENTHESES.sub("", sentence[: match.start()] + sentence[match.end() :])
    is_only_figure = (
        is_closed(finish_answer(answer)) and bool(_FIGURE.search(answer)) and not _FIGURE.search(rest)
    )
    is_main = answer.partition(" (")[0] in strip_markup(main_clause(sentence)) and not is_instruction(plain)
    if is_short and is_main and is_only_figure and not _AND.match(sentence, match.end()):
        return read_sentence(sentence, Context())
    return None
