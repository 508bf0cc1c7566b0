"""Sanitizes text from outside before it is shown.

Text from models, servers, files and names stays raw in memory and on disk. Whatever goes to a
screen, a terminal, a title or a notification goes through `clean` (or `one_line`) first.
Characters are cleaned one by one, never sequences: so a hostile sequence that is split over two
pieces of a stream is as harmless as a whole one, and nothing after an unterminated one is lost.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_ESC_SIGN = "␛"
_LINE_BREAKS = "\x0b\x0c\x85\u2028\u2029"
"""Vertical tab, form feed, next line, line and paragraph separator."""
_BLANKS = "\r\x1c\x1d\x1e\x1f"
"""A lone carriage return (whether a line feed follows is not known within a stream) and the separators of
files, groups, records and units stand between words."""
# Everything that acts on a terminal or hides from the eye: C0 except tab and newline, DEL, C1,
# bidi marks and overrides, zero-width spaces and joiners of words, line separators, interlinear
# and tag characters; soft hyphens and fillers, whose width differs between terminals. The emoji
# joiner U+200D and the variation selectors stay: `terminal_cells.drop_undrawn` removes them from rows.
_CONTROL_CHARS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u3164\uffa0"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_ASCII_CONTROL_CHARS = bytes(code for code in range(128) if _CONTROL_CHARS.match(chr(code)))
_MAX_NAME_BYTES = 180
"""File systems take 255 bytes; the rest is for what is added."""
_UNSAFE_NAME_CHARS = re.compile(r"[^a-z0-9]+")
_RESERVED_NAMES = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))}
)


def _escape_control_char(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\x1b":
        return _ESC_SIGN
    if char in _LINE_BREAKS:
        return "\n"
    return " " if char in _BLANKS else ""


def sanitize(text: str, *, tab: int = 4) -> str:
    """Return `text` without control characters: newlines are kept, tabs become `tab` spaces.

    Cleaning the pieces of a stream one by one gives what cleaning the whole gives.
    """
    if _may_have_control_chars(text):
        text = _CONTROL_CHARS.sub(_escape_control_char, text)
    if "\t" in text:
        text = text.replace("\t", " " * tab)
    return fix_surrogates(text)


def sanitize_input(text: str) -> str:
    """Sanitize text for a field of the user; tabs are kept, line ends become newlines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\t".join(sanitize(part) for part in text.split("\t"))


def single_line(text: str, limit: int = 300) -> str:
    """Return `text` cleaned, on one line, cut to `limit` characters with an ellipsis."""
    return truncate(" ".join(sanitize(text).split()), limit)


def truncate(text: str, limit: int) -> str:
    """Cut to `limit` characters, the last of which is then an ellipsis."""
    return text if len(text) <= limit else text[: max(0, limit - 1)].rstrip() + "…"


def fix_surrogates(text: str) -> str:
    """Join surrogate pairs and replace lone surrogates, so that the text can be written as UTF-8."""
    try:
        text.encode()  # Much faster than a search, and prompts are long.
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _may_have_control_chars(text: str) -> bool:
    """Return False for ASCII text without control characters: a check that is much faster than a search."""
    return not text.isascii() or len(text.encode().translate(None, _ASCII_CONTROL_CHARS)) != len(text)


def to_safe_json(data: Any, indent: int | None = None) -> str:
    """Return `data` as JSON in which all control characters are escaped.

    Reads back as the same data; safe to look at with any tool.
    """
    import json

    separators = (",", ":") if indent is None else None
    out = fix_surrogates(json.dumps(data, ensure_ascii=False, indent=indent, separators=separators))
    if not _may_have_control_chars(out):
        return out
    # Outside strings JSON has no such characters, but for the newlines that indent it.
    return _CONTROL_CHARS.sub(lambda m: "".join(f"\\u{unit:04x}" for unit in _utf16_units(m[0])), out)


def _utf16_units(char: str) -> list[int]:
    raw = char.encode("utf-16-be")
    return [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]


def safe_file_name(text: str, limit: int = 48) -> str:
    """Return a file name of a-z, 0-9 and dashes for `text`; never empty, never reserved, never a path."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = _UNSAFE_NAME_CHARS.sub("-", plain).strip("-")[:limit].strip("-")
    return f"x-{name}" if not name or name in _RESERVED_NAMES else name


def readable_file_name(text: str, limit: int = 48) -> str:
    """Return a file name of letters (of any script), digits and dashes; never empty, reserved or a path.

    Letters with Latin base letters lose their accents, as in `safe_file_name`.
    """
    plain = unicodedata.normalize("NFC", fix_surrogates(text)).casefold()
    # Categories: letters, digits, and the marks that some scripts write vowels with.
    kept = "".join(char if unicodedata.category(char)[0] in "LMN" else "-" for char in plain)
    if kept.isascii() or all(unicodedata.normalize("NFKD", char)[0].isascii() for char in kept):
        return safe_file_name(text, limit)
    name = re.sub("-{2,}", "-", kept).strip("-")[:limit]
    while len(name.encode()) > _MAX_NAME_BYTES:
        name = name[:-1]
    return name.strip("-") or safe_file_name(text, limit)
