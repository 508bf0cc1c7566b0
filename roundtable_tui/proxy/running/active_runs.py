"""The runs of the proxy: equal requests share one, and a finished answer is kept for those who lost it.

Equal bodies of the same key join one run while it is active. Afterwards only a retry of the client, or a
request whose connection broke, gets the finished answer, for `KEPT_S`; any other request is a new run.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from roundtable_tui.proxy.errors import RETRY_AFTER_S, ProxyError
from roundtable_tui.proxy.running.shared_run import SharedRun, Work

KEPT_S = 300.0
"""Seconds for which a finished answer is kept."""
MAX_KEPT = 200
MAX_SINGLE_CALLS = 128
"""Runs of one call at a time; their number per server is limited by its settings too."""
_TRANSPORT_FIELDS = ("stream", "stream_options", "user", "metadata")
"""Fields that do not change the answer."""


class ActiveRuns:
    """Starts, shares and keeps runs."""

    def __init__(self, max_panels: int) -> None:
        """`max_panels` is the number of panels at a time."""
        self._max_panels = max_panels
        self._active: dict[str, SharedRun] = {}
        self._kept: dict[str, tuple[float, SharedRun]] = {}
        self._runs: set[SharedRun] = set()

    def __len__(self) -> int:
        """Return the number of runs that have not ended."""
        return len(self._runs)

    def join_or_start(self, name: str, work: Work, *, is_panel: bool, is_retry: bool) -> SharedRun:
        """Return the run for a request; the caller has to `listen` to it before it awaits anything.

        Args:
            name: what makes requests equal, see `fingerprint`.
            work: executes the run if it has to be started.
            is_panel: False for a run of one call.
            is_retry: the client says that it has sent this request before.

        Raises:
            ProxyError: too many runs are active.
        """
        if (run := self._active.get(name)) is not None and run.is_active:
            return run
        if (kept := self._find_kept(name, is_retry)) is not None:
            return kept
        running = sum(run.is_panel == is_panel and run.is_active for run in self._runs)
        if running >= (self._max_panels if is_panel else MAX_SINGLE_CALLS):
            what = f"{running} runs are active, which is the limit: try again later"
            raise ProxyError(429, what, code="too_many_runs", retry_after_s=RETRY_AFTER_S)
        run = SharedRun(work, is_panel=is_panel, on_end=lambda run: self._on_end(name, run))
        self._active[name] = run
        self._runs.add(run)
        return run

    async def aclose(self) -> None:
        """End all runs, with their records."""
        await asyncio.gather(*(run.cancel() for run in list(self._runs)))

    def _find_kept(self, name: str, is_retry: bool) -> SharedRun | None:
        self._drop_old()
        found = self._kept.get(name)
        if found is None:
            return None
        run = found[1]
        if is_retry:
            return run
        if run.undelivered > 0:
            run.undelivered -= 1
            return run
        return None

    def _on_end(self, name: str, run: SharedRun) -> None:
        self._runs.discard(run)
        if self._active.get(name) is run:
            del self._active[name]
        if run.end is not None and run.end.error is None:
            self._kept.pop(name, None)  # The order is that of their ends.
            self._kept[name] = (asyncio.get_running_loop().time(), run)
            self._drop_old()

    def _drop_old(self) -> None:
        now = asyncio.get_running_loop().time()
        expired = sum(now - since > KEPT_S for since, _ in self._kept.values())
        for name in list(self._kept)[: max(expired, len(self._kept) - MAX_KEPT)]:
            del self._kept[name]


def fingerprint(key: str, body: Mapping[str, Any], idempotency_key: str = "") -> str:
    """Return a hash that equal requests of the same key share.

    Args:
        key: the key that the client sent; only its hash is kept.
        body: the body as a chat completion; fields about the transport do not count.
        idempotency_key: the header of that name.
    """
    rest = {name: value for name, value in body.items() if name not in _TRANSPORT_FIELDS}
    text = json.dumps([key, rest, idempotency_key], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
