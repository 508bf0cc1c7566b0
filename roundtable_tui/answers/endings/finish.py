"""Reads one answer: without label, emphasis, reason and end punctuation; whether it is one alone."""

from __future__ import annotations

import re

from roundtable_tui.answers.classify import MAX_SHORT_CHARS, classify
from roundtable_tui.answers.endings import patterns
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.answers.plain import strip_wrappers
from roundtable_tui.answers.values import Choice, Expression, Items, Labelled, Text, Value, YesNo

_MAX_ANSWER_CHARS = 400
_GLOSS = phrase(r"(?P<answer>.{2,50}?) \s+ \( {gloss} \s [^()]*\)[.!]?", 0)
_MEASURED = phrase(
    r"""
    (?P<answer> [^\W\d_] [^()\d]{1,40}? ) [*_]* \s+
    \( {measure_word} [\s:=]* (?: {of_measure} \s )? [-~≈]? \d [\d.,]* [^()\d]{0,20} \) [.!]?
    """
)
"""A name with one of its figures: `diamond (Mohs 10)`."""
_NUMBER_OF_OPTION = re.compile(r"\((\d{1,2})\)")
_ADDITIONS = (
    (_MEASURED, False),
    (patterns.AND_SO_ON, True),
    (patterns.CHANGED_OPTION, True),
    (patterns.SURELY, True),
    (patterns.OPTION_RIGHT, True),
    (patterns.MEASURE, True),
    (patterns.CONVERTED, True),
    (patterns.GO_WITH, False),
    (_GLOSS, False),
    (patterns.ALIAS, False),
    (patterns.ASIDE, True),
)
"""Patterns of an answer with an addition, and whether the answer must be a value."""

_SO = phrase(r"^ {so_before_answer} \s+ (?=\S)", 0)
_OF = phrase(r"^ {of_before_figure} \s+ (?= [-+$€£¥\d] )", 0)
"""`de` of "L'aire est de 18 cm²"."""
_IT_IS = phrase(r"(?: {it_is} | that['’]s ) \s+ (\S.*)")


def finish_answer(answer: str) -> str:
    """Return an answer without a reason or sentence after it, without label, emphasis and end punctuation."""
    answer = patterns.NEXT_SENTENCE.sub("", strip_markup(answer))
    if match := patterns.LABEL.match(answer):
        answer = match["answer"]
    if answer.count("$") == 1 and answer.endswith("$"):
        answer = answer[:-1]  # The formula began before the answer: $x = 60$.
    elif answer.count("$") == 1 and "\\" in answer.partition("$")[0]:
        answer = answer.replace("$", "")
    answer = _OF.sub("", _SO.sub("", answer))
    answer = patterns.ALTOGETHER.sub("", patterns.HEDGE.sub("", answer))
    if match := patterns.OPTION_WORD.match(answer):
        answer = answer[match.end() :]
    answer = drop_denied(answer)
    if match := patterns.OPTION_NOT.match(answer):
        answer = match["answer"]
    if (match := patterns.NOT_BUT.fullmatch(answer)) and is_same_kind(match["answer"], match["other"]):
        answer = match["answer"]
    if match := patterns.DOUBLE_BRACKETS.fullmatch(answer.strip(" .")):
        answer = match[1]
    answer = patterns.OPTION_DASH.sub(r"\1) ", answer) if patterns.OPTION_DASH.match(answer) else answer
    if (match := patterns.ALSO.fullmatch(answer.rstrip(".!"))) and _is_same_twice(
        match["answer"], f"{match['about'] or ''}{match['other']}"
    ):
        answer = match["answer"]
    answer = _drop_addition(answer)
    shortened = patterns.without_reason(answer)
    answer = strip_wrappers(shortened) or strip_wrappers(answer) or answer
    if match := _IT_IS.match(answer):
        answer = match[1]
    answer = _spell_option(answer)
    answer = patterns.COPULA.sub("", answer) or answer
    if match := patterns.ORDINAL_SIGN.fullmatch(answer.rstrip(".!。 ")):
        answer = match[1]
    return _take_right_side(re.sub(r"^=\s*(?=[^=\s>])", "", answer))[:_MAX_ANSWER_CHARS]


def _drop_addition(answer: str) -> str:
    """Return an answer without what is measured, its value in another unit, or an explanation."""
    for pattern, is_value in _ADDITIONS:
        if (match := pattern.fullmatch(answer)) and (not is_value or is_closed(match["answer"])):
            answer = match["answer"]
    return answer


_RIGHT_OPTION = phrase(r"\(? ([A-J]) \)? \s+ {article_after_option} \s+ \w+ \s+ {right_option}")


def _spell_option(answer: str) -> str:
    """Return `2` of `option 2`, and `(C) text` of `(c) text`."""
    if match := patterns.NUMBERED_OPTION.fullmatch(answer) or _NUMBER_OF_OPTION.fullmatch(answer):
        return match[1]
    if match := _RIGHT_OPTION.fullmatch(answer):
        return match[1].upper()
    if patterns.OPTIONS.fullmatch(answer):
        return answer.replace("(", "").replace(")", "")
    match = patterns.SMALL_OPTION.match(answer)
    return f"({match[1].upper()}) {answer[match.end() :]}" if match else answer


def _take_right_side(answer: str) -> str:
    """Return the value of an equation whose left side is to be calculated: `5` of `2 + 3 = 5`."""
    if match := patterns.EQUALITY.fullmatch(answer):
        answer = match[1].strip()
    elif (
        (match := patterns.CHAIN.fullmatch(answer))
        and not patterns.SEVERAL.search(answer)
        and is_closed(end := match["answer"].strip(" $."))
    ):
        answer = end
    elif (match := patterns.ABOUT_VALUE.fullmatch(answer)) and is_closed(match["answer"]):
        answer = f"≈ {match['answer']}"
    elif (match := patterns.VALUE_OF.fullmatch(answer)) and is_closed(match["answer"]):
        answer = match["answer"].strip()
    return answer


def drop_denied(answer: str) -> str:
    """Return `B` of `B, not A`."""
    match = patterns.AND_NOT.fullmatch(answer)
    return match["answer"] if match and is_same_kind(match["answer"], match["other"]) else answer


def is_same_kind(answer: str, other: str) -> bool:
    """Return True for two options, two figures, or two names in capital letters, of which one is denied."""
    first, second = _inner_value(answer.split(" is ")[-1]), _inner_value(other)
    if isinstance(first, Text) and isinstance(second, Text):
        return patterns.ARTICLE.sub("", other)[:1].isupper() and len(answer) <= MAX_SHORT_CHARS
    return type(first) is type(second) and not isinstance(first, (Text, YesNo, Expression))


def _is_same_twice(answer: str, other: str) -> bool:
    """Return True if a figure is given twice: as 3/8 and 37.5 %, or exactly and about."""
    if not (is_closed(answer) and is_closed(patterns.ABOUT.sub("", other))):
        return False
    return patterns.ABOUT.match(other) is not None or _inner_value(answer).key == _inner_value(other).key


def _inner_value(answer: str) -> Value:
    value = classify(answer)
    return value.value if isinstance(value, Labelled) else value


def is_closed(line: str) -> bool:
    """Return True if a line alone is an answer: a number, a choice, yes or no, not a sentence."""
    if len(line) > MAX_SHORT_CHARS:
        return False
    value = classify(patterns.BOUND.sub("", line))
    if isinstance(value, Labelled):
        return not has_text(value.value) or bool(patterns.NAMES.search(line))
    if isinstance(value, Expression):
        return bool(re.search(r"\d|[=^]", line)) and len(line.split()) <= 6
    if isinstance(value, Items):
        return not any(isinstance(item, Text) for item in value.items)
    if isinstance(value, Choice) and value.option is not None:
        return True
    return not isinstance(value, Text)


def is_balanced(text: str) -> bool:
    """Return True if a text closes no bracket that it does not open.

    An interval such as `(2, 5]` may mix round and square brackets.
    """
    depth = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if depth < 0:
            return False
    return True


def has_text(value: Value) -> bool:
    """Return True for a text, or an enumeration with a text in it."""
    return isinstance(value, Text) or (
        isinstance(value, Items) and any(isinstance(item, Text) for item in value.items)
    )


def has_long_label(answer: str) -> bool:
    """Return True for a value under a name of words, not under a variable."""
    value = classify(answer)
    return isinstance(value, Labelled) and len(value.label) > 2
