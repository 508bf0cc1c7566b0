"""What can be done with a run that goes on: mute, replace or promote a seat, change rounds and budget."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.clipboard import copy
from roundtable_tui.tui.commands import commands, shown
from roundtable_tui.tui.screens.main.mode_actions import Choosing
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.prompt import Prompt
from roundtable_tui.utils.text import clean, one_line

if TYPE_CHECKING:
    from roundtable_tui.engine import Seat
    from roundtable_tui.engine.run import Run
    from roundtable_tui.setup.try_persona import Voice as Bound
    from roundtable_tui.tui.screens.library.context import AtHand
    from roundtable_tui.tui.widgets.run.run_view import Stage
    from roundtable_tui.tui.widgets.run.seat_pane import SeatPane


ELSE = "the run's folder has all of it (roundtable paths), and F10 exports it"


class SeatActions(Screen[None]):
    """Actions on the active pane."""

    session: Session
    prompt: Prompt

    @property
    def stage(self) -> Stage:
        """The panes of the run."""
        raise NotImplementedError

    def at_hand(self, bound: Bound | None = None) -> AtHand:
        """Return what the editor of a persona needs of the sitting."""
        raise NotImplementedError

    @property
    def pane(self) -> SeatPane | None:
        """The pane that keys act on."""
        return self.stage.active if self.has_class("-run") else None

    def action_go_to(self, number: int) -> None:
        """Go to pane 1, 2, ...; 0 is the captain's."""
        if self.pane and (pane := self.stage.numbered(number)):
            self.stage.choose(pane)

    def action_previous_stage(self) -> None:
        """Show the stage before."""
        self.stage.turn_to(-1)

    def action_next_stage(self) -> None:
        """Show the next stage."""
        self.stage.turn_to(1)

    def action_zoom(self) -> None:
        """One pane on the whole stage, and back."""
        if self.pane:
            self.stage.zoom()

    def action_follow_speaker(self) -> None:
        """Show who speaks, and give the keys back to the input, so that none is for a pane that just came."""
        if self.pane:
            self.stage.follow()
            self.give_back_keys()

    def give_back_keys(self) -> None:
        """Take the focus along to the pane that is shown."""
        if self.pane:
            self.pane.view.focus()

    def action_jump(self) -> None:
        """Show a letter on every pane."""
        from roundtable_tui.tui.screens.main.jump import JumpScreen

        if self.pane:
            self.app.push_screen(JumpScreen(self.stage.places()), self._jumped)

    def _jumped(self, pane: SeatPane | None) -> None:
        if pane is not None:
            self.stage.choose(pane)

    def action_stop_seat(self) -> None:
        """End the seat's turn; the others go on."""
        if self.pane and (run := self.session.run) and not run.table.controls.stop(self.pane.seat):
            self._tell(f"{self.pane.seat_name} is not speaking")

    def action_retry_seat(self) -> None:
        """Start the seat's turn anew."""
        if self.pane and (run := self.session.run) and not run.table.controls.retry(self.pane.seat):
            over = "the run is over: F10 goes on with it, and asks again what failed"
            going = f"{self.pane.seat_name} can be asked again only while others still speak"
            self._tell(going if self.session.running else over)

    def action_speak_to_seat(self) -> None:
        """Begin a word to this seat alone."""
        if self.pane:
            self.prompt.text = "" if self.pane.seatless else f"@{clean(self.pane.seat_name)} "
            self.prompt.move_cursor(self.prompt.document.end)
            self.prompt.focus()

    def action_reasoning(self) -> None:
        """Open or fold the reasoning."""
        if self.pane:
            self.pane.view.action_toggle_reasoning()

    def action_copy_answer(self) -> None:
        """Copy the pane's last answer."""
        if self.pane:
            answers = [self.pane.view.document.answer(turn) for turn in self.pane.view.document.turns]
            last = next((text for text in reversed(answers) if text.strip()), "")
            copy(self.app, last, f"{one_line(self.pane.seat_name, 40)}'s last answer")

    def action_copy_pane(self) -> None:
        """Copy all the pane holds."""
        if self.pane:
            name = one_line(self.pane.seat_name, 40)
            copy(self.app, self.pane.view.copy_text(), f"{name}'s pane", escape=ELSE)

    @work(exit_on_error=False)
    async def action_copy_transcript(self) -> None:
        """Copy all of the run as Markdown, as far as it has come."""
        if (run := self.session.run) is None:
            return
        from roundtable_tui.reports.answer_marker import as_shown
        from roundtable_tui.reports.transcript import transcript

        copy(self.app, await asyncio.to_thread(transcript, as_shown(run.events)), "transcript", escape=ELSE)

    @work(exit_on_error=False)
    async def action_edit_seat(self) -> None:
        """Edit the seat's persona; while a run goes on it speaks so from its next turn."""
        run, pane = self.session.run, self.pane
        if run is None or pane is None or pane.seatless:
            return
        from roundtable_tui.resources import PersonaLibrary
        from roundtable_tui.tui.screens.library.personas import PersonaEditor

        seat = run.table.seat(pane.seat)
        persona = seat.persona
        library = await asyncio.to_thread(PersonaLibrary.load, self.session.wish.personas_dir)
        found = next((item for item in library.items if item.key == persona.key), None)
        editor = PersonaEditor(
            persona,
            path=found.path if found else None,
            origin=found.origin if found else "",
            live=self.session.running,
            library=library,
            at_hand=self.at_hand((seat.server, seat.model)),
        )
        live = self.session.running
        if (edited := await self.app.push_screen_wait(editor)) is None:
            return
        if run.result is None:
            run.table.controls.change(pane.seat, edited.persona)
        elif live:
            self._tell("the run is over meanwhile: the next one will have it, if it was saved")

    def _tell(self, line: str) -> None:
        self.notify(line, timeout=3, markup=False)


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
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

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
        from roundtable_tui.resources import PersonaLibrary
        from roundtable_tui.setup.model_choice import voice_of
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

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
        from roundtable_tui.setup.model_choice import chosen_voice
        from roundtable_tui.tui.screens.dialogs.model_picker import TROUBLE, VoicePicker

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
        from roundtable_tui.setup.budget import read, written
        from roundtable_tui.tui.screens.dialogs.text_prompt import AskLine

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
