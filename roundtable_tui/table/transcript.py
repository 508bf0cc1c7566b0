"""The files people read: `transcript.md` and `answer.md`, made from a run's events."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from roundtable_tui.disk import write_text
from roundtable_tui.table import events
from roundtable_tui.text import clean

_STRUCTURE = re.compile(r"^(\s{0,3})(#{1,6}\s|-{3,}\s*$|={3,}\s*$|\*{3,}\s*$|_{3,}\s*$)", re.MULTILINE)


def transcript(recorded: Iterable[events.Event]) -> str:
    """Return the run as Markdown: who said what, in order, failures and verdicts too."""
    names: dict[str, str] = {}
    parts: list[str] = []
    labels: dict[str, str] = {}
    for event in recorded:
        match event:
            case events.RunStarted():
                names = {str(s["seat"]): str(s.get("name", s["seat"])) for s in event.seats}
                parts += [f"# {_line(event.question)}", f"*{event.mode} · {event.started_at} · {event.run_id}*"]
                parts += [f"- **{_line(str(s.get('name')))}**: {_line(str(s.get('model')))}" for s in event.seats]
            case events.PhaseStarted():
                of = f" of {event.of}" if event.of and event.of > 1 else ""
                number = f" {event.number}" if of or event.number > 1 else ""
                parts.append(f"## {event.name.capitalize()}{number}{of}")
            case events.TurnQueued():
                labels[event.turn] = event.label
            case events.TurnFinished():
                head = f"### {_line(names.get(event.seat, event.seat))} · {labels.get(event.turn, '')}"
                parts += [head, quiet(event.text or event.tool_arguments)]
                parts += [f"> {_line(warning)}" for warning in event.warnings]
            case events.TurnFailed():
                parts.append(f"### {_line(names.get(event.seat, event.seat))} · failed\n\n> {_line(event.error)}")
                if event.text:
                    parts.append(quiet(event.text))
            case events.PersonSpoke():
                to = f" to {_line(names.get(event.to, event.to))}" if event.to else ""
                parts.append(f"### You{to}\n\n{quiet(event.text)}")
            case events.EntryPosted(author="moderator"):
                parts.append(f"### Moderator\n\n{quiet(event.content)}")
            case events.Notice():
                parts.append(f"> {_line(event.text)}")
            case events.RunFinished():
                parts += [f"## Answer ({event.status})", f"*{_line(event.how or event.error)}*", quiet(event.answer)]
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def quiet(text: str) -> str:
    """Return a model's Markdown with its headings and rules escaped, so that it stays inside its section."""
    return _STRUCTURE.sub(lambda m: f"{m[1]}\\{m[2]}", clean(text)).strip()


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def write_files(folder: Path, recorded: Iterable[events.Event]) -> None:
    """Write `transcript.md` and, where there is an answer, `answer.md` into the run's folder."""
    recorded = list(recorded)
    write_text(folder / "transcript.md", transcript(recorded))
    end = next((e for e in reversed(recorded) if isinstance(e, events.RunFinished)), None)
    if end and end.answer:
        write_text(folder / "answer.md", clean(end.answer).rstrip() + "\n")
