"""Loop: one role asks, one answers, one redirects from time to time, one takes notes; then the next question.

Source: the project Metaformers. Questioner -> Creator -> Mediator every few turns -> Scriber, starting from
one seed question. Questions and notes of earlier turns are remembered up to a limit. If a role fails, no
old text takes its place: a question without an answer is asked again, a missing question is replaced by a
proposal of another role. Repeated questions and answers are detected and handled.
"""

from __future__ import annotations

from pydantic import Field

from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Table
from roundtable_tui.engine.mode import OptionSources
from roundtable_tui.modes.loop.checks import extract_topic, find_repeated_answer, strip_topic
from roundtable_tui.modes.loop.files import LoopFiles, utc_now
from roundtable_tui.modes.loop.questions import (
    ask_chained_question,
    ask_first_question,
    ask_follow_up_question,
)
from roundtable_tui.modes.loop.state import LoopState, LoopTurn

MAX_TURNS_WITHOUT_ANSWER = 3
"""Turns without an answer in a row after which the loop ends."""

CREATE_PROMPT = """{memory}{rule}

The question:

{question}

Answer it, in good order: the idea, how it works, what follows from it.{next_prompt}"""

NEXT_PROMPT = """ You may close with one line that names the
question that should come next, in this form:
NextPrompt: ..."""

MEDIATE_PROMPT = """{memory}Turn {turn} of the inquiry. The question:

{question}

The answer to it:

{answer}

{rule}

Ask one question about the inquiry itself, in two sentences at most: what does it take for granted, what
has it lost sight of, where should it go? Write the question alone."""

SCRIBE_PROMPT = """An answer that was given:

{answer}

{rule}

Put it down in two to four bullet points of one line each: what it claims, and what is to be done next.
Write the bullet points alone."""


class LoopOptions(Options):
    """Options of `loop`."""

    turns: int = Field(8, ge=1, le=500, description="turns of the loop")
    mediator_interval: int = Field(3, ge=0, le=500, description="turns between two of the Mediator; 0: never")
    seed: str = Field("", max_length=100_000, description="the seed, in place of the question")
    literal: bool = Field(False, description="the seed is the first question, verbatim")
    next_prompt: bool = Field(True, description="the Creator may propose the next question")
    auto_chain: bool = Field(False, description="the next question is the one the Creator proposes")
    memory_chars: int = Field(
        4000, ge=0, le=200_000, description="characters of earlier turns that are remembered"
    )
    stop_on_repetition: bool = Field(True, description="end if the loop only repeats itself")
    temperature: float | None = Field(
        None,
        ge=0,
        le=2,
        description="of Questioner and Creator, half of it for the others; default: the personas'",
    )
    top_p: float | None = Field(None, gt=0, le=1, description="top_p, if the server accepts it")
    q_model: str = Field("", max_length=200, description="the Questioner's model")
    c_model: str = Field("", max_length=200, description="the Creator's model")
    m_model: str = Field("", max_length=200, description="the Mediator's model")
    s_model: str = Field("", max_length=200, description="the Scriber's model")
    echo: bool = Field(False, description="also print all replies")
    echo_max_chars: int = Field(
        0, ge=0, le=1_000_000, description="maximum characters of each printed reply; 0: all"
    )


async def loop(table: Table, options: LoopOptions) -> Answer:
    """Run turns until the last one, or until there is nothing new to ask."""
    inquiry = start_loop(table, options)
    try:
        rounds = table.rounds("turn", options.turns)
        for number in rounds:
            turn = inquiry.start_turn(number)
            turn.question = await next_question(inquiry, turn, options)
            if turn.question:
                await answer_question(inquiry, turn, options)
            if turn.answer:
                if options.mediator_interval and number % options.mediator_interval == 0:
                    await mediate(inquiry, turn)
                await take_notes(inquiry, turn)
            inquiry.files.end_turn(turn.topic)
            inquiry.end_reason = inquiry.end_reason or stop_reason(inquiry, options)
            if inquiry.end_reason and not rounds.is_last:
                table.notice(f"the loop ends after turn {number}: {inquiry.end_reason}")
                break
    finally:
        inquiry.close(options)
    if not inquiry.answered_turns:
        raise NoAnswerError("the Creator never answered")
    how = f"{len(inquiry.answered_turns)} of {len(inquiry.turns)} turns have an answer"
    how += f"; ended early: {inquiry.end_reason}" if inquiry.end_reason else ""
    return Answer(
        "\n\n".join(f"**{one.question}**\n\n{one.notes_or_excerpt}" for one in inquiry.answered_turns),
        how=how,
        kind="produced",
    )


async def next_question(state: LoopState, turn: LoopTurn, options: LoopOptions) -> str:
    """Return the question of a turn, "" for none; report it if it is not the Questioner's."""
    if turn.number == 1:
        return await ask_first_question(state, literal=options.literal)
    last = state.turns[-2]
    if last.question and not last.answer:
        return state.substitute_question(
            turn.number, last.question, "a question that got no answer is put again"
        )
    question = await ask_chained_question(state, turn) if options.auto_chain else ""
    return question or await ask_follow_up_question(state, turn, stop=options.stop_on_repetition)


async def answer_question(state: LoopState, turn: LoopTurn, options: LoopOptions) -> None:
    """Have the Creator answer the question; report an answer that repeats an earlier one."""
    context = state.table.task.context if state.table.task else ""
    table = state.table
    background = [text for text in (context, table.previous_stage_output, table.instructions) if text]
    prompt = CREATE_PROMPT.format(
        memory="\n\n".join([*background, state.build_memory()]),
        rule=state.table.quoter.quoting_rule(),
        question=turn.question,
        next_prompt=NEXT_PROMPT if options.next_prompt or options.auto_chain else "",
    )
    earlier = state.answered_turns
    reply = await state.ask_role("creator", turn.number, prompt)
    turn.answer, turn.topic = strip_topic(reply) or reply, extract_topic(reply)
    if (place := find_repeated_answer(turn.answer, [one.answer for one in earlier])) is not None:
        turn.repeated_turn = earlier[place].number
        state.record_anomalies(turn.number, "creator", [f"repeats turn {turn.repeated_turn}"])


async def mediate(state: LoopState, turn: LoopTurn) -> None:
    """Have the Mediator question the direction of the inquiry."""
    prompt = MEDIATE_PROMPT.format(
        memory=state.build_memory(),
        turn=turn.number,
        question=turn.question,
        answer=state.quote_answer(turn),
        rule=state.table.quoter.quoting_rule(),
    )
    turn.mediator = await state.ask_role("mediator", turn.number, prompt)


async def take_notes(state: LoopState, turn: LoopTurn) -> None:
    """Have the Scriber take notes of the answer."""
    prompt = SCRIBE_PROMPT.format(answer=state.quote_answer(turn), rule=state.table.quoter.quoting_rule())
    prompt = "\n\n".join(text for text in (prompt, state.table.final_instructions) if text)
    turn.notes = await state.ask_role("scriber", turn.number, prompt)


def stop_reason(state: LoopState, options: LoopOptions) -> str:
    """Return why the loop should end; "" if it should continue."""
    latest = state.turns[-MAX_TURNS_WITHOUT_ANSWER:]
    if len(latest) == MAX_TURNS_WITHOUT_ANSWER and not any(one.answer for one in latest):
        return f"{MAX_TURNS_WITHOUT_ANSWER} turns in a row have no answer"
    if options.stop_on_repetition and len(latest) > 1 and all(one.repeated_turn for one in latest[-2:]):
        return "the answers repeat themselves"
    return ""


def start_loop(table: Table, options: LoopOptions) -> LoopState:
    """Create the initial state and open the log."""
    inquiry = LoopState(
        table,
        LoopFiles(table.folder, table.notice),
        started_at=str(table.record_external("started", lambda: {"at": utc_now()})["at"]),
        memory_chars=options.memory_chars,
        temperature=options.temperature,
        top_p=options.top_p,
        max_echo_chars=options.echo_max_chars if options.echo else None,
    )
    run = table.folder.name if table.folder else ""
    inquiry.files.write_header(
        run, inquiry.started_at, describe_configuration(inquiry, options), table.question
    )
    return inquiry


def describe_configuration(state: LoopState, options: LoopOptions) -> dict[str, object]:
    """Return the configuration of the loop for its log."""
    return {
        "turns": options.turns,
        "mediator_interval": options.mediator_interval or "disabled",
        **state.models_by_role(),
        "questioner_mode": "literal" if options.literal else "refine",
        "auto_chain": "on" if options.auto_chain else "off",
        "memory": f"{options.memory_chars} characters",
    }


MODE = Mode(
    layout="thread",
    name="loop",
    summary="from one seed: question, answer, notes, next question; sometimes a change of direction",
    options=LoopOptions,
    run=loop,
    team="loop",
    has_one_answer=False,
    captain=False,
    wiring=OptionSources(
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
