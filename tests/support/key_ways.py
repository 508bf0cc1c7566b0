"""All ways to choose a server. Each one sends a request to it; errors are ignored."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from roundtable_tui import Roundtable, config, pro_mode
from roundtable_tui.cli import main
from roundtable_tui.cli.app import parse_app_flags
from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import read_record, write_record
from roundtable_tui.errors import RoundtableError
from roundtable_tui.knowledge.embed import connect_embedder
from roundtable_tui.model_choice import catalog, server_check
from roundtable_tui.setup import resume
from roundtable_tui.setup.fork import fork
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import ForkRequest, ResumeRequest, RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.tui.session import Session
from roundtable_tui.utils import paths
from tests.support.key_trap import DISCOVERED_NAME, KeyRecordingServer


def run(*words: str) -> None:
    """Run a command; errors are ignored."""
    with suppress(SystemExit):
        main.main(list(words))


def ask(*words: str) -> None:
    run("ask", "Why?", "--mode", "single", "--quiet", "--model", "m", *words)


def write_settings(text: str) -> None:
    path = paths.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def server_entry(name: str, url: str, *more: str) -> str:
    return "\n".join([f"[servers.{name}]", f'base_url = "{url}"', *more, ""])


def write_persona(name: str = "Ada", **fields: str) -> None:
    folder = Path("personas")
    folder.mkdir(exist_ok=True)
    (folder / f"{name.lower()}.json").write_text(
        json.dumps({"name": name, "prompt": f"You are {name}.", **fields})
    )


def run_with_pool(
    work: Callable[[ServerPool], Awaitable[object]],
    kept: Settings | None = None,
    closing: Session | None = None,
) -> None:
    """Do something with a pool of servers, or with that of a session; errors are ignored."""

    async def go() -> None:
        backends = ServerPool(config.load() if kept is None else kept, os.environ)
        try:
            with suppress(RoundtableError):
                await work(backends)
        finally:
            await backends.aclose()
            if closing is not None:
                await closing.backends.aclose()

    asyncio.run(go())


def flag_server(recorder: KeyRecordingServer) -> None:
    ask("--server", DISCOVERED_NAME)


def flag_base_url(recorder: KeyRecordingServer) -> None:
    ask("--base-url", recorder.url)


def flag_base_url_of_an_entry(recorder: KeyRecordingServer) -> None:
    write_settings(server_entry("a", recorder.url) + server_entry("b", "http://127.0.0.1:9/v1"))
    ask("--base-url", recorder.url)


def flag_base_url_of_models(recorder: KeyRecordingServer) -> None:
    run("models", "--base-url", recorder.url)


def flag_base_url_of_doctor(recorder: KeyRecordingServer) -> None:
    write_settings(server_entry("a", recorder.url) + server_entry("b", "http://127.0.0.1:9/v1"))
    run("doctor", "--base-url", recorder.url)


def flag_base_url_of_knowledge(recorder: KeyRecordingServer) -> None:
    Path("notes.md").write_text("Oak lasts.\n")
    run(
        "knowledge",
        "add",
        "notes.md",
        "--into",
        "notes",
        "--embedding-model",
        "e",
        "--base-url",
        recorder.url,
    )


def flag_base_url_of_the_app(recorder: KeyRecordingServer) -> None:
    session = Session(parse_app_flags(["--base-url", recorder.url]), config.load())
    run_with_pool(lambda _: _ask_once(session.backends, session.wish), closing=session)


def settings_default(recorder: KeyRecordingServer) -> None:
    write_settings(
        'server = "b"\n' + server_entry("a", "http://127.0.0.1:9/v1") + server_entry("b", recorder.url)
    )
    ask("--server", "b")
    ask()


def settings_only_entry(recorder: KeyRecordingServer) -> None:
    write_settings(server_entry("a", recorder.url))
    ask("--server", "a")


def several_entries_without_default(recorder: KeyRecordingServer) -> None:
    write_settings(server_entry("a", "http://127.0.0.1:9/v1") + server_entry("b", "http://127.0.0.1:9/v2"))
    ask()
    run("models", "--server", DISCOVERED_NAME)


def persona_server(recorder: KeyRecordingServer) -> None:
    write_persona(server=DISCOVERED_NAME, model="m")
    ask("--persona", "Ada")


def team_server(recorder: KeyRecordingServer) -> None:
    write_persona()
    folder = Path("personas/teams")
    folder.mkdir()
    (folder / "mixed.json").write_text(
        json.dumps(
            {"name": "mixed", "members": [{"persona": "Ada", "server": DISCOVERED_NAME, "model": "m"}]}
        )
    )
    ask("--team", "mixed")


def task_server(recorder: KeyRecordingServer) -> None:
    folder = Path("tasks/tea")
    (folder / "personas").mkdir(parents=True)
    (folder / "questions.txt").write_text("Hot?\n")
    (folder / "task.toml").write_text('mode = "single"\n')
    (folder / "personas/ada.json").write_text(
        json.dumps({"name": "Ada", "prompt": "You are Ada.", "server": DISCOVERED_NAME, "model": "m"})
    )
    run("ask", "--task", "tea", "--quiet", "--model", "m", "--persona", "Ada")


def seat_server(recorder: KeyRecordingServer) -> None:
    async def work(backends: ServerPool) -> None:
        wish = RunRequest("Why?", mode="single", model="m", base_url="http://127.0.0.1:9/v1", record=False,
                    personas=("Ada",), servers={"Ada": recorder.url}, models={"Ada": "m"})  # fmt: skip
        await (await build_run(wish, backends)).execute()

    write_persona()
    run_with_pool(work)


def discovered(recorder: KeyRecordingServer) -> None:
    async def work(backends: ServerPool) -> None:
        for found in await backends.discover():
            server = await backends.connect(found)
            await backends.list_models(server)

    run_with_pool(work)
    run_with_pool(lambda backends: backends.discover())


def models_of_what_is_found(recorder: KeyRecordingServer) -> None:
    async def work(backends: ServerPool) -> None:
        for source in await catalog.list_servers(backends):
            await catalog.query_server(source, backends)

    run_with_pool(work)


def ollama_host(recorder: KeyRecordingServer) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OLLAMA_HOST", f"127.0.0.1:{recorder.port}")
        ask("--server", "Ollama")


def kept_app_state(recorder: KeyRecordingServer) -> None:
    """A server found in an earlier session comes back from the app's state."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OPENAI_BASE_URL", raising=False)
        Session(RunRequest(), config.load()).choose(
            demo=False, local=False, server="", base_url=recorder.url, model="m"
        )
        session = Session(RunRequest(), config.apply_app_state(config.load()))
        assert session.wish.base_url == recorder.url
    run_with_pool(lambda backends: _ask_once(backends, session.wish))


def base_url_chosen_in_the_app(recorder: KeyRecordingServer) -> None:
    session = Session(RunRequest(), config.load())
    session.choose(demo=False, local=False, server="", base_url=recorder.url, model="m")
    run_with_pool(lambda _: _ask_once(session.backends, session.wish), closing=session)


async def _ask_once(backends: ServerPool, wish: RunRequest) -> None:
    made = await build_run(replace(wish, question="Why?", mode="single", model="m", record=False), backends)
    await made.execute()


def foreign_run(recorder: KeyRecordingServer, where: Path) -> Path:
    """Write the record of a run that has not ended, whose only seat uses the recorder."""
    seat = {"seat": "ada", "name": "Ada", "persona": {"name": "Ada", "prompt": "You are Ada."},
            "model": "m", "server": DISCOVERED_NAME}  # fmt: skip
    header = events.RunStarted(
        run_id="x", started_at="", mode="single", question="Why?", seats=(seat,),
        servers=({"name": DISCOVERED_NAME, "base_url": recorder.url},),
    )  # fmt: skip
    moved = {"model": "m", "server": "moved", "base_url": recorder.url}
    write_record(where, [header, events.SeatChanged(t=1.0, seat="ada", what="model", value=moved)])
    return where


def resumed_run(recorder: KeyRecordingServer) -> None:
    for place in (Path("downloaded"), paths.runs_dir() / "x"):
        folder = foreign_run(recorder, place)

        async def work(backends: ServerPool, folder: Path = folder) -> None:
            await (await resume.resume(ResumeRequest(folder), backends)).execute()

        run_with_pool(work)


def moved_seat(recorder: KeyRecordingServer) -> None:
    async def work(backends: ServerPool) -> None:
        plan = await resume.plan_from_record(read_record(foreign_run(recorder, Path("downloaded"))), backends)
        for server in plan.servers.values():
            await backends.list_models(server)

    run_with_pool(work)


def forked_run(recorder: KeyRecordingServer) -> None:
    async def work(backends: ServerPool) -> None:
        folder = foreign_run(recorder, Path("downloaded"))
        await (await fork(ForkRequest(folder), backends)).execute()

    run_with_pool(work)


def library(recorder: KeyRecordingServer) -> None:
    _ask_library(server=DISCOVERED_NAME)


def library_base_url(recorder: KeyRecordingServer) -> None:
    _ask_library(base_url=recorder.url)


def _ask_library(**how: str) -> None:
    async def go() -> None:
        async with Roundtable(model="m", **how) as table:
            with suppress(RoundtableError):
                await table.ask("Why?", mode="single")

    asyncio.run(go())


def library_pro_mode(recorder: KeyRecordingServer) -> None:
    with suppress(RoundtableError):
        pro_mode("Why?", 1, "m", server=DISCOVERED_NAME)


def library_pro_mode_base_url(recorder: KeyRecordingServer) -> None:
    with suppress(RoundtableError):
        pro_mode("Why?", 1, "m", base_url=recorder.url)


def embeddings(recorder: KeyRecordingServer) -> None:
    Path("notes.md").write_text("Oak lasts.\n")
    add = ("knowledge", "add", "notes.md", "--into", "notes", "--embedding-model", "e")
    run(*add, "--embedding-server", recorder.url)
    run(*add, "--server", DISCOVERED_NAME)


def remembered_embeddings(recorder: KeyRecordingServer) -> None:
    async def work(backends: ServerPool) -> None:
        await (await connect_embedder(backends, recorder.url, "e"))(["oak"])

    run_with_pool(work)


def doctor(recorder: KeyRecordingServer) -> None:
    write_settings(server_entry("a", recorder.url) + server_entry("b", "http://127.0.0.1:9/v1"))
    run("doctor")


def form_of_a_server(recorder: KeyRecordingServer) -> None:
    async def go() -> None:
        drafted = ServerSettings("mine", recorder.url, model="m")
        _ = [finding async for finding in server_check.check_server(drafted, os.environ)]

    asyncio.run(go())


FLAG_CHOICES = [
    flag_base_url, flag_base_url_of_an_entry, flag_base_url_of_models, flag_base_url_of_doctor,
    flag_base_url_of_knowledge, flag_base_url_of_the_app, library_base_url, library_pro_mode_base_url,
]  # fmt: skip
"""The user gives the base URL in the same command or call: OPENAI_API_KEY is for it."""
SERVER_CHOICES = [
    flag_server, settings_default, settings_only_entry, several_entries_without_default,
    persona_server, team_server, task_server, seat_server, discovered, models_of_what_is_found, ollama_host,
    kept_app_state, base_url_chosen_in_the_app, resumed_run, moved_seat, forked_run,
    library, library_pro_mode, embeddings, remembered_embeddings, doctor, form_of_a_server,
]  # fmt: skip
