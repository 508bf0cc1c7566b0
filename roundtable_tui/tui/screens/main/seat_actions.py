"""What can be done with a run that goes on: mute, replace or promote a seat, change rounds and budget."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.clipboard import copy
from roundtable_tui.tui.commands import format_keys, list_commands
from roundtable_tui.tui.screens.base import BaseScreen
from roundtable_tui.tui.screens.main.mode_actions import ModeActions
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.prompt import Prompt
from roundtable_tui.utils.text import sanitize, single_line

if TYPE_CHECKING:
    from roundtable_tui.engine import Seat
    from roundtable_tui.engine.run import Run
    from roundtable_tui.setup.try_persona import ModelTarget as Bound
    from roundtable_tui.tui.screens.library.context import LibraryContext
    from roundtable_tui.tui.widgets.run.run_view import RunView
    from roundtable_tui.tui.widgets.run.seat_pane import SeatPane


TRANSCRIPT_HINT = "the run's folder has all of it (roundtable paths), and F10 exports it"


class SeatActions(BaseScreen[None]):
    """Actions on the active pane."""

    session: Session
    prompt: Prompt

    @property
    def run_view(self) -> RunView:
        """The panes of the run."""
        raise NotImplementedError

    def get_library_context(self, bound: Bound | None = None) -> LibraryContext:
        """Return what the editor of a persona needs of the sitting."""
        raise NotImplementedError

    @property
    def pane(self) -> SeatPane | None:
        """The pane that keys act on."""
        return self.run_view.active if self.has_class("-run") else None

    def action_go_to(self, number: int) -> None:
        """Go to pane 1, 2, ...; 0 is the captain's."""
        if self.pane and (pane := self.run_view.get_numbered_pane(number)):
            self.run_view.choose_pane(pane)

    def action_previous_stage(self) -> None:
        """Show the stage before."""
        self.run_view.shift_stage(-1)

    def action_next_stage(self) -> None:
        """Show the next stage."""
        self.run_view.shift_stage(1)

    def action_zoom(self) -> None:
        """One pane on the whole stage, and back."""
        if self.pane:
            self.run_view.zoom()

    def action_follow_speaker(self) -> None:
        """Show who speaks, and give the keys back to the input, so that none is for a pane that just came."""
        if self.pane:
            self.run_view.follow_speaker()
            self.restore_focus()

    def restore_focus(self) -> None:
        """Take the focus along to the pane that is shown."""
        if self.pane:
            self.pane.view.focus()

    def action_jump(self) -> None:
        """Show a letter on every pane."""
        from roundtable_tui.tui.screens.main.jump import JumpScreen

        if self.pane:
            self.app.push_screen(JumpScreen(self.run_view.list_jump_targets()), self._go_to_pane)

    def _go_to_pane(self, pane: SeatPane | None) -> None:
        if pane is not None:
            self.run_view.choose_pane(pane)

    def action_stop_seat(self) -> None:
        """End the seat's turn; the others go on."""
        if self.pane and (run := self.session.run) and not run.table.controls.stop(self.pane.seat):
            self._show_notice(f"{self.pane.seat_name} is not speaking")

    def action_retry_seat(self) -> None:
        """Start the seat's turn anew."""
        if self.pane and (run := self.session.run) and not run.table.controls.retry(self.pane.seat):
            over = "the run is over: F10 goes on with it, and asks again what failed"
            going = f"{self.pane.seat_name} can be asked again only while others still speak"
            self._show_notice(going if self.session.is_running else over)

    def action_speak_to_seat(self) -> None:
        """Begin a word to this seat alone."""
        if self.pane:
            self.prompt.text = "" if self.pane.is_seatless else f"@{sanitize(self.pane.seat_name)} "
            self.prompt.move_cursor(self.prompt.document.end)
            self.prompt.focus()

    def action_reasoning(self) -> None:
        """Open or fold the reasoning."""
        if self.pane:
            self.pane.view.action_toggle_reasoning()

    def action_copy_answer(self) -> None:
        """Copy the pane's last answer."""
        if self.pane:
            answers = [self.pane.view.document.get_answer(turn) for turn in self.pane.view.document.turns]
            last = next((text for text in reversed(answers) if text.strip()), "")
            copy(self.app, last, f"{single_line(self.pane.seat_name, 40)}'s last answer")

    def action_copy_pane(self) -> None:
        """Copy all the pane holds."""
        if self.pane:
            name = single_line(self.pane.seat_name, 40)
            copy(self.app, self.pane.view.copy_text(), f"{name}'s pane", escape=TRANSCRIPT_HINT)

    @background()
    async def action_copy_transcript(self) -> None:
        """Copy all of the run as Markdown, as far as it has come."""
        if (run := self.session.run) is None:
            return
        from roundtable_tui.reports.answer_marker import replace_event_marks
        from roundtable_tui.reports.transcript import render_transcript

        copy(
            self.app,
            await asyncio.to_thread(render_transcript, replace_event_marks(run.events)),
            "transcript",
            escape=TRANSCRIPT_HINT,
        )

    @background()
    async def action_edit_seat(self) -> None:
        """Edit the seat's persona; while a run goes on it speaks so from its next turn."""
        run, pane = self.session.run, self.pane
        if run is None or pane is None or pane.is_seatless:
            return
        from roundtable_tui.resources import PersonaLibrary
        from roundtable_tui.tui.screens.library.personas import PersonaEditor

        seat = run.table.seat(pane.seat)
        persona = seat.persona
        library = await asyncio.to_thread(PersonaLibrary.load, self.session.wish.personas_dir)
        found = next((item for item in library.items if item.slug == persona.slug), None)
        editor = PersonaEditor(
            persona,
            path=found.path if found else None,
            origin=found.origin if found else "",
            live=self.session.is_running,
            library=library,
            context=self.get_library_context((seat.server, seat.model)),
        )
        live = self.session.is_running
        if (edited := await self.app.push_screen_wait(editor)) is None:
            return
        if run.result is None:
            run.table.controls.set_persona(pane.seat, edited.persona)
        elif live:
            self._show_notice("the run is over meanwhile: the next one will have it, if it was saved")

    def _show_notice(self, line: str) -> None:
        self.notify(line, timeout=3, markup=False)


LIVE_RUN_ACTIONS = frozenset(
    {
        "seat_menu", "mute_seat", "replace_persona", "replace_model", "promote_seat",
        "more_rounds", "fewer_rounds", "change_budget",
    }
)  # fmt: skip
"""Actions that only a run that goes on can be told."""
_MENU_ACTIONS = (
    "mute_seat", "replace_persona", "replace_model", "promote_seat", "edit_seat", "speak_to_seat",
    "stop_seat", "retry_seat",
)  # fmt: skip


class LiveRunActions(SeatActions, ModeActions):
    """Actions on the run and on the seat of the active pane."""

    def _get_live_run(self) -> Run | None:
        return self.session.run if self.session.is_running else None

    def _get_active_seat(self) -> tuple[Run, Seat] | None:
        """Return the run and the seat of the active pane; say so where there is none."""
        run, pane = self._get_live_run(), self.pane
        if run is None or pane is None:
            return None
        if pane.is_seatless:
            self._show_notice("no seat's pane: go to one first (ctrl+g)")
            return None
        return run, run.table.seat(pane.seat)

    @background()
    async def action_seat_menu(self) -> None:
        """Choose what is to be done with the seat."""
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        if (found := self._get_active_seat()) is None:
            return
        _, seat = found
        keys = dict(self.session.settings.keys)
        known = {command.id: command for command in list_commands("pane")}
        items = [
            Item(id, known[id].title, known[id].help, hint=format_keys(keys.get(id, known[id].keys)))
            for id in _MENU_ACTIONS
        ]
        muted = ", muted" if seat.muted else ""
        title = f"{seat.name}: {seat.model} at {seat.server.name}{muted}"
        if chosen := await self.app.push_screen_wait(Picker(title, items)):
            await self.run_action(chosen)

    def action_mute_seat(self) -> None:
        """Ask the seat no more, or again."""
        if (found := self._get_active_seat()) is not None:
            run, seat = found
            run.table.controls.mute(seat.id, not seat.muted)

    def action_promote_seat(self) -> None:
        """Have the seat lead."""
        if (found := self._get_active_seat()) is not None:
            run, seat = found
            if not run.table.controls.promote(seat.id):
                what = "it leads already" if seat.captain else "nobody leads this table"
                self._show_notice(f"{single_line(seat.name, 40)}: {what}")

    @background()
    async def action_replace_persona(self) -> None:
        """Give the seat to another persona."""
        from roundtable_tui.resources import PersonaLibrary
        from roundtable_tui.setup.model_choice import resolve_persona_model
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        if (found := self._get_active_seat()) is None:
            return
        run, seat = found
        library = await asyncio.to_thread(PersonaLibrary.load, self.session.wish.personas_dir)
        items = [
            Item(
                one.slug, one.persona.name, single_line(one.persona.prompt, 120), one.origin, one.persona.role
            )
            for one in library.items
        ]
        title = f"Who takes the seat of {seat.name}?"
        chosen = await self.app.push_screen_wait(Picker(title, items, current=seat.persona.slug))
        persona = next((one.persona for one in library.items if one.slug == chosen), None)
        if persona is None or not self.session.is_running:
            return
        try:
            server, model = await resolve_persona_model(
                persona, seat, self.session.wish, self.session.backends
            )
        except RoundtableError as error:
            self._show_notice(str(error))
            return
        run.table.controls.replace(seat.id, persona=persona, model=model, server=server)

    @background()
    async def action_replace_model(self) -> None:
        """Have another model or server speak for the seat."""
        from roundtable_tui.setup.model_choice import resolve_choice
        from roundtable_tui.tui.screens.dialogs.model_picker import ERROR_PREFIX, ModelPicker

        if (found := self._get_active_seat()) is None:
            return
        run, seat = found
        picker = ModelPicker(f"Who speaks for {seat.name}?", self.session.backends)
        chosen = await self.app.push_screen_wait(picker)
        if chosen is None or chosen.startswith(ERROR_PREFIX) or not self.session.is_running:
            return
        try:
            server, model = await resolve_choice(chosen, seat, self.session.backends)
        except RoundtableError as error:
            self._show_notice(str(error))
            return
        run.table.controls.replace(seat.id, model=model, server=server)

    def action_more_rounds(self) -> None:
        """A round more."""
        self._change_rounds(1)

    def action_fewer_rounds(self) -> None:
        """A round less."""
        self._change_rounds(-1)

    def _change_rounds(self, by: int) -> None:
        if (run := self._get_live_run()) is None:
            return
        controls = run.table.controls
        before = controls.rounds.limit if controls.rounds else None
        after = None if before is None else controls.set_rounds(before + by)
        if after is None:
            self._show_notice("no rounds are counted now")
        elif after == before:
            self._show_notice("it has begun already: F8 stops the run")

    @background()
    async def action_change_budget(self) -> None:
        """Set what the run may use."""
        from roundtable_tui.setup.budget import format_budget, parse_budget
        from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt

        if (run := self._get_live_run()) is None:
            return
        purse = run.table.calls.purse
        hint = "tokens, dollars or both, all so far included: 20000 or 20k, $0.50; none for no limit"
        line = TextPrompt(
            "Budget of this run",
            format_budget(purse.max_tokens, purse.max_cost),
            hint,
            placeholder="20k $0.50",
        )
        said = await self.app.push_screen_wait(line)
        if said is None:
            return
        try:
            tokens, cost = parse_budget(said)
        except RoundtableError as error:
            self._show_notice(str(error))
            return
        if self.session.is_running:
            run.table.controls.set_budget(tokens, cost)
