"""Escapes untrusted text for Markdown files, so that it looks the same and cannot change their structure."""

from __future__ import annotations

import re

from roundtable_tui.utils.lazy_pattern import lazy_compile
from roundtable_tui.utils.text import sanitize, single_line

_RULE = r"=+[ ]*$|(?:-[ ]*)+$|(?:\*[ ]*){3,}$|(?:_[ ]*){3,}$"
_HEADING = lazy_compile(r" {0,3}(#{1,6})(?=\s|$)")
_HEADING_OR_RULE = lazy_compile(rf" {{0,3}}(#{{1,6}}(?:\s|$)|{_RULE})")
_HEADING_OR_RULE_BY_LINE = lazy_compile(rf" {{0,3}}(#|{_RULE})")
_UNDERLINE = lazy_compile(r" {0,3}(=+|-+) *$")
_TITLE = lazy_compile(r" {0,3}(?![#>|=\s]|[-*+](?:\s|$)|[-*_]{3}|\d{1,9}[.)](?:\s|$)|`{3}|~{3})")
"""The beginning of a line that an underline makes a heading."""
_MAX_TITLE_CHARS = 200
_FENCE = lazy_compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_ESCAPE, _TAG = r"\\.", r"<(?=[A-Za-z/!?])"
_ESCAPE_OR_TAG = lazy_compile(rf"{_ESCAPE}|{_TAG}")
# Code spans are limited in length: the search for the end of one that is not closed must not be slow.
_ESCAPE_CODE_OR_TAG = lazy_compile(rf"{_ESCAPE}|(?<!`)(`+)(?!`).{{0,500}}?(?<!`)\1(?!`)|{_TAG}")
_INLINE = lazy_compile(r"([\\`*_\[\]<>#|])")


def escape_block(text: str, *, by_line: bool = False, heading: int = 0) -> str:
    """Escape text for use as a section: no headings, rules or HTML tags, and every code block closed.

    Args:
        text: Markdown; control characters are removed.
        by_line: for files whose headings are also searched line by line: escape every line that starts
            with `#`, and indent such lines and rules in code blocks by one space.
        heading: the level of the section's own heading: those in the text stay headings, below it. With 0
            they are escaped.
    """
    heading_or_rule = _HEADING_OR_RULE_BY_LINE if by_line else _HEADING_OR_RULE
    lines: list[str] = []
    fence = ""
    in_code_span = False
    for line in sanitize(text).strip("\n").split("\n"):
        if fence:
            if re.fullmatch(rf" {{0,3}}{fence[0]}{{{len(fence)},}}[ \t]*", line):
                fence = ""
            elif by_line and heading_or_rule.match(line):
                line = f" {line}"
        elif opening := _FENCE.match(line):
            fence, in_code_span = opening[1], False
        else:
            # A code span may continue on the next line of its paragraph: from there on every tag is escaped.
            in_code_span = in_code_span and bool(line.strip())
            in_code_span = in_code_span or "`" in _ESCAPE_CODE_OR_TAG.sub("", line)
            line = _escape_tags(line, keep_code=not in_code_span)
            if heading and (found := _HEADING.match(line)):
                line = "#" * min(6, heading + len(found[1])) + line[found.end(1) :]
            elif heading and (found := _UNDERLINE.match(line)) and _ends_with_title(lines):
                lines[-1] = f"{'#' * min(6, heading + 1 + (found[1][0] == '-'))} {lines[-1].strip()}"
                continue
            elif found := heading_or_rule.match(line):
                line = f"{line[: found.start(1)]}\\{line[found.start(1) :]}"
        lines.append(line)
    return "\n".join([*lines, fence] if fence else lines).rstrip()


def _ends_with_title(lines: list[str]) -> bool:
    """True if the last line is a paragraph of its own, which an underline makes a heading."""
    if not lines or not lines[-1].strip() or (len(lines) > 1 and lines[-2].strip()):
        return False
    return len(lines[-1]) <= _MAX_TITLE_CHARS and _TITLE.match(lines[-1]) is not None


def _escape_tags(line: str, *, keep_code: bool) -> str:
    """Escape `<` before a tag name, unless it is escaped already or, with `keep_code`, in a code span."""
    pattern = _ESCAPE_CODE_OR_TAG if keep_code else _ESCAPE_OR_TAG
    return pattern.sub(lambda match: r"\<" if match[0] == "<" else match[0], line)


def escape_inline(text: str, limit: int = 300) -> str:
    """Return text on one line, cut to `limit` characters, with all Markdown characters escaped."""
    return _INLINE.sub(r"\\\1", single_line(text, limit))


def format_code(text: str, limit: int = 120) -> str:
    """Return text on one line in code style."""
    return f"`{single_line(text, limit).replace('`', chr(39)) or ' '}`"
