"""The texts of a run that stand in its prompts, each with the name that the user knows it by."""

from __future__ import annotations

from collections.abc import Iterable

from roundtable_tui.engine.calls import prompt_parts
from roundtable_tui.engine.calls.prompt_parts import KnownText, PartName
from roundtable_tui.engine.material.material import Material
from roundtable_tui.engine.quoting import Quoter
from roundtable_tui.resources.task import (
    CONTEXT_FILE,
    GIVEN_CONTEXT_NAME,
    QUESTIONS_FILE,
    SUMMARIZE_FILE,
    Task,
)

_SHORTEN = "shorten it"


def list_known_texts(
    question: str,
    task: Task | None,
    material: Material,
    quoter: Quoter,
    previous_stage_output: str,
    messages: Iterable[str],
) -> tuple[KnownText, ...]:
    """Return the texts of a run that a prompt can have.

    Args:
        question: the question of the run or stage.
        task: the task, if any.
        material: what came with the question.
        quoter: quotes the material in prompts.
        previous_stage_output: what stands in prompts of the stages before.
        messages: those of the user during the run.
    """
    return (
        KnownText(prompt_parts.QUESTION, question),
        *(_list_task(task, question) if task else ()),
        KnownText(prompt_parts.EARLIER, material.quote_earlier(quoter)),
        KnownText(prompt_parts.PREVIOUS_STAGE, previous_stage_output),
        *(KnownText(prompt_parts.YOUR_MESSAGES, message) for message in messages),
    )


def _list_task(task: Task, question: str) -> Iterable[KnownText]:
    """Yield the texts of a task under the names of their files."""
    is_given = task.name == GIVEN_CONTEXT_NAME
    context = "the background" if is_given else f"the task's {CONTEXT_FILE}"
    yield KnownText(PartName(context, _SHORTEN), task.context)
    yield KnownText(
        PartName(f"the task's {task.instructions_file or 'instructions'}", _SHORTEN), task.instructions
    )
    yield KnownText(PartName(f"the task's {SUMMARIZE_FILE}", _SHORTEN), task.summarize)
    for other in task.questions:
        if other != question:
            yield KnownText(PartName(f"a question in the task's {QUESTIONS_FILE}", _SHORTEN), other)
