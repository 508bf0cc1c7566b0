"""Debate: specialists answer in parallel over a shared board until the captain sees consensus.

Source: the project openai-420; multi-agent debate as in Du et al. 2023 (arXiv:2305.14325). In each round
every specialist answers the whole question by its own standard and reads what the others wrote in earlier
rounds. The captain detects agreement and names disagreement, but never judges who is right. The final
answer is the deliverable of one specialist, verbatim: the one that best states what most of them hold. A
captain choosing by its own judgement would only be one more specialist. The majority of the first round is
kept to report whether the debate overturned it.

Variants, off by default: `links = ring`, in which each reads its two neighbours only (sparse communication,
Li et al. 2024, arXiv:2406.11776); `intensity`, how ready each is to be convinced (DebateLLM, Smit et al.
2023, arXiv:2311.17371); `each_option`, for multiple choice, which has every option judged before one is
chosen (the group-chat prompts of openai-420).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, Field, StrictBool

from roundtable_tui.answers.grouping import AnswerGroups
from roundtable_tui.answers.majority import (
    count_support_of_seat,
    have_different_answers,
    is_unanimous,
)
from roundtable_tui.answers.reading import extract_final_answer
from roundtable_tui.engine import Answer, Entry, Mode, NoAnswerError, Options, Seat, Table, Turn
from roundtable_tui.engine.board import ring_neighbours
from roundtable_tui.engine.signatures import strip_seat_signature
from roundtable_tui.modes.open_texts import group_open_texts
from roundtable_tui.modes.outcomes import add_agreement, describe_pick, shorten_answer
from roundtable_tui.reports.wording import describe_method
from roundtable_tui.utils.text import single_line

SPECIALIST_PROMPT = """{persona}

You sit in a debate with {count} others{roster}, who see you only as one agent among several, as you see
them. Each round everyone answers the whole question, in full and on their own; nothing is split up
or left to others. From the second round on you see what the others wrote. Weigh their reasons by your
own standard: take over what is better justified, keep what is yours where theirs does not convince you,
and say why. The aim is the best justified answer. How many hold an answer is no reason for it.{extra}

{rule}

Reason first, briefly. Then write the line
{marker}
and below it the answer to the question and nothing else, complete in itself: only that is read in the end."""

INTENSITY = """

How far to trust the others: agree with them {percent} % of the time. At 0 % you keep your answer whatever
they say, at 100 % you take theirs."""

EACH_OPTION = """

If the question gives options to choose from, judge every one of them first, also those that you will not
choose: what speaks for it, what against it. Choose only then."""

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

The captain on the open disagreements, for everyone:
{direction}"""

JUDGE_PROMPT = """{opening}Answers of round {round}:

{entries}

Compare what they say on what the question asks. Name the points in dispute, in one to three neutral
sentences, for the next round; where there are none, say what they all hold. Then decide: do all these
answers agree in substance?"""

SELECT_PROMPT = """{opening}The debate is over. The candidates for the final answer, numbered:

{entries}

Choose the number of the one that best states what most of the specialists hold. Say first what most of
them hold. The one you choose will be given word for word; you change nothing and add nothing.{computed}"""

PREFER_COMPUTED = """ Those
marked as computed rest on a program that was run: where candidates differ in a figure or a fact that can
be computed, choose one of these."""
COMPUTING_TOOLS = frozenset({"python"})
"""Tools whose result is a computation."""

SELECTION = "selection"
"""The phase after the last round."""
DEFAULT_DIRECTION = (
    "The answers differ. Each of you: give one concrete and complete answer, and the reason it stands on."
)


class ConsensusVerdict(BaseModel):
    """The captain's verdict on a round."""

    direction: str = Field(
        "", max_length=600, description="the points in dispute, neutrally; where none are, what all hold"
    )
    consensus: StrictBool = Field(description="do all the answers agree in substance?")


class DebateOptions(Options):
    """Options of `debate`."""

    max_rounds: int = Field(3, ge=1, le=8, description="maximum number of rounds; the captain may end it")
    mask: bool = Field(True, description="specialists see each other as Agent A, B, C instead of by name")
    reasons: bool = Field(True, description="specialists see each other's reasons, not only the answers")
    ask_captain: bool = Field(False, description="the captain judges rounds with equal answers too")
    links: Literal["full", "ring"] = Field("full", description="who reads whom: all, or two neighbours each")
    intensity: float | None = Field(
        None, ge=0, le=1, description="readiness to be convinced, 0 to 1; default: by reasons alone"
    )
    each_option: bool = Field(False, description="for multiple choice: judge every option before choosing")
    prefer_computed: bool = Field(
        False, description="the selection prefers answers whose computation ran (with the tool python)"
    )


async def debate(table: Table, options: DebateOptions) -> Answer:
    """Run rounds of parallel answers, each with a verdict; then select one answer verbatim."""
    captain = set_system_prompts(table, options)
    latest: dict[str, Turn] = {}
    computed: set[str] = set()
    ending, agreed = "", False

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
            if options.prefer_computed and COMPUTING_TOOLS.intersection(turn.tools_used):
                computed.add(turn.seat)
            table.post(turn.seat, "answer", turn.text)
        # A seat that failed in this round keeps its last answer.
        final = await table.compare_answers(list_answers(table, latest.values()))
        if len(table.seats) == 1:
            ending = "a debate of one ends with its first answer"
            break
        if ends_unanimous(table, final) and needs_no_captain(table, captain, latest, options):
            table.notice(f"all {len(latest)} answers are equal: the captain is not asked")
            ending = f"consensus in round {number}"
            break
        verdict = await judge_round(table, captain, arrived, final, number)
        if verdict.consensus:
            ending = describe_consensus(final, number, table.question)
            agreed = not have_different_answers(final, table.question)
            break
        ending = f"no consensus after round {number}{describe_votes(final, table.question)}"
        if not rounds.is_last:
            table.post(captain, "direction", verdict.direction.strip() or DEFAULT_DIRECTION)

    table.start_phase(SELECTION)
    chosen, rung = await select_answer(table, captain, list(latest.values()), final, computed)
    if not ending.startswith("consensus"):
        answers = list_answers(table, latest.values())
        final = await group_open_texts(table, captain, answers, final, table.turns.round_number)
    support = count_support_of_seat(chosen.seat, final)
    # Where the captain found that differently worded answers agree, none is against the majority.
    picked = describe_method(rung) if agreed else describe_pick(rung, support)
    how = f"{ending}; {len(latest)} of {len(table.seats)} answered; {picked}, verbatim"
    text = final_answer_text(table, chosen)
    said = tuple(final_answer_text(table, turn) for turn in latest.values())
    return add_agreement(Answer(text, chosen.seat, how, candidates=said), support)


def ends_unanimous(table: Table, groups: AnswerGroups) -> bool:
    """Return True if all answers are equal, or were for the version that recorded the resumed run."""
    return is_unanimous(groups, table.question) or table.recorded_steps.find_next_phase() == SELECTION


def needs_no_captain(table: Table, captain: Seat, latest: Mapping[str, Turn], options: DebateOptions) -> bool:
    """Return True if equal answers of all seats end a round: no seat is missing, and no verdict is recorded.

    A record of an earlier version has verdicts on such rounds too: a resumed run takes them.
    """
    if options.ask_captain or table.is_recorded(captain, "verdict"):
        return False
    return all(seat.id in latest or seat.muted for seat in table.seats)


def describe_consensus(groups: AnswerGroups, number: int, question: str) -> str:
    """Describe a consensus that the captain declared, with the answers if they differ."""
    if not have_different_answers(groups, question):
        return f"consensus in round {number}"
    return f"consensus in round {number}, declared over different answers{describe_votes(groups, question)}"


def describe_votes(groups: AnswerGroups, question: str) -> str:
    """Return ` (42 by 2 of 3, 41 by 1)`; "" if the answers are not such that they can be counted."""
    if not have_different_answers(groups, question):
        return ""
    total = sum(len(group.seats) for group in groups.groups)
    counts = [
        f"{shorten_answer(group.answer)} by {len(group.seats)}{'' if n else f' of {total}'}"
        for n, group in enumerate(groups.groups)
    ]
    return f" ({', '.join(counts)})"


def set_system_prompts(table: Table, options: DebateOptions) -> Seat:
    """Set the system prompts of all seats; return the captain. Raises NoAnswerError if there is none."""
    if table.captain is None:
        raise NoAnswerError("a debate needs a captain: give the team one")
    rule, marker = table.quoter.quoting_rule(), table.quoter.marker

    def specialist(seat: Seat) -> str:
        others = [other for other in table.seats if other is not seat]
        roster = describe_roster(others, masked=options.mask)
        return SPECIALIST_PROMPT.format(
            persona=seat.persona.prompt, count=len(table.seats) - 1, roster=roster, rule=rule, marker=marker,
            extra=describe_variants(options),
        )  # fmt: skip

    for seat in table.seats:
        seat.system_prompt_factory = specialist
    table.captain.system_prompt_factory = lambda seat: CAPTAIN_PROMPT.format(
        persona=seat.persona.prompt, count=len(table.seats), rule=rule
    )
    return table.captain


def describe_variants(options: DebateOptions) -> str:
    """Return the instructions of the options `intensity` and `each_option`; "" without them."""
    intensity = "" if options.intensity is None else INTENSITY.format(percent=round(options.intensity * 100))
    return intensity + (EACH_OPTION if options.each_option else "")


def describe_roster(others: Sequence[Seat], *, masked: bool) -> str:
    """Return the others as ` (roles: "evidence"; "logic, maths")`, each as one item; "" for none.

    A role may contain commas, and a list of such roles would read as more seats than there are.
    """
    roles = [_clean_role(other.role) for other in others]
    items = [
        f'"{role}"' if role else "one more" if masked else other.name
        for other, role in zip(others, roles, strict=True)
    ]
    return f" ({'roles: ' if any(roles) else ''}{'; '.join(items)})" if items else ""


@lru_cache(maxsize=256)  # Every seat reads the roles of all others.
def _clean_role(role: str) -> str:
    return single_line(role).replace('"', "'")


def build_round_prompt(table: Table, seat: Seat, number: int, options: DebateOptions) -> str:
    """Build a specialist's prompt for a round: the question in the first, later only the news."""
    if number == 1:
        return table.answer_prompt
    news = table.board.news(seat.id)
    if options.links == "ring":
        near = ring_neighbours([one.id for one in table.seats], seat.id)
        news = [entry for entry in news if entry.kind != "answer" or entry.author in near]
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
    places = {seat: place for place, seat in enumerate(table.masks.order(reader.id))}
    parts = []
    for entry in sorted(entries, key=lambda e: places[e.author]):
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
    return table.masks.relabel(strip_seat_signature(table.seat(author), text), author, reader.id)


async def judge_round(
    table: Table, captain: Seat, arrived: Sequence[Turn], groups: AnswerGroups, number: int
) -> ConsensusVerdict:
    """Return the captain's verdict on a round; if it gives none, consensus only if all answers are equal.

    `groups` are the latest answers of all seats.
    """
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
    table: Table,
    captain: Seat,
    latest: Sequence[Turn],
    groups: AnswerGroups,
    computed: Collection[str] = (),
) -> tuple[Turn, str]:
    """Return the turn with the final answer, and the method by which it was chosen.

    Answers of the seats in `computed` rest on a program that ran. They are marked for the captain, and
    without a choice of the captain the largest group with one of them counts.
    """
    by_size = [turn for group in groups.groups for turn in latest if turn.seat in group.seats]
    preferred = [turn for turn in by_size if turn.seat in computed] or by_size
    largest = preferred[0] if preferred else latest[0]
    if len(latest) == 1 or len(groups.groups) == 1:
        return largest, "only" if len(latest) == 1 else "unanimous"
    order = table.random.sample(list(latest), len(latest))
    listed = [
        table.quoter.quote(
            f"candidate {n}{', computed' if turn.seat in computed else ''}", final_answer_text(table, turn)
        )
        for n, turn in enumerate(order, 1)
    ]
    prompt = SELECT_PROMPT.format(
        opening=question_prefix(table, captain), entries="\n\n".join(listed),
        computed=PREFER_COMPUTED if computed else "",
    )  # fmt: skip
    index, rung = await table.choose(
        captain, prompt, len(order), label="selection", default=order.index(largest),
        authors=[turn.seat for turn in order],
    )  # fmt: skip
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
    return strip_seat_signature(table.seat(turn.seat), table.quoter.extract_answer(turn.text)[0])


def list_answers(table: Table, turns: Iterable[Turn]) -> list[tuple[str, str]]:
    """Return (seat, final answer) of turns: of a reply without the marker, what it states."""
    return [
        (turn.seat, extract_final_answer(final_answer_text(table, turn), table.question)) for turn in turns
    ]


MODE = Mode(
    name="debate",
    summary="specialists debate over a board until the captain sees consensus; one answer, verbatim",
    options=DebateOptions,
    run=debate,
    team="roles",
)
