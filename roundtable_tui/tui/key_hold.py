"""Holds keys and pastes that come while a screen opens, and passes them to it in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual import events
from textual.app import App
from textual.dom import DOMNode

MAX_HOLD_S = 5.0
"""Seconds after which held keys are passed on even if no screen has opened."""
_ROUNDS = 2
"""A key is handled where the focus is and on the way up to the app; then a message of it does the same."""


class KeyHold:
    """Keys and pastes that wait because a key before them may open a screen, or has begun to.

    Without it they would go to the screen that is left: its input would take what is typed for a search.

    Args:
        app: The app.
        forward: Handles an event as if it had not been held.
    """

    def __init__(self, app: App[Any], forward: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._forward = forward
        self._held: deque[events.Event] = deque()
        self._reasons: dict[object, asyncio.TimerHandle] = {}

    @property
    def is_active(self) -> bool:
        """Whether keys are held now."""
        return bool(self._reasons or self._held)

    def begin(self) -> Callable[[], None]:
        """Hold keys until the returned function is called, a screen has opened, or `MAX_HOLD_S` are over."""
        reason = object()
        loop = asyncio.get_running_loop()
        self._reasons[reason] = loop.call_later(MAX_HOLD_S, self._end, reason)
        return lambda: self._end(reason)

    def end_all(self) -> None:
        """Pass the held keys on: a screen has opened and has its focus."""
        for reason in list(self._reasons):
            self._end(reason)

    async def take(self, event: events.Key | events.Paste) -> None:
        """Handle an event, or hold it."""
        if self.is_active:
            self._held.append(event)
        else:
            await self._handle(event)

    async def _handle(self, event: events.Event) -> None:
        if not self._app.screen_stack:
            return  # The app is closing.
        target: DOMNode = self._app.focused or self._app.screen
        if isinstance(event, events.Key) and self._may_open_screen(event):
            end = self.begin()
            await self._forward(event)
            _follow_up_to_app(target, end)
        else:
            await self._forward(event)

    def _may_open_screen(self, event: events.Key) -> bool:
        """Whether a key is bound to a command, or selects something."""
        if event.key == "enter":
            return True
        focused = self._app.focused
        if focused is not None and focused.check_consume_key(event.key, event.character):
            return False
        return any(event.key in own.key_to_bindings for _, own in self._app.screen._modal_binding_chain)

    def _end(self, reason: object) -> None:
        if (timer := self._reasons.pop(reason, None)) is None:
            return
        timer.cancel()
        if self._held and not self._reasons:
            self._app.call_next(self._pass_on)

    async def _pass_on(self) -> None:
        while self._held and not self._reasons:
            await self._handle(self._held.popleft())


def get_key_hold(app: App[Any]) -> KeyHold | None:
    """Return the key hold of an app; None for an app without one."""
    hold = getattr(app, "key_hold", None)
    return hold if isinstance(hold, KeyHold) else None


def _follow_up_to_app(target: DOMNode, end: Callable[[], None], rounds: int = _ROUNDS) -> None:
    """Call `end` after what was sent to `target` has been handled there and by all nodes up to the app.

    A node handles its messages in order, and passes each on to the node above.
    """

    def continue_at(node: DOMNode) -> None:
        above = node.parent
        if isinstance(above, DOMNode):
            if not above.call_later(continue_at, above):
                continue_at(above)
        elif rounds > 1 and target.is_attached:
            _follow_up_to_app(target, end, rounds - 1)
        else:
            end()

    if not target.call_later(continue_at, target):
        end()
