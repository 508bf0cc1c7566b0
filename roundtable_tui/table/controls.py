"""The person's hands on a running table: pause, speak, stop or retry a seat, change a persona.

Everything here may be called at any time from the event loop's thread; what is done becomes an
event at its place in the run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from roundtable_tui.files.persona import Persona
from roundtable_tui.table.events import Event, PersonSpoke, RunPaused, SeatChanged
from roundtable_tui.table.seat import Seat, persona_fields

Wish = Literal["stop", "retry"]


@dataclass(frozen=True, slots=True)
class Words:
    """Something the person said, to the table or to one seat."""

    text: str
    to: str = ""


class Controls:
    """What a person may do while a run goes on."""

    def __init__(self, seats: list[Seat], emit: Callable[[Event], None]) -> None:
        self._seats = {seat.id: seat for seat in seats}
        self._emit = emit
        self._open = asyncio.Event()
        self._open.set()
        self._steps = 0
        self._running: dict[str, list[asyncio.Task[None]]] = {}
        self._wishes: dict[str, Wish] = {}
        self._parked: dict[str, asyncio.Event] = {}
        self.words: list[Words] = []

    # --- the person's side -------------------------------------------------------------------

    @property
    def paused(self) -> bool:
        """True while no new turn may start."""
        return not self._open.is_set()

    def pause(self) -> None:
        """Let running turns finish, and start no more."""
        if not self.paused:
            self._open.clear()
            self._emit(RunPaused(paused=True))

    def resume(self) -> None:
        """Let turns start again."""
        if self.paused:
            self._steps = 0
            self._open.set()
            self._emit(RunPaused(paused=False))

    def step(self) -> None:
        """While paused, let one turn start."""
        if self.paused:
            self._steps += 1
            self._open.set()

    def speak(self, text: str, to: str = "") -> None:
        """Say something to the table, or to one seat: each hears it at its next turn."""
        if text.strip():
            self.words.append(Words(text.strip(), to))
            self._emit(PersonSpoke(text=text.strip(), to=to))

    def stop(self, seat: str) -> bool:
        """End the seat's running turn; what it said so far is kept, but counts as no answer."""
        return self._wish(seat, "stop")

    def retry(self, seat: str) -> bool:
        """Start the seat's running turn anew, or ask again a seat that failed while others still speak."""
        if event := self._parked.get(seat):
            event.set()
            return True
        return self._wish(seat, "retry")

    def change(self, seat_id: str, persona: Persona) -> None:
        """Give a seat an edited persona: it speaks so from its next turn on."""
        seat = self._seats[seat_id]
        if persona != seat.persona:
            seat.persona = persona
            self._emit(SeatChanged(seat=seat_id, what="persona", value=persona_fields(persona)))

    def _wish(self, seat: str, wish: Wish) -> bool:
        tasks = self._running.get(seat, [])
        if tasks:
            self._wishes[seat] = wish
            for task in tasks:
                task.cancel()
        return bool(tasks)

    # --- the engine's side -------------------------------------------------------------------

    async def gate(self, waiting: Callable[[], None]) -> None:
        """Return when a turn may start; `waiting` is called if it has to wait."""
        if self.paused:
            waiting()
        await self._open.wait()
        if self._steps:
            self._steps -= 1
            if not self._steps:
                self._open.clear()

    def enter(self, seat: str, task: asyncio.Task[None]) -> None:
        """Note a running call of `seat`."""
        self._running.setdefault(seat, []).append(task)

    def leave(self, seat: str, task: asyncio.Task[None]) -> Wish | None:
        """Note that the call has ended; return the person's wish if that ended it."""
        self._running[seat].remove(task)
        if not task.cancelled():
            return None
        wish = self._wishes.get(seat)
        if not self._running[seat]:
            self._wishes.pop(seat, None)
        return wish

    def park(self, seat: str) -> asyncio.Event:
        """Return an event that is set when the person wants this failed seat asked again."""
        return self._parked.setdefault(seat, asyncio.Event())

    def unpark(self, seat: str) -> None:
        """The chance to ask the seat again is over."""
        self._parked.pop(seat, None)

    def news_for(self, seat: Seat) -> list[str]:
        """Return what the person has said to this seat since its last turn."""
        news = self.words[seat.heard :]
        seat.heard = len(self.words)
        return [words.text for words in news if words.to in ("", seat.id)]
