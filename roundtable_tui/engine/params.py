"""The generation parameters of a call, from the places that may set them.

Precedence: the user for the run (flags), the persona's `params`, its `creativity` or `temperature`, the mode,
the persona's `max_tokens`, the task, the server, the environment (part of the server's), the defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.llm.types import Server
from roundtable_tui.resources.persona import Persona

OPTION_PARAMS = ("temperature", "top_p")
"""Parameters that some modes have as an option, for the calls that the option is about."""


@dataclass(frozen=True, slots=True)
class RunParams:
    """The parameters of a run; name -> value as in JSON, None for a parameter that is not to be sent."""

    given: Mapping[str, Any] = field(default_factory=dict)
    """Set by the user for every call of the run."""
    task: Mapping[str, Any] = field(default_factory=dict)
    """Set by the task."""
    named: frozenset[str] = frozenset()
    """Options of the mode that the user set and that are parameters, such as `temperature`."""
    stream: bool = True
    """False asks servers for whole replies."""

    def to_dict(self) -> dict[str, Any]:
        """Return them as a JSON object for the header of a record; {} if nothing is set."""
        parts = {"given": dict(self.given), "task": dict(self.task), "named": sorted(self.named)}
        whole = {} if self.stream else {"stream": False}
        return {name: part for name, part in parts.items() if part} | whole


def resolve_params(
    run: RunParams,
    persona: Persona,
    server: Server,
    call: Mapping[str, Any],
    *,
    keep_temperature: bool = False,
    max_tokens: int | None = None,
) -> dict[str, Any]:
    """Return the parameters of one call.

    Args:
        run: the parameters of the run.
        persona: the persona of the seat.
        server: the server that is called.
        call: what the mode sets for this call; None for what it does not set.
        keep_temperature: the mode's temperature holds unless the persona's `params` name another.
        max_tokens: the token limit if nothing else sets one.
    """
    of_mode = {name: value for name, value in call.items() if value is not None}
    of_user = {name: value for name, value in of_mode.items() if name in run.named}
    default = {"temperature": persona.effective_temperature, "max_tokens": max_tokens}
    limit = {} if persona.max_tokens is None else {"max_tokens": persona.max_tokens}
    found = {
        **default, **server.params, **run.task, **limit, **of_mode, **_declared_temperature(persona),
        **persona.params, **run.given, **of_user,
    }  # fmt: skip
    if keep_temperature and "temperature" in of_mode:
        found["temperature"] = persona.params.get("temperature", of_mode["temperature"])
    return {name: value for name, value in found.items() if value is not None}


def _declared_temperature(persona: Persona) -> dict[str, Any]:
    """Return the temperature that a persona's own fields set; a default value sets none."""
    if persona.temperature is None and "creativity" not in persona.model_fields_set:
        return {}
    return {"temperature": persona.effective_temperature}
