"""Code of the worker process of `DocumentReader`: reads one document."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from roundtable_tui.knowledge.formats import UnreadableError
from roundtable_tui.knowledge.passages import DocumentText
from roundtable_tui.utils.text import fix_surrogates, single_line


def read_document(message: dict[str, Any], data: bytes) -> dict[str, Any]:
    """Return the text of a document.

    Args:
        message: `{"kind": "html" | "pdf" | "docx" | "notebook"}`
        data: The bytes of the file.

    Returns:
        The fields of `DocumentText`, or `{"error": line}`.
    """
    try:
        text: DocumentText = import_module(f"roundtable_tui.knowledge.formats.{message['kind']}").read(data)
    except UnreadableError as error:
        return {"error": single_line(str(error), 200)}
    return to_message(text)


def to_message(text: DocumentText) -> dict[str, Any]:
    """Return a text as a JSON object, without characters that a database or UTF-8 cannot hold."""
    clean = fix_surrogates(text.text).replace("\0", "")
    return {"text": clean, "unit": text.unit, "numbers": text.numbers, "headed": text.headed}
