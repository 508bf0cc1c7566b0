"""Where the questions of a loop come from: the seed, the Creator's proposal, the Questioner.

Where one was asked before, the Questioner is asked once more; where one is missing, a proposal of the others
stands in.
"""

from __future__ import annotations

from roundtable_tui.modes.loop.checks import QUESTION_WORDS, asks, one_question
from roundtable_tui.modes.loop.state import TITLES, Inquiry, Past

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


async def first(inquiry: Inquiry, *, literal: bool) -> str:
    """Return the first question: the seed as it stands, or as the Questioner puts it."""
    seed, quoter = inquiry.table.question, inquiry.table.quoter
    if literal:
        inquiry.files.section(TITLES["questioner"], seed)
        return seed
    question = await put(inquiry, 1, REFINE.format(seed=quoter.quote("seed", seed), rule=quoter.rule()))
    return question if asks(question) else inquiry.instead(1, seed, "the seed stands")


async def chained(inquiry: Inquiry, turn: Past) -> str:
    """Return the question that the Creator has proposed, "" if it was asked before."""
    last, quoter = inquiry.answered[-1], inquiry.table.quoter
    topic = last.topic or f"Refine: {last.question.removeprefix('Refine: ')}"
    prompt = TOPIC.format(topic=quoter.quote("topic", topic), rule=quoter.rule())
    question = await put(inquiry, turn.number, prompt)
    if inquiry.asked_before(question or topic):
        why = "the proposal was asked before, so another question is asked"
        inquiry.table.notice(f"Turn {turn.number}: {why}")
        return ""
    return question or inquiry.instead(turn.number, topic, "the proposal stands as it was made")


async def further(inquiry: Inquiry, turn: Past, *, stop: bool) -> str:
    """Return a question that goes on from the last answer, "" for none; where the Questioner can only repeat
    itself, and `stop`, the inquiry ends.
    """
    last = inquiry.answered[-1]
    prompt = follow_up(inquiry, last)
    question = await put(inquiry, turn.number, prompt)
    if same := inquiry.asked_before(question):
        inquiry.flag(turn.number, "questioner", [f"asks what turn {same.number} asked"])
        question = await put(inquiry, turn.number, prompt + ASKED.format(question=same.question))
        if stop and inquiry.asked_before(question):
            inquiry.ended = "the Questioner asks only what has been asked before"
            return ""
    if asks(question):
        return question
    proposal = proposed(inquiry, turn, last) or question
    return proposal or inquiry.instead(turn.number, "", "there is no question in this turn")


async def put(inquiry: Inquiry, number: int, prompt: str) -> str:
    """Return the question of the Questioner's reply, "" for none."""
    return one_question(await inquiry.say("questioner", number, prompt))


def follow_up(inquiry: Inquiry, last: Past) -> str:
    """Return the prompt for a question that goes on from the last answer."""
    quoter = inquiry.table.quoter
    return FOLLOW_UP.format(
        memory=inquiry.memory(but=last), question=last.question, words=QUESTION_WORDS, rule=quoter.rule(),
        answer=inquiry.quoted(last),
        mediator=MEDIATED.format(text=quoter.quote("mediator", last.mediator)) if last.mediator else "",
        repeated=SAID.format(turn=last.repeats) if last.repeats else "",
    )  # fmt: skip


def proposed(inquiry: Inquiry, turn: Past, last: Past) -> str:
    """Return what Creator or Mediator would have asked next, "" for nothing new."""
    mediators = one_question(last.mediator) if asks(last.mediator) else ""
    for proposal, whose in ((last.topic, "the Creator's proposal"), (mediators, "the Mediator's question")):
        if proposal and not inquiry.asked_before(proposal):
            return inquiry.instead(turn.number, proposal, f"{whose} stands")
    return ""
