"""The parts of mode `auto`: the order of models, refusals, the lines about its steps, the captain's pick."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field, create_model

from roundtable_tui.answers.grouping import AnswerGroups
from roundtable_tui.answers.majority import COMPARED
from roundtable_tui.answers.votes.refusals import is_refusal
from roundtable_tui.engine import Seat, Table, Turn
from roundtable_tui.modes.vote import first_vote_of, vote_text

REFUSED = "refused to answer"
"""What a refusal counts as: a group of its own."""
_REFUSAL_WARNING = "the model refused"
_ORDINALS = ("a first", "a second", "a third", "a fourth", "a fifth", "a sixth", "a seventh", "an eighth")

PICK_PROMPT = """The question:

{question}

After a debate, these answers to it remain, numbered:

{answers}

{rule}

Write a minority report first: what the strongest of the other answers holds against the one you will choose,
and why, in one to three neutral sentences. Then choose the answer that best states what is best justified.
It will be given word for word; you change nothing."""


def alternate_models(seats: Sequence[Seat]) -> list[Seat]:
    """Return the seats so that models take turns: the first two have different models if there are two."""
    by_model: dict[tuple[str, str], deque[Seat]] = {}
    for seat in seats:
        by_model.setdefault(model_key(seat), deque()).append(seat)
    ordered: list[Seat] = []
    while queues := [queue for queue in by_model.values() if queue]:
        ordered += [queue.popleft() for queue in queues]
    return ordered


def model_key(seat: Seat) -> tuple[str, str]:
    """Return what makes the model of a seat another one: server and name."""
    return seat.server.base_url, seat.model


def models_of(table: Table, seats: Sequence[str]) -> tuple[str, ...]:
    """Return the models of some seats, each once, in order."""
    return tuple(dict.fromkeys(table.seat(seat).model for seat in seats))


def is_refusing(turn: Turn, text: str) -> bool:
    """Return True if a turn refuses to answer, as its server says or as its text begins."""
    return _REFUSAL_WARNING in turn.warnings or is_refusal(text)


def describe_votes(groups: AnswerGroups, asked: int) -> str:
    """Describe answers of `asked` seats: `2 of 2 answers agree`, `5 answers 3:1:1`, `2 answers differ`."""
    sizes = [len(one.seats) for one in groups.groups]
    count = sum(sizes)
    missing = f", {asked - count} of {asked} gave none" if asked > count else ""
    if count == 1:
        return f"one answer{missing}"
    if len(sizes) == 1:
        return f"{count} of {count} answers agree{missing}"
    by = ", grouped by the captain" if groups.basis == "captain" else ""
    if max(sizes, default=0) == 1 or groups.basis not in COMPARED:
        return f"{count} answers differ{missing}{by}"
    return f"{count} answers {':'.join(map(str, sizes))}{missing}{by}"


def describe_asking(groups: AnswerGroups, more: int) -> str:
    """Return `2 answers differ, asking a third`."""
    count = sum(len(one.seats) for one in groups.groups)
    if not count:
        return "no answer yet, asking another seat"
    which = _ORDINALS[count] if more == 1 and count < len(_ORDINALS) else f"{more} more"
    return f"{describe_votes(groups, count)}, asking {which}"


async def pick_with_minority_report(
    table: Table, turns: Sequence[Turn], groups: AnswerGroups
) -> tuple[Turn, str, str]:
    """Have the captain choose among open answers.

    Returns:
        The turn, the method by which it was chosen, and the minority report, "" for none.
    """
    captain = table.captain or table.seats[0]
    candidates = [first_vote_of(table, group, turns) for group in groups.groups]
    order = table.random.sample(candidates, len(candidates))
    quoted = [table.quoter.quote(f"answer {n}", vote_text(table, turn)) for n, turn in enumerate(order, 1)]
    prompt = PICK_PROMPT.format(
        question=table.full_prompt, answers="\n\n".join(quoted), rule=table.quoter.quoting_rule()
    )
    fields: dict[str, Any] = {
        "minority": (
            str,
            Field("", max_length=600, description="the strongest other answer, and its reason"),
        ),
        "choice": (int, Field(ge=1, le=len(order), description="the number of the answer you choose")),
    }
    form: type[BaseModel] = create_model("Choice", **fields)
    first = order.index(candidates[0]) + 1
    words = {str(n): form.model_construct(minority="", choice=n) for n in range(1, len(order) + 1)}
    decision = await table.decide(
        captain, prompt, form, label="selection", words=words,
        default=lambda: form.model_construct(minority="", choice=first),
    )  # fmt: skip
    made = decision.value.model_dump()
    return order[made["choice"] - 1], decision.method, str(made["minority"]).strip()


def add_minority_report(text: str, minority: str) -> str:
    """Return an answer with the minority report below it, if there is one."""
    return f"{text}\n\nMinority report: {minority}" if minority else text
