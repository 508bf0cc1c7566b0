"""Finds the answer in a sentence that repeats its question: what it says beyond the question.

"The 2014 World Cup was won by Germany", to "Who won the 2014 World Cup?", says "Germany". A sentence is read
so only where it is plain: all other words are of the question or carry no meaning, they stand in the order
of the question, what is new stands together, and nothing is denied.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from roundtable_tui.answers.asked.figures import find_counted
from roundtable_tui.answers.asked.question import Question
from roundtable_tui.answers.asked.stems import are_forms, put_owner_last, stem_of
from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.dates import ZONES
from roundtable_tui.answers.endings import patterns
from roundtable_tui.answers.endings.clauses import is_denied, is_dependent, is_open, main_clause
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.endings.sentences import split_sentences
from roundtable_tui.answers.languages.phrases import phrase, words_of
from roundtable_tui.answers.values import Choice, Number, Text, YesNo

_MIN_WORDS = 3
_MAX_WORDS = 40
_MAX_UNIT_WORDS = 3
_MAX_NAME_WORDS = 6
_EDGES = " \t.,;:!*_"
_AGENT = phrase(r"(?: by | von | par | por | da | dal | dai | door | przez )")
"""What stands before the one who does it, in a passive."""
_WOULD = re.compile(r"\s+would\b|['’]d\b", re.IGNORECASE)
"""No doubt: "12 workers would need 3 hours"."""
_CALCULATION = re.compile(r"[=<>≈→]|(?<=\s)[-+*/×·÷](?=\s)")
_COPULA = words_of("copula")
_VERB = phrase(r"{verb} | {verb:other} | \w+n['’]t | can | cannot | will | do | does | did")
_COMPARISON = re.compile(r"(?<!\w)([^\W\d_]{1,30}er|(?:more|less)\s+[^\W\d_]{1,30})\s+than\b", re.IGNORECASE)
_LABEL = phrase(r"^ the \s (?P<label> [^.:;!?]{2,80}? ) \s (?: is | are | was | were ) \s")
_SUPERLATIVE = re.compile(r"[^\W\d_]{2,}est|most|least|first|second|last|best|worst", re.IGNORECASE)
_NEGATION = re.compile(r"not|cannot|\w+n['’]t")
_MIN_REPEATED = 2
_WITHOUT_MEANING = words_of("in_restatement") | words_of("article_of_subject") | words_of("possessive")
_QUALIFIERS = words_of("qualifier")
_SIGNS = ("minus", "negative", "plus")
_OPENING = "\"'“‘(*_`"
_PREPOSITIONS = words_of("preposition")
_BEFORE_ANSWER = _COPULA | words_of("article") | _PREPOSITIONS
_PARTICLES = words_of("particle_of_name")
_ARTICLE = words_of("article")


@dataclass(frozen=True)
class _Word:
    text: str
    stem: str
    is_asked: bool
    """It is a word of the question."""
    is_empty: bool
    """It carries no meaning here: an article, a preposition, a form of "be"."""

    @property
    def is_new(self) -> bool:
        return not (self.is_asked or self.is_empty)


def find_restated(text: str, asked: Question) -> str | None:
    """Return the answer of one sentence that repeats a question: a part of it, `Yes` or `No`; None if unsure.

    Args:
        text: a sentence, with or without Markdown.
        asked: the question that it answers.
    """
    if not asked.words or "\n" in text.strip() or len(split_sentences(text)) != 1:
        return None
    sentence = strip_markup(text)
    if patterns.LABEL.match(sentence) or patterns.has_answer_sentence(sentence):
        return None
    if is_open(_WOULD.sub("", sentence)) or is_dependent(sentence):
        return None
    clause = main_clause(sentence)
    words = _read_words(clause, asked)
    if not _MIN_WORDS <= len(words) <= _MAX_WORDS or not any(_is_verb(word, asked) for word in words):
        return None
    if asked.is_polar and not asked.choices:
        return _find_polar(words, clause, asked)
    if is_denied(clause) or _CALCULATION.search(clause):
        return None
    return (
        _find_choice(clause, asked)
        or _find_actor(words, asked)
        or _find_new(words, asked)
        or find_counted(clause, asked)
    )


def _is_verb(word: _Word, asked: Question) -> bool:
    """Return True for a verb such as "is", and for a word of the question that may be one."""
    return bool(_VERB.fullmatch(word.stem)) or (
        word.is_asked and not word.is_empty and not _is_capital(word) and word.stem.isalpha()
    )


def is_fitting(found: str, text: str, asked: Question) -> bool:
    """Return False if what was found in a text cannot be the answer of a question.

    That is a number where a name is asked for, a part of the question beside what it offers, and anything
    from a comparison or a superlative that was not asked for: "The largest city is Toronto".
    """
    value = classify(found)
    is_labelled = patterns.LABEL.match(plain := strip_markup(text)) or patterns.has_answer_sentence(plain)
    if is_labelled or isinstance(value, Choice | YesNo):
        return True  # It says itself that it is the answer.
    if asked.wants == "name" and isinstance(value, Number):
        return False
    if asked.choices and isinstance(value, Number) and not any(_is_number(one) for one in asked.choices):
        return False
    if asked.choices and _compares_otherwise(text, asked):
        return False
    if _is_about_another(text, asked):
        return False
    is_repeated = bool(asked.words) and all(asked.has(stem_of(word)) for word in found.split())
    if is_repeated and not asked.is_polar:
        if asked.choices:
            return any(_contains(one, found) or _contains(found, one) for one in asked.choices)
        return not any(word.is_new for word in _read_words(main_clause(text), asked))
    return not _is_before_or_after(found, text)


def _is_before_or_after(found: str, text: str) -> bool:
    """Return True for `24 hours` of "24 hours before arrival"."""
    _, place, rest = text.partition(found)
    return bool(place) and bool(re.match(r"\W{0,3}\s(?:before|after)\s", rest))


def _is_number(text: str) -> bool:
    return isinstance(classify(text), Number)


def _is_about_another(text: str, asked: Question) -> bool:
    """Return True for "The largest city is Toronto" where the capital was asked for, or the smallest city."""
    ranks = {word for word in map(stem_of, text.split()) if _SUPERLATIVE.fullmatch(word)}
    if any(_SUPERLATIVE.fullmatch(word) for word in asked.words):
        return bool(ranks) and not any(asked.has(word) for word in ranks)
    label = _LABEL.match(text)
    return label is not None and not ranks.isdisjoint(map(stem_of, label["label"].split()))


def _compares_otherwise(text: str, asked: Question) -> bool:
    """Return True if a text says "X is shorter than Y", and the question is which is longer."""
    match = _COMPARISON.search(text)
    return match is not None and not asked.has(stem_of(match[1].split()[-1]))


def _read_words(clause: str, asked: Question) -> list[_Word]:
    found = []
    for text in clause.split():
        stem = stem_of(text)
        is_qualifier = stem in _QUALIFIERS and (stem in _SIGNS or stem not in asked.words)
        is_asked = not is_qualifier and asked.has(stem)
        is_empty = not stem or (not is_qualifier and stem in _WITHOUT_MEANING)
        is_zone = text.strip(_EDGES) in ZONES  # EST may look like the French verb.
        found.append(_Word(text, stem, is_asked, is_empty and not is_zone))
    return found


def _find_new(words: list[_Word], asked: Question) -> str | None:
    """Return the words that are new, if they stand together and the others repeat the question."""
    words = _without_apposition(words)
    new = [place for place, word in enumerate(words) if word.is_new]
    if not new:
        return None
    first, last = _extend_name(words, new[0], _find_end(words, new[0], new[-1]))
    inside, outside = words[first : last + 1], [*words[:first], *words[last + 1 :]]
    repeated = sum(word.is_asked and not word.is_empty for word in outside)
    if not repeated or any(word.stem in _COPULA for word in inside):
        return None
    if asked.wants == "name" and (name := _name_at(inside)):
        inside = name  # "the American astronaut Neil Armstrong"
    said = " ".join(word.text for word in inside).strip(_EDGES)
    before = words[first - 1].stem if first else ""
    is_subject = first == 0 or (first == 1 and before in _ARTICLE)
    if is_subject and not said[:1].isupper() and not _is_said_to_be(words[last + 1 :], repeated):
        return None
    if not _is_answer(said, inside, before, asked):
        return None
    is_passive = first > 0 and _is_agent(words[first - 1]) and not _has_agent(asked.words)
    if is_passive:
        return said
    if _has_agent([word.stem for word in outside]) and not _has_agent(asked.words):
        return None
    may_begin_later = words[0].stem in _PREPOSITIONS or isinstance(classify(said), Number)
    return said if _keeps_order(outside, asked, may_begin_later=may_begin_later) else None


def _find_actor(words: list[_Word], asked: Question) -> str | None:
    """Return X of "X painted it" and "It was painted by X", as an answer to "Who painted ...?"."""
    verb = next((place for place, word in enumerate(words) if word.stem in asked.verbs), None)
    if verb is None:
        return None
    name = _name_at(words[:verb]) if verb else []
    if name and len(name) == verb - (words[0].stem in _ARTICLE):
        return " ".join(word.text for word in name).strip(_EDGES)
    by = next((place for place in range(verb + 1, len(words)) if _is_agent(words[place])), None)
    name = _name_at(words[by + 1 :]) if by else []
    return " ".join(word.text for word in name).strip(_EDGES) or None


def _name_at(words: list[_Word]) -> list[_Word]:
    """Return the new name with which words begin, after a description: "the Scottish scientist ..."."""
    run: list[_Word] = []
    for word in words:
        if (_is_capital(word) and not word.is_asked) or (run and word.stem in _PARTICLES):
            run.append(word)
        elif run and word.text.isalpha() and not word.is_empty and not word.is_asked:
            return _name_at(words[words.index(word) + 1 :]) or _without_particles(run)
        elif run or not (word.stem in _ARTICLE or (word.text.isalpha() and not word.is_asked)):
            break
        if word.text.endswith((",", ".", ";")):
            break
    return _without_particles(run)


def _without_particles(run: list[_Word]) -> list[_Word]:
    while run and run[-1].stem in _PARTICLES:
        run = run[:-1]
    return run


def _is_said_to_be(after: list[_Word], repeated: int) -> bool:
    """Return True if what follows a subject says what it is, as the question does."""
    return repeated >= _MIN_REPEATED and bool(after) and after[0].stem in _COPULA


def _without_apposition(words: list[_Word]) -> list[_Word]:
    """Return the words before ", the capital of France", ", a gas giant" or ", in 1928"."""
    for place, (word, after) in enumerate(pairwise(words)):
        if (
            word.text.endswith(",")
            and not word.is_asked
            and (after.stem in _ARTICLE or after.stem in _PREPOSITIONS)
        ):
            return words[: place + 1]
    return words


def _extend_name(words: list[_Word], first: int, last: int) -> tuple[int, int]:
    """Return the ends of a name of which a part is in the question: "Lake Baikal", "the Pacific Ocean"."""
    if not (_is_capital(words[first]) and _is_capital(words[last])):
        return first, last
    while first and words[first - 1].is_asked and _is_capital(words[first - 1]):
        first -= 1
    while last + 1 < len(words) and not words[last + 1].is_new and _is_capital(words[last + 1]):
        last += 1
    return first, last


def _is_capital(word: _Word) -> bool:
    return word.text.lstrip(_OPENING)[:1].isupper()


def _find_end(words: list[_Word], first: int, last: int) -> int:
    """Return the place where an answer that begins at `first` ends: its unit may be in the question."""
    for end in range(min(last + _MAX_UNIT_WORDS, len(words) - 1), last, -1):
        if words[end].is_empty:
            continue
        value = classify(" ".join(word.text for word in words[first : end + 1]))
        if isinstance(value, Number) and value.unit is not None:
            return end
    return last


def _is_answer(said: str, inside: list[_Word], before: str, asked: Question) -> bool:
    """Return True if new words are a value, a name, or what something "is"."""
    value = classify(said)
    if not isinstance(value, Text):
        return asked.wants != "name" or not isinstance(value, Number)
    if asked.wants == "number" or value.is_open or len(inside) > _MAX_NAME_WORDS:
        return False
    if any(word.stem in _QUALIFIERS or (word.is_asked and not _is_capital(word)) for word in inside):
        return False
    is_name = all(_is_capital(word) for word in inside if not word.is_empty)
    if is_name and before not in _ARTICLE:
        return True
    return is_name if asked.wants == "name" else before in _BEFORE_ANSWER or asked.has(before)


def _is_agent(word: _Word) -> bool:
    return bool(_AGENT.fullmatch(word.stem))


def _has_agent(stems: tuple[str, ...] | list[str]) -> bool:
    return any(_AGENT.fullmatch(stem) for stem in stems)


def _keeps_order(outside: list[_Word], asked: Question, *, may_begin_later: bool) -> bool:
    """Return True if words of a question stand in its order, or its end before its beginning.

    "In our solar system there are 8 planets" begins with the end of its question; "Carl is the father of
    Bob" would say something else than the question.
    """
    stems = [stem_of(text) for text in put_owner_last([word.text for word in outside])]
    stems = [stem for stem in stems if stem and stem not in _WITHOUT_MEANING and asked.has(stem)]
    starts = range(len(stems) if may_begin_later and stems else 1)
    return any(_is_subsequence(stems[n:] + stems[:n], asked.words) for n in starts)


def _is_subsequence(stems: list[str], words: tuple[str, ...]) -> bool:
    rest = iter(words)
    return all(any(are_forms(stem, other) for other in rest) for stem in stems)


def _find_choice(clause: str, asked: Question) -> str | None:
    """Return the one offered thing that a sentence names: "X is heavier", "It is X, as it contains Z".

    In "X is heavier than Y", X counts.
    """
    before, than, _ = clause.partition(" than ")
    if than and _compares_otherwise(clause, asked):
        return None
    found = [one for one in asked.choices if _contains(before, one)]
    if len(found) != 1:
        return None
    is_said = re.search(
        rf"\b(?:is|are|was|were|it['’]s|as)\s+(?:an?\s+|the\s+)?{re.escape(found[0])}(?=$|[\s.,;])",
        before,
        re.IGNORECASE,
    )
    words = _read_words(before, asked)
    if any(word.stem in _QUALIFIERS or (word.is_new and not is_said) for word in words):
        return None
    return found[0]


def _contains(text: str, part: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text, re.IGNORECASE))


def _find_polar(words: list[_Word], clause: str, asked: Question) -> str | None:
    """Return Yes if a statement is what was asked, word for word, and No if it denies just that."""
    is_no = is_denied(clause)
    said = [word for word in words if not (is_no and _NEGATION.fullmatch(word.stem))]
    if any(word.is_new or word.stem in _QUALIFIERS for word in said):
        return None
    stems = [word.stem for word in said if not word.is_empty]
    wanted = [stem for stem in asked.words if stem and stem not in _WITHOUT_MEANING]
    if len(stems) != len(wanted) or not _is_subsequence(stems, tuple(wanted)):
        return None
    return "No" if is_no else "Yes"
