"""A server that records the keys it receives."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

KEY = "sk-of-the-environment-1234567890"
DISCOVERED_NAME = "vLLM"
"""The name of the server discovered on a known port."""


@dataclass
class KeyRecordingServer:
    """A server that answers everything with 401 and JSON, and records the requests."""

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
        """The received keys, without the placeholder for none."""
        return {sent.removeprefix("Bearer ") for _, sent in self.received} - {"", "none"}


def read_output_without_key(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    assert KEY not in said.out + said.err
    return said.out + said.err
