"""The plan of a run: everything that is decided before it starts, and the seats that follow from it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from roundtable_tui.engine.citations import PassageFinder
from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.engine.material.earlier import EarlierQuestion
from roundtable_tui.engine.mode import Mode, Options
from roundtable_tui.engine.params import RunParams
from roundtable_tui.engine.seat import Seat, unique_names
from roundtable_tui.engine.tools.tool import ToolPlan
from roundtable_tui.llm.types import Limits, Server
from roundtable_tui.resources.persona import Persona
from roundtable_tui.resources.task import Task
from roundtable_tui.utils import text


@dataclass(frozen=True, slots=True)
class SeatAssignment:
    """A persona with its server and model, to be given a seat."""

    persona: Persona
    server: Server
    model: str
    seat_id: str = ""
    """The id of the seat in a record; "" to derive it from the name."""
    stage: int = 0
    """The stage of a pipeline, from 1; 0 in other runs."""
    captain: bool = False
    """True for the captain of a stage; the captain of a whole run is `Plan.captain`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is decided before a run starts."""

    mode: Mode
    question: str
    options: Options
    assignments: tuple[SeatAssignment, ...]
    captain: SeatAssignment | None = None
    task: Task | None = None
    team: str = ""
    seed: int = 0
    send_seed: bool = False
    """Send a seed with every call."""
    limits: Limits = field(default_factory=Limits)
    max_tokens: int | None = None
    run_id: str = ""
    parent: str = ""
    follows: str = ""
    """The run before this one in the same conversation."""
    earlier: tuple[EarlierQuestion, ...] = ()
    """The questions asked before, oldest first."""
    attachments: tuple[Attachment, ...] = ()
    budget: int | None = None
    """The budget in tokens; None for no limit."""
    max_cost: float | None = None
    """The budget in USD; None for no limit."""
    servers: Mapping[tuple[str, str], Server] = field(default_factory=dict)
    """Servers by name and base URL that seats had switched to in the record the run starts from."""
    knowledge: tuple[str, ...] = ()
    """The collections of documents that `passage_finder` searches."""
    passage_finder: PassageFinder | None = None
    """Finds passages for the question before the mode starts."""
    baseline: bool = False
    """Take a plain vote with as many tokens after the run, and compare."""
    notes: tuple[str, ...] = ()
    """Notices to show at the start of the run."""
    params: RunParams = field(default_factory=RunParams)
    client: str = ""
    """The program that asks through the proxy; "" for a run of the user."""
    measured: tuple[Mapping[str, Any], ...] = ()
    """How often models of the run were right in a bench, see `events.RunStarted.measured`."""
    tools: ToolPlan | None = None
    """The tools that seats may call; None for none."""


def split_captain(
    everyone: Sequence[SeatAssignment],
) -> tuple[tuple[SeatAssignment, ...], SeatAssignment | None]:
    """Return the seats without the captain of the whole run, and that captain, if there is one."""
    captains = [one for one in everyone if one.captain and not one.stage]
    members = tuple(one for one in everyone if one.stage or not one.captain)
    return members, captains[-1] if captains else None


def build_seats(assignments: Sequence[SeatAssignment]) -> list[Seat]:
    """Return the seats of the assignments; equal names are numbered.

    In a pipeline, ids start with the number of the stage: `2-ada`.
    """
    seats: list[Seat] = []
    for stage, group in groupby(assignments, lambda one: one.stage):
        of_stage = list(group)
        prefix = f"{stage}-" if stage else ""
        ids = [prefix + slug for slug in unique_names([one.persona.slug for one in of_stage], "-")]
        names = unique_names([one.persona.name for one in of_stage], " ")
        for seat_id, name, one in zip(ids, names, of_stage, strict=True):
            persona = one.persona.model_copy(update={"name": name})
            seats.append(
                Seat(one.seat_id or seat_id, persona, one.server, one.model, one.captain, stage=stage)
            )
    return seats


def make_run_id(mode: str) -> str:
    """Return a unique id for a run: time, mode, random letters."""
    return f"{datetime.now():%Y%m%d-%H%M%S}-{text.safe_file_name(mode)}-{secrets.token_hex(3)}"
