"""What TAB offers: asked of the program as shells do, and in the shells that are here."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.cli import arguments, completion, main
from roundtable_tui.utils import paths

SHELLS = ["bash", *(shell for shell in ("zsh", "fish") if shutil.which(shell))]
PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be the first `roundtable` that a shell finds."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def offered(line: str) -> dict[str, Any]:
    """Return what is offered at the end of a line, in this process."""
    import argcomplete

    words = completion.split_line(line)
    finder = argcomplete.CompletionFinder(
        completion.build_full_parser(words), always_complete_options="long" if "ask" in words else False
    )
    before, prefix, _, whole, first = argcomplete.split_line(line)
    names = finder._get_completions(whole, prefix, before, first)
    return dict.fromkeys(name.strip() for name in names)


def run_named(name: str) -> None:
    (paths.runs_dir() / name).mkdir(parents=True)
    (paths.runs_dir() / name / "events.jsonl").write_text("{}\n")


def test_completion_offers_commands_flags_and_names(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = here / "personas"
    people.mkdir()
    for name in ("Zoe", "Evil\x1b[2J"):
        (people / f"{len(name)}.json").write_text(json.dumps({"name": name, "prompt": "You are here."}))
    settings = paths.settings_file()
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('[servers.attic]\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "llama-attic"\n')
    run_named("20261120-174042-debate-6dae60")
    assert list(offered("roundtable ")) == list(arguments.COMMANDS)
    assert list(offered("roundtable completion ")) == ["bash", "zsh", "fish"]
    for line, some in {
        "roundtable --dem": {"--demo"},
        "roundtable ask --max-r": {"--max-rounds"},
        "roundtable ask --mode pro --pi": {"--pick"},
        "roundtable ask --mode ": {"debate", "pro", "loop"},
        "roundtable --mode cou": {"council"},
        "roundtable ask --persona Z": {"Zoe"},
        "roundtable ask --captain Ca": {"Captain"},
        "roundtable ask --model-for Z": {"Zoe="},
        "roundtable ask --mode pro --option pi": {"pick="},
        "roundtable ask --task sa": {"salon"},
        "roundtable ask --team ro": {"roles"},
        "roundtable ask --server ": {"attic"},
        "roundtable ask --model ": {"llama-attic"},
        "roundtable ask --follow-up ": {"last", "20261120-174042-debate-6dae60"},
        "roundtable proxy --allow": {"--allow-origin"},
        "roundtable proxy --server ": {"attic"},
        "roundtable runs sh": {"show"},
        "roundtable runs show 2026": {"20261120-174042-debate-6dae60"},
        "roundtable runs export --format ": {"html", "cast"},
        "roundtable runs list --status ": {"complete", "failed"},
        "roundtable modes vo": {"vote"},
        "roundtable serve --allow": {"--allow-network"},
        "roundtable serve --team ro": {"roles"},
        "roundtable knowledge a": {"add"},
    }.items():
        assert some <= set(offered(line)), line
    assert not any("Evil" in name for name in offered("roundtable ask --persona "))
    assert set(offered("roundtable ask --mode loop --pi")) == set()


def test_completion_unreadable_sources_offer_nothing(here: Path) -> None:
    (here / "personas").write_text("no folder")
    assert "Iris" in offered("roundtable ask --persona ")
    assert offered("roundtable ask --mode nonsense --task nothing --max-r") == {"--max-rounds": None}


def test_completion_unknown_shell_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["completion", "tcsh"]) == 2
    assert capsys.readouterr().err.startswith("roundtable: shell: invalid choice: 'tcsh'")


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_works_in_real_shell(shell: str, tmp_path: Path) -> None:
    if shell == "fish":
        ask = "complete -C 'roundtable perso'; complete -C 'roundtable modes vo'"
        ask = f"roundtable completion fish | source; {ask}"
        result = subprocess.run(
            ["fish", "-N", "-c", ask], capture_output=True, text=True, env=at_home(tmp_path)
        )
        assert [line.split("\t")[0] for line in result.stdout.splitlines()] == ["personas", "vote"], (
            result.stderr
        )
        assert "list the personas" in result.stdout, "with what they are"
        return
    begin = 'eval "$(roundtable completion bash)"'
    if shell == "zsh":
        begin = 'autoload -Uz compinit && compinit -u -D && eval "$(roundtable completion zsh)"'
    with interactive(shell, tmp_path) as terminal:
        terminal.type(f"{begin}; echo re''ady\n")
        terminal.sees("ready")
        terminal.type("roundtable perso\t")
        terminal.sees("roundtable personas")
        terminal.type("\x15roundtable modes vo\t")
        terminal.sees("roundtable modes vote")


def at_home(folder: Path) -> dict[str, str]:
    return os.environ | {"HOME": str(folder), "TERM": "dumb", "PS1": "$ "}


class Shell:
    """A shell in a terminal of its own."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._seen = ""

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def sees(self, words: str) -> None:
        """Wait until the terminal shows these words, and forget what it showed."""
        while words not in self._seen:
            ready, _, _ = select.select([self._terminal], [], [], PATIENCE_S)
            assert ready, f"{words!r} is not in {self._seen!r}"
            self._seen += os.read(self._terminal, 65536).decode("utf-8", "replace").replace("\x07", "")
        self._seen = ""


@contextmanager
def interactive(shell: str, home: Path) -> Iterator[Shell]:
    words = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
    ours, its = pty.openpty()
    process = subprocess.Popen(
        words, stdin=its, stdout=its, stderr=its, env=at_home(home), cwd=home, start_new_session=True
    )
    os.close(its)
    try:
        yield Shell(ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
