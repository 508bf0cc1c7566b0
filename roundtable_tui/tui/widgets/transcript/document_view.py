"""Draws a document: only its visible rows, and only rows that have changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from rich.segment import Segment
from textual.errors import NoWidget
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.transcript.blocks import Block
from roundtable_tui.tui.widgets.transcript.document import StreamDocument
from roundtable_tui.tui.widgets.transcript.draw_scheduler import DrawScheduler, get_scheduler
from roundtable_tui.tui.widgets.transcript.follow_scroll import FollowScrollView
from roundtable_tui.tui.widgets.transcript.frame import (
    LEFT_MARGIN_CELLS,
    RIGHT_MARGIN_CELLS,
    Frame,
    StripMaker,
    group_runs,
)
from roundtable_tui.tui.widgets.transcript.mentions import skip_markers
from roundtable_tui.tui.widgets.transcript.palette import STREAM_COMPONENTS, Palette

if TYPE_CHECKING:
    from rich.style import Style
    from textual.selection import Selection


def highlight_selection(frame: list[Strip], top: int, selection: Selection, style: Style) -> list[Strip]:
    """Return the strips of the rows from `top` on with the selected part of each in `style`."""
    shown: list[Strip] = []
    for y, strip in enumerate(frame, top):
        span = selection.get_span(y)
        if span is None:
            shown.append(strip)
            continue
        text = strip.text
        end = len(text.rstrip(" ▐")) if span[1] == -1 else span[1]
        first, last = measure_cells(text[: span[0]]), measure_cells(text[:end])
        if last <= first:
            shown.append(strip)
            continue
        width = strip.cell_length
        chosen = Segment.apply_style(strip.crop(first, last), post_style=style)
        segments = [*strip.crop(0, first), *chosen, *strip.crop(last, width)]
        shown.append(Strip((segment for segment in segments if segment.text), width))
    return shown


def extract_selection(document: StreamDocument, selection: Selection) -> str:
    """Return the selected text, with wrapped rows joined to the original lines."""
    if selection.start is None and selection.end is None:
        return document.to_plain_text()
    first = selection.start.y if selection.start else 0
    last = min(selection.end.y if selection.end else document.height, document.height - 1)
    out: list[str] = []
    is_continued = False
    for at, (block, row) in enumerate(document.iter_rows(first, last + 1 - first), first):
        span = selection.get_span(at)
        if span is None:
            continue
        pieces = block.row(row)[0]
        shown = " " * LEFT_MARGIN_CELLS + "".join(text for text, _ in pieces)
        drawn = [(" " * LEFT_MARGIN_CELLS, 0), *document.mark_mentions(pieces)]
        start = skip_markers(drawn, span[0])
        end = len(shown) if span[1] == -1 else skip_markers(drawn, span[1])
        text = block.text(row)
        if not text or (start <= LEFT_MARGIN_CELLS and end >= len(shown.rstrip())):
            out.append(text)
        else:
            piece = shown[max(LEFT_MARGIN_CELLS, start) : end]
            out.append(piece.lstrip(_ROW_SIGNS) if is_continued else piece)
            if end >= len(shown) and block.continues_line(row):
                out[-1] += text[len(text.rstrip(" ")) :]  # The spaces at the wrap, which are not drawn.
        if at < last and not block.continues_line(row):
            out[-1] = out[-1].rstrip() + "\n"
        is_continued = block.continues_line(row)
    return "".join(out).rstrip(" ")


_ROW_SIGNS = "▎ "
"""What is drawn before the text of each row of a wrapped quotation or list item."""
_MIN_TEXT_CELLS = 10
"""Minimum width of text in cells, even in a narrower view."""
_MAX_TEXT_CELLS = 120
"""Maximum width of text in cells: longer lines are hard to read."""
_MAX_LINES_PER_TICK = 256


def get_text_width(width: int) -> int:
    """Return the cells that text has in a view of `width` cells."""
    return min(_MAX_TEXT_CELLS, max(_MIN_TEXT_CELLS, width - LEFT_MARGIN_CELLS - RIGHT_MARGIN_CELLS))


class DocumentView(FollowScrollView):
    """Shows the rows of a `StreamDocument`. `request_draw` schedules a drawing, `flush` does it."""

    DEFAULT_CSS = Path(__file__).with_name("transcript.tcss").read_text(encoding="utf-8")
    COMPONENT_CLASSES: ClassVar[set[str]] = STREAM_COMPONENTS

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
        self._target_turn: str | None = None
        """Turn whose first row is kept at the top until all text that has arrived has rows."""
        self._is_target_below = False
        """Whether it is the row below the view instead."""
        self._ticker: DrawScheduler | None = None
        self._awake = False
        self._extras: bool | None = None

    @property
    def strips_made(self) -> int:
        """Number of strips made since the last change of colours or width, for tests of the cost."""
        return self._frame.maker.made if self._frame else 0

    def flush(self) -> bool:
        """Draw new text if the view is visible; return whether more is left for the next tick."""
        self._awake = False
        if not self.is_in_view:
            return False
        document = self.document
        if document.has_pending:
            document.parse_pending()
        if document.is_stale:
            document.rewrap_some(_MAX_LINES_PER_TICK)
        self._update_frame()
        self._awake = document.is_stale or document.has_pending
        return self._awake

    @property
    def is_in_view(self) -> bool:
        """Whether a part of this view is visible."""
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

    def request_draw(self) -> None:
        """Schedule a drawing at the next tick."""
        if self._ticker is not None and not self._awake:
            self._awake = True
            self._ticker.wake(self)

    def _update_frame(self) -> None:
        """Update the frame and repaint the rows that have changed."""
        size = self.size
        if not size.width or not size.height:
            return
        document = self.document
        frame = self._frame
        if frame is None or frame.maker.width != size.width:
            frame = self._frame = Frame(StripMaker(Palette(self), size.width))
        width = get_text_width(size.width)
        if document.width != width:
            self.deselect()
            document.set_width(width)
            self.request_draw()
        for serial, first, last in document.take_changes():
            frame.invalidate_rows(serial, first, last)
        top = self._rewrap_visible(size.height)
        total = document.height
        if total != self.virtual_size.height or size.width != self.virtual_size.width:
            self.set_reactive(Widget.virtual_size, Size(size.width, total))
        if top != self.scroll_y:
            self.set_scroll(None, top)
            self.set_reactive(Widget.scroll_target_y, float(top))
        changed = frame.update_rows(document, top, size.height)
        if self._drawn_size != size:
            self._drawn_size = size
            self._repaint(size.region)
        elif changed:
            self._repaint(*(Region(0, first, size.width, count) for first, count in group_runs(changed)))

    def _repaint(self, *regions: Region) -> None:
        """Repaint some rows at the next frame.

        Marks the regions on the screen directly, as `refresh` does by two messages: with many streams
        those messages are a quarter of the whole cost.
        """
        screen = self.screen
        dirty = getattr(screen, "_dirty_widgets", None)
        if not isinstance(dirty, set):
            self.refresh(*regions)  # A version of Textual with another screen.
            return
        self._set_dirty(*regions)
        dirty.add(self)
        screen.check_idle()

    def draw_scrolled(self) -> None:
        """Draw the visible rows after scrolling."""
        self._anchor = self._target_turn = None
        self._update_frame()

    def _rewrap_visible(self, height: int) -> int:
        """Wrap the rows that will be visible; return the first of them."""
        document = self.document
        if self._following:
            self._target_turn = None
        if self._target_turn is not None:
            top = self._find_target(self._target_turn, height)
        elif not self._following and self._anchor is not None and self._anchor[0].index >= 0:
            block, line, column = self._anchor
            document.rewrap(document.rows.get_start(block), 1)
            top = document.rows.get_start(block) + block.find_row(line, column)
        else:
            top = self.scroll_offset.y
        while True:
            limit = max(0, document.height - height)
            top = limit if self._following else min(top, limit)
            if not document.is_stale or not document.rewrap(top, height):
                break
            if self._target_turn is not None:
                top = self._find_target(self._target_turn, height)
        if self._target_turn is not None:
            if document.is_stale or document.has_pending:
                return top
            self._target_turn = None
        if top == limit and not self._following:
            self._set_following(True)
        self._anchor = None
        if not self._following and document.height:
            block, row = document.rows.find(top)
            self._anchor = (block, *block.locate_row(row))
        return top

    def _find_target(self, turn: str, height: int) -> int:
        row = self.document.find_turn_row(turn)
        return max(0, row - height) if self._is_target_below else row

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the frame to the compositor; borders and the like are drawn by Textual."""
        if not self.is_attached:  # Removed since the last layout, for the panes of another run.
            return [Strip.blank(crop.width)] * crop.height
        if crop.size != self._drawn_size and self.size != self._drawn_size:
            self._update_frame()
        if self.document.has_pending:
            # Text that came while this was hidden: no event reports that a screen above was closed.
            self.request_draw()
        if self._frame is None or self._has_decorations:
            return super().render_lines(crop)
        strips = self._frame.strips
        if (selection := self.text_selection) is not None:
            style = self._frame.maker.palette.selection
            strips = highlight_selection(strips, self.scroll_offset.y, selection, style)
        if crop.size == self._drawn_size:
            return strips
        return [strip.crop(crop.x, crop.right) for strip in strips[crop.y : crop.bottom]]

    def render_line(self, y: int) -> Strip:
        """Return one row with the offsets that a selection needs."""
        if self._drawn_size != self.size:
            self._update_frame()
        if self._frame is None or y >= len(self._frame.strips):
            return Strip.blank(self.size.width, self.rich_style)
        strip = self._frame.strips[y]
        row = self.scroll_offset.y + y
        if self._has_decorations and (selection := self.text_selection) is not None:
            strip = highlight_selection([strip], row, selection, self._frame.maker.palette.selection)[0]
        return strip.apply_offsets(0, row)

    @property
    def _has_decorations(self) -> bool:
        """Whether styles add to the rows: borders, padding, outlines or tints."""
        if self._extras is None:
            styles = self.styles
            self._extras = bool(styles.gutter or styles.outline or styles.tint.a) or self.opacity != 1.0
        return self._extras

    def refresh(self, *regions: Region, **options: Any) -> Self:
        """Repaint; also called by Textual after a change of styles."""
        self._extras = None
        return super().refresh(*regions, **options)

    def notify_style_update(self) -> None:
        """Apply new colours."""
        super().notify_style_update()
        self._frame = None
        if self._drawn_size is not None:
            self._drawn_size = None
            self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, with wrapped lines joined."""
        return extract_selection(self.document, selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the new selection."""
        self.refresh(self.size.region)

    def deselect(self) -> None:
        """Clear a selection whose rows have moved."""
        if self.is_attached and self.text_selection is not None:
            self.screen.selections = {w: s for w, s in self.screen.selections.items() if w is not self}

    def on_mount(self) -> None:
        """Draw text received before mounting."""
        self._ticker = get_scheduler(self.app)
        self.request_draw()

    def on_show(self) -> None:
        """Draw text received while hidden, with the first frame of the view."""
        if self._ticker is not None and self.flush():
            self._ticker.wake(self)

    def on_unmount(self) -> None:
        """Stop drawing."""
        if self._ticker is not None:
            self._ticker.remove_view(self)
            self._ticker = None
            self._awake = False
