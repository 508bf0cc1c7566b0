"""State of the app without widgets: the choices for the next run, the servers and the current run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from roundtable_tui import config as settings_file
from roundtable_tui.config import FlagEnvironment, ServerSettings, Settings
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.setup.request import ForkRequest, ResumeRequest, RunRequest
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from pathlib import Path

    from roundtable_tui.engine.run import Run
    from roundtable_tui.resources import Persona
    from roundtable_tui.setup.request import ForkChanges
    from roundtable_tui.setup.server_pool import ServerPool
    from roundtable_tui.tui.conversation import ThreadEntry


_SERVER_FIELDS = ("server", "base_url", "demo", "local")

PRELOAD_MODULES = (
    "roundtable_tui.resources",
    "roundtable_tui.engine.table",
    "roundtable_tui.setup.open_run",
    "roundtable_tui.llm.client",
)
"""Modules of this package that a run needs, lower layers first."""


class Session:
    """Choices and servers that outlive a run, and the current run."""

    def __init__(self, request: RunRequest, settings: Settings) -> None:
        self.settings = settings
        self.wish = replace(
            request,
            mode=request.mode or ("" if request.task else settings.mode),
            team=request.team
            or ("" if request.task or request.mode not in ("", settings.mode) else settings.team),
        )
        # Of the command line: a base URL that is chosen later, or kept from an earlier session, gets no key.
        self.environ = FlagEnvironment(os.environ, request.base_url)
        self.server_given = any(
            (*(getattr(request, name) for name in _SERVER_FIELDS), os.environ.get("OPENAI_BASE_URL"))
        )
        """True if the command line or the environment sets the server."""
        self.last_server_choice = {} if self.server_given else _load_last_server_choice(settings)
        self.wish = replace(self.wish, **self.last_server_choice)
        self._backends: ServerPool | None = None
        self.run: Run | None = None
        self.last_run: Run | None = None
        """The run that was opened last; it stays when `run` is reset for a new question."""
        self._opened = AsyncExitStack()
        """Closes the current run's context."""
        self.edited_personas: dict[str, Persona] = {}
        """Seat -> persona edited without saving, for the current run."""
        self.conversation: list[ThreadEntry] = []
        """The runs of this conversation that have ended, oldest first."""
        self.follow_up_of: Path | None = None
        """Folder of the run that the next question follows up on; None for a new conversation."""
        self.attachments: list[Path] = []
        """Files that go with the next question."""

    @property
    def backends(self) -> ServerPool:
        """The servers; imported at first use, after the first frame."""
        if self._backends is None:
            from roundtable_tui.setup.server_pool import ServerPool

            self._backends = ServerPool(self.settings, self.environ)
        return self._backends

    async def preload_imports(self) -> None:
        """Import what a run needs: the large library in a thread, this package's modules one by one here.

        Two threads that import from one package at the same time can deadlock.
        """
        await asyncio.to_thread(import_module, "httpx2")
        for name in PRELOAD_MODULES:
            import_module(name)
            await asyncio.sleep(0)

    async def start_local(self) -> str:
        """Start the built-in model if it is chosen; if it cannot run, use the demo and return the reason."""
        if not self.wish.local:
            return ""
        try:
            await self.backends.start_local()
        except RoundtableError as error:
            self.wish = replace(self.wish, local=False, demo=True)
            return f"{str(error).rstrip('.')}. This is the demo instead: made-up text, no model."
        return ""

    async def check_choices(self) -> str:
        """Return what is wrong with the chosen mode or task; "" for nothing."""
        from roundtable_tui.setup.plan import find_mode, find_task

        try:
            find_mode(self.wish, await asyncio.to_thread(find_task, self.wish.task), self.settings)
        except RoundtableError as error:
            return str(error)
        return ""

    async def prepare(self, question: str) -> Run:
        """Return a run of `question` with the current choices. Raises RoundtableError."""
        starts_task = not question and bool(self.wish.task)
        before = None if starts_task else self.follow_up_of
        request = replace(self.wish, question=question, follow_up_of=before)
        run = await self._open(replace(request, attachments=tuple(self.attachments)))
        self.attachments = []
        if before is None:
            self.conversation = []
        return run

    async def prepare_example(self, task: str) -> Run:
        """Return a run of a shipped task in its own mode, for this time only. Raises RoundtableError."""
        self.start_conversation()
        return await self._open(replace(self.wish, question="", task=task, mode="", team="", options={}))

    def end_question(self, ended: ThreadEntry) -> None:
        """Add a run that has ended to the conversation; the next question follows up on it."""
        known = [one for one in self.conversation if one.run != ended.run]
        self.conversation = [*known, ended]
        self.follow_up_of = ended.folder

    def start_conversation(self, runs: Sequence[ThreadEntry] = ()) -> None:
        """Continue a conversation, or begin a new one."""
        self.conversation = list(runs)
        self.follow_up_of = runs[-1].folder if runs else None

    async def resume(self, folder: Path) -> Run:
        """Return the run in `folder`, ready to continue. Raises RoundtableError."""
        return await self._open(ResumeRequest(folder))

    async def fork(self, folder: Path, turn: str, changes: ForkChanges) -> Run:
        """Return a fork of the run in `folder`. Raises RoundtableError."""
        return await self._open(ForkRequest(folder, turn, changes))

    async def _open(self, request: RunRequest | ResumeRequest | ForkRequest) -> Run:
        await self.preload_imports()
        from roundtable_tui.setup.open_run import open_run

        opened = AsyncExitStack()
        self.run = await opened.enter_async_context(open_run(request, pool=self.backends))
        self.run.keeps_prompts = False  # No screen shows them.
        await self._opened.aclose()
        self._opened = opened
        self.last_run = self.run
        return self.run

    async def start_follow_up(self, folder: Path) -> None:
        """Make the next question a follow-up of the run in `folder`, with the same seats."""
        from roundtable_tui.history.reader import read_run
        from roundtable_tui.resources.library_cache import load_personas
        from roundtable_tui.setup.follow_up import request_like_run
        from roundtable_tui.tui.conversation import read_thread

        wish = replace(self.wish, question="", task="", mode="", team="", options={})
        library = await asyncio.to_thread(load_personas, wish.personas_dir)
        recording = await asyncio.to_thread(read_run, folder)
        self.wish = request_like_run(recording.header, wish, library)
        self.start_conversation(await asyncio.to_thread(read_thread, folder))
        self.follow_up_of = folder

    @property
    def is_running(self) -> bool:
        """True while a run is active."""
        return self.run is not None and self.run.result is None

    def choose(self, **choices: Any) -> None:
        """Change choices, and save those that are kept for the next start. A task begins a conversation."""
        if choices.get("task"):
            self.start_conversation()
        self.wish = replace(self.wish, **choices)
        kept = {k: v for k, v in choices.items() if k in ("mode", "team", "model") and v != ""}
        if choices.get("team") == "" and "task" not in choices:
            kept["team"] = ""  # The default of the mode from now on, not the remembered team.
        if any(name in choices for name in _SERVER_FIELDS):
            # The server is remembered as a whole: a field that is not chosen now is cleared.
            kept |= {name: getattr(self.wish, name) or None for name in (*_SERVER_FIELDS, "model")}
            kept["demo"] = self.wish.demo
        elif self.wish.local:
            return
        if kept:
            self.save_state(**kept)

    def save_state(self, **choices: Any) -> None:
        """Save choices for the next start of the app; scripts use the settings file only."""
        self._apply_written(lambda: settings_file.save_app_state(self.settings, **choices))

    def save_settings(self, **changes: Any) -> None:
        """Write changes to the settings file."""
        self._apply_written(
            lambda: replace(
                self.settings, **_select_written(settings_file.update_settings(**changes), changes)
            )
        )

    def _apply_written(self, write: Callable[[], Settings]) -> None:
        """Write and use the new settings; if the file cannot be written, keep the error to be shown."""
        try:
            self.settings = write()
            self.backends.update_settings(self.settings)
        except RoundtableError as error:
            self.settings_error = str(error)

    settings_error = ""
    """Why the settings could not be written; "" if they could."""

    def reload_servers(self) -> None:
        """Read the edited servers from the settings file."""
        try:
            found = settings_file.load()
        except RoundtableError as error:
            self.settings_error = str(error)
            return
        gone = self.settings.servers.keys() - found.servers.keys()
        server = found.server if self.settings.server in gone else self.settings.server
        self.settings = replace(self.settings, servers=found.servers, server=server or found.server)
        if self.wish.server in gone:
            self.wish = replace(self.wish, server="", model="")
        self.backends.update_settings(self.settings)

    def set_keys(self, keys: Mapping[str, str]) -> None:
        """Use the key bindings that were written to the file."""
        self.settings = replace(self.settings, keys=dict(keys))
        self.backends.update_settings(self.settings)

    @property
    def default_server(self) -> ServerSettings | None:
        """The server used if none is chosen; None for the first one discovered."""
        try:
            return settings_file.resolve_server(
                self.settings, name=self.wish.server, base_url=self.wish.base_url, environ=self.environ
            )
        except RoundtableError:
            return None

    @property
    def summary(self) -> dict[str, str]:
        """The choices as text for the screen."""
        wish = self.wish
        where = "demo" if wish.demo else "local" if wish.local else wish.server or wish.base_url
        if not where and (usual := self.default_server) is not None:
            where = usual.name
        model = " @ ".join(part for part in (wish.model, where) if part)
        return {
            "mode": wish.mode or "from task",
            "team": wish.team or "default",
            "model": model or "first found",
            "task": f"{wish.task}, question {wish.question_number}"
            if wish.task and wish.question_number > 1
            else wish.task,
        }

    async def close(self) -> None:
        """Close the run and the servers."""
        await self._opened.aclose()
        if self._backends is not None:
            await self._backends.aclose()


def _load_last_server_choice(settings: Settings) -> dict[str, Any]:
    """Return the server choice of the last session; the demo if the settings say so."""
    return {"demo": True} if settings.demo else settings_file.last_server()


def _select_written(written: Settings, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changed settings as written."""
    return {name: getattr(written, name) for name in changes}


EVERYONE = "all"
"""Addresses a message to everyone: `@all`."""


def parse_addressee(text: str, names: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Split `@name words` into (seat id, words); ("", words) for `@all words` and where no seat is addressed.

    `names` are (seat id, name) pairs. Raises UsageError for an unknown name: a message for one seat must
    not be sent to all.
    """
    if text.startswith("@"):
        for seat, name in sorted(names, key=lambda pair: -len(pair[1])):
            for known in (name, seat):
                head, rest = text[1 : len(known) + 1], text[len(known) + 1 :]
                if head.casefold() == known.casefold() and (not rest or not rest[0].isalnum()):
                    return seat, rest.lstrip(" ,:").strip()
        name, _, rest = text[1:].partition(" ")
        if name.rstrip(",:").casefold() == EVERYONE:
            return "", rest.strip()
        known = ", ".join(single_line(name, 24) for _, name in names)
        raise UsageError(
            f"there is no seat {single_line(text.split()[0], 40)}", hint=f"At the table: {known}"
        )
    return "", text
