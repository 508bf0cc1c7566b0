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
from roundtable_tui.table.events import Event, Notice, PersonSpoke, RunPaused, SeatChanged
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
        self._paused = False
        self._steps = 0
        self._moved = asyncio.Event()
        self._running: dict[str, list[asyncio.Task[None]]] = {}
        self._wishes: dict[str, Wish] = {}
        self._parked: dict[str, asyncio.Future[bool]] = {}
        self.words: list[Words] = []

    # --- the person's side -------------------------------------------------------------------

    @property
    def paused(self) -> bool:
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
            self._moved.set()
            self._emit(RunPaused(paused=False))

    def step(self) -> None:
        """While paused, let one turn start."""
        if self._paused:
            self._steps += 1
            self._moved.set()

    def speak(self, text: str, to: str = "") -> None:
        """Say something to the table, or to one seat: each hears it at its next turn."""
        if text.strip():
            self._hear(PersonSpoke(text=text.strip(), to=to))

    def stop(self, seat: str) -> bool:
        """End the seat's running turn; what it said so far is kept, but counts as no answer."""
        return self._wish(seat, "stop")

    def retry(self, seat: str) -> bool:
        """Start the seat's running turn anew, or ask again a seat that failed while others still speak."""
        parked = self._parked.get(seat)
        if parked and not parked.done():
            parked.set_result(True)
            return True
        return self._wish(seat, "retry")

    def change(self, seat_id: str, persona: Persona) -> None:
        """Give a seat an edited persona: it speaks so from its next turn on."""
        seat = self._seats[seat_id]
        if persona != seat.persona:
            seat.persona = persona
            self._emit(SeatChanged(seat=seat_id, what="persona", value=persona_fields(persona)))

    def _wish(self, seat: str, wish: Wish) -> bool:
        tasks = [task for task in self._running.get(seat, []) if not task.done()]
        if tasks:
            self._wishes[seat] = wish
            for task in tasks:
                task.cancel()
        return bool(tasks)

    def _hear(self, spoken: PersonSpoke) -> None:
        self.words.append(Words(spoken.text, spoken.to))
        self._emit(spoken)

    # --- the engine's side -------------------------------------------------------------------

    def again(self, deed: PersonSpoke | SeatChanged) -> None:
        """Do once more what the record says the person did here."""
        if isinstance(deed, PersonSpoke):
            self._hear(deed)
        elif deed.seat in self._seats and deed.what == "persona":
            try:
                self._seats[deed.seat].persona = Persona.model_validate(dict(deed.value))
            except ValueError:
                line = "the record has a changed persona that makes no sense: the old one speaks on"
                self._emit(Notice(text=line, seat=deed.seat))
            else:
                self._emit(deed)

    async def gate(self, waiting: Callable[[], None]) -> None:
        """Return when a turn may start; `waiting` is called if it has to wait."""
        if self._paused and not self._steps:
            waiting()
        while self._paused and not self._steps:
            self._moved.clear()
            await self._moved.wait()
        if self._paused:
            self._steps -= 1

    def enter(self, seat: str, task: asyncio.Task[None]) -> None:
        """Note a running call of `seat`."""
        self._running.setdefault(seat, []).append(task)

    def leave(self, seat: str, task: asyncio.Task[None]) -> Wish | None:
        """Note that the call has ended; return the person's wish if that ended it."""
        self._running[seat].remove(task)
        wish = self._wishes.get(seat)
        if not self._running[seat]:
            self._wishes.pop(seat, None)
        return wish if task.cancelled() else None

    def park(self, seat: str) -> asyncio.Future[bool]:
        """Return a future that is True once the person wants this failed seat asked again."""
        if seat not in self._parked:
            self._parked[seat] = asyncio.get_running_loop().create_future()
        return self._parked[seat]

    def unpark(self, seat: str) -> None:
        """The chance to ask the seat again is over."""
        self._parked.pop(seat, None)

    def news_for(self, seat: Seat) -> list[str]:
        """Return what the person has said to this seat since its last turn."""
        news = self.words[seat.heard :]
        seat.heard = len(self.words)
        return [words.text for words in news if words.to in ("", seat.id)]
