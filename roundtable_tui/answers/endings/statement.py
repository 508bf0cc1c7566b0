"""Finds the sentence that states the answer of a reply, and reads what it states.

What is read depends on no fixed wording: the sentence is cut down to its main clause, which must assert
something, and the answer is what it sets in bold type, its only figure, or what it says that something is.
"""

from __future__ import annotations

import re

from roundtable_tui.answers.endings import patterns
from roundtable_tui.answers.classify import classify
from roundtable_tui.answers.endings.clauses import is_conclusion, is_cut, is_open, main_clause
from roundtable_tui.answers.endings.figures import find_figure, is_computed
from roundtable_tui.answers.endings.finish import finish_answer, is_closed
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.endings.names import PRONOUNS, find_agent, find_name
from roundtable_tui.answers.endings.sentences import split_sentences
from roundtable_tui.answers.values import Expression, Items, Labelled
from roundtable_tui.utils.lazy_pattern import lazy_compile

_MAX_SENTENCE_CHARS = 300
_MAX_SHORT_SENTENCES = 3
_MAX_SHORT_CHARS = 500
_BOLD = lazy_compile(r"(?:\*\*|__)(?P<answer>[^*_\n]{1,80}?)(?:\*\*|__)")
_OPTION_LINE = lazy_compile(r"^\W{0,4}(?:option\s+)?\(?[A-E][).:]\W*\s*\S", re.MULTILINE | re.IGNORECASE)
_CALCULATION = lazy_compile(r"\d[^\n=]*[=≈]\s*[^\s=]|#{1,4}\s+Step|\\boxed")
_AFTER_COLON = lazy_compile(r"\s\S+[:：]\s+(?P<answer>[^:：]{1,60})$")
_TITLED = lazy_compile(
    r"(?!(?:[A-J]|option|step|note)\b)[A-Z][^\W\d_]+(?:\s[^\W\d_]+){0,2}:\s+(?P<answer>[^\s:][^:]{0,40})"
)
_WORD = lazy_compile(r"[^\W\d_]{2,}")
_CJK = lazy_compile("[\u3040-\u9fff\uac00-\ud7af]")
_VERB = lazy_compile(
    r"^\d|[:=]|\b(?:is|are|was|were|be|has|have|had|takes?|costs?|gets?|needs?|earns?|weighs?|covers?|runs?|travels?|pays?|makes?|gives?|contains?|equals?|received?|scored?|remains?|"
    r"ist|sind|war|hat|haben|beträgt|kostet|braucht|est|sont|était|a|ont|coûte|mesure|es|son|era|fue|tiene|tienen|cuesta|è|sono|ha|hanno|costa|é|são|tem|têm|is|zijn|heeft|hebben|jest|są|ma|mają|wynosi|"
    r"это|составляет|равно|равна|стоит|является|है|हैं|हो|هي|هو)\b",
    re.IGNORECASE,
)
"""A verb without which what stands for an answer is no sentence."""
_MAX_CJK_CHARS = 6
_SECOND_CLAUSE = lazy_compile(
    r"[,;]\s+(?:and|und|et|y|e|en|while|but|whereas)\s+(?!\d)[^,;]*\s(?:is|are|was|were|ist|sind|est|es|è|é)\s",
    re.IGNORECASE,
)
_ELABORATION = lazy_compile(
    r"(?:it|its|he|she|they|this|these|that|those|here|there|you|we|his|her|their|er|sie|es|dies\w*|il|elle|ils|cela|él|ella|esta?e?|lui|lei|questo|ele|ela|hij|zij|dit|deze|to|jest|on|ona|он|она|это|它|他|她|这|これ|それ|이는|그)\b",
    re.IGNORECASE,
)


def find_statement(reply: str, lines: list[str]) -> str | None:
    """Return the answer that the last sentences of a reply state, or the first of a short one; None if none."""
    if is_cut(lines[-1]) or _is_listing(lines):
        return None
    sentences = split_sentences(lines[-1])
    last = sentences[-1] if sentences else ""
    if not last or is_question(last):
        return None
    is_solved = bool(_CALCULATION.search(reply))
    has_options = len(_OPTION_LINE.findall(reply)) > 1
    is_short = len(lines) == 1 and len(reply) <= _MAX_SHORT_CHARS and len(sentences) <= _MAX_SHORT_SENTENCES
    is_elaboration = bool(_ELABORATION.match(last)) and len(sentences) > 1
    if not is_elaboration and (found := _read(last, reply, is_solved or is_short, has_options=has_options)):
        return found
    if not is_short or patterns.TAKEN_BACK.search(reply):
        return None
    first = sentences[0]
    return _read(first, reply, True, has_options=has_options) if first != last else None


def is_question(text: str) -> bool:
    """Return True if a text ends with a question mark."""
    return text.rstrip(' *_"”»)').endswith(("?", "？", "؟"))


def reduce_answer(found: str) -> str | None:
    """Return `81 cm²` of "The area is 81 cm²", which stands for an answer; None if it names nothing.

    An answer that is no sentence, or that says more than one thing, is returned as it is.
    """
    if "\n" in found or found.startswith(("[", "{")) or "\\" in found:
        return found
    if found.casefold().strip(" .") in PRONOUNS:
        return None
    if match := _TITLED.fullmatch(found):
        return match["answer"]
    is_sentence = len(_WORD.findall(found)) > 2 or len(_CJK.findall(found)) > _MAX_CJK_CHARS
    if not is_sentence or not (_VERB.search(found) or _CJK.search(found)) or _SECOND_CLAUSE.search(found):
        return found
    if is_closed(found) and not isinstance(classify(found), (Expression, Labelled, Items)):
        return found
    return _read(found, "", True, has_options=False) or found


def _read(sentence: str, reply: str, is_solution: bool, *, has_options: bool) -> str | None:
    plain = strip_markup(sentence)
    if len(plain) > _MAX_SENTENCE_CHARS or is_open(plain):
        return None
    is_concluded = is_conclusion(plain)
    if (match := _AFTER_COLON.search(plain)) and is_closed(match["answer"].strip(" .")) and is_solution:
        return finish_answer(match["answer"])
    bold = _BOLD.findall(sentence)
    if len(bold) > 1 or patterns.ITEM.match(sentence) or ":" in plain.rstrip(":")[-1:]:
        return None
    is_stated = is_concluded or is_solution
    if bold:
        return _read_bold(bold[0].strip(" .,"), sentence, plain, is_stated=is_stated)
    clause = main_clause(sentence)
    if not clause or not (is_stated or has_options):
        return None
    if has_options and (found := find_name(clause, is_concluded=True, has_options=True)) and len(found) == 1:
        return found
    if is_stated and (agent := find_agent(strip_markup(clause))):
        return agent
    if is_stated and (figure := find_figure(strip_markup(clause), reply)):
        return finish_answer(figure)
    found = find_name(strip_markup(clause), is_concluded=is_concluded, has_options=has_options)
    return finish_answer(found) if found else None


def _read_bold(bold: str, sentence: str, plain: str, *, is_stated: bool) -> str | None:
    if not is_stated or bold.endswith(":"):
        return None
    if match := _TITLED.fullmatch(bold):
        bold = match["answer"]
    if is_closed(bold) or len(bold.split()) <= 4:
        return finish_answer(bold)
    return _read(bold, "", True, has_options=False)


def _is_listing(lines: list[str]) -> bool:
    return len(lines) > 1 and bool(patterns.ITEM.match(lines[-1]) and patterns.ITEM.match(lines[-2]))
