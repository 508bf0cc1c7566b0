"""The names of the models: modes that answer one question, teams and tasks; options as a suffix."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
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
MAX_NAME_CHARS = 2_000
KEPT_S = 2.0
"""Seconds for which the list of teams and tasks is kept."""
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


class Catalog:
    """All models. Teams and tasks are files: their list is kept for a moment."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        """`now` returns seconds of a clock that never goes back."""
        self.settings = settings
        self._now = now
        offered = [mode for mode in modes.all_modes().values() if is_offered(mode)]
        self._modes = [ServedModel(f"{OWNER}/{mode.name}", mode.summary, mode=mode.name) for mode in offered]
        self._files: tuple[float, list[ServedModel]] | None = None

    def list_entries(self) -> list[ServedModel]:
        """Return all models: modes first, then teams, then tasks. May read files."""
        if self._files is None or self._now() - self._files[0] > KEPT_S:
            self._files = (self._now(), [*self._list_teams(), *self._list_tasks()])
        return [*self._modes, *self._files[1]]

    def find(self, name: str) -> ChosenModel:
        """Return the model of this name; the prefix may be missing. Raises ProxyError."""
        if len(name) > MAX_NAME_CHARS:
            what = f"the name of a model has at most {MAX_NAME_CHARS:,} characters, with its options"
            raise ProxyError(400, what, param="model")
        full = name if name.startswith(f"{OWNER}/") else f"{OWNER}/{name}"
        return (
            _find_among(self._modes, full)
            or _find_among(self.list_entries(), full)
            or self._raise_unknown(name, full)
        )

    def is_mode(self, name: object) -> bool:
        """Return whether a name is that of a mode, which needs no files."""
        if not isinstance(name, str) or len(name) > MAX_NAME_CHARS:
            return False
        full = name if name.startswith(f"{OWNER}/") else f"{OWNER}/{name}"
        return _find_among(self._modes, full.partition(":")[0]) is not None

    def _raise_unknown(self, name: str, full: str) -> ChosenModel:
        hint = did_you_mean(full.partition(":")[0], [entry.id for entry in self.list_entries()])
        what = f"there is no model {single_line(name, 80)}. {hint or 'GET /v1/models lists them.'}"
        raise ProxyError(404, what, code="model_not_found", param="model")

    @property
    def _team_mode(self) -> str:
        mode = self.settings.mode
        return mode if mode in {entry.mode for entry in self._modes} else DEFAULT_TEAM_MODE

    def _list_teams(self) -> Iterator[ServedModel]:
        for found in PersonaLibrary.load().teams:
            name, count = found.team.name, len(found.team.members)
            text = f"mode {self._team_mode} with the team {single_line(name, 60)}: {count} members"
            yield ServedModel(f"{OWNER}/{TEAM}{name}", text, mode=self._team_mode, team=name)

    def _list_tasks(self) -> Iterator[ServedModel]:
        offered = {entry.mode for entry in self._modes}
        for found in TaskLibrary.load().items:
            chosen = found.task.settings
            if chosen.stages or (chosen.mode or self._team_mode) in offered:
                name = found.path.name
                text = f"the task {single_line(name, 60)}, with its mode and team"
                yield ServedModel(f"{OWNER}/{TASK}{name}", text, task=name)


def _find_among(entries: Iterable[ServedModel], full: str) -> ChosenModel | None:
    """Return the entry with this name, perhaps with options behind it."""
    by_id = {entry.id: entry for entry in entries}
    if full in by_id:
        return ChosenModel(by_id[full])
    # The name of a team may have a colon too: the longest name counts.
    head, colon, suffix = full.rpartition(":")
    while colon and head not in by_id:
        head, colon, more = head.rpartition(":")
        suffix = f"{more}:{suffix}"
    return ChosenModel(by_id[head], _read_suffix(suffix)) if colon else None


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
