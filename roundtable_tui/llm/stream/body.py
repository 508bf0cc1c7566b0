"""Reads the body of a 200 response: a stream of server-sent events, plain JSON, or an HTML page.

The kind is detected from the content, because servers send wrong content types.
"""

from __future__ import annotations

from typing import Any, Literal

from roundtable_tui.llm.stream.chunk import StreamChunk, is_flat_error, parse_json_values, read_chunk
from roundtable_tui.llm.stream.chunk_template import ChunkTemplate

BodyKind = Literal["unknown", "events", "json", "html"]
SseEvent = tuple[str, str]
"""(name, data); the name is "" where the server gave none."""

_MAX_HELD_BYTES = 6 * 1024 * 1024
"""More than an answer and its reasoning of the maximum length, with every character escaped."""
_MAX_HTML_BYTES = 64 * 1024
_BOM = b"\xef\xbb\xbf"


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
        self._template = ChunkTemplate()
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
        """Return the chunks of some events; several short pieces of text may be one chunk."""
        chunks: list[StreamChunk] = []
        self.event_count += len(events)
        for name, data in events:
            if data.startswith("[DONE]") or data.strip() == "[DONE]":
                self.is_done = True
                break
            if self.is_done:
                break
            if name != "error" and self._template.read(data, chunks):
                continue
            found, bad = parse_json_values(data)
            if bad:
                self.unreadable_events += 1
                self.is_broken = self.is_broken or not self._is_finished
                if name == "error" and not found:
                    chunks.append(StreamChunk(error=data))
            read = [read_chunk(value, name) for value in found]
            self._is_finished = self._is_finished or any(chunk.finish_reason for chunk in read)
            chunks += read
            if len(read) == 1:
                self._template.learn(data, read[0])
        return chunks


def _detect_kind(start: bytes) -> BodyKind:
    start = start.removeprefix(_BOM).lstrip()
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


class SseReader:
    """An incremental parser of server-sent events (SSE): bytes in, (event name, data) out.

    Follows https://html.spec.whatwg.org/multipage/server-sent-events.html and also accepts what servers send
    against it: events without a blank line between them, a last event without a line end, bare lines of
    JSON, and invalid UTF-8. The cost is linear in the number of bytes, however they are divided.
    """

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._first_line = True
        self._skip_lf = False
        self._name = ""
        self._data: list[str] = []
        self._rest_bytes = 0
        self._data_chars = 0

    @property
    def held_bytes(self) -> int:
        """Bytes of the line and characters of the event that have not ended yet."""
        return self._rest_bytes + self._data_chars

    def feed(self, data: bytes) -> list[SseEvent]:
        """Return the events that `data` completes."""
        if self._skip_lf and data:
            data = data.removeprefix(b"\n")
            self._skip_lf = False
        if b"\r" in data:
            # A CR ends its line at once; an LF that comes with the next bytes belongs to it.
            self._skip_lf = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        cut = data.rfind(b"\n")
        if cut < 0:
            self._hold(data)
            return []
        whole = b"".join((*self._rest, data[:cut])) if self._rest else data[:cut]
        self._rest.clear()
        self._rest_bytes = 0
        self._hold(data[cut + 1 :])
        return self._read_lines(whole)

    def close(self) -> list[SseEvent]:
        """Return the events that are complete if the body ended in a blank line."""
        whole = b"".join(self._rest) + b"\n"
        self._rest.clear()
        self._rest_bytes = 0
        return self._read_lines(whole)

    def _hold(self, data: bytes) -> None:
        if data:
            self._rest.append(data)
            self._rest_bytes += len(data)

    def _read_lines(self, block: bytes) -> list[SseEvent]:
        if self._first_line:
            block = block.removeprefix(_BOM)
            self._first_line = False
        events: list[SseEvent] = []
        for line in block.decode("utf-8", "replace").split("\n"):
            if not line:
                self._dispatch(events)
            elif line.startswith("data:"):
                self._add_data(line[6:] if line.startswith(" ", 5) else line[5:], events)
            elif line.startswith("{"):
                self._add_data(line, events)
            elif not line.startswith(":"):
                self._read_other_field(line, events)
        return events

    def _read_other_field(self, line: str, events: list[SseEvent]) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            if self._data:
                self._dispatch(events)
            self._name = value
        elif field == "error":
            # Older llama.cpp servers: `error: {...}` as a field of its own.
            self._dispatch(events)
            events.append(("error", value))

    def _add_data(self, value: str, events: list[SseEvent]) -> None:
        # No JSON text continues with "{" after a line that starts with "{" and ends with "}":
        # the server omitted a blank line.
        if self._data and value.startswith(("{", "[DONE]")):
            before = self._data[-1]
            if before.endswith("}") and self._data[0].startswith("{"):
                self._dispatch(events)
        self._data.append(value)
        self._data_chars += len(value) + 1

    def _dispatch(self, events: list[SseEvent]) -> None:
        if self._data:
            data = self._data[0] if len(self._data) == 1 else "\n".join(self._data)
            if data.strip():
                events.append((self._name, data))
            self._data, self._data_chars = [], 0
        self._name = ""
