"""Asks the user whether a seat may call a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtable_tui.tui.widgets.run.permission_strip import PermissionStrip
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.engine.tools.permission import PermissionAnswer, PermissionQuestion
    from roundtable_tui.tui.screens.main.context import MainContext
    from roundtable_tui.tui.widgets.run.run_panes import RunPanes


async def ask_permission(
    context: MainContext, run_view: RunPanes, question: PermissionQuestion
) -> PermissionAnswer:
    """Ask in the captain's strip; where another screen covers it, a notice says so."""
    screen = context.screen
    pane = run_view.find_pane(question.seat)
    if screen.app.screen is not screen:
        name = single_line(pane.seat_name if pane else question.seat, 24)
        tool = single_line(question.tool, 48)
        screen.app.notify(f"{name} waits: may it call {tool}? Answer on the main screen", markup=False)
    answer = await run_view.query_one(PermissionStrip).ask(question, pane)
    if screen.focused is None:
        screen.set_focus(screen.query_one("#prompt"))
    if answer == "always":
        permissions = {**context.session.settings.permissions, question.tool: "allow"}
        context.session.save_settings(permissions=permissions)
    return answer
