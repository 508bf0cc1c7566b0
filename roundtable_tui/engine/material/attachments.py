"""Attachments of a question: texts, quoted before it, and pictures for the models that can see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.text import single_line

PICTURE_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg"}
"""Media types of pictures that are sent -> the endings of their files beside the record."""
MAX_NAME_CHARS = 80
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_SIZE = 10**12


@dataclass(frozen=True, slots=True)
class Attachment:
    """A text or a picture that came with a question."""

    name: str
    """Its file name, or what else the user knows it by. Not sanitized."""
    text: str = ""
    """The text of a document; "" for a picture."""
    size: int = 0
    """Bytes of the file it came from."""
    in_passages: bool = False
    """The text is too long for the prompts: they have passages of it."""
    unit: str = "line"
    """What `numbers` count: line, page, paragraph or cell."""
    numbers: Sequence[int] | None = field(default=None, repr=False, compare=False)
    """The number in the file of each line of the text; None: lines are counted from 1. Not recorded."""
    media_type: str = ""
    """image/png or image/jpeg; "" for a text."""
    width: int = 0
    """Pixels of a picture, as it is sent."""
    height: int = 0
    sha256: str = ""
    """Of the bytes of a picture, as they are sent."""
    data: bytes = field(default=b"", repr=False, compare=False)
    """The bytes of a picture; b"" where they are not available. They are kept beside the record."""

    @property
    def is_picture(self) -> bool:
        """True for a picture."""
        return bool(self.media_type)

    @property
    def file_name(self) -> str:
        """The name of a picture's file beside the record."""
        return self.sha256 + PICTURE_SUFFIXES[self.media_type]

    @property
    def label(self) -> str:
        """Name and size in one line, safe to show: `photo.png (800 x 600 pixels)`."""
        size = (
            f"{self.width:,} x {self.height:,} pixels"
            if self.is_picture
            else count_of(len(self.text), "character")
        )
        return f"{single_line(self.name, MAX_NAME_CHARS)} ({size})"


def attachment_labels(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return name and size of each attachment of a header, safe to show."""
    return [one.label for one in attachments_from_rows(rows)]


def attachments_to_rows(attachments: Iterable[Attachment]) -> tuple[Mapping[str, Any], ...]:
    """Return attachments as JSON objects for the header of a record; pictures without their bytes."""
    return tuple(map(_to_row, attachments))


def _to_row(one: Attachment) -> Mapping[str, Any]:
    row: dict[str, Any] = {"name": one.name, "bytes": one.size}
    if one.is_picture:
        return row | {
            "media_type": one.media_type, "width": one.width, "height": one.height, "sha256": one.sha256,
        }  # fmt: skip
    return row | {"text": one.text, **({"in_passages": True} if one.in_passages else {})}


def attachments_from_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[Attachment, ...]:
    """Return the attachments of a header; rows that are not valid are skipped."""
    return tuple(found for row in rows if (found := _from_row(row)) is not None)


def _from_row(row: Mapping[str, Any]) -> Attachment | None:
    name, size = row.get("name"), _whole_number(row.get("bytes"))
    if not isinstance(name, str):
        return None
    media_type, sha256, text = row.get("media_type"), row.get("sha256"), row.get("text")
    if media_type is None:
        if not isinstance(text, str) or not text.strip():
            return None
        return Attachment(name, text, size, in_passages=row.get("in_passages") is True)
    if not isinstance(media_type, str) or media_type not in PICTURE_SUFFIXES:
        return None
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        return None
    width, height = _whole_number(row.get("width")), _whole_number(row.get("height"))
    return Attachment(
        name, size=size, media_type=media_type, width=width, height=height, sha256=sha256
    )  # fmt: skip


def _whole_number(value: Any) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < _MAX_SIZE else 0
