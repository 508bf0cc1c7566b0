"""A server that keeps the keys it is sent."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

KEY = "sk-of-the-environment-1234567890"
DISCOVERED_NAME = "vLLM"
"""What the server found on a known port is called."""


@dataclass
class KeyRecordingServer:
    """A server that refuses everything with 401 and JSON, and keeps what it was sent."""

    port: int = 0
    status: int = 401
    location: str = ""
    received: list[tuple[str, str]] = field(default_factory=list)
    """(path, Authorization) of each request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def keys(self) -> set[str]:
        """What was sent as a key, without the placeholder for none."""
        return {sent.removeprefix("Bearer ") for _, sent in self.received} - {"", "none"}


def read_output_without_key(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    assert KEY not in said.out + said.err
    return said.out + said.err
