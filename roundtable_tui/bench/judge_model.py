"""A judge that asks a model with mode `single`, outside of the team that is measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from roundtable_tui.batch.run_once import run_once
from roundtable_tui.bench.arms import POOL_MODE
from roundtable_tui.errors import NoAnswerError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.text import single_line


class RunJudge:
    """Asks each prompt as a run of its own, without a record and at temperature 0."""

    def __init__(self, request: RunRequest, servers: ServerPool, model: str) -> None:
        """Take the server from `request`; `model` is the judge's."""
        self._request = replace(request, mode=POOL_MODE, model=model, record=False, folder=None, task="")
        self._servers = servers

    async def ask(self, prompt: str) -> str:
        """Return the reply.

        Raises:
            NoAnswerError: the judge gave none, for example because its server cannot be reached.
            UsageError, FileError: the request is wrong.
        """
        request = replace(self._request, question=prompt, options={"temperature": 0.0})
        run = await run_once(request, self._servers)
        if not run.has_answer:
            raise NoAnswerError(
                f"the judge {single_line(self._request.model, 60)} gave no answer: {run.problem}"
            )
        return run.answer


def is_measured(model: str, fingerprints: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether a model has a seat in one of the arms, as their fingerprints say."""
    return any(seat[1] == model for one in fingerprints for seat in one.get("seats", ()))
