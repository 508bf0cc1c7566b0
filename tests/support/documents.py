"""Documents for tests: Word files, PDF files, and hostile files."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from io import BytesIO

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx_paragraph(text: str, style: str = "") -> str:
    """Return a paragraph of a Word document."""
    marked = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{marked}<w:r><w:t>{text}</w:t></w:r></w:p>"


def make_docx(body: str, *, part: str = "word/document.xml", before: str = "") -> bytes:
    """Return a Word document with this body."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, f"{before}<w:document {_W}><w:body>{body}</w:body></w:document>")
    return out.getvalue()


def make_zip_bomb(megabytes: int) -> bytes:
    """Return a small Word document that unpacks to this size."""
    return make_docx("<w:p/>" + " " * (megabytes * 1_000_000))


def make_zip_bomb_with_wrong_size(megabytes: int) -> bytes:
    """Return a zip bomb whose directory gives a small size."""
    raw = bytearray(make_zip_bomb(megabytes))
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(raw)


def make_pdf(pages: Sequence[str], *, packed: bytes | None = None) -> bytes:
    """Return a PDF with a line of text a page; `packed` stands in for the content of the first."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    kids = []
    for number, text in enumerate(pages):
        lines = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").split("\n")
        shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
        content = zlib.compress(f"BT /F1 12 Tf 20 700 Td {shown} ET".encode("latin-1"))
        content = packed if packed is not None and number == 0 else content
        length = f"<< /Length {len(content)} /Filter /FlateDecode >>".encode()
        objects.append(length + b"\nstream\n" + content + b"\nendstream")
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {len(objects)} 0 R"
        objects.append(page.encode() + b" /Resources << /Font << /F1 3 0 R >> >> >>")
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    return bytes(out + trailer.encode())
