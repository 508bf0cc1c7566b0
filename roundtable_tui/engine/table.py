"""The API a mode runs against. It is the only way for a mode to call a model.

Everything done through it becomes an event, so that the run can be recorded, resumed and replayed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from pydantic import BaseModel

from roundtable_tui.answers.grouping import AnswerGroups
from roundtable_tui.engine import events, former_names
from roundtable_tui.engine.anonymize import AnonymousLabels
from roundtable_tui.engine.board import PERSON, Board, Entry
from roundtable_tui.engine.calls.as_completed import CompletionStream, work_queue
from roundtable_tui.engine.calls.budget import Budget
from roundtable_tui.engine.calls.parallel import ask_all
from roundtable_tui.engine.calls.prompt_parts import Background, ShortForm
from roundtable_tui.engine.calls.read_ahead import prepare_later, read_ahead
from roundtable_tui.engine.calls.runner import ModelClient
from roundtable_tui.engine.calls.text_sizes import TextSizes
from roundtable_tui.engine.calls.turn_runner import AskOptions, TurnRunner
from roundtable_tui.engine.citations import Passage, quote_passages
from roundtable_tui.engine.controls import Controls, RoundCounter
from roundtable_tui.engine.decisions.decide import Decider, DecisionRequest
from roundtable_tui.engine.decisions.fallbacks import Decision
from roundtable_tui.engine.decisions.json_answer import ask_for_json
from roundtable_tui.engine.former_names import accept_former_keyword
from roundtable_tui.engine.material.known_texts import list_known_texts
from roundtable_tui.engine.material.material import Material
from roundtable_tui.engine.params import RunParams
from roundtable_tui.engine.quoting import Quoter, make_boundary_token
from roundtable_tui.engine.record.recorded_steps import RecordedSteps
from roundtable_tui.engine.record.replay_cache import ReplayCache
from roundtable_tui.engine.results.answer_groups import AnswerGrouper, read_groups
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import Turn
from roundtable_tui.llm.types import Limits, OutputSchema
from roundtable_tui.resources.task import Task

D = TypeVar("D", bound=BaseModel)
INSTRUCTIONS_HEADING = "Instructions for the work on the question:"
FINAL_HEADING = "Instructions for the final text:"


class Table:
    """The seats, the captain, the board, and what a mode can do with them.

    Model calls: ask, ask_all, arrivals, work_queue, decide, decide_all, choose, ask_for_json.
    Events: start_phase, rounds, post, group_answers, compare_answers, emit_groups, notice, discard_failures.
    Outside the run: record_external, follow, folder.
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
        params: RunParams | None = None,
        replay_cache: ReplayCache | None = None,
    ) -> None:
        """Create a table.

        Args:
            question: the question of the run.
            seats: the seats without the captain, in team order.
            captain: the seat that judges, merges or picks, if any.
            client: makes the model calls.
            emit: receives every event.
            now: returns seconds since the run started.
            task: the task of the question, if any.
            seed: the seed of the run: of `random`, of labels and of the boundary token.
            send_seed: send a seed with every call.
            limits: timeouts and retries of calls.
            max_tokens: the token limit of an answer where nothing else sets one.
            params: the generation parameters of the run.
            replay_cache: the recorded calls of a resumed run.
        """
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
        self.passages: tuple[Passage, ...] = ()
        """Passages of documents found for the question."""
        self.material = Material()
        """What came with the question: attachments, and the questions asked before it."""
        self.previous_stage_output = ""
        """The output of earlier pipeline stages, quoted, with instructions for its use."""
        self.folder: Path | None = None
        """The folder of the record, where a mode may write files; None if the run is not recorded."""
        self._emit = emit
        self._followers: list[Callable[[events.Event], None]] = []
        self._short_forms: list[ShortForm] = []
        self.budget = Budget()
        self.controls = Controls(self.everyone, self._on_user_action, self.budget)
        replay_cache = ReplayCache() if replay_cache is None else replay_cache
        self.answer_grouper = AnswerGrouper(replay_cache.steps)
        self.turns = TurnRunner.of_client(
            client, now, limits or Limits(), self.quoter, self._make_background,
            controls=self.controls, replay_cache=replay_cache, budget=self.budget, emit=self.emit,
            seed=seed, send_seed=send_seed, max_tokens=max_tokens, params=params,
        )  # fmt: skip
        self.text_sizes = TextSizes(
            self.turns.windows, replay_cache, self.record_external, lambda: self.everyone
        )
        """How long the texts may be that a mode cuts itself."""
        self._decider = Decider(self.turns)

    @property
    def everyone(self) -> list[Seat]:
        """All seats, the captain last; in a pipeline those of the current stage."""
        return [*self.seats, self.captain] if self.captain else list(self.seats)

    @property
    def context(self) -> str:
        """The background of the question: the task's text, then `extra_context`; "" for none."""
        return "\n\n".join(
            part for part in (self.task.context if self.task else "", self.extra_context) if part
        )

    @property
    def full_prompt(self) -> str:
        """The background, the task's instructions and the question, as one prompt."""
        return "\n\n".join(part for part in (self.context, self.instructions, self.question) if part)

    @property
    def answer_prompt(self) -> str:
        """`full_prompt` with the task's instructions for the final text, for seats that may write it."""
        parts = (self.context, self.instructions, self.final_instructions, self.question)
        return "\n\n".join(part for part in parts if part)

    @property
    def instructions(self) -> str:
        """The task's instructions for the work, with a heading; "" for none."""
        text = self.task.instructions if self.task else ""
        return f"{INSTRUCTIONS_HEADING}\n\n{text}" if text else ""

    @property
    def final_instructions(self) -> str:
        """The task's instructions for the final text, with a heading; "" for none."""
        text = self.task.summarize if self.task else ""
        return f"{FINAL_HEADING}\n\n{text}" if text else ""

    @property
    def extra_context(self) -> str:
        """The background without the task's text: what came with the question, passages of documents,
        output of earlier stages.
        """
        parts = (self.material.quote(self.quoter), self.quoted_passages, self.previous_stage_output)
        return "\n\n".join(part for part in parts if part)

    @property
    def quoted_passages(self) -> str:
        """The passages of documents as they stand in prompts; "" for none."""
        return quote_passages(self.passages, self.quoter)

    def _make_background(self) -> Background:
        known_texts = list_known_texts(
            self.question, self.task, self.material, self.quoter, self.previous_stage_output,
            [message.text for message in self.controls.user_messages],
        )  # fmt: skip
        return Background(self.question, self.context, known_texts, tuple(self._short_forms))

    @property
    def failed_turns(self) -> list[Turn]:
        """Failures that make the run a partial one."""
        return self.turns.failed_turns

    def __getattr__(self, name: str) -> Any:
        """Resolve former names of the API."""
        return former_names.get_former_attribute(self, former_names.TABLE, name)

    def seat(self, seat_id: str) -> Seat:
        """Return the seat with this id, of any stage. Raises KeyError if there is none."""
        for seat in self._all_seats:
            if seat.id == seat_id:
                return seat
        raise KeyError(seat_id)

    # --- events ------------------------------------------------------------------------------

    def emit(self, event: events.Event) -> None:
        """Send an event to the record, the listeners of the run and the followers."""
        self._emit(event)
        if isinstance(event, events.StageEnded):
            self.answer_grouper.end_stage(event.status)
        for follower in self._followers:
            follower(event)

    def follow(self, follower: Callable[[events.Event], None]) -> None:
        """Call `follower` with every event from now on: for a mode that writes files while turns stream."""
        self._followers.append(follower)

    def record_external(self, name: str, lookup: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Look something up outside the run and record it; a resumed run returns the recorded value."""
        value = self.turns.replay_cache.external_facts.get(name)
        value = lookup() if value is None else value
        self.emit(events.ExternalFactRecorded(name=name, value=value))
        return value

    def allow_short_form(self, text: str, short: str, step: str) -> None:
        """Let prompts that do not fit have `short` in the place of a text; `step` is for the notice."""
        self._short_forms.append(ShortForm(text, short, step))

    def start_phase(self, name: str, number: int | None = None, of: int | None = None) -> None:
        """Start a phase, or round `number` of `of`. A phase without a number belongs to the last round."""
        if number is not None or of is not None:
            self.turns.round_number = number or 1
        self.turns.phase_name, number = name, number or 1
        if self.controls.rounds and self.controls.rounds.name != name:
            self.controls.rounds = None
        self.emit(events.PhaseStarted(name=name, number=number, of=of))

    def begin_stage(self, number: int, name: str, *, question: str, previous_output: str) -> None:
        """Switch to stage `number` of a pipeline: its seats, a new board, its question and input."""
        seats = [seat for seat in self._all_seats if seat.stage == number]
        self.seats = [seat for seat in seats if not seat.captain]
        self.captain = next((seat for seat in seats if seat.captain), None)
        self.board, self.masks = Board(), AnonymousLabels([seat.id for seat in seats], self.seed)
        self.question, self.previous_stage_output = question, previous_output
        self._followers.clear()
        self.answer_grouper.start_stage()
        self.turns.phase_name, self.turns.round_number, self.controls.rounds = name, 0, None
        self.emit(events.PhaseStarted(name=name, stage=number))

    def rounds(self, name: str, limit: int, *, phases: bool = True) -> RoundCounter:
        """Count rounds from 1 to `limit`, which the user can change while they run.

        Each round starts a phase `name`, unless `phases` is False. The next phase of another name ends
        the count.
        """

        def on_start(number: int, of: int) -> None:
            if phases:
                self.start_phase(name, number, of=of)

        self.controls.rounds = RoundCounter(name, limit, on_start)
        return self.controls.rounds

    def post(self, author: Seat | str, kind: str, content: str) -> None:
        """Put an entry on the board; `author` is a seat, its id, or `board.MODERATOR`."""
        author = author.id if isinstance(author, Seat) else author
        name = next((seat.last_name or seat.name for seat in self._all_seats if seat.id == author), "")
        number = self.turns.round_number
        self.board.post(Entry(number, author, kind, content, name))
        self.emit(events.EntryPosted(round=number, author=author, kind=kind, content=content))

    def _on_user_action(self, event: events.Event) -> None:
        if isinstance(event, events.PersonSpoke) and not event.to:
            self.board.post(Entry(self.turns.round_number, PERSON, PERSON, event.text))
        self.emit(event)

    def notice(self, text: str, seat: Seat | None = None) -> None:
        """Show the user a line, about one seat if given."""
        self.emit(events.Notice(text=text, seat=seat.id if seat else ""))

    def group_answers(self, answers: Sequence[tuple[str, str]]) -> AnswerGroups:
        """Group `(seat id, final answer)` pairs by meaning, and emit the groups."""
        return self.emit_groups(self.answer_grouper.group(answers, self.question, self.turns.round_number))

    async def find_groups(self, answers: Sequence[tuple[str, str]]) -> AnswerGroups:
        """Group answers like `compare_answers`, without an event."""
        return await self.answer_grouper.group_off_loop(answers, self.question, self.turns.round_number)

    async def compare_answers(self, answers: Sequence[tuple[str, str]]) -> AnswerGroups:
        """Group answers like `group_answers`; also asks the extra `maths`, off the event loop."""
        return self.emit_groups(await self.find_groups(answers))

    def emit_groups(self, grouping: AnswerGroups) -> AnswerGroups:
        """Emit groups of answers, and return them; a resumed run has the texts of its record."""
        event = self.answer_grouper.make_event(grouping, self.turns.round_number)
        self.emit(event)
        return read_groups(event)

    def discard_failures(self, turns: Collection[Turn]) -> None:
        """Drop these failed turns from the run's failures; the result was obtained another way."""
        self.turns.discard_failures(turns)

    def record_internal_error(self, error: Exception) -> None:
        """Keep an unexpected exception that the mode survived, so that the run logs it."""
        self.turns.calls.internal_error = error

    # --- model calls -------------------------------------------------------------------------

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
        keep_temperature: bool = False,
    ) -> Turn:
        """Ask one seat and return its turn; a failure is a turn with `ok` False.

        Prompt and reply are appended to the seat's conversation. A recorded call is not made again.

        Args:
            seat: the seat to ask.
            prompt: the prompt of this turn; new messages of the user are added to it.
            label: what the turn is for, shown to the user: answer, synthesis, verdict.
            temperature: the mode's temperature; that of the user or the persona's file comes before it.
            top_p: nucleus sampling, if the server supports it.
            max_tokens: the mode's token limit.
            shape: the schema that the reply must follow.
            fresh: ask outside the conversation: only the system prompt, all messages of the user and the
                prompt are sent.
            remember: False sends the conversation but does not add to it; a function decides from the turn.
            retry_of: the id of the failed turn that this one repeats.
            decides: the reply is a decision, not a statement to other seats.
            keep_temperature: `temperature` holds unless the persona's `params` name another.
        """
        options = AskOptions(
            label=label, temperature=temperature, top_p=top_p, max_tokens=max_tokens, shape=shape,
            fresh=fresh, remember=remember, retry_of=retry_of, decides=decides,
            keep_temperature=keep_temperature,
        )  # fmt: skip
        return await self.turns.ask(seat, prompt, options)

    async def ask_all(
        self, prompts: Mapping[Seat, str] | Sequence[tuple[Seat, str]], **options: Any
    ) -> list[Turn]:
        """Ask many seats at once; return their turns in the given order. `options` as in `ask`.

        The user may retry a failed seat as long as another seat is still answering.
        """
        pairs = list(prompts.items()) if isinstance(prompts, Mapping) else prompts
        on_turn = partial(read_ahead, self.quoter, self.masks, self.question)
        prepare_later(self.quoter)
        return await ask_all(self.turns, pairs, AskOptions(**options), on_turn)

    @property
    def recorded_steps(self) -> RecordedSteps:
        """What the mode did between turns in the record of a resumed run; empty for a new run."""
        return self.turns.replay_cache.steps

    def is_recorded(self, seat: Seat, label: str) -> bool:
        """Return True if the record of a resumed run has the seat's next turn, for this purpose."""
        cached = self.turns.replay_cache.get_call(seat.next_turn_id)
        return cached is not None and cached.queued.label == label

    def max_tokens_for(self, seat: Seat, requested: int | None = None) -> int | None:
        """Return the token limit of an answer: `requested`, else of the persona, else of the run."""
        return self.turns.max_tokens_for(seat, requested)

    def arrivals(self) -> CompletionStream:
        """Return a context manager that yields turns in the order in which they complete."""
        return CompletionStream(self.turns)

    @accept_former_keyword("hand_over", "reassign_failed")
    def work_queue(
        self, seats: Sequence[Seat], jobs: Collection[int], prompt: Callable[[int], str], **options: Any
    ) -> AsyncGenerator[tuple[int, Turn], None]:
        """Run numbered jobs, one per seat at a time; see `engine.calls.as_completed.work_queue`."""
        return work_queue(self.turns, seats, jobs, prompt, **options)

    async def decide_all(self, requests: Sequence[DecisionRequest[D]], *, label: str) -> list[Decision[D]]:
        """Ask many seats for decisions at once; return them in the order of `requests`."""
        return await self._decider.decide_all(requests, label=label)

    @accept_former_keyword("otherwise", "default")
    async def decide(
        self,
        seat: Seat,
        prompt: str,
        form: type[D],
        *,
        label: str,
        words: Mapping[str, D] | None = None,
        default: Callable[[], D],
    ) -> Decision[D]:
        """Ask `seat` for a decision, with the best output method that its server supports.

        Args:
            seat: the seat that decides.
            prompt: the question, without instructions on the form of the reply.
            form: the pydantic model of the decision.
            label: label of the turns.
            words: decisions by the single word that gives them; None if no word can.
            default: builds the decision that counts if the seat makes none.

        Returns:
            The decision, always, with the method that gave it.
        """
        return await self._decider.decide(seat, prompt, form, label=label, words=words, default=default)

    @accept_former_keyword("otherwise", "default")
    async def choose(
        self, seat: Seat, prompt: str, count: int, *, label: str, default: int, authors: Sequence[str] = ()
    ) -> tuple[int, str]:
        """Have `seat` choose one of `count` items that the prompt numbers from 1.

        `authors` are the ids of the seats that wrote the items, for readers of the run.

        Returns:
            The index of the choice, from 0 (`default` if the seat makes none), and the method that gave it.
        """
        return await self._decider.choose(seat, prompt, count, label=label, default=default, authors=authors)

    async def ask_for_json(self, seat: Seat, prompt: str, schema: Mapping[str, Any], **options: Any) -> Turn:
        """Ask for a reply that fits a JSON Schema; a turn whose reply does not fit has failed.

        `options` as in `ask`.
        """
        return await ask_for_json(self.turns, seat, prompt, schema, AskOptions(**options))

    def emit_verdict(self, seat: Seat, label: str, decision: Decision[D]) -> None:
        """Emit what a seat has decided."""
        self._decider.emit_verdict(seat, label, decision)
