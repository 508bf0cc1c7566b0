"""The body of a 200 answer, told apart by what is in it: a stream of events, plain JSON, or a web page."""

from __future__ import annotations

from typing import Any, Literal

from roundtable_tui.llm.stream.chunk import Chunk, is_flat_error, objects, read_chunk
from roundtable_tui.llm.stream.sse import Event, Reader

BodyKind = Literal["unknown", "events", "json", "page"]

_MOST_HELD = 32 * 1024 * 1024
_PAGE_BYTES = 64 * 1024


class Body:
    """Reads a body: `feed` it bytes, get chunks; `close` it at its end."""

    def __init__(self) -> None:
        self.kind: BodyKind = "unknown"
        self.done = False
        """`[DONE]` was seen."""
        self.bytes = 0
        self.unreadable = 0
        """Events that held no JSON; skipped."""
        self.too_long = False
        self.events = 0
        self.start = ""
        """The first characters, to be quoted when the body turns out to be nothing known."""
        self._reader = Reader()
        self._kept: list[bytes] = []
        self._kept_bytes = 0

    def feed(self, data: bytes) -> list[Chunk]:
        """Return what the events that `data` completes say."""
        self.bytes += len(data)
        if self.kind == "unknown":
            self._kept.append(data)
            data = b"".join(self._kept)
            self._kept = [data]
            self.kind = _kind_of(data)
            if self.kind == "unknown":
                self._kept = [] if not data.strip() else self._kept
                return []
            self._kept = []
            self.start = data[:400].decode("utf-8", "replace")
        if self.kind == "events":
            chunks = self._chunks(self._reader.feed(data))
            self.too_long = self._reader.held > _MOST_HELD
            return chunks
        limit = _PAGE_BYTES if self.kind == "page" else _MOST_HELD
        if self._kept_bytes < limit:
            self._kept.append(data)
            self._kept_bytes += len(data)
        else:
            self.too_long = True
        return []

    def close(self) -> list[Chunk]:
        """Return what is left now that the body has ended."""
        if self.kind == "events":
            return self._chunks(self._reader.close())
        if self.kind != "json":
            return []
        found, bad = objects(self.text())
        self.unreadable += bad
        chunks = [_whole(chunk) for value in found for chunk in _values(value)]
        self.done = bool(chunks) and not bad
        return chunks

    def text(self) -> str:
        """Return the body as text, for a body that is not a stream of events."""
        return b"".join(self._kept).decode("utf-8-sig", "replace")

    def _chunks(self, events: list[Event]) -> list[Chunk]:
        chunks: list[Chunk] = []
        self.events += len(events)
        for name, data in events:
            if data.startswith("[DONE]") or data.strip() == "[DONE]":
                self.done = True
                break
            if self.done:
                break
            found, bad = objects(data)
            if bad:
                self.unreadable += 1
                if name == "error" and not found:
                    chunks.append(Chunk(error=data))
            chunks.extend(read_chunk(value, name) for value in found)
        return chunks


def _kind_of(start: bytes) -> BodyKind:
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return "unknown"
    if start.startswith(b"<"):
        return "page"
    return "json" if start[:1] in b'{["' else "events"


def _values(value: Any) -> list[Any]:
    """A whole answer, an error, or a list of chunks that a proxy has gathered."""
    return value if isinstance(value, list) else [value]


def _whole(value: Any) -> Chunk:
    if isinstance(value, str):
        return Chunk(error=value)
    chunk = read_chunk(value)
    if chunk.error is None and isinstance(value, dict) and not value.get("choices") and is_flat_error(value):
        chunk.error = value
    return chunk
