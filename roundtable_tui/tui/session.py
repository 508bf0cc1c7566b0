"""What the screen works with: the choices so far, the servers, the run that goes on. Knows no widget."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from roundtable_tui import config as settings_file
from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.setup.request import Wish
from roundtable_tui.utils.text import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from roundtable_tui.engine.run import Run
    from roundtable_tui.resources import Persona
    from roundtable_tui.setup.resume import Changes
    from roundtable_tui.setup.server_pool import Backends


_PLACE = ("server", "base_url", "demo", "local")

OUR_FLOORS = (
    "roundtable_tui.resources",
    "roundtable_tui.engine.table",
    "roundtable_tui.setup.plan",
    "roundtable_tui.llm.client",
)
"""What a run needs of this program, from the ground."""


class Session:
    """One sitting at the table: questions come and go, choices stay."""

    def __init__(self, wish: Wish, settings: Settings) -> None:
        self.settings = settings
        self.wish = replace(
            wish,
            mode=wish.mode or ("" if wish.task else settings.mode),
            team=wish.team or ("" if wish.task or wish.mode not in ("", settings.mode) else settings.team),
        )
        self.given = any((*(getattr(wish, name) for name in _PLACE), os.environ.get("OPENAI_BASE_URL")))
        """The command line or the environment says where questions go."""
        self.last = {} if self.given else _last_place(settings)
        self.wish = replace(self.wish, **self.last)
        self._backends: Backends | None = None
        self.run: Run | None = None
        self.edited: dict[str, Persona] = {}
        """Personas changed without being saved, by seat, for the run that goes on."""
        self.follows: Path | None = None
        """The run that the next question has for its background."""

    @property
    def backends(self) -> Backends:
        """The servers; imported when they are first asked for, after the first frame."""
        if self._backends is None:
            from roundtable_tui.setup.server_pool import Backends

            self._backends = Backends(self.settings, os.environ)
        return self._backends

    async def warm_up(self) -> None:
        """Import what a run needs: the large library off the screen's thread, our own floor by floor on it.

        Two threads that import from one package at once can trip each other.
        """
        await asyncio.to_thread(import_module, "openai")
        for name in OUR_FLOORS:
            import_module(name)
            await asyncio.sleep(0)

    async def start_local(self) -> str:
        """Start the embedded model if it is chosen; where it cannot run, take the demo and say why."""
        if not self.wish.local:
            return ""
        try:
            await self.backends.local()
        except RoundtableError as error:
            self.wish = replace(self.wish, local=False, demo=True)
            return f"{str(error).rstrip('.')}. This is the demo instead: made-up text, no model."
        return ""

    async def fault_of_choices(self) -> str:
        """Return what is wrong with the mode or the task that was asked for at the start; "" for nothing."""
        from roundtable_tui.setup.plan import find_mode, find_task

        try:
            find_mode(self.wish, await asyncio.to_thread(find_task, self.wish.task), self.settings)
        except RoundtableError as error:
            return str(error)
        return ""

    async def prepare(self, question: str) -> Run:
        """Return a run of `question` with the choices as they are. Raises RoundtableError."""
        await self.warm_up()
        from roundtable_tui.setup.plan import prepare

        wish = replace(self.wish, question=question)
        if self.follows is None:
            self.run = await prepare(wish, self.backends)
        else:
            from roundtable_tui.setup.resume import follow

            self.run = await follow(self.follows, wish, self.backends)
            self.follows = None
        return self.run

    async def resume(self, folder: Path) -> Run:
        """Return the run in `folder`, ready to go on. Raises RoundtableError."""
        await self.warm_up()
        from roundtable_tui.setup.resume import resume

        self.run = await resume(folder, self.backends)
        return self.run

    async def fork(self, folder: Path, turn: str, changes: Changes) -> Run:
        """Return a fork of the run in `folder`. Raises RoundtableError."""
        await self.warm_up()
        from roundtable_tui.setup.resume import fork

        self.run = await fork(folder, turn, changes, self.backends)
        return self.run

    async def follow(self, folder: Path) -> None:
        """Have the next question asked with the run in `folder` for its background, of the same people."""
        from roundtable_tui.resources import PersonaLibrary
        from roundtable_tui.setup.resume import wish_like

        wish = replace(self.wish, question="", task="", mode="", team="", options={})
        library = await asyncio.to_thread(PersonaLibrary.load, wish.personas_dir)
        self.wish = await asyncio.to_thread(wish_like, folder, wish, library)
        self.follows = folder

    @property
    def running(self) -> bool:
        """True while a run has begun and not ended."""
        return self.run is not None and self.run.result is None

    def choose(self, **choices: Any) -> None:
        """Change choices, and remember those that outlive the sitting."""
        self.wish = replace(self.wish, **choices)
        kept = {k: v for k, v in choices.items() if k in ("mode", "team", "model") and v != ""}
        if choices.get("team") == "" and "task" not in choices:
            kept["team"] = ""  # The mode's own from now on, not the one that was remembered.
        if any(name in choices for name in _PLACE):
            # Where questions go is remembered as a whole: what is not chosen now is not chosen.
            kept |= {name: getattr(self.wish, name) or None for name in (*_PLACE, "model")}
            kept["demo"] = self.wish.demo
        elif self.wish.local:
            return
        if kept:
            self.keep(**kept)

    def keep(self, **choices: Any) -> None:
        """Keep choices for the next sitting; scripts go by the settings file alone."""
        self._written(lambda: settings_file.keep_choices(self.settings, **choices))

    def remember(self, **changes: Any) -> None:
        """Write to the settings file."""
        self._written(lambda: replace(self.settings, **_same(settings_file.remember(**changes), changes)))

    def _written(self, write: Callable[[], Settings]) -> None:
        """Write and take over what was written; a file that cannot be written is no reason to stop."""
        try:
            self.settings = write()
            self.backends.change(self.settings)
        except RoundtableError as error:
            self.trouble = str(error)

    trouble = ""
    """Why the settings could not be written, if so."""

    def reread(self) -> None:
        """Take over the servers of the settings file, which have been edited."""
        try:
            found = settings_file.load()
        except RoundtableError as error:
            self.trouble = str(error)
            return
        gone = self.settings.servers.keys() - found.servers.keys()
        server = found.server if self.settings.server in gone else self.settings.server
        self.settings = replace(self.settings, servers=found.servers, server=server or found.server)
        if self.wish.server in gone:
            self.wish = replace(self.wish, server="", model="")
        self.backends.change(self.settings)

    def take_keys(self, keys: Mapping[str, str]) -> None:
        """Take over the keys that were written to the file."""
        self.settings = replace(self.settings, keys=dict(keys))
        self.backends.change(self.settings)

    @property
    def usual(self) -> ServerSettings | None:
        """The server that is asked where the person has chosen none; None: the first one found."""
        try:
            return settings_file.resolve_server(
                self.settings, name=self.wish.server, base_url=self.wish.base_url, environ=os.environ
            )
        except RoundtableError:
            return None

    @property
    def shown(self) -> dict[str, str]:
        """The choices as the screen names them."""
        wish = self.wish
        where = "demo" if wish.demo else "local" if wish.local else wish.server or wish.base_url
        if not where and (usual := self.usual) is not None:
            where = usual.name
        model = " @ ".join(part for part in (wish.model, where) if part)
        return {
            "mode": wish.mode or "the task's",
            "team": wish.team or "the mode's",
            "model": model or "the first found",
            "task": f"{wish.task}, question {wish.nth}" if wish.task and wish.nth > 1 else wish.task,
        }

    async def close(self) -> None:
        """End what runs in the background."""
        if self._backends is not None:
            await self._backends.aclose()


def _last_place(settings: Settings) -> dict[str, Any]:
    """Return where questions went the last time, where no server of the settings was chosen since."""
    return {"demo": True} if settings.demo else settings_file.last_place()


def _same(written: Settings, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was changed, as it was written."""
    return {name: getattr(written, name) for name in changes}


def addressee(text: str, names: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Split `@name words` into (seat id, words); ("", text) where no seat is addressed.

    `names` are (seat id, name) pairs. Raises UsageError for a name that nobody has: what was meant for
    one seat is not said to all.
    """
    if text.startswith("@"):
        for seat, name in sorted(names, key=lambda pair: -len(pair[1])):
            for known in (name, seat):
                head, rest = text[1 : len(known) + 1], text[len(known) + 1 :]
                if head.casefold() == known.casefold() and (not rest or not rest[0].isalnum()):
                    return seat, rest.lstrip(" ,:").strip()
        known = ", ".join(one_line(name, 24) for _, name in names)
        raise UsageError(f"there is no seat {one_line(text.split()[0], 40)}", hint=f"At the table: {known}")
    return "", text
