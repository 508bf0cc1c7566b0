"""Pro: several candidates answer independently; an editor merges their answers into one.

Source: "Pro mode" (N samples, one synthesis), with its tournament for many samples. The question comes
before and after the candidates; only complete answers are merged. Confidence is the share of the candidates
that say what the final answer says, never a figure from a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from roundtable_tui.answers.grouping import AnswerGroups
from roundtable_tui.answers.majority import Support, count_support, count_support_of_seat
from roundtable_tui.answers.reading import extract_final_answer
from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Seat, Table, Turn
from roundtable_tui.engine.decisions.json_answer import read_schema
from roundtable_tui.engine.mode import AnswerKind, PathOption
from roundtable_tui.engine.signatures import strip_seat_signature
from roundtable_tui.modes.open_texts import group_open_texts
from roundtable_tui.modes.outcomes import add_agreement, describe_opposition, describe_pick

MERGE_PROMPT = """The question:

{question}

Below are {count} independent answers to it. Some may be wrong, and agreement among them is no proof.

{candidates}

{rule}

The question once more:

{question}

Write the one best answer to it: keep what is right and useful, correct what is wrong, drop what is
repeated. Do not mention these answers or how yours came about."""

PICK_PROMPT = """The question:

{question}

Below are {count} independent answers to it, numbered.

{candidates}

{rule}

Which one answers the question best? Prefer what most of them agree on where nothing tells them apart.
You choose one as it stands; nothing is rewritten."""


def _load_schema(value: Any) -> Any:
    return read_schema(Path(value)) if isinstance(value, str) and value else value or None


class ProOptions(Options):
    """Options of `pro`."""

    agents: int = Field(5, ge=1, le=64, description="number of candidates")
    temperature: float = Field(0.9, ge=0, le=2, description="temperature of the candidates")
    merge_temperature: float = Field(0.2, ge=0, le=2, description="temperature of the synthesis")
    pick: bool = Field(False, description="the captain picks one answer verbatim, instead of merging")
    merge_width: int = Field(10, ge=2, le=32, description="with more candidates than this, merge in a tree")
    answer_schema: Annotated[
        dict[str, Any] | None, BeforeValidator(_load_schema), PathOption("--answer-schema", inline=True)
    ] = Field(None, description="a JSON Schema file: the answer is JSON that fits it")

    @field_validator("answer_schema")
    @classmethod
    def _merged_only(cls, value: dict[str, Any] | None, info: ValidationInfo) -> dict[str, Any] | None:
        if value is not None and info.data.get("pick"):
            raise ValueError("a schema needs the synthesis, and pick leaves it out: use one of the two")
        return value


async def pro(table: Table, options: ProOptions) -> Answer:
    """Collect candidates in parallel, then have the captain merge them, or pick one."""
    table.start_phase("candidates", of=1 if options.pick else 2)
    # The instructions for the final text are the editor's, unless a candidate's own words are the answer.
    prompt = table.answer_prompt if options.pick or len(table.seats) == 1 else table.full_prompt
    turns = await table.ask_all([(seat, prompt) for seat in table.seats], temperature=options.temperature)
    arrived = [turn for turn in turns if turn.ok]
    if not arrived:
        raise NoAnswerError("no candidate answered")
    answers = [(turn.seat, read_final_answer(table, turn)) for turn in arrived]
    groups = await table.compare_answers(answers)
    story = f"{len(arrived)} of {len(turns)} candidates answered"

    if len(arrived) == 1 and options.answer_schema is None:
        return build_verbatim_answer(arrived[0], f"{story}; it stands as it is", groups, arrived)
    if options.pick:
        chosen, rung = await pick(table, arrived, groups)
        groups = await group_open_texts(table, table.captain, answers, groups, 1)
        picked = describe_pick(rung, count_support_of_seat(chosen.seat, groups))
        return build_verbatim_answer(chosen, f"{story}; {picked}, verbatim", groups, arrived)

    texts = [strip_seat_signature(table.seat(turn.seat), turn.text) for turn in arrived]
    editors = [table.seat(turn.seat) for turn in arrived]
    level = 0
    while len(texts) > options.merge_width:
        level += 1
        texts = await merge_groups(table, editors, texts, options, level)
    table.start_phase("synthesis", number=2, of=2)
    best = first_of_largest_group(arrived, groups)
    for editor in dict.fromkeys((table.captain or editors[0], table.seat(best.seat))):
        merged = await merge(table, editor, texts, options)
        if merged.ok:
            groups = await group_open_texts(table, table.captain, answers, groups, 1)
            support = count_support(extract_final_answer(merged.text, table.question), groups, table.question)
            opposition = describe_opposition(support)
            how = f"{story}; merged by {editor.name}{f', {opposition}' if opposition else ''}"
            return build_answer(merged, how, support, arrived, kind="merged")
        table.notice(f"no synthesis by {editor.name}: {merged.error}", editor)
    if options.answer_schema is not None:
        raise NoAnswerError(merged.error if merged.kind == "refused" else "no answer fits the schema")
    how = f"{story}; no synthesis, one candidate's answer instead"
    return build_verbatim_answer(best, how, groups, arrived)


def read_final_answer(table: Table, turn: Turn) -> str:
    """Return the final answer of a candidate, without its signature."""
    return extract_final_answer(strip_seat_signature(table.seat(turn.seat), turn.text), table.question)


async def merge_groups(
    table: Table, editors: Sequence[Seat], texts: list[str], options: ProOptions, level: int
) -> list[str]:
    """Merge groups in parallel, each by a seat that has answered, and return the merged texts.

    A group whose merge fails gives its first text as it is.
    """
    table.start_phase("merge", number=level)
    count = -(-len(texts) // options.merge_width)
    groups = [texts[i::count] for i in range(count)]
    turns = await table.ask_all(
        [(seat, build_merge_prompt(table, group)) for seat, group in zip(editors, groups, strict=False)],
        label="merge", temperature=options.merge_temperature, keep_temperature=True, fresh=True,
    )  # fmt: skip
    for turn in turns:
        if not turn.ok:
            table.notice("its merge failed: the first answer of its group is used", table.seat(turn.seat))
    return [
        strip_seat_signature(table.seat(turn.seat), turn.text) if turn.ok else group[0]
        for turn, group in zip(turns, groups, strict=True)
    ]


async def merge(table: Table, editor: Seat, texts: Sequence[str], options: ProOptions) -> Turn:
    """Ask `editor` for the synthesis, as JSON if a schema is given."""
    how: dict[str, Any] = {"label": "synthesis", "temperature": options.merge_temperature, "fresh": True}
    how["keep_temperature"] = True
    prompt = build_merge_prompt(table, texts, is_final=True)
    if options.answer_schema is None:
        return await table.ask(editor, prompt, **how)
    return await table.ask_for_json(editor, prompt, options.answer_schema, **how)


def build_merge_prompt(table: Table, texts: Sequence[str], *, is_final: bool = False) -> str:
    """Build the merge prompt with the candidates in random order."""
    order = table.random.sample(list(texts), len(texts))
    quoted = [table.quoter.quote(f"answer {n}", text) for n, text in enumerate(order, 1)]
    return MERGE_PROMPT.format(
        question=table.answer_prompt if is_final else table.full_prompt,
        count=len(texts),
        candidates="\n\n".join(quoted),
        rule=table.quoter.quoting_rule(),
    )


async def pick(table: Table, arrived: Sequence[Turn], groups: AnswerGroups) -> tuple[Turn, str]:
    """Have the captain choose one answer verbatim; the largest group decides if it cannot."""
    order = table.random.sample(list(arrived), len(arrived))
    quoted = [
        table.quoter.quote(f"answer {n}", strip_seat_signature(table.seat(turn.seat), turn.text))
        for n, turn in enumerate(order, 1)
    ]
    prompt = PICK_PROMPT.format(
        question=table.full_prompt,
        count=len(order),
        candidates="\n\n".join(quoted),
        rule=table.quoter.quoting_rule(),
    )
    table.start_phase("pick")
    index, rung = await table.choose(
        table.captain or table.seats[0], prompt, len(order), label="pick",
        default=order.index(first_of_largest_group(arrived, groups)),
        authors=[turn.seat for turn in order],
    )  # fmt: skip
    return order[index], rung


def first_of_largest_group(arrived: Sequence[Turn], groups: AnswerGroups) -> Turn:
    """Return the first answer of the largest group."""
    seats = groups.groups[0].seats if groups.groups else ()
    members = [turn for turn in arrived if turn.seat in seats] or list(arrived)
    return members[0]


def build_answer(
    turn: Turn, how: str, support: Support | None, arrived: Sequence[Turn], *, kind: AnswerKind = "chosen"
) -> Answer:
    """Return the text of a turn as the answer of the run, with its candidates, in order."""
    answer = Answer(turn.text, turn.seat, how, candidates=tuple(one.text for one in arrived), kind=kind)
    return add_agreement(answer, support)


def build_verbatim_answer(turn: Turn, how: str, groups: AnswerGroups, arrived: Sequence[Turn]) -> Answer:
    """Return the answer of a candidate as the answer of the run."""
    return build_answer(turn, how, count_support_of_seat(turn.seat, groups), arrived)


MODE = Mode(
    name="pro",
    summary="several candidates in parallel, then one best answer merged from them (or picked)",
    options=ProOptions,
    run=pro,
    team="pro",
    seats="copies",
)
