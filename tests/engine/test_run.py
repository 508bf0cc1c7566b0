"""Runs from start to end: their record, their ways to end, and going on from any point of a record."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from roundtable_tui.engine import Answer, Mode, NoAnswerError, Options, Table, events
from roundtable_tui.engine.quoting import make_boundary_token
from roundtable_tui.engine.record import serialize
from roundtable_tui.engine.record.recorder import EVENTS_FILE, read_record
from roundtable_tui.engine.run import Run
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.reports.transcript import write_transcript
from tests.support.fake_server import Reply
from tests.support.run_builder import (
    REFUSED,
    asked,
    decides,
    house,
    marked,
    nth_of_seat,
    persona,
    plan,
    resumed,
    shape_of,
    taken,
    told,
    who,
)

pytestmark = pytest.mark.anyio
Script = Callable[[dict[str, Any], int], Any]


def debate(request: dict[str, Any], nth: int) -> Any:
    """Two rounds and a selection; what is said depends on the request alone."""
    name, turn = who(request), nth_of_seat(request)
    if name != "Cap":
        answer = {"Ada": "41", "Bob": "42", "Eve": "41" if turn == 1 else "43"}[name]
        return marked(answer, request, f"{name}, for the {turn}. time.")
    if shape_of(request) != "prose":
        return "I would rather not."
    return (
        decides(choice=2)
        if "is over" in asked(request)
        else decides(consensus=False, direction=f"point {turn}")
    )


def pro(request: dict[str, Any], nth: int) -> Any:
    return "All in all: 42." if "Write the one best answer" in asked(request) else f"{who(request)} says 42."


def roundtable(request: dict[str, Any], nth: int) -> Any:
    names = ["Ada", "Bob", "Eve"]
    if "The discussion is over." in asked(request):
        return "In short."
    return f"Remark {nth_of_seat(request)}. What do you say, {names[(names.index(who(request)) + 1) % 3]}?"


SCRIPTS: dict[str, tuple[Script, dict[str, Any]]] = {
    "debate": (debate, {"max_rounds": 2}),
    "pro": (pro, {}),
    "roundtable": (roundtable, {"turns": 6}),
}


def lines(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a record, a torn one left out."""
    found = []
    for line in (folder / EVENTS_FILE).read_bytes().split(b"\n"):
        with suppress(ValueError):
            found.append(json.loads(line))
    return found


def without_time(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != "t"}


def cut_after(folder: Path, count: int, to: Path) -> None:
    """Copy a record as a kill would have left it: `count` lines, and half of the next."""
    to.mkdir()
    kept = (folder / EVENTS_FILE).read_bytes().split(b"\n")
    torn = kept[count][: len(kept[count]) // 2] if count < len(kept) else b""
    (to / EVENTS_FILE).write_bytes(b"\n".join(kept[:count]) + b"\n" + torn)


def key(request: dict[str, Any]) -> str:
    return json.dumps([who(request), shape_of(request), request["messages"]], sort_keys=True)


# --- going on from a record ----------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["debate", "pro", "roundtable"])
async def test_run_cut_off_anywhere_resumes_without_repeated_calls(mode: str, tmp_path: Path) -> None:
    script, options = SCRIPTS[mode]
    whole, first = await taken(script, mode, options=options, folder=tmp_path / "whole")
    assert whole.result is not None and whole.result.status == "complete"
    record = lines(tmp_path / "whole")
    ends = [n for n, line in enumerate(record, 1) if line["type"] in ("turn_finished", "turn_failed")]
    others = [
        n for n, line in enumerate(record, 1) if line["type"] in ("verdict", "entry_posted", "phase_started")
    ]
    for count in sorted({1, *ends, *others[::3], len(record) - 1, len(record)}):
        folder = tmp_path / f"cut-{count}"
        cut_after(tmp_path / "whole", count, folder)
        done = {line["turn"] for line in record[:count] if line["type"] == "turn_finished"}
        run, fake = await resumed(read_record(folder), script, mode, options=options)
        assert run.result is not None and run.result.answer == whole.result.answer, count
        asked_again = [key(seen.body) for seen in fake.requests]
        assert len(asked_again) == len(set(asked_again))
        finished = [key(seen.body) for seen in first.requests]
        new = [event.turn for event in told(run, events.TurnStarted)]
        assert len(fake.requests) == len(new) and done.isdisjoint(new), count
        assert set(asked_again) <= set(finished), "the same prompts, to the byte"
        again = lines(folder)[count:]
        both = [*record[:count], *again]
        outcomes = [line["turn"] for line in both if line["type"] in ("turn_finished", "turn_failed")]
        assert len(outcomes) == len(set(outcomes)), count
        for kind in ("entry_posted", "verdict", "phase_started", "answers_grouped", "run_started"):
            assert [without_time(e) for e in both if e["type"] == kind] == [
                without_time(e) for e in record if e["type"] == kind
            ]
        assert read_record(folder).run_finished is not None


async def test_complete_run_resumed_makes_no_call(tmp_path: Path) -> None:
    whole, _ = await taken(debate, "debate", options={"max_rounds": 2}, folder=tmp_path / "run")
    before = lines(tmp_path / "run")
    run, fake = await resumed(read_record(tmp_path / "run"), debate, "debate", options={"max_rounds": 2})
    assert fake.requests == [] and run.result is not None and whole.result is not None
    assert run.result.answer == whole.result.answer
    assert [line["type"] for line in lines(tmp_path / "run")[len(before) :]] == [
        "run_resumed",
        "run_finished",
    ]
    assert run.table.budget.totals == whole.table.budget.totals
    # In any order: recorded turns are replayed in that of the seats, not of their arrival.
    assert sorted(e.t for e in told(run, events.TurnFinished)) == sorted(
        e.t for e in read_record(tmp_path / "run").events if isinstance(e, events.TurnFinished)
    )


async def test_run_without_prompts_records_and_announces_them(tmp_path: Path) -> None:
    kept, dropped = tmp_path / "kept", tmp_path / "dropped"
    heard: list[str] = []
    for folder in (kept, dropped):
        async with house(pro) as (fake, client):
            run = Run(plan(fake, "pro"), client, run_dir=folder)
            run.keeps_prompts = folder is kept
            run.add_listener(lambda e: heard.append(e.prompt) if isinstance(e, events.TurnQueued) else None)
            await run.execute()
        prompts = [event.prompt for event in told(run, events.TurnQueued)]
        assert prompts == (heard if folder is kept else [""] * len(heard)) and all(heard)
        recorded = [event for event in read_record(folder).events if isinstance(event, events.TurnQueued)]
        assert [event.prompt for event in recorded] == heard
        heard.clear()


async def test_ended_run_holds_no_copies_of_quoted_texts() -> None:
    run, _ = await taken(pro, "pro")
    cached = run.table.quoter._neutralize_cached, run.table.quoter._extract_answer_cached
    assert [one.cache_info().currsize for one in cached] == [0, 0]
    run.table.quoter.quote("answer", "wood")
    assert cached[0].cache_info().currsize == 1


async def test_resumed_run_repeats_last_failure_only(tmp_path: Path) -> None:
    def broken(request: dict[str, Any], nth: int) -> Any:
        if who(request) == "Eve" and nth_of_seat(request) == 1 and "Round 2" not in asked(request):
            return REFUSED
        return REFUSED if "is over" in asked(request) else debate(request, nth)

    run, _ = await taken(broken, "debate", options={"max_rounds": 2}, folder=tmp_path / "run")
    assert run.result is not None and run.result.status == "partial"
    failed = {e.turn for e in told(run, events.TurnFailed) if e.kind != "shape"}
    assert "eve.1" in failed and len(failed) == 2
    again, fake = await resumed(read_record(tmp_path / "run"), debate, "debate", options={"max_rounds": 2})
    assert again.result is not None and "picked by the captain" in again.result.answer.how
    assert {who(seen.body) for seen in fake.requests} == {"Cap"}
    assert again.result.status == "partial", "Eve's silence in the first round stays a part of the story"
    spent = again.table.budget.totals.calls
    outcomes = [
        e
        for e in read_record(tmp_path / "run").events
        if isinstance(e, events.TurnFinished | events.TurnFailed)
    ]
    assert spent == len(outcomes)


async def test_resumed_run_repeats_all_last_failures(tmp_path: Path) -> None:
    run, _ = await taken(lambda request, nth: REFUSED, "pro", folder=tmp_path / "run")
    assert run.result is not None and run.result.status == "failed"
    again, fake = await resumed(read_record(tmp_path / "run"), pro, "pro")
    assert again.result is not None and again.result.status == "complete" and len(fake.requests) == 4
    assert build_report(read_record(tmp_path / "run").events)["status"] == "complete"


async def test_recorded_retry_is_replayed_as_retry(tmp_path: Path) -> None:
    hold = asyncio.Event()

    def script(request: dict[str, Any], nth: int) -> Any:
        if who(request) == "Bob" and nth <= 3:
            return Reply(text="Bob says 42.", gate=hold)
        return REFUSED if who(request) == "Ada" and nth <= 3 else pro(request, nth)

    async with house(script) as (fake, client):
        run = Run(plan(fake, "pro"), client, run_dir=tmp_path / "run", write_files=write_transcript)

        async def again_as_soon_as_it_can_be() -> None:
            while not run.table.controls.retry("ada"):
                await asyncio.sleep(0)

        asking: list[asyncio.Task[None]] = []

        def listen(event: events.Event) -> None:
            if isinstance(event, events.TurnFailed):
                asking.append(asyncio.create_task(again_as_soon_as_it_can_be()))
            if isinstance(event, events.TurnFinished) and event.turn == "ada.2":
                hold.set()

        run.add_listener(listen)
        result = await run.execute()
    assert result.status == "complete" and len(result.answer.candidates) == 3
    record = lines(tmp_path / "run")
    for count in [
        n for n, line in enumerate(record, 1) if line["type"].startswith("turn_") or line["type"] == "budget"
    ]:
        folder = tmp_path / f"cut-{count}"
        cut_after(tmp_path / "run", count, folder)
        done = {line["turn"] for line in record[:count] if line["type"] == "turn_finished"}
        again, fake = await resumed(read_record(folder), pro, "pro")
        assert again.result is not None and again.result.answer.candidates == result.answer.candidates, count
        assert done.isdisjoint(event.turn for event in told(again, events.TurnStarted)), count


async def test_resumed_run_reapplies_user_actions_at_their_position(tmp_path: Path) -> None:
    stern = persona("Ada").model_copy(update={"prompt": "You are Ada. Be stern."})
    async with house(roundtable) as (fake, client):
        run = Run(
            plan(fake, "roundtable", options={"turns": 9}),
            client,
            run_dir=tmp_path / "run",
            write_files=write_transcript,
        )

        def act(event: events.Event) -> None:
            if isinstance(event, events.TurnFinished) and event.turn == "bob.1":
                run.table.controls.send_message("Mind the trolls.")
                run.table.controls.set_persona("ada", stern)

        run.add_listener(act)
        await run.execute()
    first = [key(seen.body) for seen in fake.requests]
    record = lines(tmp_path / "run")
    for count in [n for n, line in enumerate(record, 1) if line["type"] in ("turn_finished", "seat_changed")]:
        folder = tmp_path / f"cut-{count}"
        cut_after(tmp_path / "run", count, folder)
        again, fake = await resumed(read_record(folder), roundtable, "roundtable", options={"turns": 9})
        if any(line["type"] == "seat_changed" for line in record[:count]):
            assert {key(seen.body) for seen in fake.requests} <= set(first), count
            assert [e.text for e in told(again, events.PersonSpoke)] == ["Mind the trolls."]
            assert [e.what for e in told(again, events.SeatChanged)] == ["persona"]
            kinds = [line["type"] for line in lines(folder)]
            assert kinds.count("person_spoke") == kinds.count("seat_changed") == 1
            assert (folder / "transcript.md").read_text().count("Mind the trolls.") == 1


async def test_invalid_persona_change_in_record_is_reported(tmp_path: Path) -> None:
    await taken(pro, "pro", folder=tmp_path / "run")
    with (tmp_path / "run" / EVENTS_FILE).open("a") as file:
        file.write(
            '{"type": "seat_changed", "t": 9.0, "seat": "cap", "what": "persona", "value": {"name": 3}}\n'
        )
        file.write('{"type": "seat_changed", "t": 9.0, "seat": "nobody", "what": "persona", "value": {}}\n')
    recording = read_record(tmp_path / "run")
    cut = type(recording)(recording.folder, recording.header, (recording.header, *recording.events[-2:]))
    run, _ = await resumed(cut, pro, "pro")
    assert run.result is not None and run.result.status == "complete"
    assert "invalid change of" in told(run, events.Notice)[0].text


async def test_unwritable_record_does_not_stop_run(tmp_path: Path) -> None:
    await taken(pro, "pro", folder=tmp_path / "run")
    recording = read_record(tmp_path / "run")
    shutil.rmtree(tmp_path / "run")
    run, _ = await resumed(recording, pro, "pro")
    assert run.result is not None and run.result.status == "complete" and run.folder is None
    assert "not recorded" in told(run, events.Notice)[0].text


# --- the ways to end -----------------------------------------------------------------------------


def is_ours(task: asyncio.Task[Any]) -> bool:
    return "roundtable_tui" in str(getattr(task.get_coro(), "cr_code", ""))


@pytest.mark.parametrize("mode", ["debate", "pro", "roundtable"])
async def test_run_can_be_cancelled_at_any_moment(mode: str, tmp_path: Path) -> None:
    script, options = SCRIPTS[mode]
    whole, _ = await taken(script, mode, options=options)
    count = len(whole.events)
    assert whole.result is not None
    async with house(script) as (fake, client):
        before = asyncio.all_tasks()
        for at in range(1, count - 1, 2):
            folder = tmp_path / str(at)
            run = Run(plan(fake, mode, options=options), client, run_dir=folder, write_files=write_transcript)
            executing = asyncio.ensure_future(run.execute())
            seen: list[events.Event] = []

            def leave(
                event: events.Event, seen: list[Any] = seen, at: int = at, task: Any = executing
            ) -> None:
                seen.append(event)
                if len(seen) == at:
                    task.cancel()

            run.add_listener(leave)
            with pytest.raises(asyncio.CancelledError):
                await executing
            assert run.result is not None and run.result.status == "cancelled"
            recording = read_record(folder)
            assert recording.run_finished is not None and recording.run_finished.status == "cancelled"
            assert recording.skipped_lines == 0 and (folder / "transcript.md").exists()
            assert not [task for task in asyncio.all_tasks() - before if is_ours(task)]
        again, _ = await resumed(
            read_record(tmp_path / str(count // 2 // 2 * 2 + 1)), script, mode, options=options
        )
        assert again.result is not None and again.result.answer == whole.result.answer


async def test_cancelled_run_closes_every_socket() -> None:
    never = asyncio.Event()
    async with house(Reply(text="never", gate=never)) as (fake, client):
        run = Run(plan(fake, "debate"), client)
        executing = asyncio.ensure_future(run.execute())
        for n in (1, 2, 3):
            await fake.seen(n)
        executing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await executing
        for seen in fake.requests:
            await seen.ended.wait()
            assert seen.left_early
        assert len(fake.requests) == 3


def mode_of(program: Callable[[Table, Any], Awaitable[Any]]) -> Mode:
    return Mode(name="own", summary="", options=Options, run=program, team="")


async def ask_one(table: Table) -> Any:
    return await table.ask(table.seats[0], "?")


@pytest.mark.parametrize(
    ("ending", "status", "error"),
    [
        (Answer("42"), "complete", ""),
        (Answer(" \n"), "failed", "without an answer"),
        (NoAnswerError("nobody knows"), "failed", "nobody knows"),
        (KeyError("oops"), "failed", "mode own: KeyError('oops')"),
        ("42", "failed", "returned str, not an Answer"),
        (None, "failed", "returned NoneType, not an Answer"),
    ],
)
async def test_run_with_any_mode_error_ends_with_reason(
    ending: Any, status: str, error: str, tmp_path: Path
) -> None:
    async def program(table: Table, options: Options) -> Any:
        await ask_one(table)
        if isinstance(ending, Exception):
            raise ending
        return ending

    run, _ = await taken("Yes.", "own", the_mode=mode_of(program), folder=tmp_path / "run")
    assert run.result is not None and run.result.status == status and error in run.result.error
    assert read_record(tmp_path / "run").run_finished is not None
    assert isinstance(run.internal_error, KeyError | TypeError) == (error.startswith(("mode", "returned")))


async def test_run_after_failure_is_partial_and_without_answer_failed() -> None:
    for text, status in (("42", "partial"), ("", "failed")):

        async def program(table: Table, options: Options, text: str = text) -> Answer:
            await ask_one(table)
            return Answer(text)

        run, _ = await taken(REFUSED, "own", the_mode=mode_of(program))
        assert run.result is not None and run.result.status == status
        assert ("not for you" in run.result.error) == (status == "failed")


async def test_failing_listener_is_removed_and_run_continues(tmp_path: Path) -> None:
    async with house(pro) as (fake, client):
        run = Run(plan(fake, "pro"), client, run_dir=tmp_path / "run", write_files=write_transcript)
        heard: list[events.Event] = []

        def broken(event: events.Event) -> None:
            heard.append(event)
            if isinstance(event, events.TurnFinished):
                raise ValueError("no screen")

        rest: list[events.Event] = []
        run.add_listener(broken)
        run.add_listener(rest.append)
        result = await run.execute()
    assert result.status == "complete" and len(told(run, events.TurnFinished)) == 4
    assert isinstance(heard[-1], events.TurnFinished) and isinstance(rest[-1], events.RunFinished)
    assert isinstance(run.internal_error, ValueError)


async def test_run_in_folder_of_another_run_is_not_recorded(tmp_path: Path) -> None:
    await taken(pro, "pro", folder=tmp_path / "run")
    before = (tmp_path / "run" / EVENTS_FILE).read_bytes()
    run, _ = await taken(pro, "pro", folder=tmp_path / "run")
    assert run.result is not None and run.result.status == "complete" and run.folder is None
    assert (tmp_path / "run" / EVENTS_FILE).read_bytes() == before
    assert "it contains another run" in told(run, events.Notice)[0].text


async def test_run_without_writable_folder_continues_with_notice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    run, _ = await taken(pro, "pro", folder=tmp_path / "file" / "run")
    assert run.result is not None and run.result.status == "complete"
    assert "not recorded" in told(run, events.Notice)[0].text


async def test_unwritable_files_at_the_end_are_reported(tmp_path: Path) -> None:
    (tmp_path / "run" / "transcript.md").mkdir(parents=True)
    run, _ = await taken(pro, "pro", folder=tmp_path / "run")
    assert run.result is not None and run.result.status == "complete"
    assert "transcript.md" in told(run, events.Notice)[0].text
    run.table.controls.send_message("Is anybody there?")
    assert read_record(tmp_path / "run").run_finished == read_record(tmp_path / "run").events[-1]


async def test_record_contains_the_whole_run(tmp_path: Path) -> None:
    run, _ = await taken(debate, "debate", options={"max_rounds": 2}, folder=tmp_path / "run")
    recording = read_record(tmp_path / "run")
    told_of = [
        event
        for event in recording.events
        if not isinstance(event, events.AnswerDelta | events.ReasoningDelta)
    ]
    assert [json.dumps(serialize.to_dict(event)) for event in told_of] == [
        json.dumps(serialize.to_dict(event)) for event in run.events
    ]
    header = recording.header
    assert (header.mode, header.question, header.seed, header.options["max_rounds"]) == (
        "debate",
        run.plan.question,
        7,
        2,
    )
    assert [(seat["seat"], seat["captain"]) for seat in header.seats] == [
        ("ada", False), ("bob", False), ("eve", False), ("cap", True),
    ]  # fmt: skip
    for turn in told(run, events.TurnFinished):
        pieces = [
            e.text for e in recording.events if isinstance(e, events.AnswerDelta) and e.turn == turn.turn
        ]
        assert "".join(pieces) == turn.text
    assert [event.t for event in recording.events] == sorted(event.t for event in recording.events)


async def test_same_seed_gives_same_run_and_other_seed_another() -> None:
    prompts = []
    for seed in (1, 1, 2):
        _, fake = await taken(debate, "debate", options={"max_rounds": 2}, seed=seed)
        prompts.append(sorted(key(seen.body) for seen in fake.requests))
    assert prompts[0] == prompts[1] != prompts[2]


@pytest.mark.parametrize("mode", ["pro", "roundtable", "debate", "single"])
async def test_boundary_token_never_leaves_the_run(mode: str) -> None:
    def script(request: dict[str, Any], nth: int) -> Any:
        word = re.search(r"<<(\w+) |ANSWER-(\w+)\]\]", str(request["messages"]))
        word_is = next(filter(None, word.groups())) if word else make_boundary_token(Random("7/word"))
        return f"Four.\n<<{word_is} answer 1>>\nfour\n<</{word_is}>>"

    run, _ = await taken(script, mode, names="Ada" if mode == "single" else "Ada Bob")
    assert run.result is not None and run.result.answer.text
    said = "\n".join([run.result.answer.text, *run.result.answer.candidates]).lower()
    assert "four" in said and run.table.quoter.word not in said and "<<" not in said


async def test_answer_without_token_is_unchanged() -> None:
    run, _ = await taken("    four\n", "single", names="Ada")
    finished = told(run, events.TurnFinished)[0]
    assert run.result is not None and run.result.answer.text == finished.text
