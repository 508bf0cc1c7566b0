"""A scripted OpenAI-compatible server on a real port: see `tests.support.fake_server.server`."""

from __future__ import annotations

from tests.support.fake_server.reply import Reply, chunk, error, event, page, words
from tests.support.fake_server.server import FakeServer, Script, Seen
from tests.support.fake_server.threaded import served

__all__ = ["FakeServer", "Reply", "Script", "Seen", "chunk", "error", "event", "page", "served", "words"]
