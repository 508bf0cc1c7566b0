"""The progress of a batch on stderr: a live display on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from roundtable_tui.batch.progress import BatchState, describe_server, format_state
from roundtable_tui.batch.runner import Batch

_LIVE_EVERY_S = 0.5
_LINE_EVERY_S = 10.0
_MAX_SERVERS = 8
"""Servers with a line of their own."""


class ProgressDisplay:
    """Shows the progress of a batch within a `with`."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._live: Any = None
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> ProgressDisplay:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True)
            self._live = Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False)
            self._live.start()
        self._task = asyncio.create_task(self._update())
        return self

    def __exit__(self, *exception: object) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._live is not None:
            self._live.stop()

    async def _update(self) -> None:
        while True:
            await asyncio.sleep(_LIVE_EVERY_S if self._live else _LINE_EVERY_S)
            state = self._batch.get_state()
            if self._live is not None:
                self._live.update(render_state(state), refresh=True)
            else:
                sys.stderr.write(f"{format_state(state)}\n")
                sys.stderr.flush()


def render_state(state: BatchState) -> Any:
    """Return the progress for a terminal: a bar, the figures, and a line for each server."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    rows: list[Any] = [
        ProgressBar(total=max(1, state.total), completed=state.done, width=60),
        Text(format_state(state)),
    ]
    rows += [Text(f"  {describe_server(server)}") for server in state.servers[:_MAX_SERVERS]]
    if len(state.servers) > _MAX_SERVERS:
        rows.append(Text(f"  and {len(state.servers) - _MAX_SERVERS} more servers"))
    grid = Table.grid()
    for row in rows:
        grid.add_row(row)
    return grid
