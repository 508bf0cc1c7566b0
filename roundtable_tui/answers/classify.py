"""Reads an answer as a typed value; what is not certainly of another kind is a text."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256

from roundtable_tui.answers.dates import parse_date, parse_time
from roundtable_tui.answers.expressions import join_symbols, normalize_expression
from roundtable_tui.answers.formulas import normalize_formula, parse_running_time, parse_version
from roundtable_tui.answers.kinds.chemistry import parse_chemistry
from roundtable_tui.answers.kinds.choices import parse_choice
from roundtable_tui.answers.kinds.day_times import parse_day_time
from roundtable_tui.answers.kinds.enumerations import parse_only, parse_roman_list
from roundtable_tui.answers.kinds.names import find_inverted_name, spell_otherwise
from roundtable_tui.answers.languages.phrases import AND, ANSWER_LABEL, HENCE, IS, REVERSALS, YES_NO
from roundtable_tui.answers.numbers import spell_ordinal
from roundtable_tui.answers.plain import COMPLEMENTS, strip_wrappers, text_form, to_plain
from roundtable_tui.answers.quantities import parse_quantity, parse_range
from roundtable_tui.answers.relations.reading import parse_relations
from roundtable_tui.answers.values import (
    Choice,
    Date,
    Expression,
    Interval,
    Items,
    Labelled,
    Number,
    Text,
    Time,
    Value,
    YesNo,
)
from roundtable_tui.utils.lazy_pattern import lazy_compile

MAX_SHORT_CHARS = 60
"""The maximum length of a name or phrase; a longer text without another kind is open."""
_MAX_CHARS = 240
MAX_CLASSIFIED_CHARS = 2 * _MAX_CHARS
"""The maximum length of a reply, with its markup, that is read as something other than open text."""
_MAX_OPEN_FORM_CHARS = 2000
"""Characters of an open text that are kept; a longer one is compared by its digest."""
_MAX_ITEMS = 30

_LEAD = lazy_compile(rf"{HENCE}?{ANSWER_LABEL}{IS}(?=\S)", re.IGNORECASE)
_IT_IS = lazy_compile(
    rf"{HENCE}?(?:it['’]?s|(?:it|that|this)\s+would\s+be|it\s+(?:is|was)|that\s+is|that['’]s|this\s+is|there\s+(?:are|is|were|was|would\s+be|will\s+be)|they\s+are|we\s+(?:get|have|find|obtain)|"
    r"i\s+(?:would\s+)?(?:choose|pick|say)(?!\s+(?:so|that)\b)|it\s+equals|es\s+ist(?:\s+also)?|c['’]est(?:\s+donc)?|il\s+y\s+a|è|это|它是|это\s+будет)\s+(?=\S)|exactly\s+(?=\S)|it\s+(?=can(?:not|['’]t)\s+be\s)|(?:the|a|an)\s+(?:interval|set|point|vector|ordered\s+pair|number|value|integer|fraction|year|ratio(?:\s+of)?)\s+(?=[-+\d(\[{$<√])|ratio(?:\s+of)?\s+(?=\d+\s*:\s*\d)",
    re.IGNORECASE,
)  # fmt: skip
_NAMED = lazy_compile(
    r"(?:the|its|their|la|le|der|die|das|el|il)\s+([^\W\d_][\w' -]{1,40}?)\s+(?:is|are|was|were|"
    r"equals|ist|est|es|è)\s+(\S.*)",
    re.IGNORECASE,
)
_NO_LABEL = frozenset(
    """not no never wrong incorrect opposite negative negation false only except least unlikely
    reverse inverse minus than if unless that which who but""".split()  # noqa: SIM905
)
_STATEMENT = frozenset("statement claim proposition assertion sentence conjecture hypothesis aussage".split())  # noqa: SIM905
_VARIABLE = lazy_compile(
    r"([^\W\d_](?:_?\w)?'*|[^\W\d_]'{0,3}\([^\W\d_]\)|d[^\W\d_]/d[^\W\d_]|\([a-z](?:,\s*[a-z])+\))\s*=\s*([^=<>≤≥≠]+)"
)
_MEMBER = lazy_compile(r"([^\W\d_])\s*∈\s*(\{[^{}]*\})")
_TITLED = lazy_compile(r"([^\W\d_][^\W\d_ '-]*(?:\s[^\W\d_]+){0,3}):\s+(\S.*)")
"""A figure under a title: `Time complexity: O(n)`."""
_SUM = lazy_compile(r"[\d\s.,+*×/^()√-]+=\s*([^=]+)")

_QUOTED = lazy_compile(r"[`'\"]([a-z])[`'\"]|`(\"[^`\"]*\"|'[^`']*')`")
"""A letter or a string in code: `'a'` is not `'A'`, `"1"` is not `1`."""
_BULLET = lazy_compile(r"\s*[-*•+]\s+(?=\S)")
_NUMBERED = lazy_compile(r"\s*(\d{1,2})[.)]\s+(?=\S)")
_ALTERNATIVES = lazy_compile(r"\s*,?\s+or\s+|\s*,\s+", re.IGNORECASE)
_PLUS_MINUS = lazy_compile(r"±\s*(\S.*)")
_ABOUT = lazy_compile(
    r"(?:about|approximately|approx\.?|roughly|around|circa|ca\.|(?-i:c\.(?=\s?\d))|etwa|environ|[~≈])\s*(?=[\w$€£¥])",
    re.IGNORECASE,
)
_DETAIL = lazy_compile(r"[,:]\s*(?!I\b)(?:[^\W\d_]+\s+){0,2}(?:[A-Z\d]\S*)(?:\s+\S+)?")
"""A name, a letter or a figure after a yes or a no."""
_CLAIM = lazy_compile(r"[,;:.—]\s*(?:he|she|it|they|this|that)\s+([a-z]+)[.!]?")
_AUXILIARIES = frozenset(
    """
    is are was were does do did has have had will would can could may might must should isn't
    """.split()  # noqa: SIM905
)
_FIRST_WORDS = lazy_compile(r"([^\W\d_]+(?:['’][^\W\d_]+)?)(.*)", re.DOTALL)
_WORD = lazy_compile(r"[^\W\d_]+")
_CJK_CHAR = lazy_compile("[\u3040-\u30ff\u3400-\u9fff]")
_MATH = lazy_compile(
    r"[=^+*×/<>≤≥≠√π∪∩∈|!(){}\[\]_\\±∨∧¬→⇒∅∞%≈~:°\"]|(?<![^\W\d_]{2})'(?![^\W\d_]{2})|\b(?:sin|cos|tan|log|ln|exp|sqrt)\b|\d[^\W\d_]|[^\W\d_]\d|(?:^|[\s\w)])-\s*[\w(]|^[^\W\d_]$"
)
_HYPHEN = lazy_compile(r"(?<=[^\W\d_]{2})-(?=[^\W\d_]{2})")
_ORDINAL = lazy_compile(r"(?:the\s+)?\d{1,4}\s?(?:st|nd|rd|th)(?:\s+[^\W\d_]+)*", re.IGNORECASE)
_POWER = lazy_compile(r"-?\d+!|-?\d+\^\(?-?\d+\)?|√\(?\d+\)?|binom\(\d+,\d+\)")
_TWO_WORDS = lazy_compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}")
_LONG_AND_WORD = lazy_compile(r"[^\W\d_]{3,}\s+[^\W\d_]{2,}")
_BOTH = lazy_compile("^both ", re.IGNORECASE)
_EITHER = lazy_compile("^either ", re.IGNORECASE)
_SEMICOLON = lazy_compile(r"\s*;\s*")
_DECADE = lazy_compile(r"(?:the\s+)?(?:1[0-9]|20)\d0'?s", re.IGNORECASE)
_OF_THE_ABOVE = lazy_compile(
    r"(none|all|neither|both)\s+of\s+(?:(?:the|these|those)\s+)?(?:above|these|them|those|(?:(?:given|listed|above|other)\s+)?(?:options|choices|answers))",
    re.IGNORECASE,
)
_NO_PLURAL = lazy_compile(r"(no\s+(?:\w+\s+)?[^\W\d_]{3,}[^\W\d_s])s", re.IGNORECASE)
"""No solutions: as no solution."""
_LANGUAGE = lazy_compile(r"[A-Za-z]+(?:\+\+|#)")
_SEQUENCE = frozenset(
    """then before after first second third last finally next followed or than not neither nor with to
    but""".split()  # noqa: SIM905
)


def classify(text: str) -> Value:
    """Return what an answer says as a typed value.

    Text longer than a few lines, or that fits no other kind, is a `Text`; nothing that changes the meaning
    is dropped.
    """
    return _make_open_text(text) if len(text) > MAX_CLASSIFIED_CHARS else _classify_short(text)


def _make_open_text(text: str) -> Text:
    form = " ".join(text.casefold().split())
    if len(form) > _MAX_OPEN_FORM_CHARS:
        # Long texts are only compared as a whole, and the values of many answers are kept.
        form = f"{form[:_MAX_OPEN_FORM_CHARS]} {sha256(form.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return Text(form, is_open=True)


@lru_cache(maxsize=8192)
def _classify_short(text: str) -> Value:
    if match := _QUOTED.fullmatch(text.strip()):
        return _read_quoted_letter(match[1]) if match[1] else Expression(join_symbols(match[2]))
    if "\n" in text and (value := _parse_lines(text)):
        return value
    plain = to_plain(text)
    return _classify(plain) if plain and len(plain) <= _MAX_CHARS else _make_open_text(text)


def _read_quoted_letter(letter: str) -> Value:
    """Return a small letter in quotation marks: as without them, but not the choice of its capital."""
    bare = _classify(letter)
    return Text(letter) if isinstance(bare, Choice) else bare


def _parse_lines(text: str) -> Value | None:
    """Return the items of a Markdown list and nothing else, in order if they are numbered."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not 1 < len(lines) <= _MAX_ITEMS:
        return None
    for pattern in (_BULLET, _NUMBERED):
        found = [pattern.match(line) for line in lines]
        if all(found):
            items = [to_plain(line[match.end() :]) for line, match in zip(lines, found, strict=True) if match]
            if not all(items) or any(len(item) > MAX_SHORT_CHARS for item in items):
                return None
            values = tuple(_classify_item(item) for item in items)
            return _join_items(values, is_ordered=pattern is _NUMBERED)
    return None


def _join_items(items: tuple[Value, ...], *, is_ordered: bool = False, brackets: str = "") -> Value:
    """Return the items of an enumeration; `x = 2, x = 3` are two values of x."""
    if all(isinstance(item, Labelled) and item.label == getattr(items[0], "label", "") for item in items):
        values = tuple(item.value for item in items if isinstance(item, Labelled))
        return Labelled(getattr(items[0], "label", ""), Items(values, is_ordered=is_ordered))
    return Items(items, brackets, is_ordered)


def _classify(plain: str) -> Value:
    stripped = _strip_lead(plain)
    if stripped[:4] in ("not ", "Not "):
        stripped = COMPLEMENTS.get(stripped[4:].lower(), stripped)
    if stripped != plain:
        return _classify(stripped)
    found = parse_chemistry(plain) or _parse_simple(plain) or _parse_labelled(plain)
    return found or _parse_list(plain) or _parse_other(plain)


def _parse_simple(plain: str) -> Value | None:
    """Return the value of an answer that is neither a list, nor a text, nor an expression."""
    if match := _ABOUT.match(plain):
        value = parse_date(plain[match.end() :]) or parse_quantity(plain[match.end() :])
        return Items((value,), "about") if value else None
    if match := _PLUS_MINUS.fullmatch(plain):
        value = parse_quantity(match[1])
        if isinstance(value, Number) and value.value > 0:
            return Items((value, Number(-value.value, value.unit)))
        return None
    first = plain[0]
    if first.isdigit() and " " in plain and (on_day := parse_day_time(plain)):
        return on_day
    if first.isdigit() or first in "+-.$€£¥₹₽₩":
        found: Value | None = None
        if "+" not in plain and "=" not in plain:  # Not a sum or an equation.
            found = parse_date(plain) or parse_time(plain) or parse_range(plain)
        elif ":" in plain:
            found = parse_time(plain)  # With an offset from UTC.
        found = found or parse_quantity(plain)
    else:
        found = (
            parse_choice(plain, _classify)
            or _parse_yes_or_no(plain)
            or parse_date(plain)
            or parse_time(plain)
        )
        found = found or parse_range(plain) or parse_quantity(plain)
    return found or parse_relations(plain, _classify_element) or _parse_power(plain)


@lru_cache(maxsize=4096)
def _classify_item(plain: str) -> Value:
    plain = strip_wrappers(plain)
    if not plain:
        return Text("")
    return _parse_simple(plain) or _parse_labelled(plain) or _parse_other(plain)


def _classify_element(plain: str) -> Value:
    """Return the value of an item in brackets: in `['1', '2']`, the items are strings."""
    value = _classify_item(plain)
    if plain[:1] in "'\"" and plain[-1:] == plain[:1] and isinstance(value, Number | YesNo):
        return Expression(f'"{plain[1:-1]}"')
    return value


def _strip_lead(plain: str) -> str:
    for pattern in (_LEAD, _IT_IS):
        if match := pattern.match(plain):
            rest = strip_wrappers(plain[match.end() :])
            if rest:
                return rest
    return plain


def _parse_yes_or_no(plain: str) -> Value | None:
    lower = plain.lower()
    if plain == "NO":
        return Text(plain)  # May be nitrogen monoxide, or Norway: see `asked.question.apply_question`.
    if lower in YES_NO:
        return YesNo(YES_NO[lower])
    match = _FIRST_WORDS.match(lower)
    if match is None or match[1] not in YES_NO:
        return None
    rest = match[2].lstrip()
    if rest[:1] not in tuple(",.;:!。，—") and not match[2].startswith(" - "):
        return None
    if not _WORD.search(rest) and any(char.isdigit() for char in rest):
        return None  # "No. 5" is a number of something.
    if match[2][:1] in ",:" and _DETAIL.fullmatch(plain, match.end(1)):
        return None  # "Yes, A" is not "Yes, B".
    is_yes = YES_NO[match[1]]
    for word in _WORD.findall(rest):
        if word in YES_NO and YES_NO[word] == is_yes and word not in ("ne", "si"):
            continue  # "Yes, that is true."
        if word in REVERSALS and not (not is_yes and word in ("not", "never", "nicht", "pas", "не", "niet")):
            return None
    if _CJK_CHAR.search(rest) and any(word in rest for word in REVERSALS if _CJK_CHAR.match(word)):
        return None
    return YesNo(is_yes, _find_claim(rest))


def _find_claim(rest: str) -> str:
    """Return the verb of `, it sank` after a yes or a no, which says more than they do; "" for none."""
    claim = _CLAIM.fullmatch(rest)
    return "" if claim is None or claim[1] in _AUXILIARIES else claim[1]


def _parse_power(plain: str) -> Value | None:
    if plain[-1] not in "!)" and "^" not in plain and plain[0] != "√":
        return None
    if _POWER.fullmatch(plain):
        form = normalize_expression(plain)
        if re.fullmatch(r"-?\d+(?:/\d+)?", form):
            return Number(Fraction(form))
    return None


def _parse_labelled(plain: str) -> Value | None:
    if match := _SUM.fullmatch(plain):
        return _classify_item(match[1])
    if "∈" in plain and (match := _MEMBER.fullmatch(plain)):
        return Labelled(match[1], _classify_item(match[2]))
    if match := _VARIABLE.fullmatch(plain):
        value = _classify_item(match[2])
        if not isinstance(value, (Choice, YesNo)):
            return Labelled(join_symbols(match[1]), value)
        return Labelled(join_symbols(match[1]), Expression(normalize_expression(match[2])))
    if ": " in plain and (match := _TITLED.fullmatch(plain)):
        words, value = match[1].lower().split(), _classify_item(match[2])
        is_figure = isinstance(value, (Number, Date, Interval, Time)) or (
            isinstance(value, Expression) and any(char in match[2] for char in "(=^")
        )
        is_figure = is_figure or (isinstance(value, Items) and value.brackets == "on")
        if is_figure and len(words) <= 4 and _NO_LABEL.isdisjoint(words):
            return Labelled(" ".join(words), value)
    if match := _NAMED.fullmatch(plain):
        words = match[1].lower().split()
        value = _classify(match[2])
        if _NO_LABEL.isdisjoint(words) and not (isinstance(value, Text) and value.is_open):
            if not isinstance(value, YesNo):
                return Labelled(" ".join(words), value)
            if words[-1] in _STATEMENT:
                return value
    return None


def _parse_list(plain: str) -> Value | None:
    if not ("," in plain or ";" in plain or " " in plain or _CJK_CHAR.search(plain)):
        return None
    if " or " in plain and (value := _parse_alternatives(plain)):
        return value
    if plain.endswith(("...", "…")):  # A list that continues.
        begun = _parse_list(plain.rstrip(".…, "))
        return Items(begun.items, "...", is_ordered=True) if isinstance(begun, Items) else None
    if (romans := parse_roman_list(plain)) or (romans := parse_only(plain, _classify)):
        return romans
    separator = _SEMICOLON if ";" in plain else AND
    parts = separator.split(_BOTH.sub("", plain))
    if not 1 < len(parts) <= _MAX_ITEMS or not all(part.strip() for part in parts):
        return None
    if any(len(part.split()) > 4 or part.count("(") != part.count(")") for part in parts):
        return None
    if not _SEQUENCE.isdisjoint(plain.lower().replace(",", " ").split()):
        return None
    items = tuple(_classify_item(part) for part in parts)
    if any(isinstance(item, YesNo) for item in items) and not all(isinstance(item, YesNo) for item in items):
        return None
    keys = {item.key for item in items}
    is_ordered = len(keys) < len(items) or any(isinstance(item, YesNo) for item in items)
    if len(items) == 2 and not is_ordered and (name := find_inverted_name(plain)):
        return Items(items, name=name)
    return _join_items(items, is_ordered=is_ordered)


def _parse_alternatives(plain: str) -> Value | None:
    """Return the items of `x = 2 or x = 3`, or of two or more numbers joined by "or"."""
    parts = _ALTERNATIVES.split(_EITHER.sub("", plain))
    if not 1 < len(parts) <= _MAX_ITEMS:
        return None
    items = tuple(_classify_item(part) for part in parts)
    if all(isinstance(item, (Number, Labelled, Choice)) or _is_name(item) for item in items):
        return _join_items(items, brackets="or")
    return None


def _is_name(value: Value) -> bool:
    if not isinstance(value, Text):
        return False
    words = value.form.split()
    return len(words) <= 2 and all(len(word) > 2 and word.isalpha() for word in words)


def _parse_other(plain: str) -> Value:
    first = plain[0]
    if plain[-1] == "s":
        if _DECADE.fullmatch(plain):
            return Text(plain.lower().removeprefix("the ").replace("'", ""))
        if first in "nN" and (match := _NO_PLURAL.fullmatch(plain)):
            plain = match[1]
    if " of " in plain and (match := _OF_THE_ABOVE.fullmatch(plain)):
        return Text(f"{match[1].lower()} of the above")
    if first in "vV" and (version := parse_version(plain)) is not None:
        return Labelled("version", Text(version))
    if plain[-4:] == "time" and (growth := parse_running_time(plain)) is not None:
        return Expression(normalize_expression(growth), growth)
    if (first.isupper() or first == "(") and (formula := normalize_formula(plain)) is not None:
        return Expression(formula, formula)
    if plain[-2:] in ("st", "nd", "rd", "th") and (ordinal := spell_ordinal(plain)):
        return Text(text_form(ordinal))
    if (first.isdigit() or first in "tT") and _ORDINAL.fullmatch(plain):
        return Text(text_form(plain))
    if (
        _MATH.search(_HYPHEN.sub(" ", plain) if "-" in plain else plain)
        and not _LANGUAGE.fullmatch(plain)
        and len(plain) <= MAX_SHORT_CHARS
    ):
        words = [word for word in _WORD.findall(plain) if len(word) > 2]
        if not _LONG_AND_WORD.search(plain) or (len(words) < 2 and not _TWO_WORDS.search(plain)):
            return Expression(normalize_expression(plain), plain)
        return Text("code: " + join_symbols(plain))
    if len(plain) > MAX_SHORT_CHARS:
        return Text(text_form(plain), is_open=True)
    return Text(text_form(plain), others=spell_otherwise(plain))
