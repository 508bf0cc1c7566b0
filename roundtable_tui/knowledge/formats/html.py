"""HTML as visible text, each line with its line number in the file."""

from __future__ import annotations

import codecs
import re
from html.parser import HTMLParser

from roundtable_tui.knowledge.formats import UnreadableError
from roundtable_tui.knowledge.passages import DocumentText

_HIDDEN_TAGS = frozenset(
    {"script", "style", "template", "noscript", "svg", "math", "nav", "iframe", "object"}
)
_BLOCK_TAGS = re.compile(
    r"address|article|aside|blockquote|body|caption|dd|details|div|dl|dt|fieldset|figcaption|figure|footer"
    r"|form|h[1-6]|head|header|hr|html|legend|li|main|ol|p|pre|section|summary|table|tbody|tfoot|thead|title"
    r"|tr|ul"
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_SPACES = re.compile(r"[^\S\n]+")


def read(data: bytes) -> DocumentText:
    """Return the visible text of a page."""
    page = _TextExtractor()
    page.feed(_escape_open_ends(_decode(data)))
    page.close()
    page.end_line()
    return DocumentText("\n".join(page.lines), numbers=tuple(page.numbers), headed=True)


def _escape_open_ends(text: str) -> str:
    """Return a page in which tags and comments that never end are text.

    The parser searches the rest of the page for the end of each of them, which takes quadratic time.
    """
    for opening, closing in (("<!--", "-->"), ("<![", "]>"), ("<", ">")):
        end = text.rfind(closing) + 1
        if opening in text[end:]:
            text = text[:end] + text[end:].replace(opening, f"&lt;{opening[1:]}")
    return text


class _TextExtractor(HTMLParser):
    """Collects lines; blocks are separated by a blank line, headings are marked with #."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.numbers: list[int] = []
        self._line = ""
        self._number = 1
        self._hidden: list[str] = []
        self._prefix = ""
        self._as_is = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begin a block, or hide what follows."""
        if tag in _HIDDEN_TAGS:
            self._hidden.append(tag)
        elif tag == "br":
            self.end_line()
        elif _BLOCK_TAGS.fullmatch(tag):
            self._break()
            if re.fullmatch("h[1-6]", tag):
                self._prefix = "#" * int(tag[1]) + " "
            elif tag == "li":
                self._prefix = "- "
            self._as_is += tag == "pre"
        elif tag in ("td", "th") and self._line:
            self._line += " | "

    def handle_endtag(self, tag: str) -> None:
        """End a block or a hidden element."""
        if self._hidden:
            if tag in self._hidden:
                del self._hidden[self._hidden.index(tag) :]
        elif _BLOCK_TAGS.fullmatch(tag):
            self._break()
            self._as_is -= tag == "pre" and self._as_is > 0

    def handle_data(self, data: str) -> None:
        """Add visible text; line ends of the file stay, so that lines keep their numbers."""
        if self._hidden:
            return
        begin, _ = self.getpos()
        for number, part in enumerate(data.split("\n"), begin):
            if number > begin:
                self.end_line()
            text = part if self._as_is else _SPACES.sub(" ", part)
            if text.strip() and not self._line:
                text = text if self._as_is else text.lstrip()
                self._line, self._number, self._prefix = self._prefix, number, ""
            self._line += text if self._line or text.strip() else ""

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Skip `<![...>` as browsers do; the parser's own method raises for some of them."""
        return self.rawdata.find(">", i) + 1 or -1

    def end_line(self) -> None:
        """Add the collected line."""
        if line := self._line.rstrip():
            self.lines.append(line)
            self.numbers.append(self._number)
        self._line = ""

    def _break(self) -> None:
        self.end_line()
        self._prefix = ""
        if self.lines and self.lines[-1]:
            self.lines.append("")
            self.numbers.append(self.numbers[-1])


def _decode(data: bytes) -> str:
    """Return a page as text, in the encoding that it names or has by default. Raises UnreadableError."""
    named = _CHARSET.search(data[:4096])
    encodings = ["utf-8-sig", *([named[1].decode()] if named else []), "cp1252"]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
            break
        except (LookupError, UnicodeError):
            continue
    else:
        raise UnreadableError("is in an encoding that it does not name")
    return text.replace("\r\n", "\n").replace("\r", "\n")
