"""Down the ladder: every rung, what is remembered of it, and what the conversation keeps."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel, Field, StrictBool

from roundtable_tui.engine import events
from roundtable_tui.engine.decisions.fallbacks import Decision
from roundtable_tui.engine.table import Table
from roundtable_tui.llm.types import ChatRequest, Finished, TextDelta
from tests.support.run_builder import Told, Voices, failed, table

pytestmark = pytest.mark.anyio


class Verdict(BaseModel):
    consensus: StrictBool = Field(description="do they agree?")
    direction: str = Field("", max_length=600)


YES, NO, CLUSTERS = (
    Verdict(consensus=True),
    Verdict(consensus=False),
    Verdict(consensus=False, direction="clusters"),
)
WORDS = {"agree": YES, "disagree": NO}
JSON = '{"consensus": true}'


def rung_of(request: ChatRequest) -> str:
    if request.shape:
        return request.shape.method
    return "word" if "exactly one word" in request.messages[-1]["content"] else "prose"


def voices(**replies: Any) -> Voices:
    """Say for each rung what comes back; the rest is refused."""
    return Voices(lambda request, nth: replies.get(rung_of(request), failed("shape")))


async def climb(told_by: Table, words: Any = WORDS) -> Decision[Verdict]:
    captain = told_by.captain
    assert captain is not None
    return await told_by.decide(
        captain, "Do they agree?", Verdict, label="verdict", words=words, default=lambda: CLUSTERS
    )


@pytest.mark.parametrize(
    ("replies", "rung", "asked"),
    [
        ({"json_schema": JSON}, "json_schema", 1),
        ({"tool": Finished("", tool_arguments=JSON)}, "tool", 2),
        ({"tool": Finished("Here it is:", tool_arguments=JSON)}, "tool", 2),
        ({"tool": f"I call <tool_call>{JSON}</tool_call>"}, "tool", 2),
        ({"prose": f"Well: {JSON}"}, "prose", 3),
        ({"word": "AGREE"}, "word", 4),
        ({"json_schema": "They do.", "tool": "They do.", "prose": "They do.", "word": "AGREE"}, "word", 4),
        (
            {"json_schema": "We do not agree.", "tool": "", "prose": "no", "word": "I do not agree"},
            "clusters",
            4,
        ),
        ({}, "clusters", 4),
        ({"json_schema": failed("server")}, "clusters", 1),
        ({"json_schema": failed("stopped")}, "clusters", 1),
        ({"json_schema": "?", "tool": failed("context")}, "clusters", 2),
        ({"json_schema": failed("request"), "tool": failed("too_long"), "prose": JSON}, "prose", 3),
        ({"json_schema": failed("request"), "tool": "", "prose": failed("request")}, "clusters", 3),
    ],
)
async def test_decide_takes_first_method_with_a_decision(
    replies: dict[str, Any], rung: str, asked: int
) -> None:
    told, heard = Told(), voices(**replies)
    decision = await climb(table(heard, told=told))
    assert (decision.method, len(heard.requests)) == (rung, asked)
    assert decision.value == (CLUSTERS if rung == "clusters" else YES)
    verdict = told.of(events.Verdict)[0]
    assert (verdict.rung, verdict.seat, verdict.label) == (rung, "cap", "verdict")
    assert verdict.decision["consensus"] is (rung != "clusters")


async def test_decide_without_words_skips_word_method() -> None:
    heard = voices(word="AGREE")
    assert (await climb(table(heard), words=None)).method == "clusters"
    assert [rung_of(request) for request in heard.requests] == ["json_schema", "tool", "prose"]


async def test_decide_again_starts_with_working_method() -> None:
    heard = voices(prose=JSON)
    at = table(heard)
    for _ in range(3):
        assert (await climb(at)).method == "prose"
    assert [rung_of(request) for request in heard.requests] == [
        "json_schema",
        "tool",
        "prose",
        "prose",
        "prose",
    ]


async def test_decide_again_skips_methods_before_working_one() -> None:
    heard = voices(json_schema="They do.", tool="They do.", prose=JSON)
    at = table(heard)
    for _ in range(2):
        assert (await climb(at)).method == "prose"
    assert [rung_of(request) for request in heard.requests] == ["json_schema", "tool", "prose", "prose"]


async def test_decide_again_skips_refused_but_not_unclear_method() -> None:
    heard = voices(tool="They do.", prose="They do.", word="Hm.")
    at = table(heard)
    for _ in range(2):
        assert (await climb(at)).method == "clusters"
    assert [rung_of(r) for r in heard.requests] == [
        "json_schema",
        "tool",
        "prose",
        "word",
        "tool",
        "prose",
        "word",
    ]


async def test_decide_after_server_failure_tries_same_method_again() -> None:
    heard = Voices(lambda request, nth: failed("server") if nth == 1 else JSON)
    at = table(heard)
    assert (await climb(at)).method == "clusters"
    assert (await climb(at)).method == "json_schema"
    assert [failure.kind for failure in at.failed_turns] == ["server"]


async def test_failed_methods_before_success_keep_run_complete() -> None:
    at = table(voices(json_schema=failed("request"), tool="", prose=JSON))
    assert (await climb(at)).value == YES
    assert at.failed_turns == []
    at = table(voices(json_schema=failed("request"), tool="", prose="They do."))
    assert (await climb(at)).method == "clusters"
    assert [failure.kind for failure in at.failed_turns] == ["request", "empty"]


async def test_refused_schemas_keep_run_complete() -> None:
    at = table(voices(word="DISAGREE"))
    assert (await climb(at)).value == NO
    assert at.failed_turns == []


async def test_conversation_after_decide_has_question_once_and_counting_reply() -> None:
    heard = voices(json_schema="They do.", tool="They do.", prose=JSON)
    at = table(heard)
    await climb(at)
    assert at.captain is not None
    user, assistant = at.captain.conversation.messages
    assert (
        user["content"].startswith("Do they agree?\n\nReply with one JSON object")
        and "true or false" in user["content"]
    )
    assert assistant["content"] == JSON
    await climb(at)
    assert list(heard.requests[-1].messages[1:3]) == [user, assistant]


async def test_user_message_is_in_every_method_and_stays_in_conversation() -> None:
    heard = voices(prose=JSON)
    at = table(heard)
    at.controls.send_message("Be strict.")
    await climb(at)
    assert at.captain is not None
    assert all("Be strict." in request.messages[-1]["content"] for request in heard.requests)
    assert at.captain.conversation.messages[0] == heard.requests[-1].messages[-1]
    await climb(at)
    said = [message["content"].count("Be strict.") for message in heard.requests[-1].messages]
    assert sum(said) == 1


async def test_user_message_is_sent_again_if_no_reply_counted() -> None:
    heard = voices()
    at = table(heard)
    at.controls.send_message("Be strict.")
    await climb(at)
    heard.script = lambda request, nth: JSON
    await climb(at)
    assert "Be strict." in heard.requests[-1].messages[-1]["content"]


async def test_contradicting_tool_calls_give_no_decision() -> None:
    no = '{"consensus": false, "direction": ""}'
    both = Finished("", tool_arguments=no, tool_calls=(JSON, no))
    assert (await climb(table(voices(tool=both)))).method == "clusters"
    twice = Finished("", tool_arguments=JSON, tool_calls=("{}", JSON, JSON))
    assert (await climb(table(voices(tool=twice)))).value == YES


async def test_truncated_reply_gives_no_decision() -> None:
    cut = [TextDelta(JSON), Finished(JSON, finish_reason="length")]
    assert (await climb(table(voices(json_schema=cut, tool=cut, prose=cut, word=cut)))).method == "clusters"


async def test_every_method_asks_for_the_same_form() -> None:
    heard = voices(word="AGREE")
    await climb(table(heard))
    first, second = heard.requests[:2]
    assert first.shape is not None and second.shape is not None
    assert first.shape.schema == second.shape.schema and first.shape.name == "verdict"
    assert json.loads(json.dumps(first.shape.schema))["required"] == ["consensus", "direction"]
    assert len({request.messages[-1]["content"] for request in heard.requests[:3]}) == 1
    assert (
        heard.requests[3].messages[-1]["content"].endswith("Reply with exactly one word: AGREE or DISAGREE.")
    )


async def test_working_method_with_words_does_not_apply_without_words() -> None:
    heard = voices(word="AGREE")
    at = table(heard)
    assert (await climb(at)).method == "word"
    heard.script = voices(prose=JSON).script
    assert (await climb(at, words=None)).method == "prose"
    assert [rung_of(request) for request in heard.requests[4:]] == ["prose"]


async def test_last_method_is_tried_even_after_refusal() -> None:
    heard = voices()
    at = table(heard)
    assert (await climb(at, words=None)).method == "clusters"
    heard.script = lambda request, nth: JSON
    assert (await climb(at, words=None)).method == "prose"


@pytest.mark.parametrize(
    ("reply", "chosen", "asked"),
    [("2", 1, 1), ("Candidate 2.", 1, 1), ("**3**", 2, 1), ('{"choice": 1}', 0, 1)]
    + [(bad, 0, 4) for bad in ("4", "0", "2 of 3", "not 2", "1.5", "I like the second one best")],
)
async def test_bare_number_is_accepted_with_every_method(reply: str, chosen: int, asked: int) -> None:
    heard = Voices(reply)
    at = table(heard)
    assert at.captain is not None
    index, rung = await at.choose(at.captain, "Which?", 3, label="pick", default=0)
    assert (index, len(heard.requests)) == (chosen, asked)
    assert (rung == "clusters") is (asked == 4)
    if asked == 4:
        assert heard.requests[-1].messages[-1]["content"].endswith("the number alone, from 1 to 3.")


async def test_decision_turns_are_marked_as_deciding() -> None:
    told = Told()
    at = table(voices(prose=JSON), told=told)
    await climb(at)
    await at.ask(at.seats[0], "Well?")
    assert [queued.decides for queued in told.of(events.TurnQueued)] == [True, True, True, False]
