"""Opens the screens of personas and teams from the main screen, and gives them what they need of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.library.context import LibraryContext, ServerModel
from roundtable_tui.tui.screens.main.context import MainContext
from roundtable_tui.tui.screens.trial.panel import Trial
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.engine.run import Run
    from roundtable_tui.resources import Persona, Team
    from roundtable_tui.setup.open_run import ModelTarget
    from roundtable_tui.tui.screens.dialogs.picker import Item

NEW_TEAM_ID = "new team\n"
"""Cannot be the name of a team: names have one line."""


class LibraryController:
    """Opens personas and teams, and chooses the team of the next run."""

    def __init__(self, context: MainContext, get_active_seat: Callable[[], str]) -> None:
        """`get_active_seat` returns the id of the seat of the active pane; "" if there is none."""
        self.screen = context.screen
        self._get_active_seat = get_active_seat
        self._context = context
        self._session = context.session
        self._trial: Trial | None = None

    def get_context(self, target: ModelTarget | None = None) -> LibraryContext:
        """Return what the library screens need; personas are tried on `target`, if given.

        The trial is one object for the whole session, so that its last question is remembered.
        """
        start = partial(self._try_persona, target)
        if self._trial is None:
            self._trial = Trial(start)
        self._trial.start = start
        servers = list(self._session.settings.servers)
        return LibraryContext(self._trial, self._pick_model, self.use_team, servers)

    async def _try_persona(self, target: ModelTarget | None, persona: Persona, question: str) -> Run:
        await self._session.preload_imports()
        from roundtable_tui.setup.open_run import build_trial_run

        return await build_trial_run(persona, question, self._session.wish, self._session.backends, target)

    async def _pick_model(self, title: str) -> ServerModel | None:
        """Let the user pick a model; return server and model as a persona file names them."""
        from roundtable_tui.model_choice.choice import ModelChoice
        from roundtable_tui.tui.screens.dialogs.model_picker import ERROR_PREFIX, ModelPicker

        chosen = await self.screen.app.push_screen_wait(
            ModelPicker(title, self._session.backends, base_url=self._session.wish.base_url)
        )
        if not chosen or chosen.startswith(ERROR_PREFIX):
            return None
        choice = ModelChoice.parse(chosen)
        if choice.kind == "url":
            return await self._name_discovered_server(choice.base_url, choice.model)
        return choice.reference, choice.model

    async def _name_discovered_server(self, base_url: str, model: str) -> ServerModel | None:
        """Return the name under which a discovered server is found again, if that is unique."""
        found = await self._session.backends.discover()
        name = next((server.name for server in found if server.base_url == base_url), "")
        if not name or [server.name for server in found].count(name) > 1:
            self.screen.show_notice(f"{single_line(base_url, 80)} has no name. Add it in the settings first")
            return None
        return name, model

    def use_team(self, name: str) -> None:
        """Use a team from the next run on."""
        if self._session.is_running:
            self.screen.show_notice("A run is active and keeps its team. Stop it (F8) to change the team")
        else:
            self._session.choose(team=name)
            self._context.update_choices()

    @background(opens_screen=True)
    async def open_personas(self) -> None:
        """Open the list of personas, at the one of the active seat."""
        from roundtable_tui.tui.screens.library.personas.list import PersonasScreen

        given, task = self._session.wish.personas_dir, await asyncio.to_thread(self._find_task_participants)
        first = self._find_seat_persona()
        self.screen.app.push_screen(PersonasScreen(given, task, context=self.get_context(), first=first))

    @background(opens_screen=True)
    async def open_teams(self) -> None:
        """Open the list of teams."""
        from roundtable_tui.tui.screens.library.teams.list import TeamsScreen

        given, task = self._session.wish.personas_dir, await asyncio.to_thread(self._find_task_participants)
        self.screen.app.push_screen(TeamsScreen(given, task, context=self.get_context()))

    def _find_seat_persona(self) -> str:
        """Return the slug of the persona of the active seat, else of the first seat; "" without a run."""
        run = self._session.run
        seats = run.table.seats if run is not None else ()
        active = self._get_active_seat()
        chosen = next((seat for seat in seats if seat.id == active), next(iter(seats), None))
        return chosen.persona.slug if chosen is not None else ""

    def _find_task_participants(self) -> Path | None:
        """Return the folder of the personas that belong to the chosen task."""
        from roundtable_tui.setup.plan import find_task

        try:
            task = find_task(self._session.wish.task)
        except RoundtableError:
            return None
        return task.participants if task is not None else None

    @background(opens_screen=True)
    async def choose_team(self) -> None:
        """Choose the team of the next run, or create one."""
        from roundtable_tui.resources.library_cache import load_personas
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
        from roundtable_tui.tui.screens.library.teams.editor import TeamEditor

        task = await asyncio.to_thread(self._find_task_participants)
        library = await asyncio.to_thread(load_personas, self._session.wish.personas_dir, task)
        items = [
            Item("", "default of the mode", "the team that the mode uses by default"),
            Item(
                NEW_TEAM_ID,
                "new team ...",
                "choose personas, with a model and server for each seat",
            ),
            *(_make_team_item(found.team, found.origin) for found in library.teams),
        ]
        chosen = await self.screen.app.push_screen_wait(
            Picker("Team", items, current=self._session.wish.team)
        )
        if chosen == NEW_TEAM_ID:
            saved = await self.screen.app.push_screen_wait(
                TeamEditor(None, library=library, context=self.get_context())
            )
            chosen = saved.resource.name if saved is not None else None
        if chosen is not None:
            self.use_team(chosen)


def _make_team_item(team: Team, origin: str) -> Item:
    from roundtable_tui.tui.screens.dialogs.picker import Item
    from roundtable_tui.tui.screens.library.origins import ORIGIN_HEADINGS

    name = " · ".join(part for part in (team.name, team.title) if part)
    return Item(team.name, name, team.summary, ORIGIN_HEADINGS.get(origin, origin).lower())
