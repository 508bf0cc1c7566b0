"""What can be done with one seat: the keys of a pane."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from roundtable_tui.text import clean, one_line
from roundtable_tui.tui.copying import copy
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from roundtable_tui.launch.trial import Voice as Bound
    from roundtable_tui.tui.at_hand import AtHand
    from roundtable_tui.tui.widgets.seat_pane import SeatPane
    from roundtable_tui.tui.widgets.stage import Stage

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
        from roundtable_tui.tui.screens.table.jump import JumpScreen

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
        from roundtable_tui.runs.shown import as_shown
        from roundtable_tui.table.transcript import transcript

        copy(self.app, await asyncio.to_thread(transcript, as_shown(run.events)), "transcript", escape=ELSE)

    @work(exit_on_error=False)
    async def action_edit_seat(self) -> None:
        """Edit the seat's persona; while a run goes on it speaks so from its next turn."""
        run, pane = self.session.run, self.pane
        if run is None or pane is None or pane.seatless:
            return
        from roundtable_tui.files import PersonaLibrary
        from roundtable_tui.tui.screens.personas import PersonaEditor

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
