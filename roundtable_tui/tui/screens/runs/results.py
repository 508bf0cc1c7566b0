"""What a person wants done with a run at the table: what the screens about runs give back to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roundtable_tui.setup.request import ForkChanges


@dataclass(frozen=True, slots=True)
class ResumeRun:
    """Go on with a run."""

    folder: Path


@dataclass(frozen=True, slots=True)
class ForkRun:
    """Fork a run at a turn, "" for its start."""

    folder: Path
    turn: str
    changes: ForkChanges


@dataclass(frozen=True, slots=True)
class FollowUpRun:
    """Ask the next question with a run as its background."""

    folder: Path


RunsScreenResult = ResumeRun | ForkRun | FollowUpRun
