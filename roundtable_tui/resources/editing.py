"""Validate personas and teams while they are edited, and save them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from roundtable_tui.errors import FileError
from roundtable_tui.resources.json_schema import SCHEMA_FILES, render_schema
from roundtable_tui.resources.persona import NamedFile, Persona
from roundtable_tui.resources.reading import MAX_PERSONA_BYTES, read_text
from roundtable_tui.resources.team import Team
from roundtable_tui.resources.validation import Problem, check_json
from roundtable_tui.utils import files, paths

PERSONA_SCHEMA_FILE = "persona.schema.json"
TEAM_SCHEMA_FILE = "team.schema.json"


def user_personas_dir() -> Path:
    """Return the folder of the user's own personas; their teams are in `teams` below it."""
    return paths.data_dir() / "personas"


def user_dir(model: type[NamedFile]) -> Path:
    """Return the folder of the user's own files of a kind."""
    return user_personas_dir() / ("teams" if model is Team else "")


def is_user_file(path: Path) -> bool:
    """Return whether a persona or team file is the user's own, so that it may be changed."""
    parent = files.resolve_path(path.parent)
    own = [files.resolve_path(user_personas_dir() / part) for part in ("", "participants", "teams")]
    # A link among the user's files may lead to a bundled one.
    return parent in own and not files.is_within(path, paths.bundled_dir("personas"))


def check_persona(text: str) -> tuple[Persona | None, list[Problem]]:
    """Return the persona in the JSON `text`, or None, and all problems in order of lines."""
    return check_json(Persona, text)


def render_persona(persona: Persona) -> str:
    """Return the JSON of a persona's file: fields that differ from the defaults, and always creativity."""
    fields = persona.model_dump(mode="json", exclude_defaults=True)
    shown = {"$schema": persona.schema_ref or PERSONA_SCHEMA_FILE}
    for name in Persona.model_fields:
        if name in fields or name == "creativity":
            shown[name] = fields.get(name, persona.creativity)
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def save_persona(persona: Persona, folder: Path | None = None, *, file: Path | None = None) -> Path:
    """Write `persona` to a file of its name in `folder` (default: yours), or to `file`; return the file.

    What is shipped is never written to: a changed copy goes to your folder, where it is found first.
    Raises FileError.
    """
    return save_resource(persona, file, folder)


def check_team(text: str) -> tuple[Team | None, list[Problem]]:
    """Return the team in the JSON `text`, or None, and all problems in order of lines."""
    return check_json(Team, text)


def render_team(team: Team) -> str:
    """Return the JSON of a team's file: members without a model of their own are written as names."""
    shown: dict[str, Any] = {"$schema": team.schema_ref or TEAM_SCHEMA_FILE, "name": team.name}
    if team.title:
        shown["title"] = team.title
    shown["members"] = [member.to_json for member in team.members]
    if team.captain is not None:
        shown["captain"] = team.captain.to_json
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def save_team(team: Team, *, file: Path | None = None) -> Path:
    """Write `team` to a file of its name in your teams, or to `file`; return the file. See `save_persona`."""
    return save_resource(team, file)


def render_resource(resource: NamedFile) -> str:
    """Return the JSON of a persona's or team's file."""
    if isinstance(resource, Team):
        return render_team(resource)
    assert isinstance(resource, Persona)
    return render_persona(resource)


def save_resource(resource: NamedFile, file: Path | None = None, folder: Path | None = None) -> Path:
    """Write a persona or team, see `save_persona`, and the schema beside it if it is missing."""
    yours, content = user_dir(type(resource)), render_resource(resource)
    target = file if file is not None else (folder or yours) / f"{resource.slug}.json"
    if files.is_within(target, paths.bundled_dir("personas")):
        target = yours / target.name
    if file is None:
        target = _unused_path(target, resource)
    if len(content.encode("utf-8", "replace")) > MAX_PERSONA_BYTES:
        kind = type(resource).__name__.lower()
        raise FileError(f"the {kind} is too large to be read again", where=files.display_path(target))
    name = f"teams/{TEAM_SCHEMA_FILE}" if isinstance(resource, Team) else PERSONA_SCHEMA_FILE
    beside = target.with_name(Path(name).name)
    if not resource.schema_ref and not beside.exists():
        files.write_text(beside, render_schema(SCHEMA_FILES[f"personas/{name}"]()), mode=0o644)
    return files.write_text(target, content, mode=0o644)


def _unused_path(target: Path, named: NamedFile) -> Path:
    """Return `target`, or the next free name if the file belongs to another persona or team."""
    number, free = 1, target
    while free.exists() and not is_version_of(free, named):
        number += 1
        free = target.with_name(f"{target.stem}-{number}.json")
    return free


def is_version_of(path: Path, named: NamedFile) -> bool:
    """Return whether the file is an earlier version of `named`; False if it cannot be read."""
    try:
        found, _ = check_json(type(named), read_text(path, MAX_PERSONA_BYTES))
    except FileError:
        return False
    return found is not None and found.slug == named.slug
