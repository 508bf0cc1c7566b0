"""Vote: the same question several times, and the most frequent answer.

Source: self-consistency, Wang et al. 2022 (arXiv:2203.11171). Independent answers are grouped by their
final result; the largest group wins. Votes are counted as they arrive; the rest is cancelled once it cannot
change the result. With rule `lead` votes are asked for one by one until an answer leads by `lead`: adaptive
self-consistency (Aggarwal et al. 2023, arXiv:2305.11860) with the simplest test. Long texts, which cannot be
compared exactly, are grouped by the captain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field, create_model

from roundtable_tui.answers.grouping import (
    AnswerGroup,
    AnswerGroups,
    answer_key,
    bare_key,
    is_open,
)
from roundtable_tui.answers.majority import count_support_of_group
from roundtable_tui.answers.reading import extract_final_answer, read_answer
from roundtable_tui.answers.values import Expression
from roundtable_tui.answers.votes.stopping import is_vote_settled
from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Seat, Table, Turn
from roundtable_tui.engine.calls.as_completed import CompletionStream
from roundtable_tui.engine.signatures import strip_seat_signature
from roundtable_tui.modes.outcomes import add_agreement, describe_pick

VOTER = """{persona}

Work the question out first, as far as it needs it. Then write the line
{marker}
and below it your final answer and nothing else: just the number, letter, name or few words where such an
answer is asked for, else the answer in full. It is compared with the answers of others as it stands."""

GROUP_PROMPT = """The question:

{question}

Below are {count} answers to it, numbered.

{answers}

{rule}

Which of them say the same in substance? Say first what is claimed and where the claims differ. Then give
every answer the number of its group: those whose content comes to the same get the same number, whatever
their wording; those that differ in what they claim get different ones."""

TIE_BREAK_PROMPT = """The question:

{question}

The votes on it are tied between these answers, numbered:

{answers}

{rule}

Which one answers the question best? You choose one as it stands; nothing is rewritten."""


class VoteOptions(Options):
    """Options of `vote`."""

    agents: int = Field(5, ge=1, le=64, description="number of votes")
    temperature: float = Field(0.8, ge=0, le=2, description="temperature of the votes")
    early_stop: bool = Field(True, description="end once the missing votes cannot change the result")
    rule: Literal["overtaken", "lead"] = Field(
        "overtaken", description="when to end early; lead: votes one by one, until one leads by `lead`"
    )
    lead: int = Field(2, ge=1, le=9, description="of rule lead: votes by which an answer has to lead")


async def vote(table: Table, options: VoteOptions) -> Answer:
    """Collect votes until the result is settled; break a tie by one more vote, then by the captain."""
    for seat in table.seats:
        seat.system_prompt_factory = lambda seat: VOTER.format(
            persona=seat.persona.prompt, marker=table.quoter.marker
        )
    how: dict[str, Any] = {"label": "vote", "temperature": options.temperature, "fresh": True}
    table.start_phase("votes")
    turns: list[Turn] = []
    out = len(table.seats)
    by_lead = options.early_stop and options.rule == "lead"
    waiting = list(table.seats)
    async with table.arrivals() as arriving:
        for _ in range(min(options.lead, out) if by_lead else out):
            arriving.ask(waiting.pop(0), table.answer_prompt, **how)
        async for turn in arriving:
            out -= 1
            if vote_text(table, turn):
                turns.append(turn)
                groups = await table.compare_answers(list_votes(table, turns))
                if by_lead and out and has_lead(groups, options.lead):
                    break
            if options.early_stop and out and has_ended(table, arriving, waiting, out):
                break
            if by_lead and waiting and out == len(waiting):
                arriving.ask(waiting.pop(0), table.answer_prompt, **how)
    if not turns:
        raise NoAnswerError("no vote was cast")

    groups, story = await count_votes(table, turns), []
    if groups.is_tie:
        story.append("a tie, broken by one more vote")
        table.start_phase("tie")
        extra = await table.ask(table.seat(turns[0].seat), table.answer_prompt, **how)
        if vote_text(table, extra):
            turns.append(extra)
            groups = await count_votes(table, turns)
            if groups.basis == "exact":
                table.emit_groups(groups)  # The captain's groups are emitted as they are made.
        else:
            story[-1] = "a tie, and one more vote that was not cast"
    winner = groups.groups[0]
    if groups.is_tie:
        winner, rung = await break_tie(table, groups)
        story[-1] += f"; still tied: {describe_pick(rung, None)}"
    if out:
        why = "were not needed" if by_lead else "could not change it any more"
        story.append(f"ended early: {out} of {len(table.seats)} {why}")
    elif len(turns) < len(table.seats):
        story.append(f"{len(turns)} of {len(table.seats)} voted")
    chosen = first_vote_of(table, winner, turns)
    text = (
        winner.answer if answer_key(winner.answer, table.question) is not None else vote_text(table, chosen)
    )
    how_so = "; ".join([describe_split(groups, winner), *story])
    said = tuple(vote_text(table, turn) for turn in turns)
    support = count_support_of_group(winner, groups)
    return add_agreement(Answer(text, chosen.seat, how_so, candidates=said), support)


def vote_text(table: Table, turn: Turn) -> str:
    """Return the answer a turn votes for; "" if it failed or was cut off."""
    if not turn.ok:
        return ""
    return strip_seat_signature(table.seat(turn.seat), table.quoter.extract_answer(turn.text)[0])


def list_votes(table: Table, turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """Return (seat, final answer) of the votes, in order of arrival."""
    return [(turn.seat, extract_final_answer(vote_text(table, turn), table.question)) for turn in turns]


def has_lead(groups: AnswerGroups, lead: int) -> bool:
    """Return True if the first group has `lead` votes more than the next; open texts are not compared."""
    return groups.basis == "exact" and is_vote_settled(
        "lead", [len(one.seats) for one in groups.groups], 0, lead=lead
    )


def is_settled(votes: Sequence[tuple[str, str]], outstanding: int, question: str | None = None) -> bool:
    """Return True if `outstanding` more votes cannot change the leading answer.

    Open answers may belong to any group; a bare number may go to any group of the same number.
    """
    values = [read_answer(answer, question) for _, answer in votes]
    closed = [value for value in values if not is_open(value)]
    outstanding += len(values) - len(closed)
    if not closed:
        return False
    lead, most = Counter(value.key for value in closed).most_common(1)[0]
    rivals = Counter(bare_key(value) for value in closed if value.key != lead)
    if any(isinstance(value, Expression) for value in closed):  # Expressions may yet join one group.
        return most > rivals.total() + outstanding
    return most > max(rivals.values(), default=0) + outstanding


def has_ended(table: Table, arriving: CompletionStream, waiting: Sequence[Seat], outstanding: int) -> bool:
    """Return True if the votes are settled, or ended here in the record of a resumed run."""
    if waiting and table.is_recorded(waiting[0], "vote"):
        return False
    if arriving.has_recorded_end is not None:
        return arriving.has_recorded_end
    return is_settled(table.answer_grouper.last_answers, outstanding, table.question)


async def count_votes(table: Table, turns: Sequence[Turn]) -> AnswerGroups:
    """Group the votes: by normal form, or by the captain if they are long texts."""
    votes = list_votes(table, turns)
    groups = await table.find_groups(votes)
    if groups.basis == "exact" or len(groups.groups) < 2 or table.captain is None:
        return groups
    table.start_phase("count")
    return await group_with_captain(table, table.captain, votes, groups)


async def group_with_captain(
    table: Table, captain: Seat, votes: Sequence[tuple[str, str]], groups: AnswerGroups
) -> AnswerGroups:
    """Have the captain group open answers, and emit its groups; `groups` count if it gives none."""
    each = Field(
        min_length=len(votes), max_length=len(votes), description="a number for each answer, in order"
    )
    claims = Field("", max_length=1000, description="the different claims, briefly")
    form: type[BaseModel] = create_model("Groups", claims=(str, claims), groups=(list[int], each))
    quoted = [table.quoter.quote(f"answer {n}", answer) for n, (_, answer) in enumerate(votes, 1)]
    prompt = GROUP_PROMPT.format(
        question=table.full_prompt,
        count=len(votes),
        answers="\n\n".join(quoted),
        rule=table.quoter.quoting_rule(),
    )
    decision = await table.decide(
        captain, prompt, form, label="groups", default=lambda: form.model_construct(groups=[])
    )
    given = decision.value.model_dump()["groups"]
    if not given:
        table.notice("the captain could not group the answers: only equal texts count as one answer")
        return table.emit_groups(groups)
    by_number: dict[int, list[int]] = {}
    for place, number in enumerate(given):
        by_number.setdefault(number, []).append(place)
    ordered = sorted(by_number.values(), key=lambda places: (-len(places), places[0]))
    found = tuple(AnswerGroup(votes[places[0]][1], tuple(votes[i][0] for i in places)) for places in ordered)
    return table.emit_groups(AnswerGroups(found, len(ordered[0]) / len(votes), "captain"))


async def break_tie(table: Table, groups: AnswerGroups) -> tuple[AnswerGroup, str]:
    """Have the captain choose among the largest groups; the earliest one wins if it cannot."""
    tied = [one for one in groups.groups if len(one.seats) == len(groups.groups[0].seats)]
    order = table.random.sample(tied, len(tied))
    quoted = [table.quoter.quote(f"answer {n}", one.answer) for n, one in enumerate(order, 1)]
    prompt = TIE_BREAK_PROMPT.format(
        question=table.full_prompt, answers="\n\n".join(quoted), rule=table.quoter.quoting_rule()
    )
    index, rung = await table.choose(
        table.captain or table.seats[0], prompt, len(order), label="tie", default=order.index(tied[0]),
        authors=[one.seats[0] for one in order],
    )  # fmt: skip
    return order[index], rung


def first_vote_of(table: Table, winner: AnswerGroup, turns: Sequence[Turn]) -> Turn:
    """Return the first vote of the winning group."""
    own = [turn for turn in turns if turn.seat in winner.seats]
    same = [
        turn for turn in own if extract_final_answer(vote_text(table, turn), table.question) == winner.answer
    ]
    return (same or own)[0]


def describe_split(groups: AnswerGroups, winner: AnswerGroup) -> str:
    """Describe the result: 3 of 5 votes, against 1 and 1."""
    votes = sum(len(one.seats) for one in groups.groups)
    others = [str(len(one.seats)) for one in groups.groups if one is not winner]
    against = f", against {' and '.join(others)}" if others else ""
    by = ", grouped by the captain" if groups.basis == "captain" else ""
    return f"{len(winner.seats)} of {votes} vote{'s' if votes > 1 else ''}{against}{by}"


MODE = Mode(
    name="vote",
    summary="independent answers; the most frequent one wins",
    options=VoteOptions,
    run=vote,
    team="vote",
    seats="copies",
)
