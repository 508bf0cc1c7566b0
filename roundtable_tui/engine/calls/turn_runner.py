"""Asks a seat: builds the prompt and the request, runs the call, updates the conversation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from zlib import crc32

from roundtable_tui.engine.calls.budget import Budget
from roundtable_tui.engine.calls.context_fitting import PromptParts
from roundtable_tui.engine.calls.context_window import ContextWindows
from roundtable_tui.engine.calls.fitted_call import FittedCall, TurnPlace
from roundtable_tui.engine.calls.picture_sender import PictureSender
from roundtable_tui.engine.calls.prompt_fitting import PromptFitting
from roundtable_tui.engine.calls.prompt_parts import Background
from roundtable_tui.engine.calls.runner import CallRunner, ModelClient
from roundtable_tui.engine.controls import Controls, UserAction
from roundtable_tui.engine.events import Event, TurnQueued
from roundtable_tui.engine.params import RunParams, resolve_params
from roundtable_tui.engine.quoting import Quoter
from roundtable_tui.engine.record.replay_cache import ReplayCache
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.tools.toolbox import Toolbox
from roundtable_tui.engine.tools.turn_tools import TurnTools
from roundtable_tui.engine.turn import MUTED, UNNEEDED, Turn
from roundtable_tui.llm.types import ChatRequest, Limits, OutputSchema

USER_MESSAGE_HEADER = "The person who asked the question now says:"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOptions:
    """How a seat is asked; the keyword arguments of `Table.ask`."""

    label: str = "answer"
    """What the turn is for, shown to the user: answer, synthesis, verdict."""
    temperature: float | None = None
    """The mode's temperature; see `engine.params` for what comes before it."""
    top_p: float | None = None
    max_tokens: int | None = None
    """The mode's token limit."""
    keep_temperature: bool = False
    """The temperature holds unless the persona's `params` name another: that of a synthesis."""
    shape: OutputSchema | None = None
    fresh: bool = False
    """Ask outside the conversation: only the system prompt, the user's messages and the prompt are sent."""
    remember: bool | Callable[[Turn], bool] = True
    """Add prompt and reply to the conversation; a function decides it from the turn."""
    retry_of: str = ""
    """The id of the failed turn that this one repeats."""
    decides: bool = False
    """The reply is a decision, not a statement to other seats."""


class TurnRunner:
    """Owns what a turn needs from its prompt to its result: calls, controls, budget and recorded calls.

    `Table` and the functions that ask several seats share one.
    """

    def __init__(
        self,
        calls: CallRunner,
        controls: Controls,
        replay_cache: ReplayCache,
        budget: Budget,
        emit: Callable[[Event], None],
        *,
        fitting: PromptFitting,
        seed: int = 0,
        send_seed: bool = False,
        max_tokens: int | None = None,
        params: RunParams | None = None,
    ) -> None:
        """Create a turn runner.

        Args:
            calls: runs one model call.
            controls: the user's messages, pauses and changes.
            replay_cache: recorded calls and user actions of a resumed run.
            budget: what the run may use and has used.
            emit: receives every event.
            fitting: fits prompts into the context of the models.
            seed: the seed of the run, from which seeds of calls are derived.
            send_seed: send a seed with every call.
            max_tokens: the token limit of an answer where nothing else sets one.
            params: the generation parameters of the run.
        """
        self.calls, self.controls, self.replay_cache, self.budget = calls, controls, replay_cache, budget
        self.emit = emit
        self._fitting, self.windows = fitting, fitting.windows
        self.pictures = PictureSender(None)
        """The attached pictures, and who sees them."""
        self.failed_turns: list[Turn] = []
        """Failures that make the run a partial one."""
        self.unfinished_turns: list[Turn] = []
        """Turns whose answer was cut off, also if the seat was asked again since."""
        self.phase_name = ""
        """The phase of the run; copied into its turns."""
        self.round_number = 0
        self._seed, self._send_seed, self._max_tokens = seed, send_seed, max_tokens
        self.params = params or RunParams()
        self.toolbox: Toolbox | None = None
        """The tools of the seats; None for none."""

    @classmethod
    def of_client(
        cls,
        client: ModelClient,
        now: Callable[[], float],
        limits: Limits,
        quoter: Quoter,
        make_background: Callable[[], Background],
        *,
        controls: Controls,
        replay_cache: ReplayCache,
        budget: Budget,
        emit: Callable[[Event], None],
        **settings: Any,
    ) -> TurnRunner:
        """Return a turn runner that calls models through `client`.

        Args:
            client: makes the model calls.
            now: returns seconds since the run started.
            limits: timeouts and retries of calls.
            quoter: quotes what is shortened.
            make_background: returns what may be shortened in every prompt.
            controls: the user's messages, pauses and changes.
            replay_cache: recorded calls and user actions of a resumed run.
            budget: what the run may use and has used.
            emit: receives every event.
            **settings: the settings of calls, as of `TurnRunner`.
        """
        fitting = PromptFitting(ContextWindows.of_client(client), quoter, make_background, emit)
        calls = CallRunner(client, emit, now, limits, controls, replay_cache, budget)
        made = cls(calls, controls, replay_cache, budget, emit, fitting=fitting, **settings)
        made.pictures = PictureSender(client)
        fitting.picture_tokens = made.pictures.tokens_for
        return made

    async def ask(self, seat: Seat, prompt: str, options: AskOptions) -> Turn:
        """Ask one seat and return its turn; a failure is a turn with `ok` False.

        A recorded call is not made again; user actions recorded around it are applied again.
        """
        seat.call_count += 1
        turn_id = f"{seat.id}.{seat.call_count}"
        self._reapply(self.replay_cache.take_actions_before(turn_id))
        is_recorded = self.replay_cache.get_call(turn_id) is not None
        seen_before = seat.seen_messages
        prompt = self._build_prompt(seat, turn_id, prompt, options)
        message = prompt if options.fresh else seat.conversation.next_message(prompt)
        system = seat.system_prompt()
        toolbox = self.toolbox
        if toolbox and not toolbox.serves(seat, shape=options.shape, decides=options.decides):
            toolbox = None
        if toolbox:
            system = toolbox.extend_system_prompt(system)
        parts = PromptParts(
            system, () if options.fresh else seat.conversation.messages, message, seat.conversation.summary
        )
        fitted = FittedCall(
            self._fitting, self.calls, self.replay_cache, seat, parts,
            self.max_tokens_for(seat, options.max_tokens),
        )  # fmt: skip
        await fitted.fit(TurnPlace(turn_id, self.phase_name, self.round_number))
        queued = TurnQueued(
            turn=turn_id, seat=seat.id, label=options.label, phase=self.phase_name, round=self.round_number,
            prompt=prompt, system=None if system == seat.last_system_prompt else system,
            heard=seat.seen_messages, retry_of=options.retry_of, decides=options.decides,
        )  # fmt: skip
        seat.last_system_prompt, seat.last_name = system, seat.name
        if not is_recorded:
            await self.pictures.learn([seat])
        # Built when it is sent: until then the user may have given the seat another persona or server.
        find_window = partial(self.windows.get, seat.server, seat.model)
        tools = TurnTools(toolbox, queued, find_window) if toolbox else None
        turn = await self.calls.run(
            seat, queued, lambda: self._build_request(seat, turn_id, fitted, options, toolbox), fitted.refit,
            tools,
        )  # fmt: skip
        # What tools and pictures take is in the count of the server, but not in the messages.
        if not is_recorded and tools is None and not self.pictures.pictures_for(seat):
            fitted.learn_count(turn)
        self._reapply(self.replay_cache.take_actions_after(turn_id) if is_recorded else ())
        if turn.kind == UNNEEDED:
            return turn
        if turn.is_unfinished:
            self.unfinished_turns.append(turn)
        if not _update_conversation(seat, turn, prompt, message, options):
            seat.seen_messages = seen_before  # The user's messages in this prompt must be sent again.
        if not turn.ok and turn.kind not in ("shape", MUTED):
            self.failed_turns.append(turn)
        return turn

    def max_tokens_for(self, seat: Seat, requested: int | None = None) -> int | None:
        """Return the token limit of an answer of a seat, if the mode requests `requested`."""
        limit = self._resolve_params(seat, {"max_tokens": requested}).get("max_tokens")
        return None if limit is None else int(limit)

    def _resolve_params(
        self, seat: Seat, call: Mapping[str, Any], *, keep_temperature: bool = False
    ) -> dict[str, Any]:
        return resolve_params(
            self.params, seat.persona, seat.server, call,
            keep_temperature=keep_temperature, max_tokens=self._max_tokens,
        )  # fmt: skip

    def seed_for(self, turn_id: str) -> int | None:
        """Return the seed that is sent with a call; None if the run sends none."""
        return crc32(f"{self._seed}/{turn_id}".encode()) >> 1 if self._send_seed else None

    def discard_failures(self, turns: Collection[Turn]) -> None:
        """Drop these turns from the run's failures; the result was obtained another way."""
        self.failed_turns[:] = [failure for failure in self.failed_turns if failure not in turns]

    def is_recorded(self, seat: Seat) -> bool:
        """Return True if the record has the next call of this seat."""
        return self.replay_cache.get_call(seat.next_turn_id) is not None

    def _build_prompt(self, seat: Seat, turn_id: str, prompt: str, options: AskOptions) -> str:
        """Add the user's messages that this seat has not had; a recorded prompt is taken as it was."""
        if options.retry_of and options.remember is True and not options.fresh:
            prompt = seat.conversation.pop_deferred_prompt() or prompt
        if cached := self.replay_cache.get_call(turn_id):
            seat.seen_messages = cached.queued.heard
            return cached.queued.prompt
        if messages := self.controls.undelivered_for(seat, fresh=options.fresh):
            return "\n\n".join([prompt, USER_MESSAGE_HEADER, *messages])
        return prompt

    def _build_request(
        self, seat: Seat, turn_id: str, fitted: FittedCall, options: AskOptions, toolbox: Toolbox | None
    ) -> ChatRequest:
        call = {name: getattr(options, name) for name in ("temperature", "top_p", "max_tokens")}
        params = self._resolve_params(seat, call, keep_temperature=options.keep_temperature)
        return ChatRequest(
            model=seat.model,
            messages=fitted.messages(),
            temperature=params.pop("temperature", None),
            top_p=params.pop("top_p", None),
            max_tokens=params.pop("max_tokens", None),
            seed=params.pop("seed", self.seed_for(turn_id)),
            shape=options.shape,
            overflow_hint=fitted.overflow_hint,
            params=params,
            stream=self.params.stream,
            pictures=self.pictures.pictures_for(seat),
            tools=toolbox.specs if toolbox else (),
        )

    def _reapply(self, actions: Iterable[UserAction]) -> None:
        for action in actions:
            self.controls.reapply(action)


def _update_conversation(seat: Seat, turn: Turn, prompt: str, message: str, options: AskOptions) -> bool:
    """Add the exchange, or defer a prompt without a reply; False if the prompt must be sent again."""
    if options.fresh:
        return turn.ok
    if turn.ok and (options.remember(turn) if callable(options.remember) else options.remember):
        seat.conversation.add_exchange(message, turn.text or turn.tool_arguments)
        return True
    if options.remember is True:
        seat.conversation.defer_prompt(prompt)
        return True
    return False
