"""PDF as text, by pypdf (extra `pdf`): the lines, with the numbers of their pages."""

from __future__ import annotations

import logging
from io import BytesIO

from roundtable_tui.knowledge.formats import Unreadable
from roundtable_tui.knowledge.passages import Text


def read(data: bytes) -> Text:
    """Return the text of all pages. Raises Unreadable."""
    try:
        from pypdf import PdfReader
    except ImportError:
        raise Unreadable("needs pypdf to be read: pip install 'roundtable-tui[pdf]'") from None
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("needs a password")
        lines: list[str] = []
        numbers: list[int] = []
        for number, page in enumerate(reader.pages, 1):
            for line in [*page.extract_text().split("\n"), ""]:
                lines.append(line.rstrip())
                numbers.append(number)
    except Unreadable:
        raise
    except Exception as error:  # Broken files break it in any way there is.
        raise Unreadable(f"is not a PDF that can be read ({type(error).__name__}: {error})") from None
    if not any(lines):
        raise Unreadable("holds no text: it may be a scan")
    return Text("\n".join(lines), unit="page", numbers=tuple(numbers))
