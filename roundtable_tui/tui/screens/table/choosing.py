"""The choices before a run: mode, team, server and model, task; and the personas."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual import work
from textual.screen import Screen

from roundtable_tui.errors import RoundtableError
from roundtable_tui.text import one_line
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.prompt import Prompt
from roundtable_tui.tui.widgets.welcome import Source, Welcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtable_tui.launch.wish import Wish
    from roundtable_tui.settings import Settings
    from roundtable_tui.table import Mode
    from roundtable_tui.tui.screens.pick import Item, Picker


class Choosing(Screen[None]):
    """Actions that open a choice."""

    session: Session

    def show_choices(self) -> None:
        """Bring the row of choices up to date."""
        raise NotImplementedError

    async def look_around(self, welcome: Welcome) -> None:
        """Look for servers and say what was found."""
        wish = self.session.wish
        if wish.demo:
            welcome.found([Source("demo", "made-up text, no model: to look around")], "demo")
            return
        welcome.looking()
        sources = await self.session.backends.look_around()
        shown = [Source(source.name, source.base_url) for source in sources]
        if wish.local:
            shown.insert(0, Source("local", "SmolLM2-135M on this machine: real, tiny, often wrong"))
        chosen = "local" if wish.local else wish.server or (shown[0].label if shown else "")
        welcome.found(shown, chosen)

    @work(exit_on_error=False)
    async def action_choose_mode(self) -> None:
        """Choose how the question is worked on."""
        from roundtable_tui.tui.screens.pick import Item, Picker

        modes = await asyncio.to_thread(_modes)
        items = [Item(mode.name, mode.name, mode.summary) for mode in modes]
        if chosen := await self.app.push_screen_wait(Picker("Mode", items, current=self.session.wish.mode)):
            self.session.choose(mode=chosen, team="", options={})
            self.show_choices()

    @work(exit_on_error=False)
    async def action_choose_options(self) -> None:
        """Set the options of the mode, in a form that the mode's own options make."""
        from roundtable_tui.tui.screens.options import OptionsScreen

        wish, settings = self.session.wish, self.session.settings
        mode = await asyncio.to_thread(_mode_of, wish, settings)
        given = {**settings.options.get(mode.name, {}), **wish.options}
        if (options := await self.app.push_screen_wait(OptionsScreen(mode, given))) is not None:
            self.session.choose(options=options)
            self.session.keep(options={**settings.options, mode.name: plain(options)})
            self.show_choices()

    @work(exit_on_error=False)
    async def action_choose_team(self) -> None:
        """Choose who sits at the table."""
        from roundtable_tui.files import PersonaLibrary
        from roundtable_tui.tui.screens.pick import Item, Picker

        library = await asyncio.to_thread(PersonaLibrary.load, self.session.wish.personas_dir)
        items = [Item("", "the mode's own team", "what suits the mode best")]
        items += [
            Item(
                found.team.name,
                f"{found.team.name}  {found.team.title}".strip(),
                found.team.in_words,
                found.origin,
            )
            for found in library.teams
        ]
        chosen = await self.app.push_screen_wait(Picker("Team", items, current=self.session.wish.team))
        if chosen is not None:
            self.session.choose(team=chosen)
            self.show_choices()

    @work(exit_on_error=False)
    async def action_choose_task(self) -> None:
        """Choose a task, or start one at once."""
        from roundtable_tui.tui.screens.tasks.chosen import Chosen
        from roundtable_tui.tui.screens.tasks.screen import TasksScreen

        prompt = self.query_one(Prompt)
        chosen: Chosen | None = await self.app.push_screen_wait(TasksScreen(self.session, prompt.text))
        if chosen is None:
            self.show_choices()  # One that was chosen may have another name now.
            return
        kept = {"mode": "", "team": ""} if chosen.task else {"mode": self.session.settings.mode}
        self.session.choose(task=chosen.task, nth=chosen.nth, options={}, **kept)
        self.show_choices()
        if chosen.start:
            prompt.post_message(Prompt.Sent(""))

    @work(exit_on_error=False)
    async def action_choose_model(self) -> None:
        """Choose the server and its model."""
        from roundtable_tui.tui.screens.pick import Picker

        picker = Picker("Server and model", self._own(), current="", allow_free=True)
        picker.set_busy("asking the servers ...")
        self._fill(picker)
        chosen = await self.app.push_screen_wait(picker)
        if chosen is None:
            return
        kind, _, rest = chosen.partition("\n")
        where, _, model = rest.partition("\n")
        blank = {"demo": False, "local": False, "server": "", "base_url": "", "model": ""}
        match kind:
            case "demo" | "local":
                self.session.choose(**blank | {kind: True})
            case "server":
                self.session.choose(**blank | {"server": where, "model": model})
            case "url":
                self.session.choose(**blank | {"base_url": where, "model": model})
            case _:  # typed: a model's name on the server as it is
                self.session.choose(model=chosen.strip())
        self.show_choices()

    def _own(self) -> list[Item]:
        from roundtable_tui.tui.screens.pick import Item

        return [
            Item(
                "local",
                "the embedded model",
                "SmolLM2-135M on this machine: real, tiny, often wrong",
                "comes along",
            ),
            Item("demo", "the demo", "made-up text, no model: to look around", "comes along"),
        ]

    @work(exit_on_error=False)
    async def _fill(self, picker: Picker) -> None:
        """Put in the models of every server that answers."""
        from roundtable_tui.tui.screens.pick import Item

        items: list[Item] = []
        trouble: list[str] = []
        backends = self.session.backends
        known = [("server", found) for found in self.session.settings.servers.values()]
        known += [("url", found) for found in await backends.look_around()]
        for kind, found in known:
            where = found.name if kind == "server" else found.base_url
            try:
                models = await backends.models(backends.known(found))
                items += [
                    Item(f"{kind}\n{where}\n{model}", model, found.base_url, found.name) for model in models
                ]
            except RoundtableError as error:
                trouble.append(str(error))
        picker.set_items([*items, *self._own()])
        picker.set_note(one_line("; ".join(trouble), 200))

    def action_personas(self) -> None:
        """Open the list of personas."""
        from roundtable_tui.tui.screens.personas import PersonasScreen

        self.app.push_screen(PersonasScreen())


def _modes() -> list[Mode]:
    from roundtable_tui import modes

    return list(modes.all_modes().values())


def _mode_of(wish: Wish, settings: Settings) -> Mode:
    from roundtable_tui.launch.prepare import find_mode, find_task

    return find_mode(wish, find_task(wish.task), settings)


def plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a settings file can hold."""
    return {name: value for name, value in options.items() if isinstance(value, str | int | float | bool)}
