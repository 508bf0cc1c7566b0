"""Read a whole chat completion that was received by another program, such as a batch service."""

from __future__ import annotations

from typing import Any

from roundtable_tui.llm.stream.accumulator import ResponseAccumulator
from roundtable_tui.llm.stream.chunk import read_chunk
from roundtable_tui.llm.types import Finished, Limits, Usage


def read_completion(body: Any) -> Finished | None:
    """Return the answer in the JSON value of a chat completion, its reasoning apart; None if it has none."""
    chunk = read_chunk(body)
    if chunk.error is not None:
        return None
    found = ResponseAccumulator(Limits().max_chars)
    found.add_chunk(chunk)
    found.close()
    if not found.text.strip():
        return None
    return Finished(
        found.text,
        found.reasoning,
        finish_reason=found.finish_reason,
        usage=found.usage or Usage(estimated=True),
    )
