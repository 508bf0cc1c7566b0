"""Building a run from a request: precedence of its sources, and errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.config import LimitSettings, ServerSettings, Settings
from roundtable_tui.engine.plan import Plan
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.llm.types import ModelInfo
from roundtable_tui.setup.call_settings import DEFAULT_LOCAL_MAX_TOKENS
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.fake_server import FakeServer

pytestmark = pytest.mark.anyio


def task(here: Path, toml: str = "", questions: str = "Hot?\n") -> None:
    folder = here / "tasks/tea"
    folder.mkdir(parents=True)
    (folder / "questions.txt").write_text(questions)
    (folder / "task.toml").write_text(toml)


def people(plan: Plan) -> list[str]:
    return [place.persona.name for place in plan.assignments]


async def test_build_run_options_precedence_request_task_settings_mode(plan: Any, here: Path) -> None:
    task(here, 'mode = "debate"\nteam = "A"\n[options]\nmax_rounds = 4\n')
    settings = Settings(mode="pro", team="D", options={"debate": {"max_rounds": 5, "mask": False}})

    bare = await plan(Settings())
    assert (bare.mode.name, bare.team, bare.options.max_rounds) == ("debate", "roles", 3)
    settled = await plan(settings, mode="debate")
    assert (settled.options.max_rounds, settled.options.mask) == (5, False)
    tasked = await plan(settings, task="tea", question="")
    assert (tasked.mode.name, tasked.team, tasked.question) == ("debate", "A", "Hot?")
    assert (tasked.options.max_rounds, tasked.options.mask) == (4, False)
    told = await plan(settings, task="tea", team="C", options={"max_rounds": "6"}, question="Iced?")
    assert (told.team, told.options.max_rounds, told.question) == ("C", 6, "Iced?")


async def test_build_run_remembered_team_applies_to_its_mode_only(plan: Any) -> None:
    settings = Settings(mode="debate", team="C")
    assert (await plan(settings)).team == "C"
    assert (await plan(settings, mode="pro")).team == "pro"


async def test_build_run_task_options_apply_to_its_mode_only(plan: Any, here: Path) -> None:
    task(here, 'mode = "debate"\n[options]\nmax_rounds = 4\n')
    assert (await plan(task="tea", mode="pro")).mode.name == "pro"


async def test_build_run_wrong_option_in_task_or_settings_raises(plan: Any, here: Path) -> None:
    task(here, 'mode = "debate"\n[options]\nrounds = 4\n')
    with pytest.raises(UsageError, match="mode debate has no option rounds"):
        await plan(task="tea")
    with pytest.raises(
        UsageError, match="max_rounds of mode debate should be a whole number from 1 to 8, not 0"
    ):
        await plan(Settings(options={"debate": {"max_rounds": 0}}))


async def test_build_run_copies_follow_agents(plan: Any) -> None:
    assert len(people(await plan(mode="pro"))) == 5
    assert len(people(await plan(Settings(agents=2), mode="pro"))) == 2
    assert len(people(await plan(Settings(agents=2), mode="pro", agents=3))) == 3
    assert len(people(await plan(mode="pro", options={"agents": 4}))) == 4
    named = await plan(mode="pro", personas=("Iris", "Theo"))
    assert (people(named), named.options.agents) == (["Iris", "Theo"], 2)
    assert people(await plan(mode="pro", personas=("Iris", "Theo"), agents=3)) == ["Iris", "Theo", "Iris"]


async def test_build_run_settings_agents_ignored_by_modes_without_the_option(plan: Any) -> None:
    assert len(people(await plan(Settings(agents=2)))) == 3


async def test_build_run_adds_a_captain_if_the_mode_needs_one(plan: Any) -> None:
    assert (await plan(personas=("Iris",))).captain.persona.name == "Captain"
    assert (await plan(mode="roundtable", personas=("Iris", "Theo"))).captain is None
    assert (await plan(mode="roundtable", personas=("Iris", "Theo"), captain="scribe")).captain is not None


async def test_build_run_persona_server_and_model_override_the_run(plan: Any, here: Path) -> None:
    folder = here / "personas"
    folder.mkdir()
    for name, fields in {
        "Plain": {},
        "Own": {"model": "own-model"},
        "Away": {"server": "cloud"},
        "Both": {"server": "cloud", "model": "big"},
    }.items():
        (folder / f"{name}.json").write_text(json.dumps({"name": name, "prompt": "You are.", **fields}))
    settings = Settings(
        servers={
            "home": ServerSettings("home", "http://127.0.0.1:1/v1", model="small"),
            "cloud": ServerSettings("cloud", "http://127.0.0.1:2/v1", model="middle"),
        }
    )
    names = ("Plain", "Own", "Away", "Both")

    async def bound(**wish: Any) -> list[tuple[str, str]]:
        made = await plan(settings, personas=names, **wish)
        return [(place.server.name, place.model) for place in made.assignments]

    assert await bound(server="home") == [
        ("home", "small"), ("home", "own-model"), ("cloud", "middle"), ("cloud", "big"),
    ]  # fmt: skip
    assert await bound(server="home", model="tiny") == [
        ("home", "tiny"), ("home", "own-model"), ("cloud", "middle"), ("cloud", "big"),
    ]  # fmt: skip
    assert await bound(server="home", models={"BOTH": "x", "own": "y"}) == [
        ("home", "small"), ("home", "y"), ("cloud", "middle"), ("cloud", "x"),
    ]  # fmt: skip
    assert {server for server, _ in await bound(demo=True)} == {"demo"}


async def test_build_run_persona_with_unknown_server_raises(plan: Any, here: Path) -> None:
    (here / "personas").mkdir()
    persona = {"name": "Away", "prompt": "You are.", "server": "clod"}
    (here / "personas/away.json").write_text(json.dumps(persona))
    settings = Settings(servers={"cloud": ServerSettings("cloud", "http://127.0.0.1:2/v1", model="m")})
    with pytest.raises(UsageError, match=r"no server called clod\. Did you mean cloud"):
        await plan(settings, personas=("Away",), server="cloud")


async def test_build_run_timeouts_come_from_request_or_settings(plan: Any) -> None:
    settings = Settings(limits=LimitSettings(connect=1, first_token=2, idle=3, turn=4))
    limits = (await plan(settings, limits={"idle": 9.0})).limits
    assert (limits.connect_s, limits.first_token_s, limits.idle_s, limits.turn_s) == (1, 2, 9, 4)


async def test_build_run_seed_is_sent_only_if_requested(plan: Any) -> None:
    assert (await plan(seed=7)).seed == 7 and (await plan(seed=7)).send_seed
    one, two = await plan(), await plan()
    assert one.seed != two.seed and not one.send_seed


async def test_build_run_without_record_has_no_folder() -> None:
    pool = ServerPool(Settings(), {})
    run = await build_run(RunRequest("Which?", demo=True, record=False), pool)
    assert run.folder is None
    kept = await build_run(RunRequest("Which?", demo=True), pool)
    assert kept.folder is not None and kept.folder.name == kept.id


async def test_build_run_local_model_has_a_default_max_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = ServerPool(Settings(), {})

    async def local() -> Any:
        from roundtable_tui.llm.types import Server

        return Server("local", "http://127.0.0.1:1/v1")

    monkeypatch.setattr(pool, "start_local", local)
    monkeypatch.setattr(pool, "list_models", lambda server: listed())

    async def listed() -> list[ModelInfo]:
        return [ModelInfo("smollm2-135m")]

    assert (
        await build_run(RunRequest("Which?", local=True), pool)
    ).plan.max_tokens == DEFAULT_LOCAL_MAX_TOKENS
    assert (await build_run(RunRequest("Which?", local=True, max_tokens=9), pool)).plan.max_tokens == 9


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"question": "  "}, "there is no question"),
        ({"mode": "debat"}, "Did you mean debate"),
        ({"team": "rols"}, "Did you mean roles"),
        ({"task": "nope"}, "no task called nope"),
        ({"personas": ("Irsi",)}, "Did you mean Iris"),
        ({"agents": 65}, "from 1 to 64"),
        ({"server": "x", "base_url": "http://h/v1"}, "more than one server"),
        ({"base_url": "ftp://h"}, "http:// or https://"),
        ({"personas_dir": Path("nowhere")}, "nowhere: is not there"),
    ],
)
async def test_build_run_unknown_name_raises_one_line(plan: Any, wish: dict[str, Any], words: str) -> None:
    with pytest.raises(RoundtableError, match=words) as caught:
        await plan(**wish)
    assert "\n" not in str(caught.value) and caught.value.exit_code == 2


async def test_build_run_team_sets_models_and_servers_of_seats(plan: Any, here: Path) -> None:
    (here / "personas/teams").mkdir(parents=True)
    for name, fields in {"Ada": {}, "Bob": {"server": "cloud", "model": "own"}}.items():
        (here / f"personas/{name}.json").write_text(
            json.dumps({"name": name, "prompt": "You are.", **fields})
        )
    members = [
        "Ada", {"persona": "Ada", "model": "qwen"}, {"persona": "Ada", "server": "cloud", "model": "big"},
        "Bob", {"persona": "Bob", "model": "big"}, {"persona": "Bob", "server": "home"},
        {"persona": "Bob", "server": "CLOUD"},
    ]  # fmt: skip
    team = {"name": "mixed", "members": members, "captain": {"persona": "Ada", "server": "cloud"}}
    (here / "personas/teams/mixed.json").write_text(json.dumps(team))
    settings = Settings(
        servers={
            "home": ServerSettings("home", "http://127.0.0.1:1/v1", model="small"),
            "cloud": ServerSettings("cloud", "http://127.0.0.1:2/v1", model="middle"),
        }
    )

    async def bound(**wish: Any) -> list[tuple[str, str]]:
        made = await plan(settings, team="mixed", **wish)
        return [(place.server.name, place.model) for place in (*made.assignments, made.captain)]

    as_the_team_says = [
        ("home", "small"), ("home", "qwen"), ("cloud", "big"),
        ("cloud", "own"), ("cloud", "big"), ("home", "small"), ("cloud", "own"), ("cloud", "middle"),
    ]  # fmt: skip
    assert await bound(server="home") == as_the_team_says
    told = await bound(server="home", models={"ada": "told"})
    assert {model for _, model in told[:3]} == {"told"} and told[3:7] == as_the_team_says[3:7]
    assert {server for server, _ in await bound(demo=True)} == {"demo"}
    copies = await plan(settings, team="mixed", mode="pro", agents=3, server="home")
    assert [place.model for place in copies.assignments] == ["small", "qwen", "big"]


async def test_build_run_discovered_server_can_be_named(
    plan: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from roundtable_tui.llm.servers.discovery import FoundServer

    async def discover(*_: Any) -> list[FoundServer]:
        return [FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("qwen",))]

    monkeypatch.setattr("roundtable_tui.llm.servers.discovery.discover", discover)
    (here / "personas/teams").mkdir(parents=True)
    seat = {"persona": "Iris", "server": "ollama", "model": "qwen"}
    (here / "personas/teams/t.json").write_text(json.dumps({"name": "t", "members": [seat]}))
    settings = Settings(servers={"home": ServerSettings("home", "http://127.0.0.1:1/v1", model="small")})
    place = (await plan(settings, team="t", server="home", mode="single")).assignments[0]
    assert (place.server.name, place.server.base_url) == ("Ollama", "http://127.0.0.1:11434/v1")
    quiet = Settings(servers=settings.servers, discovery=False)
    with pytest.raises(UsageError, match="no server called ollama"):
        await plan(quiet, team="t", server="home", mode="single")


async def test_build_run_reads_edited_persona_files_again(plan: Any, here: Path) -> None:
    (here / "personas").mkdir()
    path = here / "personas/iris.json"
    for prompt in ("You are one.", "You are another."):
        path.write_text(json.dumps({"name": "Iris", "prompt": prompt}))
        assert (await plan(personas=("Iris",), mode="single")).assignments[0].persona.prompt == prompt


async def test_build_run_auto_has_as_many_seats_as_its_cap(plan: Any) -> None:
    assert len((await plan(Settings(), mode="auto")).assignments) == 5
    assert len((await plan(Settings(), mode="auto", options={"thorough": True})).assignments) == 9
    assert len((await plan(Settings(), mode="auto", options={"cap": 3})).assignments) == 3
    assert len((await plan(Settings(), mode="auto", agents=4)).assignments) == 4
    assert people(await plan(Settings(), mode="auto", personas=("Harper", "Lucas"), options={"cap": 3})) == [
        "Harper", "Lucas", "Harper",
    ]  # fmt: skip
    assert len((await plan(Settings(agents=2), mode="auto")).assignments) == 5, "that is for other modes"


async def test_build_run_settings_make_auto_the_default_mode(plan: Any) -> None:
    assert (await plan(Settings(mode="auto", options={"auto": {"cap": 4}}))).options.cap == 4


async def seat_models(pool: ServerPool, **wish: Any) -> list[str]:
    run = await build_run(RunRequest("Which?", record=False, **wish), pool)
    return [place.model for place in run.plan.assignments]


async def test_build_run_auto_on_a_local_server_with_two_models_uses_both() -> None:
    async with FakeServer(models=["one", "two", "three"]) as fake:
        pool = ServerPool(Settings(), {})
        where = {"base_url": fake.url, "mode": "auto"}
        assert await seat_models(pool, **where) == ["one", "two", "one", "two", "one"]
        assert set(await seat_models(pool, **where, model="three")) == {"three"}, "the named one alone"
        assert await seat_models(pool, **where, seat_models=("two", "three"), options={"cap": 3}) == [
            "two", "three", "two",
        ]  # fmt: skip
        assert set(await seat_models(pool, base_url=fake.url, mode="vote")) == {"one"}
        chosen = ServerPool(Settings(servers={"home": ServerSettings("home", fake.url, model="two")}), {})
        assert set(await seat_models(chosen, server="home", mode="auto")) == {"two"}
        for one in (pool, chosen):
            await one.aclose()


async def test_build_run_auto_on_a_local_server_with_one_model_uses_it() -> None:
    async with FakeServer(models=["only", "nomic-embed-text"]) as fake:
        pool = ServerPool(Settings(), {})
        assert set(await seat_models(pool, base_url=fake.url, mode="auto")) == {"only"}
        await pool.aclose()


async def test_build_run_auto_on_a_remote_server_never_takes_a_second_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("roundtable_tui.llm.servers.directory.is_local_url", lambda url: False)
    async with FakeServer(models=["cheap", "dear"]) as fake:
        pool = ServerPool(Settings(), {})
        assert set(await seat_models(pool, base_url=fake.url, mode="auto", model="cheap")) == {"cheap"}
        with pytest.raises(RoundtableError, match="offers 2 models"):
            await seat_models(pool, base_url=fake.url, mode="auto")
        await pool.aclose()
