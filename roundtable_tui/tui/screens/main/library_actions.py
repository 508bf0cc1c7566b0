"""Personas and teams, from the table: their screens, and what those need of the sitting."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from roundtable_tui.errors import RoundtableError
from roundtable_tui.tui.screens.library.context import AtHand, Voice
from roundtable_tui.tui.screens.main.seat_actions import Hands
from roundtable_tui.utils.text import one_line

if TYPE_CHECKING:
    from roundtable_tui.engine.run import Run
    from roundtable_tui.resources import Persona, Team
    from roundtable_tui.setup.try_persona import Voice as Bound
    from roundtable_tui.tui.screens.dialogs.picker import Item

NEW_TEAM = "new team\n"
"""No team is called so: a name has one line."""


class People(Hands):
    """Actions that open personas and teams."""

    _at_hand: AtHand | None = None

    def at_hand(self, bound: Bound | None = None) -> AtHand:
        """Return what the screens need; with `bound`, personas are tried there. The last question is kept."""
        if self._at_hand is None:
            self._at_hand = AtHand(pick_voice=self.pick_voice, use_team=self.use_team)
        self._at_hand.trial = partial(self._trial, bound)
        self._at_hand.servers = list(self.session.settings.servers)
        return self._at_hand

    async def _trial(self, bound: Bound | None, persona: Persona, question: str) -> Run:
        await self.session.warm_up()
        from roundtable_tui.setup.try_persona import trial

        return await trial(persona, question, self.session.wish, self.session.backends, bound)

    async def pick_voice(self, title: str) -> Voice | None:
        """Let the person pick; return names as a file has them, None for nothing."""
        from roundtable_tui.tui.screens.dialogs.model_picker import TROUBLE, VoicePicker

        chosen = await self.app.push_screen_wait(VoicePicker(title, self.session.backends))
        if not chosen or chosen.startswith(TROUBLE):
            return None
        kind, _, rest = chosen.partition("\n")
        where, _, model = rest.partition("\n")
        match kind:
            case "demo" | "local":
                return kind, ""
            case "server":
                return where, model
            case "url":
                return await self._found_at(where, model)
        return "", chosen.strip()

    async def _found_at(self, base_url: str, model: str) -> Voice | None:
        """Return a server that was found here, under the name by which it is found again."""
        found = await self.session.backends.look_around()
        name = next((server.name for server in found if server.base_url == base_url), "")
        if not name or [server.name for server in found].count(name) > 1:
            where = one_line(base_url, 80)
            self._tell(f"give {where} a name in the settings first: a file names its servers")
            return None
        return name, model

    def use_team(self, name: str) -> None:
        """Seat a team."""
        if self.session.running:
            self._tell("the run goes on with the team it has: another sits down for the next question")
        else:
            self.session.choose(team=name)
            self.show_choices()

    @work(exit_on_error=False)
    async def action_personas(self) -> None:
        """Open the list of personas."""
        from roundtable_tui.tui.screens.library.personas import PersonasScreen

        given, task = self.session.wish.personas_dir, await asyncio.to_thread(self._of_task)
        self.app.push_screen(PersonasScreen(given, task, at_hand=self.at_hand()))

    @work(exit_on_error=False)
    async def action_teams(self) -> None:
        """Open the list of teams."""
        from roundtable_tui.tui.screens.library.teams import TeamsScreen

        given, task = self.session.wish.personas_dir, await asyncio.to_thread(self._of_task)
        self.app.push_screen(TeamsScreen(given, task, at_hand=self.at_hand()))

    def _of_task(self) -> Path | None:
        """Return the folder of the people that the chosen task brings."""
        from roundtable_tui.setup.plan import find_task

        try:
            task = find_task(self.session.wish.task)
        except RoundtableError:
            return None
        return task.participants if task is not None else None

    @work(exit_on_error=False)
    async def action_choose_team(self) -> None:
        """Choose who sits at the table, or put a team together."""
        from roundtable_tui.resources import PersonaLibrary
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
        from roundtable_tui.tui.screens.library.teams import TeamBuilder

        task = await asyncio.to_thread(self._of_task)
        library = await asyncio.to_thread(PersonaLibrary.load, self.session.wish.personas_dir, task)
        items = [
            Item("", "the mode's own team", "what suits the mode best"),
            Item(
                NEW_TEAM, "put a team together ...", "out of personas, with a model and server for each seat"
            ),
            *(_row(found.team, found.origin) for found in library.teams),
        ]
        chosen = await self.app.push_screen_wait(Picker("Team", items, current=self.session.wish.team))
        if chosen == NEW_TEAM:
            made = await self.app.push_screen_wait(TeamBuilder(None, library=library, at_hand=self.at_hand()))
            chosen = made.team.name if made is not None else None
        if chosen is not None:
            self.use_team(chosen)


def _row(team: Team, origin: str) -> Item:
    from roundtable_tui.tui.screens.dialogs.picker import Item
    from roundtable_tui.tui.screens.library.personas.rows import HEADINGS

    named = " · ".join(part for part in (team.name, team.title) if part)
    return Item(team.name, named, team.in_words, HEADINGS.get(origin, origin).lower())
