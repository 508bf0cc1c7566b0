"""Single: one seat, one answer. The baseline that other modes are compared with.

Source: BasicAgent and ContextAgent of the VLLM framework; background and text come before the question.
"""

from __future__ import annotations

from pydantic import Field

from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Table
from roundtable_tui.modes.options import TextFile
from roundtable_tui.utils.texts import text_input

BACKGROUND = """Background:

{context}"""

TEXT = """The text that the question is about:

{text}

{rule}"""

QUESTION = """The question:

{question}"""


class SingleOptions(Options):
    """Options of `single`."""

    temperature: float | None = Field(None, ge=0, le=2, description="temperature; default: the persona's")
    file: TextFile = Field(None, description="a text to put before the question")


async def single(table: Table, options: SingleOptions) -> Answer:
    """Ask the seat once."""
    seat = table.seats[0]
    table.start_phase("answer")
    turn = await table.ask(seat, build_prompt(table, options), temperature=options.temperature)
    if not turn.ok:
        hint = "; mode chain reads texts of any length" if options.file and turn.kind == "context" else ""
        raise NoAnswerError(f"there is no answer{hint}")
    return Answer(turn.text, turn.seat, f"one answer by {seat.name}")


def build_prompt(table: Table, options: SingleOptions) -> str:
    """Build the prompt: background, text, question; the bare question if there is nothing else."""
    parts = [BACKGROUND.format(context=table.context)] if table.context else []
    parts += [text for text in (table.instructions, table.final_instructions) if text]
    if options.file:
        text = table.quoter.quote("text", text_input.read_verified(options.file))
        parts.append(TEXT.format(text=text, rule=table.quoter.quoting_rule()))
    return "\n\n".join([*parts, QUESTION.format(question=table.question)]) if parts else table.question


MODE = Mode(
    layout="one",
    name="single",
    summary="one seat, one answer: the plain baseline",
    options=SingleOptions,
    run=single,
    team="single",
    seats="one",
    captain=False,
)
