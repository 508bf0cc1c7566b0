"""`roundtable serve`: what is refused in the terminal, before a browser is opened."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.cli import serve

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--demmo"], "unknown flag: --demmo. Did you mean --demo?"),
        (["modes"], "modes cannot be combined with serve. See roundtable serve --help."),
        (["--version"], "--version cannot be combined with serve. See roundtable serve --help."),
        (["--pick"], "unknown flag: --pick. It is an option of pro; the selected mode is debate."),
        (["--root", "/no/such/folder"], "/no/such/folder: --root is not there"),
        (["--tools", "pyton"], "there is no tool called pyton. Did you mean python?"),
        (
            ["--root", ".", "--tools", "python", "--port", "70000"],
            "--port should be from 0 to 65535, not 70000",
        ),
        (["--port", "70000"], "--port should be from 0 to 65535, not 70000"),
        (
            ["--host", "0.0.0.0"],
            f"--host 0.0.0.0: {serve.NETWORK_WARNING}. Use an ssh tunnel, or add --allow-network "
            "to accept this.",
        ),
        (["--host", "127.0.0.1.5"], None),
    ],
)
def test_serve_wrong_usage_prints_one_line(cli_run: Run, words: list[str], line: str | None) -> None:
    result = cli_run("serve", *words)
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert line is None or result.err == f"roundtable: {line}\n"


def test_serve_without_extra_names_the_package_to_install(
    cli_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "EXTRA", "a_module_that_is_not_there")
    result = cli_run("serve", "--demo")
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert "pip install 'roundtable-tui[web]'" in result.err


def test_serve_port_in_use_is_reported(cli_run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = cli_run("serve", "--port", str(port), "--demo")
    assert result.code == 2 and f"port {port} is not available: Address already in use" in result.err


def test_serve_uses_the_next_free_port_and_ends_on_interrupt(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        first = taken.getsockname()[1]
        code = (
            "import sys; from roundtable_tui.web.server import serve_app; "
            f"sys.exit(serve_app([], '127.0.0.1', None, [], {first}))"
        )
        server = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert server.stdout is not None
        link = server.stdout.readline().decode()
        server.send_signal(2)
        out, err = server.communicate(timeout=120)
    assert link.startswith("http://127.0.0.1:") and f":{first}/" not in link and "/?t=" in link
    assert (server.returncode, out) == (0, b"") and b"Traceback" not in err


def test_serve_default_port_is_not_that_of_a_model_server() -> None:
    assert serve.DEFAULT_PORT not in (8000, 8080, 11434, 1234, 4000, 8765)
