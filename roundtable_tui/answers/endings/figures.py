"""Finds the one figure that a clause states: a number with its unit, a date, a time, or a piece of code."""

from __future__ import annotations

import re

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.dates import ERA, ZONES
from roundtable_tui.answers.endings.finish import is_closed
from roundtable_tui.answers.languages.phrases import phrase, words_of
from roundtable_tui.answers.values import Text
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MAX_UNIT_WORDS = 3
_NUMBER = (
    r"(?:(?:(?:US|R|A|C)?[$€£¥₹₩₽]\s?)?[-+−–±]?(?:(?:US|R|A|C)?[$€£¥₹₩₽]\s?)?"
    r"\d+(?:[.,\u202f\u00a0 '’]\d{3}(?!\d))*(?:[.,]\d+)?"
    r"(?:\s\d+/\d+|\s?/\s?\d+|[½⅓⅔¼¾⅛])?(?:\s?[×x*·]\s?10(?:\^\{?[-−]?\d+\}?|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?)"
)
_FIGURE = phrase(
    r"""
    `[^`\n]{1,60}`  # Code.
    | (?<!\w) [OΘΩo]\( (?: [^()] | \([^()]*\) )+ \)  # A complexity.
    | \$[^$\n\d][^$\n]*\$  # A formula, not two prices.
    | \$\d[^$\n]*[^$\n\d., ][^$\n]*\$
    | \\\(.{1,60}?\\\)
    | (?<![\w.]) (?:  # A date.
          \d{1,2}\.? \s (?:de \s)? [^\W\d_]{3,10} \s (?:de \s)? \d{4}
          | [A-Z][a-z]{2,8}\.? \s \d{1,2} (?: st | nd | rd | th )? ,? \s \d{4}
          | (?: jan | feb | mar | apr | may | jun | jul | aug | sep | oct | nov | dec ) [a-z]{0,6}\.? \s
            \d{1,2} (?: st | nd | rd | th )?
      ) (?!\w)
    | (?: \d{4} \s? [年년] \s? )? \d{1,2} \s? [月월] \s? \d{1,2} \s? [日号일]
    | (?<![\w.]) \d{1,2}:\d{2} (?::\d{2})? (?: \s? [ap]\.?m\.? (?!\w) )?  # A time.
    | (?<![\w.]) (?<!\d[,/]) [(\[{] <number> (?: , \s? <number> )+ [)\]}]  # A point, an interval or a set.
    | (?<! [A-Za-zÀ-ž\u0400-\u04ff_.\d] ) <number> (?! \d | \.\d )  # Not the beginning of 1.10.0.
    """.replace("<number>", _NUMBER)
)
_ERA = lazy_compile(rf"\s?{ERA}")
_ZONE = lazy_compile(
    rf"\s?(?:[ap]\.?m\.?\s?)?\(?(?:(?:{'|'.join(ZONES)}|[A-Z]{{1,2}}[SD]?T)(?!\w)\)?(?:[-+]\d{{1,2}}(?::?\d\d)?)?|[-+]\d\d:?\d\d(?!\d))"
)
_IN_YEAR = phrase(r"\b {in_year} \s* $", 0)
_COUNTER = phrase(r"\s? {counter:cjk}", 0)
_STOP_WORDS = words_of("no_unit")
"""Words after a figure that are not its unit."""
_NAME_BEFORE = phrase(
    r"""
    (?:
        \b (?:
            step | part | question | plan | room | bus | group | route | gate | player | house | box | team
            | candidate | train | door | offer | scenario | method | statement | graph | phase
            | world \s+ war | section | chapter | equation | case | round | number | agent | option
            | figure | table | line | page | model | version | type | class | grade | level | exercise
            | problem | {step_number} | first | last | next | every | each | top | only \s+ the
            | than \s+ the
        )
        | {step_number:cjk}
    ) \s* \#? $
    """
)
"""What makes a figure a part of a name: `Apollo 11`, `step 3`."""
_BETWEEN = phrase(
    r"""
    \s* (?: , | [,，]? \s* (?: {between} | {between:cjk} ) ) \s* (?: [A-Za-z] \s* = \s* )?
    """,
    0,
)
_VARIABLE_BEFORE = lazy_compile(r"(?<![\w(+*/^-])[A-Za-z]\s*=\s*$")
_CODE = lazy_compile(r"`[^`]{1,60}`")
_CJK = lazy_compile("[\u3040-\u9fff\uac00-\ud7af]")
_MAX_UNIT_CJK_CHARS = 4
_PREPOSITION = phrase(r"^ {preposition_of_figure} \s* (?= [-+$€£¥\d] )", 0)
_FUNCTION = lazy_compile(r"(?<![\w`])(?:[^\W\d_]{2,}\s+){3,}|[^\W\d_]{2,}\s\d")
"""Words that make what is taken for an expression a phrase."""
_DIGITS = lazy_compile(r"\d[\d.,]*\d|\d")
_RESULT = lazy_compile(r"[=≈→]\s*[*$€£\\(]*(\d[\d.,]*\d|\d)(?!\s*[-+*/×·÷^=\d])")
_SUFFIXED = lazy_compile(r"['’](?!s\b)[^\W\d_]")
"""The ending of an inflected figure, as in Turkish."""
_ORDINAL_SUFFIX = lazy_compile(r"(?:st|nd|rd|th)\b")
"""What makes a figure a place in a row: the 5th century is not 5."""
_OPERAND = lazy_compile(r"[\w)]\s*[-+*/^×·]\s*$")
_CAPITAL_BEFORE = lazy_compile(r"(?<=\s)[A-Z][^\W\d_]+\s*#?$")
_QUALIFIER = phrase(r"\b (?: {about} | ca\. | (?-i:c\.) | ~ | ≈ ) \s* $ | {about:cjk} \s* $")
_BOUND_BEFORE = phrase(r"\b {bound} \s* $")
"""Words before a figure without which it says something else."""
_IS_SUBJECT = phrase(
    r"""
    \s {is_of_subject} \s+
    (?! (?: the | left | needed | required | correct | right | {article_after_is} ) \b )
    """,
    0,
)
"""A verb after a figure that says something of it: `17 is a prime number`."""
_COPULA = phrase(
    r"""
    (?:
        [=→⇒]
        | \b (?: {is_before_figure} | {is_before_figure:other} ) \b
        | {is_before_figure:cjk}
    )
    """,
    0,
)


def is_value(text: str) -> bool:
    """Return True if a text alone is a value: what `is_closed` is, a complexity, code or a formula."""
    return is_closed(text) or bool((match := _FIGURE.match(text)) and match.end() == len(text))


def find_figure(clause: str, computed: str = "") -> str | None:
    """Return the one figure that a clause states, with its unit and qualifier, or None.

    Of several figures counts the one after the last verb such as "is", or the one that a calculation
    in `computed` ended with.
    """
    found = _join(clause, _find_all(clause))
    if len(found) > 1:
        found = _select(clause, found, computed)
    if len(found) != 1:
        return None
    start, end = found[0]
    before = clause[:start]
    if (
        _BOUND_BEFORE.search(before)
        or before.rstrip().endswith(("<", ">", "≤", "≥", "≠"))
        or (not before.strip() and _IS_SUBJECT.match(clause, end))
    ):
        return None
    figure = clause[start:end].strip("` ") if clause[start] == "`" else clause[start:end]
    if match := _QUALIFIER.search(before):
        figure = f"{match[0].strip()} {figure}"
    return figure


def find_end(clause: str) -> str | None:
    """Return a value with a figure that follows a verb such as "is" up to the end of a clause."""
    for match in _COPULA.finditer(clause):
        end = clause[match.end() :].strip()
        end = _PREPOSITION.sub("", end)
        if _CODE.fullmatch(end):
            return end.strip("`")
        if len(_CJK.findall(end)) > _MAX_UNIT_CJK_CHARS or end[:1] == "=" or _FUNCTION.search(end):
            continue
        if any(char.isdigit() for char in end) and is_closed(end):
            return end
    return None


def _join(clause: str, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join figures that are enumerated: `x = 2 and x = 5`."""
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and _BETWEEN.fullmatch(clause[joined[-1][1] : start]):
            joined[-1] = (joined[-1][0], end)
        else:
            name = _VARIABLE_BEFORE.search(clause[:start])
            joined.append((name.start() if name else start, end))
    return joined


def _select(clause: str, found: list[tuple[int, int]], computed: str) -> list[tuple[int, int]]:
    if all(clause[start] == "`" for start, _ in found) and found[-1][1] == len(clause):
        return found[-1:]
    verbs = [match.end() for match in _COPULA.finditer(clause)]
    after = [(start, end) for start, end in found if verbs and start >= verbs[-1]]
    if len(after) == 1 and after[0] == found[-1]:
        return after
    results = [(start, end) for start, end in found if is_computed(clause[start:end], computed)]
    return results if len(results) == 1 else []


def is_computed(figure: str, text: str) -> bool:
    """Return True if a figure stands after an equals sign in a text, as the result of a calculation."""
    match = _DIGITS.search(figure)
    return match is not None and any(result[1] == match[0] for result in _RESULT.finditer(text))


def _find_all(clause: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for match in _FIGURE.finditer(clause):
        start, end = match.span()
        while start < end and clause[start] == " ":
            start += 1
        if clause[start] in "-–+" and start and not clause[start - 1].isspace():
            start += 1
        if clause[start] == "`" or not clause[start:end][-1:].isdigit():
            if clause[start] in "`OΘΩo$\\" or is_closed(clause[start:end]):
                found.append((start, end))
            continue
        if clause[end:] in ("+", "-", "−"):
            continue  # A charge: 3- is not 3.
        if _SUFFIXED.match(clause, end) or _ORDINAL_SUFFIX.match(clause, end):
            continue
        if _OPERAND.search(clause[:start]):
            if "=" not in clause[end:]:
                return []  # A term without its result.
            continue
        whole = _extend(clause, start, end)
        if _NAME_BEFORE.search(clause[:start]) and clause[start:end][-1:] != "%":
            continue
        if whole == end and _CAPITAL_BEFORE.search(clause[:start]):
            continue
        found.append((start, whole))
    return found


def _extend(clause: str, start: int, end: int) -> int:
    """Return where the unit of a figure ends."""
    if match := re.compile(r"\s?(?:%|°\s?[CFK]?|º\s?[CFK]?|[€£$¥₹₩₽]|[²³])(?!\w)").match(clause, end):
        end = match.end()
        if not clause[end:].startswith(" Prozent"):
            return end
    if ":" in clause[start:end]:
        return end
    is_time = ":" in clause[start:end] or clause[start:end].isdecimal()
    if is_time and (match := _ZONE.match(clause, end)):
        return match.end()
    if match := _ERA.match(clause, end):
        return len(clause[: match.end()].rstrip(".")) if match.end() == len(clause) else match.end()
    if match := _COUNTER.match(clause, end):
        return match.end()
    if re.fullmatch(r"[12]\d{3}", clause[start:end]) and _IN_YEAR.search(clause[:start]):
        return end
    best, place = end, end
    for _ in range(_MAX_UNIT_WORDS):
        match = re.compile(r"\s?-?[^\W\d_][^\s,.;:!?()*`$]*|\s?/\s?[^\W\d_][^\s,.;:!?()*`$]*").match(
            clause, place
        )
        if match is None:
            break
        place = match.end()
        word = match[0].strip(" -/").casefold()
        if word in ("per", "pro", "par", "por") and best > end:
            continue
        if word in _STOP_WORDS:
            break
        if not isinstance(classify(clause[start:place]), Text):
            best = place
    return best
