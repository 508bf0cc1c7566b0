"""Debate: specialists answer in parallel over a shared board until the captain sees consensus.

After openai-420: every specialist holds a standard of its own, answers the whole question each
round, and reads what the others wrote in the rounds before. The captain detects agreement and
locates disagreement, and never says who is right. The final answer is one specialist's deliverable,
word for word: the one that best states what most hold, since a captain that chose by its own judgement
would be one more specialist, and the last to speak. The first round's majority is kept, to say whether
the debate overturned it.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field, StrictBool

from roundtable_tui.answers.agreement import AnswerGroups, group_answers, is_same_answer
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
    """What the captain says of a round."""

    consensus: StrictBool = Field(description="do the answers agree in substance?")
    direction: str = Field(
        "", max_length=600, description="the disputed points, neutrally; empty on consensus"
    )


class DebateOptions(Options):
    """Options of `debate`."""

    max_rounds: int = Field(3, ge=1, le=8, description="rounds at most; the captain may end it before")
    mask: bool = Field(True, description="specialists see each other as Agent A, B, C, not by name")
    reasons: bool = Field(True, description="specialists see each other's reasons, not the answers alone")


async def debate(table: Table, options: DebateOptions) -> Answer:
    """Rounds of parallel answers and a verdict on each; then a selection, word for word."""
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
                ending = f"nobody answered in round {number}"
                break
            raise NoAnswerError("no specialist answered")
        for turn in arrived:
            latest[turn.seat] = turn
            table.post(turn.seat, "answer", turn.text)
        groups = table.group_answers([(turn.seat, final_answer_text(table, turn)) for turn in arrived])
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
        # Somebody fell silent on the way: what they said last still stands, and is no answer of this round.
        final = group_answers([(turn.seat, final_answer_text(table, turn)) for turn in latest.values()])
    chosen, rung = await select_answer(table, captain, list(latest.values()), final)
    how = (
        f"{ending}; {len(latest)} of {len(table.seats)} answered; "
        f"chosen word for word ({describe_method(rung)})"
    )
    if is_overturned(first or final, final_answer_text(table, chosen)):
        how += "; the debate overturned the first majority"
    if chosen.is_truncated:
        how += "; the token limit cut it short"
    said = tuple(final_answer_text(table, turn) for turn in latest.values())
    return Answer(final_answer_text(table, chosen), chosen.seat, how, final.agreement, said)


def set_system_prompts(table: Table, options: DebateOptions) -> Seat:
    """Give everyone a system prompt, made anew if a persona is edited; return the captain."""
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
    """Return what a specialist reads at the start of a round: the question, later only what is new."""
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
    """Return entries as the reader sees them: quoted, under the reader's own names, in the reader's order."""
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
    """Return what somebody wrote as a reader is told it: unsigned, with the reader's labels of the others."""
    persona = table.seat(author).persona
    return table.masks.relabel(strip_signature(text, (persona.name, persona.full_name)), author, reader.id)


async def judge_round(
    table: Table, captain: Seat, arrived: Sequence[Turn], groups: AnswerGroups, number: int
) -> ConsensusVerdict:
    """Return the captain's verdict on a round; where the captain fails, that of the answers themselves."""
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
    """Return the turn whose deliverable is the final answer, and the rung by which it was chosen."""
    whole = [turn for turn in latest if not turn.is_truncated] or list(latest)
    largest = next((turn for turn in whole if turn.seat in groups.groups[0].seats), whole[0])
    if len(whole) == 1 or len(groups.groups) == 1:
        return largest, "only" if len(whole) == 1 else "unanimous"
    order = table.random.sample(whole, len(whole))
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
    """Return the question for a captain who has not been told it yet, or whom it never reached."""
    return "" if captain.conversation.messages else f"The question of the debate:\n\n{table.full_prompt}\n\n"


def quote_for_captain(table: Table, captain: Seat, turns: Sequence[Turn]) -> str:
    """Return whole answers, reasons too, under the captain's own neutral names."""
    order = table.masks.order(captain.id)
    turns = sorted(turns, key=lambda turn: order.index(turn.seat) if turn.seat in order else -1)
    return "\n\n".join(
        table.quoter.quote(table.masks.label(captain.id, t.seat), as_seen_by(table, captain, t.seat, t.text))
        for t in turns
    )


def final_answer_text(table: Table, turn: Turn) -> str:
    """Return the answer alone: without reasons, marker or the name of who gave it."""
    persona = table.seat(turn.seat).persona
    return strip_signature(table.quoter.extract_answer(turn.text)[0], (persona.name, persona.full_name))


def is_overturned(first: AnswerGroups, final: str) -> bool:
    """True when the first round had a majority and the final answer is another one."""
    if first.basis != "exact" or first.is_tie or not first.groups or len(first.groups[0].seats) < 2:
        return False
    return not is_same_answer(first.groups[0].answer, final)


MODE = Mode(
    name="debate",
    summary="specialists debate over a board until the captain sees consensus; one answer, word for word",
    options=DebateOptions,
    run=debate,
    team="roles",
)
