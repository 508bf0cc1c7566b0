"""Modes written with the names of the first release still run."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, Field

from roundtable_tui.engine import events
from roundtable_tui.table import Answer, Mode, NoAnswer, Options, Table
from tests.support.fake_server import Reply
from tests.support.run_builder import Voices, asked, table, taken, told

pytestmark = pytest.mark.anyio

IMPROVE = """The question:

{question}

The answer so far, quoted:

{draft}

{rule}

Write the whole answer anew: keep what is right, correct what is wrong, add what is missing."""


class RelayOptions(Options):
    """Options of `relay`."""

    laps: int = Field(1, ge=1, le=10, description="how often the answer goes around the table")


class Better(BaseModel):
    """A decision of `relay`."""

    better: bool


async def relay(table: Table, options: RelayOptions) -> Answer:
    """Each seat in turn improves what the one before it wrote; written as the first release documents."""
    draft, author, hands = "", "", 0
    table.phase("relay")
    for seat in table.seats:
        seat.brief = lambda seat: f"{seat.persona.prompt} Be brief."
    for _ in table.rounds("lap", options.laps):
        for seat in table.seats:
            prompt = table.asked
            if draft:
                quoted = table.quoter.quote("answer", draft)
                prompt = IMPROVE.format(question=prompt, draft=quoted, rule=table.quoter.rule())
            turn = await table.ask(seat, prompt, fresh=True)
            if turn.ok:
                draft, author, hands = turn.text, seat.id, hands + 1
    if not draft:
        raise NoAnswer("nobody answered")
    decision = await table.decide(  # type: ignore[call-arg]
        table.seats[0], "Is it better?", Better, label="better", otherwise=lambda: Better(better=False)
    )
    index, _ = await table.choose(table.seats[0], "Which?", 2, label="which", otherwise=1)  # type: ignore[call-arg]
    table.group([(author, draft)])
    how = f"it went through {hands} hands, better: {decision.value.better}, choice {index}"
    return Answer(table.quoter.handed_on(draft), by=author, how=how)


RELAY = Mode(
    name="relay",
    summary="an answer goes around the table, and each seat makes it better",
    options=RelayOptions,
    run=relay,
    team="roles",
    captain=False,
    text=True,
)


def reply(request: Any, nth: int) -> Reply | str:
    if request.get("response_format") or request.get("tools"):
        return Reply(text="no decision")
    return "A wider gate." if "The answer so far" in asked(request) else "A gate."


async def test_mode_with_former_names_runs_to_its_answer() -> None:
    run, fake = await taken(reply, "relay", the_mode=RELAY, names="Ada Bob", captain="")
    assert run.result is not None and run.result.status == "complete", run.result
    assert run.result.answer.text == "A wider gate." and run.result.answer.by == "bob"
    assert run.result.answer.how == "it went through 2 hands, better: False, choice 1"
    assert "Be brief." in fake.requests[0].system
    assert [event.name for event in told(run, events.PhaseStarted)] == ["relay", "lap"]
    assert told(run, events.AnswersGrouped)


def test_mode_with_former_text_argument_needs_text() -> None:
    assert RELAY.needs_text and not Mode("x", "", RelayOptions, relay, "").needs_text


def test_mode_imports_from_former_package_are_the_engine() -> None:
    from roundtable_tui import engine
    from roundtable_tui import table as former

    assert former.__all__ == engine.__all__
    assert all(getattr(former, name) is getattr(engine, name) for name in engine.__all__)


@pytest.mark.parametrize("former", ["asked", "reading", "brought", "fact", "phase", "spread", "verdict"])
def test_table_former_name_is_the_present_one(former: str) -> None:
    from roundtable_tui.engine import former_names

    at = table(Voices())
    assert getattr(at, former) == getattr(at, former_names.TABLE[former])


def test_table_unknown_name_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'chairs'"):
        _ = table(Voices()).chairs
