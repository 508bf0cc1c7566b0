"""Loop: one asks, one answers, now and then one steers, one takes notes; and on to the next question.

After Metaformers: Questioner -> Creator -> every few turns Mediator -> Scriber, from one seed question.
What was asked and noted in earlier turns is remembered, as far as a budget goes. A role that fails leaves
a gap and never an old text in its place: a question without an answer is put again, a missing question
comes from what the others proposed. A question or an answer that repeats an earlier one is noticed, and
acted on.
"""

from __future__ import annotations

from pydantic import Field

from roundtable_tui.modes.loop_checks import (
    QUESTION_WORDS,
    asked_before,
    asks,
    next_topic,
    one_question,
    said_before,
    without_topic,
)
from roundtable_tui.modes.loop_files import LoopFiles, now
from roundtable_tui.modes.loop_inquiry import TITLES, Inquiry, Past
from roundtable_tui.table import Answer, Mode, NoAnswer, Options, Table
from roundtable_tui.table.mode import Wiring
from roundtable_tui.text import shorten

ANSWER_CHARACTERS = 6000
"""Characters of an answer that are put before the other roles."""
BARREN = 3
"""Turns without an answer after which the loop ends."""

REFINE = """An inquiry is to begin with this:

{seed}

{rule}

Put it as one short, precise question. Do not answer it. Write the question alone."""

FOLLOW_UP = """{memory}The last question:

{question}

The answer to it:

{answer}
{mediator}
{rule}

Ask one question that takes this further: it goes on from the answer, challenges it or makes it clearer.
{words} words at most. Do not answer it. Write the question alone.{repeated}"""

MEDIATED = """
The mediator has put to you both:

{text}
"""

TOPIC = """The next question has been proposed:

{topic}

{rule}

Write it down as it is, as one question: correct spelling and punctuation and change nothing else."""

ASKED = """

What you are about to ask was asked before: "{question}" Ask about something that nobody has touched yet."""
SAID = "\n\nThat answer said again what was said in turn {turn}: lead the inquiry somewhere else."

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
    files, echo = LoopFiles(table.folder, table.notice), options.echo_max_chars if options.echo else None
    inquiry = Inquiry(table, files, options.memory_chars, options.temperature, options.top_p, echo)
    started = str(table.fact("started", lambda: {"at": now()})["at"])
    run = table.folder.name if table.folder else ""
    inquiry.files.head(run, started, configuration(inquiry, options), table.question)
    try:
        rounds = table.rounds("turn", options.turns)
        for number in rounds:
            inquiry.files.turn(number)
            inquiry.past.append(turn := Past(number))
            turn.question = await next_question(inquiry, turn, options)
            if turn.question:
                await work_on(inquiry, turn, options)
            inquiry.files.end_of_turn(turn.topic)
            inquiry.ended = inquiry.ended or no_use(inquiry, options)
            if inquiry.ended and not rounds.last:
                table.notice(f"the loop ends after turn {number}: {inquiry.ended}")
                break
    finally:
        inquiry.close(started, options)
    if not inquiry.answered:
        raise NoAnswer("the Creator never answered")
    how = f"{len(inquiry.answered)} of {len(inquiry.past)} turns have an answer"
    how += f"; ended early: {inquiry.ended}" if inquiry.ended else ""
    return Answer("\n\n".join(f"**{one.question}**\n\n{one.noted}" for one in inquiry.answered), how=how)


async def work_on(inquiry: Inquiry, turn: Past, options: LoopOptions) -> None:
    """Answer a question, step back from it where that is due, and take notes."""
    quoter = inquiry.table.quoter
    proposing = NEXT_PROMPT if options.next_prompt or options.auto_chain else ""
    background = f"{inquiry.table.context}\n\n" if inquiry.table.context else ""
    prompt = CREATE.format(
        memory=background + inquiry.memory(),
        rule=quoter.rule(),
        question=turn.question,
        next_prompt=proposing,
    )
    reply = await inquiry.say("creator", turn.number, prompt)
    turn.answer, turn.topic = without_topic(reply) or reply, next_topic(reply)
    if not turn.answer:
        return  # There is nothing new to steer or to note down.
    earlier = [one for one in inquiry.answered if one is not turn]
    if (place := said_before(turn.answer, [one.answer for one in earlier])) is not None:
        turn.repeats = earlier[place].number
        inquiry.flag(turn.number, "creator", [f"repeats turn {turn.repeats}"])
    answer = quoter.quote("answer", shorten(turn.answer, ANSWER_CHARACTERS))
    if options.mediator_interval and turn.number % options.mediator_interval == 0:
        prompt = MEDIATE.format(
            memory=inquiry.memory(),
            turn=turn.number,
            question=turn.question,
            answer=answer,
            rule=quoter.rule(),
        )
        turn.mediator = await inquiry.say("mediator", turn.number, prompt)
    turn.notes = await inquiry.say("scriber", turn.number, SCRIBE.format(answer=answer, rule=quoter.rule()))


async def next_question(inquiry: Inquiry, turn: Past, options: LoopOptions) -> str:
    """Return the question of a turn, "" for none; one that is not the Questioner's is said to be so."""
    seed, quoter = inquiry.table.question, inquiry.table.quoter
    if turn.number == 1 and options.literal:
        inquiry.files.section(TITLES["questioner"], seed)
        return seed
    if turn.number == 1:
        prompt = REFINE.format(seed=quoter.quote("seed", seed), rule=quoter.rule())
        question = one_question(await inquiry.say("questioner", 1, prompt))
        return question if asks(question) else inquiry.instead(1, seed, "the seed stands")
    last = inquiry.past[-2]
    if last.question and not last.answer:
        return inquiry.instead(turn.number, last.question, "a question that got no answer is put again")
    last = inquiry.answered[-1]
    asked = [one for one in inquiry.past if one.question]
    if options.auto_chain:
        topic = last.topic or f"Refine: {last.question.removeprefix('Refine: ')}"
        prompt = TOPIC.format(topic=quoter.quote("topic", topic), rule=quoter.rule())
        question = one_question(await inquiry.say("questioner", turn.number, prompt))
        if not repeated(question or topic, asked):
            return question or inquiry.instead(turn.number, topic, "the proposal stands as it was made")
        inquiry.table.notice(
            f"Turn {turn.number}: the proposal was asked before, so another question is asked"
        )
    prompt = follow_up(inquiry, last)
    question = one_question(await inquiry.say("questioner", turn.number, prompt))
    if question and (same := repeated(question, asked)):
        inquiry.flag(turn.number, "questioner", [f"asks what turn {same.number} asked"])
        prompt += ASKED.format(question=same.question)
        question = one_question(await inquiry.say("questioner", turn.number, prompt)) or ""
        if question and repeated(question, asked) and options.stop_on_repetition:
            inquiry.ended = "the Questioner asks only what has been asked before"
            return ""
    if asks(question):
        return question
    proposals = (
        (last.topic, "the Creator's proposal stands"),
        (one_question(last.mediator) if asks(last.mediator) else "", "the Mediator's question stands"),
    )
    fresh = [(proposal, why) for proposal, why in proposals if proposal and not repeated(proposal, asked)]
    if question and not fresh:
        return question
    return inquiry.instead(turn.number, *(fresh or [("", "there is no question in this turn")])[0])


def follow_up(inquiry: Inquiry, last: Past) -> str:
    """Return the prompt for the next question."""
    quoter = inquiry.table.quoter
    return FOLLOW_UP.format(
        memory=inquiry.memory(but=last), question=last.question, words=QUESTION_WORDS, rule=quoter.rule(),
        answer=quoter.quote("answer", shorten(last.answer, ANSWER_CHARACTERS)),
        mediator=MEDIATED.format(text=quoter.quote("mediator", last.mediator)) if last.mediator else "",
        repeated=SAID.format(turn=last.repeats) if last.repeats else "",
    )  # fmt: skip


def repeated(question: str, asked: list[Past]) -> Past | None:
    """Return the turn that asked the same before, if any."""
    place = asked_before(question, [one.question for one in asked])
    return None if place is None else asked[place]


def no_use(inquiry: Inquiry, options: LoopOptions) -> str:
    """Return why going on is of no use, "" if it is of some."""
    latest = inquiry.past[-BARREN:]
    if len(latest) == BARREN and not any(one.answer for one in latest):
        return f"{BARREN} turns in a row have no answer"
    if options.stop_on_repetition and len(latest) > 1 and all(one.repeats for one in latest[-2:]):
        return "the answers repeat themselves"
    return ""


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
