"""Council: everyone answers, everyone ranks the others' answers, and a captain writes the answer.

Each reader gets the answers of the others, never its own, under letters in an order of its own. The
ranks are added up by Borda's count: a first place among m answers is worth m - 1 points, a last one
none; an answer has the mean of what its readers gave it. The captain writes with ranking, dissent and
failures before it, and they stand above what it wrote.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from roundtable_tui.answers.agreement import final_answer
from roundtable_tui.engine import Answer, Mode, NoAnswer, Options, Table, Turn
from roundtable_tui.engine.anonymize import letter, unsigned
from roundtable_tui.engine.board import MODERATOR
from roundtable_tui.engine.decisions.decide import Wanted
from roundtable_tui.modes.ranking import Rankings, Standing, borda, dissent, in_words, loudest, ranking_form
from roundtable_tui.utils.text import one_line

WRITING = "writing"
"""The label of the turn that writes the answer."""

MEMBER = """{persona}

You are one of {count} members of a council. Everyone answers the question alone and in full; then each
judges the answers of the others without knowing whose they are."""

RANK = """Below are the answers that other members gave to the same question, under letters.

{answers}

{rule}

Judge them by your own standard: is it right, is it borne out, does it answer what was asked? Length and
polish count for nothing, nor does likeness to your own. Put them in order, the best first, every letter
once."""

WRITE = """The question:

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
        None, ge=0, le=2, description="temperature of the answers, else the personas'"
    )
    account: bool = Field(True, description="ranking, dissent and who failed stand above the answer")


async def council(table: Table, options: CouncilOptions) -> Answer:
    """Answers in parallel, rankings in parallel, then the captain, or whoever can stand in for it."""
    for seat in table.seats:
        seat.brief = lambda seat: MEMBER.format(persona=seat.persona.prompt, count=len(table.seats))
    table.phase("answers", of=3)
    turns = await table.ask_all(
        [(seat, table.asked) for seat in table.seats], temperature=options.temperature
    )
    arrived = [turn for turn in turns if turn.ok]
    if not arrived:
        raise NoAnswer("no member of the council answered")
    for turn in arrived:
        table.post(turn.seat, "answer", turn.text)
    groups = table.group([(turn.seat, final_answer(turn.text)) for turn in arrived])

    table.phase("ranking", number=2, of=3)
    rankings = await ranked(table, arrived) if len(arrived) > 2 else {}
    standings = borda(arrived, rankings)
    ranking = in_words(standings, rankings, lambda seat: table.seat(seat).name)
    table.post(MODERATOR, "ranking", f"The ranking: {ranking}")

    table.phase("answer", number=3, of=3)
    written = await write(table, standings, rankings)
    lines = account(table, turns, standings, rankings, written)
    by = (
        f"written by {table.seat(written.seat).name}"
        if written.label == WRITING
        else "the best ranked stands"
    )
    how = f"{len(arrived)} of {len(turns)} answered, {len(rankings)} ranked; {by}"
    above = "\n".join(f"> {line}" for line in lines) + "\n\n" if options.account else ""
    said = tuple(turn.text for turn in arrived)
    return Answer(above + table.quoter.own(written.text), written.seat, how, groups.agreement, said)


async def ranked(table: Table, arrived: Sequence[Turn]) -> dict[str, list[str]]:
    """Return reader -> seats, best first, of those who answered and could rank the others."""
    wanted: list[Wanted[BaseModel]] = []
    shown: list[dict[str, str]] = []
    answers = {turn.seat: nameless(table, turn) for turn in arrived}
    for reader in answers:
        order = [seat for seat in table.masks.order(reader) if seat in answers]
        seats = {letter(n): seat for n, seat in enumerate(order)}
        quoted = [table.quoter.quote(f"answer {name}", answers[seat]) for name, seat in seats.items()]
        prompt = RANK.format(answers="\n\n".join(quoted), rule=table.quoter.rule())
        form = ranking_form(list(seats))
        none = form.model_construct(ranking=[])
        wanted.append(Wanted(table.seat(reader), prompt, form, lambda none=none: none))  # type: ignore[misc]
        shown.append(seats)
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


def nameless(table: Table, turn: Turn) -> str:
    """Return an answer without the name its author may have signed it with."""
    persona = table.seat(turn.seat).persona
    return unsigned(turn.text, (persona.name, persona.full_name))


async def write(table: Table, standings: Sequence[Standing], rankings: Rankings) -> Turn:
    """Return what the captain writes, or else the next who can; if nobody can, the best ranked answer."""
    letters = {one.turn.seat: f"answer {letter(n)}" for n, one in enumerate(standings)}
    quoted = [table.quoter.quote(letters[one.turn.seat], nameless(table, one.turn)) for one in standings]
    prompt = WRITE.format(
        question=table.asked, count=len(standings), answers="\n\n".join(quoted), rule=table.quoter.rule(),
        most=max(0, len(standings) - 2), ranking=in_words(standings, rankings, letters.__getitem__),
        dissent=dissent(standings, rankings, letters.__getitem__),
    )  # fmt: skip
    next_ones = sorted(table.seats, key=lambda seat: seat.id not in letters)
    for writer in [table.captain, *next_ones] if table.captain else next_ones:
        turn = await table.ask(writer, prompt, label=WRITING, fresh=True)
        if turn.ok:
            return turn
        table.notice(f"{writer.name} could not write the answer; the next one does", writer)
    return standings[0].turn


def account(
    table: Table, turns: Sequence[Turn], standings: Sequence[Standing], rankings: Rankings, written: Turn
) -> list[str]:
    """Return the lines above the answer: ranking, dissent in its own words, who failed, who wrote."""

    def name(seat: str) -> str:
        return table.seat(seat).name

    lines = [
        f"Ranking: {in_words(standings, rankings, name)}",
        f"Dissent: {dissent(standings, rankings, name)}",
    ]
    if minority := loudest(standings):
        lines.append(f"{name(minority.turn.seat)} says: {one_line(final_answer(minority.turn.text), 300)}")
    lines += [f"Failed: {one_line(turn.error)}" for turn in turns if not turn.ok]
    if silent := [one.turn.seat for one in standings if rankings and one.turn.seat not in rankings]:
        lines.append(f"Did not rank: {', '.join(map(name, silent))}")
    if written.label != WRITING:
        lines.append(
            f"Nobody could write: this is {name(written.seat)}'s answer, the best ranked, word for word"
        )
    elif table.captain and written.seat != table.captain.id:
        lines.append(f"Written by {name(written.seat)}, for {table.captain.name} failed")
    return lines


MODE = Mode(
    name="council",
    summary="everyone answers, ranks the others' answers unseen, and the captain writes the answer",
    options=CouncilOptions,
    run=council,
    team="council",
)
