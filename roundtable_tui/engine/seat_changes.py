"""Changes of a seat by the user: applied to the seat, live or from a record, and described for display.

The `value` of the event: for "persona" the fields of the persona; for "model" `{model, server,
base_url}`; for "captain" the same and `persona`, and in `of` the seat that becomes the captain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from roundtable_tui.engine.calls import budget
from roundtable_tui.engine.events import BudgetChanged, RoundsChanged, SeatChanged
from roundtable_tui.engine.seat import Seat, persona_to_dict
from roundtable_tui.llm.types import Server
from roundtable_tui.resources.persona import Persona
from roundtable_tui.utils.text import single_line

ServersByAddress = Mapping[tuple[str, str], Server]
"""Servers by name and base URL, as records refer to them."""
MUTED, UNMUTED = "muted", "unmuted"
_MAX_NAME_CHARS = 40
"""The limit of a persona's name."""


def model_fields(model: str, server: Server) -> dict[str, str]:
    """Return model and server as fields of an event."""
    return {"model": model, "server": server.name, "base_url": server.base_url}


def captain_change(seat: Seat) -> dict[str, Any]:
    """Return the value of the event that makes the captain act as `seat`."""
    name = f"Captain {seat.persona.name}"[:_MAX_NAME_CHARS].rstrip()
    persona = seat.persona.model_copy(update={"name": name})
    return {"persona": persona_to_dict(persona), "of": seat.id, **model_fields(seat.model, seat.server)}


def changed_fields(event: SeatChanged) -> dict[str, str]:
    """Return which of name, role, model and server a change sets, from an event that may be damaged."""
    persona = event.value if event.what == "persona" else event.value.get("persona")
    found: dict[str, str] = {}
    if isinstance(persona, Mapping):
        found = {"name": str(persona.get("name") or ""), "role": str(persona.get("role") or "")}
    if event.what in ("model", "captain"):
        found |= {field: str(event.value.get(field) or "") for field in ("model", "server")}
    return {field: value for field, value in found.items() if value or field == "role"}


def apply_change(event: SeatChanged, seat: Seat, servers: ServersByAddress) -> None:
    """Apply the change to the seat. Raises ValueError if the event is invalid."""
    value = event.value
    match event.what:
        case "persona":
            seat.persona = Persona.model_validate(dict(value))
        case "model":
            _set_model(seat, value, servers)
        case "captain":
            persona = Persona.model_validate(dict(value.get("persona") or {}))
            _set_model(seat, value, servers)
            seat.persona = persona
        case "muted" | "unmuted":
            seat.muted = event.what == MUTED
        case _:
            raise ValueError(f"no such change: {event.what}")


def _set_model(seat: Seat, value: Mapping[str, Any], servers: ServersByAddress) -> None:
    server = servers.get((str(value.get("server")), str(value.get("base_url"))))
    model = value.get("model")
    if server is None or not isinstance(model, str) or not model:
        raise ValueError("no such server")
    seat.server, seat.model = server, model


def describe_seat_change(event: SeatChanged, name: Callable[[str], str]) -> str:
    """Describe the change in one line; `name` returns the name of a seat before the change."""
    who = single_line(name(event.seat), _MAX_NAME_CHARS)
    match event.what:
        case "persona" if event.note == "replaced":
            return f"{single_line(str(event.value.get('name', '')), _MAX_NAME_CHARS)} takes the seat of {who}"
        case "persona":
            return f"{who}: persona changed, from the next turn"
        case "model":
            value = event.value
            model, server = (
                single_line(str(value.get("model")), 60),
                single_line(str(value.get("server")), 60),
            )
            return f"{who} uses {model} at {server} from the next turn"
        case "captain":
            of = single_line(name(str(event.value.get("of", ""))), _MAX_NAME_CHARS)
            return f"{of} becomes the captain from the captain's next turn"
        case "muted":
            return f"{who} is muted until you unmute it"
        case "unmuted":
            return f"{who} is unmuted"
    return f"{who} is changed"


def describe_run_change(event: RoundsChanged | BudgetChanged) -> str:
    """Describe a change of rounds or budget in one line."""
    if isinstance(event, BudgetChanged):
        return f"the budget is now {budget.describe_budget(event.tokens, event.cost)}"
    return f"the limit is now {event.limit} {single_line(event.name, 20)}{'s' if event.limit != 1 else ''}"
