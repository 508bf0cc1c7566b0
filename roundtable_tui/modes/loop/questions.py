"""Sources of the questions of a loop: the seed, the Creator's proposal, the Questioner.

If a question was asked before, the Questioner is asked once more; a missing question is replaced by a
proposal of another role.
"""

from __future__ import annotations

from roundtable_tui.modes.loop.checks import MAX_QUESTION_WORDS, extract_question, is_question
from roundtable_tui.modes.loop.state import TITLES, LoopState, LoopTurn

REFINE_PROMPT = """An inquiry is to begin with this:

{seed}

{rule}

Put it as one short, precise question. Do not answer it. Write the question alone."""

FOLLOW_UP_PROMPT = """{memory}The last question:

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

TOPIC_PROMPT = """The next question has been proposed:

{topic}

{rule}

Write it down as it is, as one question: correct spelling and punctuation and change nothing else."""

ALREADY_ASKED = """

What you are about to ask was asked before: "{question}" Ask about something that nobody has touched yet."""
ALREADY_SAID = "\n\nThat answer said again what was said in turn {turn}: lead the inquiry somewhere else."


async def ask_first_question(state: LoopState, *, literal: bool) -> str:
    """Return the first question: the seed, or the Questioner's wording of it."""
    seed, quoter = state.table.question, state.table.quoter
    if literal:
        state.files.write_section(TITLES["questioner"], seed)
        return seed
    question = await ask_questioner(
        state, 1, REFINE_PROMPT.format(seed=quoter.quote("seed", seed), rule=quoter.quoting_rule())
    )
    return question if is_question(question) else state.substitute_question(1, seed, "the seed stands")


async def ask_chained_question(state: LoopState, turn: LoopTurn) -> str:
    """Return the question proposed by the Creator; "" if it was asked before."""
    last, quoter = state.answered_turns[-1], state.table.quoter
    topic = last.topic or f"Refine: {last.question.removeprefix('Refine: ')}"
    prompt = TOPIC_PROMPT.format(topic=quoter.quote("topic", topic), rule=quoter.quoting_rule())
    question = await ask_questioner(state, turn.number, prompt)
    if state.find_same_question(question or topic):
        why = "the proposal was asked before, so another question is asked"
        state.table.notice(f"Turn {turn.number}: {why}")
        return ""
    return question or state.substitute_question(turn.number, topic, "the proposal stands as it was made")


async def ask_follow_up_question(state: LoopState, turn: LoopTurn, *, stop: bool) -> str:
    """Return a follow-up question to the last answer; "" for none.

    If the Questioner only repeats questions and `stop` is set, the loop ends.
    """
    last = state.answered_turns[-1]
    prompt = build_follow_up_prompt(state, last)
    question = await ask_questioner(state, turn.number, prompt)
    if same := state.find_same_question(question):
        state.record_anomalies(turn.number, "questioner", [f"asks what turn {same.number} asked"])
        question = await ask_questioner(
            state, turn.number, prompt + ALREADY_ASKED.format(question=same.question)
        )
        if stop and state.find_same_question(question):
            state.end_reason = "the Questioner asks only what has been asked before"
            return ""
    if is_question(question):
        return question
    proposal = find_proposal(state, turn, last) or question
    return proposal or state.substitute_question(turn.number, "", "there is no question in this turn")


async def ask_questioner(state: LoopState, number: int, prompt: str) -> str:
    """Return the question in the Questioner's reply; "" for none."""
    return extract_question(await state.ask_role("questioner", number, prompt))


def build_follow_up_prompt(state: LoopState, last: LoopTurn) -> str:
    """Build the prompt for a follow-up question to the last answer."""
    quoter = state.table.quoter
    return FOLLOW_UP_PROMPT.format(
        memory=state.build_memory(exclude=last),
        question=last.question,
        words=MAX_QUESTION_WORDS,
        rule=quoter.quoting_rule(),
        answer=state.quote_answer(last),
        mediator=MEDIATED.format(text=quoter.quote("mediator", last.mediator)) if last.mediator else "",
        repeated=ALREADY_SAID.format(turn=last.repeated_turn) if last.repeated_turn else "",
    )


def find_proposal(state: LoopState, turn: LoopTurn, last: LoopTurn) -> str:
    """Return the next question proposed by Creator or Mediator; "" for nothing new."""
    mediators = extract_question(last.mediator) if is_question(last.mediator) else ""
    for proposal, whose in ((last.topic, "the Creator's proposal"), (mediators, "the Mediator's question")):
        if proposal and not state.find_same_question(proposal):
            return state.substitute_question(turn.number, proposal, f"{whose} stands")
    return ""
