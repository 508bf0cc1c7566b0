"""Reads the body of a 200 response: a stream of server-sent events, plain JSON, or an HTML page.

The kind is detected from the content, because servers send wrong content types.
"""

from __future__ import annotations

from typing import Any, Literal

from roundtable_tui.llm.stream.chunk import StreamChunk, is_flat_error, parse_json_values, read_chunk
from roundtable_tui.llm.stream.sse import SseEvent, SseReader

BodyKind = Literal["unknown", "events", "json", "html"]

_MAX_HELD_BYTES = 6 * 1024 * 1024
"""More than an answer and its reasoning of the maximum length, with every character escaped."""
_MAX_HTML_BYTES = 64 * 1024


class ResponseBody:
    """An incremental parser: `feed` it bytes to get chunks, `close` it at the end of the body."""

    def __init__(self) -> None:
        self.kind: BodyKind = "unknown"
        self.is_done = False
        """The body is complete: `[DONE]` was received, or all of a JSON body was parsed."""
        self.byte_count = 0
        self.unreadable_events = 0
        """Number of events without valid JSON; they are skipped."""
        self.is_broken = False
        """An event without valid JSON came before the finish reason: a part of the answer may be missing."""
        self._is_finished = False
        self.is_too_long = False
        self.event_count = 0
        self.head = ""
        """The first characters, quoted in the error if the body is not a chat completion."""
        self._reader = SseReader()
        self._kept: list[bytes] = []
        self._kept_bytes = 0

    def feed(self, data: bytes) -> list[StreamChunk]:
        """Return the chunks of the events that `data` completes."""
        self.byte_count += len(data)
        if self.kind == "unknown":
            self._kept.append(data)
            data = b"".join(self._kept)
            self._kept = [data]
            self.kind = _detect_kind(data)
            if self.kind == "unknown":
                self._kept = [] if not data.strip() else self._kept
                return []
            self._kept = []
            self.head = data[:400].decode("utf-8", "replace")
        if self.kind == "events":
            chunks = self._read_events(self._reader.feed(data))
            self.is_too_long = self._reader.held_bytes > _MAX_HELD_BYTES
            return chunks
        limit = _MAX_HTML_BYTES if self.kind == "html" else _MAX_HELD_BYTES
        if self._kept_bytes < limit:
            self._kept.append(data)
            self._kept_bytes += len(data)
        else:
            self.is_too_long = True
        return []

    def close(self) -> list[StreamChunk]:
        """Return the remaining chunks after the end of the body."""
        if self.kind == "events":
            return self._read_events(self._reader.close())
        if self.kind != "json":
            return []
        found, bad = parse_json_values(self.text())
        self.unreadable_events += bad
        self.is_broken = bad
        chunks = [_read_full_message(chunk) for value in found for chunk in _as_list(value)]
        self.is_done = bool(chunks) and not bad
        return chunks

    @property
    def held_bytes(self) -> int:
        """Bytes that `close` has to parse."""
        return self._kept_bytes

    def text(self) -> str:
        """Return the body as text, if it is not a stream of events."""
        return b"".join(self._kept).decode("utf-8-sig", "replace")

    def _read_events(self, events: list[SseEvent]) -> list[StreamChunk]:
        chunks: list[StreamChunk] = []
        self.event_count += len(events)
        for name, data in events:
            if data.startswith("[DONE]") or data.strip() == "[DONE]":
                self.is_done = True
                break
            if self.is_done:
                break
            found, bad = parse_json_values(data)
            if bad:
                self.unreadable_events += 1
                self.is_broken = self.is_broken or not self._is_finished
                if name == "error" and not found:
                    chunks.append(StreamChunk(error=data))
            read = [read_chunk(value, name) for value in found]
            self._is_finished = self._is_finished or any(chunk.finish_reason for chunk in read)
            chunks += read
        return chunks


def _detect_kind(start: bytes) -> BodyKind:
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return "unknown"
    if start.startswith(b"<"):
        return "html"
    return "json" if start[:1] in b'{["' else "events"


def _as_list(value: Any) -> list[Any]:
    """Return the values of a body: a message, an error, or a list of chunks collected by a proxy."""
    return value if isinstance(value, list) else [value]


def _read_full_message(value: Any) -> StreamChunk:
    if isinstance(value, str):
        return StreamChunk(error=value)
    chunk = read_chunk(value)
    if chunk.error is None and isinstance(value, dict) and not value.get("choices") and is_flat_error(value):
        chunk.error = value
    return chunk
