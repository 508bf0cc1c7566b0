from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from roundtable_tui.config import Settings
from roundtable_tui.errors import UsageError
from roundtable_tui.resources import load_task
from roundtable_tui.resources.task_storage import user_tasks_dir
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.screens.dialogs.picker import Picker
from roundtable_tui.tui.screens.library.browser import Snapshot
from roundtable_tui.tui.screens.library.tasks.editor import TaskTextEditor
from roundtable_tui.tui.screens.library.tasks.list import TaskChoice, TasksScreen
from roundtable_tui.tui.screens.library.tasks.rows import make_part_id
from roundtable_tui.tui.session import Session
from roundtable_tui.tui.widgets.lists.item_tree import ItemTree
from roundtable_tui.utils import paths
from tests.support.screen_host import SIZES, Host, acting, frame, said

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Bundle one task; the current folder has none."""
    folder = tmp_path / "shipped"
    put(folder / "salon", questions="Who goes first?\n", task='title = "Snowed in"\nmode = "roundtable"\n')
    others = paths.bundled_dir
    monkeypatch.setattr(paths, "bundled_dir", lambda kind: folder if kind == "tasks" else others(kind))
    monkeypatch.chdir(tmp_path)
    return folder


def put(folder: Path, **texts: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / (f"{name}.toml" if name == "task" else f"{name}.txt")).write_text(text)
    return folder


def shed() -> Path:
    return put(
        user_tasks_dir() / "shed",
        questions="Flat roof?\nWhich wood?\n",
        context="It stands by the sea.\n",
        task='title = "A shed"\nmode = "debate"\nteam = "A"\nanswers = ["no"]\n[options]\nmax_rounds = 2\n',
    )


def broken() -> Path:
    return put(user_tasks_dir() / "broken", questions="?", task='moode = "debate"\n')


@asynccontextmanager
async def tasks(
    question: str = "", size: tuple[int, int] = (100, 26), **wish: Any
) -> AsyncIterator[tuple[Host, Pilot[None]]]:
    screen = TasksScreen(Session(RunRequest(demo=True, **wish), Settings()), question)
    app = Host(screen)
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await settle(app, pilot)
        yield app, pilot


async def settle(app: Host, pilot: Pilot[None]) -> None:
    """Wait until no background work is left, including work that other work started."""
    for _ in range(3000):
        await pilot.pause()
        if not len(app.workers):
            break
        await pilot.pause(0.01)
    await pilot.pause()


async def press(app: Host, pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(app, pilot)


def rows(app: Host) -> list[str]:
    return [row.title for row in app.shown.query_one(ItemTree).rows]


def here(app: Host) -> str:
    row = app.shown.query_one(ItemTree).item
    return row.title if row is not None else ""


async def until(app: Host, pilot: Pilot[None], true: Callable[[], object]) -> None:
    for _ in range(3000):
        if true():
            return
        await pilot.pause(0.05)
    raise AssertionError(f"condition never became true:\n{frame(app)}")


async def test_task_tree_shows_tasks_by_origin_with_broken_ones(tmp_path: Path) -> None:
    shed(), broken()
    put(tmp_path / "tasks/salon", questions="Mine?")
    async with tasks() as (app, pilot):
        assert rows(app) == [
            "From this folder", "salon", "Yours", "broken", "A shed", "Bundled", "Snowed in", "no task",
        ]  # fmt: skip
        assert here(app) == "salon" and "hidden by one from this folder" in frame(app)
        assert said(app, "#title") == "◆ Tasks  3, 1 with errors"
        await press(app, pilot, *"she", "down", "right")
        assert here(app) == "A shed" and rows(app)[2:] == [
            "1 Flat roof?", "2 Which wood?", "questions.txt", "context.txt", "task.toml",
            "instructions.txt", "summarize_instructions.txt",
        ]  # fmt: skip
        told = said(app, "#known")
        for part in ("mode  debate", "team  A", "options  max_rounds 2", "1  Flat roof?", "by the sea"):
            assert part in told
        await press(app, pilot, "right")
        assert "not sent to the models): no" in said(app, "#known")
        await press(app, pilot, "left", "left", "slash", "end", *"xyz")
        assert rows(app) == [] and said(app, "#nothing") == "No match for “shexyz”."
        await press(app, pilot, "escape", *"brok")
        assert "task.toml, line 1: there is no field moode. Did you mean mode?" in said(app, "#known")
        await press(app, pilot, "enter")
        assert "there is no field moode" in said(app, "#status") and app.results == []


async def test_task_tree_rows_are_folded_by_keys_and_mouse() -> None:
    shed()
    folded = ["Yours", "Bundled", "Snowed in", "no task"]
    async with tasks() as (app, pilot):
        await press(app, pilot, "down", "right", "right", "left")
        assert here(app) == "A shed" and "1 Flat roof?" in rows(app)
        await press(app, pilot, "left")
        assert here(app) == "A shed" and "1 Flat roof?" not in rows(app)
        await press(app, pilot, "left", "left")
        assert here(app) == "Yours" and rows(app) == folded and "A shed" in said(app, "#known")
        await press(app, pilot, "enter")
        await pilot.click(ItemTree, offset=(4, 2))  # The sign before the task.
        assert here(app) == "A shed" and "1 Flat roof?" in rows(app) and app.results == []
        await press(app, pilot, "home", "space")
        assert rows(app) == folded
        app.shown.load(make_part_id(user_tasks_dir() / "shed", "context.txt"))  # type: ignore[attr-defined]
        await settle(app, pilot)
        assert here(app) == "context.txt"


async def test_task_tree_choice_has_task_and_question() -> None:
    shed()
    async with tasks() as (app, pilot):
        for typed, keys, chosen in (
            ("salo", ("enter",), TaskChoice("salon")),
            ("", ("enter",), TaskChoice("shed")),
            ("", ("down", "right", "down", "down", "enter"), TaskChoice("shed", 2)),
            ("", ("down", "right", "down", "s"), TaskChoice("shed", 1, start=True)),
            ("", ("down", "backspace"), TaskChoice("")),
            ("no task", ("enter",), TaskChoice("")),
            ("snow", ("down", "s"), TaskChoice("salon", 1, start=True)),
            ("", ("escape",), None),
        ):
            app.results.clear()
            app.shown.query_one("#search", Input).value = typed
            await press(app, pilot, *keys)
            assert app.results == [chosen], keys
            app.shown = TasksScreen(Session(RunRequest(demo=True), Settings()))
            await app.push_screen(app.shown, app.results.append)
            await settle(app, pilot)
        app.results.clear()
        await pilot.press("down", "s")  # Starting one with several questions asks which.
        await until(app, pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"wood", "enter")
        await until(app, pilot, lambda: app.results)
        assert app.results == [TaskChoice("shed", 2, start=True)]


async def test_task_tree_enter_before_loading_chooses_after_it() -> None:
    shed()
    app = Host(TasksScreen(Session(RunRequest(demo=True), Settings())))
    async with app.run_test(size=(80, 24)) as pilot:
        app.shown.shown = Snapshot()  # type: ignore[attr-defined]
        app.shown.view.show([])  # type: ignore[attr-defined]
        app.shown.action_open_row()  # type: ignore[attr-defined]
        app.shown.load()  # type: ignore[attr-defined]
        await until(app, pilot, lambda: app.results)
        assert app.results == [TaskChoice("shed")]


async def test_task_tree_current_task_in_any_folder_is_marked(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere/mine", questions="Q?")
    async with tasks(task=str(tmp_path / "elsewhere/mine")) as (app, pilot):
        assert here(app) == "mine" and "● mine" in frame(app) and rows(app)[0] == "Given"
        await press(app, pilot, "enter")
        assert app.results == [TaskChoice(str(tmp_path / "elsewhere/mine"))]


async def test_task_tree_folder_named_like_a_heading_is_listed(tmp_path: Path) -> None:
    put(tmp_path / "Given", questions="Q?\nR?\n")
    async with tasks(task="./Given") as (app, pilot):
        assert here(app) == "Given" and rows(app)[:2] == ["Given", "Given"]
        await press(app, pilot, "enter")
        assert app.results == [TaskChoice(str(tmp_path / "Given"))]


async def test_task_tree_that_cannot_be_read_offers_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(given: Path | None) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("roundtable_tui.tui.screens.library.tasks.list.read_tasks", fail)
    async with tasks() as (app, pilot):
        assert "the disk is gone" in frame(app)
        await press(app, pilot, "enter")
        assert app.results == [TaskChoice("")]


async def test_task_editor_text_is_checked_and_keeps_line_ends() -> None:
    folder = shed()
    (folder / "task.toml").write_bytes((folder / "task.toml").read_bytes().replace(b"\n", b"\r\n"))
    async with tasks() as (app, pilot):
        await press(app, pilot, *"shed", "down", "right", *["down"] * 5, "enter")
        assert isinstance(app.screen, TaskTextEditor) and "✓ mode debate, team A, 1 option" in frame(app)
        field = app.screen.field
        field.move_cursor((1, 8))
        await press(app, pilot, *"xx")
        assert "line 2: there is no mode xxdebate. Did you mean debate?" in said(app, "#faults")
        await press(app, pilot, "ctrl+s")
        assert (
            said(app, "#status").startswith("There are errors")
            and "xx" not in (folder / "task.toml").read_text()
        )
        await press(app, pilot, "ctrl+z", "end", "enter", *"# why", "ctrl+s")
        data = (folder / "task.toml").read_bytes()
        assert b'mode = "debate"\r\n# why\r\nteam = "A"\r\n' in data and said(app, "#status") == "Saved."
        await press(app, pilot, "x", "escape")
        assert "unsaved" in said(app, "#status")
        await press(app, pilot, "escape")
        assert app.screen is app.shown and here(app) == "task.toml" and "# why" in said(app, "#known")


async def test_task_editor_file_changed_on_disk_asks_before_replacing() -> None:
    path = shed() / "questions.txt"
    async with tasks() as (app, pilot):
        await press(app, pilot, *"shed", "down", "e")
        editor = app.screen
        assert isinstance(editor, TaskTextEditor)
        path.write_text("Theirs?\n")
        editor._poller.poll()
        await until(app, pilot, lambda: editor.field.text == "Theirs?\n")
        await press(app, pilot, *"Mine? ")
        path.write_text("Theirs again?\n")
        editor._poller.poll()
        await until(app, pilot, lambda: "changed on disk" in said(app, "#disk"))
        assert editor.field.text == "Mine? Theirs?\n"
        await press(app, pilot, "ctrl+s")
        assert path.read_text() == "Theirs again?\n" and "would be replaced" in said(app, "#status")
        await press(app, pilot, "ctrl+s")
        assert path.read_text() == "Mine? Theirs?\n"
        await press(app, pilot, "x")
        path.write_text("Once more?\n")
        await press(app, pilot, "ctrl+l", "ctrl+l")
        assert editor.field.text == "Once more?\n"
        path.unlink()
        await press(app, pilot, "y", "ctrl+s", "ctrl+s", "escape")
        assert path.read_text() == "yOnce more?\n" and rows(app)[-1:] != []


async def test_task_editor_bundled_task_is_copied_on_save(shipped: Path) -> None:
    async with tasks() as (app, pilot):
        await press(app, pilot, "down", "e")
        assert "Saves to your copy" in said(app, "#where")
        await press(app, pilot, *"Or ", "ctrl+s")
        assert "The bundled task is not changed" in said(app, "#status")
        assert "Saves to" in said(app, "#where") and "copy" not in said(app, "#where")
        await press(app, pilot, *"so", "ctrl+s", "escape")
        assert (user_tasks_dir() / "salon/questions.txt").read_text() == "Or soWho goes first?\n"
        assert (shipped / "salon/questions.txt").read_text() == "Who goes first?\n"
        assert rows(app)[0] == "Yours" and here(app) == "questions.txt"
        await press(app, pilot, "end", "up", "e", *"No ", "ctrl+s")
        assert "Not saved: " in said(app, "#status") and "there is a task salon already" in said(
            app, "#status"
        )


async def test_task_editor_external_editor_unchanged_copy_is_removed(
    shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    words = ""

    def edit(app: object, path: Path) -> None:
        opened.append(path)
        if words == "fail":
            raise UsageError("vi ended with 1")
        if words:
            path.write_text(words)

    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.setattr("roundtable_tui.tui.screens.library.tasks.editor.open_in_editor", edit)
    async with tasks() as (app, pilot):
        await press(app, pilot, "down", "alt+up")
        assert (
            opened == [user_tasks_dir() / "salon/questions.txt"] and not (user_tasks_dir() / "salon").exists()
        )
        words = "Theirs?\n"
        await press(app, pilot, "alt+up")
        assert (user_tasks_dir() / "salon/questions.txt").read_text() == words and "Your copy" in said(
            app, "#status"
        )
        assert here(app) == "questions.txt" and rows(app)[0] == "Yours"
        words = "fail"
        await press(app, pilot, "alt+up")
        assert said(app, "#status") == "vi ended with 1"
        words = "From the editor?\n"
        await press(app, pilot, "e", "x", "alt+up")
        assert "Save first" in said(app, "#status")
        await press(app, pilot, "ctrl+s", "alt+up")
        assert app.screen.field.text == words  # type: ignore[attr-defined]
        await press(app, pilot, "escape")
        monkeypatch.delenv("EDITOR")
        monkeypatch.delenv("VISUAL", raising=False)
        await press(app, pilot, "alt+up")
        assert "no editor is set. Set EDITOR" in said(app, "#status")


async def test_task_tree_new_task_from_setup_or_empty() -> None:
    async with tasks("Flat roof?", mode="debate", team="A", options={"max_rounds": 2}) as (app, pilot):
        await pilot.press("down", "n")
        await until(app, pilot, lambda: app.screen.query("#line"))
        assert app.screen.query_one("#line", Input).value == "Flat roof?"
        await press(app, pilot, "enter")
        task = load_task(user_tasks_dir() / "flat-roof")
        assert task.questions == ("Flat roof?",) and task.settings.mode == "debate"
        assert here(app) == "Flat roof?" and "max_rounds 2" in said(app, "#known")
        await pilot.press("N")
        await until(app, pilot, lambda: app.screen.query("#line"))
        await pilot.press(*"New", "enter")
        await until(app, pilot, lambda: isinstance(app.screen, TaskTextEditor))
        await press(app, pilot, *"What?", "ctrl+s", "escape")
        assert load_task(user_tasks_dir() / "new").title == "New"
        await until(app, pilot, lambda: here(app) == "questions.txt")


async def test_task_tree_copy_rename_delete_and_undo(shipped: Path) -> None:
    async with tasks(task="thaw") as (app, pilot):
        await press(app, pilot, "down", "D")
        assert (shipped / "salon").exists(), "a bundled task is not deleted"
        await pilot.press("c")
        await until(app, pilot, lambda: app.screen.query("#line"))
        await pilot.press("enter")
        await until(app, pilot, lambda: here(app) == "Snowed in 2")
        await pilot.press("R")
        await until(app, pilot, lambda: app.screen.query("#line"))
        app.screen.query_one("#line", Input).value = "Thaw"
        await pilot.press("enter")
        await until(app, pilot, lambda: here(app) == "Thaw")
        assert load_task(user_tasks_dir() / "thaw").settings.mode == "roundtable"
        await press(app, pilot, "D")
        await until(app, pilot, lambda: "Press U to undo" in said(app, "#status"))
        await until(app, pilot, lambda: "Thaw" not in rows(app))
        assert app.shown.session.wish.task == ""  # type: ignore[attr-defined]
        assert not (user_tasks_dir() / "thaw").exists()
        await press(app, pilot, "U")
        await until(app, pilot, lambda: here(app) == "Thaw")
        await press(app, pilot, "U")
        assert said(app, "#status") == "The trash is empty."


async def test_task_tree_files_changed_on_disk_reload_and_keep_cursor() -> None:
    folder = shed()
    async with tasks() as (app, pilot):
        await press(app, pilot, "down", "right", "right")
        put(folder, questions="A new one?\nWhich wood?\n")
        put(user_tasks_dir() / "another", questions="?")
        app.shown._poller.poll()  # type: ignore[attr-defined]
        await until(app, pilot, lambda: "another" in rows(app) and "1 A new one?" in rows(app))
        assert here(app) == "1 A new one?"


async def test_task_tree_fits_every_size() -> None:
    for number in range(30):
        put(user_tasks_dir() / f"task-{number:02}", questions="One?\nTwo?", context="Much to know. " * 200)
    async with tasks(size=SIZES[0]) as (app, pilot):
        await press(app, pilot, "down")
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await press(app, pilot, "end")
            assert "no task" in frame(app) and "a question of your own" in frame(app)
            await press(app, pilot, "home", "down", "right")
            assert "task 00" in frame(app) and "1 One?" in frame(app) and "Yours" in frame(app)
            await press(app, pilot, "e")
            assert "questions.txt" in frame(app) and "Save" in frame(app) and "2 questions" in frame(app)
            await press(app, pilot, "escape", "left")


async def test_task_tree_hostile_text_is_shown_inert() -> None:
    nasty = "[/] [@click=app.pwn]x[/]\x1b[31m\u202e"
    folder = put(user_tasks_dir() / "[b]a", questions=f"{nasty}\n", context=nasty)
    put(folder, task=f"title = {json.dumps('[/] [@click=app.pwn]x[/]')}\n")
    put(user_tasks_dir() / "b\x1b[31m", questions=nasty, task=nasty)
    (folder / "documents").mkdir()
    (folder / "documents/[b]\x1b[31m.md").write_text(nasty)
    async with tasks() as (app, pilot):
        await press(app, pilot, "down", "home", "down", "right")
        for _ in range(len(rows(app))):
            assert acting(frame(app)) == []
            await press(app, pilot, "down")
        await press(app, pilot, "home", "down", "down", "down", "enter")
        assert isinstance(app.screen, TaskTextEditor) and acting(frame(app)) == [] and not app.pwned
        assert "Saving removes control characters" in said(app, "#status")
