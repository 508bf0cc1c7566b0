"""Works around repaints that Textual 8.2 loses, after which old rows stay on the terminal.

- After a frame, a screen forgets all widgets that wait for a repaint, also those that were marked while the
  frame was made, or when only other regions of the screen were to be painted.
- A layout repaints what has moved since the map of the widgets was made. A question for the place of a widget
  makes a new map, and what that moved was painted nowhere. After scrolling, a widget that a layout moves back
  to its earlier place was not painted either.
- A frame that is due while updates are batched is dropped, and the end of the batch does not wake the screen.
- A screen below a dialog that has painted something paints it again forever, 60 times a second.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from textual._compositor import ChopsUpdate, Compositor, CompositorMap, ReflowResult
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from roundtable_tui.tui.textual_patches.direct_update import DirectUpdate, FrontMap

_original_init = Screen.__init__
_original_refresh = Screen._compositor_refresh
_original_end_batch = App._end_batch


def install_lost_repaint_patches() -> None:
    """Make the screens created from now on paint each marked region, once."""
    Screen.__init__ = _init  # type: ignore[method-assign]
    Screen._compositor_refresh = _refresh_compositor  # type: ignore[method-assign]
    App._end_batch = _end_batch  # type: ignore[method-assign]


class UnpaintedWidgets(set[Widget]):
    """The widgets of a screen to repaint. `clear` keeps visible ones that have marked regions."""

    def __init__(self, compositor: Compositor) -> None:
        super().__init__()
        self._compositor = compositor

    def clear(self) -> None:
        """Remove the widgets that have nothing left to paint."""
        visible = self._compositor.visible_widgets
        unpainted = [widget for widget in self if widget._repaint_regions and widget in visible]
        super().clear()
        self.update(unpainted)


class PaintedCompositor(Compositor):
    """A compositor whose layouts repaint what differs from the places that were painted."""

    def __init__(self) -> None:
        super().__init__()
        self._laid_out: CompositorMap = {}
        """The map of the last layout, whose changes are reported to widgets."""
        self._painted: CompositorMap = {}
        """The map of the last layout or scrolling."""
        self._front_map: FrontMap | None = None

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """Lay out; see `Compositor.reflow`."""
        self._full_map = self._laid_out
        result = super().reflow(parent, size)
        if self._painted is not self._laid_out and size.region not in self._dirty_regions:
            changes = self._full_map.items() ^ self._painted.items()
            places = (place.clip.intersection(place.region) for _, place in changes)
            self._dirty_regions.update(region for region in places if region)
        self._laid_out = self._painted = self._full_map
        return result

    def reflow_visible(self, parent: Widget, size: Size) -> set[Widget]:
        """Lay out after scrolling; see `Compositor.reflow_visible`."""
        exposed = super().reflow_visible(parent, size)
        self._painted = self._visible_map or {}
        return exposed

    def render_partial_update(self) -> ChopsUpdate | DirectUpdate | None:  # type: ignore[override]
        """Paint what has changed; see `Compositor.render_partial_update`."""
        places = self.visible_widgets
        if self._front_map is None or self._front_map.places is not places:
            self._front_map = FrontMap(places, self.size)
        if not self._dirty_regions or (update := self._front_map.render(self._dirty_regions)) is None:
            return super().render_partial_update()
        self._dirty_regions.clear()
        return update

    def clear(self) -> None:
        """Forget all widgets."""
        super().clear()
        self._laid_out = self._painted = {}
        self._front_map = None


def _init(self: Screen[Any], *args: Any, **settings: Any) -> None:
    _original_init(self, *args, **settings)
    self._compositor = PaintedCompositor()
    self._dirty_widgets = UnpaintedWidgets(self._compositor)


def _refresh_compositor(self: Screen[Any]) -> None:
    """Paint the dirty regions; see `Screen._compositor_refresh`."""
    app, dirty = self.app, self._compositor._dirty_regions
    if app._batch_count:
        self._dirty_widgets.add(self)  # The first frame after the batch paints them.
    elif self is app.screen or app.is_inline:
        _original_refresh(self)
    elif self in app._background_screens:
        if dirty:
            app.screen.refresh(*dirty)
            dirty.clear()
        self._dirty_widgets.clear()


def _end_batch(self: App[Any]) -> None:
    """End a batch of updates; see `App._end_batch`."""
    _original_end_batch(self)
    with suppress(KeyError):  # Before the first screen.
        for screen in () if self._batch_count else self._screen_stack:
            screen.check_idle()
