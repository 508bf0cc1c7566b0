"""One seat asked, in steps: its prompt is worded, the call is made, and what counts of it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roundtable_tui.engine.controls import Deed
from roundtable_tui.engine.events import TurnQueued
from roundtable_tui.engine.seat import Seat
from roundtable_tui.engine.turn import MUTED, UNNEEDED, Turn
from roundtable_tui.llm.types import ChatRequest, Message, Shape

if TYPE_CHECKING:
    from roundtable_tui.engine.table import Table

HEARD = "The person who asked the question now says:"


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a seat is asked; each field is told at `Table.ask`."""

    label: str
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    shape: Shape | None
    fresh: bool
    remember: bool | Callable[[Turn], bool]
    retry_of: str
    decides: bool


async def ask(table: Table, seat: Seat, prompt: str, how: How) -> Turn:
    """Ask one seat and return its turn, see `Table.ask`. What the person did then is redone too."""
    seat.calls += 1
    turn_id = f"{seat.id}.{seat.calls}"
    memory = table.calls.memory
    _redo(table, memory.deeds_before(turn_id))
    recorded = memory.call(turn_id) is not None
    heard_before = seat.heard
    prompt = worded(table, seat, turn_id, prompt, how)
    message = prompt if how.fresh else seat.conversation.asking(prompt)
    system = seat.system()
    queued = TurnQueued(
        turn=turn_id, seat=seat.id, label=how.label, phase=table.phase_name, round=table.round_number,
        prompt=prompt, system=None if system == seat.told else system, heard=seat.heard,
        retry_of=how.retry_of, decides=how.decides,
    )  # fmt: skip
    seat.told, seat.spoke_as = system, seat.name
    turn = await table.calls.make(seat, queued, request(table, seat, turn_id, system, message, how))
    _redo(table, memory.deeds_after(turn_id) if recorded else ())
    if turn.kind == UNNEEDED:
        return turn
    if not kept(seat, turn, prompt, message, how):
        seat.heard = heard_before  # What the person said with it must be said again.
    if not turn.ok and turn.kind not in ("shape", MUTED):
        table.failed.append(turn)
    return turn


def worded(table: Table, seat: Seat, turn_id: str, prompt: str, how: How) -> str:
    """Return the prompt with what the person has said since; a recorded one is as it was."""
    if how.retry_of and how.remember is True and not how.fresh:
        prompt = seat.conversation.take_back() or prompt
    if recalled := table.calls.memory.call(turn_id):
        seat.heard = recalled.asked.heard
        return recalled.asked.prompt
    if news := table.controls.news_for(seat, fresh=how.fresh):
        return "\n\n".join([prompt, HEARD, *news])
    return prompt


def request(table: Table, seat: Seat, turn_id: str, system: str, message: str, how: How) -> ChatRequest:
    """Return what is sent: the system prompt, the conversation so far unless it is `fresh`, the message."""
    first: list[Message] = [{"role": "system", "content": system}] if system.strip() else []
    history: Sequence[Message] = () if how.fresh else seat.conversation.messages
    return ChatRequest(
        model=seat.model,
        messages=[*first, *history, {"role": "user", "content": message}],
        temperature=seat.persona.heat if how.temperature is None else how.temperature,
        top_p=how.top_p,
        max_tokens=table.most_tokens(seat, how.max_tokens),
        seed=table.seed_of(turn_id),
        shape=how.shape,
    )


def kept(seat: Seat, turn: Turn, prompt: str, message: str, how: How) -> bool:
    """Put into the conversation what belongs there; tell whether the prompt was heard, or waits in it."""
    if how.fresh:
        return turn.ok
    if turn.ok and (how.remember(turn) if callable(how.remember) else how.remember):
        seat.conversation.answered(message, turn.text or turn.tool_arguments)
        return True
    if how.remember is True:
        seat.conversation.unanswered(prompt)
        return True
    return False


def _redo(table: Table, deeds: Iterable[Deed]) -> None:
    for deed in deeds:
        table.controls.again(deed)
