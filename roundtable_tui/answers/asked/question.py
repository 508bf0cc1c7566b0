"""Reads what a question says about its answers: their kind, options, order, unit, and the words it uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

from roundtable_tui.answers.asked.growth import find_asked_cost, read_growth
from roundtable_tui.answers.asked.options import (
    ASKS_SEVERAL,
    list_options,
    name_options,
    names_statements,
)
from roundtable_tui.answers.asked.polar import find_predicate, read_polar
from roundtable_tui.answers.asked.stems import are_forms, put_owner_last, stem_of
from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.dates import BEFORE_CHRIST, ZONES
from roundtable_tui.answers.endings.clauses import is_denied
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.endings.sentences import last_sentence, split_sentences
from roundtable_tui.answers.kinds.names import spell_untitled
from roundtable_tui.answers.languages.phrases import ORDER_WORDS, phrase, words_of
from roundtable_tui.answers.units import find_unit
from roundtable_tui.answers.values import (
    Choice,
    Date,
    Expression,
    Items,
    Labelled,
    Number,
    Text,
    Time,
    Unit,
    Value,
    YesNo,
)

_MAX_CHARS = 20_000
_MAX_CHARS_OF_WORDS = 1000
"""The maximum length of a question whose words are looked for in answers; a longer one has nearly all."""
_MAX_CHOICE_WORDS = 6
_EDGES = " \t.,;:!?¿¡\"'“”„«»‘’`*"
_POLAR = phrase(r"(?: ^ | [.!?\n] \s* ) ¿? {asks_yes_or_no} (?: n['’]t )? \s [^?]* \?")
"""A question that is answered by yes or no."""
_OR = phrase(r"\s* [,:]? \s+ (?: or | oder | ou | czy | или ) \s+")
_AFTER_CHOICES = re.compile(r"\s+(?:at|in|on|if|when|for|during|to)\s.*$", re.IGNORECASE)
_POLAR_START = re.compile(r".*\b(?:is|are|was|were|does|do|did|will|would|should)\b", re.IGNORECASE)
_ASKS = re.compile(r"(?:which|what|who|whose|where|when|how|on|in|at|if)\b", re.IGNORECASE)
_ARTICLE = phrase(r"^ (?: {article_of_subject} | an? ) \s+")
_NAME = re.compile(r"(?<=\s)[A-ZÀ-ÞА-Я][\w'’-]*(?:\s+[A-ZÀ-ÞА-Я][\w'’-]*)*")
_NUMBER_WANTED = phrase(r"(?: \b | ^ ) {asks_number} (?! \w )")
_NAME_WANTED = phrase(
    r"(?: ^ | [,;:] \s* | \b (?: by | to | for | from | with | did | and ) \s+ ) {asks_name} \b"
)
_UNIT_WANTED = re.compile(
    r"\b(?:in|into|to|en|em)\s+([^\W\d_]+(?:\s+per\s+[^\W\d_]+)?)\s*\??$", re.IGNORECASE
)

_WITHOUT_MEANING = words_of("in_restatement")
_PLURALS = frozenset(("2", "3", "4", "5", "both", "pair", "are", "were", "names", "list"))
"""Words of a question that may ask for two names, so that `Rose, Mary` is not Mary Rose."""
_COUNTED = re.compile(r"\bhow\s+many\s+([^\W\d_]+)", re.IGNORECASE)
_VERB_OF_WHO = phrase(r"(?: ^ | [,;:] \s* ) {who} \s+ (?: first \s+ )? ([^\W\d_]+)")
_NO_VERBS = frozenset("is are was were do does did has have had will would can could should be".split())  # noqa: SIM905
_ASKS_TWICE = re.compile(
    r"\b(?:who|what|which|where|when|how)\b[^?]*(?:,|\band|\bwhom)\s+(?:(?:to|by|from|with|for|in)\s+)?(?:whom?|what|which|where|when|how)\b",
    re.IGNORECASE,
)
_YEAR_WANTED = phrase(r"\b {asks_year} \b")
_YEAR_BC_WANTED = phrase(rf"\b {{asks_year}} \s+ (?: {BEFORE_CHRIST} ) (?!\w)")

_TUPLE = re.compile(r"(?<!\w)\(([^\W\d_]\w?(?:,\s*[^\W\d_]\w?){1,5})\)")
_POINT_WANTED = phrase(r"\b {asks_point} \b")
_ZONE_WANTED = re.compile(rf"(?:\bin\s|\()({'|'.join(ZONES)})\b")
_LITERAL_WANTED = re.compile(
    r"\bliteral\b|\bquotes\b|\bquotation\s+marks\b|\brepr\b|\bstring\s+or\s+(?:an?\s+)?(?:number|int)",
    re.IGNORECASE,
)
_LOWEST_TERMS = phrase(r"\b {in_lowest_terms} \b")
_FORMS = {
    "version": phrase(r"\b {asks_version} \b"),
    "ratio": phrase(r"\b {asks_ratio} \b"),
    "share": phrase(r"\b {asks_share} \b"),
    "place": phrase(r"\b {asks_place} \b"),
    "running time": re.compile(
        r"\b(?:running[\s-]time|runtime|(?:time\s+)?complexity|big[\s-]?o)\b", re.IGNORECASE
    ),
    "vector": phrase(r"\b {asks_vector} \b"),
    "reals": phrase(r"\b {asks_reals} \b"),
    "angle": phrase(r"\b {angle} \b"),
    "code": phrase(r"\b (?: evaluates? | returns? | expression | {asks_code} ) \b"),
}
"""Patterns of questions for an answer in a form of its own."""
_CHANGES = {
    "rise": phrase(r"\b {rises} \b"),
    "fall": phrase(r"\b {falls} \b"),
    "any": phrase(r"\b {asks_change} \b"),
}


@dataclass(frozen=True)
class Question:
    """What a question says about its answers."""

    words: tuple[str, ...] = ()
    """Its stems in order, "X's Y" as "Y X"; empty if it is too long, or denies something."""
    options: Mapping[str, Value] = field(default_factory=dict)
    """Letter or number -> what it stands for."""
    choices: tuple[str, ...] = ()
    """What it offers or names, of which one may be the answer, without articles."""
    is_ordered: bool = False
    is_several: bool = False
    """Several of its options, or of its statements, may be right."""
    is_polar: bool = False
    """It is answered by yes or no."""
    wants: str = ""
    """"number" or "name" if the answer is one; else ""."""
    unit: Unit | None = None
    """The unit that it asks for."""
    verbs: frozenset[str] = frozenset()
    """The stem of the verb of "Who painted ...?", whose subject is the answer."""
    focus: frozenset[str] = frozenset()
    """The stems of the sentence that asks, without those that carry no meaning."""
    counted: str = ""
    """The stem of what "how many ...?" counts."""
    asks_twice: bool = False
    """It asks for two things, such as who pays and how much, so that neither alone answers it."""
    cost: str = ""
    """"time" or "space" if it asks how that grows with the size of an input."""
    predicate: str = ""
    """The last word of a question that is answered by yes or no: "converge" of "Does it converge?"."""
    is_year: bool = False
    """It asks for a year."""
    is_before_christ: bool = False
    """It asks for a year BC."""
    form: str = ""
    """What it asks for if that is written in a form of its own: a key of `_FORMS`, `literal`, or
    `ratio in lowest terms`; else ""."""
    unknowns: tuple[str, ...] = ()
    """The letters of the tuple that it asks for, in order: x and y for `(x, y)`, and for a point."""
    zone: str = ""
    """The time zone in which it asks for a time."""
    changes: frozenset[str] = frozenset()
    """The changes that it speaks of: `rise`, `fall`, `any`."""

    def has(self, stem: str) -> bool:
        """Return True if a form of a word is in the question."""
        return any(are_forms(stem, other) for other in self.words)


@lru_cache(maxsize=64)
def read_question(text: str) -> Question:
    """Return what a question says about its answers."""
    text = text[:_MAX_CHARS]
    sources = list_options(text)
    asked_in_full = Question(
        options={letter: classify(source) for letter, source in sources.items()},
        is_ordered=bool(ORDER_WORDS.search(text)),
        is_polar=bool(_POLAR.search(text)),
        cost=find_asked_cost(text),
        is_several=bool(ASKS_SEVERAL.search(text)) or names_statements(text),
    )
    if len(text) > _MAX_CHARS_OF_WORDS:
        return asked_in_full
    plain = " ".join(strip_markup(line) for line in text.splitlines() if line.strip())
    asked = next((one for one in reversed(split_sentences(plain)) if "?" in one), last_sentence(plain))
    form = next((name for name, pattern in _FORMS.items() if pattern.search(asked)), "")
    form = "literal" if _LITERAL_WANTED.search(plain) else form
    form = "ratio in lowest terms" if form == "ratio" and _LOWEST_TERMS.search(plain) else form
    if is_denied(asked):
        return replace(asked_in_full, form=form)
    wants = "number" if _NUMBER_WANTED.search(asked) else "name" if _NAME_WANTED.search(asked) else ""
    choices = tuple(sources.values()) or _list_choices(asked)
    if not choices and wants == "name":
        choices = tuple(dict.fromkeys(_NAME.findall(plain)))
    unit = _UNIT_WANTED.search(asked.strip()) or _COUNTED.search(asked)
    return replace(
        asked_in_full,
        predicate="" if choices else find_predicate(asked),
        words=tuple(stem_of(word) for word in put_owner_last(plain.split())),
        choices=choices,
        wants=wants,
        unit=_measure(unit[1]) if unit else None,
        verbs=frozenset({stem_of(verb[1])} - _NO_VERBS)
        if (verb := _VERB_OF_WHO.search(asked))
        else frozenset(),
        focus=frozenset(stem_of(word) for word in asked.split()) - _WITHOUT_MEANING,
        counted=stem_of(counted[1]) if (counted := _COUNTED.search(asked)) else "",
        asks_twice=bool(_ASKS_TWICE.search(asked)),
        is_year=bool(_YEAR_WANTED.search(asked)),
        is_before_christ=bool(_YEAR_BC_WANTED.search(asked)),
        form=form,
        unknowns=_find_unknowns(plain),
        zone=zone[1] if (zone := _ZONE_WANTED.search(asked)) else "",
        changes=frozenset(name for name, pattern in _CHANGES.items() if pattern.search(asked)),
    )


def _measure(name: str) -> Unit | None:
    """Return a unit of measurement; None for what is only counted: "5" and "5 km" may both mean five."""
    unit = find_unit(name)
    return None if unit is None or unit.dimension.startswith("of ") else unit


def apply_question(value: Value, question: str) -> Value:
    """Return a value as an answer to a question: with its option, the unit asked for, and in order."""
    asked = read_question(question)
    value = _apply_option(value, asked)
    if isinstance(value, YesNo):
        return YesNo(value.is_yes)  # It says yes to this question, whatever it adds.
    if isinstance(value, Items):
        value = _apply_to_items(value, asked)
    if isinstance(value, Text) and value.form == "NO" and asked.is_polar:
        return YesNo(False)
    if isinstance(value, Text) and not value.is_open and asked.predicate:
        said = read_polar(value.form, asked.predicate, asked.words)
        if said is not None:
            return YesNo(said)
    if isinstance(value, Text) and asked.wants == "name" and (name := spell_untitled(value.form)):
        return replace(value, others=(*value.others, name))
    if asked.cost and isinstance(value, Text | Expression):
        form = value.form if isinstance(value, Text) else value.source
        return read_growth(form, asked.cost) or value
    if isinstance(value, Text) and (match := _ARTICLE.match(value.form)):
        return Text(value.form[match.end() :], value.is_open, value.others)  # "El Tajo"
    if isinstance(value, Items) and not value.brackets and asked.unknowns:
        value = _make_tuple(value, asked.unknowns)
    if asked.is_ordered:
        value = _put_in_order(value)
    return _apply_to_figure(value, asked)


def _apply_to_figure(value: Value, asked: Question) -> Value:
    """Return a date, a time or a number with the unit, the zone or the era that a question asks for."""
    if isinstance(value, Date) and asked.is_year and value.year:
        return Date(value.year, 0, 0) if value.year < 0 else Number(Fraction(value.year))
    if asked.is_before_christ and isinstance(value, Number) and value.unit is None and value.value > 0:
        return Date(-int(value.value), 0, 0) if value.value.denominator == 1 else value
    if isinstance(value, Time) and value.offset_s is None and asked.zone:
        return Time(value.seconds, ZONES[asked.zone] * 3600)
    if isinstance(value, Number) and value.unit is None and asked.unit is not None:
        return Number(value.value, asked.unit)
    return value


def _find_unknowns(text: str) -> tuple[str, ...]:
    if match := _TUPLE.search(text):
        return tuple(re.findall(r"[^\W\d_]\w?", match[1]))
    return ("x", "y", "z") if _POINT_WANTED.search(text) else ()


def _make_tuple(value: Items, unknowns: tuple[str, ...]) -> Items:
    """Return `x = 3, y = -2` as the tuple of the values of the unknowns that are asked for."""
    named = {item.label: item.value for item in value.items if isinstance(item, Labelled)}
    wanted = unknowns if set(named) == set(unknowns) else unknowns[:2]
    is_whole = len(named) == len(value.items) and set(named) == set(wanted) and len(named) > 1
    return Items(tuple(named[name] for name in wanted), "()", is_ordered=True) if is_whole else value


def _apply_option(value: Value, asked: Question) -> Value:
    if isinstance(value, Choice) and value.letter in asked.options:
        return Choice(value.letter, value.option or asked.options[value.letter])
    return value


def _apply_to_items(value: Items, asked: Question) -> Value:
    """Return an enumeration with the texts of its options, without "only" where that is clear."""
    if value.brackets == "only" and (asked.is_several or asked.wants == "number"):
        value = Items(value.items)
        if len(value.items) == 1:
            return _apply_option(value.items[0], asked)
    if value.name and (not asked.words or not _PLURALS.isdisjoint(asked.words)):
        value = Items(value.items, value.brackets, value.is_ordered)
    return name_options(value, asked.options) if asked.options and not value.brackets else value


def _put_in_order(value: Value) -> Value:
    """Return an enumeration as one whose order counts, also where it is written as a set."""
    match value:
        case Items(brackets="" | "{}"):
            return replace(value, is_ordered=True)
        case Labelled(value=Items()):
            return Labelled(value.label, _put_in_order(value.value))
        case _:
            return value


def _list_choices(sentence: str) -> tuple[str, ...]:
    """Return what "Which is heavier, a kilogram of steel or a kilogram of feathers?" offers."""
    *before, last = _OR.split(sentence.rstrip("?？ "))
    if len(before) != 1:
        return _list_after_colon(sentence)
    last = _ARTICLE.sub("", _AFTER_CHOICES.sub("", last))
    after_colon = re.split(r"[:?]\s+|\bbetween\s+", before[0])[-1]
    *others, first = [part for part in re.split(r",\s+", after_colon) if part.strip()] or [""]
    if match := _POLAR_START.match(first):
        others, first = [], " ".join(first[match.end() :].split()[-len(last.split()) :])
    elif (others and len(others[0].split()) > _MAX_CHOICE_WORDS) or _ASKS.match(others[0] if others else ""):
        others = others[1:]
    found = tuple(_ARTICLE.sub("", part.strip(_EDGES)) for part in (*others, first, last))
    is_list = all(0 < len(part.split()) <= _MAX_CHOICE_WORDS for part in found)
    return found if is_list else ()


def _list_after_colon(sentence: str) -> tuple[str, ...]:
    _, colon, listed = sentence.rstrip("?？ ").partition(": ")
    found = tuple(part.strip(_EDGES) for part in re.split(r",\s+(?:and\s+)?|\s+and\s+", listed))
    is_list = (
        bool(colon) and len(found) > 1 and all(0 < len(one.split()) <= _MAX_CHOICE_WORDS for one in found)
    )
    return found if is_list else ()
