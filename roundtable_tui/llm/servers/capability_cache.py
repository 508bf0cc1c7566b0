"""Remembers what servers taught: in the process, and in the cache folder for the next time."""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from roundtable_tui.llm.request.capabilities import Traits
from roundtable_tui.llm.servers import capability_cache
from roundtable_tui.llm.types import Finished, Shape
from roundtable_tui.utils import paths

_FEWEST = 8
"""Tokens from which a rate says anything."""
_SHORTEST_S = 0.05
_WEIGHT = 0.3
"""What the last call counts for against all before it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one model on one server; None where nothing was."""

    ttft_s: float | None = None
    """Seconds to the first token."""
    rate: float | None = None
    """Tokens a second from there on."""
    tools: bool | None = None
    """It has called a tool when told to."""
    json: bool | None = None
    """It has kept to a JSON schema."""


def after(before: Seen, end: Finished, shape: Shape | None) -> Seen:
    """Return what is seen after one more call; the last calls count for most."""
    now = before
    if end.ttft_s is not None and end.attempts == 1:
        now = replace(now, ttft_s=_mixed(before.ttft_s, end.ttft_s))
        tokens, seconds = end.usage.completion_tokens, end.elapsed_s - end.ttft_s
        if tokens >= _FEWEST and seconds >= _SHORTEST_S:
            now = replace(now, rate=_mixed(before.rate, (tokens - 1) / seconds))
    if shape is not None and shape.how == "tool" and end.tool_arguments:
        now = replace(now, tools=True)
    if shape is not None and shape.how == "json_schema" and _is_object(end.text):
        now = replace(now, json=True)
    return now


def read(stored: Any) -> Seen:
    """Return what a file says, as far as it makes sense."""
    if not isinstance(stored, dict):
        return Seen()
    figures = {
        name: float(value)
        for name in ("ttft_s", "rate")
        if isinstance(value := stored.get(name), float) and 0 <= value < 1e6
    }
    shapes = {name: True for name in ("tools", "json") if stored.get(name) is True}
    return Seen(**figures, **shapes)  # type: ignore[arg-type]


def _mixed(before: float | None, now: float) -> float:
    return now if before is None else before + _WEIGHT * (now - before)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


_DAYS_KEPT = 14
_ENTRIES_KEPT = 500


class ServerMemory:
    """Traits by (base URL, model), and base URLs that need /v1.

    A file that cannot be read or written is no fault: what it would hold is learned again.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._entries: dict[str, dict[str, Any]] | None = None
        self._unsaved = False

    def traits(self, base: str, model: str) -> Traits:
        """Return what is known of a model."""
        stored = self._load().get(f"{base} {model}", {}).get("traits", {})
        return _traits_of(stored)

    def learn(self, base: str, model: str, traits: Traits, *, keep: bool = True) -> None:
        """Remember `traits`; on disk too if `keep`."""
        self._put(f"{base} {model}", {"traits": asdict(traits)}, keep=keep)

    def seen(self, base: str, model: str) -> Seen:
        """Return how a model has answered."""
        return capability_cache.read(self._load().get(f"seen {base} {model}", {}).get("seen"))

    def note(self, base: str, model: str, end: Finished, shape: Shape | None, *, keep: bool = True) -> None:
        """Remember how a call went; written with what is learned next, or by `save`."""
        seen = capability_cache.after(self.seen(base, model), end, shape)
        self._enter(f"seen {base} {model}", {"seen": asdict(seen)}, keep=keep)
        self._unsaved = self._unsaved or keep

    def save(self) -> None:
        """Write what has been noted."""
        if self._unsaved:
            self._save()

    def needs_v1(self, base: str) -> bool:
        """Tell whether this bare base URL was found to need /v1."""
        return self._load().get(base, {}).get("v1") is True

    def learn_v1(self, base: str, *, keep: bool = True) -> None:
        """Remember that this bare base URL needs /v1."""
        self._put(base, {"v1": True}, keep=keep)

    def _put(self, name: str, entry: dict[str, Any], *, keep: bool) -> None:
        self._enter(name, entry, keep=keep)
        if keep:
            self._save()

    def _enter(self, name: str, entry: dict[str, Any], *, keep: bool) -> None:
        entries = self._load()
        entries.pop(name, None)
        entries[name] = {**entry, "learned": int(time.time()), "keep": keep}

    def _path(self) -> Path:
        return self._file or paths.cache_dir() / "servers.json"

    def _load(self) -> dict[str, dict[str, Any]]:
        if self._entries is None:
            self._entries = {}
            with contextlib.suppress(OSError, ValueError, RecursionError):
                stored = json.loads(self._path().read_text("utf-8"))
                oldest = time.time() - _DAYS_KEPT * 86_400
                if isinstance(stored, dict):
                    self._entries = {
                        name: entry for name, entry in stored.items() if _is_fresh(entry, oldest)
                    }
        return self._entries

    def _save(self) -> None:
        self._unsaved = False
        kept = {name: entry for name, entry in self._load().items() if entry.get("keep")}
        newest = dict(list(kept.items())[-_ENTRIES_KEPT:])
        path = self._path()
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            paths.ensure(path.parent)
            beside.touch(mode=0o600)
            beside.write_text(json.dumps(newest, indent=1), "utf-8")
            beside.replace(path)


def _is_fresh(entry: Any, oldest: float) -> bool:
    # Servers are updated: what one refused is asked again after a while.
    return isinstance(entry, dict) and isinstance(entry.get("learned"), int) and entry["learned"] > oldest


def _traits_of(stored: Any) -> Traits:
    if not isinstance(stored, dict):
        return Traits()
    default = Traits()
    known = {field.name: stored[field.name] for field in fields(Traits) if field.name in stored}
    return Traits(
        **{name: value for name, value in known.items() if type(value) is type(getattr(default, name))}
    )
