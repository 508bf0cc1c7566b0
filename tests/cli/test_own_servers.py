"""`roundtable demo-server`, `roundtable fetch-model`, and `ask --local`."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from roundtable_tui.llm.local import fetch, model
from roundtable_tui.llm.types import Server
from tests.support.fake_server import FakeServer

Run = Callable[..., Any]
Fake = Callable[..., FakeServer]


def test_demo_server_prints_its_url_and_answers(cli_run: Run) -> None:
    command = [sys.executable, "-m", "roundtable_tui", "demo-server", "--port", "0", "--pace", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        result = cli_run("ask", "Which?", "--base-url", url, "--model", "demo-small", "--quiet")
        assert result.code == 0 and result.out.strip()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0 and "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--faults", "flood"], "no such fault: flood. There are: fail, rate, cut, slow, empty"),
        (["--pace", "-1"], "--pace should be 0 or more tokens per second, not -1"),
        (["--port", "99999999"], "99999999"),
    ],
)
def test_demo_server_wrong_usage_prints_one_line(cli_run: Run, words: list[str], line: str) -> None:
    result = cli_run("demo-server", *words)
    assert (result.code, result.out) == (2, "") and line in result.err and "Traceback" not in result.err


def test_fetch_model_returns_the_exit_code_of_the_download(
    cli_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "main", lambda arguments: 7 if arguments == [] else 0)
    assert cli_run("fetch-model").code == 7


def test_ask_local_unavailable_prints_one_line(cli_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "find_model", lambda: None)
    monkeypatch.setattr(
        "roundtable_tui.llm.local.server.missing_requirement", lambda: "the local model needs xllamacpp"
    )
    result = cli_run("ask", "--local", "Which?")
    assert (result.code, result.out, result.err) == (1, "", "roundtable: the local model needs xllamacpp\n")


def test_ask_local_uses_the_running_model(cli_run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    server = fake("Yes.")
    stopped = []

    class Stand:
        """In place of the process with the model."""

        model = "tiny"
        is_running = True

        async def start(self) -> Server:
            return Server("local", server.url)

        async def stop(self) -> None:
            stopped.append(self)

    monkeypatch.setattr("roundtable_tui.llm.local.server.LocalServer", Stand)
    result = cli_run("ask", "--local", "Say yes.", "--mode", "pro", "--agents", "1", "--quiet")
    assert (result.code, result.out, result.err) == (0, "Yes.\n", "") and len(stopped) == 1
    assert server.requests[0].body["model"] == "tiny" and server.requests[0].body["max_tokens"] == 320
    other = cli_run("ask", "--local", "Say yes.", "--model", "huge")
    assert (other.code, other.err) == (2, "roundtable: the embedded model is tiny. Leave out --model.\n")
