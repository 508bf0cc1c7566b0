"""What can be done with a run that goes on: mute, replace or promote a seat, change rounds and budget."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work

from roundtable_tui.errors import RoundtableError
from roundtable_tui.text import one_line
from roundtable_tui.tui.commands import commands, shown
from roundtable_tui.tui.screens.table.choosing import Choosing
from roundtable_tui.tui.screens.table.seats import SeatActions

if TYPE_CHECKING:
    from roundtable_tui.table import Seat
    from roundtable_tui.table.run import Run

OF_A_LIVE_RUN = frozenset(
    {
        "seat_menu", "mute_seat", "replace_persona", "replace_model", "promote_seat",
        "more_rounds", "fewer_rounds", "change_budget",
    }
)  # fmt: skip
"""Actions that only a run that goes on can be told."""
_IN_MENU = (
    "mute_seat", "replace_persona", "replace_model", "promote_seat", "edit_seat", "speak_to_seat",
    "stop_seat", "retry_seat",
)  # fmt: skip


class Hands(SeatActions, Choosing):
    """Actions on the run and on the seat of the active pane."""

    def _going_on(self) -> Run | None:
        return self.session.run if self.session.running else None

    def _seat(self) -> tuple[Run, Seat] | None:
        """Return the run and the seat of the active pane; say so where there is none."""
        run, pane = self._going_on(), self.pane
        if run is None or pane is None:
            return None
        if pane.seatless:
            self._tell("no seat's pane: go to one first (ctrl+g)")
            return None
        return run, run.table.seat(pane.seat)

    @work(exit_on_error=False)
    async def action_seat_menu(self) -> None:
        """Choose what is to be done with the seat."""
        from roundtable_tui.tui.screens.pick import Item, Picker

        if (found := self._seat()) is None:
            return
        _, seat = found
        keys = dict(self.session.settings.keys)
        known = {command.id: command for command in commands("pane")}
        items = [
            Item(id, known[id].title, known[id].help, hint=shown(keys.get(id, known[id].keys)))
            for id in _IN_MENU
        ]
        muted = ", muted" if seat.muted else ""
        title = f"{seat.name}: {seat.model} at {seat.server.name}{muted}"
        if chosen := await self.app.push_screen_wait(Picker(title, items)):
            await self.run_action(chosen)

    def action_mute_seat(self) -> None:
        """Ask the seat no more, or again."""
        if (found := self._seat()) is not None:
            run, seat = found
            run.table.controls.mute(seat.id, not seat.muted)

    def action_promote_seat(self) -> None:
        """Have the seat lead."""
        if (found := self._seat()) is not None:
            run, seat = found
            if not run.table.controls.promote(seat.id):
                what = "it leads already" if seat.captain else "nobody leads this table"
                self._tell(f"{one_line(seat.name, 40)}: {what}")

    @work(exit_on_error=False)
    async def action_replace_persona(self) -> None:
        """Give the seat to another persona."""
        from roundtable_tui.files import PersonaLibrary
        from roundtable_tui.launch.replacing import voice_of
        from roundtable_tui.tui.screens.pick import Item, Picker

        if (found := self._seat()) is None:
            return
        run, seat = found
        library = await asyncio.to_thread(PersonaLibrary.load, self.session.wish.personas_dir)
        items = [
            Item(one.key, one.persona.name, one_line(one.persona.prompt, 120), one.origin, one.persona.role)
            for one in library.items
        ]
        title = f"Who takes the seat of {seat.name}?"
        chosen = await self.app.push_screen_wait(Picker(title, items, current=seat.persona.key))
        persona = next((one.persona for one in library.items if one.key == chosen), None)
        if persona is None or not self.session.running:
            return
        try:
            server, model = await voice_of(persona, seat, self.session.wish, self.session.backends)
        except RoundtableError as error:
            self._tell(str(error))
            return
        run.table.controls.replace(seat.id, persona=persona, model=model, server=server)

    @work(exit_on_error=False)
    async def action_replace_model(self) -> None:
        """Have another model or server speak for the seat."""
        from roundtable_tui.launch.replacing import chosen_voice
        from roundtable_tui.tui.screens.voices import TROUBLE, VoicePicker

        if (found := self._seat()) is None:
            return
        run, seat = found
        picker = VoicePicker(f"Who speaks for {seat.name}?", self.session.backends)
        chosen = await self.app.push_screen_wait(picker)
        if chosen is None or chosen.startswith(TROUBLE) or not self.session.running:
            return
        try:
            server, model = await chosen_voice(chosen, seat, self.session.backends)
        except RoundtableError as error:
            self._tell(str(error))
            return
        run.table.controls.replace(seat.id, model=model, server=server)

    def action_more_rounds(self) -> None:
        """A round more."""
        self._rounds(1)

    def action_fewer_rounds(self) -> None:
        """A round less."""
        self._rounds(-1)

    def _rounds(self, by: int) -> None:
        if (run := self._going_on()) is None:
            return
        controls = run.table.controls
        before = controls.rounds.limit if controls.rounds else None
        after = None if before is None else controls.set_rounds(before + by)
        if after is None:
            self._tell("no rounds are counted now")
        elif after == before:
            self._tell("it has begun already: F8 stops the run")

    @work(exit_on_error=False)
    async def action_change_budget(self) -> None:
        """Set what the run may use."""
        from roundtable_tui.launch.budget import read, written
        from roundtable_tui.tui.screens.runs.ask import AskLine

        if (run := self._going_on()) is None:
            return
        purse = run.table.calls.purse
        hint = "tokens, dollars or both, all so far included: 20000 or 20k, $0.50; none for no limit"
        line = AskLine("Budget of this run", written(purse.tokens, purse.cost), hint, placeholder="20k $0.50")
        said = await self.app.push_screen_wait(line)
        if said is None:
            return
        try:
            tokens, cost = read(said)
        except RoundtableError as error:
            self._tell(str(error))
            return
        if self.session.running:
            run.table.controls.set_budget(tokens, cost)
