"""Markdown within a line: emphasis, code, links, escapes. Markers are removed and become spans.

Emphasis is paired as in the CommonMark specification (0.31, "Phase 2: inline structure"), with a delimiter
stack of bounded depth and one relaxation: `**` needs no space or punctuation around it, because Chinese,
Japanese and many model outputs have none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from roundtable_tui.tui.widgets.transcript.styles import Attr

Span = tuple[int, int, int]
"""(start, end, attributes) in the shown text."""

Link = tuple[int, int, str]
"""(start, end, target) in the shown text; only http and https targets."""


class Inline(NamedTuple):
    """A line without its markers: the shown text, its spans in order, its links."""

    text: str
    spans: tuple[Span, ...] = ()
    links: tuple[Link, ...] = ()


_HAS_MARKUP = re.compile(r"[\\`*_~\[&<]|https?://")
_TOKEN = re.compile(
    r"""
    (?P<escape>\\[\\`*_~|\#\[\]])
  | (?P<code>`+)
  | (?P<run>\*+|_+|~~+)
  | (?P<link>!?\[[^\[\]]*\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"]*")?\))
  | <(?P<auto>https?://[^\s<>]+)>
  | (?P<bare>https?://[^\s<>"`|]+)
  | (?P<entity>&(?:amp|lt|gt|quot|nbsp|\#39|apos);)
  | <(?P<mark>/?(?:b|strong|i|em|s|del))>
    """,
    re.VERBOSE,
)
_ENTITIES = {
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&nbsp;": " ",
    "&#39;": "'",
    "&apos;": "'",
}
_TAGS = {
    "b": Attr.BOLD,
    "strong": Attr.BOLD,
    "i": Attr.ITALIC,
    "em": Attr.ITALIC,
    "s": Attr.STRIKE,
    "del": Attr.STRIKE,
}
_HALF_LINK = re.compile(r"\[(?:[^\]\[]{0,80}|[^\[\]]{0,200}\]\([^()\s]{0,400})$")
_MAX_LINK_CHARS = 600
_MAX_OPENERS = 32
_BITS = (Attr.BOLD, Attr.ITALIC, Attr.STRIKE)


@dataclass(slots=True)
class _Run:
    """A run of delimiters that may open or close emphasis; `at` is its index among the parts."""

    at: int
    char: str
    count: int
    opens: bool
    closes: bool


class _Parts:
    """The pieces of a line in order, and the emphasis as ranges of pieces."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.attrs: list[int] = []
        self.targets: dict[int, str] = {}
        self.marks: list[tuple[int, int, int]] = []

    def add(self, text: str, attr: int = 0) -> None:
        if text:
            self.texts.append(text)
            self.attrs.append(attr)

    def join(self) -> Inline:
        """Join the parts; neighbours of the same style become one span."""
        changes: dict[int, list[tuple[int, int]]] = {}
        for first, last, attr in self.marks:
            changes.setdefault(first, []).append((attr, 1))
            changes.setdefault(last, []).append((attr, -1))
        depth = dict.fromkeys(_BITS, 0)
        spans: list[Span] = []
        links: list[Link] = []
        at = over = 0
        for index, text in enumerate(self.texts):
            for attr, step in changes.get(index, ()):
                depth[attr] += step
                over = sum(bit for bit, level in depth.items() if level > 0)
            end = at + len(text)
            look = self.attrs[index] | over
            if text and index in self.targets:
                links.append((at, end, self.targets[index]))
            if text and look:
                if spans and spans[-1][1] == at and spans[-1][2] == look:
                    spans[-1] = (spans[-1][0], end, look)
                else:
                    spans.append((at, end, look))
            at = end
        return Inline("".join(self.texts), tuple(spans), tuple(links))


def lex_inline(text: str, *, growing: bool = False) -> Inline:
    """Parse a line.

    A marker without its partner stays in the text. In a `growing` line an open `**` or code span applies up
    to the end of the text, and an incomplete marker at the end is not shown.
    """
    if _HAS_MARKUP.search(text) is None:
        return Inline(text)
    if growing:
        text = _strip_open_tail(text)
    parts = _Parts()
    stack: list[_Run] = []
    at = 0
    size = len(text)
    missing: set[int] = set()
    for_tags: list[tuple[str, int]] = []
    while at < size:
        match = _TOKEN.search(text, at)
        if match is None:
            break
        parts.add(text[at : match.start()])
        at = match.end()
        kind, token = match.lastgroup, match[0]
        if kind == "escape":
            parts.add(token[1])
        elif kind == "entity":
            parts.add(_ENTITIES[token])
        elif kind == "code":
            at = _lex_code(text, match.start(), at, parts, missing, growing)
        elif kind == "run":
            _lex_emphasis(_make_run(text, match, len(parts.texts)), token, parts, stack)
        elif kind == "link":
            _lex_link(token, parts)
        elif kind == "mark":
            _lex_tag(match["mark"], token, parts, for_tags)
        else:
            target = match["auto"] or token
            if kind == "bare":
                target = target.rstrip(".,;:!?'*_~")
                while target.endswith(")") and target.count(")") > target.count("("):
                    target = target[:-1].rstrip(".,;:!?'*_~")
                at = match.start() + len(target)
            parts.targets[len(parts.texts)] = target
            parts.add(target, Attr.LINK)
    parts.add(text[at:])
    if growing:
        _close_growing_bold(text, parts, stack)
    return parts.join()


def _strip_open_tail(text: str) -> str:
    """Remove an incomplete marker or link from the end of a growing line."""
    bare = text.rstrip("*_~`")
    if 0 < len(text) - len(bare) <= 3:
        return bare
    at = text.rfind("[", max(0, len(text) - _MAX_LINK_CHARS))
    return text[:at] if at >= 0 and _HALF_LINK.match(text, at) else text


def _lex_code(text: str, start: int, at: int, parts: _Parts, missing: set[int], growing: bool) -> int:
    """Parse a code span that begins with the backticks text[start:at]; return where to continue."""
    ticks = at - start
    if ticks not in missing:
        closing = re.compile(f"(?<!`)`{{{ticks}}}(?!`)").search(text, at)
        if closing is not None or (growing and ticks == 1):
            end, after = closing.span() if closing else (len(text), len(text))
            inner = text[at:end]
            if inner[:1] == " " == inner[-1:] and inner.strip() and closing:
                inner = inner[1:-1]
            parts.add(inner, Attr.CODE_SPAN)
            return after
        missing.add(ticks)
    parts.add(text[start:at])
    return at


def _make_run(text: str, match: re.Match[str], at: int) -> _Run:
    """Determine from the neighbours of a run of delimiters whether it may open and close emphasis."""
    before = text[match.start() - 1] if match.start() else " "
    after = text[match.end()] if match.end() < len(text) else " "
    char, count = match[0][0], match.end() - match.start()
    gap_before, gap_after = before.isspace(), after.isspace()
    word_before, word_after = before.isalnum(), after.isalnum()
    if char != "_" and count >= 2:
        return _Run(at, char, count, not gap_after, not gap_before)
    left = not gap_after and (word_after or gap_before or not word_before)
    right = not gap_before and (word_before or gap_after or not word_after)
    if char == "_":
        return _Run(at, char, count, left and not word_before, right and not word_after)
    return _Run(at, char, count, left, right)


def _lex_emphasis(run: _Run, token: str, parts: _Parts, stack: list[_Run]) -> None:
    """Pair a run with the openers before it; the rest of it may open emphasis."""
    least = 2 if run.char == "~" else 1
    parts.texts.append(token)
    parts.attrs.append(0)
    index = len(stack) - 1
    while run.closes and run.count >= least and index >= 0:
        opener = stack[index]
        thirds = (opener.closes or run.opens) and (opener.count + run.count) % 3 == 0 and run.count % 3
        if opener.char != run.char or thirds:
            index -= 1
            continue
        used = 2 if min(opener.count, run.count) >= 2 else 1
        attr = Attr.STRIKE if run.char == "~" else Attr.BOLD if used == 2 else Attr.ITALIC
        parts.marks.append((opener.at + 1, run.at, attr))
        for side in (opener, run):
            side.count -= used
            parts.texts[side.at] = parts.texts[side.at][used:]
        del stack[index + 1 :]
        if opener.count < least:
            stack.pop()
            index -= 1
    if run.opens and run.count >= least:
        stack.append(run)
        if len(stack) > _MAX_OPENERS:
            del stack[0]


def _lex_link(token: str, parts: _Parts) -> None:
    """Add a link as its text and its target, or an image as its description and its target."""
    picture = token.startswith("!")
    label, _, rest = token[2 if picture else 1 :].partition("](")
    target = rest[:-1].split(maxsplit=1)[0] if rest[:-1].strip() else ""
    active = target.lower().startswith(("http://", "https://"))
    label = label.strip("*_`") or target
    if active:
        parts.targets[len(parts.texts)] = target
    parts.add(("▣ " if picture else "") + label, Attr.LINK if active else 0)
    if target and target != label:
        parts.add(f" ({target})", Attr.TARGET)


def _lex_tag(name: str, token: str, parts: _Parts, open_tags: list[tuple[str, int]]) -> None:
    """Parse the HTML tags that models use for emphasis; an unpaired one stays in the text."""
    parts.texts.append(token)
    parts.attrs.append(0)
    here = len(parts.texts) - 1
    if not name.startswith("/"):
        open_tags.append((name, here))
        return
    for index in range(len(open_tags) - 1, -1, -1):
        opened, at = open_tags[index]
        if opened == name[1:]:
            parts.texts[at] = parts.texts[here] = ""
            parts.marks.append((at + 1, here, _TAGS[opened]))
            del open_tags[index:]
            return


def _close_growing_bold(text: str, parts: _Parts, stack: list[_Run]) -> None:
    """Apply an open `**` to the end of the line received so far."""
    for run in stack:
        before = "".join(parts.texts[: run.at])[-1:]
        if run.char == "*" and run.count == 2 and not before.isalnum():
            parts.texts[run.at] = ""
            parts.marks.append((run.at + 1, len(parts.texts), Attr.BOLD))
            return
