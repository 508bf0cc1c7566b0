"""Makes attachments of files, bytes and texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from roundtable_tui.attachments.documents import read_document_text
from roundtable_tui.attachments.pictures import attach_picture, is_picture
from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.utils import files
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.paths import expand_user
from roundtable_tui.utils.text import single_line

MAX_FILE_BYTES = 64 * files.BYTES_PER_MB
MAX_TEXT_CHARS = 8_000_000
"""Characters of all attached texts together: they are part of the record."""
MAX_ATTACHMENTS = 50


def read_attachments(given: Iterable[Path | Attachment]) -> list[Attachment]:
    """Return the attachments of files, in order; those that are ready stay as they are.

    A file that is named twice is attached once; files of one name are numbered: `a.txt`, `a.txt (2)`.
    Blocks while files are read.

    Raises:
        FileError: a file cannot be read, or is not text, a document or a picture.
        UsageError: it is too much.
    """
    found: list[Attachment] = []
    seen: set[Path] = set()
    for one in given:
        if isinstance(one, Path):
            path = expand_user(one)
            if (real := files.resolve_path(path)) in seen:
                continue
            seen.add(real)
            _check_count(found)
            one = attach_bytes(path.name, files.read_bytes(path, MAX_FILE_BYTES), path)
        _check_count(found)
        found.append(one)
    if (total := sum(len(one.text) for one in found)) > MAX_TEXT_CHARS:
        what = f"the attached texts have {count_of(total, 'character')}; the maximum is {MAX_TEXT_CHARS:,}"
        hint = by_interface(
            command_line="Mode chain reads longer texts: --mode chain --file PATH.",
            python='Mode chain reads longer texts: mode="chain", text=PATH.',
            app="Mode chain reads longer texts: choose it with F2.",
        )
        raise UsageError(what, hint=hint)
    return _with_distinct_names(found)


def _check_count(found: Sequence[Attachment]) -> None:
    """Raise UsageError if no further file can be attached; before it is read."""
    if len(found) >= MAX_ATTACHMENTS:
        raise UsageError(f"at most {MAX_ATTACHMENTS} files can be attached")


def attach_bytes(name: str, data: bytes, path: Path | None = None) -> Attachment:
    """Return the attachment of a file's bytes, or of what was piped in.

    Args:
        name: the name that seats and the user read.
        data: the bytes.
        path: the file, for errors; by default the name.

    Raises:
        FileError: the bytes are not text, a document or a picture, or hold nothing.
    """
    path = path or Path(name)
    if is_picture(path.name, data):
        return attach_picture(name, data, path)
    document = read_document_text(path, data)
    if not document.text.strip():
        raise FileError("holds no text", where=files.display_path(path), hint="Attach a file with a text.")
    return Attachment(
        name, document.text, len(data), unit=document.unit, numbers=document.numbers
    )  # fmt: skip


def attach_text(name: str, text: str) -> Attachment:
    """Return the attachment of a text that is not in a file, such as one that was pasted.

    Raises UsageError for an empty text.
    """
    if not text.strip():
        raise UsageError(f"{single_line(name, 60)} holds no text")
    return Attachment(name, text, len(text.encode("utf-8", "surrogatepass")))


def join_attachments(own: Sequence[Attachment], before: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """Return the attachments of the conversation, then those of the question, which replace equal names."""
    names = {one.name for one in own}
    return (*(replace(one, in_passages=False) for one in before if one.name not in names), *own)


def _with_distinct_names(found: Sequence[Attachment]) -> list[Attachment]:
    taken: set[str] = set()
    out = []
    for one in found:
        name, number = one.name, 1
        while name in taken:
            number += 1
            name = f"{one.name} ({number})"
        taken.add(name)
        out.append(one if name == one.name else replace(one, name=name))
    return out
