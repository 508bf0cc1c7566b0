"""Reading attachments: kinds of files, encodings, names and limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from roundtable_tui.attachments import read
from roundtable_tui.attachments.read import attach_bytes, attach_text, read_attachments
from roundtable_tui.engine.material.attachments import (
    Attachment,
    attachments_from_rows,
    attachments_to_rows,
)
from roundtable_tui.errors import FileError, UsageError
from tests.support.documents import docx_paragraph, make_docx, make_pdf, make_zip_bomb

NOTEBOOK = json.dumps({"cells": [{"cell_type": "markdown", "source": ["Blue, says Zoë."]}]})
KINDS = {
    "a.txt": "Blue, says Zoë.".encode(),
    "a.md": b"# Colour\n\nBlue, says Zo\xc3\xab.",
    "a.py": b"colour = 'Blue'  # says Zo\xc3\xab.",
    "no_ending": "Blue, says Zoë.".encode("utf-16"),
    "a.pdf": make_pdf(["Blue, says Zoe."]),
    "a.docx": make_docx(docx_paragraph("Blue, says Zoe.")),
    "a.ipynb": NOTEBOOK.encode(),
    "report": make_pdf(["Blue, says Zoe."]),
}


@pytest.mark.parametrize("name", KINDS)
def test_read_attachments_of_each_kind_is_text_with_its_name(here: Path, name: str) -> None:
    (here / name).write_bytes(KINDS[name])
    (found,) = read_attachments([Path(name)])
    assert found.name == name and "Blue" in found.text and "says Zo" in found.text
    assert found.size == len(KINDS[name]) and not found.is_picture


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("a.txt", "Zoë".encode("cp1252"), "a.txt, line 1: is not UTF-8"),
        ("a.txt", b" \n", "a.txt: holds no text"),
        ("a.bin", b"\x00\x01\x02\xff" * 9, "a.bin, line 1: is not a text file"),
        ("a.docx", lambda: make_zip_bomb(70), "a.docx: unpacks to more than 64 MB"),
        ("a.pdf", b"%PDF-1.7 nothing", "a.pdf: is not a PDF that can be read"),
        ("a.ipynb", b"{}", "a.ipynb: is not a notebook"),
    ],
    ids=["encoding", "empty", "binary", "zip_bomb", "no_pdf", "no_notebook"],
)
def test_read_attachments_that_cannot_be_read_is_refused_in_one_line(
    here: Path, name: str, data: bytes | Callable[[], bytes], line: str
) -> None:
    (here / name).write_bytes(data() if callable(data) else data)
    with pytest.raises(FileError) as refused:
        read_attachments([Path(name)])
    assert line in str(refused.value) and "\n" not in str(refused.value)


def test_read_attachments_of_folder_device_or_nothing_is_refused(here: Path) -> None:
    (here / "folder").mkdir()
    for path, line in (("folder", "is a folder"), ("/dev/zero", "is a device"), ("gone.txt", "No such file")):
        with pytest.raises(FileError, match=line):
            read_attachments([Path(path)])


def test_read_attachments_numbers_equal_names_and_reads_a_file_once(here: Path) -> None:
    for folder in ("one", "two"):
        (here / folder).mkdir()
        (here / folder / "a.txt").write_text(folder)
    (here / "link.txt").symlink_to(here / "one" / "a.txt")
    paths = [Path("one/a.txt"), Path("two/a.txt"), Path("link.txt"), Path("one/../one/a.txt")]
    found = read_attachments([*paths, attach_text("pasted", "More.")])
    assert [(one.name, one.text) for one in found] == [
        ("a.txt", "one"), ("a.txt (2)", "two"), ("pasted", "More."),
    ]  # fmt: skip


def test_read_attachments_of_too_much_names_chain(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MAX_TEXT_CHARS", 100)
    with pytest.raises(UsageError, match=r"the maximum is 100\. Mode chain reads longer texts: --mode chain"):
        read_attachments([attach_text("a", "x" * 60), attach_text("b", "y" * 60)])
    with pytest.raises(UsageError, match="at most 50 files"):
        read_attachments([attach_text("a", "x")] * 51)


def test_attachments_from_rows_skips_what_is_not_valid() -> None:
    good = (attach_text("a\x1b[2J.txt", "Text."), Attachment(
        "p.png", size=3, media_type="image/png", width=2, height=1, sha256="ab" * 32
    ))  # fmt: skip
    rows = attachments_to_rows(good)
    assert attachments_from_rows(json.loads(json.dumps(rows))) == good
    assert "\x1b" not in good[0].label
    wrong = [
        {}, {"name": 5, "text": "x"}, {"name": "a", "text": ["x"]}, {"name": "a"},
        {"name": "a", "media_type": "image/svg+xml", "sha256": "ab" * 32},
        {"name": "a", "media_type": "image/png", "sha256": "../../etc/passwd"},
    ]  # fmt: skip
    assert attachments_from_rows(wrong) == ()
    strange = {"name": "a", "text": "x", "bytes": -5, "in_passages": "yes"}
    assert attachments_from_rows([strange]) == (Attachment("a", "x"),)


def test_attach_bytes_of_a_piped_document_is_its_text() -> None:
    assert "Blue" in attach_bytes("standard input", KINDS["a.pdf"]).text
