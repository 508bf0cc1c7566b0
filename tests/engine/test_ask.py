"""Asking seats: conversations, failures as values, parallel turns, and the person's hands on them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.engine import events
from roundtable_tui.engine.board import Board, Entry
from roundtable_tui.engine.seat import Conversation, unique_names
from roundtable_tui.engine.table import Table
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.types import (
    AttemptStarted,
    ChatRequest,
    Finished,
    Paused,
    Resplit,
    TextDelta,
    ThinkingDelta,
    Usage,
)
from tests.support.run_builder import Told, Voices, failed, persona, seat, table

pytestmark = pytest.mark.anyio


async def until(true: Callable[[], Any]) -> None:
    """Let the loop turn until something holds; without a clock."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never happened")


def roles(request: ChatRequest) -> list[str]:
    return [message["role"] for message in request.messages]


def last(request: ChatRequest) -> str:
    return request.messages[-1]["content"]


# --- conversations -------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.text("ab", min_size=1, max_size=5), st.booleans())))
def test_conversation_only_grows_and_alternates_roles(asked: list[tuple[str, bool]]) -> None:
    conversation, before = Conversation(), ""
    for prompt, is_answered in asked:
        message = conversation.next_message(prompt)
        assert message.endswith(prompt)
        if is_answered:
            conversation.add_exchange(message, "reply")
        else:
            conversation.defer_prompt(prompt)
        now = repr(conversation.messages)
        assert now.startswith(before.removesuffix("]"))
        assert [m["role"] for m in conversation.messages] == ["user", "assistant"] * (
            len(conversation.messages) // 2
        )
        before = now
    told = [part for m in conversation.messages if m["role"] == "user" for part in m["content"].split("\n\n")]
    assert told + conversation.next_message("end").split("\n\n") == [prompt for prompt, _ in asked] + ["end"]


async def test_ask_sends_system_prompt_and_conversation() -> None:
    heard = Voices(["One.", "Two.", "Three."])
    at = table(heard)
    for prompt in ("a", "b"):
        await at.ask(at.seats[0], prompt)
    system, *rest = heard.requests[1].messages
    assert system == {"role": "system", "content": "You are Ada."}
    assert [m["content"] for m in rest] == ["a", "One.", "b"]
    assert heard.requests[1].temperature == 0.7 and heard.requests[1].seed is None


async def test_ask_after_failed_turn_prepends_deferred_prompt() -> None:
    heard = Voices([failed(), "Yes.", "And no."])
    at = table(heard)
    ada = at.seats[0]
    turn = await at.ask(ada, "first")
    assert not turn.ok and turn.kind == "server" and turn.error == "Ada: model at nowhere: no"
    await at.ask(ada, "second")
    await at.ask(ada, "third")
    assert last(heard.requests[1]) == "first\n\nsecond"
    assert [m["content"] for m in heard.requests[2].messages[1:]] == ["first\n\nsecond", "Yes.", "third"]


async def test_ask_fresh_neither_reads_nor_extends_conversation() -> None:
    heard = Voices("Yes.")
    at = table(heard)
    ada = at.seats[0]
    await at.ask(ada, "first")
    await at.ask(ada, "aside", fresh=True)
    await at.ask(ada, "in passing", remember=False)
    await at.ask(ada, "second")
    assert [roles(request) for request in heard.requests[1:]] == [
        ["system", "user"],
        ["system", "user", "assistant", "user"],
        ["system", "user", "assistant", "user"],
    ]
    assert last(heard.requests[3]) == "second"


async def test_ask_with_send_seed_sends_distinct_seed_per_call() -> None:
    seeds = []
    for run_seed in (1, 1, 2):
        heard = Voices("Yes.")
        at = table(heard, seed=run_seed, send_seed=True)
        await at.ask_all([(each, "?") for each in at.seats])
        seeds.append([request.seed for request in heard.requests])
    assert seeds[0] == seeds[1] != seeds[2] and len(set(seeds[0])) == 3


async def test_max_tokens_come_from_call_then_persona_then_run() -> None:
    heard = Voices("Yes.")
    at = table(heard, max_tokens=10)
    ada, bob = at.seats[:2]
    bob.persona = persona("Bob", max_tokens=20)
    await at.ask(ada, "?")
    await at.ask(bob, "?")
    await at.ask(bob, "?", max_tokens=30, temperature=0.0)
    assert [request.max_tokens for request in heard.requests] == [10, 20, 30]
    assert heard.requests[2].temperature == 0.0


def test_seats_with_equal_names_are_numbered() -> None:
    assert unique_names(["ada", "bob", "ada"], "-") == ["ada-1", "bob", "ada-2"]
    assert unique_names(["ada", "ada-1", "ada"], "-") == ["ada-2", "ada-1", "ada-3"]


def test_board_news_are_returned_once_per_reader() -> None:
    board = Board()
    for author in ("ada", "bob"):
        board.post(Entry(1, author, "answer", author))
    assert [e.author for e in board.news("ada")] == ["bob"]
    board.post(Entry(2, "cap", "direction", "?"))
    assert [e.author for e in board.news("ada")] == ["cap"]
    assert board.news("ada") == []
    assert [e.author for e in board.news("eve")] == ["ada", "bob", "cap"] and len(board) == 3


# --- turns become events -------------------------------------------------------------------------


async def test_turn_emits_events_as_it_runs() -> None:
    pieces = [
        Paused("a slot", 2.0),
        ThinkingDelta("hm "),
        TextDelta("on"),
        AttemptStarted(2),
        ThinkingDelta("x"),
        TextDelta("y"),
        Resplit("xy", "Ye"),
        TextDelta("s."),
        Finished("Yes.", "xy", "stop", usage=Usage(3, 2), ttft_s=0.1, elapsed_s=0.2, warnings=("slow",)),
    ]
    told = Told()
    at = table(Voices(lambda request, nth: pieces), told=told)
    at.start_phase("round", 2, of=3)
    turn = await at.ask(at.seats[0], "?", label="speech")
    assert [event.type for event in told] == [
        "phase_started",
        "turn_queued",
        "turn_started",
        "turn_waiting",
        "reasoning",
        "answer",
        "turn_started",
        "reasoning",
        "answer",
        "turn_restated",
        "answer",
        "turn_finished",
        "budget",
    ]
    queued, finished = told.of(events.TurnQueued)[0], told.of(events.TurnFinished)[0]
    assert (queued.turn, queued.seat, queued.label, queued.phase, queued.round) == (
        "ada.1",
        "ada",
        "speech",
        "round",
        2,
    )
    assert queued.prompt == "?" and queued.system == "You are Ada."
    assert told.of(events.TurnWaiting)[0].until == pytest.approx(2.0, abs=0.1)
    assert (finished.text, finished.attempts, finished.warnings) == ("Yes.", 2, ("slow",))
    assert (turn.text, turn.reasoning, turn.round, turn.rank, turn.usage["prompt_tokens"]) == (
        "Yes.",
        "xy",
        2,
        1,
        3,
    )
    assert told.of(events.UsageUpdated)[0].completion_tokens == 2


async def test_turn_queued_has_system_prompt_only_if_new() -> None:
    told = Told()
    at = table(told=told)
    ada = at.seats[0]
    await at.ask(ada, "?")
    await at.ask(ada, "?")
    at.controls.set_persona(
        "ada", persona("Ada", full_name="Ada L.").model_copy(update={"prompt": "You are Ada L."})
    )
    await at.ask(ada, "?")
    assert [queued.system for queued in told.of(events.TurnQueued)] == [
        "You are Ada.",
        None,
        "You are Ada L.",
    ]


@pytest.mark.parametrize("text", ["", " \n "])
async def test_empty_answer_is_failed_turn(text: str) -> None:
    at = table(
        Voices(lambda request, nth: Finished(text, "thoughts", tool_arguments='{"q": 1}', usage=Usage(1, 1)))
    )
    turn = await at.ask(at.seats[0], "?")
    assert (turn.ok, turn.kind, turn.reasoning) == (False, "empty", "thoughts")
    assert "called a tool that it was not offered" in turn.error
    assert at.budget.totals.completion_tokens == 1


async def test_stream_without_final_piece_is_cut_turn() -> None:
    at = table(Voices(lambda request, nth: [TextDelta("Ye")]))
    turn = await at.ask(at.seats[0], "?")
    assert (turn.ok, turn.kind, turn.text) == (False, "cut", "Ye")


async def test_unexpected_exception_fails_one_turn_only() -> None:
    def script(request: ChatRequest, nth: int) -> Any:
        if "Bob" in request.messages[0]["content"]:
            return [TextDelta("Ye"), KeyError("oops")]
        if "Eve" in request.messages[0]["content"]:
            return [RoundtableError("the key is not there", hint="Set it")]
        return "Yes."

    at = table(Voices(script))
    ada, bob, eve = await at.ask_all([(each, "?") for each in at.seats])
    assert ada.ok and ada.text == "Yes."
    assert (bob.ok, bob.kind, bob.text, bob.error) == (False, "fault", "Ye", "Bob: KeyError('oops')")
    assert eve.error == "Eve: the key is not there. Set it"
    assert isinstance(at.turns.calls.internal_error, KeyError)


async def test_failed_turn_leaves_other_turns_unchanged() -> None:
    def script(request: ChatRequest, nth: int) -> Any:
        return (
            failed("timeout")
            if "Bob" in request.messages[0]["content"]
            else f"I am {request.messages[0]['content']}"
        )

    told = Told()
    at = table(Voices(script), told=told)
    turns = await at.ask_all(dict.fromkeys(at.seats, "?"))
    assert [turn.seat for turn in turns] == ["ada", "bob", "eve"]
    assert [turn.ok for turn in turns] == [True, False, True]
    assert turns[2].text == "I am You are Eve."
    assert at.failed_turns == [turns[1]]
    assert [budget.calls for budget in told.of(events.UsageUpdated)] == [1, 2, 3]


# --- the person's hands --------------------------------------------------------------------------


async def test_user_message_reaches_every_seat_once_or_only_its_addressee() -> None:
    heard = Voices("Yes.")
    at = table(heard)
    at.controls.send_message(" Be brief. ")
    at.controls.send_message("You too.", "bob")
    at.controls.send_message("   ")
    for _ in range(2):
        await at.ask_all([(each, "?") for each in at.seats])
    first = {roles(request)[0]: request for request in heard.requests}
    assert first
    prompts = {request.messages[0]["content"]: last(request) for request in heard.requests[:3]}
    assert prompts["You are Ada."] == "?\n\nThe person who asked the question now says:\n\nBe brief."
    assert prompts["You are Bob."].endswith("Be brief.\n\nYou too.")
    assert [last(request) for request in heard.requests[3:]] == ["?"] * 3
    assert [entry.content for entry in at.board] == ["Be brief."]


async def test_user_message_in_failed_turn_is_sent_again() -> None:
    heard = Voices([failed(), "Yes.", failed(), "Yes."])
    at = table(heard)
    at.controls.send_message("Be brief.")
    await at.ask(at.seats[0], "one")
    await at.ask(at.seats[0], "two")
    assert last(heard.requests[1]).count("Be brief.") == 1
    at.controls.send_message("Be quick.")
    await at.ask(at.seats[0], "aside", fresh=True)
    await at.ask(at.seats[0], "three")
    assert last(heard.requests[3]).count("Be quick.") == 1


async def test_paused_run_starts_no_turn_and_step_starts_one() -> None:
    told, heard = Told(), Voices("Yes.")
    at = table(heard, told=told)
    at.controls.pause()
    at.controls.pause()
    asking = asyncio.ensure_future(at.ask_all([(each, "?") for each in at.seats]))
    await until(lambda: len(told.of(events.TurnWaiting)) == 3)
    assert heard.requests == [] and {waiting.why for waiting in told.of(events.TurnWaiting)} == {"paused"}
    at.controls.step()
    await until(lambda: told.of(events.TurnFinished))
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(heard.requests) == 1 and at.controls.is_paused
    at.controls.step()
    at.controls.step()
    assert [turn.ok for turn in await asking] == [True, True, True]
    assert at.controls.is_paused
    at.controls.step()
    await at.ask(at.seats[0], "a step taken ahead")
    assert at.controls.is_paused
    at.controls.resume()
    at.controls.resume()
    at.controls.step()
    await at.ask(at.seats[0], "?")
    assert [event.paused for event in told.of(events.RunPaused)] == [True, False]


async def test_paused_run_can_be_cancelled() -> None:
    at = table()
    at.controls.pause()
    asking = asyncio.ensure_future(at.ask(at.seats[0], "?"))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


def held(gates: dict[str, asyncio.Event]) -> Callable[[ChatRequest, int], Awaitable[list[Any]]]:
    """Each seat says "half", then waits for its gate, then ends."""

    async def script(request: ChatRequest, nth: int) -> list[Any]:
        name = request.messages[0]["content"].removeprefix("You are ").rstrip(".")
        return [
            TextDelta("half "),
            gates[name],
            TextDelta("whole"),
            Finished("half whole", finish_reason="stop"),
        ]

    return script


async def speaking(names: str = "Ada Bob Eve") -> tuple[Table, Told, Voices, dict[str, asyncio.Event], Any]:
    gates = {name: asyncio.Event() for name in names.split()}
    told, heard = Told(), Voices(held(gates))
    at = table(heard, told=told, names=names)
    asking = asyncio.ensure_future(at.ask_all([(each, "?") for each in at.seats]))
    await until(lambda: len(told.of(events.AnswerDelta)) == len(gates))
    return at, told, heard, gates, asking


async def test_stopped_turn_keeps_text_but_has_no_answer() -> None:
    at, told, _, gates, asking = await speaking()
    assert at.controls.stop("ada") and not at.controls.stop("nobody")
    await until(lambda: told.of(events.TurnFailed))
    gates["Bob"].set()
    gates["Eve"].set()
    ada, bob, eve = await asking
    assert (ada.ok, ada.kind, ada.text) == (False, "stopped", "half ")
    assert bob.text == eve.text == "half whole"
    assert not at.controls.stop("ada")
    gates["Ada"].set()
    assert (await at.ask(at.seats[0], "again")).ok


async def test_running_turn_can_be_restarted() -> None:
    at, told, heard, gates, asking = await speaking()
    assert at.controls.retry("bob")
    await until(lambda: len(heard.requests) == 4)
    for gate in gates.values():
        gate.set()
    turns = await asking
    assert [turn.text for turn in turns] == ["half whole"] * 3
    assert [turn.attempts for turn in turns] == [1, 2, 1]
    assert [e.attempt for e in told.of(events.TurnStarted) if e.seat == "bob"] == [1, 2]
    assert heard.requests[3] == heard.requests[1]


async def test_failed_seat_can_be_retried_while_others_run() -> None:
    at, told, heard, gates, asking = await speaking()
    at.controls.stop("ada")
    await until(lambda: told.of(events.TurnFailed))
    at.controls.send_message("Go on.")
    await until(lambda: at.controls.retry("ada"))
    await until(lambda: len(heard.requests) == 4)
    again = told.of(events.TurnQueued)[3]
    assert (again.turn, again.retry_of) == ("ada.2", "ada.1")
    assert last(heard.requests[3]) == "?\n\nThe person who asked the question now says:\n\nGo on."
    for gate in gates.values():
        gate.set()
    turns = await asking
    assert [turn.ok for turn in turns] == [True, True, True] and turns[0].id == "ada.2"
    assert at.failed_turns == []


async def test_failed_seat_after_all_others_finished_stays_failed() -> None:
    at, _, _, gates, asking = await speaking()
    at.controls.stop("ada")
    gates["Bob"].set()
    gates["Eve"].set()
    ada, *_ = await asking
    assert not ada.ok and at.failed_turns == [ada]
    assert not at.controls.retry("ada")


async def test_all_seats_failed_return_without_waiting() -> None:
    at = table(Voices(lambda request, nth: failed()))
    turns = await asyncio.wait_for(at.ask_all([(each, "?") for each in at.seats]), 60)
    assert [turn.ok for turn in turns] == [False, False, False]


async def test_seat_retried_twice_stays_one_seat() -> None:
    at, told, heard, gates, asking = await speaking()
    for n in (1, 2):
        at.controls.stop("ada")
        await until(lambda n=n: len(told.of(events.TurnFailed)) == n)
        await until(lambda: at.controls.retry("ada"))
        await until(lambda n=n: len(heard.requests) == 3 + n)
    for gate in gates.values():
        gate.set()
    assert (await asking)[0].id == "ada.3"
    assert last(heard.requests[-1]) == "?"
    assert [m["content"] for m in at.seats[0].conversation.messages] == ["?", "half whole"]


async def test_cancelled_ask_all_leaves_nothing_running() -> None:
    before = asyncio.all_tasks()
    at, told, _, gates, asking = await speaking()
    at.controls.stop("ada")
    await until(lambda: told.of(events.TurnFailed))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert asyncio.all_tasks() == before
    assert not gates["Bob"].is_set() and not at.controls.stop("bob")


async def test_changed_persona_is_used_from_next_turn() -> None:
    told, heard = Told(), Voices("Yes.")
    at = table(heard, told=told)
    await at.ask(at.seats[0], "?")
    new = persona("Ada", creativity=0.1).model_copy(update={"prompt": "You are stern."})
    at.controls.set_persona("ada", at.seats[0].persona)
    at.controls.set_persona("ada", new)
    await at.ask(at.seats[0], "?")
    assert (
        heard.requests[1].messages[0]["content"] == "You are stern." and heard.requests[1].temperature == 0.1
    )
    assert [(e.seat, e.what, e.value["prompt"]) for e in told.of(events.SeatChanged)] == [
        ("ada", "persona", "You are stern.")
    ]


async def test_seat_is_found_by_id() -> None:
    at = table()
    assert at.seat("cap") is at.captain and at.seat("bob").name == "Bob"
    with pytest.raises(KeyError):
        at.seat("nobody")
    assert seat("Zoë").to_header()["persona"]["name"] == "Zoë"


async def test_fresh_call_gets_all_user_messages_and_consumes_none() -> None:
    heard = Voices()
    at = table(heard)
    ada, bob = at.seats[:2]
    at.controls.send_message("Mind the costs.")
    at.controls.send_message("For Bob alone.", bob.id)
    for fresh in (True, True, False, False, True):
        await at.ask(ada, "Well?", fresh=fresh)
    said = ["costs" in request.messages[-1]["content"] for request in heard.requests]
    assert said == [True, True, True, False, True]
    assert not any("Bob" in str(request.messages) for request in heard.requests)
