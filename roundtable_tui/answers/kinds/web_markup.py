"""Removes the markup of web pages from an answer: links, tags, entities and the marks of footnotes."""

from __future__ import annotations

import html
import re

from roundtable_tui.utils.lazy_pattern import lazy_compile

_MAX_NESTED = 4
_LINK = lazy_compile(
    r"(?<!!)\[(?P<text>[^\[\]]{1,200})\]"
    r"\(<?(?:https?://|www\.|mailto:|\.{0,2}/|#)[^\s()]*(?:\([^\s()]*\)[^\s()]*)*(?:\s+[\"'][^\"']*[\"'])?\)"
)
_RAISED = lazy_compile(r"<(?P<tag>su[bp])>(?P<text>[^<>]{1,40})</(?P=tag)>(?P<next>\w?)", re.IGNORECASE)
_TAGGED = lazy_compile(
    r"<(?P<tag>b|i|u|em|strong|mark|span|code|p|div|font|small|big|tt|kbd|var|samp|center|q|h[1-6]|a|li|ul|ol)"
    r"(?:\s[^<>]{0,200})?>(?P<text>(?:(?!</?(?P=tag)\b).)*)</(?P=tag)>",
    re.IGNORECASE | re.DOTALL,
)
"""Tags that emphasize or lay out; `<s>` and `<del>` take back what they enclose, and stay."""
_BREAK = lazy_compile(r"<br\s*/?>", re.IGNORECASE)
_ENTITY = lazy_compile(r"&(?:[A-Za-z]{2,8}\d{0,2}|#\d{1,6}|#x[0-9A-Fa-f]{1,5});")
_NOTE_MARK = lazy_compile(
    r"(?<=[^\W_])(?:\[\^\w{1,8}\])+$|(?<=[^\W\d_]{3})[¹†‡]$"
    r"|(?<![^\W\d_])(?P<word>[^\W\d_]{3,})\s(?:\[\d{1,2}\]\s?)+$"
)
"""The mark of a footnote at the end: `Quito[^1]`, `Quito¹`, `Quito [1]`."""
_ORDINAL_ENDINGS = ("st", "nd", "rd", "th")
_NUMBERED = frozenset(
    """reference references ref source sources note footnote citation table figure fig equation item option
    statement array list index element entry line row column step paper article version""".split()  # noqa: SIM905
)
"""Words of which a number in brackets is a part."""


def strip_web_markup(text: str) -> str:
    """Return a text without links, HTML and the mark of a footnote at its end."""
    if "](" in text:
        text = _LINK.sub(r"\g<text>", text)
    if "</" in text or "<br" in text:
        text = _BREAK.sub(" ", _RAISED.sub(_spell_raised, text))
        for _ in range(_MAX_NESTED):
            text, count = _TAGGED.subn(r"\g<text>", text)
            if not count:
                break
    if "&" in text and not _ENTITY.fullmatch(text):
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    return _NOTE_MARK.sub(_drop_mark, text)


def _spell_raised(match: re.Match[str]) -> str:
    """Return `^(2)` or `_2` for a raised or lowered part; an ordinal's ending stands as it is."""
    text, after = match["text"].strip(), match["next"]
    if match["tag"].lower() == "sub":
        return f"_{text}" + (
            f" {after}" if after and match.string[: match.start()].endswith("log") else after
        )
    if text.lower() in _ORDINAL_ENDINGS:
        return text + after
    if re.fullmatch(r"\[\w{1,3}\]|[*†‡]", text):
        return after
    return f"^({text}){after}"


def _drop_mark(match: re.Match[str]) -> str:
    word = match["word"] or ""
    return match[0] if word.lower() in _NUMBERED else word
