"""The task and the mode of a recorded run, for a run that takes them over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from roundtable_tui import modes
from roundtable_tui.engine import events
from roundtable_tui.history.recorded_values import as_texts
from roundtable_tui.resources import Task
from roundtable_tui.resources.task import TaskSettings


def task_from_record(header: events.RunStarted) -> Task | None:
    """Return the task with its texts as recorded; None if the run had none."""
    if not header.task:
        return None

    def text(key: str) -> str:
        return str(header.task.get(key, "")) if header.task else ""

    return Task(
        name=text("name"), path=Path(), context=text("context"), instructions=text("instructions"),
        summarize=text("summarize"), questions=as_texts(header.task.get("questions")),
        settings=TaskSettings.model_construct(answers=as_texts(header.task.get("answers"))),
    )  # fmt: skip


def mode_of_record(header: events.RunStarted) -> str:
    """Return the mode of a run; for a pipeline, that of its last stage."""
    rows = header.options.get("stages") if header.mode == modes.PIPELINE else None
    last = rows[-1] if isinstance(rows, list | tuple) and rows else None
    return str(last.get("mode", "")) if isinstance(last, Mapping) else header.mode
