"""Prompts that are made to fit the context of a model."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.calls.context_fitting import FINAL_ONLY, ContextFitter, PromptParts
from roundtable_tui.engine.calls.context_window import ContextWindows
from roundtable_tui.engine.quoting import Quoter
from roundtable_tui.engine.round_summary import RoundSummary
from roundtable_tui.llm.types import Failed, Finished, Message, Server, Usage
from tests.support.run_builder import Told, Voices, failed, table

pytestmark = pytest.mark.anyio

QUOTER = Quoter("bagofite")
SERVER = Server("home", "http://home.test/v1")


def answer(name: str, chars: int = 400) -> str:
    return f"{name} thinks. {'Because of that. ' * (chars // 17)}\n{QUOTER.marker}\n{name} end"


def conversation(rounds: int) -> list[Message]:
    found: list[Message] = []
    for number in range(1, rounds + 1):
        quoted = QUOTER.quote("Agent A", answer(f"other{number}"))
        asked = "The question." if number == 1 else f"Round {number}.\n\n{quoted}"
        found += [
            {"role": "user", "content": asked},
            {"role": "assistant", "content": answer(f"own{number}")},
        ]
    return found


def contents(messages: list[Message]) -> str:
    return "\n".join(message["content"] for message in messages)


def test_candidates_get_smaller_and_keep_question_last_answer_and_last_round() -> None:
    parts = PromptParts("You are Ada.", conversation(4), "Round 5.")
    sizes = []
    for version in ContextFitter(QUOTER).candidates(parts):
        text = contents(version.history)
        sizes.append(len(text))
        assert "The question." in text and answer("own4") in text and version.message == "Round 5."
        assert [m["role"] for m in version.history] == ["user", "assistant"] * (len(version.history) // 2)
    assert len(sizes) == 3 and sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 3


def test_older_rounds_are_first_sent_as_final_answers_only() -> None:
    parts = PromptParts("", conversation(3), "Round 4.")
    _, version, *_ = ContextFitter(QUOTER).candidates(parts)
    assert version.steps == (FINAL_ONLY,)
    assert version.history[1]["content"] == "own1 end"
    assert "other2 end" in version.history[2]["content"] and "thinks" not in version.history[2]["content"]


def test_summary_takes_the_place_of_the_messages_that_it_covers() -> None:
    parts = PromptParts("", conversation(4), "Round 5.", RoundSummary(5, "They differ about oak."))
    _, summarised, *_ = ContextFitter(QUOTER).candidates(parts)
    text = contents(summarised.history)
    assert "They differ about oak." in text and "own1" not in text and "own3 thinks" in text


def test_shorten_keeps_final_answers_and_leaves_sources_alone() -> None:
    source = QUOTER.quote("text", "A long text. " * 100)
    message = f"{source}\n\n{QUOTER.quote('answer 1', answer('other', 2000))}"
    fitter = ContextFitter(QUOTER)
    short = fitter.shorten(next(fitter.candidates(PromptParts("", (), message))), 200)
    assert source in short.message and "other end" in short.message
    assert len(short.message) < len(source) + 320


def test_windows_prefer_what_a_refusal_has_shown() -> None:
    windows = ContextWindows(lambda server, model: 8192)
    assert windows.get(SERVER, "m") == 8192
    assert windows.get(Server("home", SERVER.base_url, context=2048), "m") == 2048
    windows.learn_refusal(SERVER, "m", ["x" * 9000], 1024)
    assert windows.get(Server("home", SERVER.base_url, context=2048), "m") == 1024


def test_windows_estimate_rises_after_a_prompt_that_should_have_fitted() -> None:
    windows = ContextWindows(None)
    texts = ["word " * 600]
    before = windows.estimate(SERVER, "m", texts)
    windows.learn_refusal(SERVER, "m", texts, 1024)
    assert windows.estimate(SERVER, "m", texts) > 1024 > before


def test_windows_without_a_named_limit_assume_less_than_was_refused() -> None:
    windows = ContextWindows(None)
    windows.learn_refusal(SERVER, "m", ["word " * 4000], None)
    assert 0 < (windows.get(SERVER, "m") or 0) < windows.estimate(SERVER, "m", ["word " * 4000])


def test_windows_learn_how_many_tokens_the_server_counts() -> None:
    windows = ContextWindows(None)
    windows.learn_count(SERVER, "m", ["word " * 400], 1500)
    assert 1450 < windows.estimate(SERVER, "m", ["word " * 400]) < 1700


def _small_model(limit: int, window: int | None) -> Any:
    def script(request: Any, nth: int) -> Any:
        size = sum(len(message["content"]) for message in request.messages) // 4
        if size > limit:
            return Failed("context", f"m at home: {size} tokens, the limit is {limit}", 400, window=window)
        return Finished("So it is.", finish_reason="stop", usage=Usage(size, 5))

    return script


@pytest.mark.parametrize("window", [600, None])
async def test_refused_prompt_is_made_smaller_within_the_same_turn(window: int | None) -> None:
    told, heard = Told(), Voices(_small_model(600, window))
    at = table(heard, told=told)
    quoted = "\n\n".join(at.quoter.quote(f"answer {n}", "Reasons. " * 200) for n in (1, 2, 3))
    turn = await at.ask(at.seats[0], f"The question.\n\n{quoted}")
    assert turn.ok and len(heard.requests) > 1
    assert len(told.of(events.TurnQueued)) == 1 and not told.of(events.TurnFailed)
    assert any("quoted answers are shortened" in event.text for event in told.of(events.Notice))
    assert quoted in at.seats[0].conversation.messages[0]["content"], "the conversation keeps everything"


async def test_question_that_a_prompt_repeats_is_sent_once_to_a_small_model() -> None:
    question = "Which wood lasts longest for a gate that stands in the rain? " * 20
    told, heard = Told(), Voices(_small_model(400, 600))
    at = table(heard, question=question, told=told)
    turn = await at.ask(at.seats[0], f"The question:\n\n{question}\n\nThe question once more:\n\n{question}")
    assert turn.ok
    assert heard.requests[0].messages[-1]["content"].count(question) == 2
    assert heard.requests[-1].messages[-1]["content"].count(question) == 1
    assert any("the question is not repeated" in event.text for event in told.of(events.Notice))


async def test_prompt_that_cannot_be_made_smaller_fails_once() -> None:
    heard = Voices(lambda request, nth: failed("context"))
    at = table(heard)
    turn = await at.ask(at.seats[0], "word " * 4000)
    assert (turn.ok, turn.kind, len(heard.requests)) == (False, "context", 1)


async def test_refused_token_limit_is_lowered_to_what_is_left() -> None:
    def script(request: Any, nth: int) -> Any:
        return Failed("context", "too long", 400, window=1000) if request.max_tokens > 970 else "Yes."

    heard = Voices(script)
    at = table(heard)
    assert (await at.ask(at.seats[0], "?", max_tokens=5000)).ok
    assert heard.requests[0].max_tokens == 5000
    assert 800 < (heard.requests[-1].max_tokens or 0) <= 970


def test_candidates_are_made_only_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    fitter = ContextFitter(QUOTER)
    monkeypatch.setattr(
        fitter, "_as_final_answers", lambda history: pytest.fail("a smaller version was made")
    )
    first = next(iter(fitter.candidates(PromptParts("", conversation(4), "Round 5."))))
    assert first.steps == () and first.message == "Round 5."
