"""The drawing of a document: what is in sight, once, and only where it has changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from rich.segment import Segment
from textual.errors import NoWidget
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from roundtable_tui.tui.widgets.transcript.blocks import Block
from roundtable_tui.tui.widgets.transcript.cells import width_of
from roundtable_tui.tui.widgets.transcript.document import StreamDocument
from roundtable_tui.tui.widgets.transcript.draw_scheduler import StreamTicker, ticker_of
from roundtable_tui.tui.widgets.transcript.follow_scroll import FollowingView
from roundtable_tui.tui.widgets.transcript.frame import LEFT, RIGHT, Frame, StripMaker, runs
from roundtable_tui.tui.widgets.transcript.palette import COMPONENTS, Palette

if TYPE_CHECKING:
    from rich.style import Style
    from textual.selection import Selection

    from roundtable_tui.tui.widgets.transcript.document import StreamDocument


def with_selection(frame: list[Strip], top: int, selection: Selection, style: Style) -> list[Strip]:
    """Return the strips of the rows from `top` on, with what is selected of each in `style`."""
    shown: list[Strip] = []
    for y, strip in enumerate(frame, top):
        span = selection.get_span(y)
        if span is None:
            shown.append(strip)
            continue
        text = strip.text
        end = len(text.rstrip(" ▐")) if span[1] == -1 else span[1]
        first, last = width_of(text[: span[0]]), width_of(text[:end])
        if last <= first:
            shown.append(strip)
            continue
        width = strip.cell_length
        chosen = Segment.apply_style(strip.crop(first, last), post_style=style)
        segments = [*strip.crop(0, first), *chosen, *strip.crop(last, width)]
        shown.append(Strip((segment for segment in segments if segment.text), width))
    return shown


def picked_text(document: StreamDocument, selection: Selection) -> str:
    """Return what the selected rows say; rows of one line are joined as they were before wrapping."""
    if selection.start is None and selection.end is None:
        return document.plain_text()
    first = selection.start.y if selection.start else 0
    last = min(selection.end.y if selection.end else document.height, document.height - 1)
    out: list[str] = []
    for at, (block, row) in enumerate(document.window(first, last + 1 - first), first):
        span = selection.get_span(at)
        if span is None:
            continue
        shown = " " * LEFT + "".join(text for text, _ in block.row(row)[0])
        start, end = span[0], len(shown) if span[1] == -1 else span[1]
        said = block.text(row)
        if not said or (start <= LEFT and end >= len(shown.rstrip())):
            out.append(said)
        else:
            out.append(shown[max(LEFT, start) : end])
        if at < last and not block.goes_on(row):
            out[-1] = out[-1].rstrip() + "\n"
    return "".join(out).rstrip(" ")


_LEAST = 10
"""Cells of text that a view wraps to at least, however narrow it is."""
_MOST = 120
"""Cells of text at most: longer lines are hard to read, however wide the screen is."""
_LINES_A_TICK = 256


class DocumentView(FollowingView):
    """Shows the rows of a `StreamDocument`. `wake` says that there is something new, `flush` draws it."""

    DEFAULT_CSS = Path(__file__).with_name("transcript.tcss").read_text(encoding="utf-8")
    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS

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
        self._extras: bool | None = None

    @property
    def strips_made(self) -> int:
        """How many strips were made since the colours or the width last changed."""
        return self._frame.maker.made if self._frame else 0

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
        if self._ticker is None or not self.display or not self.is_attached:
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

    def wake(self) -> None:
        """Have this drawn at the next tick."""
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
        width = min(_MOST, max(_LEAST, size.width - LEFT - RIGHT))
        if document.width != width:
            self.deselect()
            document.set_width(width)
            self.wake()
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
        screen = self.screen
        dirty = getattr(screen, "_dirty_widgets", None)
        if not isinstance(dirty, set):
            self.refresh(*regions)  # another Textual than the one this was measured with
            return
        self._set_dirty(*regions)
        dirty.add(self)
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
        if not self.is_attached:  # Taken away since the last layout: another run's panes are put up.
            return [Strip.blank(crop.width)] * crop.height
        if crop.size != self._drawn_size and self.size != self._drawn_size:
            self._draw()
        if self.document.dirty:
            self.wake()  # it came while this could not be seen; nobody says when a screen above has gone
        if self._frame is None or self._decorated:
            return super().render_lines(crop)
        strips = self._frame.strips
        if (selection := self.text_selection) is not None:
            style = self._frame.maker.palette.selection
            strips = with_selection(strips, self.scroll_offset.y, selection, style)
        if crop.size == self._drawn_size:
            return strips
        return [strip.crop(crop.x, crop.right) for strip in strips[crop.y : crop.bottom]]

    def render_line(self, y: int) -> Strip:
        """Return one row with the places in it that a selection needs."""
        if self._drawn_size != self.size:
            self._draw()
        if self._frame is None or y >= len(self._frame.strips):
            return Strip.blank(self.size.width, self.rich_style)
        strip = self._frame.strips[y]
        row = self.scroll_offset.y + y
        if self._decorated and (selection := self.text_selection) is not None:
            strip = with_selection([strip], row, selection, self._frame.maker.palette.selection)[0]
        return strip.apply_offsets(0, row)

    @property
    def _decorated(self) -> bool:
        """Whether styles ask for more than the rows: borders, padding, tints."""
        if self._extras is None:
            styles = self.styles
            self._extras = bool(styles.gutter or styles.outline or styles.tint.a) or self.opacity != 1.0
        return self._extras

    def refresh(self, *regions: Region, **options: Any) -> Self:
        """Have the widget painted again; that is how a change of its styles is told."""
        self._extras = None
        return super().refresh(*regions, **options)

    def notify_style_update(self) -> None:
        """Take the new colours."""
        super().notify_style_update()
        self._frame = None
        if self._drawn_size is not None:
            self._drawn_size = None
            self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, lines whole where they were only wrapped."""
        return picked_text(self.document, selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw what is selected."""
        self.refresh(self.size.region)

    def deselect(self) -> None:
        """Give up a selection whose rows have moved."""
        if self.is_attached and self.text_selection is not None:
            self.screen.selections = {w: s for w, s in self.screen.selections.items() if w is not self}

    def on_mount(self) -> None:
        """Draw what came before."""
        self._ticker = ticker_of(self.app)
        self.wake()

    def on_show(self) -> None:
        """Draw what came while nobody could see it."""
        self.wake()

    def on_unmount(self) -> None:
        """Be drawn no more."""
        if self._ticker is not None:
            self._ticker.forget(self)
            self._ticker = None
            self._awake = False
