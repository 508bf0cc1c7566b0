"""The kinds of documents: how each becomes text with the numbers of its lines, pages or paragraphs.

Plain text is read in this process. Other formats are read in a worker process with limits of time and memory
(`reader`, `child`), so that a malicious file ends only the worker.
"""

from __future__ import annotations

from pathlib import PurePath

MAX_FILE_BYTES = 64_000_000
"""Bytes of a file, also after unpacking."""

_KINDS = {
    "markdown": "md markdown mdown mkd",
    "html": "html htm xhtml",
    "pdf": "pdf",
    "docx": "docx",
    "notebook": "ipynb",
    "text": "txt text rst adoc asciidoc org tex csv tsv json jsonl yaml yml toml ini cfg conf xml log srt vtt"
    " sql py js ts jsx tsx java kt c h cpp cc hpp cs go rs rb php pl sh bash lua r jl swift scala css",
}
_BY_SUFFIX = {f".{suffix}": kind for kind, suffixes in _KINDS.items() for suffix in suffixes.split()}


class UnreadableError(ValueError):
    """A file cannot be read; the message is the reason, for the user."""


def detect_kind(name: str) -> str:
    """Return text, markdown, html, pdf, docx or notebook by the name's ending; "" for an unknown one."""
    return _BY_SUFFIX.get(PurePath(name).suffix.lower(), "")
