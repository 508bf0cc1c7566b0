"""`pro_mode`: mode `pro` as a plain function, for scripts and notebooks."""

from __future__ import annotations

import sys
from typing import TextIO, TypedDict

from roundtable_tui.api.client import Roundtable
from roundtable_tui.api.synchronous import run_sync
from roundtable_tui.engine import events
from roundtable_tui.errors import NoAnswerError
from roundtable_tui.reports.turn_queue import TurnQueue
from roundtable_tui.setup.participants import MAX_SEATS
from roundtable_tui.utils.text import sanitize


class ProAnswer(TypedDict):
    """The answer, and the candidates that it is merged from."""

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
    api_key: str = "",
    temperature: float = 0.9,
    demo: bool = False,
    local: bool = False,
) -> ProAnswer:
    """Ask `n_agents` candidates in parallel and return one answer merged from theirs.

    May be called from a notebook.

    Args:
        prompt: the question.
        n_agents: number of candidates, from 1 to 64.
        model: the model; "" for the configured one.
        max_tokens: maximum tokens of each answer.
        stream_candidates: print the candidates one after the other while they arrive.
        base_url: base URL of a server.
        server: name of a server of the settings.
        api_key: the key for `base_url` or `server`.
        temperature: temperature of the candidates.
        demo: use the built-in demo.
        local: use the built-in model.

    Returns:
        The answer (`final`) and the `candidates` that arrived, in order.

    Raises:
        ValueError: `n_agents` is less than 1 or more than 64.
        NoAnswerError: no candidate answered.
        RoundtableError: the run cannot start.
    """
    if n_agents < 1:
        raise ValueError(f"n_agents should be 1 or more, not {n_agents}")
    if n_agents > MAX_SEATS:
        raise ValueError(f"n_agents should be at most {MAX_SEATS}, not {n_agents}")

    async def go() -> ProAnswer:
        async with Roundtable(
            base_url=base_url, server=server, model=model, api_key=api_key, demo=demo, local=local
        ) as client:
            handle = client.run(
                prompt,
                mode="pro",
                agents=n_agents,
                max_tokens=max_tokens,
                options={"temperature": temperature},
            )
            if stream_candidates:
                printer = OrderedPrinter(sys.stdout)
                async for event in handle:
                    printer(event)
            result = await handle.result()
        if not result.answer:
            raise NoAnswerError(result.error or "the run ended without an answer")
        return {"final": result.answer, "candidates": list(result.candidates)}

    return run_sync(go())


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
