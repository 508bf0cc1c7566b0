"""Generation parameters from flags, personas, tasks, settings and environment, as a server gets them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_server import FakeServer, Reply, error
from tests.support.resource_files import write_persona, write_task, write_team

Run = Callable[..., Any]
Fake = Callable[..., FakeServer]
THINKING_OFF = {"enable_thinking": False}


def bodies(fake: FakeServer) -> list[dict[str, Any]]:
    """Return the bodies without messages."""
    return [
        {name: value for name, value in seen.body.items() if name != "messages"} for seen in fake.requests
    ]


def use_server(monkeypatch: pytest.MonkeyPatch, home: Path, fake: FakeServer, rest: str = "") -> None:
    """Make the server `home` of the settings the only one."""
    (home / "settings.toml").write_text(
        f'discovery = false\n[servers.home]\nbase_url = "{fake.url}"\nmodel = "m"\n{rest}'
    )


def test_params_of_flags_reach_every_seat_as_given(ask_report: Run, fake: Fake) -> None:
    server = fake("42")
    words = ["Which?", "--base-url", server.url, "--model", "m", "--mode", "vote", "--agents", "3"]
    words += ["--param", "top_k=20", "--param", 'chat_template_kwargs={"enable_thinking": false}']
    words += ["--param", "min_p=0.05", "--param", "seed=7", "--top-p", "0.8", "--reasoning-effort", "low"]
    words += ["--verbosity", "high", "--stop", "END", "--stop", "\n\n", "--max-tokens", "50"]
    report = ask_report(*words, "--temperature", "0.3")
    wanted = {
        "top_k": 20, "chat_template_kwargs": THINKING_OFF, "min_p": 0.05, "top_p": 0.8, "seed": 7,
        "reasoning_effort": "low", "verbosity": "high", "stop": ["END", "\n\n"], "max_tokens": 50,
        "temperature": 0.3,
    }  # fmt: skip
    assert len(bodies(server)) >= 2 and all(wanted.items() <= body.items() for body in bodies(server))
    assert report["turns"][0]["params"] == wanted


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--param model=x", "model cannot be set as a parameter. Use --model."),
        ("--param messages=[]", "messages cannot be set as a parameter."),
        ("--param tools=[]", "tools cannot be set as a parameter."),
        ("--param n=3", "n cannot be set as a parameter. Use --agents."),
        ("--param stream=true", "stream cannot be set as a parameter. Use --no-stream."),
        ("--param extra_headers={}", "extra_headers cannot be set as a parameter."),
        ("--param extra_query={}", "extra_query cannot be set as a parameter."),
        ("--param extra_body={}", "extra_body cannot be set as a parameter."),
        ("--param api_key=x", "api_key cannot be set as a parameter."),
        ("--param base_url=http://x", "base_url cannot be set as a parameter."),
        ("--param temperature=3", "temperature should be a number from 0 to 2, not 3"),
        ("--param top_k", "top_k is not a pair. Use the form NAME=VALUE."),
        ("--param a={", "a is not valid JSON: {"),
        ("--reasoning-effort low --param reasoning_effort=high", "--reasoning-effort and --param"),
        ("--temperature warm", '--temperature should be a number from 0 to 2, not "warm"'),
        ("--models a,,b", "--models has an empty name. Use the form --models A,B,C."),
        ("--model-for Harpr=a", "no seat of this run is called Harpr. Did you mean Harper?"),
        (
            "--model-for Harper=",
            "Harper is given no model. Name a model for it, or leave it out.",
        ),
    ],
)
def test_param_that_cannot_be_set_is_refused_in_one_line(
    cli_run: Run, fake: Fake, words: str, line: str
) -> None:
    server = fake("42")
    result = cli_run("ask", "x", "--mode", "debate", "--base-url", server.url, "--model", "m", *words.split())
    assert result.code == 2 and line in result.err and result.err.count("\n") == 1
    assert not server.requests


def test_params_precedence_is_flag_persona_mode_task_server_environment(
    cli_run: Run, fake: Fake, roundtable_home: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each place sets its own temperature; one place after the other is taken away."""
    server = fake("42")
    use_server(monkeypatch, roundtable_home, server, "[servers.home.params]\ntemperature = 0.5\ntop_k = 5\n")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_TEMPERATURE", "0.6")
    folder = here / "personas"
    write_team(folder / "teams", "crew", ["Ada"])
    task = write_task(here / "t", questions="Which?", toml="[params]\ntemperature = 0.4\ntop_k = 4\n")
    flags = ["--option", "temperature=0.1"]
    persona: dict[str, Any] = {"params": {"temperature": 0.2, "top_k": 2}, "creativity": 0.3}
    found = []
    for step in ("flag", "params", "creativity", "mode", "task", "server", "environment"):
        write_persona(folder, "Ada", **persona)
        words = ["--task", str(task)] if step not in ("server", "environment") else ["Which?"]
        # Vote has a temperature of its own (0.8), single has none.
        mode = "vote" if step == "mode" else "single"
        assert cli_run("ask", *words, "--mode", mode, "--team", "crew", "--agents", "1", *flags).code == 0
        found.append((step, bodies(server)[-1]["temperature"], bodies(server)[-1].get("top_k")))
        if step == "flag":
            flags = []
        elif step == "params":
            del persona["params"]
        elif step == "creativity":
            del persona["creativity"]
        elif step == "server":
            use_server(monkeypatch, roundtable_home, server)
    assert found == [
        ("flag", 0.1, 2), ("params", 0.2, 2), ("creativity", 0.3, 4), ("mode", 0.8, 4), ("task", 0.4, 4),
        ("server", 0.5, 5), ("environment", 0.6, None),
    ]  # fmt: skip


def synthesis(fake: FakeServer) -> Mapping[str, Any]:
    return next(seen.body for seen in fake.requests if "Write the one best answer" in seen.user)


@pytest.mark.parametrize(
    ("words", "candidates", "editor"),
    [
        ((), 0.9, 0.2),
        (("--temperature", "0.7"), 0.7, 0.2),
        (("--param", "temperature=0.7"), 0.7, 0.2),
        (("--merge-temperature", "0.4"), 0.9, 0.4),
    ],
)
def test_editor_of_pro_keeps_its_temperature_unless_it_is_named(
    cli_run: Run, fake: Fake, words: tuple[str, ...], candidates: float, editor: float
) -> None:
    server = fake("42")
    assert cli_run("ask", "x", "--mode", "pro", "--base-url", server.url, "--model", "m", *words).code == 0
    assert synthesis(server)["temperature"] == editor
    assert {body["temperature"] for body in bodies(server)[:5]} == {candidates}


def refuse(param: str, *models: str) -> Any:
    """Return a script that refuses a parameter for some models, and answers and decides otherwise."""

    def answer(body: Mapping[str, Any], nth: int) -> Any:
        if body["model"] in models and param in body:
            return error(400, f"Unrecognized request argument supplied: {param}")
        if body.get("response_format") or body.get("tools"):
            return Reply(decision={"points": [], "consensus": False, "direction": "Count again."})
        return f"FINAL ANSWER: {nth}"

    return answer


def test_parameter_refused_for_one_seat_is_said_of_the_run(ask_report: Run, fake: Fake) -> None:
    server = fake(refuse("top_k", "b"))
    words = ("x", "--base-url", server.url, "--models", "a,b,c", "--param", "top_k=9")
    report = ask_report(*words, "--mode", "debate", "--max-rounds", "2")
    name = next(seat["persona"] for seat in report["seats"] if seat["model"] == "b")
    line = f"sampling: {name} (b) answered without top_k, which was refused, other seats with it"
    assert report["report"]["warnings"] == [line]


def test_parameter_refused_for_one_seat_is_in_one_notice(cli_run: Run, fake: Fake) -> None:
    words = ("--mode", "debate", "--max-rounds", "2", "--param", "top_k=9", "--models", "a,b,c")
    said = cli_run("ask", "x", "--base-url", fake(refuse("top_k", "b")).url, *words).err
    assert said.count("the seats are not sampled alike: ") == 1
    assert "(b) answers without top_k, which its server refused" in said


@pytest.mark.parametrize(
    ("param", "refused", "value"),
    [("top_k", "", "9"), ("top_k", "abc", "9"), ("seed", "b", "4")],
)
def test_parameter_refused_for_all_or_no_seat_or_a_seed_is_no_warning_of_the_run(
    ask_report: Run, fake: Fake, param: str, refused: str, value: str
) -> None:
    server = fake(refuse(param, *refused))
    words = ("x", "--base-url", server.url, "--models", "a,b,c", "--mode", "debate", "--max-rounds", "1")
    report = ask_report(*words, "--param", f"{param}={value}")
    asked_without = {body["model"] for body in bodies(server) if param not in body}
    assert asked_without >= set(refused), "it was refused, and the call sent again"
    assert not report["report"]["warnings"]


def test_null_leaves_a_parameter_out(cli_run: Run, fake: Fake) -> None:
    server = fake("42")
    words = ("ask", "x", "--mode", "single", "--base-url", server.url, "--model", "m")
    assert cli_run(*words, "--param", "temperature=null").code == 0
    assert "temperature" not in bodies(server)[0]


def test_refused_parameter_is_dropped_said_and_recorded(ask_report: Run, fake: Fake) -> None:
    def answer(body: Mapping[str, Any], nth: int) -> Any:
        return error(400, "Unrecognized request argument supplied: top_k") if "top_k" in body else "42"

    server = fake(answer)
    words = ("x", "--mode", "single", "--base-url", server.url, "--model", "m")
    report = ask_report(*words, "--param", "top_k=9", "--param", "min_p=0.1")
    turn = report["turns"][0]
    assert turn["status"] == "ok" and "the server refused top_k: sent without" in turn["warnings"]
    assert "top_k" not in turn["params"] and turn["params"]["min_p"] == 0.1


def test_no_stream_asks_for_whole_replies(cli_run: Run, fake: Fake) -> None:
    server = fake(lambda body, nth: "42")
    words = ("ask", "x", "--base-url", server.url, "--model", "m", "--mode", "pro")
    assert cli_run(*words, "--n_agents", "2", "--max_tokens", "60", "--no_stream").code == 0
    assert [body["stream"] for body in bodies(server)] == [False] * 3
    assert {body["max_tokens"] for body in bodies(server)} == {60}


def test_model_for_reaches_a_copy_and_models_are_dealt_out(ask_report: Run, fake: Fake) -> None:
    server = fake("42", models=["a", "b", "c", "big"])
    words = ("x", "--base-url", server.url, "--mode", "pro", "--agents", "4")
    report = ask_report(*words, "--models", "a,b,c", "--model-for", "Candidate 2=big", "--model", "c")
    assert [seat["model"] for seat in report["seats"]] == ["a", "big", "c", "a", "c"]
    report = ask_report(*words, "--model", "a", "--model-for", "candidate-3=b")
    assert [seat["model"] for seat in report["seats"]] == ["a", "a", "b", "a", "a"]
    report = ask_report(*words, "--model", "a", "--model-for", "Candidate=b", "--model-for", "Candidate 1=c")
    assert [seat["model"] for seat in report["seats"]] == ["c", "b", "b", "b", "a"]


def test_models_more_than_seats_are_named_in_a_notice(cli_run: Run, fake: Fake) -> None:
    words = ("ask", "x", "--base-url", fake("42").url, "--mode", "vote", "--agents", "3")
    assert "--models: 3 seats, not used: d, e" in cli_run(*words, "--models", "a,b,c,d,e").err
    assert "not used" not in cli_run(*words, "--models", "a,b,c").err
    assert "not used" not in cli_run(*words, "--models", "a,b").err


def test_persona_with_an_unknown_server_is_named(cli_run: Run, fake: Fake, tmp_path: Path) -> None:
    persona = {"name": "Yan", "full_name": "Yan", "prompt": "You are Yan.", "server": "hme"}
    (tmp_path / "yan.json").write_text(json.dumps(persona))
    words = ("--base-url", fake("42").url, "--model", "m", "--personas", str(tmp_path), "--persona", "Yan")
    result = cli_run("ask", "x", "--mode", "single", *words)
    assert result.code == 2 and "Yan: there is no server called hme." in result.err


def test_models_unknown_to_the_server_are_refused_with_the_nearest(cli_run: Run, fake: Fake) -> None:
    server = fake("42", models=["qwen3:8b", "gemma3:latest"])
    words = ("ask", "x", "--base-url", server.url, "--mode", "pro", "--agents", "2")
    result = cli_run(*words, "--models", "qwen3:8b,gema3:latest")
    assert result.code == 2 and "has no model gema3:latest. Did you mean gemma3:latest?" in result.err
    result = cli_run(*words, "--model-for", "Candidat 2=qwen3:8b")
    assert (
        result.code == 2
        and "no seat of this run is called Candidat 2. Did you mean Candidate 2?" in result.err
    )
    assert cli_run(*words, "--models", "qwen3:8b,gemma3").code == 0


def test_params_are_kept_by_a_resumed_run(
    cli_run: Run, runs: Run, fake: Fake, roundtable_home: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = True

    def answer(body: Mapping[str, Any], nth: int) -> Any:
        return error(403, "no") if failing else "42"

    server = fake(answer)
    use_server(monkeypatch, roundtable_home, server, "[servers.home.params]\ntop_k = 5\n")
    task = write_task(here / "t", questions="Which?", toml="[params]\nmin_p = 0.1\n")
    words = ("ask", "--task", str(task), "--mode", "single", "--out", str(here / "kept"), "--seed", "3")
    assert cli_run(*words, "--param", "typical_p=0.5").code == 1
    header = json.loads((here / "kept" / "events.jsonl").read_text().splitlines()[0])
    assert header["calls"]["params"] == {"given": {"typical_p": 0.5}, "task": {"min_p": 0.1}}
    assert header["servers"][0]["params"] == {"top_k": 5}
    use_server(monkeypatch, roundtable_home, server)
    failing = False
    assert runs("resume", str(here / "kept")).code == 0
    assert {"typical_p": 0.5, "min_p": 0.1, "top_k": 5}.items() <= bodies(server)[-1].items()


def test_known_answer_is_compared_and_shown(cli_run: Run, ask_report: Run, fake: Fake, here: Path) -> None:
    task = write_task(here / "t", questions="How many?\nHow far?", toml='answers = ["42", "5 km"]\n')
    server = fake("It is clear.\n\n**Answer:** 5000 m")
    words = ("--task", str(task), "--mode", "single", "--base-url", server.url, "--model", "m")
    right = ask_report(*words, "--question-number", "2")
    assert (right["known_answer"], right["correct"]) == ("5 km", True)
    wrong = ask_report(*words)
    assert (wrong["known_answer"], wrong["correct"]) == ("42", False)
    other = ask_report("Another question?", *words)
    assert (other["known_answer"], other["correct"]) == (None, None)
    assert "differs from the known answer: 42" in cli_run("ask", *words).err
    assert not any("5 km" in json.dumps(seen.body) for seen in server.requests)


def test_known_answer_is_not_sent_in_a_follow_up(
    cli_run: Run, ask_report: Run, fake: Fake, here: Path
) -> None:
    task = write_task(here / "t", questions="How many?", toml='answers = ["4711"]\n')
    server = fake("It is clear.\n\n**Answer:** 42")
    source = ("--mode", "single", "--base-url", server.url, "--model", "m")
    assert "4711" in ask_report("--task", str(task), *source)["how"]
    report = ask_report("And why?", "--follow-up", "last", *source)
    assert report["known_answer"] is None and "How it came about: one answer by" in server.requests[-1].user
    assert not any("4711" in json.dumps(seen.body) for seen in server.requests)


def test_persona_params_apply_to_its_seat_only(cli_run: Run, fake: Fake, here: Path) -> None:
    server = fake("42")
    write_persona(here / "personas", "Ada", params={"reasoning_effort": "high"})
    write_persona(here / "personas", "Bob")
    words = ("ask", "x", "--mode", "pro", "--agents", "2", "--base-url", server.url, "--model", "m")
    assert cli_run(*words, "--persona", "Ada", "--persona", "Bob").code == 0
    sent = {seen.system: seen.body.get("reasoning_effort") for seen in server.requests}
    assert sent["You are Ada."] == "high" and sent["You are Bob."] is None


def test_persona_with_forbidden_params_is_refused_with_its_line(cli_run: Run, fake: Fake, here: Path) -> None:
    server = fake("42")
    write_persona(here / "personas", "Zoe", params={"api_base": "http://x"})
    words = ("ask", "x", "--mode", "single", "--base-url", server.url, "--model", "m")
    result = cli_run(*words, "--persona", "Zoe")
    assert result.code == 2 and "personas/zoe.json, line 1" in result.err and not server.requests
    assert "api_base cannot be set as a parameter" in result.err


def test_openai_variables_reach_their_server_only(
    cli_run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    own, other = fake("42"), fake("42", models=["other-model"])
    write_persona(here / "personas", "Zoe")
    monkeypatch.setenv("OPENAI_BASE_URL", own.url)
    monkeypatch.setenv("OPENAI_MODEL", "own-model")
    monkeypatch.setenv("OPENAI_TEMPERATURE", "0.25")
    monkeypatch.setenv("OPENAI_REASONING_EFFORT", "low")
    monkeypatch.setenv("OPENAI_MAX_COMPLETION_TOKENS", "77")
    words = ("ask", "x", "--mode", "single", "--persona", "Zoe")
    assert cli_run(*words).code == 0
    sent = {"model": "own-model", "temperature": 0.25, "reasoning_effort": "low", "max_tokens": 77}
    assert sent.items() <= bodies(own)[0].items()
    assert cli_run(*words, "--base-url", other.url).code == 0
    assert bodies(other)[0]["model"] == "other-model" and bodies(other)[0]["temperature"] == 0.7
    assert not {"reasoning_effort", "max_tokens"} & set(bodies(other)[0])
