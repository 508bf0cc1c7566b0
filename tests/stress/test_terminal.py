"""Unusual terminals: tiny, resized while text streams, without colours, with fast typing."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.fake_server import Reply, served
from tests.support.terminal import Terminal, roundtable
from tests.support.torture import FULL, share

ESCAPE, QUIT, SETTINGS = "\x1b", "\x11", "\x1b[23~"
ROOMS = (SETTINGS, "\x1bOQ", "\x1bOR", "\x1bOS", "\x1bOP", "\x1b[1;2S", "\r", "\x1b[B", *[ESCAPE] * 4)
"""Keys that lead into the settings and what lies below them, and out again."""
PLAIN: tuple[Mapping[str, str], ...] = (
    {"TERM": "dumb", "NO_COLOR": "1"},
    {"TERM": "dumb"},
    {"NO_COLOR": "1"},
)
SIZES = ((20, 5), (60, 15), (44, 9), (120, 36)) if FULL else ((20, 5), (90, 20))
_COLOUR = re.compile(rb"[34]8;2;(\d+);(\d+);(\d+)")


def without_colours(terminal: Terminal) -> bool:
    """Return whether only greys were written."""
    return all(len(set(found)) == 1 for found in _COLOUR.findall(bytes(terminal.raw)))


@pytest.mark.parametrize("env", share(PLAIN, 3), ids=lambda env: " ".join(env))
def test_app_resized_while_streaming_draws_within_its_rows(
    env: Mapping[str, str], roundtable_home: Path
) -> None:
    """Resized to 20x5 and back with TERM=dumb, the app draws what fits, each text in its row."""
    (roundtable_home / "settings.toml").write_text("discovery = false\n[options.pro]\nagents = 2\n")
    endless = Reply(pieces=[f"word{n} and 漢字 **more** `of it` " for n in range(50_000)], delay=0.03)
    with served(endless) as fake:
        command = roundtable("--base-url", fake.url, "--model", "m", "--mode", "pro")
        where = {"ROUNDTABLE_HOME": str(roundtable_home)}
        with Terminal(command, where | dict(env), columns=80, rows=24) as terminal:
            terminal.shows("Type a question")
            terminal.press("Why?\r")
            terminal.shows("word6")
            for number, size in enumerate(SIZES, 1):
                terminal.window(*size)
                terminal.press("q")
                shown_within(terminal, "q" * number)
            terminal.press(QUIT + "\r")
            assert terminal.ends() == 0 and terminal.restored and terminal.strange == []
            assert "Traceback" not in terminal.told
            assert "NO_COLOR" not in env or without_colours(terminal)
    log = roundtable_home / "cache" / "roundtable.log"
    assert not log.exists(), log.read_text()


def shown_within(terminal: Terminal, typed: str) -> None:
    """Check that a key has an effect, that the stream continues, and that text stays in its row."""
    terminal.until(lambda: typed in terminal.screen.text, "a key is answered")
    terminal.overflows.clear()  # Output in transit was for the old size.
    last = newest(terminal)
    terminal.until(lambda: newest(terminal) > last + 8, "words go on")
    assert terminal.overflows == []


def newest(terminal: Terminal) -> int:
    """Return the number of the last word on the screen."""
    return max((int(number) for number in re.findall(r"word(\d+)\b", terminal.screen.text)), default=0)


@pytest.mark.parametrize("env", share(PLAIN, 3), ids=lambda env: " ".join(env))
def test_ask_on_plain_terminal_has_no_colours_or_sequences(
    env: Mapping[str, str], roundtable_home: Path
) -> None:
    (roundtable_home / "settings.toml").write_text("discovery = false\n")
    with served("It is so.") as fake:
        command = roundtable("ask", "Why?", "--mode", "single", "--base-url", fake.url, "--model", "m")
        with Terminal(command, {"ROUNDTABLE_HOME": str(roundtable_home)} | dict(env)) as terminal:
            assert terminal.ends() == 0 and terminal.strange == []
            assert "It is so." in terminal.told and "Traceback" not in terminal.told
            assert "NO_COLOR" not in env or without_colours(terminal)
            if env.get("TERM") == "dumb":
                assert b"\x1b" not in terminal.raw, "a dumb terminal knows no sequences"


@pytest.mark.parametrize("seed", share(range(24), 24))
def test_app_random_fast_keys_are_survived(seed: int, roundtable_home: Path) -> None:
    """Opening and closing the settings at 60x15 before the first frame leaves a working app."""
    rolled = random.Random(seed)
    # Enter shows an example: without the question, the app is left at once. A long one would ring the bell.
    (roundtable_home / "settings.toml").write_text("confirm_quit = false\nbell = false\ntitle = false\n")
    with Terminal(
        roundtable("--demo"), {"ROUNDTABLE_HOME": str(roundtable_home)}, columns=60, rows=15
    ) as terminal:
        terminal.shows("Enter shows an example")
        for _ in range(60 if FULL else 20):
            terminal.press(rolled.choice(ROOMS))
            if rolled.random() < 0.3:
                terminal.settles(rolled.choice((0.02, 0.1)))
        terminal.settles(0.5 if FULL else 0.2)
        assert terminal.process.poll() is None, "it is still there"
        terminal.press(QUIT)
        assert terminal.ends() == 0 and terminal.restored
        # After the end, the lines about the example may wrap.
        ends = ("Run stopped", "Run done", "Resume:", "Follow up:")
        drawn = [line for line in terminal.overflows if not line.startswith(ends)]
        assert terminal.strange == [] and drawn == []
    log = roundtable_home / "cache" / "roundtable.log"
    assert not log.exists(), log.read_text()


def test_app_shifted_function_key_is_known_in_each_encoding(roundtable_home: Path) -> None:
    (roundtable_home / "settings.toml").write_text("discovery = false\n")
    with Terminal(roundtable("--demo"), {"ROUNDTABLE_HOME": str(roundtable_home)}) as terminal:
        terminal.shows("Type a question")
        for key in ("\x1b[1;2R", "\x1b[13;2~", "\x1b[28~"):
            terminal.press(key)
            terminal.shows("◆ Teams")
            terminal.press(ESCAPE)
            terminal.until(lambda: "◆ Teams" not in terminal.screen.text, f"closed again after {key!r}")
        terminal.press(QUIT)
        assert terminal.ends() == 0 and terminal.restored
