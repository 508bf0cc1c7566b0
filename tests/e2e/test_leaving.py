"""Leaving the app in a real terminal: suspended and continued, asked during a run, with the way to resume."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from tests.support.fake_server import FakeServer, Reply
from tests.support.fake_server.threaded import served
from tests.support.terminal import Terminal, roundtable
from tests.support.tmux import Tmux

QUIT, ENTER, ESCAPE = "\x11", "\r", "\x1b"


def test_ctrl_z_suspends_and_fg_draws_the_app_again(roundtable_home: Path) -> None:
    env = {"ROUNDTABLE_HOME": str(roundtable_home), "PS1": "shell> "}
    with Tmux(["bash", "--norc", "-i"], roundtable_home, env, 100, 30) as terminal:
        terminal.see("shell>")
        terminal.type(shlex.join([sys.executable, "-m", "roundtable_tui", "--demo"]))
        terminal.press("Enter")
        terminal.see("Type a question", "● demo")
        terminal.type("half a question")
        terminal.see("half a question")
        terminal.press("C-z")
        terminal.see("Stopped", "shell>", without="● demo")
        terminal.type("fg")
        terminal.press("Enter")
        terminal.see("Type a question", "● demo", "half a question")
        terminal.type("!")
        terminal.see("half a question!")
        terminal.press("C-q")
        terminal.see("shell>", without="● demo")


def test_quit_during_run_asks_first_and_says_how_to_resume(roundtable_home: Path) -> None:
    (roundtable_home / "settings.toml").write_text("discovery = false\n")
    with served(Reply(pieces=["word "] * 5000, delay=0.05)) as fake, start(fake, roundtable_home) as terminal:
        ask(terminal, fake)
        terminal.press(f"And then?{ENTER}half a quest")
        terminal.shows("half a quest")
        terminal.press(QUIT)
        terminal.shows("A run is active")
        terminal.press(ESCAPE)
        terminal.until(lambda: "A run is active" not in terminal.screen.text, "it stays open")
        assert terminal.process.poll() is None
        terminal.press(QUIT)
        terminal.shows("A run is active")
        terminal.press(QUIT)
        assert terminal.ends() == 0 and terminal.restored
        (folder,) = (roundtable_home / "runs").iterdir()
        assert f"roundtable runs resume {folder.name}" in terminal.told and "“Why?”" in terminal.told
        assert "Not asked:  “And then?”" in terminal.told and "Not asked:  “half a quest”" in terminal.told


def test_quit_with_question_switched_off_leaves_at_once(roundtable_home: Path) -> None:
    (roundtable_home / "settings.toml").write_text("discovery = false\nconfirm_quit = false\n")
    with served(Reply(pieces=["word "] * 5000, delay=0.05)) as fake, start(fake, roundtable_home) as terminal:
        ask(terminal, fake)
        terminal.press(QUIT)
        assert terminal.ends() == 0 and terminal.restored
        assert "A run is active" not in terminal.told and "runs resume" in terminal.told


def test_text_typed_right_before_quitting_is_printed(roundtable_home: Path) -> None:
    (roundtable_home / "settings.toml").write_text("discovery = false\n")
    with served(Reply("4")) as fake, start(fake, roundtable_home) as terminal:
        terminal.press(f"half a quest{QUIT}")
        assert terminal.ends() == 0 and terminal.restored
        assert "Not asked:  “half a quest”" in terminal.told


def start(fake: FakeServer, home: Path) -> Terminal:
    command = roundtable("--base-url", fake.url, "--model", "m", "--mode", "single")
    terminal = Terminal(command, {"ROUNDTABLE_HOME": str(home)})
    terminal.shows("Type a question")
    return terminal


def ask(terminal: Terminal, fake: FakeServer) -> None:
    terminal.press(f"Why?{ENTER}")
    terminal.until(lambda: fake.requests, "the question is asked")
    terminal.shows("word word")
