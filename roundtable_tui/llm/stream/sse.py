"""Parses server-sent events (SSE): bytes in, (event name, data) out.

Follows https://html.spec.whatwg.org/multipage/server-sent-events.html and also accepts what servers send
against it: events without a blank line between them, a last event without a line end, bare lines of
JSON, and invalid UTF-8. The cost is linear in the number of bytes, however they are divided.
"""

from __future__ import annotations

SseEvent = tuple[str, str]
"""(name, data); the name is "" where the server gave none."""

_BOM = b"\xef\xbb\xbf"


class SseReader:
    """An incremental parser: `feed` it the bytes that arrive, `close` it at the end of the body."""

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
