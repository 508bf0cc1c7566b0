"""A question with all its settings as a task: from a run, or from the choices as they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from roundtable_tui import modes
from roundtable_tui.errors import RoundtableError
from roundtable_tui.files import Persona, PersonaLibrary, Task, persona_text
from roundtable_tui.files.task import CONTEXT, INSTRUCTIONS, QUESTIONS, SETTINGS, SUMMARIZE
from roundtable_tui.files.task_folders import SCHEMA_LINE, new_task
from roundtable_tui.launch.wish import Wish
from roundtable_tui.settings import Settings
from roundtable_tui.table import events
from roundtable_tui.text import one_line

_PEOPLE = "participants"
_NAME_LIMIT = 40
_NUMBERED = re.compile(r"(.+) \d+")
Seat = tuple[Persona, bool]
"""A persona, and whether it is the captain's."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a task is to hold; "" and nothing where it leaves things open."""

    question: str
    mode: str = ""
    team: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    seats: Sequence[Seat] = ()
    """Who sat at the table, where they are to be kept with it."""
    base: Task | None = None
    """The task it was asked of: its texts come along."""


def like_run(header: events.RunStarted, base: Task | None) -> Draft:
    """Return a task like a run, with its personas as they are in `header` (of a live run: as edited)."""
    seats = []
    for seat in header.seats:
        try:
            persona = Persona.model_validate(dict(seat.get("persona") or {}))
        except (TypeError, ValueError):
            continue  # A record from elsewhere: the rest of it is good for a task all the same.
        seats.append((persona, bool(seat.get("captain"))))
    options = _own(header.mode, header.options)
    return Draft(header.question, header.mode, header.team, options, tuple(seats), base)


def like_choices(wish: Wish, question: str, settings: Settings, base: Task | None) -> Draft:
    """Return a task of `question` with what is chosen, or what would be used, by now."""
    mode = wish.mode or (base.settings.mode if base else "") or settings.mode
    of_task = base.settings.options if base and base.settings.mode in ("", mode) else {}
    options = {**settings.options.get(mode, {}), **of_task, **wish.options}
    team = wish.team or (base.settings.team if base else "")
    team = team or (settings.team if settings.mode == mode else "")
    return Draft(question, mode, team, _own(mode, options), (), base)


def make_task(name: str, draft: Draft, personas_dir: Path | None = None) -> Path:
    """Write `draft` as a task of yours called `name`; return its folder.

    Personas that are found under their names as they are, are named only; those that were edited, or are of
    `personas_dir`, go into the folder. Raises UsageError where the name is taken, FileError.
    """
    files = _texts(draft)
    library = PersonaLibrary.load(personas_dir)
    team, people = _people(draft, library, name)
    settings: dict[str, Any] = {"title": one_line(name, 120), "mode": draft.mode, "team": team}
    if draft.base and any(draft.base.settings.answers):
        answers = dict(zip(draft.base.questions, draft.base.settings.answers, strict=False))
        settings["answers"] = [answers.get(line, "") for line in files[QUESTIONS].split("\n") if line]
    settings |= {"options": dict(draft.options)}
    kept = {key: value for key, value in settings.items() if value}
    files[SETTINGS] = SCHEMA_LINE + tomli_w.dumps(kept)
    return new_task(name, {**{name: text for name, text in files.items() if text}, **people})


def _texts(draft: Draft) -> dict[str, str]:
    """Return the texts by file: the question first, then the others of the task it was asked of."""
    question, rest = _asked(draft.question)
    base = draft.base
    questions = [question, *(one for one in (base.questions if base else ()) if one != question)]
    context = "\n\n".join(part for part in (base.context if base else "", rest) if part)
    texts = {QUESTIONS: "\n".join(filter(None, questions)), CONTEXT: context}
    if base is not None:
        texts |= {INSTRUCTIONS[1]: base.instructions, SUMMARIZE: base.summarize}
    return {name: f"{text}\n" if text else "" for name, text in texts.items()}


def _asked(question: str) -> tuple[str, str]:
    """Return the one line that asks, and all else of a question of many lines, which is background then."""
    lines = question.strip().split("\n")
    asking = [n for n, line in enumerate(lines) if line.rstrip().endswith("?")]
    at = asking[-1] if asking else 0
    return lines[at].strip(), "\n".join([*lines[:at], *lines[at + 1 :]]).strip()


def _own(mode: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that differ from the mode's own and can stand in a file."""
    try:
        fields = modes.get(mode).options.model_fields
    except RoundtableError:
        fields = {}
    return {
        name: value
        for name, value in options.items()
        if value is not None and (name not in fields or value != fields[name].default)
    }


def _people(draft: Draft, library: PersonaLibrary, name: str) -> tuple[str, dict[str, str]]:
    """Return the name of the team, and the files of those who are kept with the task."""
    if not draft.seats:
        return draft.team, {}
    seats = _distinct([(_plain(persona, library), captain) for persona, captain in draft.seats])
    files = {
        f"{_PEOPLE}/{persona.key}.json": persona_text(persona)
        for persona, _ in seats
        if not _found(persona, library)
    }
    members = [persona.name for persona, captain in seats if not captain]
    captain = next((persona.name for persona, captain in seats if captain), "")
    if draft.team and _sits(draft.team, members, captain, library):
        return draft.team, files
    if not members:
        return "", files
    team = one_line(name, _NAME_LIMIT)
    spelled = {"name": team, "members": members, **({"captain": captain} if captain else {})}
    files[f"{_PEOPLE}/teams/team.json"] = json.dumps(spelled, indent=2, ensure_ascii=False) + "\n"
    return team, files


def _plain(persona: Persona, library: PersonaLibrary) -> Persona:
    """Return the persona that was only given a number, because another seat had its name; else the same."""
    if (numbered := _NUMBERED.fullmatch(persona.name)) is not None:
        named = persona.model_copy(update={"name": numbered[1]})
        if _found(named, library):
            return named
    return persona


def _distinct(seats: Sequence[Seat]) -> list[Seat]:
    """Return the seats with names of their own for those that share a name and are not the same."""
    known: dict[str, Persona] = {}
    found = []
    for persona, captain in seats:
        number, one = 1, persona
        while known.setdefault(one.key, one) != one:
            number += 1
            one = persona.model_copy(update={"name": f"{persona.name[: _NAME_LIMIT - 3]} {number}"})
        found.append((one, captain))
    return found


def _found(persona: Persona, library: PersonaLibrary) -> bool:
    """Return whether naming the persona is enough to have it again, as it is."""
    found = next((one for one in library.items if one.key == persona.key), None)
    if found is None or found.origin == "given":
        return False
    return found.persona.model_copy(update={"schema_ref": persona.schema_ref}) == persona


def _sits(team: str, members: Sequence[str], captain: str, library: PersonaLibrary) -> bool:
    """Return whether a team of this name is known, and seats these people in this order."""
    found = next((one.team for one in library.teams if one.team.name == team and one.origin != "given"), None)
    if found is None:
        return False
    names = [_name(member) for member in found.members]
    around = [names[n % len(names)] for n in range(len(members))]
    led = _name(found.captain) if found.captain else ""
    return around == list(members) and (not led or not captain or led == captain)


def _name(member: object) -> str:
    """Return the persona's name of a member of a team, which may say more than its name."""
    return str(getattr(member, "persona", member))
