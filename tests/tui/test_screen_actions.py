"""Every command has an action on the screen that offers it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.screen import Screen

from roundtable_tui.config import Settings
from roundtable_tui.history.index import RunIndex
from roundtable_tui.history.reader import read_run
from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.commands import CommandScope, list_commands
from roundtable_tui.tui.screens.batch.screen import BatchScreen
from roundtable_tui.tui.screens.bench.screen import BenchScreen
from roundtable_tui.tui.screens.library.personas.editor import PersonaEditor
from roundtable_tui.tui.screens.library.personas.list import PersonasScreen
from roundtable_tui.tui.screens.library.servers.form import ServerForm
from roundtable_tui.tui.screens.library.servers.list import ServersScreen
from roundtable_tui.tui.screens.library.tasks.editor import TaskTextEditor
from roundtable_tui.tui.screens.library.tasks.list import TasksScreen
from roundtable_tui.tui.screens.library.teams.editor import TeamEditor
from roundtable_tui.tui.screens.library.teams.list import TeamsScreen
from roundtable_tui.tui.screens.main.screen import MainScreen
from roundtable_tui.tui.screens.replay.screen import ReplayScreen
from roundtable_tui.tui.screens.runs.screen import RunsScreen
from roundtable_tui.tui.session import Session
from tests.support.paths import DATA

RECORDS = DATA / "runs"

pytestmark = pytest.mark.anyio
PANE_COMMANDS_OF_A_REPLAY = (
    "zoom",
    "follow_speaker",
    "reasoning",
    "copy_answer",
    "copy_pane",
    "previous_stage",
    "next_stage",
)


def make_session() -> Session:
    return Session(RunRequest(demo=True), Settings(discovery=False))


@pytest.mark.parametrize(
    ("make_screen", "scopes"),
    [
        (lambda folder: MainScreen(make_session()), ("table", "pane")),
        (lambda folder: RunsScreen(make_session(), RunIndex(folder)), ("runs", "run")),
        (lambda folder: ReplayScreen(make_session(), read_run(RECORDS / "debate")), ("replay", "run")),
        (lambda folder: BatchScreen(make_session()), ("batch",)),
        (lambda folder: PersonasScreen(), ("personas", "trial")),
        (lambda folder: PersonaEditor(None), ("persona", "trial", "disk")),
        (lambda folder: TeamsScreen(), ("teams",)),
        (lambda folder: TeamEditor(None, library=PersonaLibrary()), ("team", "disk")),
        (lambda folder: BenchScreen(make_session()), ("bench",)),
        (lambda folder: TasksScreen(make_session()), ("tasks",)),
        (lambda folder: TaskTextEditor(folder, "questions.txt", "A"), ("text", "disk")),
        (lambda folder: ServersScreen(make_session()), ("servers",)),
        (lambda folder: ServerForm(), ("server",)),
    ],
)
async def test_screen_has_an_action_for_each_of_its_commands(
    make_screen: Callable[[Path], Screen[object]], scopes: tuple[CommandScope, ...], tmp_path: Path
) -> None:
    screen = make_screen(tmp_path)
    ids = [command.id for scope in scopes for command in list_commands(scope)]
    ids += PANE_COMMANDS_OF_A_REPLAY if isinstance(screen, ReplayScreen) else ()
    assert [id for id in ids if not callable(getattr(screen, f"action_{id}", None))] == []
