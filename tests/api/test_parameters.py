"""Parameters of the Python API: what is accepted, and errors that name the parameter and no flag."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import roundtable_tui
from roundtable_tui import AnyEvent, FileError, Persona, Result, Roundtable, RoundtableError, UsageError
from roundtable_tui.engine import events
from roundtable_tui.engine.record import serialize
from tests.support.fake_server import FakeServer, Seen

anyio = pytest.mark.anyio
METHODS = (Roundtable.run, Roundtable.ask, Roundtable.ask_sync)
TWINS = [Persona(name="Ada", prompt="You are one."), Persona(name="Ada", prompt="You are another.")]
WRONG: list[tuple[str, Any, str]] = [
    ("question", 5, "question should be text, not 5"),
    ("mode", "debat", "there is no mode debat. Did you mean debate?"),
    ("mode", 5, "mode should be the name of a mode, not 5"),
    ("options", {"max_round": 1}, "mode debate has no option max_round. Did you mean max_rounds?"),
    ("options", {"max_rounds": 0}, "max_rounds of mode debate should be a whole number from 1 to 8, not 0"),
    ("options", [1], "options should be a dict of options of the mode, not [1]"),
    ("task", "nowhere", "there is no task called nowhere"),
    ("task", Path("nowhere"), "nowhere: is not there. A task is a folder with questions.txt."),
    ("task", 5, "task should be the name or the folder of a task, not 5"),
    ("question_number", 0, "question_number should be a whole number of at least 1, not 0"),
    ("text", "Some text.", "text: mode debate reads no text. Give it as context=."),
    ("text", b"x", "text should be a text, or the path of a text file, not b'x'"),
    ("context", 5, "context should be text, not 5"),
    ("attachments", 5, "attachments should be paths of files, or Attachment objects, not 5"),
    ("attachments", ["gone.txt"], "gone.txt: cannot be read: No such file or directory"),
    ("follow_up", 5, "follow_up should be the folder or the id of a run, not 5"),
    ("follow_up", "nowhere", "run not found: nowhere"),
    ("team", "nobodies", "there is no team called nobodies"),
    ("team", ["A"], "team should be the name of a team, not ['A']"),
    ("personas", "Nobody", "there is no persona called Nobody"),
    ("personas", [5], "personas should be names of personas or Persona objects, not [5]"),
    ("personas", TWINS, "personas has two different ones called Ada. Give each its own name."),
    ("captain", "Nobody", "captain: there is no persona called Nobody"),
    ("captain", 5, "captain should be the name of a persona, or a Persona, not 5"),
    ("agents", 65, "agents should be a whole number from 1 to 64, not 65"),
    ("agents", "3", "agents should be a whole number from 1 to 64, not '3'"),
    ("models", ["m"], "models should be a dict of persona to model, not ['m']"),
    ("models", {"Harper": ""}, "models: Harper is given no model. Name a model for it, or leave it out."),
    ("servers", {"Captain": "elsewhere"}, "servers: there is no server called elsewhere"),
    (
        "servers",
        {"Harper": " "},
        "servers: Harper is given no server. Name a server for it, or leave it out.",
    ),
    ("servers", "demo", "servers should be a dict of persona to server, not 'demo'"),
    ("seed", 1.5, "seed should be a whole number of at least 0, not 1.5"),
    ("max_tokens", 0, "max_tokens should be a whole number of at least 1, not 0"),
    ("answer_tokens", 0, "answer_tokens should be a whole number of at least 1, not 0"),
    ("params", [1], "params should be a dict of generation parameters, not [1]"),
    ("params", {"model": "x"}, "model cannot be set as a parameter. Use model=."),
    ("stream", 1, "stream should be True or False, not 1"),
    ("roots", 5, "roots should be a folder or a list of folders, not 5"),
    ("roots", "nowhere", "nowhere: roots is not there"),
    ("tools", [5], "tools should be a list of names of tools, not [5]"),
    ("tools", ["nosuch"], "there is no tool called nosuch"),
    ("allow", {"a": 1}, "allow should be a list of names of tools"),
    ("tool_trips", 0, "tool_trips should be a whole number from 1 to 20, not 0"),
    ("baseline", "yes", "baseline should be True or False, not 'yes'"),
    ("budget", -1, "budget should be a whole number of tokens, or 0 for no limit, not -1"),
    ("budget", "20k", "budget should be a whole number of tokens, or 0 for no limit, not '20k'"),
    ("max_cost", float("nan"), "max_cost should be an amount in USD, or 0 for no limit, not nan"),
    ("limits", {"total": 5}, "limits should be a dict of first_token, idle or turn to seconds"),
    ("limits", {"turn": 0}, "limits should be a dict of first_token, idle or turn to seconds above 0"),
    ("personas_dir", "nowhere", "nowhere: is not there. Give a folder of personas."),
    ("personas_dir", 5, "personas_dir should be the path of a folder of personas, not 5"),
    ("folder", 5, "folder should be the path of a folder, not 5"),
]


@pytest.mark.parametrize(("name", "value", "said"), WRONG, ids=lambda part: str(part)[:24])
def test_ask_wrong_value_names_the_parameter(name: str, value: Any, said: str) -> None:
    given: dict[str, Any] = {"question": "Which?", "mode": "debate", name: value}
    with pytest.raises((UsageError, FileError)) as caught:
        Roundtable(demo=True).ask_sync(**given)
    assert said in str(caught.value) and "--" not in str(caught.value)


def test_wrong_values_cover_every_parameter() -> None:
    parameters = inspect.signature(Roundtable.run).parameters.keys() - {"self"}
    assert {name for name, _, _ in WRONG} == parameters


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__)
def test_method_has_the_same_typed_parameters(method: Callable[..., Any]) -> None:
    found = inspect.signature(method).parameters
    assert found == inspect.signature(Roundtable.run).parameters
    assert all(one.kind is not inspect.Parameter.VAR_KEYWORD for one in found.values())
    hints = typing.get_type_hints(method)
    assert hints.keys() - {"return"} == found.keys() - {"self"} and Any not in hints.values()


@pytest.mark.parametrize(
    ("client", "question", "said"),
    [
        ({"demo": True, "local": True}, {}, "Give one of server, base_url, demo, local."),
        ({"base_url": "nonsense"}, {}, "base_url "),
        ({"server": "nowhere"}, {}, "there is no server called nowhere"),
        ({"server": "nowhere", "api_key": "k-1"}, {}, "there is no server called nowhere"),
        ({"base_url": "http://127.0.0.1:9/v1", "api_key": " "}, {}, "the argument api_key is blank"),
        ({}, {}, "Give base_url=URL, set OPENAI_BASE_URL, start Ollama, or use local=True or demo=True."),
        ({"demo": True}, {"mode": "chain"}, "there is no text to read. Give it with attachments=."),
        ({"demo": True}, {"mode": "pipeline"}, "Name one with task=; its task.toml needs"),
        ({"demo": True}, {"mode": "single", "agents": 2}, "one seat, not 2. Leave out agents."),
        ({"demo": True}, {"mode": "chain", "text": "  "}, "text is empty"),
        (
            {"demo": True},
            {"follow_up": ".", "question": " "},
            "follow_up needs a question. Add the question.",
        ),
        ({"demo": True}, {"follow_up": ".", "task": "salon"}, "follow_up and task cannot be combined."),
        (
            {"demo": True},
            {"task": "salon", "question_number": 2},
            "question_number and question cannot be combined.",
        ),
        ({"demo": True}, {"question": " "}, "there is no question. Give one, or a task that has one."),
    ],
)
def test_ask_impossible_choice_says_what_to_do_in_python(
    client: dict[str, Any], question: dict[str, Any], said: str
) -> None:
    with pytest.raises(RoundtableError) as caught:
        Roundtable(**client).ask_sync(**{"question": "Which?", **question})
    assert said in str(caught.value) and "--" not in str(caught.value)


@anyio
async def test_ask_remote_server_with_several_models_asks_for_model_argument(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("roundtable_tui.llm.servers.directory.is_local_url", lambda url: False)
    async with FakeServer("Oak.", models=["one", "two"]) as fake, Roundtable(base_url=fake.url) as client:
        with pytest.raises(UsageError, match=r"Name a model with model=, such as one, two\."):
            await client.ask("Which?", mode="single")


def test_client_api_key_for_the_demo_raises() -> None:
    with pytest.raises(UsageError, match="api_key is for a server"):
        Roundtable(demo=True, api_key="k-1")


@pytest.mark.parametrize(("name", "nearest"), [("persona", "personas"), ("max_round", "max_rounds")])
def test_run_unknown_keyword_names_the_nearest(name: str, nearest: str) -> None:
    given: dict[str, Any] = {name: 1}
    with pytest.raises(UsageError, match=f"no parameter or option {name}. Did you mean {nearest}"):
        Roundtable(demo=True).run("Which?", mode="debate", **given)


def test_ask_sync_mode_option_as_keyword_is_an_option() -> None:
    given: dict[str, Any] = {"max_rounds": 1}
    result = Roundtable(demo=True).ask_sync("Which?", mode="debate", options={"reasons": False}, **given)
    header = result.events[0]
    assert isinstance(header, events.RunStarted)
    assert header.options["max_rounds"] == 1 and header.options["reasons"] is False


@anyio
async def test_ask_sync_works_inside_a_running_loop() -> None:
    assert Roundtable(demo=True).ask_sync("Which?", mode="single").answer


def test_ask_sync_without_answer_raises() -> None:
    with pytest.raises(roundtable_tui.NoAnswerError, match="connection refused"):
        Roundtable(base_url="http://127.0.0.1:9/v1", model="m").ask_sync("Which?", mode="single")


@anyio
async def test_ask_persona_objects_come_before_the_library() -> None:
    def answer(request: dict[str, Any], nth: int) -> str:
        return "Oak."

    ada, nils = Persona(name="Ada", prompt="You are another Ada."), Persona(name="Nils", prompt="I am Nils.")
    async with FakeServer(answer) as fake, Roundtable(base_url=fake.url, model="m") as client:
        result = await client.ask("Which?", mode="vote", personas=[ada, "Iris", nils, ada], agents=4)
        alone = await client.ask("Which?", mode="single", personas=nils)
    seats = [seat["persona"] for seat in result.to_dict()["seats"] if not seat["captain"]]
    assert seats == ["Ada 1", "Iris", "Nils", "Ada 2"]
    systems = [request.system for request in fake.requests]
    assert sum("You are another Ada." in system for system in systems) == 2
    assert alone.by == "nils" and "I am Nils." in systems[-1]


@anyio
async def test_ask_captain_object_leads() -> None:
    cleo = Persona(name="Cleo", prompt="You are Cleo.")
    async with Roundtable(demo=True) as client:
        result = await client.ask("Which?", mode="debate", captain=cleo, options={"max_rounds": 1})
    assert [seat["persona"] for seat in result.to_dict()["seats"] if seat["captain"]] == ["Cleo"]


@anyio
async def test_ask_context_is_in_every_first_prompt_and_after_the_task(here: Path) -> None:
    task = here / "gate"
    task.mkdir()
    (task / "context.txt").write_text("It is a garden gate.")
    (task / "questions.txt").write_text("Which wood?")
    async with FakeServer("Oak.") as fake, Roundtable(base_url=fake.url, model="m") as client:
        await client.ask("Which wood?", mode="single", context="It rains.")
        await client.ask(task=task, mode="single", context="It rains.")
        await client.ask(task=Path("gate"), mode="single")
    first, second, third = (request.user for request in fake.requests)
    assert "It rains." in first and "Which wood?" in first
    assert second.index("It is a garden gate.") < second.index("It rains.") < second.index("Which wood?")
    assert "It is a garden gate." in third and "It rains." not in third


@anyio
async def test_ask_text_is_read_as_text_and_as_path(here: Path, roundtable_home: Path) -> None:
    (here / "notes.txt").write_text("The gate is of larch.")
    async with FakeServer("Larch.") as fake, Roundtable(base_url=fake.url, model="m") as client:
        await client.ask("Which wood?", mode="chain", text=Path("notes.txt"))
        await client.ask("Which wood?", mode="chain", text="The gate is of larch.")
        kept = list(here.rglob("*.txt"))
        await client.ask("Which wood?", mode="chain", text="The gate is of larch.", folder=here / "kept")
    assert all("The gate is of larch." in request.user for request in fake.requests)
    assert kept == [here / "notes.txt"], "a text is not stored for a run that is not recorded"
    stored = [*here.rglob("texts/*.txt"), *roundtable_home.rglob("texts/*.txt")]
    assert {path.read_text() for path in stored} == {"The gate is of larch."}


@anyio
async def test_ask_paths_are_accepted(here: Path) -> None:
    folder = here / "people"
    folder.mkdir()
    (folder / "nils.json").write_text('{"name": "Nils", "prompt": "You are Nils."}')
    async with Roundtable(demo=True) as client:
        result = await client.ask(
            "Which?", mode="fanout", personas="Nils", personas_dir=Path("people"), folder=Path("kept"),
            options={"calls": 1, "out": Path("out")},
        )  # fmt: skip
    assert result.folder == Path("kept") and (here / "kept/events.jsonl").is_file()
    assert list((here / "out").glob("*.txt"))


@anyio
async def test_result_has_author_usage_and_groups() -> None:
    def answer(request: dict[str, Any], nth: int) -> str:
        return "**Answer:** 7" if nth == 3 else "**Answer:** 5"

    async with FakeServer(answer) as fake, Roundtable(base_url=fake.url, model="m") as client:
        result = await client.ask("How many?", mode="vote", agents=3, options={"early_stop": False})
    story = result.to_dict()
    assert result.by == story["by"] != ""
    assert result.usage.calls == 3 == len(fake.requests)
    assert result.usage.completion_tokens == story["usage"]["completion_tokens"] > 0
    assert [len(group.seats) for group in result.groups] == [2, 1]
    assert [{"answer": one.answer, "seats": list(one.seats)} for one in result.groups] == [
        {**group, "seats": list(group["seats"])} for group in story["groups"]
    ]


def test_result_of_a_cancelled_run_is_empty() -> None:
    result = Result("", "cancelled", "", "", None, (), (), None)
    assert (result.by, result.usage.calls, result.groups) == ("", 0, ())


def _authorization(seen: Seen) -> str:
    return seen.headers.get("authorization", "")


@anyio
async def test_client_api_key_goes_to_its_base_url_only(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k-environment-1")
    async with (
        FakeServer("Oak.") as own,
        FakeServer("Larch.") as other,
        Roundtable(base_url=own.url, model="m", api_key="k-argument-1") as client,
    ):
        result = await client.ask(
            "Which?",
            mode="vote",
            personas=["Ada", "Iris"],
            agents=2,
            folder="kept",
            servers={"Iris": other.url},
        )
        assert {_authorization(seen) for seen in own.requests} == {"Bearer k-argument-1"}
        assert other.requests and "k-" not in "".join(map(_authorization, other.requests))
    record = "".join(path.read_text() for path in (here / "kept").iterdir() if path.is_file())
    assert "k-argument-1" not in record + repr(client) + repr(result)


@anyio
async def test_client_api_key_replaces_the_key_of_a_settings_entry(
    roundtable_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from roundtable_tui.utils import paths

    monkeypatch.setenv("HOME_KEY", "k-settings-1")
    async with FakeServer("Oak.") as fake:
        paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
        paths.settings_file().write_text(
            f'[servers.home]\nbase_url = "{fake.url}"\nmodel = "m"\napi_key_env = "HOME_KEY"\n'
        )
        for given in ("", "k-argument-1"):
            async with Roundtable(server="home", api_key=given) as client:
                await client.ask("Which?", mode="single")
    assert [_authorization(seen) for seen in fake.requests] == ["Bearer k-settings-1", "Bearer k-argument-1"]


@anyio
async def test_client_api_key_alone_is_for_the_server_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with FakeServer("Oak.") as fake:
        monkeypatch.setenv("OPENAI_BASE_URL", fake.url)
        async with Roundtable(model="m", api_key="k-argument-1") as client:
            await client.ask("Which?", mode="single")
    assert _authorization(fake.requests[0]) == "Bearer k-argument-1"


def test_any_event_has_every_event() -> None:
    assert set(typing.get_args(AnyEvent)) == set(serialize.EVENT_TYPES.values())
    for kind, event in serialize.EVENT_TYPES.items():
        assert getattr(roundtable_tui, event.__name__) is event
        assert re.fullmatch(rf"ClassVar\[Literal\[['\"]{kind}['\"]\]\]", str(event.__annotations__["type"]))
