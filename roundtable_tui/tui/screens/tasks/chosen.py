"""What was decided among the tasks, for the table to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chosen:
    """A task by its name or folder, "" for none; which of its questions; and whether to start it at once."""

    task: str
    nth: int = 1
    start: bool = False
