"""Keys of runs by their content: the same command finds what is done by them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Any

from roundtable_tui.batch.run_once import describe_plan
from roundtable_tui.batch.tasks.model import BatchTask
from roundtable_tui.engine.seat import task_to_dict
from roundtable_tui.setup.open_run import open_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.texts.digest import digest

_MAX_REMEMBERED = 1024


class RunKeys:
    """Makes the key of each task of one pass over the tasks, in their order.

    A key is made of the question and of what describes the run: mode, options, seats with their personas and
    models, texts of the task folder. The server and the id are not part of it. The same content again has
    another key by the number of its repetition.
    """

    def __init__(self, request: RunRequest, pool: ServerPool) -> None:
        self._request = request
        self._pool = pool
        self._described: OrderedDict[str, str] = OrderedDict()
        self._repeats: dict[int, int] = {}
        self._seen: set[int] = set()

    async def make_key(self, task: BatchTask) -> str:
        """Return the key of the next task: 16 hexadecimal digits.

        Raises RoundtableError if its run cannot be prepared.
        """
        choices = {name: value for name, value in task.fields.items() if name not in ("question", "context")}
        shape = digest(choices)
        if shape in self._described:
            self._described.move_to_end(shape)
        else:
            self._described[shape] = digest(await self._describe(task))
            if len(self._described) > _MAX_REMEMBERED:
                self._described.popitem(last=False)
        content: dict[str, Any] = {
            "question": task.question,
            "context": task.fields.get("context", ""),
            "run": self._described[shape],
        }
        base = digest(content)
        number = int(base, 16)  # As numbers: a batch may have millions of keys.
        if number not in self._seen:
            self._seen.add(number)
            return base
        self._repeats[number] = self._repeats.get(number, 0) + 1
        return digest({**content, "repeat": self._repeats[number]})

    async def _describe(self, task: BatchTask) -> dict[str, Any]:
        """Return what the run of a task is made of, without its question and its servers."""
        request = replace(task.apply(self._request), question="?", context="", record=False, folder=None)
        async with open_run(request, pool=self._pool) as run:
            described = describe_plan(run.plan)
            described["seats"] = [seat[:2] for seat in described["seats"]]
            if run.plan.task is not None:
                described["task"] = task_to_dict(run.plan.task) | {"questions": []}
        described["limits"] = [request.budget, request.max_cost, request.answer_tokens]
        described["seed"] = task.fields.get("seed")
        described["params"] = dict(request.params)
        described["knowledge"] = list(request.knowledge)
        return described
