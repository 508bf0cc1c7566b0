"""Chooses mode, options and task of the next run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.main.context import MainContext
from roundtable_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from roundtable_tui.config import Settings
    from roundtable_tui.engine import Mode
    from roundtable_tui.setup.request import RunRequest


class ModeController:
    """Opens the choices that say how the next question is answered."""

    def __init__(self, context: MainContext) -> None:
        self.screen = context.screen
        self._context = context
        self._session = context.session

    @background(opens_screen=True)
    async def choose_mode(self) -> None:
        """Choose the mode."""
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        await self._session.preload_imports()  # Concurrent imports of one package can deadlock.
        modes = await asyncio.to_thread(_load_modes)
        items = [Item(mode.name, mode.name, mode.summary) for mode in modes]
        if chosen := await self.screen.app.push_screen_wait(
            Picker("Mode", items, current=self._session.wish.mode)
        ):
            self._session.choose(mode=chosen, team="", options={})
            self._context.update_choices()

    @background(opens_screen=True)
    async def choose_options(self) -> None:
        """Set the options of the mode in a form that is generated from its declared options."""
        from roundtable_tui.tui.screens.dialogs.options import OptionsScreen

        await self._session.preload_imports()
        from roundtable_tui.config.validate import select_storable_options

        wish, settings = self._session.wish, self._session.settings
        mode = await asyncio.to_thread(_find_mode, wish, settings)
        if mode.seats == "stages":
            self.screen.show_notice("Each stage of this task has its own options: edit its task.toml")
            return
        given = {**settings.options.get(mode.name, {}), **wish.options}
        if (options := await self.screen.app.push_screen_wait(OptionsScreen(mode, given))) is not None:
            self._session.choose(options=options)
            self._session.save_state(
                options={**settings.options, mode.name: select_storable_options(options)}
            )
            self._context.update_choices()

    @background(opens_screen=True)
    async def choose_task(self) -> None:
        """Choose a task, or start one."""
        from roundtable_tui.tui.screens.library.tasks.list import TaskChoice, TasksScreen

        prompt = self.screen.query_one(Prompt)
        chosen: TaskChoice | None = await self.screen.app.push_screen_wait(
            TasksScreen(self._session, prompt.text)
        )
        if chosen is None:
            self._context.update_choices()  # The chosen task may have been renamed.
            return
        kept = {"mode": "", "team": ""} if chosen.task else {"mode": self._session.settings.mode}
        self._session.choose(task=chosen.task, question_number=chosen.question_number, options={}, **kept)
        self._context.update_choices()
        if chosen.start:
            prompt.post_message(Prompt.Submitted(""))


def _load_modes() -> list[Mode]:
    from roundtable_tui import modes

    return list(modes.all_modes().values())


def _find_mode(wish: RunRequest, settings: Settings) -> Mode:
    from roundtable_tui.setup.plan import find_mode, find_task

    return find_mode(wish, find_task(wish.task), settings)
