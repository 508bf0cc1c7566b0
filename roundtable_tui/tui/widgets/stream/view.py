"""The live pane: one seat's transcript, drawn at a cost that does not depend on its length."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.errors import NoWidget
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from .block import Block, TextBlock
from .cells import graphemes
from .document import StreamDocument
from .following import FollowingView
from .frame import Frame, runs
from .marks import FoldBlock
from .palette import COMPONENTS, Palette
from .picking import picked_text, with_selection
from .strips import LEFT, RIGHT, StripMaker
from .ticker import StreamTicker, ticker_of

if TYPE_CHECKING:
    from textual import events
    from textual.selection import Selection

_LEAST = 10
"""Cells of text that a view wraps to at least, however narrow it is."""
_LINES_A_TICK = 512


class StreamView(FollowingView):
    """Draws a `StreamDocument`; `begin`, `feed` and the like only note what came, `flush` draws it."""

    DEFAULT_CSS = Path(__file__).with_name("stream.tcss").read_text(encoding="utf-8")
    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,o", "toggle_reasoning", "Reasoning", id="stream.reasoning", show=False),
    ]

    class LinkChosen(Message):
        """A link was clicked: `target` is http or https; nothing has been opened."""

        def __init__(self, view: StreamView, target: str) -> None:
            super().__init__()
            self.view = view
            self.target = target

    def __init__(
        self,
        document: StreamDocument | None = None,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.document = document or StreamDocument()
        self._frame: Frame | None = None
        self._drawn_size: Size | None = None
        self._anchor: tuple[Block, int, int] | None = None
        self._ticker: StreamTicker | None = None
        self._awake = False

    # ------------------------------------------------------------------ what comes in

    def begin(self, turn_id: str, title: str = "") -> None:
        """Begin a turn."""
        self.document.begin(turn_id, title)
        self._wake()

    def feed(self, turn_id: str, text: str, reasoning: bool = False) -> None:
        """Add the next piece of a turn."""
        self.document.feed(turn_id, text, reasoning)
        self._wake()

    def reset(self, turn_id: str) -> None:
        """Void a turn's text: a new attempt begins."""
        self.document.reset(turn_id)
        self._wake()

    def restate(self, turn_id: str, reasoning: str, text: str) -> None:
        """Replace a turn's text by this division."""
        self.document.restate(turn_id, reasoning, text)
        self._wake()

    def wait(self, turn_id: str, why: str) -> None:
        """Say what a turn waits for."""
        self.document.wait(turn_id, why)
        self._wake()

    def end(
        self, turn_id: str, note: str = "", kind: str = "done", *, reasoning_tokens: int | None = None
    ) -> None:
        """End a turn: done, cut, failed or stopped."""
        self.document.end(turn_id, note, kind, reasoning_tokens=reasoning_tokens)
        self._wake()

    def clear(self) -> None:
        """Forget everything and follow the end again."""
        self.document.clear()
        self._anchor = None
        self._set_following(True)
        self._wake()

    def toggle_reasoning(self, turn_id: str) -> bool:
        """Open a turn's reasoning, or fold it; the rows above it stay where they are."""
        is_open = self.document.toggle_reasoning(turn_id)
        self._set_following(False)
        self._wake()
        return is_open

    def copy_text(self) -> str:
        """Return the transcript as plain text."""
        return self.document.plain_text()

    @property
    def strips_made(self) -> int:
        """How many strips were made since the colours last changed."""
        return self._frame.maker.made if self._frame else 0

    # ------------------------------------------------------------------ drawing

    def flush(self) -> bool:
        """Draw what has come, if it can be seen; return whether there may be more to do at the next tick."""
        self._awake = False
        if not self.can_be_seen:
            return False
        document = self.document
        if document.dirty:
            document.digest()
        if document.stale:
            document.freshen_some(_LINES_A_TICK)
        self._draw()
        self._awake = document.stale or document.dirty
        return self._awake

    @property
    def can_be_seen(self) -> bool:
        """Whether some of this view is on the screen."""
        if self._ticker is None or not self.display:
            return False
        screen = self.screen
        for shown in reversed(self.app.screen_stack):
            if shown is screen:
                break
            if shown.styles.background.a == 1:
                return False
        try:
            return bool(screen.find_widget(self).visible_region)
        except NoWidget:
            return False

    def _wake(self) -> None:
        if self._ticker is not None and not self._awake:
            self._awake = True
            self._ticker.wake(self)

    def _draw(self) -> None:
        """Bring the frame up to date and have the rows repainted that look otherwise than before."""
        size = self.size
        if not size.width or not size.height:
            return
        document = self.document
        frame = self._frame
        if frame is None or frame.maker.width != size.width:
            frame = self._frame = Frame(StripMaker(Palette(self), size.width))
        width = max(_LEAST, size.width - LEFT - RIGHT)
        if document.width != width:
            self._deselect()
            document.set_width(width)
            self._wake()
        for serial, first, last in document.take_changes():
            frame.forget(serial, first, last)
        top = self._settle(size.height)
        total = document.height
        if total != self.virtual_size.height or size.width != self.virtual_size.width:
            self.set_reactive(Widget.virtual_size, Size(size.width, total))
        if top != self.scroll_y:
            self.set_scroll(None, top)
            self.set_reactive(Widget.scroll_target_y, float(top))
        changed = frame.show(document, top, size.height)
        if self._drawn_size != size:
            self._drawn_size = size
            self._repaint(size.region)
        elif changed:
            self._repaint(*(Region(0, first, size.width, count) for first, count in runs(changed)))

    def _repaint(self, *regions: Region) -> None:
        """Have some rows painted at the next frame.

        Says to the screen directly what `refresh` says by way of two messages: with many streams
        those messages are a quarter of all the work.
        """
        self._set_dirty(*regions)
        screen = self.screen
        screen._dirty_widgets.add(self)
        screen.check_idle()

    def moved(self) -> None:
        """Draw what is in sight after scrolling."""
        self._anchor = None
        self._draw()

    def _settle(self, height: int) -> int:
        """Wrap what will be seen, and return the row at the top of it."""
        document = self.document
        if not self._following and self._anchor is not None and self._anchor[0].index >= 0:
            block, line, column = self._anchor
            document.freshen(document.rows.start(block), 1)
            top = document.rows.start(block) + block.find(line, column)
        else:
            top = self.scroll_offset.y
        while True:
            limit = max(0, document.height - height)
            top = limit if self._following else min(top, limit)
            if not document.stale or not document.freshen(top, height):
                break
        if top == limit and not self._following:
            self._set_following(True)
        self._anchor = None
        if not self._following and document.height:
            block, row = document.rows.find(top)
            self._anchor = (block, *block.place(row))
        return top

    def render_lines(self, crop: Region) -> list[Strip]:
        """Hand the frame to the compositor; styles that frame the widget go the ordinary way."""
        if self._drawn_size != self.size:
            self._draw()
        if self._frame is None or self._decorated:
            return super().render_lines(crop)
        strips = self._frame.strips
        if (selection := self.text_selection) is not None:
            strips = with_selection(self, strips, self.scroll_offset.y, selection)
        strips = strips[crop.y : crop.bottom]
        if crop.x or crop.width < self.size.width:
            return [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """Return one row with the places in it that a selection needs."""
        if self._drawn_size != self.size:
            self._draw()
        if self._frame is None or y >= len(self._frame.strips):
            return Strip.blank(self.size.width, self.rich_style)
        strip = self._frame.strips[y]
        row = self.scroll_offset.y + y
        if self._decorated and (selection := self.text_selection) is not None:
            strip = with_selection(self, [strip], row, selection)[0]
        return strip.apply_offsets(0, row)

    @property
    def _decorated(self) -> bool:
        """Whether styles ask for more than the rows: borders, padding, tints."""
        styles = self.styles
        return bool(styles.gutter or styles.outline or styles.tint.a) or self.opacity != 1.0

    def notify_style_update(self) -> None:
        """Take the new colours."""
        super().notify_style_update()
        self._frame = None
        if self._drawn_size is not None:
            self._drawn_size = None
            self.refresh()

    # ------------------------------------------------------------------ reasoning, links, selection

    def action_toggle_reasoning(self) -> None:
        """Open or fold the reasoning that is in sight, or the last one there is."""
        for block, _ in self.document.window(self.scroll_offset.y, self.size.height):
            if isinstance(block, FoldBlock):
                self.toggle_reasoning(block.turn)
                return
        if turns := self.document.reasoning_turns():
            self.toggle_reasoning(turns[-1])

    def on_click(self, event: events.Click) -> None:
        """Open or fold reasoning, or choose a link."""
        offset = event.get_content_offset(self)
        if offset is None or self.text_selection is not None:
            return
        row = self.scroll_offset.y + offset.y
        if row >= self.document.height:
            return
        block, index = self.document.rows.find(row)
        if isinstance(block, FoldBlock):
            event.stop()
            self.toggle_reasoning(block.turn)
        elif isinstance(block, TextBlock) and (target := _link_at(block, index, offset.x - LEFT)):
            event.stop()
            self.post_message(self.LinkChosen(self, target))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, lines whole where they were only wrapped."""
        return picked_text(self.document, selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what is selected."""
        self.refresh(self.size.region)

    def _deselect(self) -> None:
        """Give up a selection whose rows have moved."""
        if self.is_attached and self.text_selection is not None:
            self.screen.selections = {w: s for w, s in self.screen.selections.items() if w is not self}

    def on_mount(self) -> None:
        """Draw what came before."""
        self._ticker = ticker_of(self.app)
        self._wake()

    def on_show(self) -> None:
        """Draw what came while nobody could see it."""
        self._wake()

    def on_unmount(self) -> None:
        """Be drawn no more."""
        if self._ticker is not None:
            self._ticker.forget(self)
            self._ticker = None


def _link_at(block: TextBlock, row: int, x: int) -> str:
    """Return the target of the link at cell `x` of a row, if there is one."""
    dressed, start, end = block.dressed_at(row)
    x -= block.inset + dressed.lead_width
    for first, last, cells in graphemes(dressed.text[start:end]):
        x -= cells
        if x < 0:
            return next((t for a, b, t in dressed.links if a < start + last and start + first < b), "")
    return ""
