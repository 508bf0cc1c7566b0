"""Finds the answer that a reply ends with, in the forms that models use."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from roundtable_tui.answers.classify import MAX_CLASSIFIED_CHARS, MAX_SHORT_CHARS, classify
from roundtable_tui.answers.endings import patterns, wordings
from roundtable_tui.answers.endings.afterword import is_closing_line
from roundtable_tui.answers.endings.clauses import (
    is_cut,
    is_denied,
    is_dependent,
    is_open,
    is_vague,
    main_clause,
)
from roundtable_tui.answers.endings.direct import find_asserted, find_direct, is_short_name
from roundtable_tui.answers.endings.earlier import find_earlier
from roundtable_tui.answers.endings.emphasis import (
    find_bold,
    find_bold_below,
    find_bold_of_label,
    find_only_bold,
)
from roundtable_tui.answers.endings.enclosed import find_enclosed, find_json, is_json
from roundtable_tui.answers.endings.figures import is_value
from roundtable_tui.answers.endings.finish import drop_denied, finish_answer, is_closed, is_same_kind
from roundtable_tui.answers.endings.last_lines import drop_continuation, is_table, is_titled_list, last_lines
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.endings.openings import find_at_start, find_bold_first, find_first
from roundtable_tui.answers.endings.sentences import (
    find_in_sentence,
    find_last_words,
    last_sentence,
    split_sentences,
)
from roundtable_tui.answers.endings.stance import find_stance
from roundtable_tui.answers.endings.statement import (
    find_statement,
    has_verb,
    is_enumeration,
    is_listing,
    is_question,
    is_sentence,
    reduce_answer,
    reduce_arrow,
)
from roundtable_tui.answers.kinds.day_times import extend_by_day
from roundtable_tui.answers.languages.phrases import phrase, words_of
from roundtable_tui.answers.marker import MARKER_LINE
from roundtable_tui.answers.plain import strip_wrappers
from roundtable_tui.answers.values import Choice, Number, YesNo
from roundtable_tui.answers.votes.refusals import is_refusal, is_unknown

_MAX_TAIL_CHARS = 4000
_MAX_LINES = 4
"""The last lines in which an answer is looked for."""
_QUOTE = re.compile(r">\s.{1,200}|[*_`\"“«„'‘][^\n]{1,200}[*_`\"”»“'’.]")
"""A line that is a quotation, or in bold type or code."""
_MAX_SENTENCE_CHARS = 400
_MAX_DENIAL_WORDS = 3
_NOTHING = ("null", "undefined", "nan", "n/a")
"""What stands for a missing text."""
_MAX_ITEMS = 12
_MAX_ITEM_WORDS = 4
_NUMBER_AND_NAME = re.compile(r"[-+]?\d[\d.]*, [A-Z][^\W\d_]+(?: [^\W\d_]+)?\.?")
"""`7, Asia`: two answers."""
_ARGUED = re.compile(
    r"\b(?:one|you|some|others|critics)\s+(?:could|might|may|would)\s+(?:also\s+)?(?:argue|say|claim)\b"
    r"|\b(?:agent|member|candidate)\s+\w+\s+(?:claims|says|said|thinks|argues|answered|believes)\b",
    re.IGNORECASE,
)
_CODE_BLOCK = re.compile(
    r"(?:[:：]|\b(?:is|be|prints|outputs|returns|ist|est|es|è))[*_]{0,2}\s*\n\s*```\w*\n(?P<code>[^\n]{1,80})\n```\s*(?P<rest>[^\n]{0,400})$"
)
"""One line of code or output, after a colon, with which a reply ends, or that a line explains."""
_MAX_PHRASE_WORDS = 6
_WORD = re.compile(r"[^\W\d_]+")
_CHANGING = words_of("changes_figure")
_CODE_NOUN = phrase(r"\b {code_noun} \b | {code_noun:cjk}")
_FENCES_OF_BLOCK = 2
_MAX_CODE_CHARS = 120
_BOLD_ALONE = re.compile(r"\*\*[^*\n]{1,60}\*\*\.?")
_CHAIN_OF_NAMES = re.compile(
    r"[\w²³⁺⁻+]{1,20}(?: [\w]{1,20})?(?:\s*[<>≤≥→]\s*[\w²³⁺⁻+]{1,20}(?: [\w]{1,20})?)+"
)
_PROOF_END = re.compile(r"\s*(?:\$?\\(?:blacksquare|square|qed|Box)\$?|[∎□■])\s*$")
_END_TOKENS = re.compile(r"(?:\s*(?:<\|[^|>\n]{1,30}\|>|</?s>|<(?:end_of_turn|eos|EOT)>|\[/?INST\]))+$")
"""Tokens of a chat template that a server has left in a reply."""


def final_answer(reply: str) -> str | None:
    """Return the answer that a reply states at its end, verbatim but for labels and emphasis, or None.

    Found are the marker of a run, tags, `\\boxed`, `#### 42`, JSON, labels and sentences such as "The answer
    is 42" in the larger languages, and a short last line. Only the last lines count; courtesies after the
    answer do not.

    Args:
        reply: the whole reply of a model, reasoning included.

    Returns:
        The answer, or None if its last lines state none.
    """
    return find_final_answer(reply)


def find_final_answer(reply: str, asked: Collection[str] = ()) -> str | None:
    """Return what `final_answer` does; `3 more` is 3 if "more" is among the words that were asked."""
    if marked := list(MARKER_LINE.finditer(reply)):
        return reply[marked[-1].end() :].strip() or None
    reply = drop_continuation(reply)
    tail = _PROOF_END.sub("", _END_TOKENS.sub("", reply[-_MAX_TAIL_CHARS:].strip()))
    lines = last_lines(tail)
    found = _find_at_end(reply, tail, lines, asked)
    return extend_by_day(found, "\n".join(lines[-_MAX_LINES:])) if found else None


def _find_at_end(reply: str, tail: str, lines: list[str], asked: Collection[str]) -> str | None:
    if not lines or is_refusal(tail) or is_unknown(tail) or is_titled_list(lines):
        return None
    if strip_markup(lines[-1]).endswith((":", "：")):
        return None  # What was to follow is missing.
    if is_table(lines):
        return None
    if found := _find_in_form(tail, reply):
        if len(lines) == 1 and "**" in lines[0] and strip_wrappers(strip_markup(lines[0])) == found:
            return find_statement(tail, lines) or reduce_answer(found)  # All of it, for want of spaces.
        return reduce_answer(found)
    if is_json(lines):
        return None
    stated = find_statement(tail, lines)
    if stated and len(lines) == 1 and _is_changed(stated, strip_markup(lines[0]), asked):
        stated = None
    return stated or _find_outside_end(tail, lines) or _find_whole(lines)


def _is_changed(figure: str, phrase: str, asked: Collection[str]) -> bool:
    """Return True for the 3 of `all but 3`, `another 3` and `3 fewer`, unless the question has the word."""
    if len(phrase.split()) > _MAX_PHRASE_WORDS or has_verb(phrase):
        return False
    others = {word.casefold() for word in _WORD.findall(phrase.replace(figure, " ", 1))}
    return bool(others & _CHANGING - set(asked)) and isinstance(classify(figure), Number)


def _find_outside_end(tail: str, lines: list[str]) -> str | None:
    return find_earlier(tail, lines) or find_asserted(tail, lines)


@lru_cache(maxsize=16)  # A long reply is read for its answer, and then as its own answer for its value.
def _find_in_form(tail: str, reply: str) -> str | None:
    """Return the answer that a reply states in a form that is made for it, or None."""
    lines = last_lines(tail)
    if found := find_enclosed(tail, lines) or find_json("\n".join(lines)):
        return found
    if (match := _CODE_BLOCK.search(tail)) and _is_remark(match["rest"]):
        return match["code"].strip()
    if code := _find_announced_code(tail):
        return code
    if is_cut(strip_markup(lines[-1])):
        return None
    if is_dependent(_last_of(lines[-1])):
        return None
    if len(lines) == 1 and _NUMBER_AND_NAME.fullmatch(lines[0]):
        return finish_answer(lines[0])
    if len(lines) == 1 and (found := find_first(lines[0], reply)):
        return found
    if found := find_bold_first(lines):
        return found
    if not _is_labelled(lines) and (found := find_stance(lines)):
        return found
    is_paragraph = len(lines) == 1
    if is_paragraph and (found := find_direct(reply, lines)):
        return found
    if found := _find_in_lines(lines) or find_at_start(reply):
        return found
    return (None if is_paragraph else find_direct(reply, lines)) or _find_near_end(lines)


def _find_announced_code(tail: str) -> str | None:
    """Return the one line of code with which a reply ends, after a sentence that speaks of such code."""
    if not tail.endswith("\n```") or tail.count("```") != _FENCES_OF_BLOCK:
        return None
    before, _, block = tail.removesuffix("\n```").rpartition("```")
    code = block.partition("\n")[2].strip()
    introduction = before.strip().rpartition("\n")[2]
    if not code or "\n" in code or len(code) > _MAX_CODE_CHARS or is_open(introduction):
        return None
    is_announced = _CODE_NOUN.search(introduction) and not is_denied(introduction)
    return code if is_announced else None


def _is_labelled(lines: list[str]) -> bool:
    """Return True if one of the last lines states an answer under a label or in bold type."""
    shown = lines[-_MAX_LINES:]
    for line in shown:
        label = patterns.LABEL.match(plain := strip_markup(line))
        if "**" in line or (label and not _is_taken_back(plain, label.start("answer"))):
            return True
    return False


def _is_taken_back(line: str, start: int) -> bool:
    """Return True if a sentence of a line after the one that begins at `start` takes it back."""
    sentences = split_sentences(line[start:])
    return any(patterns.takes_back(one) for one in sentences[1:])


def _is_remark(line: str) -> bool:
    """Return True if a line states no answer: it has neither a label, nor bold type, nor a conclusion."""
    return not (
        patterns.has_answer_sentence(line)
        or "**" in line
        or "`" * 3 in line
        or wordings.CONCLUSION.match(line)
    )


def needs_its_subject(text: str) -> bool:
    """Return True for one sentence whose names or bold part say something only with the rest of it.

    As a reply to one question, "The winners are Ann and Bob" states its answer; compared with any other
    text, as here, "The losers are Ann and Bob" must differ from it.
    """
    sentence = text.strip()
    if last_sentence(sentence) != sentence or patterns.LABEL.match(strip_markup(sentence)):
        return False
    return bool(wordings.DEFINITE.fullmatch(strip_markup(sentence)) or find_only_bold(sentence))


def _find_in_lines(lines: list[str]) -> str | None:
    last = lines[-1]
    if len(lines) > 1 and (shown_alone := _find_displayed(lines[-2], last)):
        return shown_alone
    if len(lines) > 2 and _is_remark(last) and (shown_alone := _find_displayed(lines[-3], lines[-2])):
        return shown_alone
    if (match := patterns.HASHES.match(last)) and not patterns.LABEL.match(strip_markup(match[1])):
        return finish_answer(match[1])
    shown = lines[-_MAX_LINES:]
    for place in range(len(shown) - 1, -1, -1):
        line = strip_markup(shown[place])
        if place < len(shown) - 1 and patterns.DENIED.search(shown[place + 1]):
            return None
        if patterns.LABEL_ALONE.fullmatch(line) and place + 1 < len(shown):
            below = shown[place + 1 :]
            if bold := len(below) == 1 and not is_closed(below[0]) and find_bold_below(below[0]):
                return bold
            return finish_answer(below[0]) if len(below) == 1 or is_closed(below[0]) else "\n".join(below)
        if place < len(shown) - 2:
            continue  # A sentence counts in the last two lines, a heading above up to three.
        if found := _find_in_line(line, shown[place], is_last=place == len(shown) - 1):
            return found
    line = strip_markup(last)
    if is_listing(lines):
        return None  # The last item of a list is not its answer.
    heading = strip_markup(lines[-2]) if len(lines) > 1 else ""
    match = patterns.COLON_LABEL.fullmatch(f"{heading} {line}") if heading.endswith(":") else None
    if match and match["answer"] == line and len(line.split()) <= _MAX_ITEM_WORDS:
        return finish_answer(line)
    is_headed = len(lines) > 1 and patterns.LIST_HEAD.fullmatch(strip_markup(lines[-2]))
    if is_headed and _QUOTE.fullmatch(last):
        return finish_answer(last)
    if (match := wordings.SO_IT_IS.fullmatch(line)) and is_closed(match["answer"]):
        return finish_answer(match["answer"])
    if is_closed(line) and not patterns.THERE_IS.match(line):
        return finish_answer(last)
    is_titled = len(lines) > 1 and ":" not in lines[-2] and not patterns.NO_TITLE.match(line)
    if is_titled and (match := patterns.PLAIN_TITLE.fullmatch(line)):
        return finish_answer(match["answer"])
    return None


def _find_whole(lines: list[str]) -> str | None:
    """Return a reply of one short line, which is an answer as a whole unless it asks something."""
    line, fragment = strip_markup(lines[-1]), main_clause(lines[-1])
    if none := patterns.THERE_IS_NO.fullmatch(line):
        return none["answer"]
    if (
        len(lines) > 1
        or len(split_sentences(line)) > 1
        or len(line) > MAX_SHORT_CHARS
        or is_question(line)
        or is_cut(line)
        or is_vague(line)
        or (len(line.split()) > _MAX_DENIAL_WORDS and (is_denied(line) or is_open(line)))
        or (is_sentence(line) and not is_value(fragment))
        or is_closing_line(line)
        or not any(char.isalnum() for char in line)
        or line.casefold() in _NOTHING
    ):
        return None
    whole = drop_denied(lines[-1]) if len(line.split()) > 2 else finish_answer(lines[-1])
    if (reduced := reduce_arrow(whole)) != whole or not (is_short_name(fragment) or is_value(fragment)):
        return reduced or None
    is_limited = isinstance(classify(fragment), YesNo)
    return whole if is_limited else finish_answer(fragment)  # "Au, from the Latin *aurum*."


def find_without_statement(reply: str) -> str | None:
    """Return the final answer of a reply in a form that is made for it.

    Of two texts about different things, a plain sentence alone would say too little.
    """
    tail = reply[-_MAX_TAIL_CHARS:].strip()
    lines = last_lines(tail)
    if not lines or MARKER_LINE.search(reply) or is_refusal(tail) or is_unknown(tail):
        return final_answer(reply)
    return _find_in_form(tail, reply) or _find_whole(lines)


def _find_displayed(introduction: str, last: str) -> str | None:
    """Return a value on a line of its own after one that ends with a colon."""
    line = strip_markup(last).strip("$` .")
    if (
        not strip_markup(introduction).endswith((":", "："))
        or patterns.ITEM.match(last)
        or is_open(introduction)
    ):
        return None
    if _BOLD_ALONE.fullmatch(last) and not line.endswith(":") and not is_denied(introduction):
        return finish_answer(last)
    is_displayed = is_closed(line) or is_enumeration(line) or _CHAIN_OF_NAMES.fullmatch(line)
    return finish_answer(last) if is_displayed else None


def _last_of(line: str) -> str:
    return next(reversed(split_sentences(strip_markup(line[-_MAX_SENTENCE_CHARS:]))), "")


def _find_in_line(line: str, raw: str, *, is_last: bool) -> str | None:
    """Return the answer that a line states, or None; `raw` is the line with its emphasis."""
    if match := wordings.IS_RIGHT.fullmatch(line) or wordings.IS_RIGHT.fullmatch(
        patterns.without_reason(line)
    ):
        return match["answer"].upper()
    if bold := find_bold_of_label(line, raw):
        return bold
    if (match := patterns.NOT_BUT.fullmatch(line)) and is_same_kind(match["answer"], match["other"]):
        return finish_answer(match["answer"])
    if _ARGUED.search(line):
        return None
    stated = [patterns.LABEL.match(line), *patterns.SENTENCE.finditer(line)]
    found = [match for match in stated if match]
    if found and not _is_taken_back(line, found[-1].start("answer")):
        return _find_in_clause(finish_answer(found[-1]["answer"]))
    if not is_last:
        return None
    if (match := patterns.BOLD_TITLED.fullmatch(raw)) and not patterns.NO_TITLE.match(match["label"]):
        return finish_answer(match["answer"])
    if (match := patterns.TITLE.fullmatch(raw)) and not patterns.NO_TITLE.match(match["label"]):
        return finish_answer(match["answer"])
    if bold := find_bold(raw) or find_only_bold(raw):
        return bold
    if patterns.BOLD_LINE.fullmatch(raw) and (concluded := find_in_sentence(f"So {line}")):
        return concluded  # A last sentence in bold type is a conclusion.
    if isinstance(classify(clause := line.partition(": ")[2]), YesNo) and "?" not in line:
        return finish_answer(clause)
    if (match := patterns.COLON_LABEL.match(line)) and (
        is_closed(match["answer"]) or len(match["answer"]) < 30
    ):
        return finish_answer(match["answer"])
    is_chain = "$" not in line and ". " not in line and not patterns.SEVERAL.search(line)
    if is_chain and (match := patterns.CHAIN.fullmatch(line)) and is_closed(match["answer"].strip(" .")):
        return finish_answer(match["answer"])
    formula = line.strip("$ .")
    if (match := patterns.VALUE_OF.fullmatch(formula) or patterns.WORD_EQUALS.fullmatch(line)) and is_closed(
        match["answer"]
    ):
        return finish_answer(match["answer"])
    if match := wordings.CHOSEN.fullmatch(line) or wordings.INVERTED.match(line):
        return finish_answer(match["answer"])
    return _unless_bold(find_in_sentence(last_sentence(line)), raw)


def _unless_bold(found: str | None, raw: str) -> str | None:
    """Return what was found in a line, or None if the line sets something else in bold type."""
    bold = re.findall(r"\*\*(.+?)\*\*", raw)
    return found if found and (not bold or any(part in found or found in part for part in bold)) else None


def _find_in_clause(answer: str) -> str:
    """Return `18 marbles` of a labelled sentence such as "Tom has 18 marbles left", else the sentence."""
    if match := wordings.CJK_CLAUSE.fullmatch(answer):
        return match["answer"]
    if patterns.OPEN_SENTENCE.search(answer) or not wordings.CLAUSE.fullmatch(answer) or is_closed(answer):
        return answer
    found = find_in_sentence(f"So {answer}")
    return found if found and any(char.isdigit() for char in found) else answer


def _find_list(lines: list[str]) -> str | None:
    """Return the list of figures or names that ends a reply below a line such as "The primes are:"."""
    count = next((place for place, line in enumerate(reversed(lines)) if not patterns.ITEM.match(line)), 0)
    if not 1 < count <= _MAX_ITEMS or not patterns.LIST_HEAD.fullmatch(strip_markup(lines[-count - 1])):
        return None
    items = [strip_markup(patterns.ITEM.sub("", line)) for line in lines[-count:]]
    if any(len(item.split()) > _MAX_ITEM_WORDS or ":" in item for item in items):
        return None
    return "\n".join(f"- {item}" for item in items)


def _find_near_end(lines: list[str]) -> str | None:
    """Return an option or a yes or no alone on the line before the last, or what ends the last sentence."""
    before = strip_markup(lines[-2])[: MAX_SHORT_CHARS + 1] if len(lines) > 1 else ""
    is_listed = len(lines) > 2 and isinstance(
        classify(strip_markup(lines[-3])[:MAX_CLASSIFIED_CHARS]), Choice
    )
    is_alone = (
        0 < len(before) <= MAX_SHORT_CHARS and not is_listed and isinstance(classify(before), (Choice, YesNo))
    )
    if is_alone and not patterns.takes_back(lines[-1]):
        return finish_answer(before)
    if len(lines) > 1 and patterns.ITEM.match(lines[-1]) and patterns.ITEM.match(lines[-2]):
        return _find_list(lines)
    if len(lines) > 1 and wordings.CONCLUSION.match(before) and not patterns.takes_back(lines[-1]):
        concluded = find_only_bold(lines[-2])
        if concluded and "**" not in lines[-1]:
            return concluded
    return _unless_bold(find_last_words(last_sentence(strip_markup(lines[-1]))), lines[-1])
