"""Every text of a task folder reaches the models, in every mode: modes by files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.engine import events
from roundtable_tui.modes import all_modes
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.fake_server import FakeServer, Reply
from tests.support.run_builder import shape_of

pytestmark = pytest.mark.anyio

TEXTS = {
    "context.txt": "Context: the bridge is made of larch.",
    "instructions.txt": "Instructions: count twice.",
    "discuss_instructions.txt": "Discussion: speak of larch only.",
    "summarize_instructions.txt": "Form: end with a number.",
}
OPTIONS: dict[str, dict[str, Any]] = {
    "chain": {"chunk_size": 200, "chunk_overlap": 0},
    "loop": {"turns": 1},
    "roundtable": {"turns": 2},
}
OWN_MODES = list(all_modes())


def answer(request: Mapping[str, Any], nth: int) -> Any:
    """Answer prose with prose, and a decision with what fits every schema that the modes use."""
    if shape_of(request) not in ("json_schema", "tool"):
        return f"Reply {nth}: 42"
    schema = json.dumps(request.get("response_format") or request.get("tools"))
    if '"consensus"' in schema:
        return Reply(decision={"consensus": True, "direction": "", "points": []})
    return Reply(decision={"choice": 1, "ranking": ["A", "B"], "groups": [1, 1, 1]})


def write_task(folder: Path, texts: Mapping[str, str], toml: str = "") -> Path:
    """Write a task from the names and contents of its files."""
    folder.mkdir(parents=True)
    for name, text in {**texts, **({"task.toml": toml} if toml else {})}.items():
        (folder / name).write_text(text)
    return folder


async def sent_in(mode: str, files: Mapping[str, str], tmp_path: Path, toml: str = "", **how: Any) -> str:
    """Return everything that a run of a task with these files sends to the models."""
    folder = write_task(tmp_path / "tasks" / "x", {"questions.txt": "How many planks?", **files}, toml)
    async with FakeServer(answer) as fake:
        settings = Settings(discovery=False)
        async with ServerPool(settings, {"OPENAI_BASE_URL": fake.url}) as pool:
            request = RunRequest(
                task=str(folder), mode=mode, model="m", record=False, options=OPTIONS.get(mode, {}), **how
            )
            run = await build_run(request, pool)
            result = await run.execute()
        assert result.status in ("complete", "partial"), result.error
        return json.dumps([seen.body["messages"] for seen in fake.requests])


@pytest.mark.parametrize("file", list(TEXTS))
@pytest.mark.parametrize("mode", OWN_MODES)
async def test_task_text_reaches_the_models(mode: str, file: str, tmp_path: Path) -> None:
    context = {"context.txt": "A plank. " * 40} if mode == "chain" and file != "context.txt" else {}
    assert TEXTS[file] in await sent_in(mode, {**context, file: TEXTS[file]}, tmp_path)


@pytest.mark.parametrize("mode", OWN_MODES)
async def test_task_without_texts_sends_no_heading_for_them(mode: str, tmp_path: Path) -> None:
    files = {"context.txt": "A plank. " * 40} if mode == "chain" else {}
    assert "Instructions for" not in await sent_in(mode, files, tmp_path)


async def test_pipeline_gives_texts_to_its_stages(tmp_path: Path) -> None:
    toml = '[[stages]]\nmode = "pro"\nask = "List the planks."\n\n[[stages]]\nmode = "debate"\n'
    folder = write_task(tmp_path / "tasks" / "x", {"questions.txt": "How many?", **TEXTS}, toml)
    async with FakeServer(answer) as fake:
        async with ServerPool(Settings(discovery=False), {"OPENAI_BASE_URL": fake.url}) as pool:
            run = await build_run(RunRequest(task=str(folder), model="m", record=False), pool)
            await run.execute()
        first = [seen for seen in fake.requests if "List the planks." in seen.user]
        last = [seen for seen in fake.requests if "an earlier stage" in seen.user or seen not in first]
        assert first and all(TEXTS["discuss_instructions.txt"] in seen.user for seen in first[:5])
        assert not any(TEXTS["summarize_instructions.txt"] in seen.user for seen in first)
        assert any(TEXTS["summarize_instructions.txt"] in seen.user for seen in last)


async def test_run_of_a_task_with_two_instructions_says_which_are_used(tmp_path: Path) -> None:
    texts = {"questions.txt": "How many planks?", **TEXTS}
    folder = write_task(tmp_path / "planks", texts)
    request = RunRequest(task=str(folder), mode="single", model="m", record=False)
    async with (
        FakeServer(answer) as fake,
        ServerPool(Settings(discovery=False), {"OPENAI_BASE_URL": fake.url}) as pool,
    ):
        run = await build_run(request, pool)
        await run.execute()
    said = [event.text for event in run.events if isinstance(event, events.Notice)]
    assert said == ["task planks: discuss_instructions.txt is used, instructions.txt is not"]
