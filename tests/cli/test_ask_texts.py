"""Texts and questions from pipes, documents and files in other encodings."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cli_run import CommandResult
from tests.support.documents import docx_paragraph, make_docx, make_pdf
from tests.support.fake_server import FakeServer, Reply

Run = Callable[..., CommandResult]
Fake = Callable[..., FakeServer]
ANSWER = Reply("It was blue.")


def pipe(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Make `data` standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def ask_about(cli_run: Run, fake: Fake, *words: str) -> tuple[CommandResult, str]:
    """Run mode single with these arguments; return its result and what the model was sent."""
    server = fake(ANSWER)
    result = cli_run("ask", "--mode", "single", "--base-url", server.url, *words)
    return result, json.dumps([one.body for one in server.requests], ensure_ascii=False)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_ask_question_on_stdin_in_unicode_is_sent_as_written(
    cli_run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    pipe(monkeypatch, "Wer ist Zoë?".encode(encoding))
    result, sent = ask_about(cli_run, fake, "-")
    assert result.code == 0 and "Wer ist Zoë?" in sent, result.err


@pytest.mark.parametrize("words", [["-"], ["--file", "-", "Who?"], ["--file", "/dev/stdin", "Who?"]])
def test_ask_stdin_in_another_encoding_is_refused(
    cli_run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    pipe(monkeypatch, "Wer ist\nZoë?".encode("cp1252"))
    result, sent = ask_about(cli_run, fake, *words)
    assert (result.code, sent) == (2, "[]")
    assert "standard input, line 2: is not UTF-8: byte 11 is 0xeb. Convert it to UTF-8" in result.err


def test_ask_question_argument_that_is_not_utf8_is_refused(cli_run: Run, fake: Fake) -> None:
    result, sent = ask_about(cli_run, fake, os.fsdecode("Zoë?".encode("cp1252")))
    assert (result.code, sent) == (2, "[]")
    assert "the question is not UTF-8" in result.err


def test_ask_file_in_utf16_is_read(cli_run: Run, fake: Fake, here: Path) -> None:
    (here / "a.txt").write_bytes("Zoë was blue.".encode("utf-16"))
    result, sent = ask_about(cli_run, fake, "--file", "a.txt", "What was it?")
    assert result.code == 0 and "Zoë was blue." in sent, result.err


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_ask_file_in_another_encoding_is_refused(cli_run: Run, fake: Fake, here: Path, name: str) -> None:
    (here / name).write_bytes("Zoë was blue.".encode("cp1252"))
    result, sent = ask_about(cli_run, fake, "--file", name, "What was it?")
    assert (result.code, sent) == (2, "[]") and f"{name}, line 1: is not UTF-8" in result.err


@pytest.mark.parametrize("mode", ["single", "chain"])
@pytest.mark.parametrize("content", [b"", b" \n\t", b"\xef\xbb\xbf\n"])
def test_ask_empty_file_is_refused_in_every_mode_that_reads_one(
    cli_run: Run, here: Path, mode: str, content: bytes
) -> None:
    (here / "a.txt").write_bytes(content)
    result = cli_run("ask", "--demo", "--mode", mode, "--file", "a.txt", "What?")
    assert result.code == 2 and "a.txt: holds no text" in result.err
    result = cli_run("ask", "--demo", "--mode", mode, "--file", "", "What?")
    assert result.code == 2 and "--file is empty" in result.err


def test_ask_file_of_process_substitution_is_read_and_kept(cli_run: Run, fake: Fake) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"The gate is 92 cm wide.")
    os.close(writing)
    try:
        result, sent = ask_about(cli_run, fake, "--file", f"/dev/fd/{reading}", "How wide?")
    finally:
        os.close(reading)
    assert result.code == 0 and "The gate is 92 cm wide." in sent, result.err


NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": ["# Gates\n", "How wide they are."]},
        {
            "cell_type": "code",
            "source": "print(90 + 2)",
            "outputs": [{"output_type": "stream", "text": ["92\n"]}, {"data": {"image/png": "iVBO"}}],
        },
    ],
    "nbformat": 4,
}
DOCUMENTS = {
    "a.pdf": (make_pdf(["The gate is 92 cm wide."]), "The gate is 92 cm wide."),
    "a.docx": (
        make_docx(docx_paragraph("The gate is 92 cm wide.")),
        "The gate is 92 cm wide.",
    ),
    "a.ipynb": (json.dumps(NOTEBOOK).encode(), "How wide they are."),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_ask_file_that_is_a_document_is_read_as_text(cli_run: Run, fake: Fake, here: Path, name: str) -> None:
    data, text = DOCUMENTS[name]
    (here / name).write_bytes(data)
    result, sent = ask_about(cli_run, fake, "--file", name, "How wide?")
    assert result.code == 0 and text in sent, result.err
    assert "iVBO" not in sent and "nbformat" not in sent


def test_ask_document_on_stdin_is_read_as_text(
    cli_run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe(monkeypatch, DOCUMENTS["a.pdf"][0])
    result, sent = ask_about(cli_run, fake, "--file", "-", "How wide?")
    assert result.code == 0 and "The gate is 92 cm wide." in sent, result.err


def test_ask_file_that_is_a_broken_notebook_is_refused(cli_run: Run, fake: Fake, here: Path) -> None:
    (here / "a.ipynb").write_text('{"cells": [')
    result, sent = ask_about(cli_run, fake, "--file", "a.ipynb", "How wide?")
    assert (result.code, sent) == (2, "[]") and "a.ipynb: is not a notebook" in result.err


def test_ask_file_of_task_in_another_encoding_is_refused(cli_run: Run, here: Path) -> None:
    (here / "task").mkdir()
    (here / "task" / "questions.txt").write_bytes("Wer ist Zoë?".encode("cp1252"))
    result = cli_run("ask", "--demo", "--task", "./task")
    assert result.code == 2 and "task/questions.txt, line 1: is not UTF-8" in result.err
