"""Chain on a server that tells its context only in its refusals: the rest of the text is cut again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.calls.text_sizes import TextSizes
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.engine.run import Run, RunOutcome
from roundtable_tui.llm.request.build import estimate_tokens
from roundtable_tui.reports.report.make import make_report
from tests.support.fake_server import error
from tests.support.mode_run import Room, room
from tests.support.torture import share

pytestmark = pytest.mark.anyio

WINDOW = 2048
NAMES = ["Ada", "Bob", "Cem"]
FACTS = [f"Fact {n}" for n in range(1, 41)]
TEXT = "\n\n".join(f"{fact}. " + "Filler words without any meaning. " * 15 for fact in FACTS)
VARIANTS = ("chain", "tree")


def tokens_of(request: Mapping[str, Any]) -> int:
    return estimate_tokens(*(str(message["content"]) for message in request["messages"]))


def facts(said: str) -> list[str]:
    return sorted(set(re.findall(r"Fact \d+", said)), key=lambda fact: int(fact[5:]))


class SmallReader:
    """Notes every fact it is shown, and refuses what is longer than its context, as OpenAI does."""

    def __init__(self, *, named: bool = True) -> None:
        self.named = named
        self.refused = 0
        self.read: list[str] = []

    def __call__(self, request: Mapping[str, Any], nth: int) -> Any:
        prompt = request["messages"][-1]["content"]
        if (size := tokens_of(request)) > WINDOW:
            self.refused += 1
            limit = f"This model's maximum context length is {WINDOW} tokens. However, your messages resulted"
            said = f"{limit} in {size} tokens." if self.named else "The prompt is too long."
            return error(400, said, code="context_length_exceeded", type="invalid_request_error")
        self.read.append(prompt)
        return ", ".join(facts(prompt))


def options(tmp_path: Path, variant: str, **more: Any) -> dict[str, Any]:
    (tmp_path / "text.txt").write_text(TEXT, "utf-8")
    how = {"chunk_size": 9000, "chunk_overlap": 100, "file": str(tmp_path / "text.txt"), "variant": variant}
    return {"question": "Which facts?", **how, **more}


def assert_whole(result: RunOutcome, run: Run) -> None:
    """Assert that everything was read, and that the report says so."""
    assert (result.status, result.error) == ("complete", "")
    assert facts(result.answer.text) == FACTS
    report = make_report(run.events)
    assert report.exit_code == 0 and not run.table.failed_turns
    passages = {
        e.of or 0 for e in run.events if isinstance(e, events.PhaseStarted) and e.name.startswith("passage")
    }
    assert f"{max(passages)} passages" in result.answer.how


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("variant", VARIANTS)
async def test_chain_cuts_the_rest_again_after_a_refusal(variant: str, named: bool, tmp_path: Path) -> None:
    reader = SmallReader(named=named)
    async with room(reader, tmp_path) as r:
        result = await r.done("chain", NAMES, **options(tmp_path, variant))
        assert_whole(result, r.runs[-1])
        cuts = [e for e in r.told(events.ExternalFactRecorded) if e.name.startswith("chars_after_refusal/")]
        assert cuts and all(0 < cut.value["chars"] < 9000 for cut in cuts)
        # What was under way at the same time is refused too, and no more than that.
        assert reader.refused <= len(cuts) * (1 if variant == "chain" else len(NAMES))
        assert not named or [cut.value["context"] for cut in cuts] == [WINDOW]
        said = [event.text for event in r.told(events.Notice)]
        assert [line for line in said if f"passages of {cuts[-1].value['chars']:,} characters" in line]


@pytest.mark.parametrize("variant", VARIANTS)
async def test_chain_replayed_after_a_refusal_calls_no_server(variant: str, tmp_path: Path) -> None:
    async with room(SmallReader(), tmp_path) as r:
        result = await r.done("chain", NAMES, **options(tmp_path, variant))
        before, first = len(r.fake.requests), without_times(r.runs[-1])
        again = await r.again()
        assert (again.answer, again.status, len(r.fake.requests)) == (result.answer, result.status, before)
        assert without_times(r.runs[-1]) == first


def without_times(run: Run) -> list[Any]:
    """Return the events of a run that a replay repeats."""
    kinds = (events.TurnQueued, events.TurnFinished, events.TurnFailed, events.Notice, events.PhaseStarted,
             events.ExternalFactRecorded)  # fmt: skip
    found = [one.__class__(**{**vars_of(one), "t": 0.0}) for one in run.events if isinstance(one, kinds)]
    return sorted(found, key=repr)


def vars_of(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__dataclass_fields__ if name != "type"}


def cut_places(folder: Path) -> Iterator[int]:
    """Return the numbers of lines after which a record can end."""
    lines = (folder / "events.jsonl").read_text("utf-8").splitlines()
    kinds = [json.loads(line)["type"] for line in lines]
    yield from (n for n in range(1, len(lines)) if kinds[n - 1] not in ("answer_delta", "run_finished"))


@pytest.mark.parametrize("variant", VARIANTS)
async def test_chain_resumed_at_any_point_reads_the_whole_text(variant: str, tmp_path: Path) -> None:
    async with room(SmallReader(), tmp_path) as r:
        await r.done("chain", NAMES, **options(tmp_path, variant))
        plan = r.runs[-1].plan
    whole = (tmp_path / "run" / "events.jsonl").read_text("utf-8").splitlines(keepends=True)
    for place in share(list(cut_places(tmp_path / "run")), 2):
        reader, folder = SmallReader(), tmp_path / f"run {place}"
        folder.mkdir()
        (folder / "events.jsonl").write_text("".join(whole[:place]), "utf-8")
        async with room(reader, tmp_path / f"room {place}") as r:
            run = Run(on_server(plan, r), r.client, run_dir=folder, resume=read_record(folder))
            result = await run.execute()
            assert_whole(result, run)
            recorded = [json.loads(line) for line in whole[:place]]
            done = {event["turn"] for event in recorded if event["type"] == "turn_finished"}
            queued = {event.turn for event in run.events if isinstance(event, events.TurnQueued)}
            assert done <= queued, "no turn of the record is lost"
            assert len(reader.read) == len({e.turn for e in finished(run)} - done), "and none is made again"


def finished(run: Run) -> list[events.TurnFinished]:
    return [event for event in run.events if isinstance(event, events.TurnFinished)]


def on_server(plan: Any, r: Room) -> Any:
    """Return the plan with its seats on the server of a room."""
    places = [replace(one, server=replace(one.server, base_url=r.fake.url)) for one in plan.assignments]
    captain = replace(plan.captain, server=replace(plan.captain.server, base_url=r.fake.url))
    return replace(plan, assignments=tuple(places), captain=captain)


@pytest.mark.parametrize("variant", VARIANTS)
async def test_text_of_one_passage_that_is_refused_is_read_in_passages(variant: str, tmp_path: Path) -> None:
    async with room(SmallReader(), tmp_path) as r:
        result = await r.done("chain", NAMES, **options(tmp_path, variant, chunk_size=100_000))
        assert_whole(result, r.runs[-1])
        before = len(r.fake.requests)
        assert (await r.again()).answer == result.answer and len(r.fake.requests) == before


@pytest.mark.parametrize("variant", VARIANTS)
async def test_chain_with_a_question_that_no_model_holds_fails_with_its_name(
    variant: str, tmp_path: Path
) -> None:
    async with room(reader := SmallReader(), tmp_path) as r:
        how = options(tmp_path, variant, question="Which facts are there? " * 600)
        result = await r.done("chain", NAMES, **how)
        assert result.status == "failed" and "The longest part is the question" in result.error
        assert not reader.read and reader.refused < 2 * len(NAMES) ** 2, "it is not cut again and again"


async def test_chain_in_a_text_without_blanks_is_cut_to_what_its_letters_take(tmp_path: Path) -> None:
    """Letters of three bytes take more tokens than the first estimate of a passage has."""
    text = "".join(f"Fact {n}。" + "意味のない言葉が続きます。" * 30 for n in range(1, 31))
    reader = SmallReader()
    async with room(reader, tmp_path) as r:
        how = options(tmp_path, "chain")
        Path(how["file"]).write_text(text, "utf-8")
        result = await r.done("chain", NAMES, **how)
        assert (result.status, len(facts(result.answer.text))) == ("complete", 30)


@pytest.mark.parametrize("variant", VARIANTS)
async def test_record_of_a_run_that_gave_up_after_refusals_is_resumed_to_its_end(
    variant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an earlier version recorded it: each reader was given the same passage, and all refused it."""
    async with room(SmallReader(), tmp_path) as r:
        with monkeypatch.context() as earlier:
            earlier.setattr(TextSizes, "limit_after_refusal", lambda sizes, refused, text, share: len(text))
            assert (await r.done("chain", NAMES, **options(tmp_path, variant))).status == "failed"
        result = await r.again()
        assert facts(result.answer.text) == FACTS
        if variant == "chain":
            assert_whole(result, r.runs[-1])
