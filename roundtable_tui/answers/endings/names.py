"""Finds the name, word, option or yes or no that a clause with a verb such as "is" states."""

from __future__ import annotations

import re

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.endings.finish import is_closed
from roundtable_tui.answers.languages.phrases import phrase, words_of
from roundtable_tui.answers.values import Items, YesNo
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MAX_NAME_WORDS = 6
_MAX_PHRASE_WORDS = 4
_COPULA = phrase(
    r"""
    \s (?: {is_before_name} | {is_before_name:other} ) \s+ (?: {adverb_after_is} \s+ )*
    """,
    0,
)
_AGENT = phrase(r"\s (?: {passive} \b [^.,]{0,60}? \s ) {by} \s+ (?=\W* [^\W\d_])", 0)
_OWNER = phrase(r"\s (?: belongs? | goes | is \s+ awarded ) \s+ to \s+ (?= [A-ZÀ-Þ] )", 0)
_CJK = phrase(
    r"""
    [\u3040-\u9fffA-Za-z0-9《》「」『』“”\"]{2,30}? (?: 是 | 为 | 為 | 叫做? | (?<= [\u3040-\u9fff] ) は ) \s*
    (?P<answer> [^，。、,是の]{1,15}? ) (?: です | である | でした | だ | になります | となります )?
    | [\uac00-\ud7afA-Za-z0-9\s'\"]{2,40}? (?: 은 | 는 ) \s+ (?P<korean>[^,.]{1,20}?)
      (?: 입니다 | 이다 | 이에요 | 예요 )
    """,
    0,
)
_TURKISH = lazy_compile(r"\s(?P<answer>[A-ZÇĞİÖŞÜ][^\s'’]*)['’][dt][ıiuü]r$")
_HINDI = lazy_compile(r"[\u0900-\u097f\s]{4,60}?\s(?P<answer>[^\s]+)\s+(?:है|हैं|था|थी)")
_OPTION = lazy_compile(r"(?<![\w'’$`.)-])\(?(?P<letter>[A-F])\)?(?![\w'’$(+#*/=<>^)-])(?=\s|$|[,.:])")
_MADE = phrase(r"\s (?: {made} ) \s+ (?: {the_before_noun} \b | l['’] | ['\"“«*_] | [A-ZÀ-Þ] )", 0)
_QUANTIFIED = lazy_compile(
    r"(?:all|both|none|neither|each|every|some|most|many|only|two|three|four)\b", re.IGNORECASE
)
_DEFINITE = phrase(r"{definite} \b | (?= [^\s]*['’]s \s )")
_THE = phrase(r"{the_before_noun} \b | l['’] | [^\s]+ ['’]s \s")
_SUPERLATIVE = phrase(r"\b {superlative} \s")
_COMPARED = lazy_compile(
    r"(?:\w+ly\s|much\s|far\s)?(?:\w{2,}er|more\s\w+|less\s\w+|better|worse)\sthan\s", re.IGNORECASE
)
_KIND = phrase(r"{indefinite} \s \S+ (?:\s \S+)?")
_UNIQUE = phrase(r"\b {unique} \b")
"""What only one thing is, so that a plain word after "is" is its name."""
_PARTICLES = words_of("particle_of_name")
PRONOUNS = words_of("pronoun")
"""Words that name nothing by themselves."""
_BEFORE_DAY = phrase(r"^ {on_before_day} \s+ (?:a \s+)? (?= [A-Z][^\W\d_]+ $ | {day_start} \w* $ )", 0)
_DAY = phrase(r"\s {before_day} \s+ (?: {article_of_day} \s+ )? (?P<day>{day}) $")
_ARTICLE_OF_NAME = phrase(r"^ {the_before_name} \s+ (?= [*_]{0,2} [A-ZÀ-Þ] )", 0)
_ARTICLE = phrase(r"^ {article_of_subject} \s+ (?= [^\W\d_] )", 0)
_INDEFINITE_ARTICLE = phrase(r"^ {article_of_kind} \s+", 0)
_IT_IS = phrase(r"{it_is} \s+")
_IS_A_KIND = phrase(r"\W* [A-F] \)? \s+ {is_of_option} \s+ (?! {article_of_choice} \b )", 0)
"""`B is a knight` says what B is."""
_NAME_END = phrase(r"[*_]{0,2} (?: [,.!] | $ | \s+ (?: {preposition_after_name} \s | \( ) )", 0)
_THE_OF_NAME = phrase(r"^ (?: {the_before_noun} ) \s+ (?= [*_]{0,2} [A-ZÀ-Þ] )")
_NO_CASE = lazy_compile("[\u0590-\u06ff\u0900-\u0dff\u0e00-\u0e7f]")
_MAX_CASELESS_WORDS = 3
_TAIL = phrase(r"\s+ {preposition_after_name} \s .*", 0)


def find_it_is(sentence: str) -> str | None:
    """Return the name in a sentence such as "It's Pluto, which ..."."""
    match = _IT_IS.match(sentence)
    said = _THE_OF_NAME.sub("", sentence[match.end() :]) if match else ""
    name = _name_at_start(said) if said else None
    rest = said.lstrip("*_")
    return name if name and _NAME_END.match(rest[len(name) :]) else None


def find_actor(clause: str) -> str | None:
    """Return who did what a clause in the active voice says: "Ada Lovelace wrote the first program"."""
    name = _name_at_start(clause)
    return name if name and len(name.split()) > 1 and _MADE.match(clause, len(name)) else None


def find_agent(clause: str) -> str | None:
    """Return who did what a clause in the passive voice says: "It was built by Gustave Eiffel"."""
    match = _AGENT.search(clause) or _OWNER.search(clause)
    return _name_at_start(clause[match.end() :]) if match else None


def find_day(clause: str) -> str | None:
    """Return the day of the week on which a clause ends: "The party is on Tuesday"."""
    match = _DAY.search(clause)
    return match["day"] if match else None


def find_name(clause: str, *, is_concluded: bool, has_options: bool, is_single: bool = False) -> str | None:
    """Return what a clause says that something is, or which thing it says something of; None if neither.

    "The capital of Nigeria is Abuja", "Abuja is the capital of Nigeria", "It was built by Eiffel".
    """
    if (is_concluded or has_options) and (letter := _find_option(clause, has_options=has_options)):
        return letter
    if match := _CJK.fullmatch(clause):
        return (match["answer"] or match["korean"]).strip('「」『』“”" ')
    if match := _TURKISH.search(clause):
        return match["answer"]
    match = next(_COPULA.finditer(f" {clause}"), None)
    if match is None:
        return None
    subject, said = clause[: max(match.start() - 1, 0)].strip(), clause[match.end() - 1 :].strip()
    if not subject or not said or " that " in f" {subject} ":
        return None
    return _find_said(subject, said, is_concluded=is_concluded, is_single=is_single)


def _find_said(subject: str, said: str, *, is_concluded: bool, is_single: bool) -> str | None:
    if isinstance(classify(said), YesNo) and len(subject.split()) > 1:
        return None if _QUANTIFIED.match(subject) else said
    said = _BEFORE_DAY.sub("", said)
    if _NO_CASE.match(said) and len(said.split()) <= _MAX_CASELESS_WORDS and len(subject.split()) > 1:
        return said
    said = _ARTICLE_OF_NAME.sub("", said)
    bare = said.strip('*_`"“”„«» ')
    name = _name_at_start(_ARTICLE.sub("", bare))
    is_named = name is not None and (name == bare or _TAIL.match(bare[len(name) :]) or bare.endswith(name))
    first = next(iter(subject.strip('*_`"“” ').split()), "").casefold().strip(",'")
    own_name = _name_at_start(subject) if first not in PRONOUNS else None
    is_all_name = (
        own_name is not None and own_name == subject.strip('*_"“” ') and not _DEFINITE.match(subject)
    )
    if is_all_name and own_name and _THE.match(bare) and (is_concluded or _UNIQUE.search(said)):
        return own_name
    if (
        is_single
        and _COMPARED.match(bare)
        and first not in PRONOUNS
        and len(subject.split()) <= _MAX_NAME_WORDS
    ):
        return subject
    if (
        _SUPERLATIVE.search(bare)
        and _THE.match(bare)
        and not _SUPERLATIVE.search(subject)
        and (is_single or is_concluded)
    ):
        words = _THE.sub("", subject).split()
        if 0 < len(words) <= _MAX_PHRASE_WORDS and first not in PRONOUNS:
            return subject
    if name == bare and is_all_name and (is_single or is_concluded):
        return bare
    if isinstance(classify(bare), Items) and is_single:
        return bare
    if is_all_name and is_concluded and _KIND.fullmatch(bare):
        return bare
    if is_named and first not in PRONOUNS and not is_all_name:
        return bare if len(bare.split()) <= _MAX_NAME_WORDS else name
    if _DEFINITE.match(subject) and (is_single or _UNIQUE.search(subject)) and first not in PRONOUNS:
        short = _INDEFINITE_ARTICLE.sub("", bare)
        is_quoted = said[:1] in "\"“«„'"
        if len(short.split()) <= _MAX_PHRASE_WORDS and (
            is_quoted or next(iter(short.split()), "it").casefold() not in PRONOUNS
        ):
            return short
    return None


def _find_option(clause: str, *, has_options: bool) -> str | None:
    letters = [match["letter"] for match in _OPTION.finditer(clause)]
    if len(letters) != 1 or is_closed(clause):
        return None
    if letters == ["A"] and not re.search(
        r"(?:^|option\s|choice\s|answer\s|is\s|to\s)\(?A(?:\)|\s(?:is|fits|works|because|remains)|$)", clause
    ):
        return None
    if not has_options and _IS_A_KIND.match(clause):
        return None
    return letters[0]


def _name_at_start(text: str) -> str | None:
    """Return the words with capital letters, or the quotation, with which a text begins."""
    words = text.strip('*_`"“”„«» ').split()
    taken: list[str] = []
    for word in words[: _MAX_NAME_WORDS + 1]:
        bare = word.strip('*_`"“”„«»,.()')
        if bare[:1].isupper() or (taken and bare.casefold() in _PARTICLES) or (taken and bare.isdigit()):
            taken.append(word)
            if word.endswith(","):
                break
        else:
            break
    while taken and taken[-1].casefold().strip(",") in _PARTICLES:
        taken.pop()
    name = " ".join(taken).strip('*_`"“”„«», ')
    return name if name and name.casefold() not in PRONOUNS and len(taken) <= _MAX_NAME_WORDS else None
