"""Reads a persona file of another program, whatever its kind, and saves its personas."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from roundtable_tui.errors import FileError
from roundtable_tui.resources.editing import save_persona, user_personas_dir
from roundtable_tui.resources.importing import png
from roundtable_tui.resources.importing.json_kinds import parse_object, parse_prompt
from roundtable_tui.resources.importing.result import MAX_NAME_CHARS, ImportedPersona
from roundtable_tui.resources.persona import slugify
from roundtable_tui.utils import files
from roundtable_tui.utils.format import count_of
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import truncate
from roundtable_tui.utils.texts.csv_header import find_delimiter, find_header_problem
from roundtable_tui.utils.texts.decoding import decode_any

MAX_FILE_BYTES = 32 * files.BYTES_PER_MB
MAX_PERSONAS = 500
"""Personas of one file."""
_CARD_KEYWORDS = ("ccv3", "chara")
"""V3 before V2: a picture has both for older programs."""
_LISTS = ("data", "models", "agents", "presets", "prompts", "personas", "assistants", "items")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)(.*)\Z", re.DOTALL)
_OPEN_FRONT_MATTER = re.compile(r"\A---[ \t]*\n[A-Za-z_][\w-]*\s*:")
_FIELD = re.compile(r"^([A-Za-z_][\w-]*)\s*:\s*(.*?)\s*$")
_HEADING = re.compile(r"\A\s*#\s+(.+?)\s*#*\s*(?:\n|\Z)")
_KINDS = "character cards (PNG, JSON), assistants, models and prompt lists (JSON, CSV, Markdown)"


_Entry = ImportedPersona | None
"""An entry of a list; None for one without a prompt."""


def read_foreign_file(path: Path) -> list[ImportedPersona]:
    """Return the personas in a file of another program. Raises FileError if there are none."""
    data = files.read_bytes(path, MAX_FILE_BYTES)
    try:
        entries = list(islice(_parse(path, data), MAX_PERSONAS + 1))
    except (png.PngError, csv.Error, ValueError) as error:
        raise FileError(str(error), where=files.display_path(path)) from None
    found = [entry for entry in entries if entry is not None]
    if not found:
        hint = f"Known are {_KINDS}."
        raise FileError("holds no persona that can be read", where=files.display_path(path), hint=hint)
    if len(entries) > MAX_PERSONAS:
        raise FileError(f"holds more than {MAX_PERSONAS} personas", where=files.display_path(path))
    if empty := len(entries) - len(found):
        what = f"{count_of(empty, 'entry', 'entries')} without a prompt"
        found[-1] = replace(found[-1], left_out=(*found[-1].left_out, what))
    return found


def save_imported(imported: ImportedPersona, folder: Path | None = None) -> tuple[ImportedPersona, Path]:
    """Write an imported persona to your folder; return it, renamed if the name is taken, and its file.

    Nothing that is there is replaced. Raises FileError.
    """
    target = folder or user_personas_dir()
    persona, number = imported.persona, 1
    while files.path_exists(target / f"{persona.slug}.json"):
        number += 1
        base = truncate(imported.persona.name, MAX_NAME_CHARS - len(str(number)) - 1)
        persona = persona.model_copy(update={"name": f"{base} {number}"})
    return ImportedPersona(persona, imported.left_out), save_persona(
        persona, file=target / f"{slugify(persona.name)}.json"
    )


def _parse(path: Path, data: bytes) -> Iterator[_Entry]:
    if data.startswith(png.SIGNATURE):
        yield from _parse_json(_card_of_picture(data))
        return
    if len(data) > png.MAX_TEXT_BYTES:
        raise ValueError(
            f"is too large: at most {png.MAX_TEXT_BYTES // files.BYTES_PER_MB} MB of text are read"
        )
    text = decode_any(data, path)
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        yield from _parse_table(text)
    elif suffix in (".md", ".markdown", ".txt"):
        yield from _parse_markdown(text, path.stem)
    elif text.lstrip()[:1] in ("{", "["):
        yield from _parse_json(text)


def _card_of_picture(data: bytes) -> str:
    chunks = png.read_text_chunks(data, _CARD_KEYWORDS)
    for keyword in _CARD_KEYWORDS:
        if keyword in chunks:
            try:
                return base64.b64decode(chunks[keyword], validate=False).decode("utf-8")
            except (binascii.Error, UnicodeDecodeError):
                raise png.PngError("has a character card that cannot be decoded") from None
    raise png.PngError("is a picture without a character card")


def _parse_json(text: str) -> Iterator[_Entry]:
    try:
        source = load_json(text)
    except ValueError as error:
        raise ValueError(f"is not JSON: {error}") from None
    yield from _parse_value(source)


def _parse_value(source: Any) -> Iterator[_Entry]:
    if isinstance(source, list):
        for entry in source[: MAX_PERSONAS + 1]:
            if isinstance(entry, dict):
                yield parse_object(entry)
    elif isinstance(source, dict):
        if (found := parse_object(source)) is not None:
            yield found
            return
        inner = next((source[key] for key in _LISTS if isinstance(source.get(key), list)), None)
        yield from _parse_value(inner) if inner is not None else _parse_mapping(source)


def _parse_mapping(source: Mapping[str, Any]) -> Iterator[_Entry]:
    """Names with their prompts: {"Pirate": "You are ..."}."""
    if source and all(isinstance(value, str) for value in source.values()):
        for name, prompt in source.items():
            yield parse_prompt({"name": name, "prompt": prompt})


def _parse_table(text: str) -> Iterator[_Entry]:
    csv.field_size_limit(MAX_FILE_BYTES)
    rows = csv.DictReader(io.StringIO(text), delimiter=find_delimiter(text.partition("\n")[0]))
    if problem := find_header_problem(rows.fieldnames or ()):
        raise ValueError(problem)
    for row in rows:
        plain = {str(key).strip().lower(): value for key, value in row.items() if isinstance(value, str)}
        yield parse_prompt(plain)


def _parse_markdown(text: str, stem: str) -> Iterator[_Entry]:
    """The body is the prompt; the name is in the front matter, else the first heading."""
    source: dict[str, Any] = {}
    if match := _FRONT_MATTER.match(text):
        for line in match[1].split("\n"):
            if field := _FIELD.match(line):
                source[field[1].lower()] = _scalar(field[2])
        text = match[2]
    elif _OPEN_FRONT_MATTER.match(text):
        raise ValueError("has front matter without an end: a line with ---")
    heading = _HEADING.match(text)
    source.setdefault("name", source.pop("title", "") or (heading[1] if heading else "") or stem)
    yield parse_prompt({**source, "prompt": text})


def _scalar(value: str) -> Any:
    """Return a plain value of front matter: a number, or text without its quotes."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    try:
        return float(value) if re.fullmatch(r"-?\d+(\.\d+)?", value) else value
    except ValueError:
        return value
