"""The values that a fork of a run can change, read before the form opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roundtable_tui import modes
from roundtable_tui.engine import events
from roundtable_tui.errors import UsageError
from roundtable_tui.history.reader import read_run
from roundtable_tui.resources import Persona, PersonaLibrary
from roundtable_tui.setup.request import ForkChanges

UNCHANGED = ""


@dataclass(frozen=True, slots=True)
class TurnText:
    """A turn that a fork may begin at."""

    turn: str
    seat: str
    description: str
    """What it was for: phase, round, label."""
    text: str
    ok: bool
    models: Mapping[str, str]
    """Seat -> its model at that turn."""


@dataclass(frozen=True, slots=True)
class ForkOptions:
    """A run as the form needs it."""

    header: events.RunStarted
    turns: tuple[TurnText, ...]
    personas: Mapping[str, Persona]
    """By name."""
    options: Mapping[str, str]
    """Option of the mode -> its description in one line."""

    def get_seat_name(self, seat: str) -> str:
        """Return the name of a seat."""
        return next((str(one["name"]) for one in self.header.seats if one["seat"] == seat), seat)

    def get_models(self, turn: str) -> Mapping[str, str]:
        """Return the model of each seat when `turn` was asked, "" for the start."""
        then = next((said.models for said in self.turns if said.turn == turn), {})
        return {**_get_header_models(self.header), **then}

    def build_changes(
        self,
        turn: str,
        answer: str,
        personas: Mapping[str, str],
        models: Mapping[str, str],
        options: Mapping[str, str],
    ) -> ForkChanges:
        """Return what differs from the run: seat -> persona and model, option -> value, the turn's answer.

        Raises UsageError for an option that is not possible.
        """
        was = self.get_models(turn)
        spoken = {seat: model.strip() for seat, model in models.items()}
        said = next((one for one in self.turns if one.turn == turn), None)
        other = {
            name: value.strip()
            for name, value in options.items()
            if value.strip() != self.format_option(name)
        }
        if other:
            modes.get_mode(self.header.mode).validate_options({**self.header.options, **other})
        edited = said is not None and answer.strip() and answer.strip() != said.text.strip()
        return ForkChanges(
            personas={seat: self.personas[name] for seat, name in personas.items() if name != UNCHANGED},
            models={seat: model for seat, model in spoken.items() if model not in ("", was[seat])},
            options=other,
            answers={turn: answer.strip()} if edited else {},
        )  # fmt: skip

    def format_option(self, name: str) -> str:
        """Return an option as the run had it, as it is written in a field."""
        value = self.header.options.get(name)
        return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def load_fork_options(folder: Path, personas_dir: Path | None) -> ForkOptions:
    """Look up what the form needs. Raises RoundtableError."""
    recording = read_run(folder)
    mode = modes.get_mode(recording.header.mode)
    asked: dict[str, events.TurnQueued] = {}
    ended: dict[str, events.TurnFinished | events.TurnFailed] = {}
    models = _get_header_models(recording.header)
    then: dict[str, dict[str, str]] = {}
    for event in recording.events:
        if isinstance(event, events.TurnQueued):
            asked.setdefault(event.turn, event)
            then.setdefault(event.turn, models)
        elif isinstance(event, events.SeatChanged) and event.value.get("model"):
            models = {**models, event.seat: str(event.value["model"])}
        elif isinstance(event, events.TurnFinished | events.TurnFailed):
            ended[event.turn] = event
    if not recording.header.seats:
        raise UsageError("the run has no seats: there is nothing to fork")
    fixed = {"agents"} if mode.seats == "copies" else set()
    fields = {name: field for name, field in mode.options.model_fields.items() if name not in fixed}
    plain = {
        name: str(field.description or "")
        for name, field in fields.items()
        if _is_single_line(field.annotation)
    }
    library = PersonaLibrary.load(personas_dir)
    return ForkOptions(
        recording.header,
        tuple(_make_turn_text(queued, ended.get(turn), then[turn]) for turn, queued in asked.items()),
        {found.persona.name: found.persona for found in library.items},
        plain,
    )


def _get_header_models(header: events.RunStarted) -> dict[str, str]:
    return {str(seat["seat"]): str(seat["model"]) for seat in header.seats}


def _make_turn_text(
    asked: events.TurnQueued,
    end: events.TurnFinished | events.TurnFailed | None,
    models: Mapping[str, str],
) -> TurnText:
    place = f"{asked.phase} {asked.round}" if asked.round else asked.phase
    what = " · ".join(dict.fromkeys(part for part in (place, asked.label) if part))
    text = (end.text or getattr(end, "tool_arguments", "")) if end else ""
    return TurnText(asked.turn, asked.seat, what, text, isinstance(end, events.TurnFinished), models)


def _is_single_line(kind: Any) -> bool:
    """Return whether an option fits into a line."""
    return (
        kind in (int, float, bool, str)
        or "Literal" in str(kind)
        or str(kind) in ("int | None", "float | None")
    )
