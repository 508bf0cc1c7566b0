"""Reads an answer in the form that its question asks for: a version, a literal in quotation marks."""

from __future__ import annotations

import re
from fractions import Fraction

from roundtable_tui.answers.asked.question import Question
from roundtable_tui.answers.asked.stems import stem_of
from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.endings.clauses import is_denied
from roundtable_tui.answers.plain import to_plain
from roundtable_tui.answers.quantities import parse_angle
from roundtable_tui.answers.values import Choice, Expression, Labelled, Number, Text, Value
from roundtable_tui.utils.lazy_pattern import lazy_compile

_VERSION = r"\d+(?:\.\d+)*(?:[-.]?(?:alpha|beta|rc|a|b)\.?\d*)?"
_NAMED_VERSION = lazy_compile(
    rf"(?P<names>(?:[^\W\d_][\w+#-]*\s+){{0,3}})(?:v(?:er)?\.?\s*)?(?P<version>{_VERSION})", re.IGNORECASE
)
_STATED_VERSION = lazy_compile(
    r"\b(?:in|with|is|was|by|version|release)\s+(?:v\.?\s*)?(?P<version>\d+(?:\.\d+)+)[*_`]*[.!]?$",
    re.IGNORECASE,
)
_LABELS = frozenset("version release the section chapter number".split())  # noqa: SIM905
_STRING = lazy_compile(r"(?<![\w'\"])(?P<quote>['\"])(?P<content>[^'\"\n]*)(?P=quote)(?![\w'\"])")
_WHOLE_STRING = lazy_compile(
    r"[\s*`]*(?:(?:the\s+)?str(?:ing)?\s+)?[*`]*(?P<quote>['\"])(?P<content>[^'\"\n]*)(?P=quote)[*`.\s]*",
    re.IGNORECASE,
)
_NO_STRINGS = frozenset("none null undefined nan nil".split())  # noqa: SIM905


def read_in_form(text: str, asked: Question) -> Value | None:
    """Return the value of an answer in the form that its question asks for; None if it asks for none."""
    if asked.form == "version":
        return _read_version(text, asked)
    if asked.form == "angle":
        return parse_angle(plain) if "π" in (plain := to_plain(text)) else None
    if asked.form in ("literal", "code") and (match := _WHOLE_STRING.fullmatch(text)):
        content = match["content"]
        return Expression(f'"{content}"') if asked.form == "literal" or _is_literal(content) else None
    return None


def keep_form(found: str, reply: str, asked: Question) -> str:
    """Return what was found in a reply as an answer in the form that the question asks for.

    Of "It returns '34'.", that is `'34'`; of "It was fixed in 1.10.0.", `1.10.0`.
    """
    if asked.form in ("literal", "code"):
        strings = list(_STRING.finditer(reply))
        return strings[-1][0] if strings and strings[-1]["content"] == found else found
    if asked.form == "version" and found == reply.strip() and (match := _STATED_VERSION.search(found)):
        return found if is_denied(found) else match["version"]
    return found


def _is_literal(content: str) -> bool:
    """Return True for `34`, `True`, `[1, 2]` and `None`: with quotation marks, each is something else."""
    return content.casefold() in _NO_STRINGS or not isinstance(classify(content), Text | Choice)


def _read_version(text: str, asked: Question) -> Value | None:
    """Return a version, or the number of a section, as text: 1.10 is not 1.1."""
    match = _NAMED_VERSION.fullmatch(to_plain(text))
    if match is None:
        return None
    names = (stem_of(name) for name in match["names"].split())
    if not all(name in _LABELS or asked.has(name) for name in names):
        return None
    if match["version"].isdecimal():
        return Number(Fraction(match["version"]))
    return Labelled("version", Text(match["version"].lower()))
