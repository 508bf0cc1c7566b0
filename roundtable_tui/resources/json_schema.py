"""The JSON Schemas of the files that users edit, shipped beside them for editors.

After a change of the models, `write_schemas` writes them again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from roundtable_tui.resources.persona import Persona
from roundtable_tui.resources.task import TaskSettings
from roundtable_tui.resources.team import Team
from roundtable_tui.utils import files

Schema = dict[str, Any]


def persona_schema() -> Schema:
    """Return the schema of a persona file."""
    return _build_schema(Persona, "A persona of Roundtable")


def team_schema() -> Schema:
    """Return the schema of a team file."""
    return _build_schema(Team, "A team of Roundtable")


def task_schema() -> Schema:
    """Return the schema of `task.toml`."""
    return _build_schema(TaskSettings, "The settings of a task of Roundtable")


SCHEMA_FILES: dict[str, Callable[[], Schema]] = {
    "personas/persona.schema.json": persona_schema,
    "personas/teams/team.schema.json": team_schema,
    "tasks/task.schema.json": task_schema,
}
"""Where each schema is kept, and what makes it."""


def render_schema(schema: Schema) -> str:
    """Return the content of a schema's file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _build_schema(model: type[BaseModel], title: str) -> Schema:
    schema = model.model_json_schema()
    inner = [part for kind in schema.get("$defs", {}).values() for part in [kind, *kind.get("anyOf", ())]]
    for part in inner:
        part.pop("title", None)
    for part in [schema, *inner]:
        for field in part.get("properties", {}).values():
            field.pop("title", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


def write_schemas(root: Path) -> None:
    """Write all schemas into the repository at `root`."""
    for name, make in SCHEMA_FILES.items():
        files.write_text(root / name, render_schema(make()), mode=0o644)
