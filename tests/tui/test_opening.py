"""What a screen costs when it opens: one layout, styles once; and that nothing of it is lost."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.css.stylesheet import Stylesheet
from textual.screen import Screen
from textual.widgets import Input, Select, Static

from roundtable_tui.config import Settings
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.tui.app import RoundtableApp
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.tui.style_updates import StyleUpdates, hold_style_updates
from roundtable_tui.tui.textual_patches import rule_index
from roundtable_tui.tui.widgets.forms.choice_field import ChoiceField
from tests.support.waits import until

pytestmark = pytest.mark.anyio


class Form(BaseDialog[None]):
    """A dialog of fixed rows."""

    CSS = "Form > Horizontal { height: 3; } Form .marked Static { width: 7; } Form #scrolled { height: 4; }"

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[object] = []

    def on_select_changed(self, message: Select.Changed) -> None:
        """Note a choice."""
        self.changes.append(message.value)

    def compose(self) -> ComposeResult:
        """Create rows, a choice and more lines than there is room for."""
        with Horizontal(id="row"):
            yield Static("one", id="one")
            yield Input(value="two", id="two")
        yield ChoiceField([("first", "1"), ("second", "2"), ("third", "3")], value="2", id="choice")  # type: ignore[list-item]
        with VerticalScroll(id="scrolled"):
            yield Static("\n".join(map(str, range(20))), id="long")


def make_app() -> RoundtableApp:
    return RoundtableApp(RunRequest(demo=True), Settings(discovery=False, animations=False))


async def test_screen_that_opens_is_not_laid_out_for_its_own_size_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = make_app()
    laid_out: list[tuple[Screen[Any], bool]] = []
    refresh_layout = Screen._refresh_layout  # With the patches of the app.

    def count(self: Screen[Any], size: Any = None, scroll: bool = False) -> None:
        laid_out.append((self, scroll))
        refresh_layout(self, size, scroll)

    async with app.run_test() as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        monkeypatch.setattr(Screen, "_refresh_layout", count)
        screen = Form()
        screen.compose = lambda: iter([Static("one", id="one"), Static("two")])  # type: ignore[method-assign]
        await app.push_screen(screen)
        await pilot.pause()
        await pilot.pause()
        # The second one is asked for by the app, which has waited for the screen to be mounted.
        assert [one for one, scroll in laid_out if not scroll] in ([screen], [screen, screen])
        assert screen.query_one("#one").size.width == app.size.width


async def test_first_layout_shows_scrollbars_and_later_changes_are_laid_out() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await app.workers.wait_for_complete()
        screen = Form()
        app.push_screen(screen)
        await until(pilot, lambda: screen.is_mounted and not app.key_hold.is_active)
        await pilot.pause()
        scrolled = screen.query_one("#scrolled")
        assert scrolled.show_vertical_scrollbar
        assert scrolled.query_one("#long").size.width == app.size.width - scrolled.scrollbar_size_vertical
        screen.query_one("#one", Static).styles.width = 9
        await pilot.pause()
        assert screen.query_one("#one").size.width == 9
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert screen.size == app.size and screen.query_one("#scrolled").size.width == 60


async def test_styles_found_by_name_are_those_of_all_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await app.workers.wait_for_complete()
        screen = Form()
        app.push_screen(screen)
        await until(pilot, lambda: screen.is_mounted and not app.key_hold.is_active)
        nodes = [node for one in app.screen_stack for node in one.walk_children(with_self=True)]
        assert len(nodes) > 10
        results = []
        for apply in (rule_index._apply, rule_index._original_apply):
            monkeypatch.setattr(Stylesheet, "apply", apply)
            app.stylesheet.update_nodes(nodes)
            results.append(
                [
                    (
                        dict(node.styles.base._rules),
                        {name: dict(part.base._rules) for name, part in node._component_styles.items()},
                    )
                    for node in nodes
                ]
            )
        assert results[0] == results[1]


async def test_choice_field_opens_its_list_and_takes_the_keys_after_enter() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await app.workers.wait_for_complete()
        screen = Form()
        app.push_screen(screen)
        await until(pilot, lambda: screen.is_mounted and not app.key_hold.is_active)
        field = screen.query_one(ChoiceField)
        assert field.choice == "2" and str(field.query_one("#label", Static).content) == "second"
        field.focus()
        await pilot.press("enter", "down", "enter")
        await until(pilot, lambda: field.choice == "3", "the choice")
        await pilot.pause()
        assert not field.expanded and field.has_focus and screen.changes == ["3"]
        assert str(field.query_one("#label", Static).content) == "third"
        field.value = "1"
        await pilot.pause()
        assert str(field.query_one("#label", Static).content) == "first"


async def test_held_style_updates_are_applied_once_for_each_node_and_not_below_another() -> None:
    class Plain(App[None]):
        def compose(self) -> ComposeResult:
            with Horizontal(id="row"):
                yield Static("one", id="one")

    app = Plain()
    async with app.run_test():
        updated: list[tuple[str | None, bool]] = []
        updates = StyleUpdates(lambda node, animate: updated.append((node.id, animate)))
        row, one = app.query_one("#row"), app.query_one("#one")
        updates.request(one, True)
        assert updated == [("one", True)]
        with updates.hold():
            updates.request(one, True)
            with updates.hold():
                updates.request(row, True)
            updates.request(row, False)
            assert updated == [("one", True)]
        assert updated == [("one", True), ("row", False)]
        with hold_style_updates(app):  # An app without updates to hold.
            one.add_class("marked")
        assert one.has_class("marked")
