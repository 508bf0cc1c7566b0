"""Lays out and paints a new screen once; Textual 8.2 does it three times.

- The first layout gives each widget a size, and each asks for another layout and is painted again for it.
- The widgets also asked for a layout while they were mounted. These requests are handled after the first
  layout, which has done what they ask for.
- The first layout changes the size of the screen itself, which lays it out again, and the screens behind it.
"""

from __future__ import annotations

from typing import Any

from textual import _time, events, messages
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

_original_size_updated = Widget._size_updated
_original_refresh_layout = Screen._refresh_layout
_original_screen_resized = Screen._screen_resized
_original_on_resize = Screen._on_resize
_original_on_layout = Screen._on_layout


class _State:
    """What is done now; all of it happens without an await."""

    is_first_layout = False
    is_own_resize = False
    """A screen handles the change of its size by its first layout."""


def install_first_layout_patch() -> None:
    """Lay out and paint each screen once when it opens."""
    Widget._size_updated = _size_updated  # type: ignore[method-assign]
    Screen._refresh_layout = _refresh_layout  # type: ignore[method-assign]
    Screen._screen_resized = _screen_resized  # type: ignore[method-assign]
    Screen._on_resize = _on_resize  # type: ignore[method-assign]
    Screen._on_layout = _on_layout  # type: ignore[method-assign]


def _refresh_layout(self: Screen[Any], size: Size | None = None, scroll: bool = False) -> None:
    """Lay out; see `Screen._refresh_layout`."""
    if self._size:
        _original_refresh_layout(self, size, scroll)
        return
    for widget in self.walk_children(Widget):
        widget._layout_required = False
    _State.is_first_layout = True
    try:
        _original_refresh_layout(self, size, scroll)
    finally:
        _State.is_first_layout = False
    if self._size:
        self._first_layout_time = _time.get_time()  # type: ignore[attr-defined]
        self._first_size = self._size  # type: ignore[attr-defined]
        self._layout_required = False


def _size_updated(
    self: Widget, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
) -> bool:
    """Take a size; see `Widget._size_updated`. Only a scrollbar changes what the first layout has found."""
    return _original_size_updated(
        self, size, virtual_size, container_size, layout and not _State.is_first_layout
    )


async def _on_layout(self: Screen[Any], message: messages.Layout) -> None:
    """Lay out soon; see `Screen._on_layout`. The first layout has done what was asked for before it."""
    if message.time < getattr(self, "_first_layout_time", 0.0):
        message.stop()
        message.prevent_default()
    else:
        await _original_on_layout(self, message)


async def _on_resize(self: Screen[Any], event: events.Resize) -> None:
    """Take a new size; see `Screen._on_resize`."""
    first, self._first_size = getattr(self, "_first_size", None), None  # type: ignore[attr-defined]
    _State.is_own_resize = event.size == first == self._size
    try:
        await _original_on_resize(self, event)
    finally:
        _State.is_own_resize = False


def _screen_resized(self: Screen[Any], size: Size) -> None:
    """Lay out for a size; see `Screen._screen_resized`."""
    if not (_State.is_own_resize and self._size == size):
        _original_screen_resized(self, size)
