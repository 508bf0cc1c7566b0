"""Actions on the seat of the active pane, and on the running run: mute, replace, promote, rounds, budget."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.commands import format_keys, list_commands
from roundtable_tui.tui.screens.main.context import MainContext
from roundtable_tui.tui.screens.main.library_controller import LibraryController
from roundtable_tui.tui.screens.main.pane_controller import PaneController
from roundtable_tui.tui.widgets.prompt import Prompt
from roundtable_tui.utils.text import sanitize, single_line

if TYPE_CHECKING:
    from roundtable_tui.engine import Seat
    from roundtable_tui.engine.run import Run

MENU_ACTIONS = (
    "mute_seat", "replace_persona", "replace_model", "promote_seat", "edit_seat", "speak_to_seat",
    "stop_seat", "retry_seat",
)  # fmt: skip


class SeatController:
    """Changes seats and limits of the run while it is running."""

    def __init__(self, context: MainContext, panes: PaneController, library: LibraryController) -> None:
        self.screen = context.screen
        self._session = context.session
        self._panes = panes
        self._library = library

    def _get_live_run(self) -> Run | None:
        return self._session.run if self._session.is_running else None

    def _get_active_seat(self) -> tuple[Run, Seat] | None:
        """Return the run and the seat of the active pane; show a notice if the pane has no seat."""
        run, pane = self._get_live_run(), self._panes.active
        if run is None or pane is None:
            return None
        if pane.is_seatless:
            self.screen.show_notice("This pane has no seat. Select another one with ctrl+g")
            return None
        return run, run.table.seat(pane.seat)

    # --- the turn of the seat ------------------------------------------------------------------

    def stop_turn(self) -> None:
        """Stop the seat's turn; the other seats continue."""
        pane, run = self._panes.active, self._session.run
        if pane and run and not run.table.controls.stop(pane.seat):
            self.screen.show_notice(f"{pane.seat_name} has no turn to stop")

    def retry_turn(self) -> None:
        """Restart the seat's turn, or repeat its failed one."""
        pane, run = self._panes.active, self._session.run
        if pane and run and not run.table.controls.retry(pane.seat):
            if self._session.is_running:
                line = f"{pane.seat_name} has no turn to retry while others speak"
            else:
                line = "Run finished. Resume it from F10 to repeat failed turns"
            self.screen.show_notice(line)

    def start_message(self) -> None:
        """Begin a private message to the seat in the input."""
        if (pane := self._panes.active) is not None:
            prompt = self.screen.query_one(Prompt)
            prompt.text = "" if pane.is_seatless else f"@{sanitize(pane.seat_name)} "
            prompt.move_cursor(prompt.document.end)
            self.screen.set_focus(prompt)

    # --- the seat ------------------------------------------------------------------------------

    @background(opens_screen=True)
    async def open_menu(self) -> None:
        """Choose an action on the seat."""
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        if (found := self._get_active_seat()) is None:
            return
        _, seat = found
        keys = dict(self._session.settings.keys)
        known = {command.id: command for command in list_commands("pane")}
        items = [
            Item(id, known[id].title, known[id].help, hint=format_keys(keys.get(id, known[id].keys)))
            for id in MENU_ACTIONS
        ]
        muted = ", muted" if seat.muted else ""
        title = f"{seat.name}: {seat.model} at {seat.server.name}{muted}"
        if chosen := await self.screen.app.push_screen_wait(Picker(title, items)):
            await self.screen.run_action(chosen)

    def toggle_mute(self) -> None:
        """Mute or unmute the seat."""
        if (found := self._get_active_seat()) is not None:
            run, seat = found
            run.table.controls.mute(seat.id, not seat.muted)

    def promote(self) -> None:
        """Make the seat captain."""
        if (found := self._get_active_seat()) is not None:
            run, seat = found
            if not run.table.controls.promote(seat.id):
                reason = "is captain already" if seat.captain else "cannot be captain: this team has none"
                self.screen.show_notice(f"{single_line(seat.name, 40)} {reason}")

    @background(opens_screen=True)
    async def edit_persona(self) -> None:
        """Edit the seat's persona; a running run uses it from the seat's next turn."""
        run, pane = self._session.run, self._panes.active
        if run is None or pane is None or pane.is_seatless:
            return
        from roundtable_tui.resources.library_cache import load_personas
        from roundtable_tui.tui.screens.library.personas.editor import PersonaEditor

        seat = run.table.seat(pane.seat)
        persona = seat.persona
        library = await asyncio.to_thread(load_personas, self._session.wish.personas_dir)
        found = next((item for item in library.items if item.slug == persona.slug), None)
        was_running = self._session.is_running
        editor = PersonaEditor(
            persona,
            path=found.path if found else None,
            origin=found.origin if found else "",
            live=was_running,
            library=library,
            context=self._library.get_context((seat.server, seat.model)),
        )
        if (edited := await self.screen.app.push_screen_wait(editor)) is None:
            return
        if run.result is None:
            run.table.controls.set_persona(pane.seat, edited.resource)
        elif was_running:
            self.screen.show_notice("The run has finished. The next run uses the change if it was saved")

    @background(opens_screen=True)
    async def replace_persona(self) -> None:
        """Give the seat another persona."""
        from roundtable_tui.model_choice.choice import resolve_persona_model
        from roundtable_tui.resources.library_cache import load_personas
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        if (found := self._get_active_seat()) is None:
            return
        run, seat = found
        library = await asyncio.to_thread(load_personas, self._session.wish.personas_dir)
        items = [
            Item(
                one.slug, one.persona.name, single_line(one.persona.prompt, 120), one.origin, one.persona.role
            )
            for one in library.items
        ]
        title = f"Replace {seat.name} with"
        chosen = await self.screen.app.push_screen_wait(Picker(title, items, current=seat.persona.slug))
        persona = next((one.persona for one in library.items if one.slug == chosen), None)
        if persona is None or not self._session.is_running:
            return
        try:
            server, model = await resolve_persona_model(
                persona, seat, self._session.wish, self._session.backends
            )
        except RoundtableError as error:
            self.screen.show_notice(str(error))
            return
        run.table.controls.replace(seat.id, persona=persona, model=model, server=server)

    @background(opens_screen=True)
    async def replace_model(self) -> None:
        """Give the seat another model or server."""
        from roundtable_tui.model_choice.choice import ModelChoice
        from roundtable_tui.tui.screens.dialogs.model_picker import ERROR_PREFIX, ModelPicker

        if (found := self._get_active_seat()) is None:
            return
        run, seat = found
        picker = ModelPicker(
            f"Model for {seat.name}", self._session.backends, base_url=self._session.wish.base_url
        )
        chosen = await self.screen.app.push_screen_wait(picker)
        if chosen is None or chosen.startswith(ERROR_PREFIX) or not self._session.is_running:
            return
        try:
            server, model = await ModelChoice.parse(chosen).resolve(seat, self._session.backends)
        except RoundtableError as error:
            self.screen.show_notice(str(error))
            return
        run.table.controls.replace(seat.id, model=model, server=server)

    # --- the limits of the run -----------------------------------------------------------------

    def change_rounds(self, by: int) -> None:
        """Add rounds to the running phase, or remove them if `by` is negative."""
        if (run := self._get_live_run()) is None:
            return
        controls = run.table.controls
        before = controls.rounds.limit if controls.rounds else None
        after = None if before is None else controls.set_rounds(before + by)
        if after is None:
            self.screen.show_notice("This phase has no rounds")
        elif after == before:
            self.screen.show_notice("The last round has begun. F8 stops the run")

    @background(opens_screen=True)
    async def change_budget(self) -> None:
        """Set the limit of tokens and cost of the run."""
        from roundtable_tui.tui.screens.dialogs.text_prompt import TextPrompt
        from roundtable_tui.tui.screens.main.budget_text import format_budget, parse_budget

        if (run := self._get_live_run()) is None:
            return
        budget = run.table.budget
        hint = "Tokens, dollars or both, for the whole run: 20000 or 20k, $0.50. none: no limit"
        dialog = TextPrompt(
            "Budget of this run",
            format_budget(budget.max_tokens, budget.max_cost),
            hint,
            placeholder="20k $0.50",
        )
        typed = await self.screen.app.push_screen_wait(dialog)
        if typed is None:
            return
        try:
            tokens, cost = parse_budget(typed)
        except RoundtableError as error:
            self.screen.show_notice(str(error))
            return
        if self._session.is_running:
            run.table.controls.set_budget(tokens, cost)
