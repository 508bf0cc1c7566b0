"""Reads chunks that differ from an earlier one of the same stream only in their text, without parsing them.

Most servers send the same JSON around each piece of text. Parsing it takes several times as long as reading
the one string that changes.
"""

from __future__ import annotations

import re
from json import JSONDecoder

from roundtable_tui.llm.stream.chunk import StreamChunk, parse_json_values, read_chunk

_DECODER = JSONDecoder()
_TEXT_FIELD = re.compile(r'"(?:content|reasoning_content|reasoning)": ?"')
_PROBE = "probe"
_MAX_JOINED_CHARS = 128
_MAX_FAILURES = 4
"""Forms in a row that no later chunk had, after which no more are learned: all differ in other fields."""


class ChunkTemplate:
    """What stands before and after the text in the chunks of one stream."""

    def __init__(self) -> None:
        self._start = self._end = ""
        """The first ends with the quotation mark before the text."""
        self._is_reasoning = False
        self._index: int | None = None
        self._last: StreamChunk | None = None
        """The last chunk that was read here."""
        self._failures = 0

    def read(self, data: str, chunks: list[StreamChunk]) -> bool:
        """Read a chunk of this form; return False for another one.

        Args:
            data: The JSON of a chunk.
            chunks: The chunks before it, to which it is added. A short one of this form takes the text of the
                next: what follows costs per chunk.
        """
        start, end = self._start, self._end
        if not start or not (data.startswith(start) and data.endswith(end)):
            return False
        try:
            text, after = _DECODER.raw_decode(data, len(start) - 1)
        except ValueError:
            return False
        if after != len(data) - len(end):
            return False
        self._failures = 0
        last = self._last
        if not (chunks and chunks[-1] is last and len(last.answer or last.reasoning) < _MAX_JOINED_CHARS):
            self._last = self._make_chunk(text)
            chunks.append(self._last)
        elif self._is_reasoning:
            last.reasoning += text
        else:
            last.answer += text
        return True

    def learn(self, data: str, chunk: StreamChunk) -> None:
        """Take the form of a parsed chunk, if it is one text and nothing else."""
        if self._failures >= _MAX_FAILURES or not (chunk.answer or chunk.reasoning):
            return
        for field in _TEXT_FIELD.finditer(data):
            try:
                _, after = _DECODER.raw_decode(data, field.end() - 1)
            except ValueError:
                return
            self._start, self._end = data[: field.end()], data[after:]
            self._is_reasoning, self._index = bool(chunk.reasoning), chunk.index
            values, _ = parse_json_values(f'{self._start}{_PROBE}"{self._end}')
            if [read_chunk(value) for value in values] == [self._make_chunk(_PROBE)]:
                self._failures += 1
                return
        self._start = ""

    def _make_chunk(self, text: str) -> StreamChunk:
        if self._is_reasoning:
            return StreamChunk(reasoning=text, index=self._index)
        return StreamChunk(answer=text, index=self._index)
