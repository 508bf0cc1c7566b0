"""Open a bench: from what the user asks for to a `Bench` that is prepared."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from roundtable_tui.bench.arms import parse_arms
from roundtable_tui.bench.demo_models import DEFAULT_DEMO_MODEL, BenchServerPool
from roundtable_tui.bench.graders.code import require_sandbox
from roundtable_tui.bench.graders.grade import GRADERS, MODEL_GRADERS, name_judge
from roundtable_tui.bench.judge_model import RunJudge
from roundtable_tui.bench.questions.bundled import BUNDLED_NAME
from roundtable_tui.bench.questions.model import BenchQuestion
from roundtable_tui.bench.questions.read import QuestionSet, read_questions
from roundtable_tui.bench.questions.sample import sample_questions
from roundtable_tui.bench.runner import Bench, BenchOptions
from roundtable_tui.config import Settings
from roundtable_tui.errors import UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import paths
from roundtable_tui.utils.text import safe_file_name, single_line

DEFAULT_ARMS = "single,vote:agents=5"
DEMO_ARMS = "single,vote:agents=5,auto"
"""The arms of a bench on the demo: all that the table can show."""
PAGE_FILE = "report.html"
"""The report in the folder of a bench."""


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """What is to be measured, before anything is looked up."""

    source: str = ""
    """A file, a folder of tasks, or "bundled"; "" for the bundled questions on the demo."""
    arms: str = ""
    limit: int | None = None
    sample: str = "head"
    skip_bad: bool = False
    judge_model: str = ""
    folder: Path | None = None
    options: BenchOptions = field(default_factory=BenchOptions)


@dataclass(frozen=True, slots=True)
class OpenedBench:
    """A bench with its questions."""

    bench: Bench
    found: QuestionSet


@asynccontextmanager
async def open_bench(
    wanted: BenchRequest,
    request: RunRequest,
    settings: Settings,
    environ: Mapping[str, str],
    servers: ServerPool | None = None,
) -> AsyncIterator[OpenedBench]:
    """Read the questions and look up the arms; nothing is asked yet, and no folder is made.

    Args:
        wanted: what is to be measured.
        request: the server and the model of the runs.
        settings: the settings.
        environ: the environment.
        servers: servers that stay open; those of the demo are the bench's own.

    Raises:
        UsageError, FileError: the request or a file is wrong.
        RoundtableError: a server cannot be used.
    """
    if not wanted.source and not request.demo:
        hint = f"Name a file, or {BUNDLED_NAME} for those of the program."
        raise UsageError("no questions are given", hint=hint)
    found = read_questions(wanted.source or BUNDLED_NAME, skip_bad=wanted.skip_bad)
    options = wanted.options
    questions = sample_questions(found.questions, wanted.limit, wanted.sample, options.seed)
    check_graders(questions, wanted.judge_model)
    arms = parse_arms(wanted.arms or (DEMO_ARMS if request.demo else DEFAULT_ARMS))
    if request.demo and not request.model:
        request = replace(request, model=DEFAULT_DEMO_MODEL)
    folder = wanted.folder or choose_folder(found)
    async with BenchServerPool(settings, environ, questions, options.seed) as own:
        servers = own if servers is None or request.demo else servers
        bench = Bench(questions, arms, request, servers, folder, options)
        if wanted.judge_model:
            bench.judge = RunJudge(request, servers, wanted.judge_model)
        await bench.prepare()
        yield OpenedBench(bench, found)


def choose_folder(found: QuestionSet) -> Path:
    """Return the folder of the benches of a set of questions: the same for each start."""
    return benches_dir() / f"{safe_file_name(found.name)}-{found.hash[:8]}"


def benches_dir() -> Path:
    """Return the folder of all benches without a folder of their own."""
    return paths.data_dir() / "bench"


def check_graders(questions: Sequence[BenchQuestion], judge_model: str) -> None:
    """Refuse graders that cannot be used, before anything is paid for. Raises UsageError."""
    for question in questions:
        for check in question.checks:
            check_grader(check.grader, judge_model)
            if check.grader == "code":
                require_sandbox()


def check_grader(grader: str, judge_model: str) -> None:
    """Raise UsageError for a grader that does not exist, or a model grader without its model."""
    if grader and grader not in GRADERS and grader not in MODEL_GRADERS:
        known = ", ".join((*GRADERS, *MODEL_GRADERS))
        raise UsageError(f"there is no grader {single_line(grader, 40)}", hint=f"There are: {known}.")
    if grader in MODEL_GRADERS and not judge_model:
        raise UsageError(f"the grader {grader} needs a model", hint=name_judge())
