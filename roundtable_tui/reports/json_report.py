"""A run as one JSON object, as `--json` prints it: its turns, its seats and its report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from roundtable_tui.engine import events
from roundtable_tui.engine.citations import Passage, cited_passages, passage_to_dict
from roundtable_tui.engine.material.attachments import Attachment, attachments_from_rows
from roundtable_tui.engine.tools.citations import citation_to_dict
from roundtable_tui.engine.turn import INTERRUPTED, MUTED, UNNEEDED
from roundtable_tui.reports.report.fold import EventFold
from roundtable_tui.reports.report.make import report_from_fold
from roundtable_tui.reports.run_view import RunView, TurnView

SCHEMA_VERSION = 1


def build_report(recorded: Iterable[events.Event], folder: Path | None = None) -> dict[str, Any]:
    """Build the JSON object of a run.

    Args:
        recorded: The events of the run, its header first.
        folder: The folder of its record, for the report's `record`.

    Returns:
        `{schema_version, run_id, mode, status, question, answer, seats, turns, verdicts, ...}`. The status of
        a seat is answered, failed or silent; of a turn ok or failed; of a run without an end unfinished.

    Raises:
        ValueError: There is no header.
    """
    recorded = list(recorded)
    fold = EventFold.of_events(recorded)
    view = fold.view
    header, end = view.header, view.end
    if header is None:
        raise ValueError("no header")
    turns = [_turn_to_dict(turn, fold) for turn in _turns_by_first_end(view)]
    groups = view.groupings[-1].event.groups if view.groupings else ()
    out: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "run_id": header.run_id,
        "mode": header.mode,
        "status": view.status,
        "question": header.question,
        "follows": header.follows or None,
        "attachments": [_attachment_to_dict(one) for one in attachments_from_rows(header.attachments)],
        "answer": end.answer if end else "",
        "by": end.by if end else "",
        "how": end.how if end else "",
        "error": (end.error if end else "") or None,
        "known_answer": end.known_answer if end else None,
        "correct": end.correct if end else None,
        "seats": [_seat_to_dict(seat, turns) for seat in header.seats],
        "turns": turns,
        "verdicts": [_verdict_to_dict(verdict) for verdict in view.verdicts],
        "agreement": end.agreement if end else None,
        "groups": [dict(group) for group in groups],
        "candidates": list(end.candidates) if end else [],
        "passages": _passages_to_dicts(view.passages, end.answer if end else ""),
        "usage": dict(end.usage) if end else {},
        "elapsed_s": end.elapsed_s if end else 0.0,
        "seed": header.seed,
        "record": str(folder) if folder else None,
        "report": report_from_fold(fold).to_dict(),
    }
    if view.stages:
        out["stages"] = [_stage_to_dict(view.stages[number]) for number in sorted(view.stages)]
    return out


def _attachment_to_dict(one: Attachment) -> dict[str, Any]:
    """Return an attachment without its text: the record has that."""
    if not one.is_picture:
        return {
            "name": one.name,
            "bytes": one.size,
            "characters": len(one.text),
            "in_passages": one.in_passages,
        }
    names = ("media_type", "width", "height", "sha256")
    return {"name": one.name, "bytes": one.size, **{name: getattr(one, name) for name in names}}


def _stage_to_dict(event: events.StageEnded) -> dict[str, Any]:
    names = ("stage", "mode", "status", "answer", "by", "how")
    return {name: getattr(event, name) for name in names}


def _verdict_to_dict(event: events.Verdict) -> dict[str, Any]:
    own = {"seat": event.seat, "label": event.label, "round": event.round, "rung": event.rung}
    return {**event.decision, **own}


def _turns_by_first_end(view: RunView) -> list[TurnView]:
    return [view.turns[turn] for turn in dict.fromkeys(outcome.turn for outcome in view.outcomes)]


def _turn_to_dict(turn: TurnView, fold: EventFold) -> dict[str, Any]:
    outcome = turn.outcome
    assert outcome is not None
    failed = isinstance(outcome, events.TurnFailed)
    return {
        "turn": outcome.turn,
        "seat": outcome.seat,
        "label": turn.label,
        "phase": turn.phase,
        "round": turn.round,
        "status": "failed" if failed else "ok",
        "kind": outcome.kind if isinstance(outcome, events.TurnFailed) else None,
        "text": outcome.text,
        "reasoning": outcome.reasoning,
        "warnings": [] if isinstance(outcome, events.TurnFailed) else list(outcome.warnings),
        "finish_reason": None if isinstance(outcome, events.TurnFailed) else outcome.finish_reason,
        "cut": outcome.cut_by,
        "usage": dict(outcome.usage),
        "ttft_s": outcome.ttft_s,
        "elapsed_s": outcome.elapsed_s,
        "attempts": outcome.attempts,
        "params": {} if isinstance(outcome, events.TurnFailed) else dict(outcome.params),
        "sources": [] if isinstance(outcome, events.TurnFailed) else [dict(one) for one in outcome.sources],
        "error": outcome.error if isinstance(outcome, events.TurnFailed) else None,
        **_tools_to_dict(turn.id, fold),
    }


def _tools_to_dict(turn: str, fold: EventFold) -> dict[str, Any]:
    """Return the calls of tools in a turn and its citations of files; nothing for a turn without."""
    calls = [
        {
            "tool": one.tool,
            "ok": one.ok,
            "title": one.title,
            "chars": len(one.text),
            "elapsed_s": one.elapsed_s,
        }
        for one in fold.results
        if one.turn == turn
    ]
    cited = fold.cited.get(turn, ())
    return {
        **({"tools": calls} if calls else {}),
        **({"file_citations": list(map(citation_to_dict, cited))} if cited else {}),
    }


def _passages_to_dicts(used: Sequence[Passage], answer: str) -> list[dict[str, Any]]:
    cited = cited_passages(answer, used)
    return [{"place": one.location, **passage_to_dict(one), "cited": one in cited} for one in used]


def _seat_to_dict(seat: Any, turns: Iterable[dict[str, Any]]) -> dict[str, Any]:
    # A seat that was muted or no longer needed has not failed.
    skipped = (MUTED, UNNEEDED, INTERRUPTED)
    own = [turn for turn in turns if turn["seat"] == seat["seat"] and turn["kind"] not in skipped]
    answered = any(turn["status"] == "ok" for turn in own)
    # A refused output schema is not a failure of the seat: the next method was tried.
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
