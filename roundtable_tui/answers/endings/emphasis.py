"""Finds the answer that a line of a reply sets in bold type."""

from __future__ import annotations

import re

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.endings import patterns
from roundtable_tui.answers.endings.finish import finish_answer, is_closed
from roundtable_tui.answers.languages import HENCE
from roundtable_tui.answers.values import Choice
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MAX_NAME_WORDS = 5
_BOLD = lazy_compile(r"(?:\*\*|__)(?P<answer>[^*_\n]{1,60}?)(?:\*\*|__)")
_NAME = lazy_compile(r"[A-Z][\w.'’-]*(?:\s(?:[A-Z][\w.'’-]*|of|the|de|von|van|da|di)){0,4}")
_QUALIFIED = lazy_compile(
    r"\b(?:not|no|never|than|least|most|up\s+to|under|over|about|approximately|roughly|around|nearly|almost|between|and|or|from|nicht|pas|non|"
    r"niet|не|step|part|question|equation|case|round|number|above|below|minimum|maximum|until|before|after|wrong|forget\w*|mistake\w*|"
    r"because|since|instead|add|subtract|multiply|divide|divided|times|plus|minus|with|if|each|every|per)\s+(?:of\s+|the\s+|by\s+|a\s+)*$",
    re.IGNORECASE,
)
"""Words before a part in bold type without which it says something else."""
_RELATIVE = lazy_compile(
    r"\b(?:that|which|who)\s+(?:do(?:es)?|is|are|was|were|did|has|have|can)(?:\s+not|n['’]t)\b"
)
"""What a relative clause denies, the sentence does not."""
_DEFINITE = lazy_compile(
    rf"\W*{HENCE}?(?:the|this|that|it|its|these|they|he|she|der|die|das|es|la|le|el|il|lo|l['’]|o|a|het|de)\b",
    re.IGNORECASE,
)
_STEP = lazy_compile(r"\W*(?:step|first|then|next)\b", re.IGNORECASE)
_AFTER_NAME = lazy_compile(r"\s+[^\W\d_]+s\b|\s+(?:is|was|were|are|won|has|had|will|must|should)\b")
_MORE = lazy_compile(r"\s*(?:[:=+*/×<>≤≥≠]|-\s|\s(?:or|and|if|unless|per|plus|minus|times|of|to(?=\W+\d))\b)")
"""What continues a part in bold type, so that it is not the answer alone."""


def find_bold(line: str) -> str | None:
    """Return the part in bold type that ends the last sentence of a line, if it is an answer alone."""
    sentence = re.split(r"(?<=[.!?])\s+(?=[^\W\d_])", line.strip())[-1]
    match = patterns.BOLD_END.fullmatch(patterns.EMOJI.sub("", sentence))
    if match is None:
        return None
    is_named = (
        patterns.COPULA_BEFORE.search(sentence[: match.start("answer")])
        and len(match["answer"].split()) <= _MAX_NAME_WORDS
    )
    return finish_answer(match["answer"]) if is_named or is_closed(match["answer"].strip()) else None


def find_only_bold(line: str) -> str | None:
    """Return the only part of a sentence in bold type if it is an answer: "The sum is **12**, as 5 + 7 = 12".

    A figure, an option or the like counts wherever it stands, a word after "is", a name also as the subject.
    """
    found = list(_BOLD.finditer(line))
    if len(found) != 1 or patterns.ITEM.match(line) or line.startswith(("#", "|")):
        return None
    match = found[0]
    before, answer, after = line[: match.start()], match["answer"].strip(" .,"), line[match.end() :]
    if match["answer"].rstrip().endswith(":") or _MORE.match(after) or _QUALIFIED.search(before):
        return None
    if patterns.OPEN_SENTENCE.search(_RELATIVE.sub("", before)) or after.rstrip().endswith("?"):
        return None
    is_name = is_closed(answer) or answer[:1].isupper() or _DEFINITE.match(before)
    if patterns.COPULA_BEFORE.search(before) and is_name and len(answer.split()) <= _MAX_NAME_WORDS:
        return finish_answer(answer)
    if not before.strip():
        is_subject = _NAME.fullmatch(answer) and _AFTER_NAME.match(after) and len(line.split()) <= 12
        return finish_answer(answer) if is_subject and not patterns.OPEN_SENTENCE.search(after) else None
    is_stated = patterns.CONCLUSION.match(before) or before.split()[-1].casefold() in patterns.LAST_WORDS
    if not is_stated or _STEP.match(before):
        return None
    is_figure = is_closed(answer) and (any(char.isdigit() for char in answer) or _is_option(answer))
    return finish_answer(answer) if is_figure else None


def _is_option(answer: str) -> bool:
    return isinstance(classify(answer), Choice)
