"""What there is to say of a text while it is typed: a count, or what is wrong and on which line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from roundtable_tui.files import Persona, PersonaLibrary, Problem, Team
from roundtable_tui.files.problems import check_json
from roundtable_tui.files.task import QUESTIONS, SETTINGS, TaskSettings
from roundtable_tui.launch.task_check import check_task_settings

WHAT_FOR = {
    "questions.txt": "The questions, one a line.",
    "context.txt": "What everybody at the table should know.",
    "instructions.txt": "How to go about it.",
    "discuss_instructions.txt": "How to go about it.",
    "summarize_instructions.txt": "How to sum up at the end.",
    "task.toml": "How the task is best run: title, mode, team, options.",
}
"""What each text of a task is for."""
Checked = tuple[str, Sequence[Problem]]


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks the text called `name` of a task with so many questions; the team is looked for in `library`,
    and files that options name in the task's `folder`.
    """

    name: str
    questions: int = 0
    library: PersonaLibrary | None = None
    folder: Path | None = None

    @property
    def is_source(self) -> bool:
        """Whether the lines of the text are numbered: each of them means something."""
        return self.name == QUESTIONS or self.has_form

    @property
    def has_form(self) -> bool:
        """Whether the text can be wrong."""
        return self.name == SETTINGS or _is_of_people(self.name)

    def check(self, text: str) -> Checked:
        """Return a line about the text, and its faults."""
        if self.name == SETTINGS:
            settings, problems = check_task_settings(text, self.questions, self.library, self.folder)
            return _in_words(settings) if settings is not None and not problems else "", problems
        if _is_of_people(self.name):
            model = Team if PurePath(self.name).parent.name == "teams" else Persona
            _, problems = check_json(model, text)
            return "" if problems else f"✓ A {model.__name__.lower()}.", problems
        if self.name == QUESTIONS:
            count = sum(bool(line.strip()) for line in text.split("\n"))
            return f"{count} question{'' if count == 1 else 's'}, one a line", []
        words = len(text.split())
        return f"{words:,} word{'' if words == 1 else 's'}", []


def _in_words(settings: TaskSettings) -> str:
    options = len(settings.options)
    parts = (
        f"mode {settings.mode}" if settings.mode else "",
        " → ".join(stage.mode for stage in settings.stages),
        f"team {settings.team}" if settings.team else "",
        f"{options} option{'s' * (options != 1)}" if options else "",
    )
    return "✓ " + (", ".join(part for part in parts if part) or "Nothing is wrong.")


def _is_of_people(name: str) -> bool:
    path = PurePath(name)
    return path.suffix == ".json" and path.parts[0] in ("participants", "personas")
