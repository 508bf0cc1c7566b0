"""A task: a folder of texts with the question and the instructions of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from roundtable_tui.config.toml_edit import find_key_line, find_key_lines, parse
from roundtable_tui.errors import FileError, RoundtableError
from roundtable_tui.resources.inside import own
from roundtable_tui.resources.persona import FileModel, Params, SingleLine, slugify
from roundtable_tui.resources.questions import parse_questions
from roundtable_tui.resources.reading import MAX_TASK_BYTES, is_folder, read_text
from roundtable_tui.resources.validation import Problem, check_data
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line

CONTEXT_FILE = "context.txt"
INSTRUCTIONS_FILES = ("discuss_instructions.txt", "instructions.txt")
"""The two names of one text; where both hold something, the first is used."""
SUMMARIZE_FILE = "summarize_instructions.txt"
QUESTIONS_FILE = "questions.txt"
QUESTIONS_MARKDOWN_FILE = "questions.md"
"""Questions in Markdown, read where there is no `questions.txt`."""
SETTINGS_FILE = "task.toml"
GIVEN_CONTEXT_NAME = "context"
"""The name of the task that a context given with a question makes."""
CHECKOUT_TASK_DIR = "task"
"""The task's folder in an airoundtable checkout, whose `participants/` is beside it."""
CHECKOUT_MODE = "roundtable"
_NEEDED = (QUESTIONS_FILE, CONTEXT_FILE, *INSTRUCTIONS_FILES)
WORD_PATTERN = r"^[a-z][a-z0-9_-]*$"
OPTIONAL_WORD_PATTERN = rf"{WORD_PATTERN}|^$"


class StageSettings(BaseModel):
    """A stage of a pipeline: a mode with its own personas and options."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    mode: str = Field(pattern=WORD_PATTERN, description="The mode of the stage: chain, pro, debate, ...")
    on: Literal["answer", "disputed"] = Field(
        default="answer",
        description="What it works on: the question, with the answer of the stage before as background; or"
        " what the answers before it dispute, and it is left out where they dispute nothing.",
    )
    ask: str = Field(
        default="", max_length=4000, description="What this stage is asked, in place of the question."
    )
    team: SingleLine = Field(
        default="", max_length=40, description="The team of the stage, else the mode's own."
    )
    options: dict[str, Any] = Field(default_factory=dict, description="Options of the stage's mode.")


def _require_tables(given: Any) -> Any:
    if not isinstance(given, list | tuple):
        raise ValueError("tables, each under a line [[stages]]")
    return given


class TaskSettings(FileModel):
    """The content of `task.toml`: how the task is run by default."""

    title: SingleLine = Field(default="", max_length=120, description="What the task is about, in a line.")
    mode: str = Field(
        default="",
        pattern=OPTIONAL_WORD_PATTERN,
        description="The mode it is made for: pro, debate, roundtable, ...",
    )
    team: SingleLine = Field(default="", max_length=40, description="The team it is made for.")
    options: dict[str, Any] = Field(
        default_factory=dict, description="Options of the mode, in place of its defaults."
    )
    stages: Annotated[tuple[StageSettings, ...], BeforeValidator(_require_tables), Field(strict=False)] = (
        Field(
            default=(),
            max_length=12,
            description="A pipeline instead of a mode: modes in order, each given the results before it.",
        )
    )
    params: Params = Field(
        default_factory=dict,
        description="Parameters of the generation, by name, where neither persona nor mode sets them.",
    )
    files: Annotated[tuple[SingleLine, ...], Field(strict=False)] = Field(
        default=(),
        max_length=200,
        description="Files and folders of the task that its seats may look into with tools.",
    )
    answers: Annotated[tuple[SingleLine, ...], Field(strict=False)] = Field(
        default=(),
        max_length=10_000,
        description="The right answers, one a question, where known; not shown to seats.",
    )


@dataclass(frozen=True, slots=True)
class Task:
    """The texts of a task, stripped; "" for a missing file."""

    name: str
    """The name of its folder."""
    path: Path
    title: str = ""
    context: str = ""
    """What everyone should know."""
    instructions: str = ""
    """How to go about it: `discuss_instructions.txt`, or else `instructions.txt`."""
    summarize: str = ""
    """How to sum up at the end."""
    questions: tuple[str, ...] = ()
    documents: Path | None = None
    """The folder `documents/`, if there is one."""
    participants: Path | None = None
    """The folder `participants/` (or `personas/`) of personas of its own, if there is one."""
    settings: TaskSettings = field(default_factory=TaskSettings)
    notes: tuple[str, ...] = ()
    """Warnings for the user: a text that is not used."""
    instructions_file: str = ""
    """The file of the instructions; "" if it is not known, as in a record."""

    @property
    def slug(self) -> str:
        """The stable id of the task."""
        return slugify(self.name)


def is_task(folder: Path) -> bool:
    """Return whether `folder` holds at least one of the files that make a task."""
    names = (*_NEEDED, QUESTIONS_MARKDOWN_FILE, SETTINGS_FILE)
    return is_folder(folder) and any(files.path_exists(folder / name) for name in names)


def is_task_folder(folder: Path) -> bool:
    """Return whether `folder` is a task, or an airoundtable checkout, which holds one."""
    return is_task(folder) or _is_checkout(folder)


def _is_checkout(folder: Path) -> bool:
    """Return whether `folder` is an airoundtable checkout: `participants/` beside `task/`."""
    return is_folder(folder / "participants") and is_task(folder / CHECKOUT_TASK_DIR)


def load_task(folder: Path) -> Task:
    """Return the task in `folder`, also one in an airoundtable checkout, with the participants beside it.

    Raises FileError, also for a link that leads out of `folder`.
    """
    if not is_folder(folder):
        what = "is not a folder" if files.path_exists(folder) else "is not there"
        raise FileError(what, where=files.display_path(folder), hint="A task is a folder with questions.txt.")
    checkout = None
    if not is_task(folder) and _is_checkout(folder):
        checkout, folder = folder, own(folder, CHECKOUT_TASK_DIR)
    elif folder.resolve().name == CHECKOUT_TASK_DIR and _is_checkout(folder.resolve().parent):
        checkout = folder.resolve().parent
    context, summarize = _text(folder, CONTEXT_FILE), _text(folder, SUMMARIZE_FILE)
    preferred, other = (_text(folder, name) for name in INSTRUCTIONS_FILES)
    questions, notes = _load_questions(folder)
    if not (context or preferred or other or questions):
        needed = f"{', '.join(_NEEDED[:-1])} or {_NEEDED[-1]}"
        raise FileError(
            "holds no task", where=files.display_path(folder), hint=f"Put some words into {needed}."
        )
    settings = _load_settings(folder, len(questions))
    if preferred and other:
        notes += (f"{INSTRUCTIONS_FILES[0]} is used, {INSTRUCTIONS_FILES[1]} is not",)
    participants = _folder(folder, "participants", "personas")
    if checkout is not None and participants is None:
        participants = _folder(checkout, "participants")
        if not (settings.mode or settings.stages):  # The program that the checkout is of has this mode only.
            settings = settings.model_copy(update={"mode": CHECKOUT_MODE})
    name = single_line((checkout or folder).resolve().name, 80) or "task"
    return Task(
        name=name,
        path=folder,
        title=settings.title or name.replace("_", " ").replace("-", " "),
        context=context,
        instructions=preferred or other,
        summarize=summarize,
        questions=questions,
        documents=_folder(folder, "documents"),
        participants=participants,
        settings=settings,
        notes=notes,
        instructions_file=INSTRUCTIONS_FILES[0 if preferred else 1],
    )


def _load_questions(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the questions of the task in `folder`, and warnings."""
    text, markdown = _text(folder, QUESTIONS_FILE), _text(folder, QUESTIONS_MARKDOWN_FILE)
    if not text:
        return parse_questions(markdown, markdown=True), ()
    notes = (f"{QUESTIONS_FILE} is used, {QUESTIONS_MARKDOWN_FILE} is not",) if markdown else ()
    return parse_questions(text), notes


def _text(task: Path, name: str) -> str:
    return read_text(own(task, name), MAX_TASK_BYTES).strip() if files.path_exists(task / name) else ""


def _folder(task: Path, *names: str) -> Path | None:
    return next((own(task, name) for name in names if is_folder(task / name)), None)


def _load_settings(task: Path, questions: int) -> TaskSettings:
    if not files.path_exists(task / SETTINGS_FILE):
        return TaskSettings()
    path = own(task, SETTINGS_FILE)
    found, problems = check_settings(read_text(path), questions, path)
    if found is None or problems:
        raise problems[0].to_error(path)
    return found


def check_settings(
    source: str, questions: int, path: Path | None = None
) -> tuple[TaskSettings | None, list[Problem]]:
    """Check the text of a `task.toml` without its modes, options and teams.

    Args:
        source: the text.
        questions: number of questions of the task.
        path: its file, for the error.

    Returns:
        The settings, None if they cannot be read, and the problems.

    Raises:
        FileError: the text is not TOML.
    """
    found, problems = check_data(
        TaskSettings,
        parse(source, path),
        lambda locs: find_key_lines(source, [tuple(map(str, loc)) for loc in locs]),
    )
    if found is None:
        return None, sorted(problems, key=lambda problem: problem.line or 0)
    if problem := _check_pipeline(found, source):
        problems.append(problem)
    if len(found.answers) > questions:
        what = f"answers holds {len(found.answers)} for {questions} questions"
        line = find_key_line(source, ["answers"])
        problems.append(Problem(what, line, hint="Write one per question, in order."))
    return found, problems


def settings_error(task: Path, keys: Sequence[str], error: RoundtableError) -> FileError:
    """Return an error about what the settings of a task hold under `keys`, with its line."""
    path = own(task, SETTINGS_FILE)
    line = find_key_line(read_text(path), keys)
    return FileError(error.what, where=files.format_location(path, line), hint=error.hint)


def _check_pipeline(settings: TaskSettings, source: str) -> Problem | None:
    """Return the problem of the stages of a `task.toml` as a whole; None if they are valid."""
    if not settings.stages:
        return None
    for name in ("mode", "options"):
        if getattr(settings, name):
            hint = f"Put {name} under [[stages]], or take the stages out."
            return Problem(
                f"has both {name} and stages", find_key_line(source, [name]), field=name, hint=hint
            )
    if settings.stages[0].on == "disputed":
        hint = "The first stage works on the question."
        what = "stage 1 works on what is disputed, and there is nothing before it"
        return Problem(what, find_key_line(source, ["stages", "0", "on"]), field="stages", hint=hint)
    return None
