"""Normalizes short answers, so that equal ones compare equal: `0.5`, `1/2`, `50 %`, `\\frac{1}{2}`.

In doubt answers stay different: `x > 5` is not `x < 5`, `March 3` is not `April 3`.
"""

from __future__ import annotations

import re
from fractions import Fraction

MAX_SHORT_CHARS = 60
"""The maximum length of a short answer."""

_MAX_CHARS = 4 * MAX_SHORT_CHARS
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
# Symbols that change the meaning are tokens; punctuation, quotes, brackets and currency signs are not.
_TOKEN = re.compile(_WORD.pattern + r"|[^\w\s.,;:!?'\"“”‘’()\[\]{}=≈~°£€–—\-\\]|(?<!\w)-|-(?!\w)")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3002: ".",
    0x3001: ",",
    0x2212: "-",
}
_ARTICLES = frozenset(("the", "a", "an"))
_FILLER_WORDS = _ARTICLES.union(
    ("answer", "result", "is", "equals", "about", "exactly", "approximately", "so", "therefore", "thus"),
    ("x", "y", "n", "it", "total", "of"),
)
_YES = {
    "yes": "yes", "true": "yes", "correct": "yes", "no": "no", "false": "no", "incorrect": "no",
    "是": "yes", "对": "yes", "否": "no",
}  # fmt: skip


def extract_final_answer(text: str) -> str:
    """Return the part of a reply that states its result: boxed, labelled, else the whole text."""
    if boxed := _BOXED.findall(text):
        return str(boxed[-1]).strip()
    if labelled := _LABEL.findall(text):
        return str(labelled[-1]).strip()
    return text.strip()


def normalize_answer(text: str) -> str | None:
    """Return a normal form that equal answers share; None for a long text.

    The forms: `num:3/4` (`num:5 km` with a unit), `choice:B`, `yes`, `no`, `text:` and words in lower case.
    """
    stated = extract_final_answer(text)
    plain = "" if len(stated) > 2 * _MAX_CHARS else _strip_markup(stated)
    if not plain or len(plain) > _MAX_CHARS:
        return None
    return _parse_choice(plain) or _parse_number(plain) or _parse_yes_or_no(plain) or _parse_short_text(plain)


def split_words(text: str) -> list[str]:
    """Return the words of a text in lower case; each Chinese or Japanese character is a word."""
    return [word.lower() for word in _WORD.findall(text)]


def _strip_markup(text: str) -> str:
    text = _MARKUP.sub("", text.translate(_FULL_WIDTH))
    text = _FRAC.sub(r"\1/\2", text).strip().strip(".!,;: \"'“”‘’").strip()
    text = re.sub(r"^[-•][ \t]+(?!\d)", "", text)
    return re.sub(r"(^|[=:(]\s*)-\s+(?=\d)", r"\1-", text)


def _parse_choice(plain: str) -> str | None:
    if match := _LONE_LETTER.fullmatch(plain) or _LETTER_WITH_TEXT.match(plain):
        return f"choice:{(match[1] or match[match.lastindex or 1]).upper()}"
    if match := _LETTER_AND_DOT.match(
        plain
    ):  # May be an initial: keep the words, E. coli is not E. faecalis.
        return " ".join([f"choice:{match[1]}", *_tokenize(plain[match.end() :])])
    return None


def _parse_number(plain: str) -> str | None:
    numbers = _NUMBER.findall(plain)
    if len(plain) > MAX_SHORT_CHARS or len({_parse_value(number) for number in numbers}) != 1:
        return None
    unit = [token for token in _tokenize(_NUMBER.sub(" ", plain)) if token not in _FILLER_WORDS]
    return " ".join([f"num:{_parse_value(numbers[0])}", *unit])


def _parse_value(number: str) -> Fraction | str:
    plain = "".join(number.replace(",", "").split())
    percent = plain.endswith("%")
    try:
        value = Fraction(plain.rstrip("%"))
    except (ValueError, ZeroDivisionError):
        return plain
    return value / 100 if percent else value


def _parse_yes_or_no(plain: str) -> str | None:
    first = _WORD.match(plain)
    if first is None or first[0].lower() not in _YES:
        return None
    rest = plain[first.end() :]
    return _YES[first[0].lower()] if not rest or rest[0] in ",.;:—-" else None


def _parse_short_text(plain: str) -> str | None:
    tokens = [token for token in _tokenize(plain) if token not in _ARTICLES]
    if len(plain) > MAX_SHORT_CHARS or not any(_WORD.fullmatch(token) for token in tokens):
        return None
    return "text:" + " ".join(tokens)


def _tokenize(text: str) -> list[str]:
    return [token.lower() for token in _TOKEN.findall(text)]
