"""`pro_mode`: the plain function of mode `pro`, for scripts and notebooks."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Coroutine
from typing import Any, TextIO, TypedDict, TypeVar

from roundtable_tui.api.client import Roundtable
from roundtable_tui.engine import events
from roundtable_tui.errors import NoAnswerError
from roundtable_tui.reports.turn_queue import TurnQueue
from roundtable_tui.utils.text import sanitize

T = TypeVar("T")


class ProAnswer(TypedDict):
    """What `pro_mode` returns."""

    final: str
    candidates: list[str]


def pro_mode(
    prompt: str,
    n_agents: int = 5,
    model: str = "",
    max_tokens: int | None = None,
    stream_candidates: bool = False,
    *,
    base_url: str = "",
    server: str = "",
    temperature: float = 0.9,
    demo: bool = False,
    local: bool = False,
) -> ProAnswer:
    """Have `n_agents` candidates answer `prompt` in parallel and return the one answer made of them.

    The candidates are those that arrived, in order. `stream_candidates` prints them, one after the
    other, while they come; `temperature` is theirs. May be called from a notebook. Raises ValueError
    for fewer agents than one, and RoundtableError (NoAnswer where nothing came).
    """
    if n_agents < 1:
        raise ValueError(f"n_agents should be 1 or more, not {n_agents}")

    async def go() -> ProAnswer:
        async with Roundtable(base_url=base_url, server=server, model=model, demo=demo, local=local) as table:
            going = table.run(
                prompt, mode="pro", agents=n_agents, max_tokens=max_tokens, temperature=temperature
            )
            if stream_candidates:
                teller = OrderedPrinter(sys.stdout)
                async for event in going:
                    teller(event)
            result = await going.result()
        if not result.answer:
            raise NoAnswerError(result.error or "the run ended without an answer")
        return {"final": result.answer, "candidates": list(result.candidates)}

    return _run_sync(go())


class OrderedPrinter:
    """Prints turns that stream at the same time one after the other."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._queue = TurnQueue()
        self._headings: dict[str, str] = {}

    def __call__(self, event: events.Event) -> None:
        """Print what can be printed after this event."""
        match event:
            case events.TurnQueued():
                self._headings[event.turn] = f"\n--- {event.seat}, {event.label} ---\n"
                self._queue.start(event.turn, self._headings[event.turn])
            case events.AnswerDelta():
                self._queue.add(event.turn, event.text)
            case events.TurnStarted(attempt=attempt) if attempt > 1:
                self._queue.start(event.turn, self._headings[event.turn])
            case events.TurnResplit():
                self._queue.start(event.turn, self._headings[event.turn] + event.text)
            case events.TurnFailed():
                self._queue.add(event.turn, f"\n({event.error})")
                self._queue.end(event.turn)
            case events.TurnFinished():
                self._queue.end(event.turn)
        for piece in self._queue.drain():
            self._stream.write(sanitize(piece.text) + ("\n" if piece.is_last else ""))
        self._stream.flush()


def _run_sync(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end; in a thread of its own where a loop already runs here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    outcome: list[T | BaseException] = []

    def run() -> None:
        try:
            outcome.append(asyncio.run(work))
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]
