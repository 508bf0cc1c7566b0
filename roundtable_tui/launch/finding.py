"""One thing that was found out about a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """A line for a person, of clean text. `mark`: ok, note (works, but), bad, or wait: not yet known."""

    mark: Literal["ok", "note", "bad", "wait"]
    what: str
    do: str = ""
    models: tuple[str, ...] = ()
    """What it lists, as it spells them."""
    url: str = ""
    """The address that would be right."""

    def __str__(self) -> str:
        return f"{self.what.rstrip('.')}. {self.do}" if self.do else self.what


def took(seconds: float) -> str:
    """Return a time as a person reads it."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
