"""Finds the sentence that states the answer of a reply, and reads what it states.

What is read depends on no fixed wording: the sentence is cut down to its main clause, which must assert
something, and the answer is what it sets in bold type, its only figure, or what it says that something is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.endings import patterns, wordings
from roundtable_tui.answers.endings.clauses import is_conclusion, is_cut, is_denied, is_open, main_clause
from roundtable_tui.answers.endings.emphasis import is_topic
from roundtable_tui.answers.endings.figures import find_end, find_figure, is_value
from roundtable_tui.answers.endings.finish import finish_answer, is_closed
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.endings.names import (
    PRONOUNS,
    find_actor,
    find_agent,
    find_day,
    find_it_is,
    find_name,
)
from roundtable_tui.answers.endings.sentences import split_sentences
from roundtable_tui.answers.endings.stance import is_empty_stance
from roundtable_tui.answers.languages.phrases import phrase
from roundtable_tui.answers.values import Choice, Expression, Items, Labelled, Number, YesNo
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MAX_SENTENCE_CHARS = 300
_MAX_SHORT_SENTENCES = 3
_MAX_SHORT_CHARS = 500
_MAX_LINE_CHARS = 1200
_MAX_NAME_WORDS = 3
_MIN_SENTENCE_WORDS = 3
_MIN_PLAIN_SENTENCE = 5
_MIN_SENTENCE_WITH_NAMES = 7
_MIN_CJK_SENTENCE_CHARS = 8
_BOLD = lazy_compile(r"(?:\*\*|__)(?P<answer>[^*_\n]{1,80}?)(?:\*\*|__)")
_OPTION_LINE = lazy_compile(r"^\W{0,4}(?:option\s+)?\(?[A-E][).:]\W*\s*\S", re.MULTILINE | re.IGNORECASE)
_CALCULATION = lazy_compile(r"[=≈]\s*[-−$]?\d|\d[^\n=]*[=≈]\s*[^\s=]|#{1,4}\s+Step|\\boxed")
_AFTER_COLON = phrase(r"(?: \s \S+[:：] \s+ | [,;] \s+ {namely} \s+ ) (?P<answer>[^:：]{1,60}) $")
"""A value that is named after the sentence about it."""
_PLACE = phrase(
    r"""
    \s (?: is | are | was ) \s+ (?: in | on | at | from ) \s+ (?P<answer> (?:
        line | page | row | column | step | section | chapter | gate | room | platform | position
        | paragraph | equation | slide | figure
    ) \s \d{1,4} ) $
    """
)
"""`The bug is on line 7`."""
_TITLED = lazy_compile(
    r"(?!(?:[A-J]|option|step|note)\b)[A-Z][^\W\d_]+(?:\s[^\W\d_]+){0,2}:\s+(?P<answer>[^\s:][^:]{0,40})"
)
_NO_ANSWER = phrase(r"(?:\w+ \s)? {no_answer} \b")
_WORD = lazy_compile(r"[^\W\d_]{2,}")
_CJK = lazy_compile("[\u3040-\u9fff\uac00-\ud7af]")
_VERB = phrase(
    r"""
    ^ \d | [:=]
    | \b (?: {verb} | {verb:other} ) \b
    """
)
_IMPERATIVE = phrase(
    r"""
    (?:
        use (?!\s `) | preheat | grease | combine | whisk | serve | simmer | chop | slice | fold | insert
        | install | connect | ensure | consider | select | enter | type | call | visit | contact | ask
        | draw | paint | add | take | mix | bake | measure | cut | put | go | apply | try
        | keep | set | wait | boil | cook | heat | divide | multiply | subtract | count | check | choose
        | pick | buy | build | write | read | open | close | press | click | start | stop | turn | leave
        | give | do | make | find | compare | repeat | remove | place | pour | stir | drink | eat | sleep
        | walk | run | save | plan | begin | oil | sand | in \s+ \d+ \s+ steps
    ) \b
    """
)
"""How an instruction begins, which states nothing."""
_YES_NO_OPENING = lazy_compile(r"([^\W\d_]{2,12})\s*[,，،—–]\s")
_ARROW = lazy_compile(r"[^\W\d_][^→=+]{0,30}?\s*(?:→|->|=>)\s*(?P<answer>[^\s→][^→]{0,30})")
_CJK_VERB = lazy_compile(r"[\u3040-\u9fff\uac00-\ud7af](?:は|是|为|은\s|는\s)\s*[-\d$]")
_IT_IS = phrase(r"^ {it_is_value} \s+ (?= [*_]{0,2}[A-Z\d] )")
_VERB_INSIDE = phrase(r"\s {verb_inside} \s | ^ {since_at_start} \s")
"""A verb without which what stands for an answer is not a sentence."""
_MAX_CJK_CHARS = 6
_SECOND_CLAUSE = phrase(r"[,;] \s+ {and_clause} \s+ (?!\d) [^,;]* \s {is_of_clause} \s")
_ELABORATION = phrase(r"(?: {elaboration} | {elaboration:cjk} ) \b")


def find_statement(reply: str, lines: list[str]) -> str | None:
    """Return the answer that the last sentences of a reply state, or the first of a short one."""
    found = _find_stated(reply, lines)
    return None if found and _is_broken_off(lines[-1], found) else found


def _is_broken_off(line: str, found: str) -> bool:
    """Return True if the last of several sentences has neither a period nor what was found at its end."""
    sentences = split_sentences(strip_markup(line))
    words = found.split()
    return (
        len(sentences) > 1
        and sentences[-1][-1:].islower()
        and bool(words)
        and sentences[-1].split()[-1].strip("*_`$\"'”») ") != words[-1].strip("*_`$\"'”») ")
    )


def _find_stated(reply: str, lines: list[str]) -> str | None:
    if is_cut(lines[-1]) or is_listing(lines):
        return None
    sentences = split_sentences(lines[-1][-_MAX_LINE_CHARS:])
    if len(sentences) > 1 and is_question(sentences[0]):
        sentences = sentences[1:]  # The question, restated.
    while len(sentences) > 1 and is_empty_stance(sentences[-1]):
        sentences = sentences[:-1]
    last = sentences[-1] if sentences else ""
    if not last or is_question(last):
        return None
    bare = strip_markup(last).rstrip(".")
    if len(sentences) > 1 and is_closed(bare) and isinstance(classify(bare), (Choice, Number)):
        return finish_answer(last)
    is_short = len(lines) == 1 and len(reply) <= _MAX_SHORT_CHARS and len(sentences) <= _MAX_SHORT_SENTENCES
    is_solved = is_calculation(reply)
    context = Context(
        reply,
        is_solved=is_solved,
        is_solution=is_short or is_solved,
        has_options=len(_OPTION_LINE.findall(reply)) > 1,
        is_single=is_short and len(sentences) == 1,
    )
    if is_elaborated(sentences) and not patterns.takes_back(reply):
        if is_short and (found := read_sentence(sentences[0], context)):
            return found
        return read_sentence(last, context)
    if (found := read_sentence(last, context)) or not is_short or len(sentences) == 1:
        return found or _find_repeated_name(lines)
    if patterns.takes_back(reply):
        return None
    return read_sentence(sentences[0], context) if is_conclusion(sentences[0]) else _read_name(sentences[0])


def _find_repeated_name(lines: list[str]) -> str | None:
    """Return a last line that is only a name of the sentences before it."""
    name = strip_markup(lines[-1]).rstrip(".!")
    is_name = 0 < len(name.split()) <= _MAX_NAME_WORDS and name[:1].isupper() and name[-1:].isalnum()
    return name if is_name and len(lines) > 1 and name in "\n".join(lines[:-1]) else None


def find_elaborated(line: str) -> str | None:
    """Return what the first sentence of a line says that something is, if the others only say more of it."""
    if len(line) > _MAX_SHORT_CHARS:
        return None
    sentences = split_sentences(line)
    if not is_elaborated(sentences) or patterns.takes_back(line):
        return None
    return _read_name(sentences[0])


def _read_name(sentence: str) -> str | None:
    clause = strip_markup(main_clause(sentence))
    if is_open(strip_markup(sentence)) or is_denied(clause):
        return None
    return find_name(clause, is_concluded=False, has_options=False)


def is_elaborated(sentences: Sequence[str]) -> bool:
    """Return True if all sentences after the first begin with a pronoun and draw no conclusion."""
    return len(sentences) > 1 and all(
        _ELABORATION.match(one.lstrip("*_ ")) and not is_conclusion(one) for one in sentences[1:]
    )


@dataclass(frozen=True)
class Context:
    """What is known of the reply around a sentence."""

    reply: str = ""
    is_solved: bool = False
    """It calculates something."""
    is_solution: bool = True
    """It calculates, or consists of little more than its answer."""
    has_options: bool = False
    is_single: bool = False
    """The sentence is all that it states."""


def is_calculation(reply: str) -> bool:
    """Return True if a reply calculates something."""
    has_sign = any(sign in reply for sign in ("=", "≈", "#", "\\boxed"))  # Sparing most replies the search.
    return has_sign and bool(_CALCULATION.search(reply))


def is_instruction(sentence: str) -> bool:
    """Return True if a sentence begins with an imperative: "Bake it for 45 minutes"."""
    return bool(_IMPERATIVE.match(sentence))


def is_sentence(text: str) -> bool:
    """Return True if a text is a sentence, not a name, a phrase or a value."""
    words = text.split()
    if text.endswith(("。", "다.", "요.")) and len(_CJK.findall(text)) >= _MIN_CJK_SENTENCE_CHARS:
        return not is_value(text)
    if len(words) < _MIN_SENTENCE_WORDS or (is_value(text) and not patterns.NAMES.search(text)):
        return False
    if re.split("['’]", words[0].casefold().strip("*_,'’"))[0] in PRONOUNS or is_conclusion(text):
        return True
    if _VERB.search(text, len(words[0])):
        return True
    has_names = any(word[:1].isupper() for word in words[1:])
    return text.endswith(".") and len(words) >= (
        _MIN_SENTENCE_WITH_NAMES if has_names else _MIN_PLAIN_SENTENCE
    )


def has_verb(text: str) -> bool:
    """Return True if a text has a verb after its first word."""
    words = text.split()
    return bool(words) and bool(_VERB.search(text, len(words[0])))


def is_question(text: str) -> bool:
    """Return True if a text ends with a question mark."""
    return text.rstrip(' *_"”»)').endswith(("?", "？", "؟"))


def reduce_answer(found: str) -> str | None:
    """Return `81 cm²` of "The area is 81 cm²", which stands for an answer; None if it names nothing.

    An answer that is not a sentence, or that says more than one thing, is returned as it is.
    """
    if "\n" in found or found.startswith(("[", "{")) or "\\" in found:
        return found
    if found.casefold().strip(" .") in PRONOUNS:
        return None
    if _NO_ANSWER.match(found) and len(found.split()) > 2:
        return None
    if (match := _TITLED.fullmatch(found)) and is_value(match["answer"]):
        return match["answer"]  # "Python: a language" is all of it.
    if match := _ARROW.fullmatch(found):
        return match["answer"]
    is_sentence = (
        _VERB_INSIDE.search(found)
        or _CJK_VERB.search(found)
        or len(_WORD.findall(found)) > 2
        or len(_CJK.findall(found)) > _MAX_CJK_CHARS
    )
    if not is_sentence or not (_VERB.search(found) or _CJK.search(found)) or _SECOND_CLAUSE.search(found):
        return found
    if is_closed(found) and not isinstance(classify(found), (Expression, Labelled, Items)):
        return found
    return read_sentence(found, Context()) or found


def reduce_arrow(text: str) -> str:
    """Return `Fe` of "Iron → Fe"."""
    match = _ARROW.fullmatch(text)
    return match["answer"] if match else text


def read_sentence(sentence: str, context: Context) -> str | None:
    """Return the answer that a sentence states, or None if it asserts none."""
    plain = strip_markup(sentence)
    if len(plain) > _MAX_SENTENCE_CHARS or is_open(plain) or patterns.ITEM.match(sentence):
        return None
    is_concluded = is_conclusion(plain)
    is_stated = is_concluded or context.is_solution or bool(patterns.BOLD_LINE.fullmatch(sentence))
    if (
        is_stated
        and (match := _AFTER_COLON.search(plain))
        and (
            is_value(value := _strip_it_is(match["answer"].strip(" .")))
            or (context.is_single and (is_enumeration(value) or value != match["answer"].strip(" .")))
        )
    ):
        return finish_answer(value)
    bold = _BOLD.findall(sentence)
    if len(bold) > 1 or plain.endswith(":"):
        return None
    if bold and is_topic(sentence):
        return None
    if bold:
        segment = next((one for one in re.split(r"[,;，、]\s*", sentence) if bold[0][:8] in one), sentence)
        return _read_bold(bold[0].strip(" .,")) if is_stated and not is_denied(segment) else None
    clause = strip_markup(main_clause(sentence))
    opening = _YES_NO_OPENING.match(clause)
    if is_concluded and opening and isinstance(classify(opening[1]), YesNo):
        return opening[1]
    if is_stated and (name := find_it_is(clause)) and not is_denied(clause):
        return finish_answer(name)
    if not clause or is_denied(clause) or not (is_stated or context.has_options):
        return None
    name = find_name(
        clause, is_concluded=is_concluded, has_options=context.has_options, is_single=context.is_single
    )
    if name and len(name) == 1 and context.has_options:
        return name
    is_asserted = is_concluded or context.is_solved or not is_instruction(clause)
    if is_stated and is_asserted and (found := _find_value(clause, context.reply)):
        is_first = name is not None and f"{name}," in clause.partition(found)[0]
        return finish_answer(name if name and is_first else found)
    return finish_answer(name) if name else None


def _strip_it_is(text: str) -> str:
    return _IT_IS.sub("", text)


def is_enumeration(text: str) -> bool:
    """Return True if a text enumerates names or words."""
    return isinstance(classify(text), Items) and all(
        len(item.split()) <= _MAX_NAME_WORDS and PRONOUNS.isdisjoint(item.casefold().split())
        for item in re.split(r"\s*,\s*|\s+(?:and|und|et|y|e|en|i|и)\s+", text)
        if item
    )


def _find_value(clause: str, reply: str) -> str | None:
    if match := _PLACE.search(clause):
        return match["answer"]
    if match := wordings.CALLED.fullmatch(clause):
        return match["answer"]
    return (
        find_agent(clause)
        or find_actor(clause)
        or find_day(clause)
        or find_end(clause)
        or find_figure(clause, reply)
    )


def _read_bold(bold: str) -> str | None:
    if bold.endswith(":"):
        return None
    if match := _TITLED.fullmatch(bold):
        bold = match["answer"]
    return (
        finish_answer(bold) if is_closed(bold) or len(bold.split()) <= 4 else read_sentence(bold, Context())
    )


def is_listing(lines: list[str]) -> bool:
    """Return True if the last lines are items of a list, or options."""
    if len(lines) > 1 and all(isinstance(classify(strip_markup(line)), Choice) for line in lines[-2:]):
        return True
    return len(lines) > 1 and bool(patterns.ITEM.match(lines[-1]) and patterns.ITEM.match(lines[-2]))
