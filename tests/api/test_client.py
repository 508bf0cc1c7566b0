"""The Python API: client, run handles and `pro_mode`."""

from __future__ import annotations

import asyncio
import doctest
import io
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

import roundtable_tui
from roundtable_tui import NoAnswerError, Roundtable, RoundtableError, UsageError, pro_mode
from roundtable_tui.api.pro import OrderedPrinter
from roundtable_tui.engine import events
from tests.support.fake_server import FakeServer, Reply, error

AGREE = Reply(decision={"consensus": True, "direction": ""})
anyio = pytest.mark.anyio


def test_pro_mode_returns_final_and_candidates_only() -> None:
    answer = pro_mode("Which colour?", n_agents=3, demo=True)
    assert set(answer) == {"final", "candidates"}
    assert isinstance(answer["final"], str) and answer["final"] and len(answer["candidates"]) == 3


@pytest.mark.parametrize("count", [0, -1])
def test_pro_mode_less_than_one_agent_raises_value_error(count: int) -> None:
    with pytest.raises(ValueError, match=f"n_agents should be 1 or more, not {count}"):
        pro_mode("Which colour?", n_agents=count, demo=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n_agents": 65}, "n_agents should be at most 64, not 65"),
        ({"max_tokens": 0}, "max_tokens should be a whole number of at least 1, not 0"),
        ({"temperature": 3}, "temperature of mode pro should be a number from 0 to 2, not 3"),
        ({"local": True}, "Give one of server, base_url, demo, local"),
        ({"api_key": "k-1"}, "api_key is for a server"),
    ],
)
def test_pro_mode_wrong_value_names_the_parameter(given: dict[str, Any], said: str) -> None:
    with pytest.raises((ValueError, RoundtableError)) as caught:
        pro_mode("Which colour?", **{"n_agents": 1, "demo": True, **given})
    assert said in str(caught.value) and "--" not in str(caught.value)


@anyio
async def test_pro_mode_sends_its_arguments_and_keeps_the_order() -> None:
    def answer(request: dict[str, Any], nth: int) -> str:
        return "merged" if "independent answers" in request["messages"][-1]["content"] else f"candidate {nth}"

    async with FakeServer(answer) as fake:
        how: dict[str, Any] = {"base_url": fake.url, "model": "m", "max_tokens": 50, "temperature": 0.3}
        told = await asyncio.to_thread(lambda: pro_mode("Which?", 2, **how))
    assert told["final"] == "merged" and sorted(told["candidates"]) == ["candidate 1", "candidate 2"]
    body = fake.requests[0].body
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("m", 50, 0.3)


@anyio
async def test_pro_mode_works_inside_a_running_loop() -> None:
    assert pro_mode("Which colour?", n_agents=1, demo=True)["final"]


def test_pro_mode_without_answer_raises() -> None:
    with pytest.raises(NoAnswerError, match="connection refused"):
        pro_mode("Which?", n_agents=1, base_url="http://127.0.0.1:9/v1", model="m")


def test_pro_mode_stream_candidates_prints_them_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    answer = pro_mode("Which colour?", n_agents=3, demo=True, stream_candidates=True)
    printed = capsys.readouterr().out
    positions = [printed.index(text) for text in (*answer["candidates"], answer["final"])]
    assert positions == sorted(positions)


def test_ordered_printer_parallel_turns_print_in_order_and_restart() -> None:
    out = io.StringIO()
    tell = OrderedPrinter(out)
    for turn in ("a.1", "b.1"):
        tell(events.TurnQueued(turn=turn, seat=turn[0], label="answer"))
    tell(events.AnswerDelta(turn="b.1", seat="b", text="wrong"))
    tell(events.AnswerDelta(turn="a.1", seat="a", text="one "))
    tell(events.TurnStarted(turn="b.1", seat="b", attempt=2))
    tell(events.AnswerDelta(turn="b.1", seat="b", text="two"))
    tell(events.TurnFailed(turn="b.1", seat="b", kind="cut", error="gone"))
    tell(events.AnswerDelta(turn="a.1", seat="a", text="\x1b[2J."))
    tell(events.TurnFinished(turn="a.1", seat="a", text="one ."))
    assert out.getvalue() == "\n--- a, answer ---\none ␛[2J.\n\n--- b, answer ---\ntwo\n(gone)\n"


@anyio
async def test_run_handle_yields_events_while_they_happen() -> None:
    gate = asyncio.Event()
    async with (
        FakeServer({"Captain": AGREE, "Lucas": Reply("Blue.", gate=gate), "": "Blue."}) as fake,
        Roundtable(base_url=fake.url) as table,
    ):
        handle = table.run("Which?", mode="debate")
        seen = []
        async for event in handle:
            seen.append(event.type)
            if seen.count("turn_finished") == 2:
                gate.set()  # Lucas has not answered yet, and the others are heard already.
        result = await handle.result()
    assert seen[0] == "run_started" and seen[-1] == "run_finished" and "answer" in seen
    assert (result.answer, result.status) == ("Blue.", "complete")
    assert result.report().turns and result.folder is None


@anyio
async def test_ask_accepts_the_choices_of_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with Roundtable(demo=True) as table:
        kept = await table.ask(
            "Which?", mode="debate", team="A", personas="Ada", captain="Sol", agents=2, seed=3,
            options={"max_rounds": 1}, folder=tmp_path / "kept",
        )  # fmt: skip
    story = kept.to_dict()
    assert [seat["persona"] for seat in story["seats"]] == ["Iris", "Theo", "Sol"]
    assert story["seed"] == 3 and kept.folder == tmp_path / "kept" and (kept.folder / "answer.md").is_file()


@anyio
async def test_ask_without_folder_writes_no_record(roundtable_home: Path) -> None:
    async with Roundtable(demo=True) as table:
        await table.ask("Which?", mode="pro", agents=1)
    assert not (roundtable_home / "runs").exists()


@anyio
async def test_run_wrong_arguments_and_failed_runs_raise() -> None:
    async with Roundtable(demo=True) as table:
        with pytest.raises(RoundtableError, match="Did you mean max_rounds"):
            await table.ask("Which?", mode="debate", options={"max_round": 1})
        with pytest.raises(RoundtableError, match="Did you mean debate"):
            async for _ in table.run("Which?", mode="debat"):
                pytest.fail("there is no such mode")
    async with FakeServer(error(400, "no")) as fake, Roundtable(base_url=fake.url) as table:
        with pytest.raises(NoAnswerError):
            await table.ask("Which?")
        assert (await table.run("Which?").result()).status == "failed"


@anyio
async def test_client_exit_cancels_active_runs() -> None:
    async with FakeServer(Reply("x", stall_after=1)) as fake:
        async with Roundtable(base_url=fake.url) as table:
            handle = table.run("Which?")
            async for event in handle:
                if event.type == "answer":
                    break
        assert handle.run is not None and handle.run.result is not None
        assert handle.run.result.status == "cancelled"
        assert [event.type async for event in handle][-1] == "run_finished", (
            "what was not read yet is still there"
        )
        for seen in fake.requests:
            await seen.ended.wait()


@anyio
async def test_run_handle_cancelled_before_start_does_not_start() -> None:
    async with Roundtable(demo=True) as table:
        handle = table.run("Which?")
        await handle.cancel()
        assert (await handle.result()).status == "cancelled" and handle.run is None
        assert [event async for event in handle] == []


def test_package_docstring_examples_run() -> None:
    blocks = re.findall(r"::\n\n((?:    .*\n|\n)+)", roundtable_tui.__doc__ or "")
    assert len(blocks) == 4
    names: dict[str, Any] = {}
    for block in blocks:
        code = re.sub(r'base_url="[^"]+", model="[^"]+"', "demo=True", textwrap.dedent(block))
        exec(compile(code, "docstring", "exec"), names)
        if "asyncio.run" not in code and "main" in code:
            asyncio.run(names["main"]())
    assert doctest.testmod(roundtable_tui).failed == 0


def test_package_exports_exist_and_unknown_names_raise() -> None:
    assert set(roundtable_tui.__all__) <= set(dir(roundtable_tui))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = roundtable_tui.nothing  # type: ignore[attr-defined]


@anyio
async def test_run_handle_controls_work_from_the_first_event_on() -> None:
    async with Roundtable(demo=True) as client:
        handle = client.run("Which?", mode="debate", options={"max_rounds": 1})
        with pytest.raises(UsageError, match="has not started"):
            _ = handle.controls
        async for event in handle:
            if event.type == "run_started":
                handle.controls.pause()
                handle.controls.resume()
        result = await handle.result()
    assert result.status == "complete"
    assert [event.paused for event in result.events if isinstance(event, events.RunPaused)] == [True, False]


@anyio
async def test_run_nth_is_the_former_name_of_question_number(here: Path) -> None:
    task = here / "tasks" / "wood"
    task.mkdir(parents=True)
    (task / "questions.txt").write_text("First?\nSecond?\n")
    async with Roundtable(demo=True) as client:
        for name in ("nth", "question_number"):
            handle = client.run(task=str(task), mode="single", **{name: 2})
            await handle.result()
            assert handle.run is not None and handle.run.plan.question == "Second?"


def test_package_former_names_are_aliases() -> None:
    assert roundtable_tui.Going is roundtable_tui.RunHandle  # type: ignore[attr-defined]
    assert roundtable_tui.NoAnswer is roundtable_tui.NoAnswerError  # type: ignore[attr-defined]


@anyio
async def test_run_sends_params_and_asks_for_whole_replies() -> None:
    async with FakeServer("42") as fake, Roundtable(base_url=fake.url, model="m") as client:
        await client.ask("Which?", mode="single", params={"top_k": 5, "stop": "END"}, stream=False)
        with pytest.raises(UsageError, match="api_key cannot be set as a parameter"):
            await client.ask("Which?", mode="single", params={"api_key": "x"})
    assert len(fake.requests) == 1
    assert {"top_k": 5, "stop": "END", "stream": False}.items() <= fake.requests[0].body.items()


@pytest.mark.anyio
@pytest.mark.parametrize("given", [{"models": {"Harpr": "demo-large"}}, {"servers": {"Harpr": "demo"}}])
async def test_run_with_a_name_that_no_seat_has_names_the_nearest(given: dict[str, Any]) -> None:
    async with Roundtable(demo=True) as client:
        with pytest.raises(UsageError, match=r"no seat of this run is called Harpr\. Did you mean Harper\?"):
            await client.ask("Why?", mode="debate", **given)


@anyio
async def test_run_with_servers_reaches_a_copy_of_a_seat() -> None:
    async with (
        FakeServer("42") as near,
        FakeServer("42", models=["far"]) as far,
        Roundtable(base_url=near.url, model="near") as client,
    ):
        servers, models = {"Voter": near.url, "Voter 2": far.url}, {"Voter": "x"}
        result = await client.ask("How many?", mode="vote", agents=3, servers=servers, models=models)
        every = {"Voter": "nowhere"} | {f"Voter {number}": near.url for number in (1, 2, 3)}
        for unknown in ({"Voter 1": "nowhere"}, every):
            with pytest.raises(UsageError, match=r"^servers: there is no server called nowhere\."):
                await client.ask("How many?", mode="vote", agents=3, servers=unknown)
    asked = {seat["seat"]: (seat["server"], seat["model"]) for seat in result.to_dict()["seats"]}
    assert asked["voter-1"] == asked["voter-3"] != asked["voter-2"]
    assert all(request.body["model"] == "x" for request in far.requests if request.body)
