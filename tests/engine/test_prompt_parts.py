"""The parts of a prompt, by name: what a hint for a refused prompt says is the longest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import modes
from roundtable_tui.engine.material.attachments import Attachment
from roundtable_tui.engine.plan import Plan, SeatAssignment
from roundtable_tui.engine.run import Run
from roundtable_tui.engine.table import Table
from roundtable_tui.llm.types import ChatRequest, Server, ToolExchange, ToolRequest, ToolSpec
from roundtable_tui.resources import Persona
from roundtable_tui.utils.interface import using_interface
from tests.support.pictures import make_picture
from tests.support.run_builder import Voices, table

pytestmark = pytest.mark.anyio

LONG = "Reasons, and more reasons. " * 400


def hint(request: ChatRequest) -> str:
    """Return the name of the longest part of a request."""
    assert request.overflow_hint is not None
    begin, _, rest = request.overflow_hint(request).partition(" (about ")
    assert rest.endswith("or use a larger context")
    return begin.removeprefix("The longest part is ")


def quoted(label: str) -> Callable[[Table], str]:
    return lambda at: f"Why?\n\n{at.quoter.quote(label, LONG)}"


@pytest.mark.parametrize(
    ("prompt", "part"),
    [
        (quoted("answer 1"), "the quoted answers"),
        (quoted("Agent A"), "the quoted answers"),
        (quoted("text: plan.md"), "the attached text plan.md"),
        (quoted("text"), "the text"),
        (quoted("passage 3, characters 1 to 2"), "the passage of the text"),
        (quoted("[2] wood.md, line 3"), "the passages of documents"),
        (quoted("result of search"), "the results of tools"),
        (quoted("discussion"), "the discussion"),
        (quoted("notes 2"), "the notes"),
        (quoted("summary"), "the older rounds"),
        (lambda at: LONG, "what the mode adds"),
        (lambda at: at.question * 400, "the question"),
    ],
)
async def test_longest_part_of_a_prompt_has_its_name(prompt: Callable[[Table], str], part: str) -> None:
    heard = Voices("Yes.")
    at = table(heard)
    await at.ask(at.seats[0], prompt(at))
    assert hint(heard.requests[0]) == part


async def test_older_rounds_are_what_seats_said_and_not_the_first_question() -> None:
    heard = Voices("Reasons. " * 500)
    at = table(heard, question=LONG)
    for _ in range(4):
        await at.ask(at.seats[0], f"The question:\n\n{LONG}" if not heard.requests else "Again?")
    assert [hint(request) for request in heard.requests] == ["the question"] * 3 + ["the older rounds"]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (
            {"exchanges": (ToolExchange("", (ToolRequest("1", "read", "{}"),), (LONG,)),)},
            "the results of tools",
        ),
        (
            {"exchanges": (ToolExchange("", (ToolRequest("1", "read", LONG),), ("",)),)},
            "the results of tools",
        ),
        ({"tools": (ToolSpec("read", LONG, {}),)}, "the descriptions of the tools"),
        ({"max_tokens": 9000}, "max_tokens"),
    ],
)
async def test_longest_part_beside_the_messages_has_its_name(change: dict[str, Any], part: str) -> None:
    heard = Voices("Yes.")
    at = table(heard)
    await at.ask(at.seats[0], "Why?")
    assert hint(replace(heard.requests[0], **change)) == part


class SeeingVoices(Voices):
    """A client whose models read pictures."""

    async def find_vision(self, server: Server, model: str) -> bool:
        return True


async def test_pictures_can_be_the_longest_part() -> None:
    heard = SeeingVoices("Yes.")
    at = table(heard)
    picture = Attachment(
        "a.png", media_type="image/png", width=2000, height=2000, sha256="0" * 64, data=make_picture()
    )
    at.turns.pictures.set_pictures([picture])
    await at.ask(at.seats[0], "Why?")
    assert hint(heard.requests[0]) == "the pictures"


async def test_shortened_part_counts_as_it_was_sent() -> None:
    """A quotation of which little is left is not the longest part, however long it was."""
    heard = Voices("Yes.")
    at = table(heard, question="Which wood lasts? " * 20)
    quotation = at.quoter.quote("answer 1", LONG)
    await at.ask(at.seats[0], f"{at.question}\n\n{quotation}")
    (request,) = heard.requests
    short = [{**m, "content": m["content"].replace(LONG.strip(), "Reasons.")} for m in request.messages]
    assert (hint(request), hint(replace(request, messages=short))) == ("the quoted answers", "the question")


async def test_answer_of_a_stage_is_named_in_the_next_one() -> None:
    heard = Voices(lambda request, nth: LONG if nth == 1 else "Oak.")
    mode = modes.get_mode(modes.PIPELINE)
    options = mode.options.model_validate(
        {"stages": [{"mode": "single"}, {"mode": "vote", "options": {"agents": 2}}]}
    )
    server = Server("nowhere", "http://nowhere.test/v1")
    seats = [
        SeatAssignment(Persona(name=name, prompt=f"You are {name}."), server, "model", stage=stage)
        for name, stage in (("Ada", 1), ("Bob", 2), ("Eve", 2))
    ]
    run = Run(Plan(mode, "Which wood?", options, tuple(seats)), heard)
    await run.execute()
    assert run.internal_error is None
    assert [hint(request) for request in heard.requests[1:3]] == ["the answer of the stage before"] * 2


@pytest.mark.parametrize(
    ("interface", "advice"),
    [("command line", "lower --chunk-size"), ("python", "lower chunk_size"), ("app", "lower chunk size")],
)
async def test_passage_of_chain_is_named_with_its_option(interface: Any, advice: str, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("A sentence of a text. " * 2000, "utf-8")
    heard, mode = Voices("Notes."), modes.get_mode("chain")
    options = mode.options.model_validate({"file": str(tmp_path / "text.txt"), "chunk_size": 8000})
    server = Server("nowhere", "http://nowhere.test/v1")
    seats = (SeatAssignment(Persona(name="Ada", prompt="You are Ada."), server, "model"),)
    with using_interface(interface):
        await Run(Plan(mode, "Which wood?", options, seats), heard).execute()
        assert hint(heard.requests[0]) == "the passage of the text"
        assert advice in heard.requests[0].overflow_hint(heard.requests[0])
