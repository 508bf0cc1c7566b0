"""Hostile names and texts in the app's screens for personas, teams, tasks, runs and servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stress.test_hostile_text import ENTER, ESCAPE, QUIT, F, check, here, server
from tests.support.fake_server import FakeServer
from tests.support.stress import hostile_text
from tests.support.terminal import Terminal, roundtable
from tests.support.torture import share

__all__ = ["here", "server"]
TEAMS, SETTINGS, SERVERS = "\x1b[28~", "\x1b[23~", "\x1b[1;2S"
ROOMS = (
    (
        (TEAMS, "personas/teams/x.json"),
        (ENTER, "Saves a copy"),
        (F[4], "Model for"),
        (ESCAPE, "Saves a copy"),
        (ESCAPE, "Teams  "),
    ),
    ((F[5], "Personas  "),),
    ((SERVERS, "sv00q"), (ENTER, "Server far"), (ESCAPE, "in your settings")),
    ((SETTINGS, "Defaults"),),
    ((F[6], "[@click=app.quit]"),),
)
"""What leads through each, and what is seen there once the next key is for that."""


@pytest.mark.parametrize("size", share([(80, 24), (150, 44)], 2))
def test_library_screens_hostile_names_are_only_displayed(
    size: tuple[int, int], server: FakeServer, here: Path, roundtable_home: Path
) -> None:
    model = (
        hostile_text.in_a_row("sv", (*hostile_text.MARKUP, *hostile_text.SHAPES))
        .replace("\\", "\\\\")
        .replace('"', "'")
    )
    (roundtable_home / "settings.toml").write_text(
        "animations = false\ndiscovery = false\n"
        f'[servers.far]\nbase_url = "{server.url}"\nmodel = "{model}"\n',
        encoding="utf-8",
    )
    env = {"ROUNDTABLE_HOME": str(roundtable_home)}
    with Terminal(roundtable("--server", "far"), env, cwd=here, columns=size[0], rows=size[1]) as terminal:
        terminal.shows("Ask a question")
        for room in ROOMS:
            for key, says in room:
                terminal.press(key)
                terminal.shows(says)
                terminal.settles()
            terminal.press(ESCAPE)
            terminal.shows("Type a question")
        terminal.press(QUIT)
        assert terminal.ends() == 0 and terminal.restored
        check(terminal)
        for name in ("[/] Ann", "[red]Bob[/red]", "[/x] team", "[/] title", "sv00q", "ta99q"):
            assert name in terminal.told, "it was on the screen"
    assert not (roundtable_home / "cache" / "roundtable.log").exists(), "nothing of it was a fault of ours"
