"""Open texts grouped by the captain at the end of a run, where one more call is affordable.

Texts that differ in wording are not compared by their meaning: only the captain can say which of them say the
same. The groups are for the account of the run: who held what. They do not choose the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from roundtable_tui.answers.grouping import AnswerGroups
from roundtable_tui.answers.majority import COMPARED
from roundtable_tui.engine import Seat, Table
from roundtable_tui.engine.calls.context_window import CHARS_PER_TOKEN
from roundtable_tui.modes.vote import group_with_captain

MAX_SHARE = 0.2
"""Largest part of the run's tokens so far that the call may take."""
_MIN_ANSWERS = 3
_REPLY_TOKENS = 150
_LABEL = "groups"


async def group_open_texts(
    table: Table,
    captain: Seat | None,
    answers: Sequence[tuple[str, str]],
    groups: AnswerGroups,
    round_number: int,
) -> AnswerGroups:
    """Return the groups of open texts by the captain, else `groups` as they are.

    Args:
        table: the table.
        captain: who groups them; None if there is no captain.
        answers: (seat id, final answer), as they were compared.
        groups: their groups so far.
        round_number: the round that the answers belong to.
    """
    if captain is None or groups.basis in COMPARED or len(groups.groups) < 2 or len(answers) < _MIN_ANSWERS:
        return groups
    # A record decides for itself: a resumed run makes the call where it was made, and nowhere else.
    is_recorded = table.is_recorded(captain, _LABEL)
    if not is_recorded and (table.turns.is_recorded(captain) or not is_affordable(table, answers)):
        return groups
    table.start_phase("grouping")
    later, table.turns.round_number = table.turns.round_number, round_number
    try:
        return await group_with_captain(table, captain, answers, groups)
    finally:
        table.turns.round_number = later
        # The answers count without it.
        table.discard_failures([turn for turn in table.failed_turns if turn.label == _LABEL])


def is_affordable(table: Table, answers: Sequence[tuple[str, str]]) -> bool:
    """Return True if the call takes a small part of what the run has used; never with a budget to keep."""
    if table.budget.max_tokens is not None or table.budget.max_cost is not None:
        return False
    chars = len(table.full_prompt) + sum(len(text) for _, text in answers)
    return chars / CHARS_PER_TOKEN + _REPLY_TOKENS <= MAX_SHARE * table.budget.totals.tokens
