"""All the ways in which a server can be chosen. Each has the server asked; errors are no matter here."""

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
from roundtable_tui.setup import model_catalog, resume, server_check
from roundtable_tui.setup.documents import embedder_resolver
from roundtable_tui.setup.fork import fork
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import ForkChanges, RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.tui.session import Session
from roundtable_tui.utils import paths
from tests.support.key_trap import NAME, Trap


def run(*words: str) -> None:
    """Run a command; that it ends in an error is no matter here."""
    with suppress(SystemExit):
        main.main(list(words))


def ask(*words: str) -> None:
    run("ask", "Why?", "--mode", "single", "--quiet", "--model", "m", *words)


def put_settings(text: str) -> None:
    path = paths.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def entry(name: str, url: str, *more: str) -> str:
    return "\n".join([f"[servers.{name}]", f'base_url = "{url}"', *more, ""])


def persona(name: str = "Ada", **fields: str) -> None:
    folder = Path("personas")
    folder.mkdir(exist_ok=True)
    (folder / f"{name.lower()}.json").write_text(
        json.dumps({"name": name, "prompt": f"You are {name}.", **fields})
    )


def in_loop(
    work: Callable[[ServerPool], Awaitable[object]],
    kept: Settings | None = None,
    closing: Session | None = None,
) -> None:
    """Do something with the servers of a program, or with those of a session; errors do not matter here."""

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


def flag_server(trap: Trap) -> None:
    ask("--server", NAME)


def flag_base_url(trap: Trap) -> None:
    ask("--base-url", trap.url)


def flag_base_url_of_an_entry(trap: Trap) -> None:
    put_settings(entry("a", trap.url) + entry("b", "http://127.0.0.1:9/v1"))
    ask("--base-url", trap.url)


def flag_base_url_of_models(trap: Trap) -> None:
    run("models", "--base-url", trap.url)


def flag_base_url_of_doctor(trap: Trap) -> None:
    put_settings(entry("a", trap.url) + entry("b", "http://127.0.0.1:9/v1"))
    run("doctor", "--base-url", trap.url)


def flag_base_url_of_knowledge(trap: Trap) -> None:
    Path("notes.md").write_text("Oak lasts.\n")
    run("knowledge", "add", "notes.md", "--into", "notes", "--embedding-model", "e", "--base-url", trap.url)


def flag_base_url_of_the_app(trap: Trap) -> None:
    session = Session(parse_app_flags(["--base-url", trap.url]), config.load())
    in_loop(lambda _: _asked(session.backends, session.wish), closing=session)


def settings_default(trap: Trap) -> None:
    put_settings('server = "b"\n' + entry("a", "http://127.0.0.1:9/v1") + entry("b", trap.url))
    ask("--server", "b")
    ask()


def settings_only_entry(trap: Trap) -> None:
    put_settings(entry("a", trap.url))
    ask("--server", "a")


def several_entries_without_default(trap: Trap) -> None:
    put_settings(entry("a", "http://127.0.0.1:9/v1") + entry("b", "http://127.0.0.1:9/v2"))
    ask()
    run("models", "--server", NAME)


def persona_server(trap: Trap) -> None:
    persona(server=NAME, model="m")
    ask("--persona", "Ada")


def team_server(trap: Trap) -> None:
    persona()
    folder = Path("personas/teams")
    folder.mkdir()
    (folder / "mixed.json").write_text(
        json.dumps({"name": "mixed", "members": [{"persona": "Ada", "server": NAME, "model": "m"}]})
    )
    ask("--team", "mixed")


def task_server(trap: Trap) -> None:
    folder = Path("tasks/tea")
    (folder / "personas").mkdir(parents=True)
    (folder / "questions.txt").write_text("Hot?\n")
    (folder / "task.toml").write_text('mode = "single"\n')
    (folder / "personas/ada.json").write_text(
        json.dumps({"name": "Ada", "prompt": "You are Ada.", "server": NAME, "model": "m"})
    )
    run("ask", "--task", "tea", "--quiet", "--model", "m", "--persona", "Ada")


def seat_server(trap: Trap) -> None:
    async def work(backends: ServerPool) -> None:
        wish = RunRequest("Why?", mode="single", model="m", base_url="http://127.0.0.1:9/v1", record=False,
                    personas=("Ada",), servers={"Ada": trap.url}, models={"Ada": "m"})  # fmt: skip
        await (await build_run(wish, backends)).execute()

    persona()
    in_loop(work)


def discovered(trap: Trap) -> None:
    async def work(backends: ServerPool) -> None:
        for found in await backends.discover():
            server = await backends.connect(found)
            await backends.list_models(server)

    in_loop(work)
    in_loop(lambda backends: backends.discover())


def models_of_what_is_found(trap: Trap) -> None:
    async def work(backends: ServerPool) -> None:
        for source in await model_catalog.list_servers(backends):
            await model_catalog.query_server(source, backends)

    in_loop(work)


def ollama_host(trap: Trap) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OLLAMA_HOST", f"127.0.0.1:{trap.port}")
        ask("--server", "Ollama")


def kept_app_state(trap: Trap) -> None:
    """A server found in an earlier session comes back from the app's state."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OPENAI_BASE_URL", raising=False)
        Session(RunRequest(), config.load()).choose(
            demo=False, local=False, server="", base_url=trap.url, model="m"
        )
        session = Session(RunRequest(), config.apply_app_state(config.load()))
        assert session.wish.base_url == trap.url
    in_loop(lambda backends: _asked(backends, session.wish))


def base_url_chosen_in_the_app(trap: Trap) -> None:
    session = Session(RunRequest(), config.load())
    session.choose(demo=False, local=False, server="", base_url=trap.url, model="m")
    in_loop(lambda _: _asked(session.backends, session.wish), closing=session)


async def _asked(backends: ServerPool, wish: RunRequest) -> None:
    made = await build_run(replace(wish, question="Why?", mode="single", model="m", record=False), backends)
    await made.execute()


def foreign_run(trap: Trap, where: Path) -> Path:
    """Write the record of a run that has not ended, whose only seat speaks by the trap."""
    seat = {"seat": "ada", "name": "Ada", "persona": {"name": "Ada", "prompt": "You are Ada."},
            "model": "m", "server": NAME}  # fmt: skip
    header = events.RunStarted(
        run_id="x", started_at="", mode="single", question="Why?", seats=(seat,),
        servers=({"name": NAME, "base_url": trap.url},),
    )  # fmt: skip
    moved = {"model": "m", "server": "moved", "base_url": trap.url}
    write_record(where, [header, events.SeatChanged(t=1.0, seat="ada", what="model", value=moved)])
    return where


def resumed_run(trap: Trap) -> None:
    for place in (Path("downloaded"), paths.runs_dir() / "x"):
        folder = foreign_run(trap, place)

        async def work(backends: ServerPool, folder: Path = folder) -> None:
            await (await resume.resume(folder, backends)).execute()

        in_loop(work)


def moved_seat(trap: Trap) -> None:
    async def work(backends: ServerPool) -> None:
        plan = await resume.plan_from_record(read_record(foreign_run(trap, Path("downloaded"))), backends)
        for server in plan.servers.values():
            await backends.list_models(server)

    in_loop(work)


def forked_run(trap: Trap) -> None:
    async def work(backends: ServerPool) -> None:
        folder = foreign_run(trap, Path("downloaded"))
        await (await fork(folder, "", ForkChanges(), backends)).execute()

    in_loop(work)


def library(trap: Trap) -> None:
    _ask_library(server=NAME)


def library_base_url(trap: Trap) -> None:
    _ask_library(base_url=trap.url)


def _ask_library(**how: str) -> None:
    async def go() -> None:
        async with Roundtable(model="m", **how) as table:
            with suppress(RoundtableError):
                await table.ask("Why?", mode="single")

    asyncio.run(go())


def library_pro_mode(trap: Trap) -> None:
    with suppress(RoundtableError):
        pro_mode("Why?", 1, "m", server=NAME)


def library_pro_mode_base_url(trap: Trap) -> None:
    with suppress(RoundtableError):
        pro_mode("Why?", 1, "m", base_url=trap.url)


def embeddings(trap: Trap) -> None:
    Path("notes.md").write_text("Oak lasts.\n")
    add = ("knowledge", "add", "notes.md", "--into", "notes", "--embedding-model", "e")
    run(*add, "--embedding-server", trap.url)
    run(*add, "--server", NAME)


def remembered_embeddings(trap: Trap) -> None:
    async def work(backends: ServerPool) -> None:
        await (await embedder_resolver(backends)(trap.url, "e"))(["oak"])

    in_loop(work)


def doctor(trap: Trap) -> None:
    put_settings(entry("a", trap.url) + entry("b", "http://127.0.0.1:9/v1"))
    run("doctor")


def form_of_a_server(trap: Trap) -> None:
    async def go() -> None:
        drafted = ServerSettings("mine", trap.url, model="m")
        _ = [finding async for finding in server_check.check_server(drafted, os.environ)]

    asyncio.run(go())


FLAG_WAYS = [
    flag_base_url, flag_base_url_of_an_entry, flag_base_url_of_models, flag_base_url_of_doctor,
    flag_base_url_of_knowledge, flag_base_url_of_the_app, library_base_url, library_pro_mode_base_url,
]  # fmt: skip
"""The user gives the base URL in the same command or call: OPENAI_API_KEY is for it."""
WAYS = [
    flag_server, settings_default, settings_only_entry, several_entries_without_default,
    persona_server, team_server, task_server, seat_server, discovered, models_of_what_is_found, ollama_host,
    kept_app_state, base_url_chosen_in_the_app, resumed_run, moved_seat, forked_run,
    library, library_pro_mode, embeddings, remembered_embeddings, doctor, form_of_a_server,
]  # fmt: skip
