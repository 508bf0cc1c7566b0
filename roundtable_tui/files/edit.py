"""What the editor of a persona needs: to check it as one types, and to write it where it belongs."""

from __future__ import annotations

import json
from pathlib import Path

from roundtable_tui import disk, paths
from roundtable_tui.errors import FileError
from roundtable_tui.files.persona import Persona
from roundtable_tui.files.problems import Problem, check_json
from roundtable_tui.files.read import PERSONA_LIMIT, read_text
from roundtable_tui.files.schema import FILES, as_text

PERSONA_SCHEMA = "persona.schema.json"


def check_persona(text: str) -> tuple[Persona | None, list[Problem]]:
    """Return the persona `text` spells out, or None and all that is wrong with it, in order of lines."""
    return check_json(Persona, text)


def persona_text(persona: Persona) -> str:
    """Return the persona as its file has it: what differs from the defaults, creativity always."""
    fields = persona.model_dump(mode="json", exclude_defaults=True)
    shown = {"$schema": persona.schema_ref or PERSONA_SCHEMA}
    for name in Persona.model_fields:
        if name in fields or name == "creativity":
            shown[name] = fields.get(name, persona.creativity)
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def save_persona(persona: Persona, folder: Path | None = None, *, file: Path | None = None) -> Path:
    """Write `persona` to a file of its name in `folder` (default: yours), or to `file`; return the file.

    What is shipped is never written to: a changed copy goes to your folder, where it is found first.
    Raises FileError.
    """
    yours = paths.data_dir() / "personas"
    target = file if file is not None else (folder or yours) / f"{persona.key}.json"
    if disk.real(target).is_relative_to(disk.real(paths.shipped("personas"))):
        target = yours / target.name
    if file is None:
        target = _free(target, persona)
    content = persona_text(persona)
    if len(content.encode("utf-8", "replace")) > PERSONA_LIMIT:
        raise FileError("the persona is too large to be read again", where=disk.show(target))
    schema = target.parent / PERSONA_SCHEMA
    if not persona.schema_ref and not schema.exists():
        disk.write_text(schema, as_text(FILES["personas/persona.schema.json"]()), mode=0o644)
    return disk.write_text(target, content, mode=0o644)


def _free(target: Path, persona: Persona) -> Path:
    """Return `target`, or the next free name after it where another persona has that file."""
    number, free = 1, target
    while free.exists() and not _is_of(free, persona):
        number += 1
        free = target.with_name(f"{target.stem}-{number}.json")
    return free


def _is_of(path: Path, persona: Persona) -> bool:
    """Return whether the file is an earlier version of `persona`; what cannot be read is not."""
    try:
        found, _ = check_json(Persona, read_text(path, PERSONA_LIMIT))
    except FileError:
        return False
    return found is not None and found.key == persona.key
