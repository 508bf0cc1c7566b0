"""Reads an answer in the form that its question asks for: a version, a literal, a ratio, a probability."""

from __future__ import annotations

import re
from fractions import Fraction

from roundtable_tui.answers.asked.question import Question
from roundtable_tui.answers.asked.stems import stem_of
from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.endings.clauses import is_denied
from roundtable_tui.answers.endings.sentences import last_sentence
from roundtable_tui.answers.expressions import normalize_expression
from roundtable_tui.answers.formulas import parse_running_time
from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.answers.numbers import parse_number, parse_ordinal
from roundtable_tui.answers.plain import to_plain
from roundtable_tui.answers.quantities import parse_angle, parse_quantity
from roundtable_tui.answers.relations.unions import parse_unequal
from roundtable_tui.answers.relations.vectors import parse_unit_vectors, read_as_vector
from roundtable_tui.answers.values import Choice, Expression, Items, Labelled, Number, Text, Value
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
_TERM = r"\d+(?:[.,]\d+)?|[a-z]+"
_RATIO_SIGN = lazy_compile(r"\s*[:∶/]\s*|\s+(?:to|zu|a|à)\s+")
_RATIO = lazy_compile(
    rf"(?P<terms>(?!0\d)(?:{_TERM})(?:(?:\s*[:∶/]\s*|\s+(?:to|zu|a|à)\s+)(?!0\d)(?:{_TERM})){{1,5}})"
    r"(?:\s+\([^()]*\))?"
)
_SHARE = phrase(
    r"""
    (?: an? \s+ )? (?P<part> [\w-]+? ) [\s-]+ (?: chances? \s+ )?
    {out_of} [\s-]+ (?: every \s+ )? (?P<whole> [\w-]+ )
    """
)
_STATED_SHARE = phrase(r"(?P<about> {about} \s+ )? (?<! [\w-] ) [\w-]+ \s+ {out_of} \s+ [\w-]+ $")
_CHANCE = lazy_compile(r"(?:an?\s+)?(?P<share>\S.*?)[\s-]+(?:chance|probability)", re.IGNORECASE)
_PLACE_IN_ROW = lazy_compile(
    r"(?:the\s+)?(?:(?P<digits>\d{1,6})(?:st|nd|rd|th)|(?P<words>[a-z]+(?:[\s-][a-z]+){0,5}?(?:st|nd|rd|th)))"
    r"(?:\s+(?P<name>[a-z]+))?|(?P<before>[a-z]+)\s+(?:no\.?\s+|number\s+)?(?P<number>\d{1,6})",
    re.IGNORECASE,
)
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
    if asked.form.startswith("ratio"):
        return _read_ratio(to_plain(text), asked)
    if asked.form == "share":
        return _read_share(to_plain(text))
    if asked.form == "place":
        return _read_place(to_plain(text), asked)
    if asked.form == "vector":
        return parse_unit_vectors(to_plain(text)) or read_as_vector(classify(text))
    if asked.form == "running time":
        growth = parse_running_time(to_plain(text), is_asked=True)
        return Expression(normalize_expression(growth), growth) if growth else None
    if asked.form == "reals":
        return parse_unequal(to_plain(text))
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
    if asked.form == "share" and (match := _STATED_SHARE.search(to_plain(last_sentence(reply)))):
        share = match[0].strip()
        return share if match["about"] or (_read_share(share) and not is_denied(reply)) else found
    if asked.form == "version" and found == reply.strip() and (match := _STATED_VERSION.search(found)):
        return found if is_denied(found) else match["version"]
    return found


def _read_ratio(plain: str, asked: Question) -> Value | None:
    """Return a ratio: 12 : 8 as 3/2, unless it is asked for in its lowest terms."""
    match = _RATIO.fullmatch(plain)
    terms = [parse_number(term) for term in _RATIO_SIGN.split(match["terms"])] if match else []
    found = [term for term in terms if term]
    if len(found) < 2 or len(found) < len(terms):
        return None
    if asked.form == "ratio" and len(found) == 2:
        return Number(found[0] / found[1])
    scale = 1 if asked.form != "ratio" else 1 / found[0]
    return Items(tuple(Number(term * scale) for term in found), "ratio", is_ordered=True)


def _read_share(plain: str) -> Value | None:
    """Return the share that "1 in 8", "3 out of 4" or "a 5% chance" is."""
    if match := _CHANCE.fullmatch(plain):
        return _read_share(match["share"]) or parse_quantity(match["share"])
    match = _SHARE.fullmatch(plain)
    part, whole = (parse_number(match["part"]), parse_number(match["whole"])) if match else (None, None)
    if not part or not whole or part > whole or part.denominator * whole.denominator > 1:
        return None
    return Number(part / whole)


def _read_place(plain: str, asked: Question) -> Value | None:
    """Return the number of "the 21st", "the twenty-first term" and "term 21"."""
    match = _PLACE_IN_ROW.fullmatch(plain)
    name = match["name"] or match["before"] if match else None
    if match is None or (name and not asked.has(stem_of(name))):
        return None
    digits = match["digits"] or match["number"]
    number = Fraction(digits) if digits else parse_ordinal(match["words"])
    return None if number is None else Number(number)


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
