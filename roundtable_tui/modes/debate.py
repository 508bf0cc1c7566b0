"""Debate: specialists answer in parallel over a shared board until the captain sees consensus.

Source: the project openai-420; multi-agent debate as in Du et al. 2023 (arXiv:2305.14325). In each round
every specialist answers the whole question by its own standard and reads what the others wrote in earlier
rounds. The captain detects agreement and names disagreement, but never judges who is right. The final
answer is the deliverable of one specialist, verbatim: the one that best states what most of them hold. A
captain choosing by its own judgement would only be one more specialist. The majority of the first round is
kept to report whether the debate overturned it.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field, StrictBool

from roundtable_tui.answers.compare import answers_agree
from roundtable_tui.answers.grouping import AnswerGroups, group_answers_off_loop
from roundtable_tui.engine import Answer, Entry, Mode, NoAnswerError, Options, Seat, Table, Turn
from roundtable_tui.engine.anonymize import strip_signature
from roundtable_tui.reports.wording import describe_method

SPECIALIST_PROMPT = """{persona}

You sit in a debate with {count} others ({roster}), who see you only as one agent among several, as you
see them. Each round everyone answers the whole question, in full and on their own; nothing is split up
or left to others. From the second round on you see what the others wrote. Weigh their reasons by your
own standard: take over what is better justified, keep what is yours where theirs does not convince you,
and say why. The aim is the best justified answer. How many hold an answer is no reason for it.

{rule}

Reason first, briefly. Then write the line
{marker}
and below it the answer to the question and nothing else, complete in itself: only that is read in the end."""

CAPTAIN_PROMPT = """{persona}

You chair a debate of {count} specialists on a question. After each round you see their answers and say
whether they agree in substance; wording does not matter. Where they do not, you name the points in
dispute, neutrally: never who is right, never facts or an answer of your own. Name points, not agents.

{rule}"""

ROUND_UPDATE = """Round {round}. What the others wrote, quoted:

{entries}{direction}

Give your full answer to the question again, as it now stands: reasons, then the line
{marker}
and then the answer alone."""

DIRECTION = """

The captain on what is in dispute, for everyone:
{direction}"""

JUDGE_PROMPT = """{opening}Answers of round {round}:

{entries}

Do all these answers agree in substance on what the question asks? If they do not, name the disputed
points in one to three neutral sentences, for the next round."""

SELECT_PROMPT = """{opening}The debate is over. The candidates for the final answer, numbered:

{entries}

Choose the number of the one that best states what most of the specialists hold. It will be given word
for word; you change nothing and add nothing."""

DEFAULT_DIRECTION = (
    "The answers differ. Each of you: give one concrete and complete answer, and the reason it stands on."
)


class ConsensusVerdict(BaseModel):
    """The captain's verdict on a round."""

    consensus: StrictBool = Field(description="do the answers agree in substance?")
    direction: str = Field(
        "", max_length=600, description="the disputed points, neutrally; empty on consensus"
    )


class DebateOptions(Options):
    """Options of `debate`."""

    max_rounds: int = Field(3, ge=1, le=8, description="maximum number of rounds; the captain may end it")
    mask: bool = Field(True, description="specialists see each other as Agent A, B, C instead of by name")
    reasons: bool = Field(True, description="specialists see each other's reasons, not only the answers")


async def debate(table: Table, options: DebateOptions) -> Answer:
    """Run rounds of parallel answers, each with a verdict; then select one answer verbatim."""
    captain = set_system_prompts(table, options)
    latest: dict[str, Turn] = {}
    first: AnswerGroups | None = None
    ending = ""

    rounds = table.rounds("round", options.max_rounds)
    for number in rounds:
        prompts = [(seat, build_round_prompt(table, seat, number, options)) for seat in table.seats]
        turns = await table.ask_all(prompts)
        arrived = [turn for turn in turns if turn.ok and final_answer_text(table, turn)]
        if not arrived:
            if latest:
                ending = f"no seat answered in round {number}"
                break
            raise NoAnswerError("no specialist answered")
        for turn in arrived:
            latest[turn.seat] = turn
            table.post(turn.seat, "answer", turn.text)
        groups = await table.compare_answers(
            [(turn.seat, final_answer_text(table, turn)) for turn in arrived]
        )
        first = first or groups
        if len(table.seats) == 1:
            ending = "a debate of one ends with its first answer"
            break
        verdict = await judge_round(table, captain, arrived, groups, number)
        if verdict.consensus:
            ending = f"consensus in round {number}"
            break
        ending = f"no consensus after round {number}"
        if not rounds.is_last:
            table.post(captain, "direction", verdict.direction.strip() or DEFAULT_DIRECTION)

    table.start_phase("selection")
    final = groups
    if {turn.id for turn in latest.values()} != {turn.id for turn in arrived}:
        # A seat failed in a later round: its last answer still counts, though it is not of this round.
        final = await group_answers_off_loop(
            [(turn.seat, final_answer_text(table, turn)) for turn in latest.values()]
        )
    chosen, rung = await select_answer(table, captain, list(latest.values()), final)
    how = f"{ending}; {len(latest)} of {len(table.seats)} answered; {describe_method(rung)}, verbatim"
    if is_overturned(first or final, final_answer_text(table, chosen)):
        how += "; the debate overturned the first majority"
    said = tuple(final_answer_text(table, turn) for turn in latest.values())
    return Answer(final_answer_text(table, chosen), chosen.seat, how, final.agreement, said)


def set_system_prompts(table: Table, options: DebateOptions) -> Seat:
    """Set the system prompts of all seats; return the captain. Raises NoAnswerError if there is none."""
    if table.captain is None:
        raise NoAnswerError("a debate needs a captain: give the team one")
    rule, marker = table.quoter.quoting_rule(), table.quoter.marker

    def specialist(seat: Seat) -> str:
        others = [other for other in table.seats if other is not seat]
        known = [other.role or ("one more" if options.mask else other.name) for other in others]
        roster = ", ".join(known) or "nobody else"
        return SPECIALIST_PROMPT.format(
            persona=seat.persona.prompt, count=len(table.seats) - 1, roster=roster, rule=rule, marker=marker
        )

    for seat in table.seats:
        seat.system_prompt_factory = specialist
    table.captain.system_prompt_factory = lambda seat: CAPTAIN_PROMPT.format(
        persona=seat.persona.prompt, count=len(table.seats), rule=rule
    )
    return table.captain


def build_round_prompt(table: Table, seat: Seat, number: int, options: DebateOptions) -> str:
    """Build a specialist's prompt for a round: the question in the first, later only the news."""
    if number == 1:
        return table.full_prompt
    news = table.board.news(seat.id)
    directions = [entry for entry in news if entry.kind == "direction"]
    direction = "\n".join(as_seen_by(table, seat, e.author, e.content) for e in directions)
    return ROUND_UPDATE.format(
        round=number,
        entries=quote_entries(table, seat, [e for e in news if e.kind == "answer"], options),
        direction=DIRECTION.format(direction=table.quoter.strip_token(direction)) if direction else "",
        marker=table.quoter.marker,
    )


def quote_entries(table: Table, reader: Seat, entries: Sequence[Entry], options: DebateOptions) -> str:
    """Quote entries for a reader, with the labels and in the order of that reader."""
    order = table.masks.order(reader.id)
    parts = []
    for entry in sorted(entries, key=lambda e: order.index(e.author)):
        text = entry.content if options.reasons else table.quoter.extract_answer(entry.content)[0]
        if options.mask:
            label, text = (
                table.masks.label(reader.id, entry.author),
                as_seen_by(table, reader, entry.author, text),
            )
        else:
            label = entry.name
        parts.append(table.quoter.quote(label, text))
    return "\n\n".join(parts)


def as_seen_by(table: Table, reader: Seat, author: str, text: str) -> str:
    """Remove the signature from a text and replace the labels in it by those of the reader."""
    persona = table.seat(author).persona
    return table.masks.relabel(strip_signature(text, (persona.name, persona.full_name)), author, reader.id)


async def judge_round(
    table: Table, captain: Seat, arrived: Sequence[Turn], groups: AnswerGroups, number: int
) -> ConsensusVerdict:
    """Return the captain's verdict on a round; if it gives none, consensus only if all answers are equal."""
    entries = quote_for_captain(table, captain, arrived)
    prompt = JUDGE_PROMPT.format(opening=question_prefix(table, captain), round=number, entries=entries)
    yes, no = ConsensusVerdict(consensus=True, direction=""), ConsensusVerdict(consensus=False, direction="")
    unanimous = groups.basis == "exact" and groups.agreement == 1.0
    decision = await table.decide(
        captain, prompt, ConsensusVerdict, label="verdict", words={"agree": yes, "disagree": no},
        default=lambda: yes if unanimous else no,
    )  # fmt: skip
    return decision.value


async def select_answer(
    table: Table, captain: Seat, latest: Sequence[Turn], groups: AnswerGroups
) -> tuple[Turn, str]:
    """Return the turn with the final answer, and the method by which it was chosen."""
    largest = next((turn for turn in latest if turn.seat in groups.groups[0].seats), latest[0])
    if len(latest) == 1 or len(groups.groups) == 1:
        return largest, "only" if len(latest) == 1 else "unanimous"
    order = table.random.sample(list(latest), len(latest))
    listed = [
        table.quoter.quote(f"candidate {n}", final_answer_text(table, turn))
        for n, turn in enumerate(order, 1)
    ]
    prompt = SELECT_PROMPT.format(opening=question_prefix(table, captain), entries="\n\n".join(listed))
    index, rung = await table.choose(
        captain, prompt, len(order), label="selection", default=order.index(largest)
    )
    return order[index], rung


def question_prefix(table: Table, captain: Seat) -> str:
    """Return the question if the captain's conversation does not contain it yet; else ""."""
    return "" if captain.conversation.messages else f"The question of the debate:\n\n{table.full_prompt}\n\n"


def quote_for_captain(table: Table, captain: Seat, turns: Sequence[Turn]) -> str:
    """Quote whole answers with their reasons, under the captain's neutral labels."""
    order = table.masks.order(captain.id)
    turns = sorted(turns, key=lambda turn: order.index(turn.seat) if turn.seat in order else -1)
    return "\n\n".join(
        table.quoter.quote(table.masks.label(captain.id, t.seat), as_seen_by(table, captain, t.seat, t.text))
        for t in turns
    )


def final_answer_text(table: Table, turn: Turn) -> str:
    """Return the answer without reasons, marker and signature."""
    persona = table.seat(turn.seat).persona
    return strip_signature(table.quoter.extract_answer(turn.text)[0], (persona.name, persona.full_name))


def is_overturned(first: AnswerGroups, final: str) -> bool:
    """Return True if the first round had a majority and the final answer differs from it."""
    if first.basis != "exact" or first.is_tie or not first.groups or len(first.groups[0].seats) < 2:
        return False
    return not answers_agree(first.groups[0].answer, final)


MODE = Mode(
    name="debate",
    summary="specialists debate over a board until the captain sees consensus; one answer, verbatim",
    options=DebateOptions,
    run=debate,
    team="roles",
)
