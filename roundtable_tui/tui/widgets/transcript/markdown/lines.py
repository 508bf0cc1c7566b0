"""Markdown by line: classifies a line, given the fence before it, and renders it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.transcript.markdown.code import get_family, highlight_line
from roundtable_tui.tui.widgets.transcript.markdown.inline import Inline, Link, Span, lex_inline
from roundtable_tui.tui.widgets.transcript.styles import Piece, Role


class LineKind:
    """The kind of a line, stored in one byte for each line."""

    BLANK = 0
    PROSE = 1
    """A paragraph, heading, item, quote or rule; `render_line` finds out which."""
    REST = 2
    """A further piece of a very long line."""
    FENCE = 3
    CODE = 4
    CLOSE = 5


@dataclass(frozen=True, slots=True)
class Fence:
    """An open code fence: `count` times `char`, indented by `indent` cells."""

    char: str
    count: int
    indent: int
    language: str = ""


@dataclass(frozen=True, slots=True)
class RenderedLine:
    """A line ready to be wrapped; `lead` is shown before its first row, `hang` before the others."""

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
    copy_text: str | None = None
    """The text before the line in a copy; None: that of `lead`."""


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
_MAX_INDENT_CELLS = 24
_MAX_QUOTE_BARS = 4
BLANK = RenderedLine()


def classify_line(text: str, fence: Fence | None) -> tuple[int, Fence | None]:
    """Return the `LineKind` of a complete line, and the fence that is open after it."""
    if fence is not None:
        stripped = text.strip()
        if len(stripped) >= fence.count and not stripped.strip(fence.char):
            return LineKind.CLOSE, None
        return LineKind.CODE, fence
    if not text or text.isspace():
        return LineKind.BLANK, None
    if ("```" in text or "~~~" in text) and (match := _FENCE.match(text)):
        return LineKind.FENCE, Fence(match[2][0], len(match[2]), len(match[1]), match[3].lower())
    return LineKind.PROSE, None


def pack_fence(fence: Fence | None) -> int:
    """Pack the language family and the indent of a fence into one byte, for its lines of code."""
    return get_family(fence.language) << 5 | min(fence.indent, _MAX_INDENT_CELLS) if fence else 0


def render_line(kind: int, text: str, *, extra: int = 0, growing: bool = False) -> RenderedLine:
    """Render a line. `extra` is the packed fence around it; `growing` lines are not complete yet."""
    if kind == LineKind.PROSE:
        return _render_prose(text, growing)
    if kind in (LineKind.CODE, LineKind.FENCE, LineKind.CLOSE):
        return _render_code(kind, text, extra)
    if kind == LineKind.REST:
        shown = lex_inline(text.rstrip(), growing=growing)
        return RenderedLine(shown.text, shown.spans, shown.links)
    return BLANK


def fit_prefix(line: RenderedLine, limit: int) -> RenderedLine:
    """Limit the lead of a line to `limit` cells: cut its indent first, then characters from the right."""
    if line.lead_width <= limit:
        return line
    lead, hang = (_fit_pieces(pieces, limit) for pieces in (line.lead, line.hang))
    return replace(line, lead=lead, hang=hang, lead_width=limit)


def _fit_pieces(pieces: tuple[Piece, ...], limit: int) -> tuple[Piece, ...]:
    excess = sum(measure_cells(text) for text, _ in pieces) - limit
    out: list[Piece] = []
    for text, look in pieces:
        indent = min(excess, len(text) - len(text.lstrip()))
        excess -= indent
        out.append((text[indent:], look))
    for index in range(len(out) - 1, -1, -1):
        text, look = out[index]
        while excess > 0 and text:
            excess -= measure_cells(text[-1])
            text = text[:-1]
        out[index] = (text + " " * -min(0, excess), look)
        excess = max(0, excess)
    return tuple(piece for piece in out if piece[0])


def _make_indent(width: int) -> tuple[Piece, ...]:
    """Return a lead of `width` spaces."""
    return ((" " * min(width, _MAX_INDENT_CELLS), Role.TEXT),) if width else ()


def _render_code(kind: int, text: str, extra: int) -> RenderedLine:
    """Render a line of code, or a fence: the opening one shows its language, the closing one is blank."""
    indent = extra & 31
    gap = _make_indent(indent)
    lead = (*gap, (" ", Role.CODE))
    if kind == LineKind.FENCE:
        match = _FENCE.match(text)
        label = match[3] if match else ""
        return RenderedLine(label, (), (), lead, lead, indent + 1, Role.LABEL, Role.CODE, copy_text="```")
    if kind == LineKind.CLOSE:
        return RenderedLine("", (), (), lead, lead, indent + 1, Role.CODE, Role.CODE, copy_text="```")
    body = text.strip()
    inner = max(0, len(text.rstrip()) - len(body) - indent)
    shown = min(inner, _MAX_INDENT_CELLS)
    lead = (*gap, (" " + " " * shown, Role.CODE))
    hang = (*gap, ("↳", Role.LABEL), (" " * shown, Role.CODE)) if shown else (*gap, ("↳", Role.LABEL))
    spans = highlight_line(body, extra >> 5)
    width = indent + 1 + shown
    return RenderedLine(body, spans, (), lead, hang, width, Role.CODE, Role.CODE, copy_text=" " * inner)


def _render_prose(text: str, growing: bool) -> RenderedLine:
    """Render a line outside of fences."""
    text = text.rstrip()
    first = text.lstrip()[:1]
    if growing and len(text) < 200 and _UNDECIDED.match(text):
        return BLANK
    if first in "#-*_=+•>0123456789":
        if first in "-*_=" and _RULE.match(text):
            return RenderedLine(role=Role.RULE, fill=Role.RULE, stretch="─")
        if first == "#" and (match := _HEADING.match(text)):
            shown = lex_inline(match[2], growing=growing)
            return RenderedLine(
                shown.text, shown.spans, shown.links, role=_HEADINGS[min(len(match[1]), 3) - 1]
            )
        if first == ">" and (match := _QUOTE.match(text)):
            return _render_quote(match[1].count(">"), match[2], growing)
        if match := _ITEM.match(text):
            return _render_item(len(match[1]), match[2], match[3], growing)
    indent = len(text) - len(text.lstrip())
    shown = lex_inline(text[indent:], growing=growing)
    lead = _make_indent(indent)
    return RenderedLine(shown.text, shown.spans, shown.links, lead, lead, min(indent, _MAX_INDENT_CELLS))


def _render_item(indent: int, mark: str, body: str, growing: bool) -> RenderedLine:
    """Render an item with a hanging bullet or number."""
    if mark in "-*+•":
        mark = _BULLETS[min(indent // 2, len(_BULLETS) - 1)]
        if task := _TASK.match(body):
            mark, body = ("✓" if task[1] in "xX" else "□"), body[task.end() :]
    indent = min(indent, _MAX_INDENT_CELLS)
    lead = " " * indent + mark + " "
    width = measure_cells(lead)
    shown = lex_inline(body, growing=growing)
    return RenderedLine(
        shown.text, shown.spans, shown.links, ((lead, Role.BULLET),), ((" " * width, Role.TEXT),), width
    )


def _render_quote(depth: int, body: str, growing: bool) -> RenderedLine:
    """Render a quoted line with a bar for each level; an item inside keeps its bullet."""
    bars: tuple[Piece, ...] = (("▎ " * min(depth, _MAX_QUOTE_BARS), Role.BAR),)
    width = 2 * min(depth, _MAX_QUOTE_BARS)
    if match := _ITEM.match(body):
        inner = _render_item(len(match[1]), match[2], match[3], growing)
        return RenderedLine(
            inner.text,
            inner.spans,
            inner.links,
            bars + inner.lead,
            bars + inner.hang,
            width + inner.lead_width,
            Role.QUOTE,
            copy_text="> " * depth + inner.lead[0][0],
        )
    shown: Inline = lex_inline(body, growing=growing)
    return RenderedLine(
        shown.text, shown.spans, shown.links, bars, bars, width, Role.QUOTE, copy_text="> " * depth
    )
