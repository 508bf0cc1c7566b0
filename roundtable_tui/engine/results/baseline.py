"""Takes a plain vote with as many tokens as a run used, to compare its answer with (`--baseline`).

The first answers of the run are votes already; the seats give further answers, each outside its
conversation and without those of the others, until the tokens of the run are used up. Equal tokens are the
fair comparison: self-consistency explains most of what debate gains (arXiv:2508.17536).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from roundtable_tui.answers.compare import answers_agree
from roundtable_tui.answers.grouping import group_answers
from roundtable_tui.answers.majority import COMPARED, find_majority_index
from roundtable_tui.answers.reading import extract_final_answer
from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import RunRecord
from roundtable_tui.engine.table import Table
from roundtable_tui.engine.turn import Turn

BASELINE_PHASE = "baseline"
"""The phase of the further answers."""
MAX_ANSWERS = 200
"""The vote ends with this many answers, whatever tokens are left."""


async def run_baseline(
    table: Table, answer: str, recorded: Sequence[events.Event], resume: RunRecord | None
) -> bool:
    """Take the vote, or that of the record of a resumed run.

    Returns:
        True if it was stopped: the answer of the run remains.
    """
    earlier = resume.events if resume else ()
    if taken := next((event for event in earlier if isinstance(event, events.BaselineTaken)), None):
        table.emit(taken)
        return False
    try:
        await take_baseline(table, answer, recorded)
    except asyncio.CancelledError:
        return True
    return False


async def take_baseline(table: Table, answer: str, recorded: Sequence[events.Event]) -> None:
    """Take the vote and emit `BaselineTaken`; a notice says why if there is nothing to vote on.

    Args:
        table: the table of the run, whose mode has ended.
        answer: the answer of the run.
        recorded: the events of the run so far.
    """
    first = table.answer_grouper.first_answers
    if not first:
        table.notice("no baseline: the answers of this run cannot be counted as votes")
        return
    tokens = _count_first_tokens(first, recorded)
    spent = table.budget.totals.tokens
    if not tokens or not table.seats:
        table.notice("no baseline: the tokens of the first answers are not known")
        return
    votes, mean = list(first.items()), tokens / len(first)
    table.start_phase(BASELINE_PHASE)
    while tokens + mean <= spent and len(votes) < MAX_ANSWERS:
        asked = table.seats[: max(1, min(len(table.seats), int((spent - tokens) / mean)))]
        turns = await table.ask_all([(seat, table.full_prompt) for seat in asked], fresh=True)
        if not any(turn.ok for turn in turns):
            break
        tokens += sum(map(_count_tokens, turns))
        votes += [
            (turn.seat, extract_final_answer(table.quoter.extract_answer(turn.text)[0], table.question))
            for turn in turns
            if turn.ok
        ]
    grouping = group_answers(votes, table.question)
    groups = grouping.groups if grouping.basis in COMPARED else ()
    place = find_majority_index([group.seats for group in groups])
    majority = "" if place is None else groups[place].answer
    agrees = (
        answers_agree(majority, extract_final_answer(answer, table.question), table.question)
        if majority
        else None
    )
    table.emit(
        events.BaselineTaken(
            answer=majority,
            votes=tuple({"answer": group.answer, "count": len(group.seats)} for group in groups),
            answers=len(votes),
            tokens=tokens,
            agrees="" if agrees is None else "yes" if agrees else "no",
        )
    )


def _count_first_tokens(first: Mapping[str, str], recorded: Sequence[events.Event]) -> int:
    """Return the tokens of the first complete answer of each of these seats."""
    decisions = {e.turn for e in recorded if isinstance(e, events.TurnQueued) and e.decides}
    found: dict[str, int] = {}
    for event in recorded:
        if isinstance(event, events.TurnFinished) and event.turn not in decisions and event.seat in first:
            found.setdefault(event.seat, _count_tokens(event))
    return sum(found.values())


def _count_tokens(turn: Turn | events.TurnFinished) -> int:
    return int(turn.usage.get("prompt_tokens", 0)) + int(turn.usage.get("completion_tokens", 0))
