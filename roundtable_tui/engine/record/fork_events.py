"""The record of a fork: the events of its run that it keeps, and its changes of seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.record.superseded import without_superseded
from roundtable_tui.engine.seat import persona_to_dict
from roundtable_tui.errors import UsageError
from roundtable_tui.resources.persona import Persona
from roundtable_tui.utils.text import single_line

_DERIVED_EVENTS = (events.EntryPosted, events.Verdict, events.AnswersGrouped, events.StageEnded)
"""Events that a mode derives from turns; after an edited answer it derives them again."""


def events_before(
    recorded: Sequence[events.Event], turn: str, answers: Mapping[str, str]
) -> list[events.Event]:
    """Return the events that a fork at `turn` keeps.

    Those before the turn was queued; if its answer is in `answers`, those before its end, and the rest of
    the turns that ran in parallel. Turns that did not end are left out. Raises UsageError for an unknown
    turn.
    """
    recorded = without_superseded(recorded)
    if not turn:
        return [event for event in recorded if isinstance(event, events.PassagesUsed)]
    at = next((i for i, e in enumerate(recorded) if isinstance(e, events.TurnQueued) and e.turn == turn), -1)
    if at < 0:
        hint = "`roundtable runs show RUN --turns` lists them."
        raise UsageError(f"there is no turn {single_line(turn, 60)} in this run", hint=hint)
    if turn in answers:
        at = next((i + 1 for i, e in enumerate(recorded) if _ends(e) and _turn(e) == turn), at)
    before, after = recorded[:at], recorded[at:]
    ended = {_turn(event) for event in before if _ends(event)}
    beside = set() if turn not in answers else {_turn(event) for event in before} - ended - {""}
    whole = ended | {_turn(event) for event in after if _ends(event) and _turn(event) in beside}
    kept = [*before, *(event for event in after if _turn(event) in beside)]
    return list(_with_edited_answers([event for event in kept if _is_kept(event, whole)], answers))


def _is_kept(event: events.Event, whole: set[str]) -> bool:
    return not isinstance(event, events.RunFinished) and (not _turn(event) or _turn(event) in whole)


def _with_edited_answers(kept: Iterable[events.Event], answers: Mapping[str, str]) -> Iterable[events.Event]:
    """Yield the events with edited answers in place of the recorded ones."""
    edited = False
    for event in kept:
        turn = _turn(event)
        if turn not in answers:
            if not (edited and isinstance(event, _DERIVED_EVENTS)):
                yield event
        elif isinstance(event, events.TurnQueued):
            yield event
        elif isinstance(event, events.TurnFinished | events.TurnFailed):
            edited = True
            yield events.TurnFinished(
                t=event.t, turn=turn, seat=event.seat, text=answers[turn], finish_reason="edited",
                usage=event.usage, ttft_s=event.ttft_s, elapsed_s=event.elapsed_s, attempts=event.attempts,
            )  # fmt: skip


def change_header_seats(
    seats: Iterable[Mapping[str, Any]], personas: Mapping[str, Persona], models: Mapping[str, str]
) -> tuple[Mapping[str, Any], ...]:
    """Return the seats of a header with other personas and models, by seat."""
    found = []
    for seat in seats:
        changed, name = dict(seat), str(seat["seat"])
        if name in models:
            changed["model"] = models[name]
        if (persona := personas.get(name)) is not None:
            names = {"name": persona.name, "full_name": persona.full_name, "role": persona.role}
            changed |= {"persona": persona_to_dict(persona), **names}
        found.append(changed)
    return tuple(found)


def change_seats(
    header: events.RunStarted,
    kept: Sequence[events.Event],
    personas: Mapping[str, Persona],
    models: Mapping[str, str],
) -> list[events.Event]:
    """Return the events after `kept` that give seats other personas and models, by seat."""
    values = [("persona", seat, persona_to_dict(persona)) for seat, persona in personas.items()]
    values += [
        ("model", seat, {**_server_of(seat, header, kept), "model": model}) for seat, model in models.items()
    ]
    t = kept[-1].t if kept else 0.0
    return [
        events.SeatChanged(t=t, seat=seat, what=what, value=value, note="forked")
        for what, seat, value in values
    ]


def _server_of(seat: str, header: events.RunStarted, kept: Iterable[events.Event]) -> Mapping[str, Any]:
    """Return name and base URL of a seat's server after these events."""
    name = next(str(one["server"]) for one in header.seats if one["seat"] == seat)
    of_header = next((one for one in header.servers if one.get("name") == name), {})
    found = {"server": name, "base_url": str(of_header.get("base_url", ""))}
    for event in kept:
        if isinstance(event, events.SeatChanged) and event.seat == seat and "server" in event.value:
            found = {key: str(event.value.get(key, "")) for key in found}
    return found


def list_turns(recorded: Iterable[events.Event]) -> list[str]:
    """Return the ids of the turns in their order."""
    return list(
        dict.fromkeys(
            event.turn for event in without_superseded(recorded) if isinstance(event, events.TurnQueued)
        )
    )


def _ends(event: events.Event) -> bool:
    return isinstance(event, events.TurnFinished | events.TurnFailed)


def _turn(event: events.Event) -> str:
    return str(getattr(event, "turn", ""))
