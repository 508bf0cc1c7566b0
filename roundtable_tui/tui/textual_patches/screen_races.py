"""Keys may come faster than screens are built and left: what Textual 8.2 does not hold by itself."""

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
    """Let a screen be left once, and who stops waiting cancel nothing that others wait for."""
    Screen.dismiss = _dismiss_once  # type: ignore[method-assign]
    AwaitRemove.__await__ = _await_removal_shielded  # type: ignore[method-assign]
    AwaitComplete.__await__ = _await_completion_shielded  # type: ignore[method-assign]


def pending_screen(namespace: DOMNode | None) -> Screen[Any] | None:
    """Return the screen of a node that is not built yet, and so can do nothing: None for any other."""
    if isinstance(namespace, Widget) and namespace.is_attached and not namespace.screen.is_mounted:
        return namespace.screen
    return None


def apply_breakpoints(screen: Screen[Any], size: Size) -> None:
    """Give a screen the classes of its breakpoints before its first frame; Textual does so after it."""
    for points, cells in (
        (screen.HORIZONTAL_BREAKPOINTS, size.width),
        (screen.VERTICAL_BREAKPOINTS, size.height),
    ):
        reached = [(least, name) for least, name in points or () if cells >= least]
        for _, name in points or ():
            screen.set_class(bool(reached) and name == max(reached)[1], name)


def _dismiss_once(self: Screen[Any], result: Any = None) -> AwaitComplete:
    """Leave this screen and no other: Textual takes the uppermost away, whichever that is by now."""
    stack = self.app.screen_stack
    if len(stack) < 2 or stack[-1] is not self:
        return AwaitComplete()
    return _original_dismiss(self, result)


# A worker that waits until a screen is gone is cancelled with its own screen. Unshielded, that cancels
# what the whole app waits for too, and it ends without a word.


def _await_removal_shielded(self: AwaitRemove) -> Generator[None, None, None]:
    # Who removes itself does not wait for itself.
    others = [task for task in self._tasks if task is not asyncio.current_task()]
    shielded: list[Any] = [asyncio.shield(task) for task in others]
    return _original_remove_await(AwaitRemove(shielded, self._post_remove))


def _await_completion_shielded(self: AwaitComplete) -> Generator[Any, None, Any]:
    if self._pre_await is not None:
        self._pre_await()
    return asyncio.shield(self._future).__await__()
