"""Finds the answer that a reply ends with, in the forms that models use."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from roundtable_tui.answers.classify import MAX_CLASSIFIED_CHARS, MAX_SHORT_CHARS, classify
from roundtable_tui.answers.endings import patterns
from roundtable_tui.answers.languages import HENCE
from roundtable_tui.answers.marker import MARKER_LINE
from roundtable_tui.answers.plain import strip_wrappers
from roundtable_tui.answers.values import Choice, Expression, Items, Labelled, Text, Value

_MAX_TAIL_CHARS = 4000
_MAX_LINES = 4
"""The last lines in which an answer is looked for."""
_MAX_ANSWER_CHARS = 400

_JSON_KEYS = ("final_answer", "finalanswer", "final", "answer", "result", "solution", "choice", "option")


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
    if marked := list(MARKER_LINE.finditer(reply)):
        return reply[marked[-1].end() :].strip() or None
    tail = reply[-_MAX_TAIL_CHARS:].strip()
    lines = _last_lines(tail)
    if not lines:
        return None
    return _find_enclosed(tail, lines) or _find_json("\n".join(lines)) or _find_in_lines(lines) or None


def extract_final_answer(reply: str) -> str:
    """Return the final answer of a reply, else the whole reply."""
    return final_answer(reply) or reply.strip()


def read_answer(text: str) -> Value:
    """Return the value of an answer; of a text too long to compare, that of the answer at its end."""
    return _read_long_answer(text) if len(text) > MAX_CLASSIFIED_CHARS else _read_short_answer(text)


@lru_cache(maxsize=1024)
def _read_short_answer(text: str) -> Value:
    return _read_answer(text)


@lru_cache(maxsize=128)  # The answers of a round are compared several times.
def _read_long_answer(text: str) -> Value:
    return _read_answer(text)


def _read_answer(text: str) -> Value:
    value = classify(text)
    if isinstance(value, Text) and value.is_open and (found := final_answer(text)):
        return classify(found)
    return value


def _last_lines(tail: str) -> list[str]:
    """Return the lines that are not empty, without rules, fences and closing courtesies."""
    lines = [line.strip() for line in tail.splitlines() if line.strip() and not patterns.RULE.fullmatch(line)]
    while len(lines) > 1 and _is_courtesy(lines[-1]):
        lines.pop()
    return lines


def _is_courtesy(line: str) -> bool:
    return bool(patterns.COURTESY.match(patterns.EMOJI.sub("", line).strip(" *_>#-")))


def _find_enclosed(tail: str, lines: list[str]) -> str | None:
    """Return what the last `<answer>` or `\\boxed{}` encloses, if it stands in the last lines."""
    last = lines[-1]
    end = tail.rfind(last) + len(last)
    start = max(tail.rfind(lines[-min(len(lines), _MAX_LINES)]), 0)
    tags = [
        match
        for pattern in (patterns.TAG, patterns.SQUARE_TAG)
        for match in pattern.finditer(tail)
        if match.end() >= start
    ]
    if tags:
        return tags[-1][2].strip() or None
    for match in reversed(list(patterns.BOXED.finditer(tail, 0, end))):
        if match.start() < start:
            return None
        depth, place = 1, match.end()
        while place < len(tail) and depth:
            depth += (tail[place] == "{") - (tail[place] == "}")
            place += 1
        if depth == 0:
            return tail[match.end() : place - 1].strip() or None
    return None


def _find_json(tail: str) -> str | None:
    text = re.sub(r"\s*```\s*$", "", tail)
    if not text.endswith("}"):
        return None
    places = [match.start() for match in re.finditer(r"\{", text)][-20:]
    for place in places:
        try:
            found = json.loads(text[place:])
        except ValueError:
            continue
        by_key = {str(key).lower().replace(" ", "_"): value for key, value in found.items()}
        for key in _JSON_KEYS:
            value = by_key.get(key)
            if isinstance(value, bool):
                return "true" if value else "false"
            if isinstance(value, (str, int, float)) and str(value).strip():
                return str(value).strip()
            if isinstance(value, list) and value:
                return json.dumps(value, ensure_ascii=False)
        return None
    return None


def _find_in_lines(lines: list[str]) -> str | None:
    last = lines[-1]
    if (match := patterns.HASHES.match(last)) and not patterns.LABEL.match(_clean(match[1])):
        return _finish(match[1])
    shown = lines[-_MAX_LINES:]
    for place in range(len(shown) - 1, -1, -1):
        line = _clean(shown[place])
        if patterns.LABEL_ALONE.fullmatch(line) and place + 1 < len(shown):
            below = shown[place + 1 :]
            return _finish(below[0]) if len(below) == 1 or _is_closed(below[0]) else "\n".join(below)
        if place < len(shown) - 2:
            continue  # A sentence counts in the last two lines, a heading above up to three.
        if found := _find_in_line(line, shown[place], is_last=place == len(shown) - 1):
            return found
    line = _clean(last)
    if len(lines) > 1 and patterns.ITEM.match(last) and patterns.ITEM.match(lines[-2]):
        return None  # The last item of a list is not its answer.
    if _is_closed(line):
        return _finish(last)
    if len(lines) == 1 and len(line) <= MAX_SHORT_CHARS:
        return last if len(line.split()) > 2 else _finish(last)
    return None


def _find_in_line(line: str, raw: str, *, is_last: bool) -> str | None:
    """Return the answer that a line states, or None; `raw` is the line with its emphasis."""
    if match := patterns.IS_RIGHT.fullmatch(line) or patterns.IS_RIGHT.fullmatch(
        patterns.REASON.sub("", line)
    ):
        return match["answer"].upper()
    if match := patterns.LABEL.match(line):
        return _finish(match["answer"])
    if found := list(patterns.SENTENCE.finditer(line)):
        return _finish(found[-1]["answer"])
    if not is_last:
        return None
    if bold := _find_bold(raw):
        return bold
    if (match := patterns.COLON_LABEL.match(line)) and (
        _is_closed(match["answer"]) or len(match["answer"]) < 30
    ):
        return _finish(match["answer"])
    if match := patterns.CHOSEN.fullmatch(line) or patterns.INVERTED.match(line):
        return _finish(match["answer"])
    sentences = re.split(r"(?<=[.!?])\s+(?=[^\W\d_])|(?<=[。！？])", line.strip())
    return _find_in_sentence(next((one for one in reversed(sentences) if one.strip()), ""))


def _find_in_sentence(sentence: str) -> str | None:
    """Return the answer that the last sentence of a reply states without a label, or None."""
    if match := patterns.IS_RIGHT.fullmatch(sentence):
        return match["answer"].upper()
    if match := patterns.ONE_FIGURE.fullmatch(sentence):
        return f"{match['figure']} {match['unit']}"
    if match := patterns.SELECTED.fullmatch(sentence):
        return match["answer"]
    if (match := patterns.CONCLUSION.match(sentence)) and _is_closed(rest := sentence[match.end() :]):
        return (_find_last_figure(sentence) if _has_long_label(rest) else None) or _finish(rest)
    concluded = re.sub(rf"^{HENCE}", "", sentence, flags=re.IGNORECASE)
    for pattern, text in (
        (patterns.RETURNS, sentence),
        (patterns.AT_THE_END, sentence),
        (patterns.IN_YEAR, sentence),
        (patterns.IT_TAKES, concluded),
        (patterns.THEREFORE_IS, sentence),
    ):
        if (match := pattern.fullmatch(text)) and _is_closed(match["answer"]):
            return _finish(match["answer"])
    if match := patterns.NAMED.fullmatch(sentence):
        answer = _finish(match["answer"])
        # "So steel is better": without its subject, a plain word says nothing.
        if len(answer) <= MAX_SHORT_CHARS and (answer[:1].isupper() or not _has_text(classify(answer))):
            return answer
    return _find_last_figure(sentence)


def _find_last_figure(sentence: str) -> str | None:
    """Return the longest end of a conclusion that is an answer with a figure, with its qualifiers."""
    match = patterns.CONCLUSION.match(sentence)
    if match is None and (match := patterns.THEREFORE.search(sentence)) is None:
        return None
    rest = sentence[match.end() :].rstrip(" .!。")
    words = [word.start() for word in re.finditer(r"\S+", rest)]
    for place, start in enumerate(words[: patterns.MAX_CONCLUSION_WORDS]):
        end = rest[start:]
        if not patterns.FIGURE_FIRST.match(end) or len(end) > MAX_SHORT_CHARS:
            continue
        before = rest[words[place - 1] : start].strip().casefold() if place else ""
        if before in patterns.BOUND_WORDS:
            return None
        if _is_closed(end) and not _has_long_label(end):
            return _finish(end)
    return None


def _has_long_label(answer: str) -> bool:
    value = classify(answer)
    return isinstance(value, Labelled) and len(value.label) > 2


def _find_bold(line: str) -> str | None:
    """Return the part in bold type that ends the last sentence of a line, if it is an answer alone."""
    sentence = re.split(r"(?<=[.!?])\s+(?=[^\W\d_])", line.strip())[-1]
    match = patterns.BOLD_END.fullmatch(patterns.EMOJI.sub("", sentence))
    if match is None:
        return None
    is_named = (
        patterns.COPULA_BEFORE.search(sentence[: match.start("answer")]) and len(match["answer"].split()) <= 5
    )
    return _finish(match["answer"]) if is_named or _is_closed(match["answer"].strip()) else None


def _clean(line: str) -> str:
    """Return a line without headings, bullets, emphasis and pictures."""
    line = patterns.EMOJI.sub("", line).strip()
    if row := patterns.TABLE_ROW.fullmatch(line):
        line = f"{row[1]}: {row[2]}"
    line = re.sub(r"^(?:#{1,6}\s+|>\s*|[-*•+]\s+(?=\S))+", "", line)
    return patterns.EMPHASIS.sub("", line).strip()


def _finish(answer: str) -> str:
    """Return an answer without a reason or sentence after it, without label, emphasis and end punctuation."""
    answer = patterns.NEXT_SENTENCE.sub("", _clean(answer))
    if match := patterns.LABEL.match(answer):
        answer = match["answer"]
    if answer.count("$") == 1 and answer.endswith("$"):
        answer = answer[:-1]  # The formula began before the answer: $x = 60$.
    answer = patterns.ALTOGETHER.sub("", patterns.HEDGE.sub("", answer))
    if match := patterns.OPTION_WORD.match(answer):
        answer = answer[match.end() :]
    answer = patterns.OPTION_DASH.sub(r"\1) ", answer) if patterns.OPTION_DASH.match(answer) else answer
    if (match := patterns.ALSO.fullmatch(answer.rstrip(".!"))) and _is_same_twice(
        match["answer"], f"{match['about'] or ''}{match['other']}"
    ):
        answer = match["answer"]
    if (match := patterns.MEASURE.fullmatch(answer)) and _is_closed(match["answer"]):
        answer = match["answer"]
    if (match := patterns.ASIDE.fullmatch(answer)) and _is_closed(match["answer"]):
        answer = match["answer"]
    shortened = patterns.REASON.sub("", answer)
    answer = strip_wrappers(shortened) or strip_wrappers(answer) or answer
    if match := re.match(r"(?:it['’]s|it\s+is|that['’]s|es\s+ist|c['’]est)\s+(\S.*)", answer, re.IGNORECASE):
        answer = match[1]
    answer = patterns.COPULA.sub("", answer) or answer
    if match := patterns.ORDINAL_SIGN.fullmatch(answer.rstrip(".!。 ")):
        answer = match[1]
    answer = re.sub(r"^=\s*(?=[^=\s>])", "", answer)
    if match := patterns.EQUALITY.fullmatch(answer):
        answer = match[1].strip()
    return answer[:_MAX_ANSWER_CHARS]


def _has_text(value: Value) -> bool:
    return isinstance(value, Text) or (
        isinstance(value, Items) and any(isinstance(item, Text) for item in value.items)
    )


def _is_same_twice(answer: str, other: str) -> bool:
    """Return True if a figure is given twice: as 3/8 and 37.5 %, or exactly and about."""
    if not (_is_closed(answer) and _is_closed(patterns.ABOUT.sub("", other))):
        return False
    return patterns.ABOUT.match(other) is not None or _inner_value(answer).key == _inner_value(other).key


def _inner_value(answer: str) -> Value:
    value = classify(answer)
    return value.value if isinstance(value, Labelled) else value


def _is_closed(line: str) -> bool:
    """Return True if a line alone is an answer: a number, a choice, yes or no, not a sentence."""
    if len(line) > MAX_SHORT_CHARS:
        return False
    value = classify(line)
    if isinstance(value, Labelled):
        return not isinstance(value.value, Text) or bool(patterns.NAMES.search(line))
    if isinstance(value, Expression):
        return bool(re.search(r"\d|[=^]", line)) and len(line.split()) <= 6
    if isinstance(value, Items):
        return not any(isinstance(item, Text) for item in value.items)
    if isinstance(value, Choice) and value.option is not None:
        return True
    return not isinstance(value, Text)
