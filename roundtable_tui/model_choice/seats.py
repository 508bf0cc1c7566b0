"""The personas of the next run, with the models that are chosen for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from roundtable_tui.config import Settings
from roundtable_tui.resources.library_cache import load_personas
from roundtable_tui.setup.participants import RunSources
from roundtable_tui.setup.plan import find_mode, find_task, plan_stages
from roundtable_tui.setup.request import RunRequest


@dataclass(frozen=True, slots=True)
class PersonaModel:
    """A persona of the next run, and the model chosen for it."""

    name: str
    role: str
    model_label: str
    """`MODEL @ SERVER` of the persona; "" for those of the run."""
    is_explicit: bool
    """True if the user chose it, False if the team or the persona's file did."""
    captain: bool = False


def list_persona_models(
    request: RunRequest, settings: Settings, environ: Mapping[str, str]
) -> list[PersonaModel]:
    """Return the personas that a run of `request` would have, each once, the captain last.

    Raises RoundtableError.
    """
    task = find_task(request.task)
    mode = find_mode(request, task, settings)
    library = load_personas(request.personas_dir, task.participants if task else None)
    found: dict[str, PersonaModel] = {}
    for stage in plan_stages(mode, RunSources(request, task, library, settings, environ)):
        for participant in stage.everyone:
            persona, leads = participant.persona, participant is stage.captain
            chosen = [by_name.get(persona.name, "") for by_name in (request.models, request.servers)]
            default = [participant.model, participant.server]
            label = " @ ".join(part for part in (chosen if any(chosen) else default) if part)
            found[persona.name] = PersonaModel(persona.name, persona.role, label, any(chosen), leads)
    return list(found.values())
