"""Fan-out: numbered files that hold whole answers and nothing else, whatever fails; runs repeated."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from roundtable_tui.engine import events
from roundtable_tui.llm.types import Limits
from roundtable_tui.modes.fanout import FanoutOptions
from tests.support.fake_server import Reply, error
from tests.support.mode_run import Room, cut_off, room

pytestmark = pytest.mark.anyio

NAMES = ["Ada", "Bob"]


def files(folder: Path) -> dict[str, str]:
    """Return the answers in a folder by name, the index left out."""
    return {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir()) if path.suffix == ".txt"}


def index(folder: Path) -> dict[str, Any]:
    calls: dict[str, Any] = json.loads((folder / "index.json").read_text("utf-8"))["calls"]
    return calls


async def test_fanout_writes_a_file_per_call_and_index(tmp_path: Path) -> None:
    out = tmp_path / "out"
    async with room(lambda request, nth: f"Piece {nth}.\n\n# Not touched\x1b[31m", tmp_path) as r:
        how = {"calls": 5, "out": str(out), "base_filename": "piece", "temperature": 1.2, "top_p": 0.5}
        result = await r.done("fanout", NAMES, captain=False, question="Make one.", **how)
        assert result.status == "complete"
        assert sorted(files(out)) == [f"piece_{n}.txt" for n in range(1, 6)]
        assert sorted(files(out).values()) == [f"Piece {n}.\n\n# Not touched␛[31m" for n in range(1, 6)]
        recorded = {event.text for event in r.told(events.TurnFinished)}
        assert recorded == {f"Piece {n}.\n\n# Not touched\x1b[31m" for n in range(1, 6)}
        assert {(call["status"], call["path"]) for call in index(out).values()} == {
            ("ok", f"piece_{n}.txt") for n in range(1, 6)
        }
        assert list(index(out)) == [f"call_{n}" for n in range(1, 6)]
        assert all(call["tokens"] and call["seconds"] >= 0 for call in index(out).values())
        assert result.answer.how.startswith("5 of 5 answers, in ")
        assert result.answer.text.splitlines()[4].startswith("call_5: ")
        sent = r.fake.requests[0]
        assert (sent.user, sent.body["temperature"], sent.body["top_p"]) == ("Make one.", 1.2, 0.5)
        assert len({event.turn for event in r.told(events.TurnQueued)}) == 5


async def test_fanout_without_out_writes_beside_record(tmp_path: Path) -> None:
    async with room("Done.", tmp_path) as r:
        await r.done("fanout", NAMES, captain=False)
        assert files(tmp_path / "run" / "answers") == {"output_1.txt": "Done.", "output_2.txt": "Done."}


async def test_fanout_streams_answer_to_partial_file(tmp_path: Path) -> None:
    out, hold = tmp_path / "out", asyncio.Event()
    async with room(Reply(pieces=["One ", "two ", "three"], gates={2: hold}), tmp_path) as r:
        run = r.run(r.plan("fanout", ["Ada"], captain=False, out=str(out)))
        heard = asyncio.Event()
        said: list[str] = []

        def listen(event: events.Event) -> None:
            if isinstance(event, events.AnswerDelta):
                said.append(event.text)
                if "".join(said).strip() == "One two":
                    heard.set()

        run.add_listener(listen)
        task = asyncio.ensure_future(run.execute())
        await heard.wait()
        assert {name: text.strip() for name, text in files(out).items()} == {
            "output_1.partial.txt": "One two"
        }
        hold.set()
        await task
        assert files(out) == {"output_1.txt": "One two three"}


@pytest.mark.parametrize("k", range(1, 5))
async def test_fanout_with_any_failed_call_has_no_file_for_it(tmp_path: Path, k: int) -> None:
    out = tmp_path / "out"

    def reply(request: Any, nth: int) -> Any:
        return error(400, "no luck") if nth == k else "Fine."

    async with room(reply, tmp_path) as r:
        result = await r.done("fanout", NAMES, captain=False, calls=4, out=str(out))
        assert result.status == "partial"
        assert result.answer.how.startswith("3 of 4 answers")
        assert list(files(out).values()) == ["Fine."] * 3
        failed = [name for name, call in index(out).items() if call["status"] == "failed"]
        assert len(failed) == 1
        assert "no luck" in index(out)[failed[0]]["error"]
        seat = index(out)[failed[0]]["seat"].capitalize()
        assert f"{failed[0]}: {seat} did not answer" in result.answer.text
        assert "no luck" not in result.answer.text


async def test_fanout_cut_connection_leaves_partial_file_until_second_run(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    script = [Reply(text="One two three", cut_after=2), "Whole."]
    async with room(script, tmp_path) as r:
        result = await r.done("fanout", ["Ada"], captain=False, calls=2, out=str(out))
        assert result.status == "partial"
        assert {n: t.strip() for n, t in files(out).items()} == {
            "output_1.partial.txt": "One two",
            "output_2.txt": "Whole.",
        }
        assert index(out)["call_1"]["path"] == "output_1.partial.txt"
    async with room("Now.", tmp_path / "second") as r:
        result = await r.done("fanout", ["Ada"], captain=False, calls=2, out=str(out))
        assert len(r.fake.requests) == 1
        assert files(out) == {"output_1.txt": "Now.", "output_2.txt": "Whole."}
        assert [call["status"] for call in index(out).values()] == ["ok", "ok"]
        assert "2 of 2 answers, 1 of them from an earlier run" in result.answer.how
    async with room("Never.", tmp_path / "third") as r:
        assert (await r.done("fanout", ["Ada"], captain=False, calls=2, out=str(out))).status == "complete"
        assert not r.fake.requests


async def test_fanout_folder_for_another_question_is_untouched(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    async with room("Yes.", tmp_path) as r:
        await r.done("fanout", NAMES, captain=False, out=out, question="One?")
    async with room("No.", tmp_path / "second") as r:
        result = await r.done("fanout", NAMES, captain=False, out=out, question="Another?")
        assert result.status == "failed"
        assert "holds the answers to another question" in result.error
        assert not r.fake.requests
    (tmp_path / "out" / "index.json").write_text("[]", "utf-8")
    async with room("No.", tmp_path / "third") as r:
        result = await r.done("fanout", NAMES, captain=False, out=out)
        assert "is not the index of a fan-out" in result.error


async def test_fanout_stopped_calls_are_cancelled_and_resumed(
    tmp_path: Path,
) -> None:
    out, hold = tmp_path / "out", asyncio.Event()

    def reply(request: Any, nth: int) -> Any:
        return "First." if nth == 1 else Reply(text="Half of it", gates={1: hold})

    async with room(reply, tmp_path) as r:
        run = r.run(r.plan("fanout", NAMES, captain=False, calls=4, out=str(out)))

        async def two_speak() -> None:
            while len([event for event in run.events if isinstance(event, events.TurnStarted)]) < 3:
                await asyncio.sleep(0)
            await r.fake.seen(3)
            while len(list(out.glob("*.partial.txt"))) < 2 or not all(files(out).values()):
                await asyncio.sleep(0)

        assert (await cut_off(run, two_speak())).status == "cancelled"
        assert sorted(call["status"] for call in index(out).values()) == ["cancelled", "cancelled", "ok"]
        assert sum(name.endswith(".partial.txt") for name in files(out)) == 2
        hold.set()
        before = len(r.fake.requests)
        result = await r.again()
        assert result.status == "complete"
        assert len(r.fake.requests) == before + 3
        assert sorted(files(out)) == [f"output_{n}.txt" for n in range(1, 5)]


async def test_fanout_without_answers_fails_and_stops_asking(tmp_path: Path) -> None:
    async with room(error(400, "broken"), tmp_path) as r:
        result = await r.done("fanout", NAMES, captain=False, calls=100)
        assert result.status == "failed"
        assert result.error.startswith("none of 100 calls was answered: Ada: ")
        assert len(r.fake.requests) <= 12
        assert files(tmp_path / "run" / "answers") == {}


async def test_fanout_unwritable_folder_keeps_answers_in_the_answer(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", "utf-8")
    async with room(lambda request, nth: f"Paid answer {nth}.", tmp_path) as r:
        result = await r.done("fanout", ["Ada", "Bob"], captain=False, out=str(tmp_path / "out"))
        assert result.status == "partial"
        assert all(f"Paid answer {nth}." in result.answer.text for nth in (1, 2))
        assert "2 of them are in this text only" in result.answer.how
        notices = [notice.text for notice in r.told(events.Notice)]
        assert any("output_1.txt cannot be written" in text and "\n" not in text for text in notices)


async def test_fanout_disk_full_at_one_file_keeps_that_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_text

    def write_unless_second(path: Path, *given: Any, **named: Any) -> int:
        if path.name == "output_2.partial.txt":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, *given, **named)

    monkeypatch.setattr(Path, "write_text", write_unless_second)
    async with room("Same.", tmp_path) as r:
        result = await r.done("fanout", ["Ada", "Bob", "Eve"], captain=False)
        assert result.status == "partial" and result.answer.how.startswith("3 of 3 answers")
        assert "call_2: no file could be written; its text is below" in result.answer.text
        assert result.answer.text.endswith("call_2:\n\nSame.")
        assert sorted(set(files(tmp_path / "run" / "answers")) - {"output_2.partial.txt"}) == [
            "output_1.txt",
            "output_3.txt",
        ]


async def test_fanout_restarted_attempt_restarts_its_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    async with room([Reply(text="Wrong start", cut_after=1), "Right."], tmp_path) as r:
        plan = r.plan("fanout", ["Ada"], captain=False, out=str(out))
        await r.run(replace(plan, limits=Limits(retries=2))).execute()
        assert files(out) == {"output_1.txt": "Right."}


def seats_for(**options: Any) -> int:
    return FanoutOptions(**options).agents


def test_fanout_has_no_more_seats_than_calls() -> None:
    assert seats_for() == 5
    assert seats_for(calls="3") == 3
    assert seats_for(calls=120) == 8
    assert seats_for(calls=120, agents="20") == 20
    assert seats_for(agents=2) == 2


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "x" * 100])
def test_fanout_base_filename_must_be_plain(name: str) -> None:
    with pytest.raises(ValidationError, match="plain file name"):
        FanoutOptions(base_filename=name)


ACTING = "One\x1b]0;title\x07 \x9b2J\u202etwo"


@pytest.mark.parametrize("size", [1, 3, 50])
async def test_fanout_partial_file_of_acting_text_is_clean_in_any_pieces(tmp_path: Path, size: int) -> None:
    out = tmp_path / "out"
    pieces = [ACTING[at : at + size] for at in range(0, len(ACTING), size)] + ["end"]
    async with room([Reply(pieces=pieces, cut_after=len(pieces) - 1), "ok"], tmp_path) as r:
        await r.done("fanout", ["Ada"], captain=False, calls=2, out=str(out))
        assert files(out)["output_1.partial.txt"] == "One␛]0;title 2Jtwo"


async def test_fanout_with_many_calls_and_few_seats_completes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    async with room("ok", tmp_path) as r:
        result = await many(r, out)
        assert result.status == "complete"
        assert len(files(out)) == 60


async def many(r: Room, out: Path) -> Any:
    return await r.done("fanout", [f"S{n}" for n in range(6)], captain=False, calls=60, out=str(out))
