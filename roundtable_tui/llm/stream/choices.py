"""Separates the choices of one response, where a server sends more than the one that is used.

TGI before 2.0 sends the number of the token in the field for the number of the choice: each chunk then has
a higher index, see https://github.com/huggingface/text-generation-inference/pull/1648.
"""

from __future__ import annotations

from typing import Literal

from roundtable_tui.llm.stream.chunk import StreamChunk

_MAX_CHOICES = 8
"""More indexes than this without a repetition are numbers of tokens."""


class ChoiceFilter:
    """Passes on the chunks of the first choice.

    A chunk with another index is held back until an index repeats, which shows that the indexes number
    choices (it is dropped), or until there are more indexes than choices (it is passed on).
    """

    def __init__(self) -> None:
        self.dropped = False
        """Whether another choice was dropped."""
        self._main: int | None = None
        self._meaning: Literal["", "choices", "tokens"] = ""
        self._seen: set[int] = set()
        self._held: list[StreamChunk] = []
        self._is_finished = False

    def add(self, chunk: StreamChunk) -> list[StreamChunk]:
        """Return the chunks to use now."""
        index = chunk.index
        if chunk.others:
            self._meaning, self.dropped = "choices", True
        if index is None or self._meaning == "tokens":
            return [chunk]
        if self._main is None:
            self._main = index
        elif not self._meaning and (index in self._seen or self._is_finished):
            self._meaning = "choices"
        self._seen.add(index)
        self._is_finished = self._is_finished or chunk.finish_reason is not None
        if index != self._main:
            self._held.append(chunk)
        if self._meaning == "choices" and self._held:
            self.dropped = True
            rest = [part for held in self.close() for part in _without_choice(held)]
            return [*rest, chunk] if index == self._main else rest
        if len(self._seen) > _MAX_CHOICES:
            self._meaning = "tokens"
            return self.close()
        return [chunk] if index == self._main else []

    def close(self) -> list[StreamChunk]:
        """Return the chunks held back, at the end of the response."""
        held, self._held = self._held, []
        return held


def _without_choice(chunk: StreamChunk) -> list[StreamChunk]:
    """Return what concerns the whole response in a chunk of another choice."""
    if chunk.usage is None and not chunk.sources:
        return []
    return [StreamChunk(usage=chunk.usage, sources=chunk.sources)]
