"""Finds the answer of a reply that answers in its first sentence and then explains it."""

from __future__ import annotations

from roundtable_tui.answers.endings import patterns, wordings
from roundtable_tui.answers.endings.clauses import is_cut, is_dependent, is_open, is_vague, main_clause
from roundtable_tui.answers.endings.earlier import read_only_bold
from roundtable_tui.answers.endings.finish import finish_answer, is_closed
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.endings.names import PRONOUNS
from roundtable_tui.answers.endings.sentences import last_sentence, split_sentences
from roundtable_tui.answers.endings.statement import (
    Context,
    is_calculation,
    is_instruction,
    is_question,
    read_sentence,
)
from roundtable_tui.answers.languages.phrases import YES_NO, phrase
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MAX_CHARS = 1500
_MAX_SHORT_CHARS = 700
_MAX_LINES = 3
_MAX_FRAGMENT_WORDS = 4
_BOLD = lazy_compile(r"(?:\*\*|__)[^*_\n]{1,60}?(?:\*\*|__)")
_PURPOSE = {"to": True, "um": True, "pour": True, "para": True, "per": True}
"""What begins an instruction: "To make the sauce, melt the butter"."""
_STARTS_BOLD = lazy_compile(r"\*\*(?P<answer>[^*\n]{1,40}?)[.。]\*\*|\*\*(?P<other>[^*\n]{1,40}?)\*\*[.。]")
_IN_PARENTHESES = lazy_compile(r"\([^()]*\)")
_INTERJECTION = phrase(r"\W* (?: {attitude} | {attitude:cjk} | {interjection} | {greeting} ) \b")
_LESS = phrase(r"(?: just | simply ) \s+ ([^\W\d_]+) \.")
_AT = phrase(r"^ (?: at | on | in | by | um | am | à | om | alle | a \s las ) \s+ (?= \d )")
_HEDGED = phrase(r"{hedge} \s+ (?: not | yes | no | nicht | ja | nein | non | oui | pas | no | sí ) \.")
"""`Probably not.`"""
_LETTER = lazy_compile(r"\W{0,4}(?P<answer>[A-E])[.)]?\*{0,2}[.)]?\s+[A-Z]")
_OTHER_LETTER = lazy_compile(r"(?<![\w'’])[A-E](?= (?:is|are|was|has|can|does|would)\b|\s?[,)])")
_I_OR_WE = phrase(r"(?: {i_or_we} ) \b | {i_or_we:cjk}")
_STILL = phrase(r"\b {now} \b")
"""A word of a last sentence that says how a story ends."""


def find_direct(reply: str, lines: list[str]) -> str | None:
    """Return a value or a name that is the first sentence, or in bold type in it, if the rest explains it."""
    first = _first_sentence(reply, lines)
    if first is None:
        return None
    letter = _LETTER.match(reply)
    others = {match[0] for match in _OTHER_LETTER.finditer(reply, letter.end())} if letter else set()
    if letter and others - {letter["answer"]}:
        return letter["answer"]
    if match := wordings.USE.match(strip_markup(first)):
        return match["answer"]
    bold = _BOLD.findall(reply)
    is_only = len(bold) == 1 and bold[0] in first
    return _find_fragment(first) or (read_only_bold(first, is_short=True) if is_only else None)


def find_asserted(reply: str, lines: list[str]) -> str | None:
    """Return what the first sentence of a short reply asserts, if nothing after it does."""
    first = _first_sentence(reply, lines)
    if first is None or len(reply) > _MAX_SHORT_CHARS or len(lines) > _MAX_LINES:
        return None
    if (
        _BOLD.search(reply)
        or is_calculation(_IN_PARENTHESES.sub("", reply))
        or any(patterns.ITEM.match(line) for line in lines)
    ):
        return None
    opening = next(iter(strip_markup(first).split()), "").casefold().strip(",.!¡")
    if opening in YES_NO | _PURPOSE or is_instruction(main_clause(first)):
        return None
    if _STILL.search(last_sentence(strip_markup(lines[-1]))):
        return None
    if (match := wordings.FOUND.fullmatch(first)) and is_closed(match["answer"]):
        return finish_answer(match["answer"])
    if any(_I_OR_WE.match(strip_markup(one)) for line in lines for one in split_sentences(line)):
        return None  # The beginning of an account.
    return read_sentence(first, Context(reply))


def _first_sentence(reply: str, lines: list[str]) -> str | None:
    """Return the first sentence of a reply if all that follows may explain it, else None."""
    if len(reply) > _MAX_CHARS or is_cut(strip_markup(lines[-1])) or _states_at_end(lines):
        return None
    if patterns.ITEM.match(lines[0]):
        return None
    sentences = split_sentences(lines[0])
    if len(sentences) > 1 and is_question(sentences[0]):
        sentences = sentences[1:]  # The question, restated.
    if not sentences or (len(sentences) + len(lines) < 3 and not _LETTER.match(lines[0])):
        return None
    rest = reply[reply.find(sentences[0]) + len(sentences[0]) :]
    return None if patterns.takes_back(rest) or is_dependent(rest) else sentences[0]


def _states_at_end(lines: list[str]) -> bool:
    """Return True if the last lines have a label, a conclusion or bold type of their own."""
    for line in lines[-2:] if len(lines) > 2 else lines[1:]:
        plain = strip_markup(line)
        if patterns.has_answer_sentence(plain) or patterns.LABEL_ALONE.fullmatch(plain) or "**" in line:
            return True
        if any(wordings.CONCLUSION.match(one) for one in split_sentences(plain)):
            return True
    last = last_sentence(strip_markup(lines[-1]))
    if lines[-1] != last and is_closed(last.rstrip(".")):
        return True
    is_labelled = patterns.has_answer_sentence(last) or patterns.COLON_LABEL.match(last)
    return bool(is_labelled or wordings.CONCLUSION.match(last) or is_question(last))


def _find_fragment(first: str) -> str | None:
    """Return a first sentence that is only a value or a name: "1989." "B." "Au, from the Latin *aurum*."."""
    if match := _STARTS_BOLD.match(first):
        answer = match["answer"] or match["other"]
        return None if answer.endswith(":") else finish_answer(answer)
    plain = strip_markup(first)
    if not plain.endswith((".", "。")) or _INTERJECTION.match(plain) or is_open(plain) or is_vague(plain):
        return None
    if _HEDGED.fullmatch(plain):
        return plain.rstrip(".。 ")
    if match := _LESS.fullmatch(plain):
        return match[1]
    fragment = _AT.sub("", main_clause(plain))
    if (
        not fragment
        or fragment.split()[0].casefold() in PRONOUNS
        or len(fragment.split()) > _MAX_FRAGMENT_WORDS
        or patterns.ITEM.match(first)
    ):
        return None
    if is_closed(fragment) or is_short_name(fragment):
        return finish_answer(fragment)
    return None


def is_short_name(fragment: str) -> bool:
    """Return True if every longer word has a capital letter, as in the name of a human or a place."""
    words = fragment.split()
    return (
        0 < len(words) <= _MAX_FRAGMENT_WORDS
        and all(word[:1].isupper() for word in words if len(word) > 3)
        and words[-1][:1].isupper()
    )
