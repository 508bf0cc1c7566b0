"""Word documents as text: the paragraphs, with their numbers."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from roundtable_tui.knowledge.formats import MAX_FILE_BYTES, UnreadableError
from roundtable_tui.knowledge.passages import DocumentText

_MAIN_PART = re.compile(r"word/document\d*\.xml")
_HEADING_STYLE = re.compile(r"heading\s*([1-6])", re.IGNORECASE)
_READ_BYTES = 65_536
_WRONG = (
    zipfile.BadZipFile, ParseError, NotImplementedError, EOFError, RuntimeError, OSError, ValueError,
    LookupError, zlib.error, struct.error,
)  # fmt: skip
"""What the libraries raise for broken files."""


def read(data: bytes, limit: int = MAX_FILE_BYTES) -> DocumentText:
    """Return the paragraphs, one per line, headings marked with #. Raises UnreadableError."""
    try:
        return _extract_paragraphs(_read_main_part(data, limit))
    except UnreadableError:
        raise
    except _WRONG as error:
        raise UnreadableError(f"is not a Word document ({error})") from None


def _read_main_part(data: bytes, limit: int) -> bytes:
    """Return the main part. Its size is checked before and while it is decompressed."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        part = next((info for info in archive.infolist() if _MAIN_PART.fullmatch(info.filename)), None)
        if part is None:
            raise UnreadableError("is not a Word document (it has no text part)")
        xml = b""
        if part.file_size <= limit:
            with archive.open(part) as file:
                xml = file.read(limit + 1)
    if not 0 < len(xml) <= limit:
        raise UnreadableError(f"unpacks to more than {limit // 1_000_000} MB")
    if b"<!DOCTYPE" in xml:
        raise UnreadableError("holds definitions that a Word document never has")
    return xml


def _extract_paragraphs(xml: bytes) -> DocumentText:
    lines: list[str] = []
    numbers: list[int] = []
    open_: list[list[str]] = []  # A paragraph may hold a text box, with paragraphs of its own.
    second = 0  # Inside what is there only for older programs: the same once more.
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    for at in range(0, len(xml), _READ_BYTES):
        parser.feed(xml[at : at + _READ_BYTES])
        for event, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
            tag = element.tag.rpartition("}")[2]
            if tag == "Fallback":
                second += 1 if event == "start" else -1
            if second:
                continue
            if event == "start":
                if tag == "p":
                    open_.append([])
            elif tag == "p" and open_:
                text = "".join(open_.pop()).strip()
                number = len(numbers) and numbers[-1]
                for line in [*text.split("\n"), ""] if text else [""]:
                    lines.append(line)
                    numbers.append(number + 1)
                element.clear()
            elif open_:
                open_[-1].append(_element_text(tag, element))
    parser.close()
    return DocumentText("\n".join(lines), unit="paragraph", numbers=tuple(numbers), headed=True)


def _element_text(tag: str, element: Element) -> str:
    """Return the text of an element."""
    if tag == "t":
        return element.text or ""
    if tag in ("br", "cr"):
        return "\n"
    if tag == "tab":
        return "\t"
    if tag == "pStyle":
        style = next((value for name, value in element.items() if name.rpartition("}")[2] == "val"), "")
        heading = _HEADING_STYLE.search(style)
        return "#" * int(heading[1]) + " " if heading else ""
    return ""
