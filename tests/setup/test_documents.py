"""Documents of a run: the task's own and named collections in the prompts of every seat."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui import modes
from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.run import Run
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.knowledge.embed import connect_embedder, make_embedder
from roundtable_tui.knowledge.ingest import ingest_documents
from roundtable_tui.knowledge.locations import open_store, open_task_store, task_collection_name
from roundtable_tui.llm.servers.discovery import FoundServer
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.setup import resume
from roundtable_tui.setup.demo import GENERATED_TEXT_NOTE
from roundtable_tui.setup.fork import fork
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import ForkRequest, ResumeRequest, RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import paths
from tests.support.fake_server import FakeServer

pytestmark = pytest.mark.anyio
QUESTION = "How long is parental leave?"


@pytest.fixture
async def pool() -> AsyncIterator[ServerPool]:
    one = ServerPool(Settings(), {"ROUNDTABLE_DEMO_PACE": "0"})
    yield one
    await one.aclose()


@pytest.fixture
def office(here: Path) -> Path:
    """Return a folder of documents."""
    folder = here / "office"
    folder.mkdir()
    (folder / "leave.md").write_text("# Leave\n\n## Parental\n\nParental leave lasts fourteen weeks.\n")
    (folder / "travel.md").write_text("# Travel\n\nTrains come before planes.\n")
    return folder


@pytest.fixture
def task(here: Path, office: Path) -> Path:
    """Return a task with documents."""
    folder = here / "tasks" / "rules"
    folder.mkdir(parents=True)
    (folder / "questions.txt").write_text(QUESTION)
    (folder / "context.txt").write_text("It is about the office.")
    office.rename(folder / "documents")
    return folder


async def known(name: str, folder: Path, *, pool: ServerPool | None = None, model: str = "") -> None:
    """Ingest a folder into a collection."""
    store = open_store("", {})
    embed = None
    if pool:
        embed = make_embedder(model, pool.get_demo(), pool)
    await ingest_documents(store, name, [folder], embed)
    store.close()


async def run_of(pool: ServerPool, **wish: Any) -> Run:
    wish = {"question": QUESTION, "demo": True, "mode": "single", **wish}
    return await build_run(RunRequest(**wish), pool)


def used(run: Run) -> events.PassagesUsed:
    (event,) = (event for event in run.events if isinstance(event, events.PassagesUsed))
    return event


def notices(run: Run) -> list[str]:
    found = [event.text for event in run.events if isinstance(event, events.Notice)]
    return [text for text in found if text != GENERATED_TEXT_NOTE]


async def test_documents_named_collection_adds_best_passages_to_prompts(
    pool: ServerPool, office: Path
) -> None:
    await known("Office", office)
    run = await run_of(pool, knowledge=("office",))
    assert (await run.execute()).status == "complete"
    event = used(run)
    assert (event.knowledge, event.query) == (("Office",), QUESTION)
    first = event.passages[0]
    assert (first["source"], first["first"], first["last"]) == ("office/leave.md", 1, 5)
    assert first["path"] == str((office / "leave.md").resolve())
    (asked,) = (event for event in run.events if isinstance(event, events.TurnQueued))
    assert "[1] office/leave.md, lines 1-5 (Leave)>>" in asked.prompt
    assert "Parental leave lasts fourteen weeks." in asked.prompt
    assert asked.prompt.index("fourteen") < asked.prompt.index(QUESTION)


@pytest.mark.parametrize("mode", sorted(modes.all_modes()))
async def test_documents_every_mode_reads_and_reports_passages(
    pool: ServerPool, office: Path, here: Path, mode: str
) -> None:
    await known("Office", office)
    (here / "text.txt").write_text("A short text to read.")
    options: dict[str, Any] = {"file": "text.txt"} if modes.get_mode(mode).needs_text else {}
    if "out" in modes.get_mode(mode).options.model_fields:
        options["out"] = "out"
    run = await run_of(pool, mode=mode, knowledge=("Office",), options=options, seed=1)
    await run.execute()
    assert used(run).passages
    prompts = [event for event in run.events if isinstance(event, events.TurnQueued)]
    assert any("fourteen weeks" in f"{event.system or ''}{event.prompt}" for event in prompts)
    told = build_report(run.events, run.folder)["passages"]
    assert told[0]["place"] == "lines 1-5" and told[0]["cited"] in (True, False)


async def test_documents_of_a_task_are_ingested_once(pool: ServerPool, task: Path) -> None:
    run = await run_of(pool, task="rules", question="")
    await run.execute()
    assert used(run).knowledge == ("documents of rules",)
    assert used(run).passages[0]["source"] == "documents/leave.md"
    assert notices(run) == ["documents of rules: 2 new; 2 passages"]
    (asked,) = (event for event in run.events if isinstance(event, events.TurnQueued))
    assert "It is about the office." in asked.prompt

    again_ = await run_of(pool, task="rules", question="")
    await again_.execute()
    assert notices(again_) == []
    (task / "documents" / "leave.md").write_text("Sixteen weeks of leave.")
    (task / "documents" / "travel.md").unlink()
    (task / "documents" / "bad.txt").write_bytes(b"\0")
    later = await run_of(pool, task="rules", question="")
    await later.execute()
    assert notices(later) == [
        "documents of rules: 1 changed, 1 gone; 1 passages",
        "tasks/rules/documents/bad.txt, line 1: is not a text file (a NUL byte). Save it as UTF-8 text.",
    ]
    assert [row["text"] for row in used(later).passages] == ["Sixteen weeks of leave."]
    assert not (paths.data_dir() / "knowledge").exists()


async def test_documents_empty_task_folder_runs_without_passages(pool: ServerPool, task: Path) -> None:
    for path in (task / "documents").iterdir():
        path.unlink()
    run = await run_of(pool, task="rules", question="")
    assert (await run.execute()).status == "complete"
    assert used(run).passages == ()


async def test_documents_tasks_with_the_same_name_are_kept_apart(task: Path, here: Path) -> None:
    other = here / "rules" / "documents"
    assert task_collection_name("rules", task / "documents") != task_collection_name("rules", other)


async def test_documents_task_and_collection_are_searched_without_duplicates(
    pool: ServerPool, task: Path
) -> None:
    await known("Office", task / "documents")
    run = await run_of(pool, task="rules", question="", knowledge=("office", "OFFICE"))
    await run.execute()
    assert used(run).knowledge == ("documents of rules", "Office")
    assert [row["number"] for row in used(run).passages] == [1]


async def test_documents_number_of_passages_follows_the_request(pool: ServerPool, task: Path) -> None:
    one = await run_of(pool, task="rules", question="leave trains", passages=1)
    await one.execute()
    assert len(used(one).passages) == 1
    none = await run_of(pool, task="rules", question="", passages=0)
    await none.execute()
    assert not any(isinstance(event, events.PassagesUsed) for event in none.events)
    with pytest.raises(UsageError, match="--passages should be a whole number from 0 to 50, not 51"):
        await run_of(pool, task="rules", passages=51)


async def test_documents_unknown_collection_raises_before_the_run(pool: ServerPool, office: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no knowledge x\. Make it: roundtable knowledge add"):
        await run_of(pool, knowledge=("x",))
    await known("Office", office)
    with pytest.raises(UsageError, match=r"there is no knowledge ofice\. Did you mean Office\?"):
        await run_of(pool, knowledge=("ofice",))
    with pytest.raises(UsageError, match="there is no such kind of store"):
        await run_of(pool, knowledge=("office",), store="mysql://ada:pw@host/x")


async def test_documents_vectors_are_stored_with_their_server_and_reused(
    pool: ServerPool, office: Path
) -> None:
    await known("Office", office, pool=pool, model="demo-large")
    (collection,) = open_store("", {}).collections()
    assert (collection.model, collection.server, collection.vector_size) == ("demo-large", "demo", 256)
    run = await run_of(pool, knowledge=("Office",), question="weeks fourteen lasts")
    await run.execute()
    # Found by its vector alone: a second passage that has none of the words.
    assert [row["source"] for row in used(run).passages] == ["office/leave.md", "office/travel.md"]
    assert notices(run) == []


async def test_documents_without_embeddings_falls_back_to_words(office: Path, here: Path) -> None:
    first = ServerPool(Settings(), {"ROUNDTABLE_DEMO_PACE": "0"})
    await known("Office", office, pool=first, model="demo-large")
    await first.aclose()
    store = open_store("", {})
    connection = store._connect_existing("Office")  # type: ignore[attr-defined]
    connection.execute("UPDATE about SET value = 'http://127.0.0.1:9/v1' WHERE key = 'server'")
    store.close()
    second = ServerPool(Settings(), {"ROUNDTABLE_DEMO_PACE": "0"})
    run = await run_of(second, knowledge=("Office",))
    result = await run.execute()
    await second.aclose()
    assert result.status == "complete"
    (line,) = notices(run)
    assert line.startswith("Office is searched by words alone: demo-large at 127.0.0.1:9: ")
    assert used(run).passages


async def test_documents_of_a_task_use_the_named_embedding_model(pool: ServerPool, task: Path) -> None:
    async def taken(model: str, **wish: Any) -> tuple[list[str], str]:
        run = await run_of(pool, task="rules", question="", embedding_model=model, **wish)
        assert (await run.execute()).status == "complete"
        (collection,) = open_task_store().collections()
        return notices(run), collection.model

    assert await taken("demo-large") == (["documents of rules: 2 new; 2 passages"], "demo-large")
    assert await taken("demo-large") == ([], "demo-large")
    assert await taken("demo-small") == (["documents of rules: 2 new; 2 passages"], "demo-small")
    assert await taken("") == ([], "demo-small")
    lines, _ = await taken("x", embedding_server="http://127.0.0.1:9/v1")
    assert lines[0].startswith("the task's documents have no vectors: x at 127.0.0.1:9: ")


async def test_server_reference_is_name_or_base_url(here: Path) -> None:
    settings = Settings(servers={"home": ServerSettings(name="home", base_url="http://home/v1")})
    pool = ServerPool(settings, {})
    for asked, kept in (
        ({"name": "home"}, "home"),
        ({"demo": True}, "demo"),
        ({"base_url": "http://there/v1"}, "http://there/v1"),
    ):
        server = await pool.get_server(**asked)  # type: ignore[arg-type]
        assert make_embedder("mini", server, pool).server == kept
        reached = await connect_embedder(pool, kept, "mini")
        assert (reached.server, reached.model) == (kept, "mini")
    await pool.aclose()


async def test_documents_resumed_run_keeps_its_passages(pool: ServerPool, office: Path) -> None:
    await known("Office", office)
    async with FakeServer("Fourteen weeks [1].") as fake:
        run = await run_of(pool, demo=False, base_url=fake.url, model="fake", knowledge=("Office",))
        await run.execute()
        assert run.folder is not None
        record = run.folder / "events.jsonl"
        lines = record.read_text().splitlines()
        place = next(n for n, line in enumerate(lines) if '"type":"turn_started"' in line)
        record.write_text("\n".join(lines[:place]) + "\n")
        open_store("", {}).delete("Office")
        resumed = await resume.resume(ResumeRequest(run.folder), pool)
        result = await resumed.execute()
        assert (result.status, result.answer.text) == ("complete", "Fourteen weeks [1].")
        assert resumed.table.passages == run.table.passages
        assert "fourteen weeks" in fake.requests[-1].user
        assert record.read_text().count('"passages_used"') == 1

        forked = await fork(ForkRequest(run.folder), pool)
        await forked.execute()
        assert forked.table.passages == run.table.passages

        record.write_text(lines[0] + "\n")
        cut = await resume.resume(ResumeRequest(run.folder), pool)
        result = await cut.execute()
        assert (result.status, result.error) == (
            "failed", "the run was interrupted before its documents were searched. Ask the question again.",
        )  # fmt: skip


async def test_documents_cited_sources_are_listed_below_the_answer(pool: ServerPool, office: Path) -> None:
    await known("Office", office)
    async with FakeServer("Fourteen weeks [1].") as fake:
        run = await run_of(pool, demo=False, base_url=fake.url, model="fake", knowledge=("Office",))
        result = await run.execute()
    assert result.answer.text == "Fourteen weeks [1]."
    assert run.folder is not None
    assert (run.folder / "answer.md").read_text() == (
        "Fourteen weeks [1].\n\nSources:\n[1] office/leave.md, lines 1-5 (Leave)\n"
    )
    transcript = (run.folder / "transcript.md").read_text()
    assert "## Passages" in transcript and "**[1] office/leave.md, lines 1-5 (Leave)**" in transcript
    assert build_report(run.events)["passages"][0]["cited"] is True
    assert json.loads((run.folder / "events.jsonl").read_text().splitlines()[0])["knowledge"] == ["Office"]


async def test_documents_store_error_ends_the_run_with_one_line(pool: ServerPool, office: Path) -> None:
    await known("Office", office)
    run = await run_of(pool, knowledge=("Office",))
    (file,) = (paths.data_dir() / "knowledge").glob("*.db")
    file.write_bytes(b"nonsense" * 1000)
    result = await run.execute()
    assert result.status == "failed" and "cannot be used: file is not a database" in result.error
    with pytest.raises(RoundtableError, match="cannot be used"):
        await run_of(pool, knowledge=("Office",))


async def test_embedding_server_may_be_one_that_was_found_here(monkeypatch: pytest.MonkeyPatch) -> None:
    async def discover(*_: Any) -> list[FoundServer]:
        return [FoundServer("Ollama", "http://127.0.0.1:1/v1", ())]

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)
    pool = ServerPool(Settings(), {})
    embedder = await connect_embedder(pool, "ollama", "mini")
    assert (embedder.server, embedder.target_server.base_url) == ("ollama", "http://127.0.0.1:1/v1")
    await pool.aclose()
