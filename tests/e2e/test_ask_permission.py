"""`roundtable ask` on a terminal asks before a seat calls a tool that needs permission."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from roundtable_tui.config import load
from tests.support.fake_server import FakeServer, Reply
from tests.support.fake_server.threaded import served
from tests.support.terminal import Terminal, roundtable

SERVER = str(Path(__file__).parents[1] / "tools" / "small_mcp_server.py")
ADD, ADD_MORE = ("sums__add", {"a": 2, "b": 3}), ("sums__add", {"a": 4, "b": 5})
QUESTION = "Allow it? o: once"


@pytest.fixture
def home(roundtable_home: Path) -> Path:
    entry = f"[mcp.sums]\ncommand = {json.dumps(sys.executable)}\nargs = [{json.dumps(SERVER)}]\n"
    roundtable_home.mkdir(parents=True, exist_ok=True)
    (roundtable_home / "settings.toml").write_text(entry, encoding="utf-8")
    return roundtable_home


def command(fake: FakeServer, *flags: str) -> list[str]:
    return roundtable(
        "ask", "--base-url", fake.url, "--model", "m", "--mode", "single", "--tools", "sums", *flags, "Sum?"
    )


@pytest.mark.parametrize(
    ("typed", "questions", "results"),
    [
        (["r\n"], 1, ["5", "9"]),
        (["o\n", "\n"], 2, ["5", "not called: the user has refused it"]),
        (["what?\n", "a\n"], 2, ["5", "9"]),
    ],
)
def test_ask_on_terminal_asks_and_takes_the_answer(
    home: Path, typed: list[str], questions: int, results: list[str]
) -> None:
    with served([Reply(calls=[ADD]), Reply(calls=[ADD_MORE]), "Done."]) as fake:
        with Terminal(command(fake), {"ROUNDTABLE_HOME": str(home)}) as terminal:
            for number, line in enumerate(typed, 1):
                terminal.until(lambda n=number: terminal.told.count(QUESTION) == n, "the question")
                terminal.press(line)
            assert terminal.ends() == 0 and terminal.strange == []
        last = fake.requests[-1].body["messages"]
    assert terminal.told.count(QUESTION) == questions
    assert 'wants to call sums__add {"a": 2, "b": 3}' in terminal.told
    sent = [message["content"] for message in last if message["role"] == "tool"]
    assert all(result in text for result, text in zip(results, sent, strict=True))
    assert load().permissions == ({"sums__add": "allow"} if "a\n" in typed else {})


def test_ask_without_a_terminal_or_quiet_does_not_ask(home: Path) -> None:
    with served([Reply(calls=[ADD]), "Done."] * 2) as fake:
        piped = subprocess.run(
            command(fake), input=b"a\n", capture_output=True, env={"ROUNDTABLE_HOME": str(home)}, check=True
        )
        with Terminal(command(fake, "--quiet"), {"ROUNDTABLE_HOME": str(home)}) as terminal:
            assert terminal.ends() == 0
        refused = [json.dumps(request.body) for request in fake.requests if len(request.body["messages"]) > 2]
    assert QUESTION not in piped.stderr.decode() + terminal.told
    assert len(refused) == 2 and all("it needs permission: --allow sums__add" in body for body in refused)


def test_ask_on_terminal_asks_once_about_the_servers_of_a_file(home: Path, tmp_path: Path) -> None:
    servers = {"mcpServers": {"sums": {"command": sys.executable, "args": [SERVER]}}}
    (tmp_path / ".mcp.json").write_text(json.dumps(servers), encoding="utf-8")
    env, trust = {"ROUNDTABLE_HOME": str(home)}, "Do you trust this content? [y/N]"
    with served(["Done."] * 2) as fake:
        words = [*command(fake)[:-3], "--mcp", ".mcp.json", "Sum?"]
        with Terminal(words, env, cwd=tmp_path) as terminal:
            terminal.until(lambda: trust in terminal.told, "the question")
            terminal.press("\n")
            assert terminal.ends() == 2 and not fake.requests
        with Terminal(words, env, cwd=tmp_path) as terminal:
            terminal.until(lambda: trust in terminal.told, "the question")
            terminal.press("y\n")
            assert terminal.ends() == 0
        with Terminal(words, env, cwd=tmp_path) as terminal:
            assert terminal.ends() == 0 and trust not in terminal.told
    assert len(fake.requests) == 2
