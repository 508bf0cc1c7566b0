"""Loop: one asks, one answers, now and then one steers, one takes notes; and on to the next question.

After Metaformers: Questioner -> Creator -> every few turns Mediator -> Scriber, from one seed question.
What was asked and noted in earlier turns is remembered, as far as a budget goes. A role that fails leaves
a gap and never an old text in its place: a question without an answer is put again, a missing question
comes from what the others proposed. A question or an answer that repeats an earlier one is noticed, and
acted on.
"""

from __future__ import annotations

from pydantic import Field

from roundtable_tui.engine import Answer, Mode, NoAnswer, Options, Table
from roundtable_tui.engine.mode import Wiring
from roundtable_tui.modes.loop.checks import next_topic, said_before, without_topic
from roundtable_tui.modes.loop.files import LoopFiles, now
from roundtable_tui.modes.loop.questions import chained, first, further
from roundtable_tui.modes.loop.state import Inquiry, Past

BARREN = 3
"""Turns without an answer after which the loop ends."""

CREATE = """{memory}{rule}

The question:

{question}

Answer it, in good order: the idea, how it works, what follows from it.{next_prompt}"""

NEXT_PROMPT = """ You may close with one line that names the
question that should come next, in this form:
NextPrompt: ..."""

MEDIATE = """{memory}Turn {turn} of the inquiry. The question:

{question}

The answer to it:

{answer}

{rule}

Ask one question about the inquiry itself, in two sentences at most: what does it take for granted, what
has it lost sight of, where should it go? Write the question alone."""

SCRIBE = """An answer that was given:

{answer}

{rule}

Put it down in two to four bullet points of one line each: what it claims, and what is to be done next.
Write the bullet points alone."""


class LoopOptions(Options):
    """Options of `loop`."""

    turns: int = Field(8, ge=1, le=500, description="turns of the loop")
    mediator_interval: int = Field(
        3, ge=0, le=500, description="every so many turns the Mediator speaks; 0: never"
    )
    seed: str = Field("", max_length=100_000, description="the seed, in place of the question")
    literal: bool = Field(False, description="the seed is the first question as it stands")
    next_prompt: bool = Field(True, description="the Creator may propose the next question")
    auto_chain: bool = Field(False, description="the next question is the one the Creator proposes")
    memory_chars: int = Field(
        4000, ge=0, le=200_000, description="characters of earlier turns that are remembered"
    )
    stop_on_repetition: bool = Field(True, description="end when it only repeats itself")
    temperature: float | None = Field(
        None,
        ge=0,
        le=2,
        description="of Questioner and Creator, half of it for the others; else the personas'",
    )
    top_p: float | None = Field(None, gt=0, le=1, description="top_p, where the server takes it")
    q_model: str = Field("", max_length=200, description="the Questioner's model")
    c_model: str = Field("", max_length=200, description="the Creator's model")
    m_model: str = Field("", max_length=200, description="the Mediator's model")
    s_model: str = Field("", max_length=200, description="the Scriber's model")
    echo: bool = Field(False, description="tell what everybody says, too")
    echo_max_chars: int = Field(0, ge=0, le=1_000_000, description="characters of it at most; 0: all")


async def loop(table: Table, options: LoopOptions) -> Answer:
    """Turn after turn, until the last one or until nothing new comes."""
    inquiry = begin(table, options)
    try:
        rounds = table.rounds("turn", options.turns)
        for number in rounds:
            turn = inquiry.open(number)
            turn.question = await next_question(inquiry, turn, options)
            if turn.question:
                await create(inquiry, turn, options)
            if turn.answer:
                if options.mediator_interval and number % options.mediator_interval == 0:
                    await mediate(inquiry, turn)
                await scribe(inquiry, turn)
            inquiry.files.end_of_turn(turn.topic)
            inquiry.ended = inquiry.ended or no_use(inquiry, options)
            if inquiry.ended and not rounds.last:
                table.notice(f"the loop ends after turn {number}: {inquiry.ended}")
                break
    finally:
        inquiry.close(options)
    if not inquiry.answered:
        raise NoAnswer("the Creator never answered")
    how = f"{len(inquiry.answered)} of {len(inquiry.past)} turns have an answer"
    how += f"; ended early: {inquiry.ended}" if inquiry.ended else ""
    return Answer("\n\n".join(f"**{one.question}**\n\n{one.noted}" for one in inquiry.answered), how=how)


async def next_question(inquiry: Inquiry, turn: Past, options: LoopOptions) -> str:
    """Return the question of a turn, "" for none; one that is not the Questioner's is said to be so."""
    if turn.number == 1:
        return await first(inquiry, literal=options.literal)
    last = inquiry.past[-2]
    if last.question and not last.answer:
        return inquiry.instead(turn.number, last.question, "a question that got no answer is put again")
    question = await chained(inquiry, turn) if options.auto_chain else ""
    return question or await further(inquiry, turn, stop=options.stop_on_repetition)


async def create(inquiry: Inquiry, turn: Past, options: LoopOptions) -> None:
    """Have the question answered; an answer that repeats an earlier one is noticed."""
    context = inquiry.table.context
    prompt = CREATE.format(
        memory=(f"{context}\n\n" if context else "") + inquiry.memory(),
        rule=inquiry.table.quoter.rule(),
        question=turn.question,
        next_prompt=NEXT_PROMPT if options.next_prompt or options.auto_chain else "",
    )
    earlier = inquiry.answered
    reply = await inquiry.say("creator", turn.number, prompt)
    turn.answer, turn.topic = without_topic(reply) or reply, next_topic(reply)
    if (place := said_before(turn.answer, [one.answer for one in earlier])) is not None:
        turn.repeats = earlier[place].number
        inquiry.flag(turn.number, "creator", [f"repeats turn {turn.repeats}"])


async def mediate(inquiry: Inquiry, turn: Past) -> None:
    """Step back: have the inquiry itself questioned."""
    prompt = MEDIATE.format(
        memory=inquiry.memory(),
        turn=turn.number,
        question=turn.question,
        answer=inquiry.quoted(turn),
        rule=inquiry.table.quoter.rule(),
    )
    turn.mediator = await inquiry.say("mediator", turn.number, prompt)


async def scribe(inquiry: Inquiry, turn: Past) -> None:
    """Have notes taken of the answer."""
    prompt = SCRIBE.format(answer=inquiry.quoted(turn), rule=inquiry.table.quoter.rule())
    turn.notes = await inquiry.say("scriber", turn.number, prompt)


def no_use(inquiry: Inquiry, options: LoopOptions) -> str:
    """Return why going on is of no use, "" if it is of some."""
    latest = inquiry.past[-BARREN:]
    if len(latest) == BARREN and not any(one.answer for one in latest):
        return f"{BARREN} turns in a row have no answer"
    if options.stop_on_repetition and len(latest) > 1 and all(one.repeats for one in latest[-2:]):
        return "the answers repeat themselves"
    return ""


def begin(table: Table, options: LoopOptions) -> Inquiry:
    """Return an inquiry that has not asked anything yet, its log opened."""
    inquiry = Inquiry(
        table,
        LoopFiles(table.folder, table.notice),
        started=str(table.fact("started", lambda: {"at": now()})["at"]),
        memory_chars=options.memory_chars,
        temperature=options.temperature,
        top_p=options.top_p,
        echo=options.echo_max_chars if options.echo else None,
    )
    run = table.folder.name if table.folder else ""
    inquiry.files.head(run, inquiry.started, configuration(inquiry, options), table.question)
    return inquiry


def configuration(inquiry: Inquiry, options: LoopOptions) -> dict[str, object]:
    """Return how the loop is set up, as its log has it."""
    return {
        "turns": options.turns,
        "mediator_interval": options.mediator_interval or "disabled",
        **{f"{role} model": model for role, model in inquiry.models().items()},
        "questioner_mode": "literal" if options.literal else "refine",
        "auto_chain": "on" if options.auto_chain else "off",
        "memory": f"{options.memory_chars} characters",
    }


MODE = Mode(
    name="loop",
    summary="from one seed: a question, an answer, now and then a step back, notes; and on",
    options=LoopOptions,
    run=loop,
    team="loop",
    captain=False,
    wiring=Wiring(
        question="seed",
        models={"q_model": "questioner", "c_model": "creator", "m_model": "mediator", "s_model": "scriber"},
        environ={
            "QUESTIONER_MODEL": "q_model",
            "CREATOR_MODEL": "c_model",
            "MEDIATOR_MODEL": "m_model",
            "SCRIBER_MODEL": "s_model",
            "AUTO_CHAIN": "auto_chain",
            "ECHO_STDOUT": "echo",
            "ECHO_MAX_CHARS": "echo_max_chars",
            "GEN_TEMPERATURE": "temperature",
            "GEN_TOP_P": "top_p",
        },
        limits={
            "MF_CONNECT_TIMEOUT": ("connect_s",),
            "MF_READ_TIMEOUT": ("first_token_s", "idle_s"),
            "MF_MAX_RETRIES": ("retries",),
        },
        aliases={"interval": "mediator_interval"},
    ),
)
