"""Documents become text with the numbers of the file; those that mean harm are refused in a line."""

from __future__ import annotations

import builtins
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundtable_tui.errors import FileError
from roundtable_tui.knowledge.formats import UnreadableError, child, detect_kind, docx, html, pdf
from roundtable_tui.knowledge.formats.reader import DocumentReader
from roundtable_tui.knowledge.passages import DocumentText
from roundtable_tui.utils import processes, worker
from tests.support import documents
from tests.support.torture import examples


@pytest.fixture
def reading() -> Iterator[DocumentReader]:
    one = DocumentReader()
    yield one
    one.close()


def lines(text: DocumentText) -> list[tuple[int, str]]:
    """Return the lines with their numbers, without blank ones."""
    numbers = text.numbers or range(1, 1 + text.text.count("\n") + 1)
    return [(number, line) for number, line in zip(numbers, text.text.split("\n"), strict=True) if line]


def fault(reading: DocumentReader, kind: str, data: bytes, name: str = "a.doc") -> str:
    with pytest.raises(FileError) as caught:
        reading.read(Path(name), kind, data)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.txt", "text"), ("A.MD", "markdown"), ("x.htm", "html"), ("b.PDF", "pdf"), ("c.docx", "docx"),
     ("d.py", "text"), ("e.doc", ""), ("f.png", ""), ("README", ""), (".md", "")],
)  # fmt: skip
def test_detect_kind_follows_the_file_name_ending(name: str, kind: str) -> None:
    assert detect_kind(name) == kind


def test_html_read_gives_visible_text(reading: DocumentReader) -> None:
    page = b"""<!DOCTYPE html><html><head><title>The house</title><style>p { color: red }</style>
<script>document.write("<p>no</p>")</script></head><body>
<nav><a href=/>Home</a></nav>
<h1>Rules &amp; more</h1>
<p>The <b>first</b> rule
goes   on.<br>New line.
<ul><li>one<li>two</ul>
<pre>
a = 1
  b = 2</pre>
<table><tr><td>x<td>y</tr></table>
<svg><text>no</text></svg><!-- no -->
</body></html>"""
    text = reading.read(Path("a.html"), "html", page)
    assert lines(text) == [
        (1, "The house"),
        (4, "# Rules & more"),
        (5, "The first rule"),
        (6, "goes on."),
        (6, "New line."),
        (7, "- one"),
        (7, "- two"),
        (9, "a = 1"),
        (10, "  b = 2"),
        (11, "x | y"),
    ]
    assert (text.unit, text.headed) == ("line", True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("<p>žluťoučký".encode(), "žluťoučký"),
        (b"\xef\xbb\xbf<p>caf\xc3\xa9", "café"),
        ("<p>příliš".encode("utf-16"), "příliš"),
        (b"<meta charset=iso-8859-2><p>\xbelu\xbb", "žluť"),
        (b"<meta charset=nonsense><p>caf\xe9", "café"),
        (b"<p>caf\xe9 \x93so\x94", "café “so”"),
        (b"<p>a&nbsp;b &#26376; &unheard; &#0;", "a b 月 &unheard; \ufffd"),
        (b"<p>open <b <i <", "open"),
        (b"", ""),
    ],
)
def test_html_read_accepts_any_page(data: bytes, said: str) -> None:
    assert html.read(data).text.split("<")[0].strip().replace("\xa0", " ") == said


@settings(max_examples=examples(200))
@given(st.text(alphabet="<>/!-=\"'&; \nabphrdi1[]?", max_size=80) | st.binary(max_size=80))
def test_html_read_any_text_numbers_every_line(page: str | bytes) -> None:
    data = page if isinstance(page, bytes) else page.encode()
    try:
        text = html.read(data)
    except UnreadableError:  # It is in no encoding that a page without a named one has.
        with pytest.raises(UnicodeError):
            data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "cp1252")
        return
    numbers = list(text.numbers or ())
    assert len(numbers) == (text.text.count("\n") + 1 if numbers else 0)
    assert numbers == sorted(numbers)
    assert (
        all(1 <= number <= data.count(b"\n") + data.count(b"\r") + 1 for number in numbers)
        or b"\n" not in data
    )


def test_docx_read_gives_paragraphs(reading: DocumentReader) -> None:
    body = (
        documents.docx_paragraph("The house", "Heading1")
        + documents.docx_paragraph("First.")
        + "<w:p/>"
        + "<w:p><w:r><w:t>Third </w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        + "<w:r><w:t>one</w:t><w:br/><w:t>goes</w:t><w:tab/><w:t>on</w:t></w:r></w:p>"
        + "<w:tbl><w:tr><w:tc>" + documents.docx_paragraph("cell") + "</w:tc></w:tr></w:tbl>"
    )  # fmt: skip
    text = reading.read(Path("a.docx"), "docx", documents.make_docx(body))
    assert lines(text) == [
        (1, "# The house"),
        (2, "First."),
        (4, "Third one"),
        (4, "goes\ton"),
        (5, "cell"),
    ]
    assert (text.unit, text.headed) == ("paragraph", True)


def test_docx_read_text_box_occurs_once(reading: DocumentReader) -> None:
    box = documents.docx_paragraph("in the box")
    body = (
        "<w:p><w:r><w:t>around</w:t></w:r><mc:AlternateContent xmlns:mc='urn:mc'>"
        f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:p>"
    )
    text = reading.read(Path("a.docx"), "docx", documents.make_docx(body))
    assert sorted(line for _, line in lines(text)) == ["around", "in the box"]


NO_WORD_DOCUMENTS: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "nothing": (b"", "is not a Word document"),
    "half a zip": (b"PK\x03\x04 nonsense", "is not a Word document"),
    "cut": (documents.make_docx("<w:p>")[:-30], "is not a Word document"),
    "broken inside": (documents.make_docx("<w:p>"), "is not a Word document (mismatched tag"),
    "another zip": (
        documents.make_docx("", part="word/other.xml"),
        "is not a Word document (it has no text part)",
    ),
    "entities": (
        documents.make_docx("&a;", before='<!DOCTYPE x [<!ENTITY a "b">]>'),
        "holds definitions that a Word document",
    ),
    "a bomb": (lambda: documents.make_zip_bomb(65), "unpacks to more than 64 MB"),
    "a bomb that lies": (lambda: documents.make_zip_bomb_with_wrong_size(65), "is not a Word document"),
}


@pytest.mark.parametrize("case", NO_WORD_DOCUMENTS)
def test_docx_read_invalid_file_or_zip_bomb_raises(reading: DocumentReader, case: str) -> None:
    data, told = NO_WORD_DOCUMENTS[case]
    assert told in fault(reading, "docx", data() if callable(data) else data, "a.docx")


def test_docx_read_wrong_size_in_zip_stops_decompression() -> None:
    with pytest.raises(UnreadableError):
        docx.read(documents.make_zip_bomb_with_wrong_size(3), limit=1_000_000)


def test_pdf_read_gives_lines_with_pages(reading: DocumentReader) -> None:
    text = reading.read(
        Path("a.pdf"), "pdf", documents.make_pdf(["First page (one)\nsecond line", "Second page"])
    )
    assert lines(text) == [(1, "First page (one)"), (1, "second line"), (2, "Second page")]
    assert (text.unit, text.headed) == ("page", False)


NO_PDF: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    "nothing": (b"", "is not a PDF that can be read"),
    "nonsense": (b"%PDF-1.4 nonsense", "is not a PDF that can be read"),
    "a blank page": (documents.make_pdf([""]), "holds no text: it may be a scan"),
    "a broken page": (documents.make_pdf(["x"], packed=b"nonsense"), "holds no text: it may be a scan"),
    "a bomb": (
        lambda: documents.make_pdf(["x"], packed=zlib.compress(b" " * 200_000_000, 1)),
        "Limit reached",
    ),
}


@pytest.mark.parametrize("case", NO_PDF)
def test_pdf_read_invalid_file_or_bomb_raises(reading: DocumentReader, case: str) -> None:
    data, told = NO_PDF[case]
    assert told in fault(reading, "pdf", data() if callable(data) else data, "a.pdf")


def test_pdf_read_encrypted_file_raises(reading: DocumentReader, tmp_path: Path) -> None:
    from io import BytesIO

    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(documents.make_pdf(["secret"]))))
    writer.encrypt("word", algorithm="RC4-128")
    with (tmp_path / "a.pdf").open("wb") as file:
        writer.write(file)
    assert "needs a password" in fault(reading, "pdf", (tmp_path / "a.pdf").read_bytes(), "a.pdf")


def test_pdf_read_without_pypdf_names_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **how: Any) -> Any:
        if name == "pypdf":
            raise ImportError(name)
        return real(name, *args, **how)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UnreadableError, match=r"pip install 'roundtable-tui\[pdf\]'"):
        pdf.read(b"")


def test_reader_invalid_text_file_raises(reading: DocumentReader) -> None:
    assert reading.read(Path("a.md"), "markdown", b"\xef\xbb\xbf# A\r\nb").text == "# A\nb"
    assert "line 1: is not UTF-8" in fault(reading, "text", b"caf\xe9", "a.txt")
    assert "a NUL byte" in fault(reading, "text", b"a\0", "a.txt")


def use_handler(monkeypatch: pytest.MonkeyPatch, reading: DocumentReader, code: str) -> None:
    """Have the next worker process of `reading` run other code before it reads."""
    program = f"import sys\nsys.path.append(sys.argv[1])\nfrom {html.__name__} import read\n{code}\n"
    program += f"import {html.__name__} as html, {worker.__name__} as worker\nhtml.read = read\n"
    words = reading._worker._command[-3:]
    program += "sys.argv.pop(1)\nworker.main()\n"
    monkeypatch.setattr(reading._worker, "_command", processes.python_code(program, *words))


def test_reader_over_its_time_reports_it_and_reads_the_next_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = DocumentReader(timeout_s=0.3)
    with monkeypatch.context() as patch:
        use_handler(patch, reading, "def read(data):\n    while True: pass")
        assert "cannot be read: it takes more than 0.3 s" in fault(reading, "html", b"<p>x")
    reading._worker.timeout_s = 60.0
    assert reading.read(Path("a.html"), "html", b"<p>x").text.strip() == "x"
    reading.close()


def test_reader_whose_process_dies_fails_for_one_file_only(reading: DocumentReader) -> None:
    assert reading.read(Path("a.html"), "html", b"<p>one").text.strip() == "one"
    assert reading._worker._process is not None
    reading._worker._process.kill()
    reading._worker._process.wait()
    assert "cannot be read: the reader process stopped" in fault(reading, "html", b"<p>two")
    assert reading.read(Path("a.html"), "html", b"<p>three").text.strip() == "three"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ("MemoryError()", "takes too much memory to read"),
        ("RecursionError()", "is nested too deeply to read"),
        (r"KeyError('x\n')", r"cannot be read: KeyError('x\n')"),
    ],
)
def test_reader_reports_what_goes_wrong_in_its_process(
    monkeypatch: pytest.MonkeyPatch, reading: DocumentReader, error: str, line: str
) -> None:
    use_handler(monkeypatch, reading, f"def read(data): raise {error}")
    assert fault(reading, "html", b"").endswith(line)


def test_reader_limits_the_memory_of_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = DocumentReader(max_memory_bytes=300_000_000)
    use_handler(monkeypatch, reading, "def read(data): return bytearray(1_000_000_000)")
    assert "takes too much memory" in fault(reading, "html", b"<p>x")
    reading.close()


def test_to_message_any_text_can_be_stored() -> None:
    assert child.to_message(DocumentText("a\0b\ud800"))["text"] == "ab\ufffd"


def test_html_read_shows_what_never_ends_as_text() -> None:
    page = b"<p>1 < 2 <!-- seen --> and <b>3</b> <!-- open <a href='x"
    assert html.read(page).text == "1 < 2  and 3 <!-- open <a href='x"
