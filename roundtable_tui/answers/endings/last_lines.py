"""The last lines of a reply in which its answer is looked for, without what stands after it."""

from __future__ import annotations

import re

from roundtable_tui.answers.endings import patterns
from roundtable_tui.answers.endings.afterword import find_afterword, is_closing_line, strip_closing
from roundtable_tui.answers.endings.markup import strip_markup
from roundtable_tui.answers.languages.phrases import phrase

_ADDED = phrase(r"(?<= \w | [)%°'\"*$`] ) , \s+ {added} (?P<end> [*_]{0,3} ) [.!]? \s* $")
"""`..., if I'm not mistaken`, at the end of a reply."""
_CONTRAST = phrase(
    r"""
    (?<= [.!?*)$] ) \s+ \( \s* {contrast} \s+
    (?! (?: quite | exactly | really | true | right | correct | so | sure | certain | ganz ) \b )
    [^()]{2,200} \) \s* $
    """
)
"""`(Not 10 cents, as many say at first.)`"""
_FOOTNOTE = re.compile(r"(?:[¹²³⁴†‡]|\[\^?\d\]:?|\\?\*(?=\s))\s*[^\W\d_]")
_FOOTNOTE_SIGN = re.compile(r"(?<=[.!)*])[¹²³⁴†‡]|\[\^?\d\]$")


def last_lines(tail: str) -> list[str]:
    """Return the lines that are not empty, without rules, fences and closing courtesies."""
    lines = [line.strip() for line in tail.splitlines() if line.strip() and not patterns.RULE.fullmatch(line)]
    if "&=" in tail or "& =" in tail:  # A column of equations.
        lines = [line.replace("&", "").removesuffix("\\\\").strip() for line in lines]
    lines = _drop_footnotes(lines)
    lines = lines[: find_afterword(lines)]
    while len(lines) > 1 and (is_closing_line(lines[-1]) or is_closing_line(strip_closing(lines[-1]))):
        lines.pop()
    return [*lines[:-1], _ADDED.sub(r"\g<end>", _drop_contrast(strip_closing(lines[-1])))] if lines else lines


def _drop_contrast(line: str) -> str:
    """Return a line without a last sentence in parentheses that says what the answer is not."""
    match = _CONTRAST.search(line)
    return line[: match.start()] if match and not patterns.takes_back(match[0]) else line


def _drop_footnotes(lines: list[str]) -> list[str]:
    """Return lines without footnotes at their end, and without the signs that refer to them."""
    end = len(lines)
    while end > 1 and _FOOTNOTE.match(lines[end - 1]):
        end -= 1
    return lines if end == len(lines) else [_FOOTNOTE_SIGN.sub("", line) for line in lines[:end]]


def drop_continuation(reply: str) -> str:
    """Return a reply without the questions that a model asks itself after its labelled answer."""
    if match := patterns.LONG_ANSWER.search(reply):
        return reply[: match.start()]
    match = patterns.CONTINUED.search(reply, 1)
    if match is None:
        return reply
    lines = reply[: match.start()].strip().splitlines()
    return reply[: match.start()] if lines and patterns.LABEL.match(strip_markup(lines[-1])) else reply


def is_table(lines: list[str]) -> bool:
    """Return True if a reply ends with a table that sets nothing in bold type."""
    rows = lines[-2:]
    is_table = len(lines) > 2 and all(line.startswith("|") for line in rows)
    return is_table and "**" not in rows[-1] and not patterns.LABEL.match(strip_markup(rows[-1]))


def is_titled_list(lines: list[str]) -> bool:
    """Return True if the last lines give several values under titles, of which none is the answer."""
    titles = [patterns.TITLE.fullmatch(line) for line in lines[-2:]]
    return len(lines) > 1 and all(
        title
        and not patterns.NO_TITLE.match(title["label"])
        and not patterns.LABEL.match(title["label"] + ": x")
        for title in titles
    )
