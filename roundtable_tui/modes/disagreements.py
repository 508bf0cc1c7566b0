"""Finds what the candidates of a stage disagree on: from short answers directly, else by a seat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field, StrictBool

from roundtable_tui.answers.grouping import group_answers_off_loop, is_comparable
from roundtable_tui.answers.reading import extract_final_answer
from roundtable_tui.engine import Answer, Table
from roundtable_tui.engine.signatures import strip_signature
from roundtable_tui.utils.text import truncate

DISPUTE_PROMPT = """The question:

{question}

Below are {count} answers to it, given independently.

{answers}

{rule}

Does one of them contradict another in something that matters for the question? Wording, length and what
is stressed are no dispute. Name the points in dispute first, in one to three neutral sentences: what is
held on each side, never who is right. Where there are none, say what all of them hold. Then decide."""
JUDGE_LABEL = "disputed"
NO_DISPUTE = "no disagreements: "
"""Begins the reason for a skipped stage."""
MAX_SIDE_CHARS = 1200
"""The maximum length of an answer quoted as one side of a dispute."""


class DisputedPoints(BaseModel):
    """The decision of a seat on whether the answers of a stage differ."""

    points: str = Field(
        "", max_length=600, description="the points in dispute, neutrally; where none are, what all hold"
    )
    disputed: StrictBool = Field(description="does one answer contradict another?")


@dataclass(frozen=True, slots=True)
class Dispute:
    """The points in dispute, for a prompt ("" for none), and how they were found."""

    points: str
    how: str


async def find_dispute(table: Table, answer: Answer, next_stage: int) -> Dispute:
    """Return what the candidates of `answer` disagree on; the table must still have the seats of their stage.

    Numbers, choices, yes and no are compared directly. For texts the captain of the stage is asked, else
    the seat that gave the answer; if that fails, the answers themselves are in dispute. A resumed run takes
    what its record did with `next_stage`, the number of the stage that needs a dispute.
    """
    said = [text for text in answer.candidates if text.strip()]
    if len(said) < 2:
        return Dispute("", "there was one answer alone")
    judge = table.captain or next((seat for seat in table.seats if seat.id == answer.by), table.seats[0])
    if not table.is_recorded(judge, JUDGE_LABEL) and (found := await compare_sides(table, said, next_stage)):
        return found
    table.start_phase("what is disputed")
    names = tuple(name for seat in table.seats for name in (seat.persona.name, seat.persona.full_name))
    order = [strip_signature(text, names) for text in table.random.sample(said, len(said))]
    prompt = DISPUTE_PROMPT.format(
        question=table.full_prompt, count=len(said), answers=quote_texts(table, "answer", order),
        rule=table.quoter.quoting_rule(),
    )  # fmt: skip
    yes, no = DisputedPoints(disputed=True, points=""), DisputedPoints(disputed=False, points="")
    decision = await table.decide(
        judge, prompt, DisputedPoints, label=JUDGE_LABEL, words={"contradict": yes, "agree": no},
        default=lambda: yes,
    )  # fmt: skip
    if not decision.value.disputed:
        return Dispute("", f"{judge.name} sees no contradiction in {len(said)} answers")
    points = decision.value.points.strip()
    if points:
        return Dispute(quote_texts(table, "in dispute", [points]), f"as {judge.name} sees it")
    how = f"{judge.name} could not say on what: the answers themselves are in dispute"
    return Dispute(quote_texts(table, "answer", [truncate(text, MAX_SIDE_CHARS) for text in order]), how)


async def compare_sides(table: Table, said: Sequence[str], next_stage: int) -> Dispute | None:
    """Return what short answers disagree on; None if a seat has to be asked."""
    recorded = table.recorded_steps
    if skipped := recorded.find_skipped_stage(next_stage):
        return Dispute("", skipped.how.removeprefix(NO_DISPUTE))
    numbered = [(str(n), extract_final_answer(text, table.question)) for n, text in enumerate(said)]
    groups = (await group_answers_off_loop(numbered, table.question)).groups
    is_disputed = recorded.has_stage(next_stage)
    if len(groups) == 1 and not is_disputed:
        return Dispute("", f"all {len(said)} answers say the same")
    if is_disputed or all(is_comparable(one.answer, table.question) for one in groups):
        sides = "\n".join(f"{one.answer} ({len(one.seats)} of {len(said)})" for one in groups)
        return Dispute(quote_texts(table, "the answers that were given", [sides]), "by the answers")
    return None


def quote_texts(table: Table, label: str, texts: Sequence[str]) -> str:
    """Quote texts one by one, numbered if there are several."""
    labels = [label] if len(texts) == 1 else [f"{label} {n}" for n in range(1, len(texts) + 1)]
    return "\n\n".join(table.quoter.quote(of, text) for of, text in zip(labels, texts, strict=True))
