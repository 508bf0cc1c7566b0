"""Checks the texts of a task and describes what each is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from roundtable_tui.resources import Persona, PersonaLibrary, Problem, Team
from roundtable_tui.resources.questions import parse_questions
from roundtable_tui.resources.task import QUESTIONS_FILE, SETTINGS_FILE, TaskSettings
from roundtable_tui.resources.validation import check_json
from roundtable_tui.setup.task_check import check_task_settings
from roundtable_tui.utils.format import count_of

WHAT_FOR = {
    "questions.txt": "The questions, one per line.",
    "context.txt": "Background that all seats should know.",
    "instructions.txt": "How to work on the question.",
    "discuss_instructions.txt": "How to work on the question.",
    "summarize_instructions.txt": "How to summarize at the end.",
    "task.toml": "Settings of the task: title, mode, team, options.",
}
"""The purpose of each text of a task."""
TextCheck = tuple[str, Sequence[Problem]]


@dataclass(frozen=True, slots=True)
class TextChecker:
    """Checks one text of a task.

    Args:
        name: the path of the text in the task's folder.
        questions: number of questions, which settings per question are checked against.
        library: where a team is looked up; None accepts any name.
        folder: the folder of the task, where files that options name are looked up.
    """

    name: str
    questions: int = 0
    library: PersonaLibrary | None = None
    folder: Path | None = None

    @property
    def is_source(self) -> bool:
        """Whether lines have numbers: each has a meaning of its own."""
        return self.name == QUESTIONS_FILE or self.has_form

    @property
    def has_form(self) -> bool:
        """Whether the text has a syntax and can be wrong."""
        return self.name == SETTINGS_FILE or _is_resource(self.name)

    def check(self, text: str) -> TextCheck:
        """Return a line about the text, and the problems."""
        if self.name == SETTINGS_FILE:
            settings, problems = check_task_settings(text, self.questions, self.library, self.folder)
            return _summarize(settings) if settings is not None and not problems else "", problems
        if _is_resource(self.name):
            model = Team if PurePath(self.name).parent.name == "teams" else Persona
            _, problems = check_json(model, text)
            return "" if problems else f"✓ Valid {model.__name__.lower()}.", problems
        if self.name == QUESTIONS_FILE:
            return f"{count_of(len(parse_questions(text)), 'question')}, one per line", []
        return count_of(len(text.split()), "word"), []


def _summarize(settings: TaskSettings) -> str:
    options = len(settings.options)
    parts = (
        f"mode {settings.mode}" if settings.mode else "",
        " → ".join(stage.mode for stage in settings.stages),
        f"team {settings.team}" if settings.team else "",
        count_of(options, "option") if options else "",
    )
    return "✓ " + (", ".join(part for part in parts if part) or "Valid.")


def _is_resource(name: str) -> bool:
    path = PurePath(name)
    return path.suffix == ".json" and path.parts[0] in ("participants", "personas")
