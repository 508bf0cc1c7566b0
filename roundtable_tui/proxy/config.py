"""How the proxy was started."""

from __future__ import annotations

from dataclasses import dataclass, field

from roundtable_tui.setup.request import RunRequest

DEFAULT_PORT = 11500
"""Not a port that model servers use by default."""
DEFAULT_RUNS = 2
REQUESTS_PER_MINUTE = 3_000
MAX_BODY_BYTES = 20 * 1024 * 1024
BODY_TIMEOUT_S = 120.0
"""Seconds in which a body has to arrive."""


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """The choices of the user at the start."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    """0 for any free one."""
    key: str = field(default="", repr=False)
    """The key that clients need; "" for none."""
    origins: tuple[str, ...] = ()
    """Web pages that may ask."""
    host_names: tuple[str, ...] = ()
    """Further host names of the proxy."""
    max_runs: int = DEFAULT_RUNS
    """Panels at a time."""
    requests_per_minute: int = REQUESTS_PER_MINUTE
    """Of one client."""
    request: RunRequest = field(default_factory=RunRequest)
    """What every run starts from: server, model, budget, and whether it is recorded."""
