"""Asks the user whether a seat may call a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtable_tui.engine.tools.permission import ANSWERS, PermissionAnswer, PermissionQuestion
from roundtable_tui.tui.screens.dialogs.picker import Item, Picker
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.tui.screens.main.context import MainContext

_TITLES: dict[PermissionAnswer, str] = {
    "no": "No",
    "once": "Yes, once",
    "run": "Yes, for this run",
    "always": "Yes, always",
}


async def ask_permission(
    context: MainContext, question: PermissionQuestion, seat_name: str
) -> PermissionAnswer:
    """Show the question; esc means no, and so does enter unless another answer is chosen.

    Keys that were meant for something else must not allow anything.
    """
    about = single_line(question.arguments, 400)
    items = [Item(answer, title, detail=about) for answer, title in _TITLES.items()]
    title = f"{single_line(seat_name, 24)} calls {single_line(question.tool, 48)}"
    chosen = await context.screen.app.push_screen_wait(Picker(title, items, current="no"))
    answer: PermissionAnswer = next((one for one in ANSWERS if one == chosen), "no")
    if answer == "always":
        permissions = {**context.session.settings.permissions, question.tool: "allow"}
        context.session.save_settings(permissions=permissions)
    return answer
