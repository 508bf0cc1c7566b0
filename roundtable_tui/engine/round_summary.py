"""A seat's own summary of the older rounds of its conversation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """Takes the place of the first `covered` messages, of which the first (with the question) stays."""

    covered: int
    text: str
