"""The field `roundtable` of a body, and the options behind the name of a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from roundtable_tui.config import did_you_mean
from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.setup.participants import MAX_SEATS
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils.text import single_line

_MAX_TOKENS = 10**12
_FILE_SEPARATORS = ("/", "\\", "..")


class OwnFields(BaseModel):
    """What a client may choose beside OpenAI's fields. Servers, files and folders are not among it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    mode: str = Field("", max_length=60, description="the name of a mode")
    team: str = Field("", max_length=120, description="the name of a team")
    task: str = Field("", max_length=120, description="the name of a task")
    options: Mapping[str, Any] = Field(default_factory=dict, description="options of the mode")
    agents: int | None = Field(None, ge=1, le=MAX_SEATS, description=f"seats, 1 to {MAX_SEATS}")
    model: str = Field("", max_length=200, description="the model of all seats")
    models: list[str] = Field(default_factory=list, max_length=MAX_SEATS, description="models for the seats")
    budget: int | None = Field(None, ge=1, le=_MAX_TOKENS, description="tokens of the run, 1 or more")
    max_cost: float | None = Field(None, gt=0, allow_inf_nan=False, description="US dollars, above 0")
    show: Literal["full", "brief", "none"] = Field("full", description="full, brief or none")
    record: bool = Field(True, description="true or false")

    def apply(self, base: RunRequest, options: Mapping[str, Any]) -> RunRequest:
        """Return the request with these fields; budgets can only be lowered."""
        return replace(
            base,
            options=dict(options),
            agents=self.agents,
            model=self.model or base.model,
            seat_models=tuple(self.models),
            budget=_lower(self.budget, base.budget),
            max_cost=_lower(self.max_cost, base.max_cost),
            record=self.record and base.record,
        )


def read_own_fields(given: Any, suffix: Mapping[str, str]) -> OwnFields:
    """Return the fields; the suffix comes before the body. Raises ProxyError."""
    if given is not None and not isinstance(given, Mapping):
        raise ProxyError(400, "roundtable should be an object", param="roundtable")
    rows = dict(given or {})
    options = rows.get("options") or {}
    for name, value in suffix.items():
        if name in OwnFields.model_fields and name != "options":
            rows[name] = _read_number(name, value)
        else:
            options = {**options, name: value} if isinstance(options, Mapping) else options
    try:
        found = OwnFields.model_validate({**rows, "options": options})
    except ValidationError as error:
        raise _explain(error) from None
    for name in ("team", "task"):  # A name, never the path of a folder.
        if any(part in getattr(found, name) for part in _FILE_SEPARATORS):
            raise ProxyError(400, f"{name} should be a name", param=f"roundtable.{name}")
    return found


def _read_number(name: str, value: str) -> Any:
    """Return the value of a suffix, which is always text, as the type of its field."""
    kind: Any = {"agents": int, "budget": int, "max_cost": float, "record": _read_flag}.get(name, str)
    try:
        return [value] if name == "models" else kind(value)
    except ValueError:
        return value


def _read_flag(value: str) -> bool | str:
    return {"true": True, "false": False}.get(value.lower(), value)


def _explain(error: ValidationError) -> ProxyError:
    fault = error.errors(include_url=False)[0]
    name = str(fault["loc"][0]) if fault["loc"] else ""
    declared = OwnFields.model_fields.get(name)
    if declared is None:
        hint = did_you_mean(name, list(OwnFields.model_fields))
        what = f"roundtable has no field {single_line(name, 40)}. {hint}"
    else:
        what = f"roundtable.{name} should be {declared.description}"
    return ProxyError(400, what, param=f"roundtable.{single_line(name, 40)}")


def _lower(given: Any, most: Any) -> Any:
    """Return the lower of two limits; None and 0 are none."""
    limits = [one for one in (given, most) if one]
    return min(limits) if limits else most
