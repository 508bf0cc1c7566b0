"""Results of the screens on recorded runs: what the main screen should start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roundtable_tui.setup.request import ForkChanges


@dataclass(frozen=True, slots=True)
class ResumeRun:
    """Resume a run."""

    folder: Path


@dataclass(frozen=True, slots=True)
class ForkRun:
    """Fork a run at a turn, "" for its start."""

    folder: Path
    turn: str
    changes: ForkChanges


@dataclass(frozen=True, slots=True)
class FollowUpRun:
    """Ask the next question with a run as context."""

    folder: Path


RunsScreenResult = ResumeRun | ForkRun | FollowUpRun
