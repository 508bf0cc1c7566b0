"""A run as one JSON object: what `--json` prints and what scripts read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.citations import Passage, cited_passages, passage_to_dict, passages_from_dicts
from roundtable_tui.engine.turn import MUTED, UNNEEDED

SCHEMA_VERSION = 1


def build_report(recorded: Iterable[events.Event], folder: Path | None = None) -> dict[str, Any]:
    """Return `{schema_version, run_id, mode, status, question, answer, seats, turns, verdicts, ...}`.

    A seat's status is answered, failed or silent; a turn's ok or failed.
    """
    header: events.RunStarted | None = None
    end: events.RunFinished | None = None
    asked: dict[str, events.TurnQueued] = {}
    turns: dict[str, dict[str, Any]] = {}
    verdicts: list[dict[str, Any]] = []
    groups: events.AnswersGrouped | None = None
    stages: dict[int, dict[str, Any]] = {}
    used: tuple[Passage, ...] = ()
    for event in recorded:
        match event:
            case events.RunStarted():
                header = event
            case events.TurnQueued():
                asked[event.turn] = event
            case events.TurnFinished() | events.TurnFailed():
                turns[event.turn] = _turn_to_dict(asked.get(event.turn), event)
            case events.Verdict():
                how = {"seat": event.seat, "label": event.label, "round": event.round, "rung": event.rung}
                verdicts.append({**event.decision, **how})
            case events.AnswersGrouped():
                groups = event
            case events.StageEnded():
                stages[event.stage] = _stage_to_dict(event)
            case events.PassagesUsed():
                used = passages_from_dicts(event.passages)
            case events.RunFinished():
                end = event
            case events.RunResumed():
                end = None
    if header is None:
        raise ValueError("no header")
    out: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "run_id": header.run_id,
        "mode": header.mode,
        "status": end.status if end else "unfinished",
        "question": header.question,
        "answer": end.answer if end else "",
        "by": end.by if end else "",
        "how": end.how if end else "",
        "error": (end.error if end else "") or None,
        "seats": [_seat_to_dict(seat, turns.values()) for seat in header.seats],
        "turns": list(turns.values()),
        "verdicts": verdicts,
        "agreement": end.agreement if end else None,
        "groups": [dict(group) for group in groups.groups] if groups else [],
        "candidates": list(end.candidates) if end else [],
        "passages": _passages_to_dicts(used, end.answer if end else ""),
        "usage": dict(end.usage) if end else {},
        "elapsed_s": end.elapsed_s if end else 0.0,
        "seed": header.seed,
        "record": str(folder) if folder else None,
    }
    if stages:
        out["stages"] = [stages[number] for number in sorted(stages)]
    return out


def _stage_to_dict(event: events.StageEnded) -> dict[str, Any]:
    names = ("stage", "mode", "status", "answer", "by", "how")
    return {name: getattr(event, name) for name in names}


def _turn_to_dict(
    asked: events.TurnQueued | None, outcome: events.TurnFinished | events.TurnFailed
) -> dict[str, Any]:
    failed = isinstance(outcome, events.TurnFailed)
    return {
        "turn": outcome.turn,
        "seat": outcome.seat,
        "label": asked.label if asked else "",
        "phase": asked.phase if asked else "",
        "round": asked.round if asked else 0,
        "status": "failed" if failed else "ok",
        "kind": outcome.kind if isinstance(outcome, events.TurnFailed) else None,
        "text": outcome.text,
        "reasoning": outcome.reasoning,
        "finish_reason": None if isinstance(outcome, events.TurnFailed) else outcome.finish_reason,
        "usage": dict(outcome.usage),
        "ttft_s": outcome.ttft_s,
        "elapsed_s": outcome.elapsed_s,
        "attempts": outcome.attempts,
        "error": outcome.error if isinstance(outcome, events.TurnFailed) else None,
    }


def _passages_to_dicts(used: Sequence[Passage], answer: str) -> list[dict[str, Any]]:
    told = cited_passages(answer, used)
    return [{"place": one.location, **passage_to_dict(one), "cited": one in told} for one in used]


def _seat_to_dict(seat: Any, turns: Iterable[dict[str, Any]]) -> dict[str, Any]:
    # Who was not asked, or not needed any more, has not failed.
    spared = (MUTED, UNNEEDED)
    own = [turn for turn in turns if turn["seat"] == seat["seat"] and turn["kind"] not in spared]
    answered = any(turn["status"] == "ok" for turn in own)
    # A refused shape is no failure of the seat: the next way was tried.
    errors = [turn["error"] for turn in own if turn["error"] and turn["kind"] != "shape"]
    stage = {"stage": seat["stage"]} if seat.get("stage") else {}
    return {
        "seat": seat["seat"],
        **stage,
        "persona": seat.get("name", ""),
        "role": seat.get("role", ""),
        "model": seat.get("model", ""),
        "server": seat.get("server", ""),
        "captain": bool(seat.get("captain")),
        "status": "answered" if answered else "failed" if own else "silent",
        "error": errors[-1] if errors else None,
    }
