"""Finds the answer that a reply ends with, in the forms that models use."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from roundtable_tui.answers.classify import MAX_CLASSIFIED_CHARS, MAX_SHORT_CHARS, classify
from roundtable_tui.answers.languages import ANSWER_LABEL, HENCE, IS
from roundtable_tui.answers.marker import MARKER_LINE
from roundtable_tui.answers.plain import strip_wrappers
from roundtable_tui.answers.values import Choice, Expression, Items, Labelled, Text, Value

_MAX_TAIL_CHARS = 4000
_MAX_LINES = 4
"""The last lines in which an answer is looked for."""
_MAX_ANSWER_CHARS = 400

_TAG = re.compile(r"<(final_answer|answer|result|final)>\s*(.*?)\s*</\1>", re.DOTALL | re.IGNORECASE)
_SQUARE_TAG = re.compile(r"\[(answer|final|result)\]\s*([^\[\]\n]+?)\s*\[/\1\]", re.IGNORECASE)
_COLON_LABEL = re.compile(
    r"(?:tl;?dr|in\s+(?:short|brief|sum|summary|total|conclusion)|bottom\s+line|the\s+short\s+version|(?:the\s+)?(?:grand\s+|"
    r"overall\s+)?(?:total|sum)(?:\s+\w+)?|(?:the\s+)?value|kurz|en\s+resumen|en\s+résumé|insgesamt|итого|合计|合計)\s*[:：=]\s*(?P<answer>\S.*)",
    re.IGNORECASE,
)
_AT_THE_END = re.compile(
    rf"{HENCE}[^\d.:;\n]{{3,100}}?\s(?:at|to|in|on|for|by|of|is|are|was|costs?|weighs?|takes?|needs?|pays?|earns?|has|have|get|gets|makes?|"
    r"totals|contains?|leaves|gives|yields|lasts?|covers?|travels?|about|exactly|only|approximately)\s+(?P<answer>[-+$€£¥]?\d\S*(?:\s+[^\W\d_][^\s.]*)?)[.!]?",
    re.IGNORECASE,
)
"""A conclusion with one figure, at its end."""
_IN_YEAR = re.compile(r"[^\d:;\n]{8,80}\s(?:in|since|from|until)\s+(?P<answer>1\d{3}|20\d\d)[.!]?")
_ASIDE = re.compile(r"(?P<answer>[^()]{1,40}?)[*_]*\s+\((?P<aside>[^()]*[^\W\d_]{3}.*)\)[.!]?")
_MEASURE = re.compile(
    r"(?P<answer>.{1,40}?)\s+(?:(?:square\s+|cubic\s+)?units|old|long|wide|tall|high|deep|away|left|in\s+(?:total|all|length))[.!]?"
)
"""A figure with what is measured, as in `14 years old` or `36π square units`."""
_IT_TAKES = re.compile(
    r"(?:it|this|that|he|she|they|we|each)\s+(?:would\s+|will\s+)?(?:takes?|costs?|weighs?|needs?|pays?|earns?|lasts?|gets?|leaves|gives|makes|has|have)\s+"
    r"(?P<answer>[^.!?\n]{1,40})[.!]?",
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")
_HASHES = re.compile(r"^\s*####\s+(\S.*)$")
_RULE = re.compile(r"\s*(?:[-*_=~]\s*){3,}|\s*```\w*\s*|\s*\\\]\s*|\s*\\\[\s*|\s*\$\$\s*|\s*</?\w+>\s*")
_COURTESY = re.compile(
    r"(?:i\s+hope|hope\s+(?:this|that|it)|let\s+me\s+know|feel\s+free|please\s+(?:let|feel|ask|note\s+that\s+i)|"
    r"if\s+you\s+(?:have|need|want|would|'d)|(?:is|was)\s+there\s+anything|happy\s+to|glad\s+to|do\s+you\s+(?:want|need)|"
    r"would\s+you\s+like|thank|good\s+luck|have\s+a\s+(?:nice|great|good)|don't\s+hesitate|you're\s+welcome|cheers|best\s+regards|"
    r"this\s+(?:completes|concludes)|confidence\b|(?:ich\s+)?hoffe|lass\s+(?:es\s+)?mich|wenn\s+du|falls\s+(?:du|sie)|bei\s+fragen|viel\s+erfolg|"
    r"j['’]espère|n['’]hésite|si\s+(?:vous|tu|tienes|necesitas|hai|você|precisar)|espero|avísame|déjame\s+saber|"
    r"spero|fammi\s+sapere|se\s+(?:hai|você|tiver|precisar)|fique\s+à\s+vontade|hopelijk|laat\s+(?:het\s+)?me|als\s+je|надеюсь|если\s+(?:у\s+вас|вам|нужно)|"
    r"дайте\s+знать|希望|如果(?:你|您|还|有)|如有|请(?:随时|告诉)|お役に|ご不明|何か|他に|도움이|궁금한|더\s+필요|qed\b|∎|□)",
    re.IGNORECASE,
)
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f✅]+")
_EMPHASIS = re.compile(r"\*{1,3}|(?<!\w)_{1,2}(?=\S)|(?<=\S)_{1,2}(?!\w)")
_LABEL_ALONE = re.compile(
    rf"{HENCE}?{ANSWER_LABEL}(?:\s+(?:is|ist|est|es|è|é)|\s*[是为は])?\s*[:：.]?", re.IGNORECASE
)
_LABEL = re.compile(rf"{HENCE}?{ANSWER_LABEL}(?:\s+\([^()]*\))?{IS}(?P<answer>\S.*)", re.IGNORECASE)
_SENTENCE = re.compile(
    rf"(?:^|(?<=[.!?;,:。！？；，]\s)|(?<=[。！？；，])|(?<=—\s)|(?<=\bthat\s))"
    rf"{HENCE}?{ANSWER_LABEL}{IS}(?P<answer>\S.*)",
    re.IGNORECASE,
)  # fmt: skip
_NAMED = re.compile(
    rf"(?:{HENCE}(?:the|there|we|it|he|she|they|x|y|n|die|der|das|la|le|el|il|o|a)?\b\s*[^.:;\n]{{0,80}}?)\s(?:is|are|was|equals|"
    r"have|has|had|get|gets|obtain|find|ist|sind|est|es|è|é|são|zijn|haben|=)\s*:?\s+(?P<answer>\S[^\n]{0,80})",
    re.IGNORECASE,
)
_INVERTED = re.compile(rf"{HENCE}(?:ist|lautet|is|blijkt)\s+{ANSWER_LABEL}\s+(?P<answer>\S.*)", re.IGNORECASE)
_COPULA = re.compile(r"\s*(?:です|でした|である|だ|입니다|이다|となります|になります)$")
_CONCLUSION = re.compile(HENCE, re.IGNORECASE)
_CHOSEN = re.compile(
    r"(?:i(?:'d|\s+would)?\s+(?:choose|pick|select|go\s+with|vote\s+for)|my\s+vote\s+is)\s*:?\s+(?P<answer>\S.*)",
    re.IGNORECASE,
)
_IS_RIGHT = re.compile(
    r"(?:(?:so|therefore|thus|hence),?\s+)?(?:(?:the\s+)?(?:option|choice|answer)\s+)?\(?(?P<answer>[A-J])\)?\s+(?:is|would\s+be)\s+"
    r"(?:the\s+)?(?:correct|right|best)(?:\s+(?:answer|option|choice))?[.!]?",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"[,;:]?\s+(?:because|since|as\s+(?=it|the|this|they)|weil|da\s+(?=es|die|der|das)|parce\s+que|porque|perché|omdat|потому\s+что|so\s+kam)\b.*"
    r"|[,，]\s*(?:因为|由于)?.*$(?<=。)|[,，]?\s*因为.*",
    re.IGNORECASE | re.DOTALL,
)
_NEXT_SENTENCE = re.compile(
    r"(?<=[^\W\d]{2}[.!?])\s+(?=[A-ZÄÖÜÉ]).*|(?<=[\d)%\]$*][.!?])\s+(?=[A-ZÄÖÜÉ][^\W\d_]+\s).*|(?<=[。！？]).+",
    re.DOTALL,
)
_NAMES = re.compile(r"\s(?:is|are|was)\s+\W*[A-Z][^\W\d_]*(?:\s[A-Z][^\W\d_]*){0,2}\W*$")
_ITEM = re.compile(r"(?:[-*•+]|\d{1,2}[.)])\s")
_EQUALITY = re.compile(r"[^=<>≤≥≠]*\d[^=<>≤≥≠]*[-+*/×·÷^][^=<>≤≥≠]*=\s*([^=]+)")
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
    return _read_answer(text) if len(text) > MAX_CLASSIFIED_CHARS else _read_short_answer(text)


@lru_cache(maxsize=1024)
def _read_short_answer(text: str) -> Value:
    return _read_answer(text)


def _read_answer(text: str) -> Value:
    value = classify(text)
    if isinstance(value, Text) and value.is_open and (found := final_answer(text)):
        return classify(found)
    return value


def _last_lines(tail: str) -> list[str]:
    """Return the lines that are not empty, without rules, fences and closing courtesies."""
    lines = [line.strip() for line in tail.splitlines() if line.strip() and not _RULE.fullmatch(line)]
    while len(lines) > 1 and _is_courtesy(lines[-1]):
        lines.pop()
    return lines


def _is_courtesy(line: str) -> bool:
    return bool(_COURTESY.match(_EMOJI.sub("", line).strip(" *_>#-")))


def _find_enclosed(tail: str, lines: list[str]) -> str | None:
    """Return what the last `<answer>` or `\\boxed{}` encloses, if it stands in the last lines."""
    last = lines[-1]
    end = tail.rfind(last) + len(last)
    start = max(tail.rfind(lines[-min(len(lines), _MAX_LINES)]), 0)
    tags = [
        match for pattern in (_TAG, _SQUARE_TAG) for match in pattern.finditer(tail) if match.end() >= start
    ]
    if tags:
        return tags[-1][2].strip() or None
    for match in reversed(list(_BOXED.finditer(tail, 0, end))):
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
    if (match := _HASHES.match(last)) and not _LABEL.match(_clean(match[1])):
        return _finish(match[1])
    shown = lines[-_MAX_LINES:]
    for place in range(len(shown) - 1, -1, -1):
        line = _clean(shown[place])
        if _LABEL_ALONE.fullmatch(line) and place + 1 < len(shown):
            below = shown[place + 1 :]
            return _finish(below[0]) if len(below) == 1 or _is_closed(below[0]) else "\n".join(below)
        if place < len(shown) - 2:
            continue  # A sentence counts in the last two lines, a heading above up to three.
        if found := _find_in_line(line, is_last=place == len(shown) - 1):
            return found
    line = _clean(last)
    if len(lines) > 1 and _ITEM.match(last) and _ITEM.match(lines[-2]):
        return None  # The last item of a list is not its answer.
    if _is_closed(line):
        return _finish(last)
    if len(lines) == 1 and len(line) <= MAX_SHORT_CHARS:
        return last if len(line.split()) > 2 else _finish(last)
    return None


def _find_in_line(line: str, *, is_last: bool) -> str | None:
    """Return the answer that a line states, or None."""
    if match := _IS_RIGHT.fullmatch(line):
        return match["answer"].upper()
    if match := _LABEL.match(line):
        return _finish(match["answer"])
    if found := list(_SENTENCE.finditer(line)):
        return _finish(found[-1]["answer"])
    if not is_last:
        return None
    if (match := _COLON_LABEL.match(line)) and (_is_closed(match["answer"]) or len(match["answer"]) < 30):
        return _finish(match["answer"])
    if match := _CHOSEN.match(line) or _INVERTED.match(line):
        return _finish(match["answer"])
    sentences = re.split(r"(?<=[.!?])\s+(?=[^\W\d_])|(?<=[。！？])", line.strip())
    sentence = next((one for one in reversed(sentences) if one.strip()), "")
    if match := _IS_RIGHT.fullmatch(sentence):
        return match["answer"].upper()
    if (match := _CONCLUSION.match(sentence)) and _is_closed(sentence[match.end() :]):
        return _finish(sentence[match.end() :])
    for pattern in (_AT_THE_END, _IN_YEAR, _IT_TAKES):
        if (match := pattern.fullmatch(sentence)) and _is_closed(match["answer"]):
            return _finish(match["answer"])
    if match := _NAMED.fullmatch(sentence):
        answer = _finish(match["answer"])
        # "So steel is better": without its subject, a plain word says nothing.
        if len(answer) <= MAX_SHORT_CHARS and (
            answer[:1].isupper() or not isinstance(classify(answer), Text)
        ):
            return answer
    return None


def _clean(line: str) -> str:
    """Return a line without headings, bullets, emphasis and pictures."""
    line = _EMOJI.sub("", line).strip()
    line = re.sub(r"^(?:#{1,6}\s+|>\s*|[-*•+]\s+(?=\S))+", "", line)
    return _EMPHASIS.sub("", line).strip()


def _finish(answer: str) -> str:
    """Return an answer without a reason or sentence after it, without label, emphasis and end punctuation."""
    answer = _NEXT_SENTENCE.sub("", _clean(answer))
    if match := _LABEL.match(answer):
        answer = match["answer"]
    if answer.count("$") == 1 and answer.endswith("$"):
        answer = answer[:-1]  # The formula began before the answer: $x = 60$.
    if (match := _MEASURE.fullmatch(answer)) and _is_closed(match["answer"]):
        answer = match["answer"]
    if (match := _ASIDE.fullmatch(answer)) and _is_closed(match["answer"]):
        answer = match["answer"]
    shortened = _REASON.sub("", answer)
    answer = strip_wrappers(shortened) or strip_wrappers(answer) or answer
    if match := re.match(r"(?:it['’]s|it\s+is|that['’]s|es\s+ist|c['’]est)\s+(\S.*)", answer, re.IGNORECASE):
        answer = match[1]
    answer = _COPULA.sub("", answer) or answer
    answer = re.sub(r"^=\s*(?=[^=\s>])", "", answer)
    if match := _EQUALITY.fullmatch(answer):
        answer = match[1].strip()
    return answer[:_MAX_ANSWER_CHARS]


def _is_closed(line: str) -> bool:
    """Return True if a line alone is an answer: a number, a choice, yes or no, not a sentence."""
    if len(line) > MAX_SHORT_CHARS:
        return False
    value = classify(line)
    if isinstance(value, Labelled):
        return not isinstance(value.value, Text) or bool(_NAMES.search(line))
    if isinstance(value, Expression):
        return bool(re.search(r"\d|[=^]", line)) and len(line.split()) <= 6
    if isinstance(value, Items):
        return not any(isinstance(item, Text) for item in value.items)
    if isinstance(value, Choice) and value.option is not None:
        return True
    return not isinstance(value, Text)
