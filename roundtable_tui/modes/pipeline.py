"""Pipeline: one question through several modes, one stage after the other; the last answer counts.

Each stage has its own seats and options, and gets the question with the quoted answer of the stage before.
A stage with `on = "disputed"` gets the points that the candidates before it disagree on, and is skipped if
there are none. A stage without an answer ends the pipeline: the answer before it counts, and resuming the
run continues at that stage. Users cannot choose this mode; the stages are in the `task.toml` of a task.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from roundtable_tui import modes
from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Table
from roundtable_tui.engine.events import StageEnded
from roundtable_tui.errors import RoundtableError
from roundtable_tui.modes.disagreements import NO_DISPUTE, find_dispute
from roundtable_tui.reports.stats import STAGE_SEPARATOR
from roundtable_tui.resources.task import Task

PREVIOUS_ANSWER = """Others have worked on this before you. What they came to, quoted:

{answer}

{rule} It may be wrong or lack something: build on what holds, and answer for yourself."""

DISPUTED_ANSWER = """Others have worked on this before you. What they came to, quoted:

{answer}

They did not agree. The open disagreements, quoted:

{points}

{rule} Settle the open disagreements, with reasons; then answer the question as a whole. Keep the
points that are not disputed, unless you find them wrong."""

SUBQUESTION = """{ask}

This is one step towards a larger question, which is answered later:
{question}"""


class PipelineStage(BaseModel):
    """A stage: a mode with its settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: str
    on: Literal["answer", "disputed"] = "answer"
    ask: str = ""
    """The question of the stage, if it is not that of the run."""
    options: dict[str, Any] = Field(default_factory=dict)


class StageTexts:
    """The task as each stage gets it. A text that a stage has read in passages may be too long for the next
    stages: they get only the answer. Modes that read in passages get the text again.
    """

    def __init__(self, task: Task | None) -> None:
        self._task = task
        self._text_was_read = False

    def task_for(self, stage: PipelineStage, *, is_last: bool) -> Task | None:
        """Return the task for a stage; one with a question of its own writes the final text only if last."""
        if self._task is None:
            return None
        summarize = "" if stage.ask and not is_last else self._task.summarize
        is_read = self._text_was_read and not modes.get_mode(stage.mode).needs_text
        return replace(self._task, summarize=summarize, context="" if is_read else self._task.context)

    def mark_read(self, stage: PipelineStage) -> None:
        """Note whether an ended stage has read the text in passages."""
        self._text_was_read = self._text_was_read or (
            modes.get_mode(stage.mode).needs_text and not stage.options.get("file")
        )


class PipelineOptions(Options):
    """Options of `pipeline`."""

    stages: tuple[PipelineStage, ...] = Field((), description="the stages, from the task's task.toml")


async def pipeline(table: Table, options: PipelineOptions) -> Answer:
    """Run the stages in order, each with the answer of the last one."""
    question, count, texts = table.question, len(options.stages), StageTexts(table.task)
    answer: Answer | None = None
    story: list[str] = []
    for number, stage in enumerate(options.stages, 1):
        name = f"stage {number} of {count}: {stage.mode}"
        brought = quote_previous_output(table, answer) if answer else ""
        if answer and stage.on == "disputed":
            found = await find_dispute(table, answer, number)
            if not found.points:
                story.append(skip_stage(table, number, stage, found.how))
                continue
            table.notice(f"the open disagreements go into {name} ({found.how})")
            brought = quote_previous_output(table, answer, found.points)
        ask = SUBQUESTION.format(ask=stage.ask, question=question) if stage.ask else question
        table.begin_stage(number, name, question=ask, previous_output=brought)
        table.task = texts.task_for(stage, is_last=number == count)
        try:
            answer = await run_stage(table, stage)
        except RoundtableError as error:
            why = failure_reason(table, number, str(error))
            table.emit(StageEnded(stage=number, mode=stage.mode, status="failed", how=why))
            if answer is None:
                raise NoAnswerError(f"stage {number} ({stage.mode}): {error}") from None
            table.notice(f"{name} gave no answer: the one before it counts; resuming the run continues here")
            story.append(f"stage {number} ({stage.mode}) gave no answer: {why}")
            return replace(answer, how=STAGE_SEPARATOR.join(story), partial=True)
        own = table.quoter.sanitize_output(answer.text)
        ended = StageEnded(
            stage=number, mode=stage.mode, status="complete", answer=own, by=answer.by, how=answer.how
        )
        table.emit(ended)
        story.append(f"stage {number} ({stage.mode}): {answer.how}")
        texts.mark_read(stage)
        if modes.get_mode(stage.mode).needs_text:
            table.material = replace(table.material, texts_were_read=True)
    if answer is None:
        raise NoAnswerError("the pipeline has no stages: add them to the task's task.toml")
    return replace(answer, how=STAGE_SEPARATOR.join(story))


async def run_stage(table: Table, stage: PipelineStage) -> Answer:
    """Run the mode of a stage. Raises RoundtableError if there is no answer, for any reason."""
    mode = modes.get_mode(stage.mode)
    try:
        answer = await mode.run(table, mode.options.model_validate(stage.options))
    except RoundtableError:
        raise
    except Exception as error:  # A fault in one stage must not lose the answer of the stage before it.
        table.record_internal_error(error)
        raise NoAnswerError(f"mode {stage.mode}: {error!r}") from None
    if not answer.text.strip():
        raise NoAnswerError("it ended without an answer")
    return answer


def failure_reason(table: Table, number: int, why: str) -> str:
    """Return why a stage has no answer, with the error of its first failed turn."""
    first = next((turn.error for turn in table.failed_turns if table.seat(turn.seat).stage == number), "")
    return f"{why}: {first}" if first and first not in why else why


def skip_stage(table: Table, number: int, stage: PipelineStage, why: str) -> str:
    """Report a skipped stage; return the text for the description of the answer."""
    table.notice(f"stage {number} ({stage.mode}) is skipped, no disagreements: {why}")
    how = f"{NO_DISPUTE}{why}"
    table.emit(StageEnded(stage=number, mode=stage.mode, status="skipped", how=how))
    return f"stage {number} ({stage.mode}) skipped, {how}"


def quote_previous_output(table: Table, answer: Answer, points: str = "") -> str:
    """Build the text before the question of the next stage: the answer, and the points in dispute."""
    quoted = table.quoter.quote("answer", answer.text)
    return (DISPUTED_ANSWER if points else PREVIOUS_ANSWER).format(
        answer=quoted, points=points, rule=table.quoter.quoting_rule()
    )


PIPELINE = Mode(
    name="pipeline",
    summary="the stages of a task in sequence, each with the answer of the one before",
    options=PipelineOptions,
    run=pipeline,
    team="",
    seats="stages",
    captain=False,
)
"""Not in `all_modes`; `modes.get_mode` returns it."""
