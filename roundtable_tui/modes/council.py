"""Council: all members answer, all rank the answers of the others, and the captain writes the answer.

Rankings are combined by the Borda count: the first of m answers gets m - 1 points, the last none; an answer
has the mean of the points from its readers. Each reader gets the answers of the others, never its own,
under letters and in a random order. The captain writes with ranking, dissent and failures in its prompt;
they are also shown above its answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from roundtable_tui.answers.majority import count_support, count_support_of_seat
from roundtable_tui.answers.reading import extract_final_answer
from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Table, Turn
from roundtable_tui.engine.anonymize import letter_label
from roundtable_tui.engine.board import MODERATOR
from roundtable_tui.engine.decisions.decide import DecisionRequest
from roundtable_tui.engine.signatures import strip_seat_signature
from roundtable_tui.modes.open_texts import group_open_texts
from roundtable_tui.modes.outcomes import add_agreement, describe_opposition
from roundtable_tui.modes.ranking import (
    Rankings,
    Standing,
    borda_count,
    build_ranking_form,
    describe_dissent,
    describe_ranking,
    top_dissent,
)
from roundtable_tui.utils.text import single_line

WRITE_LABEL = "writing"
"""The label of the turn that writes the answer."""

MEMBER = """{persona}

You are one of {count} members of a council. Everyone answers the question alone and in full; then each
judges the answers of the others without knowing whose they are."""

RANK_PROMPT = """Below are the answers that other members gave to the same question, under letters.

{answers}

{rule}

Judge them by your own standard: is it right, is it borne out, does it answer what was asked? Length and
polish count for nothing, nor does likeness to your own. Say first what is strong and weak in them; then put
them in order, the best first, every letter once."""

WRITE_PROMPT = """The question:

{question}

{count} members of a council have answered it, each alone, and have then ranked each other's answers
without knowing whose they were. The answers, the best ranked first:

{answers}

{rule}

How they were ranked (points are means over the readers, {most} at most):
{ranking}

Dissent: {dissent}

The question once more:

{question}

Write the council's answer to it. Build on what was ranked high, but judge for yourself: a ranking is no
proof. Where the dissent has a point, give it its place. Say nothing of members, letters, ranks or how the
answer came about."""


class CouncilOptions(Options):
    """Options of `council`."""

    temperature: float | None = Field(
        None, ge=0, le=2, description="temperature of the answers; default: the personas'"
    )
    account: bool = Field(True, description="show ranking, dissent and failures above the answer")


async def council(table: Table, options: CouncilOptions) -> Answer:
    """Collect answers in parallel, then rankings in parallel; then the captain or a substitute writes."""
    for seat in table.seats:
        seat.system_prompt_factory = lambda seat: MEMBER.format(
            persona=seat.persona.prompt, count=len(table.seats)
        )
    table.start_phase("answers", of=3)
    turns = await table.ask_all(
        [(seat, table.full_prompt) for seat in table.seats], temperature=options.temperature
    )
    arrived = [turn for turn in turns if turn.ok]
    if not arrived:
        raise NoAnswerError("no member of the council answered")
    for turn in arrived:
        table.post(turn.seat, "answer", turn.text)
    answers = [
        (turn.seat, extract_final_answer(strip_names(table, turn), table.question)) for turn in arrived
    ]
    groups = await table.compare_answers(answers)

    table.start_phase("ranking", number=2, of=3)
    rankings = await rank_answers(table, arrived) if len(arrived) > 2 else {}
    standings = borda_count(arrived, rankings)
    ranking = describe_ranking(standings, rankings, lambda seat: table.seat(seat).name)
    table.post(MODERATOR, "ranking", f"The ranking: {ranking}")

    table.start_phase("answer", number=3, of=3)
    written = await write_answer(table, standings, rankings)
    groups = await group_open_texts(table, table.captain, answers, groups, 1)
    text = table.quoter.strip_boundaries(written.text)
    lines = describe_outcome(table, turns, standings, rankings, written)
    if written.label == WRITE_LABEL:
        by = f"written by {table.seat(written.seat).name}"
        support = count_support(extract_final_answer(text, table.question), groups, table.question)
    else:
        by, support = "the best ranked stands", count_support_of_seat(written.seat, groups)
    if opposition := describe_opposition(support):
        by += f", {opposition}"
        lines.append(f"This answer is {opposition}")
    how = f"{len(arrived)} of {len(turns)} answered, {len(rankings)} ranked; {by}"
    above = "\n".join(f"> {line}" for line in lines) + "\n\n" if options.account else ""
    said = tuple(turn.text for turn in arrived)
    answer = Answer(
        above + text, written.seat, how, candidates=said, final=text,
        kind="merged" if written.label == WRITE_LABEL else "chosen",
    )  # fmt: skip
    return add_agreement(answer, support)


async def rank_answers(table: Table, arrived: Sequence[Turn]) -> dict[str, list[str]]:
    """Return the rankings, best first, by reader; readers that gave none are left out."""
    wanted: list[DecisionRequest[BaseModel]] = []
    shown: list[dict[str, str]] = []
    answers = {turn.seat: strip_names(table, turn) for turn in arrived}
    for reader in answers:
        order = [seat for seat in table.masks.order(reader) if seat in answers]
        seats = {letter_label(n): seat for n, seat in enumerate(order)}
        quoted = [table.quoter.quote(f"answer {name}", answers[seat]) for name, seat in seats.items()]
        prompt = RANK_PROMPT.format(answers="\n\n".join(quoted), rule=table.quoter.quoting_rule())
        form = build_ranking_form(list(seats))
        none = form.model_construct(ranking=[])
        wanted.append(DecisionRequest(table.seat(reader), prompt, form, lambda none=none: none))  # type: ignore[misc]
        shown.append(seats)
        key = ", ".join(f"{name} is {table.seat(seat).name}" for name, seat in seats.items())
        table.notice(f"{table.seat(reader).name} ranks letters: {key}", table.seat(reader))
    decisions = await table.decide_all(wanted, label="ranking")
    found: dict[str, list[str]] = {}
    for want, seats, decision in zip(wanted, shown, decisions, strict=True):
        order = [seats[name] for name in decision.value.model_dump()["ranking"]]
        if order:
            found[want.seat.id] = order
            table.post(want.seat, "ranking", ", ".join(table.seat(seat).name for seat in order))
        else:
            table.notice(f"{want.seat.name} could not rank the others", want.seat)
    return found


def strip_names(table: Table, turn: Turn) -> str:
    """Return an answer without the signature of its author."""
    return strip_seat_signature(table.seat(turn.seat), turn.text)


async def write_answer(table: Table, standings: Sequence[Standing], rankings: Rankings) -> Turn:
    """Have the captain write the answer, else the next best seat, else take the best ranked answer."""
    letters = {one.turn.seat: f"answer {letter_label(n)}" for n, one in enumerate(standings)}
    quoted = [table.quoter.quote(letters[one.turn.seat], strip_names(table, one.turn)) for one in standings]
    prompt = WRITE_PROMPT.format(
        question=table.answer_prompt,
        count=len(standings),
        answers="\n\n".join(quoted),
        rule=table.quoter.quoting_rule(),
        most=max(0, len(standings) - 2),
        ranking=describe_ranking(standings, rankings, letters.__getitem__),
        dissent=describe_dissent(standings, rankings, letters.__getitem__),
    )
    next_ones = sorted(table.seats, key=lambda seat: seat.id not in letters)
    for writer in [table.captain, *next_ones] if table.captain else next_ones:
        turn = await table.ask(writer, prompt, label=WRITE_LABEL, fresh=True)
        if turn.ok:
            return turn
        table.notice(f"{writer.name} could not write the answer; the next one does", writer)
    return standings[0].turn


def describe_outcome(
    table: Table, turns: Sequence[Turn], standings: Sequence[Standing], rankings: Rankings, written: Turn
) -> list[str]:
    """Return the lines above the answer: ranking, dissent verbatim, failures, writer."""

    def name(seat: str) -> str:
        return table.seat(seat).name

    lines = [
        f"Ranking: {describe_ranking(standings, rankings, name)}",
        f"Dissent: {describe_dissent(standings, rankings, name)}",
    ]
    if minority := top_dissent(standings):
        said = extract_final_answer(minority.turn.text, table.question)
        lines.append(f"{name(minority.turn.seat)} says: {single_line(said, 300)}")
    lines += [f"{name(turn.seat)} did not answer" for turn in turns if not turn.ok]
    if silent := [one.turn.seat for one in standings if rankings and one.turn.seat not in rankings]:
        lines.append(f"Did not rank: {', '.join(map(name, silent))}")
    if written.label != WRITE_LABEL:
        lines.append(f"No seat could write: this is {name(written.seat)}'s answer, the best ranked, verbatim")
    elif table.captain and written.seat != table.captain.id:
        lines.append(f"Written by {name(written.seat)}, for {table.captain.name} failed")
    return lines


MODE = Mode(
    name="council",
    summary="all answer, rank the others' answers anonymously, and the captain writes the answer",
    options=CouncilOptions,
    run=council,
    team="council",
)
