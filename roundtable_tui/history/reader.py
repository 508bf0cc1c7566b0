"""Reads and validates a run record that may have been edited by hand or damaged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord, read_record
from roundtable_tui.errors import FileError
from roundtable_tui.utils.files import display_path

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_STATUSES = ("complete", "partial", "failed", "cancelled")
_MAX_NUMBER = 1e15
"""Figures of a turn beyond it are left out."""
_TEXTS = ("seat", "name", "full_name", "role", "model", "server")


def read_run(folder: Path) -> RunRecord:
    """Read and validate the record of the run in `folder`.

    Returns:
        The record. Every seat has a unique id, a name and a model; times and numbers are finite; events of a
        turn follow its TurnQueued.

    Raises:
        FileError: The record cannot be read, or its seats are not valid.
    """
    recording = read_record(folder)
    header = normalize_header(recording.header, folder)
    return replace(recording, header=header, events=(header, *iter_valid_events(recording.events[1:])))


def normalize_header(header: events.RunStarted, folder: Path) -> events.RunStarted:
    """Return a header whose seats have all their fields. Raises FileError if their ids are not valid."""
    header = replace(header, seats=tuple(map(_normalize_seat, header.seats)))
    ids = [seat["seat"] for seat in header.seats]
    if len(set(ids)) < len(ids) or not all(_ID.fullmatch(one) for one in ids):
        raise FileError("has invalid seat ids. The record was damaged or edited", where=display_path(folder))
    return header


def _normalize_seat(seat: Mapping[str, Any]) -> Mapping[str, Any]:
    texts = {key: str(seat.get(key) or "") for key in _TEXTS}
    texts["name"] = texts["name"] or texts["seat"]
    rest = {key: value for key, value in seat.items() if key != "stage"}
    stage = {"stage": number} if (number := stage_of(seat)) else {}
    return {**rest, **texts, "captain": bool(seat.get("captain")), **stage}


def stage_of(seat: Mapping[str, Any]) -> int:
    """Return the stage of a pipeline that a header's seat belongs to, from 1; 0 if there is none."""
    stage = seat.get("stage")
    return stage if isinstance(stage, int) and not isinstance(stage, bool) and stage > 0 else 0


def iter_valid_events(recorded: Iterable[events.Event]) -> Iterator[events.Event]:
    """Yield the valid events after a header, with invalid values in them replaced or left out."""
    asked: set[str] = set()
    begun: set[str] = set()
    basis = ""
    latest = 0.0
    for event in recorded:
        if isinstance(event, events.RunStarted):
            continue
        if not isfinite(event.t) or event.t < 0:
            event = replace(event, t=latest)
        latest = event.t
        turn = str(getattr(event, "turn", ""))
        match event:
            case events.TurnQueued():
                asked.add(turn)
                begun.discard(turn)
            case events.TurnStarted() if turn in asked:
                begun.add(turn)
            case events.TurnWaiting() if turn in asked:
                pass
            case events.AnswerDelta() | events.ReasoningDelta() | events.TurnResplit() if turn in begun:
                pass
            case events.ToolCalled() | events.ToolPermission() if turn in asked:
                pass
            case events.ToolReturned() if turn in asked:
                event = replace(event, elapsed_s=_number(event.elapsed_s))
            case events.TurnFinished() | events.TurnFailed() if turn in asked:
                event = replace(event, usage=_figures(event.usage), elapsed_s=_number(event.elapsed_s))
            case events.AnswersGrouped():
                event = _fix_groups(event)
                basis = event.basis
            case events.RunFinished():
                status = event.status if event.status in _STATUSES else "failed"
                agreement = None if basis == "wording" else event.agreement
                event = replace(event, status=status, elapsed_s=_number(event.elapsed_s), agreement=agreement)
            case _ if turn:
                continue
        yield event


def _fix_groups(event: events.AnswersGrouped) -> events.AnswersGrouped:
    """Drop what is not a seat of a group, and an agreement that is not finite or comes from the wording.

    Earlier versions took an agreement from the wording.
    """
    agreement = event.agreement
    if agreement is not None and (not isfinite(agreement) or event.basis == "wording"):
        agreement = None
    return replace(event, agreement=agreement, groups=tuple(map(_normalize_group, event.groups)))


def _normalize_group(group: Mapping[str, Any]) -> Mapping[str, Any]:
    seats = group.get("seats")
    found = seats if isinstance(seats, list | tuple) else ()
    answer = group.get("answer")
    return {
        **group,
        "answer": answer if isinstance(answer, str) else "",
        "seats": [seat for seat in found if isinstance(seat, str)],
    }


def _figures(usage: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in usage.items() if _is_number(value)}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < _MAX_NUMBER  # Also false for NaN.


def _number(value: float) -> float:
    return value if isfinite(value) else 0.0
