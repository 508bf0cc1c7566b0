"""Finds the answer with which a reply begins."""

from __future__ import annotations

import re

from roundtable_tui.answers.classify import MAX_CLASSIFIED_CHARS, MAX_SHORT_CHARS, classify
from roundtable_tui.answers.endings import patterns, wordings
from roundtable_tui.answers.endings.emphasis import find_only_bold
from roundtable_tui.answers.endings.finish import finish_answer, is_closed
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.endings.names import find_it_is
from roundtable_tui.answers.endings.sentences import split_sentences
from roundtable_tui.answers.endings.statement import find_elaborated, is_elaborated, is_question
from roundtable_tui.answers.languages.phrases import YES_NO, phrase
from roundtable_tui.answers.values import Choice, YesNo

_MAX_CHARS = 4000
_MAX_LINE_CHARS = 500
_MAX_TITLED_WORDS = 4
_MIN_REASON_WORDS = 3
_WORD = re.compile(r"[^\W\d_]+")
_IT_IS_OPTION = phrase(r"{it_is} \s+ \(? ([A-J]) \)? [.,] \s")
_OPENING_END = re.compile(r"(?<=[.!])\s|[,;:]?\s+[—–]\s|\s?:\s|[,،]\s|(?<=[。，！])")


def find_at_start(reply: str) -> str | None:
    """Return the answer that a reply begins with under a label, in bold type or as yes or no, or None.

    It counts only where the end states none and nothing after it takes it back.
    """
    lines = [line.strip() for line in reply[:_MAX_CHARS].splitlines() if line.strip()]
    first = strip_markup(lines[0]) if lines else ""
    if not first or patterns.TAKEN_BACK.search(reply, len(lines[0]) if len(lines) > 1 else 0):
        return None
    if match := patterns.LABEL.match(first):
        answer = finish_answer(match["answer"])
        return answer if is_closed(answer) else None
    if patterns.LABEL_ALONE.fullmatch(first) and len(lines) > 1:
        return finish_answer(lines[1]) if is_closed(strip_markup(lines[1])) else None
    if "?** " in lines[0][:MAX_CLASSIFIED_CHARS]:
        first = (
            strip_markup(lines[0].partition("?** ")[2]) or first
        )  # The question in bold type, then its answer.
    opening = _OPENING_END.split(first, maxsplit=1)[0]
    if len(lines) == 1 and (match := wordings.IS_RIGHT.fullmatch(opening)):
        return match["answer"].upper()
    if isinstance(classify(opening), Choice) and len(opening) == len(first):
        return finish_answer(opening)
    if found := _find_yes_or_no(first, reply):
        return found
    titled = patterns.TITLE.fullmatch(lines[0])
    if (
        titled
        and len(titled["answer"].split()) <= _MAX_TITLED_WORDS
        and not patterns.NO_TITLE.match(titled["label"])
    ):
        return finish_answer(titled["answer"]) if "**" not in reply[len(lines[0]) :] else None
    if patterns.BOLD_LINE.fullmatch(lines[0]) and len(lines) > 1 and _is_answer_line(first):
        return finish_answer(first)
    if len(lines) > 1 and (found := _find_verdict(lines[0])):
        return found
    return None


def _is_answer_line(line: str) -> bool:
    """Return True for a value, or a name with a full stop, which no heading has."""
    return is_closed(line) or (line.endswith(".") and len(line.split()) <= _MAX_TITLED_WORDS)


def _find_verdict(line: str) -> str | None:
    """Return `False` of "This statement is **False**."."""
    bold = find_only_bold(line) if len(split_sentences(line)) == 1 else None
    return bold if bold and isinstance(classify(bold), YesNo) else None


def find_bold_first(lines: list[str]) -> str | None:
    """Return a value in bold type on a line of its own, if the only other line says more of it."""
    value = strip_markup(lines[0])
    if len(lines) != 2 or not patterns.BOLD_LINE.fullmatch(lines[0]) or not is_closed(value):
        return None
    return finish_answer(value) if is_elaborated(lines) and not patterns.TAKEN_BACK.search(lines[1]) else None


def find_first(line: str, reply: str) -> str | None:
    """Return what a reply of one line begins with: a yes or a no, or a sentence that the others explain."""
    if len(line) > _MAX_LINE_CHARS:
        return None
    sentences = split_sentences(line)
    if len(sentences) > 1 and is_question(sentences[0]):
        line = line[len(sentences[0]) :].strip()  # The question, restated.
    plain = strip_markup(line)
    if match := _IT_IS_OPTION.match(plain):
        return match[1]
    if name := find_it_is(plain):
        return name
    if not patterns.has_answer_sentence(plain) and (found := _find_yes_or_no(plain, reply)):
        return found
    return None if patterns.LABEL.match(plain) else find_elaborated(line)


def _find_yes_or_no(first: str, reply: str) -> str | None:
    """Return the yes or no with which a reply begins, if nothing limits it."""
    first = strip_markup(first).lstrip("¡¿")
    opening = _OPENING_END.split(first, maxsplit=1)[0]
    is_apart = len(first) > MAX_SHORT_CHARS or first[len(opening) :].startswith((" ", "،"))
    rest = _WORD.findall(first[len(opening) :])
    is_apart |= len(rest) >= _MIN_REASON_WORDS and not any(word.casefold() in YES_NO for word in rest)
    if isinstance(classify(opening), YesNo) and is_apart and not _is_limited(opening, reply):
        return finish_answer(opening)
    return None


def _is_limited(opening: str, reply: str) -> bool:
    """Return True if a reply that opens with a yes or a no limits it, as in `Yes. But only on weekdays`."""
    sentences = split_sentences(reply[:_MAX_CHARS])
    is_plain_no = opening.endswith(".") and classify(opening) == YesNo(is_yes=False)
    end = 0 if is_plain_no else len(sentences[0])
    is_apart = len(sentences) > 1 and strip_markup(sentences[0]) == strip_markup(opening)
    shown = " ".join(sentences[:2]) if is_apart else reply  # "No." stands; what limits it comes next.
    return bool(patterns.BUT.search(shown[:end] + patterns.MILD_BUT.sub(" ", shown[end:])))
