"""A port that is known before a server listens on it, or after it has stopped."""

from __future__ import annotations

import socket
from random import SystemRandom

_NOT_GIVEN_BY_SYSTEM = range(10_000, 32_000)
"""Systems give ports above these to connections: a port of theirs is taken by another program at any time."""


def choose_port() -> int:
    """Return a port of this machine that is free, and that only a program that names it can take."""
    for port in SystemRandom().sample(_NOT_GIVEN_BY_SYSTEM, 100):
        with socket.socket() as found:
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("no free port")
