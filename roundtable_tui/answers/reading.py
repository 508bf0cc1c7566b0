"""Reads the answer of a reply in the light of its question, as a text and as a typed value."""

from __future__ import annotations

import re
from functools import lru_cache

from roundtable_tui.answers.asked.changes import read_change
from roundtable_tui.answers.asked.figures import keep_opposite, select_clause
from roundtable_tui.answers.asked.forms import keep_form, read_in_form
from roundtable_tui.answers.asked.options import find_chosen, find_several, name_options
from roundtable_tui.answers.asked.question import Question, apply_question, read_question
from roundtable_tui.answers.asked.restated import find_restated, is_fitting
from roundtable_tui.answers.asked.sequence import read_sequence
from roundtable_tui.answers.classify import MAX_CLASSIFIED_CHARS, classify
from roundtable_tui.answers.endings.afterword import strip_closing
from roundtable_tui.answers.endings.direct import is_short_name
from roundtable_tui.answers.endings.figures import is_value
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.endings.sentences import split_sentences
from roundtable_tui.answers.endings.statement import is_sentence
from roundtable_tui.answers.extract import (
    final_answer,
    find_final_answer,
    find_without_statement,
    needs_its_subject,
)
from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.answers.marker import MARKER_LINE
from roundtable_tui.answers.plain import text_form, to_plain
from roundtable_tui.answers.values import Choice, Expression, Items, Labelled, Number, Text, Value, YesNo

_MAX_NAME_WORDS = 4
_LIMITED = phrase(r"\b {limit} \b")
"""Words with which what follows an answer limits it."""
_ELABORATED = phrase(
    r"""
    (?P<head> [^,;:()\n]{1,40}? ) (?:
        ; \s
        | , \s+ (?:
              {because} | with | who | which | an? | the | by \s far | including | specifically | namely
              | (?: in | on ) \s [^,]{0,30} \d
          ) \b
        | \s+ {because} \b
        | (?: \s+ [-–—] | : ) \s+ (?= (?: \S+ \s+ ){3} )
    ) (?P<rest> [^\n]* )
    """
)
"""`Hydrogen, since its atoms have one proton.` `Eight: Mercury, Venus, Earth, ...`"""
_IT_IS = phrase(
    r"^ (?: it | that | this | they | there ) (?: ['’]s | \s+ (?: would \s+ be | is | was | are ) ) \s+"
)
_SENTENCE = re.compile(r"[^\W\d_]{2,}\s+\S|=.*[^\W\d_]{4}|^[^=]*[-+*/×·].*=\s*[-$]?\d")
"""What an expression with words, or a calculation, has."""
_SMALL_OPTION = re.compile(r"\([a-j]\)\s*[^\W\d_]{2}")
_SYMBOL = re.compile(r"\s\((?:[A-Z]{2,5}|(?:[A-Z][a-z]?[\d₀-₉]*){1,4}|[^\w\s()])\)[.!]?$")
"""`(CO₂)`, `(JPY)`, `(¥)` after a name."""
_CLAUSE = phrase(r", \s+ (?: {hence} | so | {because} | including | in (?= \s \d ) | such \s as ) \b")
_PLACE = phrase(r"^ (?: in | at | on | by | from ) \s+ (?= (?-i:[A-Z]) | the \s )")


def extract_final_answer(reply: str, question: str | None = None) -> str:
    """Return the final answer of a reply, else the whole reply.

    Args:
        reply: the whole reply of a model.
        question: the question, if known. Of a sentence that repeats it, the answer is what it adds; where a
            name is asked for, a number is not taken.
    """
    extract = _extract_from_long if len(reply) > MAX_CLASSIFIED_CHARS else _extract_from_short
    return extract(reply, question)


@lru_cache(maxsize=1024)
def _extract_from_short(reply: str, question: str | None) -> str:
    return _extract(reply, question)


@lru_cache(maxsize=128)  # Read while other seats are answering, and again when the round is compared.
def _extract_from_long(reply: str, question: str | None) -> str:
    return _extract(reply, question)


def _extract(reply: str, question: str | None) -> str:
    if not question or MARKER_LINE.search(reply):
        return final_answer(reply) or reply.strip()
    asked = read_question(question)
    found = keep_form(_find(reply, asked), reply, asked)
    if len(reply) <= MAX_CLASSIFIED_CHARS and not isinstance(classify(found), Text | Choice | YesNo):
        stating = next((one for one in reversed(split_sentences(reply)) if found in one), found)
        found = keep_opposite(found, stating, asked)
    return _PLACE.sub("", found) if asked.wants == "name" else found  # "In Paris"


def _find(reply: str, asked: Question) -> str:
    is_short = len(reply) <= MAX_CLASSIFIED_CHARS
    if is_short and read_change(reply, asked) is not None:
        return reply.strip()
    if (
        is_short
        and not asked.asks_twice
        and isinstance(classify(reply), Text | Labelled)
        and (found := find_restated(reply, asked))
    ):
        return found
    found = find_final_answer(reply, asked.words)
    if asked.asks_twice and is_short and found and not isinstance(classify(found), Items):
        return reply.strip()
    sentences = split_sentences(reply.strip().rpartition("\n")[2][-MAX_CLASSIFIED_CHARS:])
    if found:
        stating = next((one for one in reversed(sentences) if found in one), found)
        clause = (
            select_clause(stating, asked) if is_short and isinstance(classify(found), Number) else stating
        )
        if is_short and read_change(stating, asked) is not None:
            return stating
        if found not in clause:
            return (final_answer(clause) if clause else None) or reply.strip()
        if is_fitting(found, stating, asked):
            return found
    if is_short and len(sentences) > 1 and "\n" not in reply.strip():
        for sentence in (sentences[-1], sentences[0]):
            if restated := find_restated(sentence, asked):
                return restated
    return (_find_head(reply, asked) if is_short else None) or reply.strip()


def _find_head(reply: str, asked: Question) -> str | None:
    """Return the value or the name with which a reply begins, if the rest only explains it."""
    plain = strip_markup(reply.strip())
    if (bare := _SYMBOL.sub("", plain)) != plain and len(bare.split()) <= _MAX_NAME_WORDS:
        return bare  # "carbon dioxide (CO₂)"
    match = _ELABORATED.fullmatch(plain)
    if match is None or _LIMITED.search(match["rest"]):
        return None
    head = _IT_IS.sub("", match["head"])
    if head != match["head"] and not is_short_name(head):
        return None
    is_name = len(head.split()) <= _MAX_NAME_WORDS and not is_sentence(head)
    return head if (is_value(head) or is_name) and is_fitting(head, reply, asked) else None


def read_answer(text: str, question: str | None = None) -> Value:
    """Return the value of an answer; of a text too long to compare, that of the answer at its end.

    Args:
        text: an answer, which may be a sentence.
        question: the question, if known: its options give the meaning of a letter, its wording decides if the
            order of items counts, and a sentence that repeats it is read as what it adds.
    """
    read = _read_long_answer if len(text) > MAX_CLASSIFIED_CHARS else _read_short_answer
    return read(text, question)


@lru_cache(maxsize=1024)
def _read_short_answer(text: str, question: str | None) -> Value:
    return _read_answer(text, question)


@lru_cache(maxsize=128)  # The answers of a round are compared several times.
def _read_long_answer(text: str, question: str | None) -> Value:
    return _read_answer(text, question)


def _read_answer(text: str, question: str | None) -> Value:
    if question:
        asked = read_question(question)
        if asked.options or asked.is_ordered:
            found = extract_final_answer(text, question) if len(text) <= MAX_CLASSIFIED_CHARS else text
            chosen = _read_chosen(text, asked) or (_read_chosen(found, asked) if found != text else None)
            if chosen:
                return chosen
        return apply_question(_read_reply(text, question), question)
    value = classify(strip_closing(text))
    if not isinstance(value, Text) or not value.is_open or needs_its_subject(text):
        return value
    return _read_form(text, value)


def _read_chosen(text: str, asked: Question) -> Value | None:
    """Return what an answer says in a form that means it only beside the question."""
    if asked.options and (chosen := _read_options(text, asked)):
        return chosen
    sequence = read_sequence(text) if asked.is_ordered else None
    return name_options(sequence, asked.options) if sequence else None


def _read_options(text: str, asked: Question) -> Value | None:
    return find_chosen(text, asked.options, wants_number=asked.wants == "number") or find_several(
        text, asked.options, may_be_several=asked.is_several, is_ordered=asked.is_ordered
    )


def _read_form(text: str, value: Value) -> Value:
    found = find_without_statement(text)
    return classify(found) if found else value


def _read_reply(text: str, question: str) -> Value:
    """Return the value of a reply to a question: a sentence is read as `extract_final_answer` reads it."""
    asked = read_question(question)
    if asked.form and len(text) <= MAX_CLASSIFIED_CHARS:
        in_form = read_in_form(text, asked) or read_in_form(extract_final_answer(text, question), asked)
        if in_form is not None:
            return in_form
    if len(text) <= MAX_CLASSIFIED_CHARS and (change := read_change(text, asked)) is not None:
        return change
    value = classify(strip_closing(text))
    if len(text) > MAX_CLASSIFIED_CHARS:  # Of a long text, only what is stated in a form made for it.
        return _read_form(text, value) if isinstance(value, Text) else value
    if not isinstance(value, Text | Labelled) and not _is_more_than_answer(value, text, question):
        return value
    found = extract_final_answer(text, question)
    if found != text.strip():
        return _read_reply(found, question) if len(found) < len(text.strip()) else classify(found)
    if isinstance(value, Labelled) and isinstance(value.value, Text):
        return Text(text_form(to_plain(text)))  # "The largest city is ...", where the capital is asked for.
    return value


def _is_more_than_answer(value: Value, text: str, question: str) -> bool:
    """Return True for `3 x 24 = 72`, "Some birds cannot fly, so no." and "(b) dolphin"."""
    if isinstance(value, Expression):
        return text.count("=") > 1 or bool(_SENTENCE.search(text) or _SMALL_OPTION.match(text))
    if not isinstance(value, Items) or value.brackets:
        return False
    return bool(_CLAUSE.search(text) or find_restated(text, read_question(question)))
