"""The passages of mode `chain`: a text cut to what the models hold, and again once a refusal shows less."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from roundtable_tui.engine import Table, Turn
from roundtable_tui.utils.chunking import TextChunk, split_chunks

MAX_PASSAGE_SHARE = 0.35
"""Share of the context that a passage may fill, beside prompt, notes and reply."""


class Passages:
    """A text in passages, and the notes on those that have been read."""

    def __init__(self, table: Table, text: str, size: int, overlap: int) -> None:
        """Cut the text into passages of `size` characters, or fewer where a context is known to be small."""
        self._table, self._text, self._overlap = table, text, overlap
        limit = table.text_sizes.limit_by_context(size, MAX_PASSAGE_SHARE)
        if limit < size:
            self._notify(limit)
        self.parts = self._split(0, len(text), limit)
        self._notes: dict[tuple[int, int], str] = {}

    def __len__(self) -> int:
        return len(self.parts)

    def text_of(self, part: TextChunk) -> str:
        """Return the text of a passage."""
        return self._text[part.start : part.end]

    def mark_read(self, part: TextChunk, notes: str = "") -> None:
        """Note that a passage is read and stays as it is; `notes` on it are kept."""
        self._notes[part.start, part.end] = notes

    def find_unread(self) -> list[TextChunk]:
        """Return the passages that are not read."""
        return [part for part in self.parts if not self._is_read(part)]

    def collect_notes(self) -> list[str]:
        """Return the notes on all passages, in the order of the text."""
        return [self._notes[part.start, part.end] for part in self.parts]

    def find_smaller_size(self, part: TextChunk, failed: Turn) -> int | None:
        """Return the size at which a passage would fit, if it was refused as too long for the model.

        None if the turn failed for another reason, or if no smaller size is known. Otherwise such refusals of
        the passage do not count: it is to be cut again.
        """
        text = self.text_of(part)
        size = self._table.text_sizes.limit_after_refusal(failed, text, MAX_PASSAGE_SHARE)
        if size >= len(text):
            return None
        refusals = (turn for turn in self._table.failed_turns if turn.kind == failed.kind)
        self._table.discard_failures([turn for turn in refusals if turn.label == failed.label])
        return size

    def cut_again(self, size: int) -> None:
        """Cut what is not read again, into passages of at most `size` characters."""
        self._notify(size)
        self.parts = [replace(part, number=number) for number, part in enumerate(self._cut_unread(size), 1)]

    def _is_read(self, part: TextChunk) -> bool:
        return (part.start, part.end) in self._notes

    def _cut_unread(self, size: int) -> Iterator[TextChunk]:
        for is_read, group in groupby(self.parts, key=self._is_read):
            parts = list(group)
            yield from parts if is_read else self._split(parts[0].start, parts[-1].end, size)

    def _split(self, start: int, end: int, size: int) -> list[TextChunk]:
        found = split_chunks(self._text[start:end], size, min(self._overlap, size // 2))
        return [replace(part, start=start + part.start, end=start + part.end) for part in found]

    def _notify(self, size: int) -> None:
        self._table.notice(f"passages of {size:,} characters: more does not fit into the context of a model")
