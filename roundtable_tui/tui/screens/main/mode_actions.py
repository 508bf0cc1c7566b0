"""The choices before a run: mode, options, task; server and model come from `voice`, teams from `people`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.main.model_actions import ModelActions
from roundtable_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from roundtable_tui.config import Settings
    from roundtable_tui.engine import Mode
    from roundtable_tui.setup.request import RunRequest


class ModeActions(ModelActions):
    """Actions that open a choice."""

    @background()
    async def action_choose_mode(self) -> None:
        """Choose how the question is worked on."""
        from roundtable_tui.tui.screens.dialogs.picker import Item, Picker

        await self.session.preload_imports()  # Two threads that import the same at once can trip each other.
        modes = await asyncio.to_thread(_load_modes)
        items = [Item(mode.name, mode.name, mode.summary) for mode in modes]
        if chosen := await self.app.push_screen_wait(Picker("Mode", items, current=self.session.wish.mode)):
            self.session.choose(mode=chosen, team="", options={})
            self.update_choices()

    @background()
    async def action_choose_options(self) -> None:
        """Set the options of the mode, in a form that the mode's own options make."""
        from roundtable_tui.tui.screens.dialogs.options import OptionsScreen

        await self.session.preload_imports()
        wish, settings = self.session.wish, self.session.settings
        mode = await asyncio.to_thread(_find_mode, wish, settings)
        if mode.seats == "stages":
            self.notify("each stage of this task has options of its own, in its task.toml", markup=False)
            return
        given = {**settings.options.get(mode.name, {}), **wish.options}
        if (options := await self.app.push_screen_wait(OptionsScreen(mode, given))) is not None:
            self.session.choose(options=options)
            self.session.save_state(options={**settings.options, mode.name: select_storable_options(options)})
            self.update_choices()

    @background()
    async def action_choose_task(self) -> None:
        """Choose a task, or start one at once."""
        from roundtable_tui.tui.screens.library.tasks.list import TasksScreen
        from roundtable_tui.tui.screens.library.tasks.rows import TaskChoice

        prompt = self.query_one(Prompt)
        chosen: TaskChoice | None = await self.app.push_screen_wait(TasksScreen(self.session, prompt.text))
        if chosen is None:
            self.update_choices()  # One that was chosen may have another name now.
            return
        kept = {"mode": "", "team": ""} if chosen.task else {"mode": self.session.settings.mode}
        self.session.choose(task=chosen.task, question_number=chosen.question_number, options={}, **kept)
        self.update_choices()
        if chosen.start:
            prompt.post_message(Prompt.Submitted(""))


def _load_modes() -> list[Mode]:
    from roundtable_tui import modes

    return list(modes.all_modes().values())


def _find_mode(wish: RunRequest, settings: Settings) -> Mode:
    from roundtable_tui.setup.plan import find_mode, find_task

    return find_mode(wish, find_task(wish.task), settings)


def select_storable_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a settings file can hold."""
    return {name: value for name, value in options.items() if isinstance(value, str | int | float | bool)}
