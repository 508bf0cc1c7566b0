"""Jupyter notebooks as text: the cells, with their numbers; code in fences, with its printed output."""

from __future__ import annotations

from typing import Any

from roundtable_tui.knowledge.formats import UnreadableError
from roundtable_tui.knowledge.passages import DocumentText
from roundtable_tui.utils.nesting import load_json

_MAX_OUTPUT_CHARS = 4000
"""Of each cell: tables and logs, not the whole of them."""


def read(data: bytes) -> DocumentText:
    """Return the text of all cells. Raises UnreadableError."""
    try:
        notebook = load_json(data.decode("utf-8-sig"))
    except ValueError as error:
        raise UnreadableError(f"is not a notebook ({error})") from None
    cells = _cells(notebook)
    if cells is None:
        raise UnreadableError("is not a notebook (it has no cells)")
    language = str(_dig(notebook, "metadata", "kernelspec", "language") or "python")
    lines: list[str] = []
    numbers: list[int] = []
    for number, cell in enumerate(cells, 1):
        for line in [*_cell_lines(cell, language), ""]:
            lines.append(line)
            numbers.append(number)
    if not any(lines):
        raise UnreadableError("holds no text")
    return DocumentText("\n".join(lines), unit="cell", numbers=tuple(numbers), headed=True)


def _cells(notebook: Any) -> list[Any] | None:
    """Return the cells of a notebook of format 4, or 3, which has worksheets."""
    if not isinstance(notebook, dict):
        return None
    if isinstance(cells := notebook.get("cells"), list):
        return cells
    sheets = notebook.get("worksheets")
    if not isinstance(sheets, list):
        return None
    return [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or []]


def _cell_lines(cell: Any, language: str) -> list[str]:
    if not isinstance(cell, dict):
        return []
    source = _text(cell.get("source", cell.get("input"))).strip("\n")
    if cell.get("cell_type") != "code":
        return source.split("\n") if source.strip() else []
    found = [f"```{language}", *source.split("\n"), "```"] if source.strip() else []
    output = "\n".join(filter(None, map(_output_text, _list(cell.get("outputs"))))).strip("\n")
    if output:
        if len(output) > _MAX_OUTPUT_CHARS:
            output = f"{output[:_MAX_OUTPUT_CHARS]}\n[... output cut]"
        found += ["", "Output:", "```", *output.split("\n"), "```"]
    return found


def _output_text(output: Any) -> str:
    """Return the printed text, result or error of an output; pictures have none."""
    if not isinstance(output, dict):
        return ""
    if output.get("output_type") in ("error", "pyerr"):
        return f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"
    return _text(output.get("text") or _dig(output, "data", "text/plain")).strip("\n")


def _text(value: Any) -> str:
    return "".join(str(part) for part in value) if isinstance(value, list) else str(value or "")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dig(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
