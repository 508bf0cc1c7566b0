"""The demo as a server of the ordinary client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtable_tui.llm.types import Server

if TYPE_CHECKING:
    from roundtable_tui.llm.demo.answer_key import AnswerKey

DEMO_URL = "http://demo.invalid/v1"
"""A host that cannot exist: if the transport is forgotten, nothing is reached."""


def create_demo_server(
    seed: int = 0, pace: float = 40.0, *, delay: float | None = None, answers: AnswerKey | None = None
) -> Server:
    """Return the demo as a server of the ordinary client.

    `pace` is tokens per second (0: without waiting), `delay` seconds to the first token (None: the model's),
    `answers` the questions that models of stated accuracy answer.
    """
    from roundtable_tui.llm.demo.wire import DemoTransport

    transport = DemoTransport(seed=seed, pace=pace, delay=delay, answers=answers)
    return Server(name="demo", base_url=DEMO_URL, transport=transport)
