"""Background work of every screen: started in one way, and its exceptions shown and logged."""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Static

import roundtable_tui.tui
from roundtable_tui.errors import UsageError
from roundtable_tui.tui.background import background, run_in_background
from roundtable_tui.tui.screens.base import BaseDialog, BaseScreen
from roundtable_tui.utils import paths

pytestmark = pytest.mark.anyio

TUI = Path(roundtable_tui.tui.__file__).parent
STARTERS = {"work", "run_worker", "create_task", "ensure_future", "Thread"}
ALLOWED = {
    # The one place that starts workers.
    ("background.py", "run_worker"),
    # The task that closes the app after a signal: it ends with the app, and no screen owns it.
    ("app.py", "ensure_future"),
    # Questions to several servers, awaited by the background work that starts them.
    ("screens/dialogs/model_picker.py", "ensure_future"),
}


def find_classes() -> list[type[Any]]:
    """Import every module of the app and return the classes that are defined in them."""
    found: set[type[Any]] = set()
    for module_info in pkgutil.walk_packages([str(TUI)], "roundtable_tui.tui."):
        module = importlib.import_module(module_info.name)
        for value in vars(module).values():
            if inspect.isclass(value) and value.__module__ == module.__name__:
                found.add(value)
    return sorted(found, key=lambda found_class: f"{found_class.__qualname__} {found_class.__module__}")


def list_background_methods(owner: type[Any]) -> list[str]:
    return [
        name
        for name, method in inspect.getmembers(owner, inspect.isfunction)
        if getattr(method, "__wrapped__", None) and method.__code__.co_filename.endswith("background.py")
    ]


CLASSES = find_classes()
SCREENS = [found for found in CLASSES if issubclass(found, Screen)]
CONTROLLERS = [
    found for found in CLASSES if list_background_methods(found) and not issubclass(found, DOMNode)
]


def make_bare(screen_class: type[Screen[Any]]) -> Screen[Any]:
    """Return a screen of this class without its content, which would need a session, files and servers."""

    class Bare(screen_class):  # type: ignore[misc, valid-type]
        CSS_PATH = None

        def __init__(self) -> None:
            Screen.__init__(self)

        def compose(self) -> ComposeResult:
            yield Static("bare")

        def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
            return True

        def _skip(self, event: events.Event) -> None:
            event.prevent_default()  # Handlers of the classes that it inherits from.

        on_mount = on_resize = on_screen_resume = on_screen_suspend = on_unmount = _skip

    return Bare()


class EmptyApp(App[None]):
    """Shows whatever is pushed."""


def list_toasts(app: App[Any]) -> list[str]:
    return [notification.message for notification in app._notifications]


async def wait_for_workers(app: App[Any]) -> None:
    await asyncio.gather(*(worker.wait() for worker in list(app.workers)), return_exceptions=True)


def test_screen_classes_all_inherit_base_screen() -> None:
    assert len(SCREENS) > 20 and len(CONTROLLERS) > 5
    assert [found.__qualname__ for found in SCREENS if not issubclass(found, BaseScreen)] == []


@pytest.mark.parametrize("owner_class", [*SCREENS, *CONTROLLERS], ids=lambda found: found.__name__)
async def test_background_work_raises_shows_toast_and_logs(
    owner_class: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise ValueError(f"broken {len(list_toasts(app))}")

    def fail_in_thread(*_: Any, **__: Any) -> None:
        raise ValueError(f"broken {len(list_toasts(app))}")

    app = EmptyApp()
    names = list_background_methods(owner_class)
    async with app.run_test(notifications=True) as pilot:
        owner: Any
        if owner_class in SCREENS:
            owner = screen = make_bare(owner_class)
        else:
            owner, screen = object.__new__(owner_class), BaseScreen[None]()
            owner.screen = screen
        await app.push_screen(screen)
        for done, name in enumerate(names):
            start = getattr(owner_class, name)
            is_coroutine = inspect.iscoroutinefunction(start.__wrapped__)
            monkeypatch.setattr(start, "__wrapped__", fail if is_coroutine else fail_in_thread)
            getattr(owner, name)()
            await wait_for_workers(app)
            assert len(list_toasts(app)) == done + 1, name
        screen.run_in_background(fail, name="test")  # type: ignore[attr-defined]
        await wait_for_workers(app)
        await pilot.pause()
        toasts = list_toasts(app)
        assert app.is_running and len(toasts) == len(names) + 1
        for number, toast in enumerate(toasts):
            assert toast.startswith(f"Unexpected error: ValueError('broken {number}'). Details are in ")
            assert str(paths.log_file().name) in toast
    log = paths.log_file().read_text(encoding="utf-8")
    assert log.count("Traceback (most recent call last)") == len(names) + 1


class OneJobScreen(BaseScreen[None]):
    """Starts a job that fails when it is allowed to."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.may_fail = asyncio.Event()

    @background(group="job", exclusive=True)
    async def start_job(self) -> None:
        await self.may_fail.wait()
        raise self.error


async def test_background_work_raises_under_another_screen_shows_toast_there() -> None:
    app = EmptyApp()
    async with app.run_test(notifications=True) as pilot:
        screen = OneJobScreen(KeyError("gone"))
        await app.push_screen(screen)
        screen.start_job()
        top: BaseDialog[None] = BaseDialog()
        await app.push_screen(top)
        screen.may_fail.set()
        await wait_for_workers(app)
        await pilot.pause()
        assert list_toasts(app)[0].startswith("Unexpected error: KeyError('gone')")
        assert list(top.query("Toast"))


async def test_background_work_raises_roundtable_error_shows_only_its_line() -> None:
    app = EmptyApp()
    async with app.run_test(notifications=True):
        screen = OneJobScreen(UsageError("host name not found: example.lan [bold]"))
        await app.push_screen(screen)
        screen.may_fail.set()
        screen.start_job()
        await wait_for_workers(app)
        assert list_toasts(app) == ["host name not found: example.lan [bold]"]
    assert not paths.log_file().exists()


class LastWidget(Static):
    """Lets the job of its screen go on when it is removed, before the work of the screen is cancelled."""

    async def on_unmount(self) -> None:
        assert isinstance(self.screen, QueryingScreen)
        self.screen.may_go_on.set()
        await asyncio.gather(self.screen.job.wait(), return_exceptions=True)


class QueryingScreen(BaseScreen[None]):
    """Its job uses a widget that is gone when it is allowed to."""

    def __init__(self, use: str) -> None:
        super().__init__()
        self.use = use
        self.may_go_on = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield LastWidget("last")

    def on_mount(self) -> None:
        self.job = self.query_widget()

    @background()
    async def query_widget(self) -> None:
        await self.may_go_on.wait()
        if self.use == "query":
            self.query_one("#missing")
        else:
            await Static().mount(Static())


@pytest.mark.parametrize("use", ["query", "mount"])
@pytest.mark.parametrize("how", ["close", "exit", "stay"])
async def test_background_work_finds_no_widget_is_a_fault_only_of_an_open_screen(how: str, use: str) -> None:
    app = EmptyApp()
    async with app.run_test(notifications=True):
        screen = QueryingScreen(use)
        await app.push_screen(screen)
        if how == "close":
            await app.pop_screen()
        elif how == "exit":
            app.exit()
        else:
            screen.may_go_on.set()
            await wait_for_workers(app)
    assert paths.log_file().exists() == (how == "stay")


async def test_background_work_waits_for_failed_work_reports_it_once() -> None:
    app = EmptyApp()
    async with app.run_test(notifications=True):
        screen = OneJobScreen(KeyError("gone"))
        await app.push_screen(screen)
        screen.may_fail.set()

        async def wait_for_job() -> None:
            await screen.start_job().wait()

        run_in_background(app, wait_for_job, name="waiting")
        await wait_for_workers(app)
        await wait_for_workers(app)
        assert len(list_toasts(app)) == 1


async def test_background_work_is_exclusive_cancels_running_work_of_its_group() -> None:
    app = EmptyApp()
    async with app.run_test(notifications=True):
        screen = OneJobScreen(KeyError("gone"))
        await app.push_screen(screen)
        first = screen.start_job()
        second = screen.start_job()
        await asyncio.gather(first.wait(), return_exceptions=True)
        assert first.is_cancelled and not second.is_finished
        second.cancel()
        await wait_for_workers(app)
        assert list_toasts(app) == []


def list_starts(tree: ast.Module) -> Iterator[str]:
    """Yield the names of functions that start background work and are called or used as a decorator."""
    for node in ast.walk(tree):
        name = ""
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            bare = [getattr(found, "attr", "") or getattr(found, "id", "") for found in node.decorator_list]
            name = next((found for found in bare if found in STARTERS), "")
        if name in STARTERS:
            yield name


def test_app_modules_start_background_work_only_in_background_module() -> None:
    found = {
        (path.relative_to(TUI).as_posix(), name)
        for path in TUI.rglob("*.py")
        for name in list_starts(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == ALLOWED
