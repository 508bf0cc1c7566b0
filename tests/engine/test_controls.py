"""The person's hands on a run: mute, replace, promote, more or fewer rounds; and all of it again later."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import events, seat_changes
from roundtable_tui.engine.controls import RoundCounter
from roundtable_tui.engine.record.recorder import EVENTS_FILE, RunRecord, read_record
from roundtable_tui.engine.run import Run
from roundtable_tui.engine.turn import MUTED
from roundtable_tui.llm.types import Server
from roundtable_tui.modes import get_mode
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.stats import compute_stats
from roundtable_tui.reports.transcript import render_transcript, write_transcript
from tests.support.fake_server import FakeServer
from tests.support.run_builder import (
    NO_RETRIES,
    Told,
    Voices,
    asked,
    decides,
    house,
    marked,
    nth_of_seat,
    persona,
    plan,
    table,
    taken,
    told,
    who,
)

pytestmark = pytest.mark.anyio
OTHER = Server("other", "http://other.test/v1")
NAMES = "Ada Bob Eve Cap Dan Captain"


def debate(request: dict[str, Any], nth: int) -> Any:
    name = who(request, NAMES)
    if request.get("response_format"):
        return (
            decides(choice=1) if "is over" in asked(request) else decides(consensus=False, direction="what")
        )
    return marked(f"{name} {'abcdefghi'[nth_of_seat(request)] * 9}", request)


def talk(request: dict[str, Any], nth: int) -> Any:
    return f"{who(request, NAMES)} says {'abcdefghijklmnopqr'[nth_of_seat(request)] * 9}."


Act = Callable[[Run], None]


def at(turn: str, *acts: Act) -> Callable[[Run], None]:
    """Have the person act as soon as a turn has ended, once."""

    def attach(run: Run) -> None:
        left = list(acts)

        def listen(event: events.Event) -> None:
            if isinstance(event, events.TurnFinished | events.TurnFailed) and event.turn == turn:
                while left:
                    left.pop(0)(run)

        run.add_listener(listen)

    return attach


async def done(
    script: Any, mode: str, acts: Callable[[Run], None], folder: Path | None = None, **how: Any
) -> tuple[Run, FakeServer]:
    async with house(script) as (fake, client):
        run = Run(plan(fake, mode, **how), client, run_dir=folder, write_files=write_transcript)
        acts(run)
        await run.execute()
    return run, fake


def sent(fake: FakeServer) -> list[str]:
    return [json.dumps([seen.body["model"], seen.body["messages"]]) for seen in fake.requests]


def by_seat(run: Run) -> list[str]:
    return [event.turn for event in told(run, events.TurnStarted)]


# --- muting --------------------------------------------------------------------------------------


async def test_muted_seat_makes_no_request_and_no_failure() -> None:
    heard, log = Voices("Yes."), Told()
    room = table(heard, told=log)
    room.controls.mute("bob")
    room.controls.mute("bob")
    turns = await room.ask_all([(seat, "?") for seat in room.seats])
    assert [turn.ok for turn in turns] == [True, False, True] and len(heard.requests) == 2
    assert (turns[1].kind, turns[1].error) == (MUTED, "Bob: not asked: it is muted")
    assert room.failed_turns == []
    room.controls.mute("bob", False)
    assert (await room.ask(room.seats[1], "again")).ok
    assert [(e.seat, e.what) for e in log.of(events.SeatChanged)] == [("bob", "muted"), ("bob", "unmuted")]
    assert heard.requests[2].messages[-1]["content"] == "?\n\nagain"


async def test_debate_with_muted_seat_continues() -> None:
    acts = at("cap.1", lambda run: run.table.controls.mute("bob"))
    run, _ = await done(debate, "debate", acts, options={"max_rounds": 2})
    assert run.result is not None and run.result.status == "complete"
    assert [turn for turn in by_seat(run) if turn.startswith("bob")] == ["bob.1"]
    story = build_report(run.events)
    bob = next(seat for seat in story["seats"] if seat["seat"] == "bob")
    assert (bob["status"], bob["error"]) == ("answered", None)
    made = compute_stats(run.events)
    assert (made.seats["bob"].calls, made.seats["bob"].failed, made.failures) == (1, 0, [])


async def test_discussion_with_muted_seat_skips_it() -> None:
    acts = at("ada.1", lambda run: run.table.controls.mute("bob"))
    run, _ = await done(talk, "roundtable", acts, options={"turns": 9, "summary": False})
    assert run.result is not None and run.result.status == "complete"
    turns = [e.turn for e in told(run, events.TurnQueued)]
    after = turns[turns.index("ada.1") + 1 :]
    assert after and all(not turn.startswith("bob") for turn in after)


# --- another persona, model or server ------------------------------------------------------------


async def test_replaced_seat_keeps_conversation() -> None:
    heard, log = Voices(["One.", "Two."]), Told()
    room = table(heard, told=log)
    ada = room.seats[0]
    await room.ask(ada, "a")
    room.controls.replace("ada", persona=persona("Dan", creativity=0.1), model="other-model", server=OTHER)
    await room.ask(ada, "b")
    system, *rest = heard.requests[1].messages
    assert system["content"] == "You are Dan." and [m["content"] for m in rest] == ["a", "One.", "b"]
    assert (heard.requests[1].model, heard.requests[1].temperature) == ("other-model", 0.1)
    assert (ada.id, ada.name, ada.server) == ("ada", "Dan", OTHER)
    persona_changed, model_changed = log.of(events.SeatChanged)
    assert (persona_changed.what, persona_changed.note) == ("persona", "replaced")
    assert model_changed.value == {"model": "other-model", "server": "other", "base_url": OTHER.base_url}
    room.controls.replace("ada", persona=ada.persona, model="other-model")
    assert len(log.of(events.SeatChanged)) == 2, "nothing has changed"


async def test_replaced_seat_with_used_name_is_numbered() -> None:
    room = table()
    room.controls.replace("ada", persona=persona("Bob"))
    room.controls.replace("eve", persona=persona("Bob"))
    assert [seat.name for seat in room.seats] == ["Bob 2", "Bob", "Bob 3"]


async def test_hanging_model_is_replaced_and_asked_again() -> None:
    hold = asyncio.Event()
    heard = Voices(lambda request, nth: [hold, "x"] if request.model == "model" else "Yes.")
    room = table(heard)
    asking = asyncio.ensure_future(room.ask(room.seats[0], "?"))
    while not heard.requests:
        await asyncio.sleep(0)
    room.controls.replace("ada", model="quick")
    assert room.controls.retry("ada")
    turn = await asking
    assert turn.ok and [request.model for request in heard.requests] == ["model", "quick"]


# --- the captain ---------------------------------------------------------------------------------


async def test_promoted_seat_leads_with_system_prompt_of_captain() -> None:
    acts = at("cap.1", lambda run: run.table.controls.promote("bob"))
    run, fake = await done(debate, "debate", acts, options={"max_rounds": 2})
    assert run.result is not None and run.result.status == "complete"
    judging = [s.body for s in fake.requests if "You chair a debate" in s.system]
    assert [who(request, NAMES) for request in judging] == ["Cap", "Bob", "Bob"]
    assert run.table.captain is not None and run.table.captain.name == "Captain Bob"
    assert [turn for turn in by_seat(run) if turn.startswith("bob")] == ["bob.1", "bob.2"], (
        "its own place stays"
    )
    assert judging[1]["messages"][1]["content"] == judging[0]["messages"][1]["content"], (
        "and all that was said"
    )


async def test_promote_without_captain_returns_false() -> None:
    room = table(captain="")
    assert not room.controls.promote("ada")
    room = table(names="Ada", captain="X" * 40)
    room.seats[0].persona = persona("Y" * 40)
    assert room.controls.promote("ada") and not room.controls.promote("x" * 40)
    assert room.captain is not None and len(room.captain.name) <= 40


# --- rounds --------------------------------------------------------------------------------------


def test_round_counter_follows_changed_limit() -> None:
    opened: list[tuple[int, int]] = []
    rounds = RoundCounter("round", 2, lambda number, of: opened.append((number, of)))
    seen = []
    for number in rounds:
        seen.append((number, rounds.is_last))
        if number == 2:
            assert rounds.set_limit(3) == 3
    assert seen == [(1, False), (2, True), (3, True)] and opened == [(1, 2), (2, 2), (3, 3)]
    assert rounds.set_limit(0) == 3, "never fewer than have begun"


async def test_debate_with_changed_rounds_has_more_or_fewer() -> None:
    more = at("ada.2", lambda run: run.table.controls.set_rounds(3))
    run, _ = await done(debate, "debate", more, options={"max_rounds": 2})
    assert [(e.number, e.of) for e in told(run, events.PhaseStarted) if e.name == "round"] == [
        (1, 2),
        (2, 2),
        (3, 3),
    ]
    assert run.result is not None and "no consensus after round 3" in run.result.answer.how
    assert [e.round for e in told(run, events.EntryPosted) if e.kind == "direction"] == [1, 2]
    fewer = at("ada.1", lambda run: run.table.controls.set_rounds(-5))
    run, _ = await done(debate, "debate", fewer, options={"max_rounds": 4})
    assert [e.limit for e in told(run, events.RoundsChanged)] == [1]
    assert run.result is not None and "no consensus after round 1" in run.result.answer.how
    assert run.table.controls.set_rounds(9) is None, "they are over"


async def test_discussion_with_raised_limit_has_more_turns() -> None:
    acts = at("ada.1", lambda run: run.table.controls.set_rounds(8))
    run, _ = await done(talk, "roundtable", acts, options={"turns": 5, "summary": False, "wrap_up_turns": 1})
    assert len(told(run, events.TurnQueued)) == 8
    prompts = [e.prompt for e in told(run, events.TurnQueued)]
    assert [n for n, text in enumerate(prompts) if "come to your conclusion" in text] == [7]


async def test_set_rounds_in_mode_without_rounds_returns_none() -> None:
    seen: list[Any] = []
    acts = at("ada.1", lambda run: seen.append(run.table.controls.set_rounds(3)))
    run, _ = await done("Yes.", "pro", acts)
    assert seen == [None] and told(run, events.RoundsChanged) == []


# --- all of it again -----------------------------------------------------------------------------


def replaced(run: Run) -> None:
    server = Server("twin", run.table.seats[0].server.base_url)
    run.table.controls.replace("eve", persona=persona("Dan"), model="second", server=server)


DEEDS: dict[str, tuple[str, Any, Callable[[Run], None]]] = {
    "mute in a debate": ("debate", debate, at("cap.1", lambda run: run.table.controls.mute("bob"))),
    "mute in a round": ("debate", debate, at("ada.1", lambda run: run.table.controls.mute("bob"))),
    "mute in a talk": ("roundtable", talk, at("ada.1", lambda run: run.table.controls.mute("bob"))),
    "replace": ("debate", debate, at("cap.1", replaced)),
    "promote": ("debate", debate, at("bob.1", lambda run: run.table.controls.promote("bob"))),
    "more rounds": ("debate", debate, at("eve.2", lambda run: run.table.controls.set_rounds(3))),
    "fewer rounds": ("debate", debate, at("eve.1", lambda run: run.table.controls.set_rounds(1))),
    "more turns": ("roundtable", talk, at("ada.1", lambda run: run.table.controls.set_rounds(9))),
    "a budget": ("debate", debate, at("cap.1", lambda run: run.table.controls.set_budget(3000, None))),
}  # fmt: skip
OPTIONS = {"debate": {"max_rounds": 2}, "roundtable": {"turns": 7}}


def cut_after(folder: Path, count: int, to: Path) -> RunRecord:
    to.mkdir()
    kept = (folder / EVENTS_FILE).read_bytes().split(b"\n")[:count]
    (to / EVENTS_FILE).write_bytes(b"\n".join(kept) + b"\n")
    return read_record(to)


@pytest.mark.parametrize("what", DEEDS)
async def test_resumed_run_reapplies_actions_without_new_calls(what: str, tmp_path: Path) -> None:
    mode, script, acts = DEEDS[what]
    run, first = await done(script, mode, acts, tmp_path / "run", options=OPTIONS[mode])
    assert run.result is not None and run.result.status in ("complete", "partial")
    record = (tmp_path / "run" / EVENTS_FILE).read_text().splitlines()
    kinds = [json.loads(line)["type"] for line in record]
    deeds = ("seat_changed", "rounds_changed", "budget_changed")
    at_deed = max(n for n, kind in enumerate(kinds, 1) if kind in deeds)
    if what == "mute in a round":  # What was cut off in it would not be asked any more.
        at_deed = kinds.index("entry_posted")
    steps = ("turn_finished", "budget", "phase_started")
    ends = [n for n, kind in enumerate(kinds, 1) if n > at_deed and kind in steps]
    for count in sorted({at_deed, *ends[::6], len(record)}):
        recording = cut_after(tmp_path / "run", count, tmp_path / f"cut-{count}")
        async with house(script) as (fake, client):
            on = plan(fake, mode, options=OPTIONS[mode])
            moved = {(name, first.url): Server(name, fake.url) for name in ("fake", "twin")}
            again = Run(
                replace(on, servers=moved),
                client,
                resume=recording,
                run_dir=recording.folder,
                write_files=write_transcript,
            )
            await again.execute()
        assert again.result is not None and again.result.answer == run.result.answer, count
        assert set(sent(fake)) <= set(sent(first)), count
        whole = {json.loads(line)["turn"] for line in record[:count] if '"type":"turn_finished"' in line}
        assert whole.isdisjoint(by_seat(again)), count
        both = [
            json.loads(line)["type"] for line in (recording.folder / EVENTS_FILE).read_text().splitlines()
        ]
        assert [both.count(kind) for kind in deeds] == [kinds.count(kind) for kind in deeds], count


async def test_resumed_run_without_known_server_leaves_seat_unchanged(tmp_path: Path) -> None:
    await done(debate, "debate", at("cap.1", replaced), tmp_path / "run", options={"max_rounds": 2})
    recording = read_record(tmp_path / "run")
    async with house(debate) as (fake, client):
        again = Run(
            plan(fake, "debate", options={"max_rounds": 2}),
            client,
            resume=recording,
            write_files=write_transcript,
        )
        await again.execute()
    assert again.result is not None and again.result.status == "complete"
    assert any("invalid change of model" in e.text for e in told(again, events.Notice))


# --- in words ------------------------------------------------------------------------------------


async def test_changes_are_described_and_in_transcript() -> None:
    def act(run: Run) -> None:
        hands = run.table.controls
        replaced(run)
        hands.promote("bob")
        hands.mute("ada")
        hands.set_rounds(1)
        hands.set_budget(90_000, 1.5)

    run, _ = await done(debate, "debate", at("ada.1", act), options={"max_rounds": 2})
    text = render_transcript(run.events)
    for line in (
        "> Dan takes the seat of Eve",
        "> Dan uses second at twin from the next turn",
        "> Bob becomes the captain from the captain's next turn",
        "> Ada is muted until you unmute it",
        "> the limit is now 1 round",
        "> the budget is now 90,000 tokens and $1.50",
    ):
        assert line in text, line
    made = compute_stats(run.events)
    assert (made.seats["eve"].name, made.seats["eve"].model) == ("Dan", "second")
    assert made.seats["cap"].name == "Captain Bob"


def test_name_from_record_is_sanitized() -> None:
    bad = events.SeatChanged(seat="a", what="persona", note="replaced", value={"name": "x\x1b[2J\ny"})
    assert seat_changes.describe_seat_change(bad, str) == "x␛[2J y takes the seat of a"
    strange = events.SeatChanged(seat="a", what="hat")
    assert seat_changes.describe_seat_change(strange, str) == "a is changed"


def test_built_in_modes_with_rounds_use_round_counter() -> None:
    source = Path(get_mode.__code__.co_filename).parent
    counting = [p.stem for p in source.glob("*.py") if re.search(r"table\.rounds\(", p.read_text())]
    assert {"debate", "roundtable"} <= set(counting) and NO_RETRIES.retries == 0


async def test_run_without_changes_emits_none() -> None:
    run, _ = await taken(debate, "debate", options={"max_rounds": 1})
    assert (
        told(run, events.SeatChanged)
        == told(run, events.RoundsChanged)
        == told(run, events.BudgetChanged)
        == []
    )
