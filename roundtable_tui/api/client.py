"""The Python API: run any mode, read its events while they happen, get the result."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from roundtable_tui import config
from roundtable_tui.api.parameters import Timeout, accept_mode_options, build_request, with_parameters_of
from roundtable_tui.api.run_handle import Result, RunHandle
from roundtable_tui.api.synchronous import run_sync
from roundtable_tui.config.api_keys import OPENAI, URL
from roundtable_tui.config.resolve import get_server
from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.errors import NoAnswerError, UsageError
from roundtable_tui.resources import Persona
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool

_LOGGER = logging.getLogger(__name__)


class Roundtable:
    """A client: an async context manager that owns the connections of its runs.

    Servers, models and options that are not given come from the settings and the environment, as on the
    command line. Runs are not recorded unless `folder` is given.
    """

    def __init__(
        self,
        *,
        base_url: str = "",
        server: str = "",
        model: str = "",
        api_key: str = "",
        demo: bool = False,
        local: bool = False,
    ) -> None:
        """Create a client; nothing is connected yet.

        Args:
            base_url: base URL of a server.
            server: name of a server of the settings.
            model: the model of all seats.
            api_key: the key for `base_url` or `server`, by default for OPENAI_BASE_URL or else for OpenAI. It
                is sent to no other server, and neither recorded nor shown.
            demo: use the built-in demo: generated text, no model.
            local: use the built-in model.

        Raises:
            UsageError: `api_key` is given with `demo` or `local`.
        """
        if api_key and (demo or local):
            raise UsageError("api_key is for a server", hint="Leave it out with demo=True or local=True.")
        if api_key and not (base_url or server):
            base_url = os.environ.get(URL, "").strip() or OPENAI
        self._request = RunRequest(base_url=base_url, server=server, model=model, demo=demo, local=local)
        self._api_key = api_key
        self._handles: list[RunHandle] = []
        self._pool: ServerPool | None = None

    @property
    def pool(self) -> ServerPool:
        """The servers, created at first use. Raises UsageError for a key for an unknown server."""
        if self._pool is None:
            settings, base_url = config.load(), self._request.base_url
            if unknown := config.describe_unknown(settings):
                _LOGGER.warning("%s", unknown)
            if self._api_key and self._request.server:
                base_url = get_server(settings, self._request.server).base_url
            environ = config.FlagEnvironment(os.environ, base_url, self._api_key)
            self._pool = ServerPool(settings, environ)
        return self._pool

    @accept_mode_options
    def run(
        self,
        question: str = "",
        *,
        mode: str = "",
        options: Mapping[str, Any] | None = None,
        task: str | Path = "",
        question_number: int = 1,
        text: str | Path | None = None,
        context: str = "",
        attachments: str | Path | Attachment | Iterable[str | Path | Attachment] = (),
        follow_up: str | Path = "",
        team: str = "",
        personas: str | Persona | Iterable[str | Persona] = (),
        captain: str | Persona = "",
        agents: int | None = None,
        models: Mapping[str, str] | None = None,
        servers: Mapping[str, str] | None = None,
        seed: int | None = None,
        max_tokens: int | None = None,
        answer_tokens: int | None = None,
        params: Mapping[str, Any] | None = None,
        stream: bool = True,
        budget: int | None = None,
        max_cost: float | None = None,
        baseline: bool = False,
        roots: str | Path | Iterable[str | Path] = (),
        tools: Iterable[str] = (),
        allow: Iterable[str] = (),
        tool_trips: int | None = None,
        limits: Mapping[Timeout, float] | None = None,
        personas_dir: str | Path | None = None,
        folder: str | Path | None = None,
    ) -> RunHandle:
        """Return the handle of a run; iterating over it starts the run and yields its events.

        Args:
            question: the question; may be empty with a `task`.
            mode: name of the mode; "" for the task's or the settings'.
            options: options of the mode, such as `{"max_rounds": 2}`.
            task: name of a task, or its folder.
            question_number: number of the task's question, from 1, if `question` is empty.
            text: a text for modes that read one, or the path of its file.
            context: background for the question, in addition to the task's.
            attachments: files that go before the question: texts, PDF, Word, notebooks, pictures; or what
                `attach_text` and `attach_bytes` return.
            follow_up: the run whose conversation the question continues: its folder or id, or "last".
            team: name of a team.
            personas: personas by name or as objects: instead of a team, or in addition to `team`.
            captain: the captain by name or as an object.
            agents: number of seats.
            models: persona or seat ("Voter 2") -> model.
            servers: persona or seat -> name or base URL of a server.
            seed: seed of the calls and of the run's own choices.
            max_tokens: maximum tokens of each answer, sent to the servers.
            answer_tokens: tokens at which an answer is stopped, reasoning included; not sent.
            params: generation parameters by name, such as `{"top_k": 20}`.
            stream: False asks the servers for whole replies.
            budget: maximum tokens of the run; 0 for no limit.
            max_cost: maximum cost in USD; 0 for no limit.
            baseline: after the run, take a plain vote with as many tokens and compare.
            roots: folders whose files the seats may list, search and read.
            tools: further tools: python, documents, names of MCP servers.
            allow: tools that may be called without a question, each `TOOL` or `TOOL(PATTERN)`.
            tool_trips: replies of a turn that may call tools; 3 by default.
            limits: timeouts in seconds by name.
            personas_dir: folder of further personas and teams.
            folder: where to keep the record; None for no record.

        Raises:
            UsageError: a parameter has a wrong type or is out of range. Everything that has to be looked up
                is looked up when the run starts.
        """
        # The first statement: only the parameters are local names yet.
        given = {name: value for name, value in locals().items() if name != "self"}
        return RunHandle(self, build_request(self._request, given), text)

    @with_parameters_of(run)
    async def ask(self, *args: Any, **given: Any) -> Result:
        """Run a question to its end and return the result; arguments as for `run`.

        Raises:
            NoAnswerError: the run ended without an answer.
            RoundtableError: a parameter is wrong, or the run cannot start.
        """
        handle = self.run(*args, **given)
        result = await handle.result()
        if not result.answer:
            raise NoAnswerError(result.error or "the run ended without an answer")
        return result

    @with_parameters_of(run)
    def ask_sync(self, *args: Any, **given: Any) -> Result:
        """`ask` for code without an event loop, and for notebooks; arguments as for `run`.

        The run has connections of its own, which are closed at its end, so that no `async with` is needed.

        Raises:
            NoAnswerError: the run ended without an answer.
            RoundtableError: a parameter is wrong, or the run cannot start.
        """

        async def ask() -> Result:
            async with self._copy() as client:
                return await client.ask(*args, **given)

        return run_sync(ask())

    def register(self, handle: RunHandle) -> None:
        """Add a run that has started, so that `aclose` ends it."""
        self._handles.append(handle)

    async def aclose(self) -> None:
        """End active runs and close all connections."""
        for handle in self._handles:
            await handle.cancel()
        self._handles.clear()
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None

    async def __aenter__(self) -> Roundtable:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _copy(self) -> Roundtable:
        """Return a client with the same server and key, and no connections yet."""
        own = self._request
        return Roundtable(
            base_url=own.base_url,
            server=own.server,
            model=own.model,
            api_key=self._api_key,
            demo=own.demo,
            local=own.local,
        )
