"""What a format has to do: make a whole reply of a finished run, and events of its pieces."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.proxy.running.pieces import Piece, RunEnd


class ReplyFormat(Protocol):
    """One reply to one client, streamed or whole."""

    def whole(self, end: RunEnd) -> Mapping[str, Any]:
        """Return the body of a whole reply."""
        ...

    def start(self) -> Iterable[bytes]:
        """Return the events that begin a stream."""
        ...

    def piece(self, piece: Piece) -> Iterable[bytes]:
        """Return the events of a piece."""
        ...

    def finish(self, end: RunEnd) -> Iterable[bytes]:
        """Return the events that end a stream after a whole answer."""
        ...

    def fail(self, error: ProxyError) -> Iterable[bytes]:
        """Return the events of an error in the middle of a stream."""
        ...

    def keep_alive(self) -> bytes:
        """Return what is sent while nothing else is."""
        ...


def sse(data: object, name: str = "") -> bytes:
    """Return one server-sent event; a text is sent as it is, other data as JSON."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {text}\n\n".encode("utf-8", "replace")
