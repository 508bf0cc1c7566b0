"""The files people read: `transcript.md` and `answer.md`, made from a run's events."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from roundtable_tui.engine import board, events
from roundtable_tui.engine.citations import Passage, append_sources, passages_from_dicts
from roundtable_tui.engine.seat_changes import describe_run_change, describe_seat_change
from roundtable_tui.reports.wording import describe_raw_decision
from roundtable_tui.utils.files import write_text
from roundtable_tui.utils.markdown import escape_block
from roundtable_tui.utils.text import sanitize


def render_transcript(recorded: Iterable[events.Event]) -> str:
    """Return the run as Markdown: who said what, in order, failures and verdicts too."""
    names: dict[str, str] = {}
    labels: dict[str, str] = {}
    deciding: set[str] = set()
    parts: list[str] = []

    def name(seat: str) -> str:
        return _single_line(names.get(seat, seat))

    for event in recorded:
        match event:
            case events.RunStarted():
                names = {str(s["seat"]): str(s.get("name", s["seat"])) for s in event.seats}
                parts += [
                    f"# {_single_line(event.question)}",
                    f"*{_single_line(f'{event.mode} · {event.started_at} · {event.run_id}')}*",
                ]
                parts += [
                    f"- **{_single_line(str(s.get('name')))}**: {_single_line(str(s.get('model')))}"
                    for s in event.seats
                ]
            case events.PhaseStarted():
                of = f" of {event.of}" if event.of and event.of > 1 else ""
                number = f" {event.number}" if of or event.number > 1 else ""
                parts.append(f"## {_single_line(event.name).capitalize()}{number}{of}")
            case events.StageEnded(status="complete"):
                parts += [
                    f"### What stage {event.stage} came to",
                    f"*{_single_line(event.how)}*",
                    escape_block(event.answer),
                ]
            case events.TurnQueued():
                labels[event.turn] = event.label
                deciding |= {event.turn} if event.decides else set()
            case events.TurnFinished():
                parts.append(f"### {name(event.seat)} · {_single_line(labels.get(event.turn, ''))}")
                said = event.text or event.tool_arguments
                parts.append(escape_block(describe_raw_decision(said) if event.turn in deciding else said))
                parts += [f"> {_single_line(warning)}" for warning in event.warnings]
            case events.TurnFailed():
                parts += [
                    f"### {name(event.seat)} · failed",
                    f"> {_single_line(event.error)}",
                    escape_block(event.text),
                ]
            case events.SeatChanged():
                parts.append(f"> {_single_line(describe_seat_change(event, name))}")
                if event.what == "persona":
                    names[event.seat] = str(event.value.get("name", names.get(event.seat, "")))
            case events.RoundsChanged() | events.BudgetChanged():
                parts.append(f"> {describe_run_change(event)}")
            case events.PersonSpoke():
                to = f" to {name(event.to)}" if event.to else ""
                parts += [f"### You{to}", escape_block(event.text)]
            case events.EntryPosted(author=board.MODERATOR):
                parts += [f"### {board.display_name(event.author)}", escape_block(event.content)]
            case events.Notice():
                parts.append(f"> {_single_line(event.text)}")
            case events.PassagesUsed():
                parts += [
                    "## Passages",
                    *(_format_passage(one) for one in passages_from_dicts(event.passages)),
                ]
            case events.RunFinished():
                story = _single_line(event.how or event.error)
                title = f"## Answer ({_single_line(event.status)})"
                parts += [title, f"*{story}*" if story else "", escape_block(event.answer)]
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def _format_passage(passage: Passage) -> str:
    return f"**{_single_line(passage.label)}**\n\n{escape_block(passage.text)}"


def _single_line(text: str) -> str:
    return " ".join(sanitize(text).split())


def write_transcript(folder: Path, recorded: Iterable[events.Event]) -> None:
    """Write `transcript.md` and, where there is an answer, `answer.md` into the run's folder."""
    recorded = list(recorded)
    write_text(folder / "transcript.md", render_transcript(recorded))
    end = next((e for e in reversed(recorded) if isinstance(e, events.RunFinished)), None)
    used = next((e.passages for e in recorded if isinstance(e, events.PassagesUsed)), ())
    if end and end.answer:
        answer = sanitize(append_sources(end.answer, passages_from_dicts(used)))
        write_text(folder / "answer.md", answer.rstrip() + "\n")
