"""PDF as text, by pypdf (extra `pdf`): the lines, with the numbers of their pages."""

from __future__ import annotations

import logging
from io import BytesIO

from roundtable_tui.knowledge.formats import UnreadableError
from roundtable_tui.knowledge.passages import DocumentText


def read(data: bytes) -> DocumentText:
    """Return the text of all pages. Raises UnreadableError."""
    try:
        from pypdf import PdfReader
    except ImportError:
        raise UnreadableError("needs pypdf to be read: pip install 'roundtable-tui[pdf]'") from None
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError("needs a password")
        lines: list[str] = []
        numbers: list[int] = []
        for number, page in enumerate(reader.pages, 1):
            for line in [*page.extract_text().split("\n"), ""]:
                lines.append(line.rstrip())
                numbers.append(number)
    except UnreadableError:
        raise
    except Exception as error:  # Broken files break it in any way there is.
        raise UnreadableError(f"is not a PDF that can be read ({type(error).__name__}: {error})") from None
    if not any(lines):
        raise UnreadableError("holds no text: it may be a scan")
    return DocumentText("\n".join(lines), unit="page", numbers=tuple(numbers))
