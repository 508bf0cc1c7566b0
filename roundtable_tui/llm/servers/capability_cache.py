"""Stores the capabilities and the speed of models, in memory and in the cache folder."""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from roundtable_tui.errors import FileError
from roundtable_tui.llm.request.capabilities import ServerCapabilities
from roundtable_tui.llm.types import Finished, OutputSchema
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.nesting import load_json

_MIN_TOKENS = 8
"""Number of tokens from which on a rate is meaningful."""
_MIN_DURATION_S = 0.05
_SMOOTHING_FACTOR = 0.3
"""Weight of the last call in the exponential moving average."""


@dataclass(frozen=True, slots=True)
class ModelStats:
    """Measurements of one model on one server; None where there is none yet."""

    ttft_s: float | None = None
    """Time to first token, in seconds."""
    rate: float | None = None
    """Tokens per second after the first token."""
    tools: bool | None = None
    """True if it has called a tool when required to."""
    json: bool | None = None
    """True if it has followed a JSON schema."""


def update_stats(before: ModelStats, end: Finished, shape: OutputSchema | None) -> ModelStats:
    """Return the measurements after one more call: exponential moving averages."""
    now = before
    if end.ttft_s is not None and end.attempts == 1:
        now = replace(now, ttft_s=_moving_average(before.ttft_s, end.ttft_s))
        tokens, seconds = end.usage.completion_tokens, end.elapsed_s - end.ttft_s
        if tokens >= _MIN_TOKENS and seconds >= _MIN_DURATION_S:
            now = replace(now, rate=_moving_average(before.rate, (tokens - 1) / seconds))
    if shape is not None and shape.method == "tool" and end.tool_arguments:
        now = replace(now, tools=True)
    if shape is not None and shape.method == "json_schema" and _is_json_object(end.text):
        now = replace(now, json=True)
    return now


def load_stats(stored: Any) -> ModelStats:
    """Parse stored measurements; invalid values are ignored."""
    if not isinstance(stored, dict):
        return ModelStats()
    figures = {
        name: float(value)
        for name in ("ttft_s", "rate")
        if isinstance(value := stored.get(name), float) and 0 <= value < 1e6
    }
    shapes = {name: True for name in ("tools", "json") if stored.get(name) is True}
    return ModelStats(**figures, **shapes)  # type: ignore[arg-type]


def _moving_average(before: float | None, now: float) -> float:
    return now if before is None else before + _SMOOTHING_FACTOR * (now - before)


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(load_json(text), dict)
    except (ValueError, RecursionError):
        return False


_MAX_AGE_DAYS = 14
_MAX_ENTRIES = 500
_MAX_FILE_BYTES = 4 * files.BYTES_PER_MB
_UNKNOWN = ServerCapabilities()


class CapabilityCache:
    """Capabilities and measurements by (base URL, model), and the base URLs that need /v1.

    A file that cannot be read or written is not an error: its content will be learned again.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._entries: dict[str, dict[str, Any]] | None = None
        self._is_dirty = False

    def get_capabilities(self, base: str, model: str) -> ServerCapabilities:
        """Return the capabilities of a model, as far as known."""
        stored = self._load().get(f"{base} {model}", {}).get("traits", {})
        return _load_capabilities(stored) if stored else _UNKNOWN

    def record_capabilities(
        self, base: str, model: str, capabilities: ServerCapabilities, *, persist: bool = True
    ) -> None:
        """Store the capabilities of a model, with `persist` also on disk."""
        self._set_and_save(f"{base} {model}", {"traits": asdict(capabilities)}, persist=persist)

    def get_stats(self, base: str, model: str) -> ModelStats:
        """Return the measurements of a model."""
        return load_stats(self._load().get(f"seen {base} {model}", {}).get("seen"))

    def record_stats(
        self, base: str, model: str, end: Finished, shape: OutputSchema | None, *, persist: bool = True
    ) -> None:
        """Update the measurements of a model; `save`, or the next change of capabilities, writes them."""
        seen = update_stats(self.get_stats(base, model), end, shape)
        self._set_entry(f"seen {base} {model}", {"seen": asdict(seen)}, persist=persist)
        self._is_dirty = self._is_dirty or persist

    def get_window(self, base: str, model: str) -> int | None:
        """Return the tokens that a model can hold, prompt and answer together; None if unknown."""
        stored = self._load().get(f"window {base} {model}", {}).get("window")
        return stored if isinstance(stored, int) and not isinstance(stored, bool) and stored > 0 else None

    def record_window(self, base: str, model: str, window: int) -> None:
        """Keep the tokens that a model can hold, in memory: the next start of a server may change them."""
        self._set_entry(f"window {base} {model}", {"window": window}, persist=False)

    def get_vision(self, base: str, model: str) -> bool | None:
        """Return whether the server says that a model reads pictures; None if it has not said so."""
        stored = self._load().get(f"vision {base} {model}", {}).get("vision")
        return stored if isinstance(stored, bool) else None

    def record_vision(self, base: str, model: str, sees: bool) -> None:
        """Keep what the server says, in memory: the next start of a server may change it."""
        self._set_entry(f"vision {base} {model}", {"vision": sees}, persist=False)

    def save(self) -> None:
        """Write measurements that are not on disk yet."""
        if self._is_dirty:
            self._save()

    def needs_v1(self, base: str) -> bool:
        """Return whether this base URL without a path is known to need /v1."""
        return self._load().get(base, {}).get("v1") is True

    def record_v1(self, base: str, *, persist: bool = True) -> None:
        """Store that this base URL without a path needs /v1."""
        self._set_and_save(base, {"v1": True}, persist=persist)

    def _set_and_save(self, name: str, entry: dict[str, Any], *, persist: bool) -> None:
        self._set_entry(name, entry, persist=persist)
        if persist:
            self._save()

    def _set_entry(self, name: str, entry: dict[str, Any], *, persist: bool) -> None:
        entries = self._load()
        entries.pop(name, None)
        entries[name] = {**entry, "learned": int(time.time()), "keep": persist}

    def _path(self) -> Path:
        return self._file or paths.cache_dir() / "servers.json"

    def _load(self) -> dict[str, dict[str, Any]]:
        if self._entries is None:
            self._entries = {}
            with contextlib.suppress(FileError, ValueError):
                stored = load_json(files.read_text(self._path(), _MAX_FILE_BYTES))
                oldest = time.time() - _MAX_AGE_DAYS * 86_400
                if isinstance(stored, dict):
                    self._entries = {
                        name: entry for name, entry in stored.items() if _is_fresh(entry, oldest)
                    }
        return self._entries

    def _save(self) -> None:
        self._is_dirty = False
        kept = {name: entry for name, entry in self._load().items() if entry.get("keep")}
        newest = dict(list(kept.items())[-_MAX_ENTRIES:])
        path = self._path()
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            paths.make_private_dir(path.parent)
            beside.touch(mode=0o600)
            beside.write_text(json.dumps(newest), "utf-8")
            beside.replace(path)


def _is_fresh(entry: Any, oldest: float) -> bool:
    # Servers are updated: what one rejected is tried again after two weeks.
    return isinstance(entry, dict) and isinstance(entry.get("learned"), int) and entry["learned"] > oldest


def _load_capabilities(stored: Any) -> ServerCapabilities:
    if not isinstance(stored, dict):
        return _UNKNOWN
    known = {field.name: stored[field.name] for field in fields(ServerCapabilities) if field.name in stored}
    return ServerCapabilities(
        **{name: value for name, value in known.items() if type(value) is type(getattr(_UNKNOWN, name))}
    )
