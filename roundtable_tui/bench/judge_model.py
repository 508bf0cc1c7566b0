"""A judge that asks a model with mode `single`, outside of the team that is measured."""

from __future__ import annotations

from dataclasses import replace

from roundtable_tui.batch.run_once import run_once
from roundtable_tui.bench.arms import POOL_MODE
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool


class RunJudge:
    """Asks each prompt as a run of its own, without a record and at temperature 0."""

    def __init__(self, request: RunRequest, servers: ServerPool, model: str) -> None:
        """Take the server from `request`; `model` is the judge's."""
        self._request = replace(request, mode=POOL_MODE, model=model, record=False, folder=None, task="")
        self._servers = servers

    async def ask(self, prompt: str) -> str:
        """Return the reply; "" if the run failed. Raises UsageError, FileError."""
        request = replace(self._request, question=prompt, options={"temperature": 0.0})
        return (await run_once(request, self._servers)).answer
