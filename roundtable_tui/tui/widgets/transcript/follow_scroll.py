"""Scrolling that follows the end until the user scrolls up, and again once the end is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.geometry import Offset
from textual.message import Message
from textual.scroll_view import ScrollView

from roundtable_tui.tui.widgets.transcript.frame import locate_thumb

if TYPE_CHECKING:
    from textual import events


class FollowScrollView(ScrollView, can_focus=True):
    """A scroll view with a draggable mark at the right edge of its rows instead of a scrollbar widget.

    A scrollbar widget is laid out and painted again at each change; the mark has no such cost.
    """

    class FollowChanged(Message, namespace="stream_view"):
        """The view has started or stopped to follow the end."""

        def __init__(self, view: FollowScrollView, following: bool) -> None:
            super().__init__()
            self.view = view
            self.following = following

    _following = True
    _left_at_rows = 0
    """Rows that there were when the view stopped to follow the end."""
    _grab_offset: int | None = None
    """Row of the mark that is dragged, from its top; None while it is not dragged."""

    @property
    def following(self) -> bool:
        """Whether the view stays at the end as text arrives."""
        return self._following

    @property
    def new_rows(self) -> int:
        """Rows that came below while the view did not follow the end; 0 while it does."""
        return 0 if self._following else max(0, self.virtual_size.height - self._left_at_rows)

    def follow_end(self) -> None:
        """Go to the end and stay there."""
        self._set_following(True)
        self.draw_scrolled()

    def stop_following(self) -> None:
        """Keep the first visible row in place, until the end becomes visible."""
        self._set_following(False)

    def draw_scrolled(self) -> None:
        """Draw the visible rows after scrolling."""

    def _set_following(self, following: bool) -> None:
        if following != self._following:
            self._following = following
            self._left_at_rows = self.virtual_size.height
            if self.is_attached:
                self.post_message(self.FollowChanged(self, following))

    @property
    def allow_vertical_scroll(self) -> bool:
        """Whether there is more than fits."""
        return not self.is_disabled and self.max_scroll_y > 0

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the end, or stop it, after a change of the scroll position."""
        if round(old_value) != round(new_value):
            self._set_following(round(new_value) >= self.max_scroll_y)
            self.draw_scrolled()

    def scroll_to(self, x: float | None = None, y: float | None = None, **options: Any) -> None:
        """Scroll at once: an animation would race with new text."""
        super().scroll_to(x, y, **{**options, "animate": False})

    def scroll_end(self, **options: Any) -> None:
        """Go to the end and follow it."""
        self.follow_end()

    def action_scroll_end(self) -> None:
        """Go to the end and follow it, also if there is nothing to scroll yet."""
        self.follow_end()

    # ------------------------------------------------------------------ the mark

    @property
    def allow_select(self) -> bool:
        """Whether a mouse press starts a selection: not on the mark."""
        return self._grab_offset is None and not self._is_on_scroll_mark(
            self.app.mouse_position - self.content_region.offset
        )

    def _is_on_scroll_mark(self, offset: Offset) -> bool:
        return self.max_scroll_y > 0 and offset.x == self.size.width - 1 and 0 <= offset.y < self.size.height

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Start dragging the mark; a press beside it moves it there first."""
        offset = event.get_content_offset(self)
        if offset is None or not self._is_on_scroll_mark(offset):
            return
        event.stop()
        first, last = locate_thumb(self.size.height, self.scroll_offset.y, self.virtual_size.height)
        self._grab_offset = offset.y - first if first <= offset.y < last else (last - first) // 2
        self.capture_mouse()
        self._drag_to(offset.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Scroll with the mark."""
        if self._grab_offset is not None:
            event.stop()
            self._drag_to(event.screen_offset.y - self.content_region.y)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """End dragging."""
        if self._grab_offset is not None:
            event.stop()
            self._grab_offset = None
            self.release_mouse()

    def _drag_to(self, y: int) -> None:
        height = self.size.height
        first, last = locate_thumb(height, self.scroll_offset.y, self.virtual_size.height)
        way = height - (last - first)
        if way > 0 and self._grab_offset is not None:
            place = min(max(0, y - self._grab_offset), way)
            self.scroll_to(y=round(place * self.max_scroll_y / way), animate=False)
