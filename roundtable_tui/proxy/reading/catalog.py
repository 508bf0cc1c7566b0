"""The names of the models: modes that answer one question, teams and tasks; options as a suffix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui import modes
from roundtable_tui.config import Settings, did_you_mean
from roundtable_tui.engine import Mode
from roundtable_tui.proxy import OWNER
from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.resources import PersonaLibrary, TaskLibrary
from roundtable_tui.utils.text import single_line

SINGLE = "single"
TEAM, TASK = "team/", "task/"
DEFAULT_TEAM_MODE = "debate"
"""The mode of a team if the one of the settings does not answer one question."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model of the list."""

    id: str
    description: str
    mode: str = ""
    team: str = ""
    task: str = ""


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """The model of a request, and the options behind its name."""

    entry: ServedModel
    options: Mapping[str, str] = field(default_factory=dict)


def is_offered(mode: Mode) -> bool:
    """Return whether a mode can be a model: it answers one question and needs no text beside it."""
    return mode.has_one_answer and not mode.needs_text and mode.seats != "stages"


def list_entries(settings: Settings) -> list[ServedModel]:
    """Return all models: modes first, then teams, then tasks."""
    offered = [mode for mode in modes.all_modes().values() if is_offered(mode)]
    rows = [ServedModel(f"{OWNER}/{mode.name}", mode.summary, mode=mode.name) for mode in offered]
    names = {mode.name for mode in offered}
    team_mode = settings.mode if settings.mode in names else DEFAULT_TEAM_MODE
    for found in PersonaLibrary.load().teams:
        name, count = found.team.name, len(found.team.members)
        text = f"mode {team_mode} with the team {single_line(name, 60)}: {count} members"
        rows.append(ServedModel(f"{OWNER}/{TEAM}{name}", text, mode=team_mode, team=name))
    for task in TaskLibrary.load().items:
        chosen = task.task.settings
        if not chosen.stages and (chosen.mode or team_mode) not in names:
            continue
        name = task.path.name
        text = f"the task {single_line(name, 60)}, with its mode and team"
        rows.append(ServedModel(f"{OWNER}/{TASK}{name}", text, task=name))
    return rows


def find_model(name: str, settings: Settings) -> ChosenModel:
    """Return the model of this name; the prefix may be missing. Raises ProxyError 404."""
    entries = {entry.id: entry for entry in list_entries(settings)}
    full = name if name.startswith(f"{OWNER}/") else f"{OWNER}/{name}"
    if full in entries:
        return ChosenModel(entries[full])
    head, _, suffix = full.partition(":") if full.count(":") == 1 else full.rpartition(":")
    if head in entries:
        return ChosenModel(entries[head], _read_suffix(suffix))
    hint = did_you_mean(head or full, list(entries))
    what = f"there is no model {single_line(name, 80)}. {hint or 'GET /v1/models lists them.'}"
    raise ProxyError(404, what, code="model_not_found", param="model")


def _read_suffix(text: str) -> dict[str, str]:
    """Return the options of `max_rounds=2,agents=3`. Raises ProxyError."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = part.partition("=")
        if not equals or not key.strip():
            what = f"the options behind the model's name should be like max_rounds=2,agents=3, not {text}"
            raise ProxyError(400, what, param="model")
        found[key.strip()] = value.strip()
    return found


def model_to_dict(entry: ServedModel, created: int, context: int | None) -> dict[str, Any]:
    """Return the entry as `/v1/models` lists it."""
    row: dict[str, Any] = {
        "id": entry.id,
        "object": "model",
        "created": created,
        "owned_by": OWNER,
        "description": entry.description,
    }
    return row | ({"context_length": context} if context else {})
