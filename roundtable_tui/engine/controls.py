"""The person's hands on a running table: pause, speak; stop, retry, mute, replace or promote a seat; raise or
lower rounds and budget.

Everything here may be called at any time from the event loop's thread; what is done becomes an
event at its place in the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

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
    """`for number in table.rounds("round", 3)`: 1, 2, 3, or as far as `limit` has come to be meanwhile."""

    def __init__(self, name: str, limit: int, on_start: Callable[[int, int], None]) -> None:
        self.name = name
        self.limit = limit
        self.number = 0
        """The round that runs."""
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
        """True when no round is to follow, as things stand."""
        return self.number >= self.limit

    def set_limit(self, limit: int) -> int:
        """Set the limit, never below the round that runs, and return it."""
        self.limit = max(limit, self.number, 1)
        return self.limit


CancelReason = Literal["stop", "retry"]
UserAction = PersonSpoke | SeatChanged | RoundsChanged | BudgetChanged
"""What the person does that changes what follows: done again where a run goes on from its record."""


@dataclass(frozen=True, slots=True)
class UserMessage:
    """Something the person said, to the table or to one seat."""

    text: str
    to: str = ""


class Controls:
    """What a person may do while a run goes on."""

    def __init__(self, seats: list[Seat], emit: Callable[[Event], None], budget: Budget) -> None:
        self._seats = {seat.id: seat for seat in seats}
        self._emit = emit
        self.budget = budget
        self.rounds: RoundCounter | None = None
        """The rounds that run, where their number may be changed."""
        self.servers: dict[tuple[str, str], Server] = {}
        """Servers by name and base URL, beside those of the seats."""
        self._paused = False
        self._steps = 0
        self._unblocked = asyncio.Event()
        self._running: dict[str, list[asyncio.Task[None]]] = {}
        self._cancel_reasons: dict[str, CancelReason] = {}
        self._retry_offers: dict[str, asyncio.Future[bool]] = {}
        self.user_messages: list[UserMessage] = []
        self._delivered: set[int] = set()
        """Which of the words, by their numbers, have gone to a seat with a prompt."""

    # --- the person's side -------------------------------------------------------------------

    @property
    def is_paused(self) -> bool:
        """True while no new turn may start."""
        return self._paused

    def pause(self) -> None:
        """Let running turns finish, and start no more."""
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
        """Say something to the table, or to one seat: each hears it at its next turn."""
        if text.strip():
            self._add_message(PersonSpoke(text=text.strip(), to=to))

    def stop(self, seat: str) -> bool:
        """End the seat's running turn; what it said so far is kept, but counts as no answer."""
        return self._cancel_calls(seat, "stop")

    def retry(self, seat: str) -> bool:
        """Start the seat's running turn anew, or ask again a seat that failed while others still speak."""
        parked = self._retry_offers.get(seat)
        if parked and not parked.done():
            parked.set_result(True)
            return True
        return self._cancel_calls(seat, "retry")

    def undelivered(self) -> list[str]:
        """Return what the person has said that no seat has had in a prompt."""
        return [
            words.text
            for number, words in enumerate(self.user_messages)
            if number not in self._delivered
            and not any(
                seat.seen_messages > number for seat in self._seats.values() if words.to in ("", seat.id)
            )
        ]

    def set_persona(self, seat_id: str, persona: Persona) -> None:
        """Give a seat an edited persona: it speaks so from its next turn on."""
        if persona != self._seats[seat_id].persona:
            self._apply_change(SeatChanged(seat=seat_id, what="persona", value=persona_to_dict(persona)))

    def mute(self, seat_id: str, muted: bool = True) -> None:
        """Ask the seat no more, or again: while it is muted its turns fail without a request."""
        if muted != self._seats[seat_id].muted:
            self._apply_change(
                SeatChanged(seat=seat_id, what=seat_changes.MUTED if muted else seat_changes.UNMUTED)
            )

    def replace(
        self, seat_id: str, *, persona: Persona | None = None, model: str = "", server: Server | None = None
    ) -> None:
        """Give the seat to another persona, model or server, from its next turn on; what was said stays.

        A persona whose name is taken at the table is numbered.
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
        """Have the seat's persona and model lead from the captain's next turn on; False without a captain.

        The seat keeps its own place, and the captain's chair what was said to it.
        """
        stage = self._seats[seat_id].stage
        captain = next((s for s in self._seats.values() if s.captain and s.stage == stage), None)
        if captain is None or captain.id == seat_id:
            return False
        value = seat_changes.captain_change(self._seats[seat_id])
        self._apply_change(SeatChanged(seat=captain.id, what="captain", value=value))
        return True

    def set_rounds(self, limit: int) -> int | None:
        """Set how many rounds there are to be, the one that runs at least; None where none are counted."""
        if self.rounds is None:
            return None
        before = self.rounds.limit
        if self.rounds.set_limit(limit) != before:
            self._emit(RoundsChanged(name=self.rounds.name, limit=self.rounds.limit))
        return self.rounds.limit

    def set_budget(self, tokens: int | None, cost: float | None, *, anew: bool = False) -> None:
        """Set what the run may use, in tokens and in USD, all so far included; None is no limit."""
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

    # --- the engine's side -------------------------------------------------------------------

    def reapply(self, action: UserAction) -> None:
        """Do once more what the record says the person did here."""
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
                    what = f"a changed {single_line(action.what, 20)} that makes no sense"
                    self._emit(Notice(text=f"the record has {what}: the old one speaks on", seat=action.seat))

    async def wait_until_running(self, on_wait: Callable[[], None]) -> None:
        """Return when a turn may start; `waiting` is called if it has to wait."""
        if self._paused and not self._steps:
            on_wait()
        while self._paused and not self._steps:
            self._unblocked.clear()
            await self._unblocked.wait()
        if self._paused:
            self._steps -= 1

    def register_call(self, seat: str, task: asyncio.Task[None]) -> None:
        """Note a running call of `seat`."""
        self._running.setdefault(seat, []).append(task)

    def unregister_call(self, seat: str, task: asyncio.Task[None]) -> CancelReason | None:
        """Note that the call has ended; return the person's wish if that ended it."""
        self._running[seat].remove(task)
        wish = self._cancel_reasons.get(seat)
        if not self._running[seat]:
            self._cancel_reasons.pop(seat, None)
        return wish if task.cancelled() else None

    def offer_retry(self, seat: str) -> asyncio.Future[bool]:
        """Return a future that is True once the person wants this failed seat asked again."""
        if seat not in self._retry_offers:
            self._retry_offers[seat] = asyncio.get_running_loop().create_future()
        return self._retry_offers[seat]

    def withdraw_retry(self, seat: str) -> None:
        """The chance to ask the seat again is over."""
        self._retry_offers.pop(seat, None)

    def undelivered_for(self, seat: Seat, *, fresh: bool = False) -> list[str]:
        """Return what the person has said to this seat since its last turn; for a `fresh` call, which sees
        nothing of what went before, all that the person has said to it.
        """
        first = 0 if fresh else seat.seen_messages
        seat.seen_messages = seat.seen_messages if fresh else len(self.user_messages)
        news = [
            number
            for number in range(first, len(self.user_messages))
            if self.user_messages[number].to in ("", seat.id)
        ]
        self._delivered.update(news)
        return [self.user_messages[number].text for number in news]
