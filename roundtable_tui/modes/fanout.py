"""Fan-out: one prompt, sent many times; each answer is written to its own file.

Source: MultiCallSystem of the VLLM framework. Each seat takes the next call when it is free. Answers that
exist in the folder are not requested again, so that a run can be repeated until all are complete.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Table
from roundtable_tui.engine.mode import PathOption
from roundtable_tui.modes.output_files import AnswerFiles
from roundtable_tui.utils import files
from roundtable_tui.utils.paths import expand_user

DEFAULT_PARALLEL_CALLS = 8
"""Parallel calls if only their number is given."""
MAX_CONSECUTIVE_FAILURES = 10
"""Failures in a row after which no more calls are made."""


def _check_file_name(name: str) -> str:
    if not re.fullmatch(r"\w[\w .-]{0,79}", name):
        raise ValueError("a plain file name without a folder")
    return name


class FanoutOptions(Options):
    """Options of `fanout`."""

    calls: int = Field(0, ge=0, le=1000, description="number of answers; 0: one per seat")
    agents: int = Field(5, ge=1, le=64, description="number of parallel calls")
    out: Annotated[str, PathOption("--out", writes=True)] = Field(
        "", max_length=4000, description="the folder of the files; empty: beside the record"
    )
    base_filename: Annotated[str, AfterValidator(_check_file_name)] = Field(
        "output", description="files are called NAME_1.txt, NAME_2.txt, ..."
    )
    temperature: float | None = Field(None, ge=0, le=2, description="temperature; default: the persona's")
    top_p: float | None = Field(None, gt=0, le=1, description="top_p, if the server accepts it")

    @model_validator(mode="before")
    @classmethod
    def _no_idle_seats(cls, given: Any) -> Any:
        calls = str(given.get("calls", ""))
        agents = str(given.get("agents", DEFAULT_PARALLEL_CALLS))
        if calls.isdigit() and agents.isdigit() and int(calls):
            return {**given, "agents": min(int(calls), int(agents))}
        return given


async def fanout(table: Table, options: FanoutOptions) -> Answer:
    """Make every call without an answer file, as many at once as there are seats."""
    count = options.calls or len(table.seats)
    prompt = table.answer_prompt
    output = AnswerFiles(choose_output_dir(table, options), options.base_filename, prompt, table.notice)
    output.load()
    there = set(
        table.record_external("answers there", lambda: {"calls": output.complete_numbers(count)})["calls"]
    )
    todo = [number for number in range(1, count + 1) if number not in there]
    table.follow(output)
    table.start_phase("calls")
    how = {"temperature": options.temperature, "top_p": options.top_p, "fresh": True}
    spread = table.work_queue(table.seats, todo, lambda number: prompt, label="call", **how)
    in_a_row = 0
    try:
        async with aclosing(spread) as working:
            async for _, turn in working:
                in_a_row = 0 if turn.ok else in_a_row + 1
                if in_a_row == max(MAX_CONSECUTIVE_FAILURES, 2 * len(table.seats)):
                    table.notice(f"{in_a_row} calls in a row have failed: no more are made")
                    break
    finally:
        output.close()
    answered = len({*output.complete_numbers(count), *output.unwritten})
    if not answered:
        raise NoAnswerError(f"none of {count} calls was answered")
    old = f", {len(there)} of them from an earlier run" if there else ""
    how_so = f"{answered} of {count} answers{old}, in {files.display_path(output.folder)}"
    names = {seat.id: seat.name for seat in table.seats}
    lines = "\n".join(describe_call(output, number, names) for number in range(1, count + 1))
    if not output.unwritten:
        return Answer(lines, how=how_so, kind="produced")
    lost = len(output.unwritten)
    what = "1 of them is" if lost == 1 else f"{lost} of them are"
    how_so += f"; {what} in this text only, as no file could be written"
    texts = (f"call_{number}:\n\n{text}" for number, text in sorted(output.unwritten.items()))
    return Answer("\n\n".join((lines, *texts)), how=how_so, partial=True, kind="produced")


def choose_output_dir(table: Table, options: FanoutOptions) -> Path:
    """Return the output folder: the option, else a folder beside the record, else one in the current folder.

    Paths of the flag are absolute; a relative path comes from a task and is in the run's folder.
    """
    if options.out:
        asked = expand_user(options.out)
        return table.folder / asked if table.folder else asked
    return table.folder / "answers" if table.folder else Path("multi_call_outputs")


def describe_call(output: AnswerFiles, number: int, seat_names: Mapping[str, str]) -> str:
    """Describe the result of a call: its file, or who did not answer; `seat_names` are by seat id."""
    if number in output.unwritten:
        return f"call_{number}: no file could be written; its text is below"
    if files.is_regular(output.answer_path(number)):
        return f"call_{number}: {files.display_path(output.answer_path(number))}"
    known = output.calls.get(f"call_{number}", {})
    # The reason may be a server's text; it is in the report and in the index.
    if known.get("seat") in seat_names:
        return f"call_{number}: {seat_names[known['seat']]} did not answer"
    return f"call_{number}: {'no file' if known else 'not asked'}"


MODE = Mode(
    layout="files",
    name="fanout",
    summary="one prompt many times in parallel, every answer in a numbered file",
    options=FanoutOptions,
    run=fanout,
    team="fanout",
    has_one_answer=False,
    seats="copies",
    captain=False,
)
