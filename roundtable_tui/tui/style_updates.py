"""Applies the styles once for many changes of classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from textual.app import App
from textual.dom import DOMNode


class StyleUpdates:
    """Holds back requests to apply the styles of nodes.

    Args:
        update: Applies the styles of a node and all below it; with an animation or not.
    """

    def __init__(self, update: Callable[[DOMNode, bool], None]) -> None:
        self._update = update
        self._holds = 0
        self._waiting: dict[DOMNode, bool] = {}

    def request(self, node: DOMNode, animate: bool) -> None:
        """Apply the styles of a node and all below it, now or when nothing holds it back."""
        if self._holds:
            self._waiting[node] = animate and self._waiting.get(node, True)
        else:
            self._update(node, animate)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold requests back for the duration of a block, then apply the styles of each node once."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            if not self._holds:
                waiting, self._waiting = self._waiting, {}
                for node, animate in waiting.items():
                    if node.is_attached and waiting.keys().isdisjoint(node.ancestors):
                        self._update(node, animate)


@contextmanager
def hold_style_updates(app: App[Any]) -> Iterator[None]:
    """Apply the styles of each node once for all changes of classes in a block; see `StyleUpdates.hold`."""
    updates = getattr(app, "style_updates", None)
    if isinstance(updates, StyleUpdates):
        with updates.hold():
            yield
    else:
        yield
