"""Options by their letters: `B`, `(B)`, "Option B", `B) Paris`."""

from __future__ import annotations

import re
from collections.abc import Callable

from roundtable_tui.answers.plain import strip_wrappers, text_form
from roundtable_tui.answers.values import Choice, Text, Value
from roundtable_tui.utils.lazy_pattern import lazy_compile

_OPTION = (
    r"(?:(?:(?:the|la|die|das|el|a|o|de|het|l['’])\s*)?(?:option|choice|answer|letter|alternative|antwort|réponse|opción|opção|opzione|optie|вариант|"
    r"选项|選択肢)\s*)"
)
_OPTION_START = lazy_compile(rf"{_OPTION}|(?:la|el|die|das|de)\s+[A-J]$", re.IGNORECASE)
_LONE_LETTER = lazy_compile(
    rf"\(?({_OPTION})?(?:(?:la|el|die|das|de)\s+)?[(\[]?([A-Ja-jА-Е])[)\]]?[.:)]?", re.IGNORECASE
)
_RIGHT_LETTER = lazy_compile(
    rf"{_OPTION}?\(?([A-J])\)?\s+is\s+(?:the\s+)?(?:correct|right|best)(?:\s+(?:answer|option|choice|one))?"
)
_LETTER_WITH_TEXT = lazy_compile(
    rf"(?i:{_OPTION})?(?:[(\[]([A-JА-Е])[)\]]:?\s*(?!(?:and|or|und|oder|et|ou|y|o|e|&|и|или)\s+[(\[]?[A-JА-Е]\b)|([A-JА-Е])(?:\)\s*|:\s+|\s+-\s+(?=[^\W\d_]{{2}})))(\S.*)"
)
_LETTER_AND_DOT = lazy_compile(rf"({_OPTION})?([A-JА-Е])\.\s+(?![A-ZА-Я]\.)(\S.*)", re.IGNORECASE)
_OPTION_AND_TEXT = lazy_compile(rf"{_OPTION}([A-J])\s*(?:,\s*|\s\((?=[^()]+\)$))(\S.*)", re.IGNORECASE)


def parse_choice(plain: str, classify: Callable[[str], Value]) -> Value | None:
    """Return the option that a text is a letter of, with or without its text, or None."""
    if len(plain) > 2 and plain[0] not in "([" and plain[1].isalpha() and not _OPTION_START.match(plain):
        return None
    if match := _LONE_LETTER.fullmatch(plain):
        if match[1] or match[2].upper() <= "H" or match[2] >= "А":
            return Choice(match[2].upper(), initial=plain if plain.islower() and len(plain) == 1 else "")
        return None
    if match := _RIGHT_LETTER.fullmatch(plain):
        return Choice(match[1])
    if match := _LETTER_WITH_TEXT.fullmatch(plain):
        return Choice(match[1] or match[2], _classify_option(match[3], classify))
    if match := _LETTER_AND_DOT.fullmatch(plain):
        if match[1]:
            return Choice(match[2].upper(), _classify_option(match[3], classify))
        if match[2].isupper():
            return Choice(match[2], _classify_option(match[3], classify), initial=text_form(plain))
        return None
    if match := _OPTION_AND_TEXT.fullmatch(plain):
        return Choice(match[1].upper(), _classify_option(match[2].rstrip(")"), classify))
    return None


def _classify_option(text: str, classify: Callable[[str], Value]) -> Value:
    value = classify(strip_wrappers(text) or text)
    return Text(text_form(text)) if isinstance(value, Choice) and value.option else value
