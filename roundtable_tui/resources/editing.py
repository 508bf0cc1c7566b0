"""What the editors of personas and teams need: to check as one types, and to write where it belongs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from roundtable_tui.errors import FileError
from roundtable_tui.resources.json_schema import FILES, as_text
from roundtable_tui.resources.persona import Named, Persona
from roundtable_tui.resources.reading import PERSONA_LIMIT, read_text
from roundtable_tui.resources.team import Team
from roundtable_tui.resources.validation import Problem, check_json
from roundtable_tui.utils import files, paths

PERSONA_SCHEMA = "persona.schema.json"
TEAM_SCHEMA = "team.schema.json"


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
    return _save(persona, persona_text(persona), folder, file, Path(), PERSONA_SCHEMA)


def check_team(text: str) -> tuple[Team | None, list[Problem]]:
    """Return the team `text` spells out, or None and all that is wrong with it, in order of lines."""
    return check_json(Team, text)


def team_text(team: Team) -> str:
    """Return the team as its file has it: members by name alone, where they have no model of their own."""
    shown: dict[str, Any] = {"$schema": team.schema_ref or TEAM_SCHEMA, "name": team.name}
    if team.title:
        shown["title"] = team.title
    shown["members"] = [member.spelled for member in team.members]
    if team.captain is not None:
        shown["captain"] = team.captain.spelled
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def save_team(team: Team, *, file: Path | None = None) -> Path:
    """Write `team` to a file of its name among your teams, or to `file`, as `save_persona` does a persona."""
    return _save(team, team_text(team), None, file, Path("teams"), TEAM_SCHEMA)


def _save(
    named: Named, content: str, folder: Path | None, file: Path | None, part: Path, schema: str
) -> Path:
    """Write `content` where it belongs, and its schema beside it if that is not there."""
    yours = paths.data_dir() / "personas" / part
    target = file if file is not None else (folder or yours) / f"{named.key}.json"
    if files.real(target).is_relative_to(files.real(paths.shipped("personas"))):
        target = yours / target.name
    if file is None:
        target = _free(target, named)
    if len(content.encode("utf-8", "replace")) > PERSONA_LIMIT:
        kind = type(named).__name__.lower()
        raise FileError(f"the {kind} is too large to be read again", where=files.show(target))
    beside = target.parent / schema
    if not named.schema_ref and not beside.exists():
        files.write_text(beside, as_text(FILES[(Path("personas") / part / schema).as_posix()]()), mode=0o644)
    return files.write_text(target, content, mode=0o644)


def _free(target: Path, named: Named) -> Path:
    """Return `target`, or the next free name after it where another of its kind has that file."""
    number, free = 1, target
    while free.exists() and not _is_of(free, named):
        number += 1
        free = target.with_name(f"{target.stem}-{number}.json")
    return free


def _is_of(path: Path, named: Named) -> bool:
    """Return whether the file is an earlier version of `named`; what cannot be read is not."""
    try:
        found, _ = check_json(type(named), read_text(path, PERSONA_LIMIT))
    except FileError:
        return False
    return found is not None and found.key == named.key
