"""User controls of a run: pause, message, stop, retry, mute, replace or promote a seat, rounds, budget.

All methods may be called at any time on the event loop; each change becomes an event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from roundtable_tui.engine import seat_changes
from roundtable_tui.engine.calls.budget import Budget
from roundtable_tui.engine.events import (
    BudgetChanged,
    Event,
    Notice,
    PersonSpoke,
    RoundsChanged,
    RunPaused,
    SeatChanged,
)
from roundtable_tui.engine.seat import Seat, persona_to_dict, unique_names
from roundtable_tui.llm.types import Server
from roundtable_tui.resources.persona import Persona
from roundtable_tui.utils.text import single_line


class RoundCounter:
    """Counts rounds from 1; the user can change the limit while they run."""

    def __init__(self, name: str, limit: int, on_start: Callable[[int, int], None]) -> None:
        self.name = name
        self.limit = limit
        self.number = 0
        """The current round."""
        self._on_start = on_start

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        if self.is_last:
            raise StopIteration
        self.number += 1
        self._on_start(self.number, self.limit)
        return self.number

    @property
    def is_last(self) -> bool:
        """True if this is the last round."""
        return self.number >= self.limit

    def set_limit(self, limit: int) -> int:
        """Set the limit, at least the current round, and return it."""
        self.limit = max(limit, self.number, 1)
        return self.limit


CancelReason = Literal["stop", "retry"]
UserAction = PersonSpoke | SeatChanged | RoundsChanged | BudgetChanged
"""User actions that affect later turns; re-applied when a run is resumed."""


@dataclass(frozen=True, slots=True)
class UserMessage:
    """A message of the user to all seats (`to` empty) or to one."""

    text: str
    to: str = ""


class Controls:
    """Actions of the user during a run, and their effect on calls."""

    def __init__(self, seats: list[Seat], emit: Callable[[Event], None], budget: Budget) -> None:
        self._seats = {seat.id: seat for seat in seats}
        self._emit = emit
        self.budget = budget
        self.rounds: RoundCounter | None = None
        """The current round counter, if the number of rounds can be changed."""
        self.servers: dict[tuple[str, str], Server] = {}
        """Servers by name and base URL, besides those of the seats."""
        self._paused = False
        self._steps = 0
        self._unblocked = asyncio.Event()
        self._running: dict[str, list[asyncio.Task[Any]]] = {}
        self._cancel_reasons: dict[str, CancelReason] = {}
        self._retry_offers: dict[str, asyncio.Future[bool]] = {}
        self.user_messages: list[UserMessage] = []
        self._delivered: set[int] = set()
        """Indexes of messages that were sent to a seat with a prompt."""

    # --- actions of the user -------------------------------------------------------------------

    @property
    def is_paused(self) -> bool:
        """True while no new turn may start."""
        return self._paused

    def pause(self) -> None:
        """Start no new turns; running turns finish."""
        if not self._paused:
            self._paused, self._steps = True, 0
            self._emit(RunPaused(paused=True))

    def resume(self) -> None:
        """Let turns start again."""
        if self._paused:
            self._paused = False
            self._unblocked.set()
            self._emit(RunPaused(paused=False))

    def step(self) -> None:
        """While paused, let one turn start."""
        if self._paused:
            self._steps += 1
            self._unblocked.set()

    def send_message(self, text: str, to: str = "") -> None:
        """Send a message to all seats, or to one; each gets it with its next turn."""
        if text.strip():
            self._add_message(PersonSpoke(text=text.strip(), to=to))

    def stop(self, seat: str) -> bool:
        """Cancel the running turn of a seat; its partial text is kept but does not count as an answer."""
        return self._cancel_calls(seat, "stop")

    def retry(self, seat: str) -> bool:
        """Restart the running turn of a seat, or retry a failed seat while others are still running."""
        offer = self._retry_offers.get(seat)
        if offer and not offer.done():
            offer.set_result(True)
            return True
        return self._cancel_calls(seat, "retry")

    def undelivered(self) -> list[str]:
        """Return the messages of the user that no seat has received."""
        return [
            message.text
            for number, message in enumerate(self.user_messages)
            if number not in self._delivered
            and not any(
                seat.seen_messages > number for seat in self._seats.values() if message.to in ("", seat.id)
            )
        ]

    def set_persona(self, seat_id: str, persona: Persona) -> None:
        """Change the persona of a seat, from its next turn on."""
        if persona != self._seats[seat_id].persona:
            self._apply_change(SeatChanged(seat=seat_id, what="persona", value=persona_to_dict(persona)))

    def mute(self, seat_id: str, muted: bool = True) -> None:
        """Mute or unmute a seat. Turns of a muted seat fail without a request."""
        if muted != self._seats[seat_id].muted:
            self._apply_change(
                SeatChanged(seat=seat_id, what=seat_changes.MUTED if muted else seat_changes.UNMUTED)
            )

    def replace(
        self, seat_id: str, *, persona: Persona | None = None, model: str = "", server: Server | None = None
    ) -> None:
        """Replace persona, model or server of a seat from its next turn on; its conversation stays.

        A persona whose name is already used gets a number.
        """
        seat = self._seats[seat_id]
        if persona is not None and persona != seat.persona:
            others = [other.name for other in self._seats.values() if other is not seat]
            name = unique_names([*others, persona.name], " ")[-1] if persona.name in others else persona.name
            value = persona_to_dict(persona.model_copy(update={"name": name}))
            self._apply_change(SeatChanged(seat=seat_id, what="persona", value=value, note="replaced"))
        server, model = server or seat.server, model or seat.model
        if (server, model) != (seat.server, seat.model):
            self.servers[server.name, server.base_url] = server
            self._apply_change(
                SeatChanged(seat=seat_id, what="model", value=seat_changes.model_fields(model, server))
            )

    def promote(self, seat_id: str) -> bool:
        """Give the captain persona and model of this seat, from the captain's next turn on.

        The seat itself stays; the captain keeps its conversation. Returns False if there is no captain.
        """
        stage = self._seats[seat_id].stage
        captain = next((s for s in self._seats.values() if s.captain and s.stage == stage), None)
        if captain is None or captain.id == seat_id:
            return False
        value = seat_changes.captain_change(self._seats[seat_id])
        self._apply_change(SeatChanged(seat=captain.id, what="captain", value=value))
        return True

    def set_rounds(self, limit: int) -> int | None:
        """Set the number of rounds, at least the current one. Returns it; None if no rounds are counted."""
        if self.rounds is None:
            return None
        before = self.rounds.limit
        if self.rounds.set_limit(limit) != before:
            self._emit(RoundsChanged(name=self.rounds.name, limit=self.rounds.limit))
        return self.rounds.limit

    def set_budget(self, tokens: int | None, cost: float | None, *, anew: bool = False) -> None:
        """Set the budget in tokens and in USD, including what was used so far; None means unlimited."""
        if anew or (tokens, cost) != (self.budget.max_tokens, self.budget.max_cost):
            self.budget.max_tokens, self.budget.max_cost = tokens, cost
            self._emit(BudgetChanged(tokens=tokens, cost=cost, anew=anew))

    def _apply_change(self, event: SeatChanged) -> None:
        seats = self._seats.values()
        known = {(seat.server.name, seat.server.base_url): seat.server for seat in seats} | self.servers
        seat_changes.apply_change(event, self._seats[event.seat], known)
        self._emit(event)

    def _cancel_calls(self, seat: str, reason: CancelReason) -> bool:
        tasks = [task for task in self._running.get(seat, []) if not task.done()]
        if tasks:
            self._cancel_reasons[seat] = reason
            for task in tasks:
                task.cancel()
        return bool(tasks)

    def _add_message(self, spoken: PersonSpoke) -> None:
        self.user_messages.append(UserMessage(spoken.text, spoken.to))
        self._emit(spoken)

    # --- used by the engine -------------------------------------------------------------------

    def reapply(self, action: UserAction) -> None:
        """Apply a recorded user action again."""
        match action:
            case PersonSpoke():
                self._add_message(action)
            case RoundsChanged():
                if self.rounds is not None and self.rounds.name == action.name:
                    self.rounds.set_limit(action.limit)
                self._emit(action)
            case BudgetChanged():
                self.budget.max_tokens, self.budget.max_cost = action.tokens, action.cost
                self._emit(action)
            case SeatChanged() if action.seat in self._seats:
                try:
                    self._apply_change(action)
                except (TypeError, ValueError):
                    what = f"invalid change of {single_line(action.what, 20)} in the record"
                    self._emit(Notice(text=f"{what}: ignored, the seat stays as it is", seat=action.seat))

    async def wait_until_running(self, on_wait: Callable[[], None]) -> None:
        """Wait until a turn may start; calls `on_wait` first if the run is paused."""
        if self._paused and not self._steps:
            on_wait()
        while self._paused and not self._steps:
            self._unblocked.clear()
            await self._unblocked.wait()
        if self._paused:
            self._steps -= 1

    def register_call(self, seat: str, task: asyncio.Task[Any]) -> None:
        """Add a running call of `seat`, so that the user can stop it."""
        self._running.setdefault(seat, []).append(task)

    def unregister_call(self, seat: str, task: asyncio.Task[Any]) -> CancelReason | None:
        """Remove an ended call; return why the user cancelled it, None if it was not cancelled."""
        self._running[seat].remove(task)
        reason = self._cancel_reasons.get(seat)
        if not self._running[seat]:
            self._cancel_reasons.pop(seat, None)
        return reason if task.cancelled() else None

    def offer_retry(self, seat: str) -> asyncio.Future[bool]:
        """Return a future that becomes True when the user retries this failed seat."""
        if seat not in self._retry_offers:
            self._retry_offers[seat] = asyncio.get_running_loop().create_future()
        return self._retry_offers[seat]

    def withdraw_retry(self, seat: str) -> None:
        """End the offer to retry the seat."""
        self._retry_offers.pop(seat, None)

    def undelivered_for(self, seat: Seat, *, fresh: bool = False) -> list[str]:
        """Return the messages of the user to this seat since its last turn, and mark them as delivered.

        A `fresh` call does not contain the conversation: it gets all messages to this seat.
        """
        first = 0 if fresh else seat.seen_messages
        seat.seen_messages = seat.seen_messages if fresh else len(self.user_messages)
        new = [
            number
            for number in range(first, len(self.user_messages))
            if self.user_messages[number].to in ("", seat.id)
        ]
        self._delivered.update(new)
        return [self.user_messages[number].text for number in new]
