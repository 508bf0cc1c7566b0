"""One seat asked, in steps: its prompt is worded, the call is made, and what counts of it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roundtable_tui.engine.controls import UserAction
from roundtable_tui.engine.events import TurnQueued
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import MUTED, UNNEEDED, Turn
from roundtable_tui.llm.types import ChatRequest, Message, OutputSchema

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table

USER_MESSAGE_HEADER = "The person who asked the question now says:"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOptions:
    """How a seat is asked; each field is told at `Table.ask`."""

    label: str
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    shape: OutputSchema | None
    fresh: bool
    remember: bool | Callable[[Turn], bool]
    retry_of: str
    decides: bool


async def ask(table: Table, seat: Seat, prompt: str, options: AskOptions) -> Turn:
    """Ask one seat and return its turn, see `Table.ask`. What the person did then is redone too."""
    seat.call_count += 1
    turn_id = f"{seat.id}.{seat.call_count}"
    memory = table.calls.memory
    _reapply(table, memory.take_actions_before(turn_id))
    recorded = memory.get_call(turn_id) is not None
    heard_before = seat.seen_messages
    prompt = build_prompt(table, seat, turn_id, prompt, options)
    message = prompt if options.fresh else seat.conversation.next_message(prompt)
    system = seat.system_prompt()
    queued = TurnQueued(
        turn=turn_id, seat=seat.id, label=options.label, phase=table.phase_name, round=table.round_number,
        prompt=prompt, system=None if system == seat.last_system_prompt else system, heard=seat.seen_messages,
        retry_of=options.retry_of, decides=options.decides,
    )  # fmt: skip
    seat.last_system_prompt, seat.last_name = system, seat.name
    turn = await table.calls.run(seat, queued, build_request(table, seat, turn_id, system, message, options))
    _reapply(table, memory.take_actions_after(turn_id) if recorded else ())
    if turn.kind == UNNEEDED:
        return turn
    if not update_conversation(seat, turn, prompt, message, options):
        seat.seen_messages = heard_before  # What the person said with it must be said again.
    if not turn.ok and turn.kind not in ("shape", MUTED):
        table.failed_turns.append(turn)
    return turn


def build_prompt(table: Table, seat: Seat, turn_id: str, prompt: str, options: AskOptions) -> str:
    """Return the prompt with what the person has said since; a recorded one is as it was."""
    if options.retry_of and options.remember is True and not options.fresh:
        prompt = seat.conversation.pop_deferred_prompt() or prompt
    if recalled := table.calls.memory.get_call(turn_id):
        seat.seen_messages = recalled.queued.heard
        return recalled.queued.prompt
    if news := table.controls.undelivered_for(seat, fresh=options.fresh):
        return "\n\n".join([prompt, USER_MESSAGE_HEADER, *news])
    return prompt


def build_request(
    table: Table, seat: Seat, turn_id: str, system: str, message: str, options: AskOptions
) -> ChatRequest:
    """Return what is sent: the system prompt, the conversation so far unless it is `fresh`, the message."""
    first: list[Message] = [{"role": "system", "content": system}] if system.strip() else []
    history: Sequence[Message] = () if options.fresh else seat.conversation.messages
    return ChatRequest(
        model=seat.model,
        messages=[*first, *history, {"role": "user", "content": message}],
        temperature=seat.persona.effective_temperature
        if options.temperature is None
        else options.temperature,
        top_p=options.top_p,
        max_tokens=table.max_tokens_for(seat, options.max_tokens),
        seed=table.seed_for(turn_id),
        shape=options.shape,
    )


def update_conversation(seat: Seat, turn: Turn, prompt: str, message: str, options: AskOptions) -> bool:
    """Put into the conversation what belongs there; tell whether the prompt was heard, or waits in it."""
    if options.fresh:
        return turn.ok
    if turn.ok and (options.remember(turn) if callable(options.remember) else options.remember):
        seat.conversation.add_exchange(message, turn.text or turn.tool_arguments)
        return True
    if options.remember is True:
        seat.conversation.defer_prompt(prompt)
        return True
    return False


def _reapply(table: Table, actions: Iterable[UserAction]) -> None:
    for deed in actions:
        table.controls.reapply(deed)
