"""Personas and teams, from the table: their screens, and what those need of the sitting."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.library.context import LibraryContext, ServerModel
from roundtable_tui.tui.screens.main.seat_actions import LiveRunActions
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.engine.run import Run
    from roundtable_tui.resources import Persona, Team
    from roundtable_tui.setup.try_persona import ModelTarget as Bound
    from roundtable_tui.tui.screens.dialogs.picker import Item

NEW_TEAM_ID = "new team\n"
"""No team is called so: a name has one line."""


class LibraryActions(LiveRunActions):
    """Actions that open personas and teams."""

    _library_context: LibraryContext | None = None

    def get_library_context(self, bound: Bound | None = None) -> LibraryContext:
        """Return what the screens need; with `bound`, personas are tried there. The last question is kept."""
        if self._library_context is None:
            self._library_context = LibraryContext(pick_model=self.pick_model, use_team=self.use_team)
        self._library_context.try_persona = partial(self._try_persona, bound)
        self._library_context.servers = list(self.session.settings.servers)
        return self._library_context

    async def _try_persona(self, bound: Bound | None, persona: Persona, question: str) -> Run:
        await self.session.preload_imports()
        from roundtable_tui.setup.try_persona import build_trial_run

        return await build_trial_run(persona, question, self.session.wish, self.session.backends, bound)

    async def pick_model(self, title: str) -> ServerModel | None:
        """Let the person pick; return names as a file has them, None for nothing."""
        from roundtable_tui.tui.screens.dialogs.model_picker import ERROR_PREFIX, ModelPicker

        chosen = await self.app.push_screen_wait(ModelPicker(title, self.session.backends))
        if not chosen or chosen.startswith(ERROR_PREFIX):
            return None
        kind, _, rest = chosen.partition("\n")
        where, _, model = rest.partition("\n")
        match kind:
            case "demo" | "local":
                return kind, ""
            case "server":
                return where, model
            case "url":
                return await self._find_server(where, model)
        return "", chosen.strip()

    async def _find_server(self, base_url: str, model: str) -> ServerModel | None:
        """Return a server that was found here, under the name by which it is found again."""
        found = await self.session.backends.discover()
        name = next((server.name for server in found if server.base_url == base_url), "")
        if not name or [server.name for server in found].count(name) > 1:
            where = single_line(base_url, 80)
            self._show_notice(f"give {where} a name in the settings first: a file names its servers")
            return None
        return name, model

    def use_team(self, name: str) -> None:
        """Seat a team."""
        if self.session.is_running:
            self._show_notice("the run goes on with the team it has: another sits down for the next question")
        else:
            self.session.choose(team=name)
            self.update_choices()

    @background()
    async def action_personas(self) -> None:
        """Open the list of personas."""
        from roundtable_tui.tui.screens.library.personas import PersonasScreen

        given, task = self.session.wish.personas_dir, await asyncio.to_thread(self._find_task_participants)
        self.app.push_screen(PersonasScreen(given, task, context=self.get_library_context()))

    @background()
    async def action_teams(self) -> None:
        """Open the list of teams."""
        from roundtable_tui.tui.screens.library.teams import TeamsScreen

        given, task = self.session.wish.personas_dir, await asyncio.to_thread(self._find_task_participants)
        self.app.push_screen(TeamsScreen(given, task, context=self.get_library_context()))

    def _find_task_participants(self) -> Path | None:
        """Return the folder of the people that the chosen task brings."""
        from roundtable_tui.setup.plan import find_task

        try:
            task = find_task(self.session.wish.task)
        except RoundtableError:
            return None
        return task.participants if task is not None else None

    @background()
    async def action_choose_team(self) -> None:
        """Choose who sits at the table, or put a team together."""
        from roundtable_tui.resources import PersonaLibrary
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
        from roundtable_tui.tui.screens.library.teams import TeamEditor

        task = await asyncio.to_thread(self._find_task_participants)
        library = await asyncio.to_thread(PersonaLibrary.load, self.session.wish.personas_dir, task)
        items = [
            Item("", "the mode's own team", "what suits the mode best"),
            Item(
                NEW_TEAM_ID,
                "put a team together ...",
                "out of personas, with a model and server for each seat",
            ),
            *(_make_team_item(found.team, found.origin) for found in library.teams),
        ]
        chosen = await self.app.push_screen_wait(Picker("Team", items, current=self.session.wish.team))
        if chosen == NEW_TEAM_ID:
            made = await self.app.push_screen_wait(
                TeamEditor(None, library=library, context=self.get_library_context())
            )
            chosen = made.team.name if made is not None else None
        if chosen is not None:
            self.use_team(chosen)


def _make_team_item(team: Team, origin: str) -> Item:
    from roundtable_tui.tui.screens.dialogs.picker import Item
    from roundtable_tui.tui.screens.library.entries import ORIGIN_HEADINGS

    named = " · ".join(part for part in (team.name, team.title) if part)
    return Item(team.name, named, team.summary, ORIGIN_HEADINGS.get(origin, origin).lower())
