"""Text from outside inside a Markdown file: it keeps its look and cannot break the structure."""

from __future__ import annotations

import re

from roundtable_tui.utils.text import sanitize, single_line

_HEADING_OR_RULE = re.compile(r" {0,3}(#{1,6}|=+[ ]*$|(?:-[ ]*)+$|(?:\*[ ]*){3,}$|(?:_[ ]*){3,}$)")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_INLINE = re.compile(r"([\\`*_\[\]<>#|])")


def escape_block(text: str) -> str:
    """Return text for a section: without headings, rules or tags, and with every code block closed.

    Outside of code these are escaped; in code a line that looks like one is moved by a blank, so that
    neither a Markdown reader nor one that looks at the starts of lines takes it for ours.
    """
    lines: list[str] = []
    fence = ""
    for line in sanitize(text).strip("\n").split("\n"):
        if fence:
            if re.fullmatch(rf" {{0,3}}{fence[0]}{{{len(fence)},}}[ ]*", line):
                fence = ""
            elif _HEADING_OR_RULE.match(line):
                line = f" {line}"
        elif opening := _FENCE.match(line):
            fence = opening[1]
        else:
            line = _TAG.sub(r"\\<", line)
            if found := _HEADING_OR_RULE.match(line):
                line = f"{line[: found.start(1)]}\\{line[found.start(1) :]}"
        lines.append(line)
    return "\n".join([*lines, fence] if fence else lines).rstrip()


def escape_inline(text: str, limit: int = 300) -> str:
    """Return text on one line, cut to `limit` characters, with nothing in it that marks anything up."""
    return _INLINE.sub(r"\\\1", single_line(text, limit))


def format_code(text: str, limit: int = 120) -> str:
    """Return text on one line in code style."""
    return f"`{single_line(text, limit).replace('`', chr(39)) or ' '}`"
