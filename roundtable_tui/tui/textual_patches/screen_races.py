"""Works around races of Textual 8.2: keys pressed while a screen is being built or dismissed."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from textual.await_complete import AwaitComplete
from textual.await_remove import AwaitRemove
from textual.dom import DOMNode
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

_original_dismiss = Screen.dismiss
_original_remove_await = AwaitRemove.__await__


def install_screen_race_patches() -> None:
    """Make a screen dismiss only itself, and shield removals from the cancellation of a waiting task."""
    Screen.dismiss = _dismiss_once  # type: ignore[method-assign]
    AwaitRemove.__await__ = _await_removal_shielded  # type: ignore[method-assign]
    AwaitComplete.__await__ = _await_completion_shielded  # type: ignore[method-assign]


def pending_screen(namespace: DOMNode | None) -> Screen[Any] | None:
    """Return the screen of a node if it is still being built; None otherwise."""
    if isinstance(namespace, Widget) and namespace.is_attached and not namespace.screen.is_mounted:
        return namespace.screen
    return None


def apply_breakpoints(screen: Screen[Any], size: Size) -> None:
    """Set the breakpoint classes of a screen before its first frame; Textual sets them after it."""
    for points, cells in (
        (screen.HORIZONTAL_BREAKPOINTS, size.width),
        (screen.VERTICAL_BREAKPOINTS, size.height),
    ):
        reached = [(least, name) for least, name in points or () if cells >= least]
        for _, name in points or ():
            screen.set_class(bool(reached) and name == max(reached)[1], name)


def _dismiss_once(self: Screen[Any], result: Any = None) -> AwaitComplete:
    """Dismiss this screen only: Textual would pop the top screen, which may be another one."""
    stack = self.app.screen_stack
    if len(stack) < 2 or stack[-1] is not self:
        return AwaitComplete()
    return _original_dismiss(self, result)


# A worker that waits for the removal of a screen is cancelled with its own screen. Without a shield that
# cancels a task the whole app waits for, and the app ends without a message.


def _await_removal_shielded(self: AwaitRemove) -> Generator[None, None, None]:
    # A task that removes its own widget must not wait for itself.
    others = [task for task in self._tasks if task is not asyncio.current_task()]
    shielded: list[Any] = [asyncio.shield(task) for task in others]
    return _original_remove_await(AwaitRemove(shielded, self._post_remove))


def _await_completion_shielded(self: AwaitComplete) -> Generator[Any, None, Any]:
    if self._pre_await is not None:
        self._pre_await()
    return asyncio.shield(self._future).__await__()
