"""`roundtable ask` on a terminal: streamed text, a styled answer, outcome and votes; bytes when piped."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.fake_server import FakeServer, Reply
from tests.support.fake_server.threaded import served
from tests.support.terminal import Terminal, roundtable
from tests.support.tmux import Tmux

ANSWER = "# Yes\n\nIt is **blue** and `wide`.\n\n- a river\n"


def command(fake: FakeServer, mode: str, *flags: str) -> list[str]:
    return roundtable("ask", "--base-url", fake.url, "--model", "m", "--mode", mode, *flags, "Which colour?")


def test_ask_on_terminal_draws_the_answer_and_piped_gives_its_bytes(roundtable_home: Path) -> None:
    env = {"ROUNDTABLE_HOME": str(roundtable_home)}
    with served(ANSWER) as fake:
        with Terminal(command(fake, "single"), env) as terminal:
            assert terminal.ends() == 0 and terminal.strange == []
        piped = subprocess.run(command(fake, "single"), capture_output=True, env=env, check=True)
    assert "It is blue and wide." in terminal.told and "**" not in terminal.told and "`" not in terminal.told
    assert b"\x1b[1mblue" in terminal.raw
    assert piped.stdout.decode() == ANSWER.strip() + "\n"
    assert b"\x1b" not in piped.stdout + piped.stderr


def test_ask_on_terminal_shows_outcome_and_votes_below_the_answer(roundtable_home: Path) -> None:
    replies = [Reply("It is blue.\n\n#### blue"), Reply("#### blue"), Reply("#### red")]
    with served(lambda request, nth: replies[(nth - 1) % 3]) as fake:
        env = {"ROUNDTABLE_HOME": str(roundtable_home)}
        with Terminal(command(fake, "vote", "--agents", "3", "--no-early-stop"), env) as terminal:
            assert terminal.ends() == 0 and terminal.strange == []
    end = terminal.screen.text[terminal.screen.text.index("Record:") :]
    assert "✓ majority 2:1" in end and "██ 2" in end and "█  1" in end and "red" in end


def test_ask_on_terminal_streams_the_only_seat_and_leaves_its_answer_once(
    tmp_path: Path, roundtable_home: Path
) -> None:
    gate = Reply(pieces=[f"word{n}\n\n" for n in range(60)], delay=0.05)
    env = {"ROUNDTABLE_HOME": str(roundtable_home)}
    with served(gate) as fake, Tmux(command(fake, "single"), tmp_path, env, 80, 200) as terminal:
        live = terminal.wait(lambda screen: "word3\n" in screen and " s  " in screen, "text that streams")
        assert "Record:" not in live
        screen = terminal.see("left with 0")
    assert screen.count("word7\n") == 1 and screen.count("word59\n") == 1
    assert " s  " not in screen.partition("Record:")[2]
