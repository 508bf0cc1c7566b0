"""Auto: independent answers first; a debate only if they differ.

Sources: adaptive self-consistency (Aggarwal et al. 2023, arXiv:2305.11860) for asking no more than needed;
two different models first and a debate on disagreement as in HCP-MAD (arXiv:2604.09679) and DOWN
(arXiv:2504.05047); the debate itself as in `debate`. A vote explains most of what a debate gains
(arXiv:2508.17536), and more rounds before a vote hurt (arXiv:2502.19130): hence one round, two at most, with
the answers already paid for as its first round. That answers agree is not a proof: errors that models share
are not seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from roundtable_tui.answers.compare import answers_agree
from roundtable_tui.answers.grouping import AnswerGroups, answer_key
from roundtable_tui.answers.majority import COMPARED, count_support_of_group, count_support_of_seat
from roundtable_tui.answers.reading import extract_final_answer
from roundtable_tui.answers.votes.stopping import StoppingRule, is_vote_settled
from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Seat, Table, Turn
from roundtable_tui.engine.events import StepsEnded
from roundtable_tui.modes.auto_steps import (
    REFUSED,
    add_minority_report,
    alternate_models,
    describe_asking,
    describe_votes,
    is_refusing,
    model_key,
    models_of,
    pick_with_minority_report,
)
from roundtable_tui.modes.debate import DebateOptions, build_round_prompt
from roundtable_tui.modes.outcomes import add_agreement, describe_pick
from roundtable_tui.modes.vote import break_tie, first_vote_of, group_with_captain, vote_text

ANSWERER = """{persona}

Work the question out on your own first, as far as it needs it. Then write the line
{marker}
and below it your final answer and nothing else: just the number, letter, name or few words where such an
answer is asked for, else the answer in full. It is compared with the answers of others as it stands.

If the answers differ, you are shown those of the others, quoted. Then weigh their reasons: take over what is
better justified, keep what is yours where theirs does not convince you, and say why. How many hold an answer
is no reason for it.

{rule}"""


class AutoOptions(Options):
    """Options of `auto`."""

    cap: int = Field(5, ge=2, le=32, description="maximum number of first answers")
    thorough: bool = Field(False, description="a cap of 9")
    rule: StoppingRule = Field(
        "lead", description="enough answers: one leads by `lead`, cannot be overtaken, or beta (`confidence`)"
    )
    lead: int = Field(2, ge=2, le=9, description="votes by which an answer has to lead")
    confidence: float = Field(0.95, ge=0.5, lt=1, description="of rule beta: probability of the leader")
    wave: int = Field(1, ge=1, le=8, description="answers asked at once after the first two; more is faster")
    rounds: int = Field(1, ge=1, le=2, description="rounds of a debate, if the answers stay unsettled")
    temperature: float = Field(0.8, ge=0, le=2, description="temperature of the first answers")

    @property
    def limit(self) -> int:
        """The most first answers."""
        return max(self.cap, 9) if self.thorough else self.cap


async def auto(table: Table, options: AutoOptions) -> Answer:
    """Ask for answers until one is settled; debate on those that are not, and vote again."""
    rule, marker = table.quoter.quoting_rule(), table.quoter.marker
    for seat in table.seats:
        seat.system_prompt_factory = lambda seat: ANSWERER.format(
            persona=seat.persona.prompt, marker=marker, rule=rule
        )
    turns, first, asked = await collect_answers(table, options)
    if not turns:
        raise NoAnswerError("no seat answered")
    cap = min(options.limit, len(table.seats))
    latest, groups, rounds = turns, first, 0
    if len(turns) > 1 and not is_settled(first, options, cap - asked):
        latest, groups, rounds = await debate_open_answers(table, turns, first, options)
    step = "debate" if rounds else "single" if len(turns) == 1 else "vote"
    step = "captain" if step == "vote" and first.basis == "captain" else step
    table.emit(
        StepsEnded(
            step=step, rule=options.rule, votes=vote_sizes(first), asked=asked, cap=cap,
            models=models_of(table, first.groups[0].seats), debate_rounds=rounds,
            leader_changed=has_leader_changed(table, first, groups) if rounds else None,
        )
    )  # fmt: skip
    story = describe_votes(first, asked)
    return await choose_answer(table, latest, groups, story, rounds)


async def collect_answers(table: Table, options: AutoOptions) -> tuple[list[Turn], AnswerGroups, int]:
    """Ask two seats, then `wave` at a time, until the answers are settled or the cap is reached.

    Returns:
        The turns that are votes, in order of arrival; their groups; the number of seats asked.
    """
    waiting = alternate_models(table.seats)[: options.limit]
    cap = len(waiting)
    turns: list[Turn] = []
    groups = AnswerGroups((), None, "exact")
    has_checked_model = False
    due = waiting[:2]
    while due:
        waiting = [seat for seat in waiting if seat not in due]
        out = len(due)
        table.start_phase("answers", 1)
        async with table.arrivals() as arriving:
            for seat in due:
                arriving.ask(seat, table.answer_prompt, temperature=options.temperature)
            async for turn in arriving:
                out -= 1
                if vote_text(table, turn):
                    turns.append(turn)
                    groups = await table.compare_answers(list_votes(table, turns))
                is_checked = has_checked_model or not find_other_models(table, groups)
                if out and is_checked and is_settled(groups, options, len(waiting) + out):
                    break
        groups = await group_open_answers(table, turns, groups)
        if not is_settled(groups, options, len(waiting)):
            due = waiting[: options.wave]
            if due:
                table.notice(describe_asking(groups, len(due)))
            continue
        others = find_other_models(table, groups)
        due = [] if has_checked_model else [seat for seat in waiting if seat in others][:1]
        if due:
            has_checked_model = True
            table.notice("only answers of one model agree, asking another model")
    return turns, groups, cap - len(waiting)


def list_votes(table: Table, turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """Return (seat, final answer) of the votes; refusals are answers of their own."""
    texts = [(turn.seat, vote_text(table, turn), turn) for turn in turns]
    return [
        (seat, REFUSED if is_refusing(turn, text) else extract_final_answer(text, table.question))
        for seat, text, turn in texts
    ]


async def group_open_answers(table: Table, turns: Sequence[Turn], groups: AnswerGroups) -> AnswerGroups:
    """Return the groups; if open texts differ in wording, the captain says which agree in substance."""
    if groups.basis == "exact" or len(groups.groups) < 2 or table.captain is None:
        return groups
    table.start_phase("agreement")
    return await group_with_captain(table, table.captain, list_votes(table, turns), groups)


def vote_sizes(groups: AnswerGroups) -> tuple[int, ...]:
    """Return the sizes of the groups, largest first; empty where the answers were not compared."""
    return tuple(len(one.seats) for one in groups.groups) if groups.basis in COMPARED else ()


def is_settled(groups: AnswerGroups, options: AutoOptions, remaining: int) -> bool:
    """Return True if the rule needs no further answer; `remaining` may still come."""
    return is_vote_settled(
        options.rule, vote_sizes(groups), remaining, lead=options.lead, confidence=options.confidence
    )


def find_other_models(table: Table, groups: AnswerGroups) -> list[Seat]:
    """Return the seats of other models if all seats of the leading group have the same one; else none."""
    leading = {model_key(table.seat(seat)) for one in groups.groups[:1] for seat in one.seats}
    return [seat for seat in table.seats if model_key(seat) not in leading] if len(leading) == 1 else []


async def debate_open_answers(
    table: Table, turns: Sequence[Turn], first: AnswerGroups, options: AutoOptions
) -> tuple[list[Turn], AnswerGroups, int]:
    """Debate, with the answers that are there as the first round; end once they are settled.

    Returns:
        The latest turn of each seat, their groups, and the number of rounds.
    """
    how = DebateOptions.model_validate({"max_rounds": options.rounds + 1})
    latest = {turn.seat: turn for turn in turns}
    groups, done = first, 0
    table.notice(f"{describe_votes(first, len(turns))}: not settled, a debate follows")
    for turn in turns:
        table.post(turn.seat, "answer", turn.text)
    rounds = table.rounds("round", options.rounds, phases=False)
    for number in rounds:
        table.start_phase("round", number + 1, of=rounds.limit + 1)
        seats = [table.seat(seat) for seat in latest]
        prompts = [(seat, build_round_prompt(table, seat, number + 1, how)) for seat in seats]
        arrived = [turn for turn in await table.ask_all(prompts) if vote_text(table, turn)]
        for turn in arrived:
            latest[turn.seat] = turn
            table.post(turn.seat, "answer", turn.text)
        said = list(latest.values())
        groups = await table.compare_answers(list_votes(table, said))
        groups = await group_open_answers(table, said, groups)
        done = number
        if not arrived or is_settled(groups, options, 0):
            break
    return list(latest.values()), groups, done


def has_leader_changed(table: Table, first: AnswerGroups, last: AnswerGroups) -> bool | None:
    """Return whether the most frequent answer is another one; None if either has none, or is an open text."""
    if first.basis != "exact" or last.basis != "exact" or first.is_tie or last.is_tie:
        return None
    return not answers_agree(first.groups[0].answer, last.groups[0].answer, table.question)


async def choose_answer(
    table: Table, turns: Sequence[Turn], groups: AnswerGroups, story: str, rounds: int
) -> Answer:
    """Return the answer of the largest group, word for word; of open texts, the captain's choice."""
    said = tuple(vote_text(table, turn) for turn in turns)
    debated = f"; {rounds} round{'s' if rounds > 1 else ''} of debate" if rounds else ""
    if groups.basis != "exact" and rounds and len(groups.groups) > 1:
        table.start_phase("selection")
        chosen, method, minority = await pick_with_minority_report(table, turns, groups)
        support = count_support_of_seat(chosen.seat, groups)
        text = vote_text(table, chosen)
        how = f"{story}{debated}; {describe_pick(method, support)}, verbatim"
        answer = Answer(add_minority_report(text, minority), chosen.seat, how, final=text, candidates=said)
        return add_agreement(answer, support)
    winner, how = groups.groups[0], f"{story}{debated}"
    if groups.is_tie:
        table.start_phase("tie")
        winner, method = await break_tie(table, groups)
        how += f"; still tied: {describe_pick(method, None)}"
    elif rounds:
        how += f", then {describe_votes(groups, len(turns))}"
    chosen = first_vote_of(table, winner, turns)
    is_closed = winner.answer != REFUSED and answer_key(winner.answer, table.question) is not None
    text = winner.answer if is_closed else vote_text(table, chosen)
    support = count_support_of_group(winner, groups)
    return add_agreement(Answer(text, chosen.seat, how, candidates=said), support)


MODE = Mode(
    name="auto",
    summary="answers first, debates only if they differ: about a third of the tokens",
    options=AutoOptions,
    run=auto,
    team="vote",
    seats="copies",
    seat_count=lambda options: options.limit,
    different_models=True,
)
