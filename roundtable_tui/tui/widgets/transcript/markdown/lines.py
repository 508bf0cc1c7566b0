"""Markdown by line: what a line is, given the state before it, and how it is dressed for the screen."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from roundtable_tui.tui.widgets.transcript.cells import width_of
from roundtable_tui.tui.widgets.transcript.markdown.code import colour, family_of
from roundtable_tui.tui.widgets.transcript.markdown.inline import Inline, Link, Span, lex_inline
from roundtable_tui.tui.widgets.transcript.styles import Piece, Role


class Kind:
    """What a line is; small, because one byte of it is kept for every line."""

    BLANK = 0
    PROSE = 1
    """A paragraph, a heading, an item, a quote, a rule: its own text tells which."""
    REST = 2
    """The further part of a line that was too long to be kept in one piece."""
    FENCE = 3
    CODE = 4
    CLOSE = 5


@dataclass(frozen=True, slots=True)
class Fence:
    """An open code fence: its sign, how many of them, how far it is indented, its language."""

    char: str
    count: int
    indent: int
    language: str = ""


@dataclass(frozen=True, slots=True)
class Dressed:
    """A line as it will be shown: `lead` stands before its first row, `hang` before the others."""

    text: str = ""
    spans: tuple[Span, ...] = ()
    links: tuple[Link, ...] = ()
    lead: tuple[Piece, ...] = ()
    hang: tuple[Piece, ...] = ()
    lead_width: int = 0
    role: int = Role.TEXT
    fill: int = Role.TEXT
    stretch: str = ""
    """A character that fills the row from edge to edge (rules)."""
    copied: str | None = None
    """What stands before the text in a copy, if not `lead`."""


_FENCE = re.compile(r"^(\s{0,16}(?:[-*+]\s+|\d{1,3}[.)]\s+)?)(`{3,}|~{3,})\s*([^`\s]*)[^`]*$")
_RULE = re.compile(r"^ {0,3}(?:([-*_])(?:\s*\1){2,}|={3,})\s*$")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$")
_ITEM = re.compile(r"^(\s*)([-*+•]|\d{1,9}[.)])\s+(.*)$")
_TASK = re.compile(r"^\[([ xX])\]\s+")
_QUOTE = re.compile(r"^ {0,3}(>(?:\s{0,3}>)*) ?(.*)$")
_UNDECIDED = re.compile(
    r"^\s*(?:#{1,6}|[-*+•>]|[-*_]{2,}|`{1,2}|~{1,2}|={1,2}|\d{1,3}[.)]?|\|[|\s:-]*"
    r"|[-*+]\s+\[(?:[ xX]\]?)?)\s*$"
)
_BULLETS = "•◦▪"
_HEADINGS = (Role.HEADING_1, Role.HEADING_2, Role.HEADING_3)
_DEEPEST = 24
_BARS = 4
BLANK = Dressed()


def kind_of(text: str, fence: Fence | None) -> tuple[int, Fence | None]:
    """Return what a closed line is, and the fence that is open after it."""
    if fence is not None:
        stripped = text.strip()
        if len(stripped) >= fence.count and not stripped.strip(fence.char):
            return Kind.CLOSE, None
        return Kind.CODE, fence
    if not text or text.isspace():
        return Kind.BLANK, None
    if ("```" in text or "~~~" in text) and (match := _FENCE.match(text)):
        return Kind.FENCE, Fence(match[2][0], len(match[2]), len(match[1]), match[3].lower())
    return Kind.PROSE, None


def extra_of(fence: Fence | None) -> int:
    """Return what a line of code must know of its fence, in one byte: family of its language, indent."""
    return family_of(fence.language) << 5 | min(fence.indent, _DEEPEST) if fence else 0


def dress(kind: int, text: str, *, extra: int = 0, growing: bool = False) -> Dressed:
    """Return a line as it is shown. `extra` is what code must know of the fence around it."""
    if kind == Kind.PROSE:
        return _prose(text, growing)
    if kind in (Kind.CODE, Kind.FENCE, Kind.CLOSE):
        return _code(kind, text, extra)
    if kind == Kind.REST:
        shown = lex_inline(text.rstrip(), growing=growing)
        return Dressed(shown.text, shown.spans, shown.links)
    return BLANK


def squeezed(dressed: Dressed, limit: int) -> Dressed:
    """Return a line whose lead takes `limit` cells at most: indents go first, then signs from the right."""
    if dressed.lead_width <= limit:
        return dressed
    lead, hang = (_squeeze(pieces, limit) for pieces in (dressed.lead, dressed.hang))
    return replace(dressed, lead=lead, hang=hang, lead_width=limit)


def _squeeze(pieces: tuple[Piece, ...], limit: int) -> tuple[Piece, ...]:
    excess = sum(width_of(text) for text, _ in pieces) - limit
    out: list[Piece] = []
    for text, look in pieces:
        indent = min(excess, len(text) - len(text.lstrip()))
        excess -= indent
        out.append((text[indent:], look))
    for index in range(len(out) - 1, -1, -1):
        text, look = out[index]
        while excess > 0 and text:
            excess -= width_of(text[-1])
            text = text[:-1]
        out[index] = (text + " " * -min(0, excess), look)
        excess = max(0, excess)
    return tuple(piece for piece in out if piece[0])


def _gap(width: int) -> tuple[Piece, ...]:
    """Return the lead that indents by `width` cells."""
    return ((" " * min(width, _DEEPEST), Role.TEXT),) if width else ()


def _code(kind: int, text: str, extra: int) -> Dressed:
    """Dress a line of code, or a fence: the opening one shows the language, the closing one nothing."""
    indent = extra & 31
    gap = _gap(indent)
    lead = (*gap, (" ", Role.CODE))
    if kind == Kind.FENCE:
        match = _FENCE.match(text)
        label = match[3] if match else ""
        return Dressed(label, (), (), lead, lead, indent + 1, Role.LABEL, Role.CODE, copied="```")
    if kind == Kind.CLOSE:
        return Dressed("", (), (), lead, lead, indent + 1, Role.CODE, Role.CODE, copied="```")
    body = text.strip()
    inner = max(0, len(text.rstrip()) - len(body) - indent)
    shown = min(inner, _DEEPEST)
    lead = (*gap, (" " + " " * shown, Role.CODE))
    hang = (*gap, ("↳", Role.LABEL), (" " * shown, Role.CODE)) if shown else (*gap, ("↳", Role.LABEL))
    spans = colour(body, extra >> 5)
    width = indent + 1 + shown
    return Dressed(body, spans, (), lead, hang, width, Role.CODE, Role.CODE, copied=" " * inner)


def _prose(text: str, growing: bool) -> Dressed:
    """Dress a line outside of fences."""
    text = text.rstrip()
    first = text.lstrip()[:1]
    if growing and len(text) < 200 and _UNDECIDED.match(text):
        return BLANK
    if first in "#-*_=+•>0123456789":
        if first in "-*_=" and _RULE.match(text):
            return Dressed(role=Role.RULE, fill=Role.RULE, stretch="─")
        if first == "#" and (match := _HEADING.match(text)):
            shown = lex_inline(match[2], growing=growing)
            return Dressed(shown.text, shown.spans, shown.links, role=_HEADINGS[min(len(match[1]), 3) - 1])
        if first == ">" and (match := _QUOTE.match(text)):
            return _quote(match[1].count(">"), match[2], growing)
        if match := _ITEM.match(text):
            return _item(len(match[1]), match[2], match[3], growing)
    indent = len(text) - len(text.lstrip())
    shown = lex_inline(text[indent:], growing=growing)
    lead = _gap(indent)
    return Dressed(shown.text, shown.spans, shown.links, lead, lead, min(indent, _DEEPEST))


def _item(indent: int, mark: str, body: str, growing: bool) -> Dressed:
    """Dress an item: its bullet or number hangs before its rows."""
    if mark in "-*+•":
        mark = _BULLETS[min(indent // 2, len(_BULLETS) - 1)]
        if task := _TASK.match(body):
            mark, body = ("✓" if task[1] in "xX" else "□"), body[task.end() :]
    indent = min(indent, _DEEPEST)
    lead = " " * indent + mark + " "
    width = width_of(lead)
    shown = lex_inline(body, growing=growing)
    return Dressed(
        shown.text, shown.spans, shown.links, ((lead, Role.BULLET),), ((" " * width, Role.TEXT),), width
    )


def _quote(depth: int, body: str, growing: bool) -> Dressed:
    """Dress a quoted line: one bar for each depth, a few at most; an item inside keeps its bullet."""
    bars: tuple[Piece, ...] = (("▎ " * min(depth, _BARS), Role.BAR),)
    width = 2 * min(depth, _BARS)
    if match := _ITEM.match(body):
        inner = _item(len(match[1]), match[2], match[3], growing)
        return Dressed(
            inner.text,
            inner.spans,
            inner.links,
            bars + inner.lead,
            bars + inner.hang,
            width + inner.lead_width,
            Role.QUOTE,
            copied="> " * depth + inner.lead[0][0],
        )
    shown: Inline = lex_inline(body, growing=growing)
    return Dressed(shown.text, shown.spans, shown.links, bars, bars, width, Role.QUOTE, copied="> " * depth)
