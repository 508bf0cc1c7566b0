"""The table: what a mode is given. Its verbs are the only way to a model, and everything done with
them becomes an event. A mode that speaks to the table alone can be recorded, resumed and replayed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from zlib import crc32

from pydantic import BaseModel

from roundtable_tui.answers import agreement
from roundtable_tui.engine import events
from roundtable_tui.engine.anonymize import AnonymousLabels
from roundtable_tui.engine.board import PERSON, Board, Entry
from roundtable_tui.engine.calls.as_completed import CompletionStream, work_queue
from roundtable_tui.engine.calls.ask import AskOptions, ask
from roundtable_tui.engine.calls.budget import Budget
from roundtable_tui.engine.calls.parallel import ask_all
from roundtable_tui.engine.calls.runner import CallRunner, ModelClient
from roundtable_tui.engine.citations import Passage, quote_passages
from roundtable_tui.engine.controls import Controls, RoundCounter
from roundtable_tui.engine.decisions import fallbacks
from roundtable_tui.engine.decisions.decide import DecisionRequest, choose, decide_all
from roundtable_tui.engine.quoting import Quoter, make_boundary_token
from roundtable_tui.engine.record.replay_cache import ReplayCache
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import Turn
from roundtable_tui.llm.types import Limits, OutputSchema
from roundtable_tui.resources.task import Task

D = TypeVar("D", bound=BaseModel)


FORMER_NAMES = {
    "asked": "full_prompt",
    "reading": "extra_context",
    "brought": "previous_stage_output",
    "fact": "record_external",
    "phase": "start_phase",
    "group": "group_answers",
    "grouped": "emit_groups",
    "forgive": "discard_failures",
    "most_tokens": "max_tokens_for",
    "spread": "work_queue",
    "verdict": "emit_verdict",
}
"""Names of the first edition of the API, and what they are called today."""


class Table:
    """Seats, captain, board, and the verbs.

    To reach a model: ask, ask_all, arrivals, spread, decide, decide_all, choose. To say what happens: phase,
    rounds, post, group, notice. For the world outside of the run: fact, follow.
    """

    def __init__(
        self,
        *,
        question: str,
        seats: Sequence[Seat],
        captain: Seat | None,
        client: ModelClient,
        emit: Callable[[events.Event], None],
        now: Callable[[], float],
        task: Task | None = None,
        seed: int = 0,
        send_seed: bool = False,
        limits: Limits | None = None,
        max_tokens: int | None = None,
        replay_cache: ReplayCache | None = None,
    ) -> None:
        self.question = question
        self.task = task
        self.seats = list(seats)
        self.captain = captain
        self.board = Board()
        self.random = Random(seed)
        self.seed = seed
        self.quoter = Quoter(make_boundary_token(Random(f"{seed}/word")))
        self._all_seats = self.everyone
        self.masks = AnonymousLabels([seat.id for seat in self._all_seats], seed)
        self.fallback = fallbacks.StructuredOutputFallback()
        self.passages: tuple[Passage, ...] = ()
        """What was found in documents for the question."""
        self.previous_stage_output = ""
        """What stages before have brought to this one, quoted, and what is to be done with it."""
        self.folder: Path | None = None
        """Where the run is recorded, and a mode may keep files of its own; None if it is not."""
        self._emit = emit
        self._followers: list[Callable[[events.Event], None]] = []
        purse = Budget()
        self.controls = Controls(self.everyone, self._on_user_action, purse)
        replay_cache = ReplayCache() if replay_cache is None else replay_cache
        self.calls = CallRunner(
            client, self.emit, now, limits or Limits(), self.controls, replay_cache, purse
        )
        self.failed_turns: list[Turn] = []
        self._send_seed = send_seed
        self._max_tokens = max_tokens
        self.phase_name, self.round_number = "", 0
        """Where the run is: what turns and entries are told with."""

    @property
    def everyone(self) -> list[Seat]:
        """All seats, the captain last; in a stage of a pipeline those of the stage."""
        return [*self.seats, self.captain] if self.captain else list(self.seats)

    @property
    def context(self) -> str:
        """The background: the task's text, then what is quoted beside it; "" for none."""
        return "\n\n".join(
            part for part in (self.task.context if self.task else "", self.extra_context) if part
        )

    def __getattr__(self, name: str) -> Any:
        """Return what a former name of the API stands for: modes outside this package may use it."""
        if name in FORMER_NAMES:
            return getattr(self, FORMER_NAMES[name])
        raise AttributeError(f"{type(self).__name__} has no attribute {name}")

    @property
    def full_prompt(self) -> str:
        """What the seats are asked: the background, where there is one, then the question."""
        return "\n\n".join(part for part in (self.context, self.question) if part)

    @property
    def extra_context(self) -> str:
        """The background without the task's text: passages of documents, what stages before have brought."""
        return "\n\n".join(
            part for part in (quote_passages(self.passages, self.quoter), self.previous_stage_output) if part
        )

    def seat(self, seat_id: str) -> Seat:
        """Return the seat with this id, of whatever stage; KeyError if there is none."""
        for seat in self._all_seats:
            if seat.id == seat_id:
                return seat
        raise KeyError(seat_id)

    # --- to say what happens -----------------------------------------------------------------

    def emit(self, event: events.Event) -> None:
        """Tell everyone an event."""
        self._emit(event)
        for follower in self._followers:
            follower(event)

    def follow(self, follower: Callable[[events.Event], None]) -> None:
        """Call `follower` with every event from now on: for a mode that writes files while turns stream."""
        self._followers.append(follower)

    def record_external(self, name: str, lookup: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Return what `look` finds outside of the run; when the run is resumed, what it found then."""
        value = self.calls.memory.external_facts.get(name)
        value = lookup() if value is None else value
        self.emit(events.ExternalFactRecorded(name=name, value=value))
        return value

    def start_phase(self, name: str, number: int | None = None, of: int | None = None) -> None:
        """Open a phase, or round `number` of `of`; one that is not counted belongs to the last round."""
        if number is not None or of is not None:
            self.round_number = number or 1
        self.phase_name, number = name, number or 1
        if self.controls.rounds and self.controls.rounds.name != name:
            self.controls.rounds = None
        self.emit(events.PhaseStarted(name=name, number=number, of=of))

    def begin_stage(self, number: int, name: str, *, question: str, previous_output: str) -> None:
        """Seat those of stage `number` of a pipeline, at a clear board, with `brought` before `question`."""
        seats = [seat for seat in self._all_seats if seat.stage == number]
        self.seats = [seat for seat in seats if not seat.captain]
        self.captain = next((seat for seat in seats if seat.captain), None)
        self.board, self.masks = Board(), AnonymousLabels([seat.id for seat in seats], self.seed)
        self.question, self.previous_stage_output = question, previous_output
        self._followers.clear()
        self.phase_name, self.round_number, self.controls.rounds = name, 0, None
        self.emit(events.PhaseStarted(name=name, stage=number))

    def rounds(self, name: str, limit: int, *, phases: bool = True) -> RoundCounter:
        """Count rounds from 1 to `limit`, which the person may change meanwhile, until another phase begins.

        Each opens a phase of this name, or with `phases` off none.
        """

        def opens(number: int, of: int) -> None:
            if phases:
                self.start_phase(name, number, of=of)

        self.controls.rounds = RoundCounter(name, limit, opens)
        return self.controls.rounds

    def post(self, author: Seat | str, kind: str, content: str) -> None:
        """Put an entry on the board: a seat's, or MODERATOR's (see `table.board`)."""
        author = author.id if isinstance(author, Seat) else author
        name = next((seat.last_name or seat.name for seat in self._all_seats if seat.id == author), "")
        self.board.post(Entry(self.round_number, author, kind, content, name))
        self.emit(events.EntryPosted(round=self.round_number, author=author, kind=kind, content=content))

    def _on_user_action(self, event: events.Event) -> None:
        if isinstance(event, events.PersonSpoke) and not event.to:
            self.board.post(Entry(self.round_number, PERSON, PERSON, event.text))
        self.emit(event)

    def notice(self, text: str, seat: Seat | None = None) -> None:
        """Tell the person a line."""
        self.emit(events.Notice(text=text, seat=seat.id if seat else ""))

    def group_answers(self, answers: Sequence[tuple[str, str]]) -> agreement.AnswerGroups:
        """Group `(seat id, final answer)` pairs by what they say, and tell the person."""
        return self.emit_groups(agreement.group_answers(answers))

    def emit_groups(self, grouping: agreement.AnswerGroups) -> agreement.AnswerGroups:
        """Tell the person a grouping, and return it."""
        rows = tuple({"answer": g.answer, "seats": list(g.seats)} for g in grouping.groups)
        self.emit(
            events.AnswersGrouped(
                groups=rows, agreement=grouping.agreement, basis=grouping.basis, round=self.round_number
            )
        )
        return grouping

    def discard_failures(self, turns: Collection[Turn]) -> None:
        """Let failures make the run no partial one: what they were asked for was had in another way."""
        self.failed_turns[:] = [failure for failure in self.failed_turns if failure not in turns]

    # --- to reach a model --------------------------------------------------------------------

    async def ask(
        self,
        seat: Seat,
        prompt: str,
        *,
        label: str = "answer",
        temperature: float | None = None,
        top_p: float | None = None,
        max_tokens: int | None = None,
        shape: OutputSchema | None = None,
        fresh: bool = False,
        remember: bool | Callable[[Turn], bool] = True,
        retry_of: str = "",
        decides: bool = False,
    ) -> Turn:
        """Ask one seat and return its turn; a failure is a turn too, with `ok` false.

        The prompt goes to the end of the seat's conversation, and the reply after it. `fresh` asks
        outside the conversation, with the system prompt and the person's words alone; `remember=False`
        asks within it but adds nothing, and a function says it of the reply. `temperature` and
        `max_tokens` stand in for the persona's. A call that the record has is not made again.
        """
        how = AskOptions(
            label=label, temperature=temperature, top_p=top_p, max_tokens=max_tokens, shape=shape,
            fresh=fresh, remember=remember, retry_of=retry_of, decides=decides,
        )  # fmt: skip
        return await ask(self, seat, prompt, how)

    async def ask_all(
        self, prompts: Mapping[Seat, str] | Sequence[tuple[Seat, str]], **how: Any
    ) -> list[Turn]:
        """Ask many seats at once and return their turns in the given order.

        `how` is as in `ask`; see `table.together`.
        """
        return await ask_all(self, prompts, **how)

    def max_tokens_for(self, seat: Seat, requested: int | None = None) -> int | None:
        """Return how long an answer of the seat may be: as wanted, as its persona or the run says."""
        return requested or seat.persona.max_tokens or self._max_tokens

    def seed_for(self, turn_id: str) -> int | None:
        """Return the seed that is sent with a call, None where none is."""
        return crc32(f"{self.seed}/{turn_id}".encode()) >> 1 if self._send_seed else None

    def arrivals(self) -> CompletionStream:
        """Return a block for turns that are taken as they arrive, see `table.arrival`."""
        return CompletionStream(self)

    def work_queue(
        self, seats: Sequence[Seat], jobs: Collection[int], prompt: Callable[[int], str], **how: Any
    ) -> AsyncGenerator[tuple[int, Turn], None]:
        """Work through numbered jobs, whoever is free taking the next, see `table.arrival.spread`."""
        return work_queue(self, seats, jobs, prompt, **how)

    async def decide_all(
        self, requests: Sequence[DecisionRequest[D]], *, label: str
    ) -> list[fallbacks.Decision[D]]:
        """Have many seats decide at once, see `table.deciding`."""
        return await decide_all(self, requests, label=label)

    async def decide(
        self,
        seat: Seat,
        prompt: str,
        form: type[D],
        *,
        label: str,
        words: Mapping[str, D] | None = None,
        default: Callable[[], D],
    ) -> fallbacks.Decision[D]:
        """Ask `seat` for a decision that fits `form`, down the ladder; `otherwise` is its last rung.

        Always returns a decision, says by which rung it came, and records it.
        """
        decision = await self.fallback.run(
            self, seat, prompt, form, label=label, words=words, default=default
        )
        self.emit_verdict(seat, label, decision)
        return decision

    async def choose(
        self, seat: Seat, prompt: str, count: int, *, label: str, default: int
    ) -> tuple[int, str]:
        """Have `seat` choose one of `count` numbered things, see `table.choosing`."""
        return await choose(self, seat, prompt, count, label=label, default=default)

    def emit_verdict(self, seat: Seat, label: str, decision: fallbacks.Decision[D]) -> None:
        """Tell the person what a seat has decided."""
        self.emit(
            events.Verdict(
                seat=seat.id,
                label=label,
                decision=decision.value.model_dump(mode="json"),
                rung=decision.method,
                round=self.round_number,
            )
        )
