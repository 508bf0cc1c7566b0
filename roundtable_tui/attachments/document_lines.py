"""PDF files, Word documents and notebooks as lines, for the tools that read files."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path

from roundtable_tui.attachments.documents import CONVERTED_KINDS, detect_document_kind, read_document_text
from roundtable_tui.knowledge.passages import DocumentText

_MAX_KEPT = 32
"""Documents whose lines are kept: every round looks at its files again."""
_COUNTED_PARTS = ("page", "cell")


class DocumentLines:
    """Reads documents, each in a worker process of its own, and keeps their lines."""

    def __init__(self) -> None:
        self._kept: dict[str, list[str]] = {}
        """By the digest of the bytes."""

    def read(self, path: Path, data: bytes) -> list[str] | None:
        """Return the lines of a document; None for a file that is none. Blocks. Raises FileError.

        Where a page of a PDF file or a cell of a notebook begins, a line names it.
        """
        if detect_document_kind(path.name, data) not in CONVERTED_KINDS:
            return None
        at = sha256(data).hexdigest()
        if at not in self._kept:
            lines = list(_mark_parts(read_document_text(path, data)))
            for oldest in list(islice(self._kept, max(0, len(self._kept) - _MAX_KEPT + 1))):
                del self._kept[oldest]
            self._kept[at] = lines
        return self._kept[at]


def _mark_parts(document: DocumentText) -> Iterator[str]:
    numbers = document.numbers if document.unit in _COUNTED_PARTS else None
    before = None
    for index, line in enumerate(document.text.split("\n")):
        number = numbers[index] if numbers is not None and index < len(numbers) else None
        if number is not None and number != before:
            yield f"({document.unit} {number})"
            before = number
        yield line
