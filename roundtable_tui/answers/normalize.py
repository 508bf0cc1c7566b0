"""One form for short answers that say the same: `0.5`, `1/2`, `50 %` and `\\frac{1}{2}` are one answer.

When in doubt two answers are kept apart: `x > 5` is not `x < 5`, `March 3` is not `April 3`.
"""

from __future__ import annotations

import re
from fractions import Fraction

SHORT = 60
"""Characters up to which a text counts as a short answer."""

_LONGEST = 4 * SHORT
_BRACED = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
_BOXED = re.compile(rf"\\boxed\s*{_BRACED}")
_FRAC = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_LABEL = re.compile(
    r"^[ \t*_#>]*(?:(?:the[ \t]+)?(?:final[ \t]+|correct[ \t]+|short[ \t]+)?(?:answer|result|choice)\b"
    r"|(?:最终|最后|正确)?(?:答案|结果))"
    r"[*_]{0,3}[ \t]{0,8}(?:is\b|:|=|：|是|为)[*_: \t：]*([^\n]+)",
    re.IGNORECASE | re.MULTILINE,
)
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_BEFORE, _AFTER = rf"(?<![^\W{_CJK}])(?<!\.)", rf"(?![^\W{_CJK}])"
_NUMBER = re.compile(
    rf"{_BEFORE}[-+]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?(?:\s*/\s*\d+)?(?:[eE][-+]?\d{{1,3}})?\s*%?{_AFTER}"
)
_LONE_LETTER = re.compile(r"(?:option\s+|choice\s+|answer\s+)?\(?([A-H])\)?[.:)]?", re.IGNORECASE)
_LETTER_WITH_TEXT = re.compile(r"(?:option\s+|choice\s+)?(?:\(([A-H])\)|([A-H])[):])\s*\S")
_LETTER_AND_DOT = re.compile(r"(?:option\s+|choice\s+)?([A-H])\.\s+(?=\S)")
_MARKUP = re.compile(
    r"^[ \t]*#{1,6}[ \t]+|[*`$]|\\[()\[\],;! ]|\\text\b|\\mathrm\b|\\left\b|\\right\b", re.MULTILINE
)
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
# Signs that change what an answer says are words of it; punctuation, quotes, brackets and money are not.
_TOKEN = re.compile(_WORD.pattern + r"|[^\w\s.,;:!?'\"“”‘’()\[\]{}=≈~°£€–—\-\\]|(?<!\w)-|-(?!\w)")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3002: ".",
    0x3001: ",",
    0x2212: "-",
}
_ARTICLES = frozenset(("the", "a", "an"))
_FILLER = _ARTICLES.union(
    ("answer", "result", "is", "equals", "about", "exactly", "approximately", "so", "therefore", "thus"),
    ("x", "y", "n", "it", "total", "of"),
)
_YES = {
    "yes": "yes", "true": "yes", "correct": "yes", "no": "no", "false": "no", "incorrect": "no",
    "是": "yes", "对": "yes", "否": "no",
}  # fmt: skip


def final_answer(text: str) -> str:
    """Return the part of a free answer that states its result: boxed, labelled, else the whole text."""
    if boxed := _BOXED.findall(text):
        return str(boxed[-1]).strip()
    if labelled := _LABEL.findall(text):
        return str(labelled[-1]).strip()
    return text.strip()


def canonical(text: str) -> str | None:
    """Return one form for answers that say the same, or None for an open text.

    `num:3/4` (with its unit, if any: `num:5 km`), `choice:B`, `yes`, or `text:` with the words in lower case.
    """
    stated = final_answer(text)
    plain = "" if len(stated) > 2 * _LONGEST else _plain(stated)
    if not plain or len(plain) > _LONGEST:
        return None
    return _choice(plain) or _number(plain) or _yes_or_no(plain) or _text(plain)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case; a Chinese or Japanese character is a word of its own."""
    return [word.lower() for word in _WORD.findall(text)]


def _plain(text: str) -> str:
    text = _MARKUP.sub("", text.translate(_FULL_WIDTH))
    text = _FRAC.sub(r"\1/\2", text).strip().strip(".!,;: \"'“”‘’").strip()
    text = re.sub(r"^[-•][ \t]+(?!\d)", "", text)
    return re.sub(r"(^|[=:(]\s*)-\s+(?=\d)", r"\1-", text)


def _choice(plain: str) -> str | None:
    if match := _LONE_LETTER.fullmatch(plain) or _LETTER_WITH_TEXT.match(plain):
        return f"choice:{(match[1] or match[match.lastindex or 1]).upper()}"
    if match := _LETTER_AND_DOT.match(plain):  # Or an initial: E. coli is not E. faecalis.
        return " ".join([f"choice:{match[1]}", *_tokens(plain[match.end() :])])
    return None


def _number(plain: str) -> str | None:
    numbers = _NUMBER.findall(plain)
    if len(plain) > SHORT or len({_value(number) for number in numbers}) != 1:
        return None
    unit = [token for token in _tokens(_NUMBER.sub(" ", plain)) if token not in _FILLER]
    return " ".join([f"num:{_value(numbers[0])}", *unit])


def _value(number: str) -> Fraction | str:
    plain = "".join(number.replace(",", "").split())
    percent = plain.endswith("%")
    try:
        value = Fraction(plain.rstrip("%"))
    except (ValueError, ZeroDivisionError):
        return plain
    return value / 100 if percent else value


def _yes_or_no(plain: str) -> str | None:
    first = _WORD.match(plain)
    if first is None or first[0].lower() not in _YES:
        return None
    rest = plain[first.end() :]
    return _YES[first[0].lower()] if not rest or rest[0] in ",.;:—-" else None


def _text(plain: str) -> str | None:
    tokens = [token for token in _tokens(plain) if token not in _ARTICLES]
    if len(plain) > SHORT or not any(_WORD.fullmatch(token) for token in tokens):
        return None
    return "text:" + " ".join(tokens)


def _tokens(text: str) -> list[str]:
    return [token.lower() for token in _TOKEN.findall(text)]
