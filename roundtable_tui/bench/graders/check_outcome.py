"""The result of one check."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """Whether an answer passes a check."""

    correct: bool
    extracted: str
    """What was compared, such as the letter found."""
    reason: str = ""
    """Why it does not pass, where that can be said."""
