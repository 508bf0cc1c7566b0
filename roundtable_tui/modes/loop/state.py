"""What the loop knows and keeps while it goes on: its turns, its memory of them, who speaks, what was odd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.engine import Options, Seat, Table, Turn
from roundtable_tui.engine.turn import MUTED
from roundtable_tui.modes.loop.checks import asked_before, oddities
from roundtable_tui.modes.loop.files import LoopFiles, now
from roundtable_tui.utils.text import shorten

ROLES = ("questioner", "creator", "mediator", "scriber")
TITLES = {"questioner": "Questioner", "creator": "Creator", "mediator": "MediatorQ", "scriber": "Scriber"}
ANSWER_CHARACTERS = 6000
"""Characters of an answer that are put before the other roles."""
UNNOTED = 600
"""Characters of an answer that are remembered where nobody took notes."""

REMEMBERED = """What the inquiry has come to so far:

{notes}

"""


@dataclass
class Past:
    """One turn: what came of it; "" where a role was not due, or failed."""

    number: int
    question: str = ""
    answer: str = ""
    mediator: str = ""
    notes: str = ""
    topic: str = ""
    """What the Creator proposes to ask next."""
    repeats: int = 0
    """The earlier turn whose answer this one repeats, 0 for none."""

    @property
    def noted(self) -> str:
        """The notes, or the beginning of the answer."""
        return self.notes or shorten(" ".join(self.answer.split()), UNNOTED)


@dataclass
class Inquiry:
    """A loop that goes on. `temperature` is that of Questioner and Creator."""

    table: Table
    files: LoopFiles
    started: str = ""
    memory_chars: int = 0
    temperature: float | None = None
    top_p: float | None = None
    echo: int | None = None
    """Characters of each reply that are told; None: none of it."""
    past: list[Past] = field(default_factory=list)
    anomalies: list[dict[str, Any]] = field(default_factory=list)
    spent: dict[str, dict[str, float]] = field(default_factory=dict)
    ended: str = ""
    """Why it ends before its last turn."""

    @property
    def answered(self) -> list[Past]:
        """The turns that have an answer."""
        return [one for one in self.past if one.answer]

    def open(self, number: int) -> Past:
        """Begin a turn and return it."""
        self.files.turn(number)
        self.past.append(Past(number))
        return self.past[-1]

    def asked_before(self, question: str) -> Past | None:
        """Return the turn that asked the same, if any."""
        asked = [one for one in self.past if one.question]
        place = asked_before(question, [one.question for one in asked])
        return None if place is None else asked[place]

    def quoted(self, turn: Past) -> str:
        """Return an answer as the other roles are given it."""
        return self.table.quoter.quote("answer", shorten(turn.answer, ANSWER_CHARACTERS))

    def seat(self, role: str) -> Seat:
        """Return who plays a role: the seat whose persona has it, else the one at its place."""
        seats = self.table.seats
        named = [seat for seat in seats if seat.role.casefold() == role]
        return named[0] if named else seats[ROLES.index(role) % len(seats)]

    async def say(self, role: str, number: int, prompt: str) -> str:
        """Have a role speak; return its words, or "" after having told and logged why there are none."""
        heat = self.temperature
        if heat is not None and role in ("mediator", "scriber"):
            heat = max(0.2, heat / 2)
        turn = await self.table.ask(
            self.seat(role), prompt, label=role, temperature=heat, top_p=self.top_p, fresh=True
        )
        self._count(role, turn)
        if not turn.ok:
            if turn.kind != MUTED:
                self.files.error(number, TITLES[role], turn.error)
            self.files.silence(TITLES[role], turn.error)
            return ""
        text = self.table.quoter.own(turn.text)
        self.files.section(TITLES[role], text)
        self.flag(number, role, oddities(role, text, cut=turn.cut))
        if self.echo is not None:
            self.table.notice(f"{TITLES[role]}: {shorten(text, self.echo or len(text))}")
        return text

    def instead(self, number: int, question: str, why: str) -> str:
        """Return a question that is not the Questioner's, and say whose it is."""
        self.table.notice(f"Turn {number}: {why}")
        if question:
            self.files.section("Question", f"{question}\n\n({why})")
        return question

    def flag(self, number: int, role: str, found: Sequence[str]) -> None:
        """Say what is odd about a reply, and keep it for the manifest."""
        if found:
            self.anomalies.append({"turn": number, "role": TITLES[role], "flags": list(found)})
            self.table.notice(f"Turn {number}, {TITLES[role]}: {', '.join(found)}", self.seat(role))

    def memory(self, but: Past | None = None) -> str:
        """Return what is remembered of turns before this one: the latest that fit, in their order."""
        left = self.memory_chars
        kept: list[str] = []
        earlier = [one for one in self.answered if one is not but and one is not self.past[-1]]
        for one in reversed(earlier):
            entry = f"Turn {one.number}: {one.question}\n{one.noted}"
            if len(entry) > left:
                break
            left -= len(entry)
            kept.insert(0, entry)
        if not kept:
            return ""
        more = len(earlier) - len(kept)
        note = [f"({more} earlier turn{'s' if more > 1 else ''} left out)"] if more else []
        return REMEMBERED.format(notes=self.table.quoter.quote("notes", "\n\n".join([*note, *kept])))

    def models(self) -> dict[str, str]:
        """Return the model of each role."""
        return {TITLES[role]: self.seat(role).model for role in ROLES}

    def close(self, options: Options) -> None:
        """Write what is written at the end, however the run ended."""
        folder = self.table.folder
        first = self.answered[0] if self.answered else Past(0)
        manifest = {
            "run_id": folder.name if folder else "", "started_utc": self.started, "ended_utc": now(),
            "seed": self.table.question, "models": self.models(), "options": options.model_dump(mode="json"),
            "turns_answered": len(self.answered), "ended_early": self.ended, "spent": self.spent,
            "anomalies": self.anomalies,
        }  # fmt: skip
        highlight = first.notes or (f"Next: {first.topic}" if first.topic else "")
        self.files.close(manifest, self.table.question, highlight)

    def _count(self, role: str, turn: Turn) -> None:
        spent = self.spent.setdefault(TITLES[role], {"calls": 0, "tokens": 0, "seconds": 0.0})
        spent["calls"] += 1
        spent["tokens"] += int(turn.usage.get("completion_tokens", 0))
        spent["seconds"] = round(spent["seconds"] + turn.elapsed_s, 3)
