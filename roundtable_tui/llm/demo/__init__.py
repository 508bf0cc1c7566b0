"""The demo: an OpenAI-compatible server without a model. Its text is made from the request's own words.

Deterministic by seed, streamed at a set pace, with reasoning, tool calls and JSON that fits a schema.
`create_demo_server` puts it under the ordinary client without a socket; `wire.serve_demo` on a port.
"""

from __future__ import annotations

from roundtable_tui.llm.demo.answer_key import AnswerKey
from roundtable_tui.llm.demo.responder import DEMO_MODELS as DEMO_MODELS
from roundtable_tui.llm.types import Server

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
