"""What these tests stand on: servers that keep the keys they are sent, and keys in the environment."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.llm.servers import discovery
from tests.support.key_trap import DISCOVERED_NAME, KEY, KeyRecordingServer


@pytest.fixture
def make_recorder() -> Iterator[Callable[..., KeyRecordingServer]]:
    """Return what starts a server."""
    running: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(status: int = 401, location: str = "") -> KeyRecordingServer:
        recorder = KeyRecordingServer(status=status, location=location)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", "0")))
                recorder.received.append((self.path, self.headers.get("authorization", "")))
                body = json.dumps({"error": {"message": "unauthorized"}}).encode()
                self.send_response(recorder.status)
                if recorder.location:
                    self.send_header("location", recorder.location)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.send_header("connection", "close")
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = _answer

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        recorder.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        running.append((server, thread))
        return recorder

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def recorder(
    make_recorder: Callable[..., KeyRecordingServer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> KeyRecordingServer:
    """A server found on a known port of this machine, in an empty folder, with keys in the environment."""
    found = make_recorder()
    ports = {found.port: DISCOVERED_NAME}
    monkeypatch.setattr(discovery, "discover", partial(discovery.discover, timeout_s=30.0, ports=ports))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("LITELLM_API_KEY", KEY)
    return found


@pytest.fixture
def owner(
    make_recorder: Callable[..., KeyRecordingServer], monkeypatch: pytest.MonkeyPatch
) -> KeyRecordingServer:
    """The server that the key was given for."""
    found = make_recorder()
    monkeypatch.setenv("OPENAI_BASE_URL", found.url)
    return found
