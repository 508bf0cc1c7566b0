"""The state of a loop: its turns, the memory of them, the seats of the roles, anomalies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from roundtable_tui.engine import Options, Seat, Table, Turn
from roundtable_tui.engine.turn import MUTED
from roundtable_tui.modes.loop.checks import CUT, find_anomalies, find_same_question
from roundtable_tui.modes.loop.files import LoopFiles, utc_now
from roundtable_tui.utils.text import truncate

ROLES = ("questioner", "creator", "mediator", "scriber")
TITLES = {"questioner": "Questioner", "creator": "Creator", "mediator": "MediatorQ", "scriber": "Scriber"}
MAX_ANSWER_CHARS = 6000
"""The maximum length of an answer in the prompts of other roles."""
MAX_EXCERPT_CHARS = 600
"""The length of an answer that is remembered if there are no notes on it."""

MEMORY_PROMPT = """What the inquiry has come to so far:

{notes}

"""


@dataclass
class LoopTurn:
    """The replies of one turn; "" for a role that was not due or failed."""

    number: int
    question: str = ""
    answer: str = ""
    mediator: str = ""
    notes: str = ""
    topic: str = ""
    """The next question proposed by the Creator."""
    repeated_turn: int = 0
    """The earlier turn whose answer this one repeats; 0 for none."""

    @property
    def notes_or_excerpt(self) -> str:
        """The notes, else the beginning of the answer."""
        return self.notes or truncate(" ".join(self.answer.split()), MAX_EXCERPT_CHARS)


@dataclass
class LoopState:
    """A running loop. `temperature` is that of Questioner and Creator."""

    table: Table
    files: LoopFiles
    started_at: str = ""
    memory_chars: int = 0
    temperature: float | None = None
    top_p: float | None = None
    max_echo_chars: int | None = None
    """Characters of each reply shown as a notice; None for none."""
    turns: list[LoopTurn] = field(default_factory=list)
    anomalies: list[dict[str, Any]] = field(default_factory=list)
    usage_by_role: dict[str, dict[str, float]] = field(default_factory=dict)
    end_reason: str = ""
    """Why it ends early; "" if it does not."""

    @property
    def answered_turns(self) -> list[LoopTurn]:
        """The turns with an answer."""
        return [one for one in self.turns if one.answer]

    def start_turn(self, number: int) -> LoopTurn:
        """Start a turn and return it."""
        self.files.start_turn(number)
        self.turns.append(LoopTurn(number))
        return self.turns[-1]

    def find_same_question(self, question: str) -> LoopTurn | None:
        """Return the earlier turn with the same question, if any."""
        asked = [one for one in self.turns if one.question]
        place = find_same_question(question, [one.question for one in asked])
        return None if place is None else asked[place]

    def quote_answer(self, turn: LoopTurn) -> str:
        """Return an answer as it is quoted to other roles."""
        return self.table.quoter.quote("answer", truncate(turn.answer, MAX_ANSWER_CHARS))

    def seat_for(self, role: str) -> Seat:
        """Return the seat of a role: by the role of its persona, else by position."""
        seats = self.table.seats
        named = [seat for seat in seats if seat.role.casefold() == role]
        return named[0] if named else seats[ROLES.index(role) % len(seats)]

    async def ask_role(self, role: str, number: int, prompt: str) -> str:
        """Ask a role, with what came with the question and the passages of documents.

        Returns its reply, "" after reporting a failure.
        """
        material = self.table.material.quote(self.table.quoter)
        prompt = "\n\n".join(filter(None, (material, self.table.quoted_passages, prompt)))
        heat = self.temperature
        if heat is not None and role in ("mediator", "scriber"):
            heat = max(0.2, heat / 2)
        turn = await self.table.ask(
            self.seat_for(role), prompt, label=role, temperature=heat, top_p=self.top_p, fresh=True
        )
        self._count_usage(role, turn)
        if not turn.ok:
            if turn.kind != MUTED:
                self.files.log_error(number, TITLES[role], turn.error)
            self.files.write_no_reply(TITLES[role], self.seat_for(role).name)
            if turn.is_truncated:
                self.record_anomalies(number, role, [CUT])
            return ""
        text = self.table.quoter.strip_boundaries(turn.text)
        self.files.write_section(TITLES[role], text)
        self.record_anomalies(number, role, find_anomalies(role, text))
        if self.max_echo_chars is not None:
            self.table.notice(f"{TITLES[role]}: {truncate(text, self.max_echo_chars or len(text))}")
        return text

    def substitute_question(self, number: int, question: str, why: str) -> str:
        """Return a question that is not the Questioner's, and report its source."""
        self.table.notice(f"Turn {number}: {why}")
        if question:
            self.files.write_section("Question", f"{question}\n\n({why})")
        return question

    def record_anomalies(self, number: int, role: str, anomalies: Sequence[str]) -> None:
        """Report anomalies of a reply, and keep them for the manifest."""
        if anomalies:
            self.anomalies.append({"turn": number, "role": TITLES[role], "flags": list(anomalies)})
            self.table.notice(f"Turn {number}, {TITLES[role]}: {', '.join(anomalies)}", self.seat_for(role))

    def build_memory(self, exclude: LoopTurn | None = None) -> str:
        """Return the memory of earlier turns: the latest that fit the limit, in order."""
        left = self.memory_chars
        kept: list[str] = []
        earlier = [one for one in self.answered_turns if one is not exclude and one is not self.turns[-1]]
        for one in reversed(earlier):
            entry = f"Turn {one.number}: {one.question}\n{one.notes_or_excerpt}"
            if len(entry) > left:
                break
            left -= len(entry)
            kept.insert(0, entry)
        if not kept:
            return ""
        more = len(earlier) - len(kept)
        note = [f"({more} earlier turn{'s' if more > 1 else ''} left out)"] if more else []
        return MEMORY_PROMPT.format(notes=self.table.quoter.quote("notes", "\n\n".join([*note, *kept])))

    def models_by_role(self) -> dict[str, str]:
        """Return the model of each role."""
        return {TITLES[role]: self.seat_for(role).model for role in ROLES}

    def close(self, options: Options) -> None:
        """Write manifest and index, at any end of the run."""
        folder = self.table.folder
        first = self.answered_turns[0] if self.answered_turns else LoopTurn(0)
        manifest = {
            "run_id": folder.name if folder else "",
            "started_utc": self.started_at,
            "ended_utc": utc_now(),
            "seed": self.table.question,
            "models": self.models_by_role(),
            "options": options.model_dump(mode="json"),
            "turns_answered": len(self.answered_turns),
            "ended_early": self.end_reason,
            "spent": self.usage_by_role,
            "anomalies": self.anomalies,
        }
        highlight = first.notes or (f"Next: {first.topic}" if first.topic else "")
        self.files.close(manifest, self.table.question, highlight)

    def _count_usage(self, role: str, turn: Turn) -> None:
        spent = self.usage_by_role.setdefault(TITLES[role], {"calls": 0, "tokens": 0, "seconds": 0.0})
        spent["calls"] += 1
        spent["tokens"] += int(turn.usage.get("completion_tokens", 0))
        spent["seconds"] = round(spent["seconds"] + turn.elapsed_s, 3)
