"""The transcript widget of a seat. Its cost of drawing does not depend on the transcript's length."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from roundtable_tui.tui.widgets.cells import iter_graphemes, measure_cells
from roundtable_tui.tui.widgets.transcript.document_view import DocumentView
from roundtable_tui.tui.widgets.transcript.frame import LEFT_MARGIN_CELLS
from roundtable_tui.tui.widgets.transcript.mentions import skip_markers
from roundtable_tui.tui.widgets.transcript.text_block import TextBlock
from roundtable_tui.tui.widgets.transcript.turn_blocks import FoldBlock

if TYPE_CHECKING:
    from textual import events


class StreamView(DocumentView):
    """A view of a `StreamDocument`. `begin`, `feed` and the like store text, `flush` draws it."""

    HELP_TITLE = "Pane"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,o", "toggle_reasoning", "Reasoning", id="stream.reasoning", show=False),
    ]

    class LinkChosen(Message):
        """A link was clicked. `target` is http or https; it was not opened."""

        def __init__(self, view: StreamView, target: str) -> None:
            super().__init__()
            self.view = view
            self.target = target

    # ------------------------------------------------------------------ input

    def begin(self, turn_id: str, title: str = "", color: int = 0, *, quiet: bool = False) -> None:
        """Begin a turn; see `StreamDocument.begin`."""
        self.document.begin(turn_id, title, color, quiet=quiet)
        self.request_draw()

    def feed(self, turn_id: str, text: str, reasoning: bool = False) -> None:
        """Add the next piece of a turn."""
        self.document.feed(turn_id, text, reasoning)
        self.request_draw()

    def reset(self, turn_id: str) -> None:
        """Clear a turn's text for a new attempt."""
        self.deselect()
        self.document.reset(turn_id)
        self.request_draw()

    def show_call(self, turn_id: str, call: str, line: str, result: str = "") -> None:
        """Show a call of a tool in one line, with its result folded below."""
        self.document.show_call(turn_id, call, line, result)
        self.request_draw()

    def resplit(self, turn_id: str, reasoning: str, text: str) -> None:
        """Replace a turn's text by this reasoning and answer."""
        self.deselect()
        self.document.resplit(turn_id, reasoning, text)
        self.request_draw()

    def show_wait(self, turn_id: str, why: str) -> None:
        """Show why a turn waits."""
        self.document.show_wait(turn_id, why)
        self.request_draw()

    def end(
        self, turn_id: str, note: str = "", kind: str = "done", *, reasoning_tokens: int | None = None
    ) -> None:
        """End a turn: done, cut, failed or stopped."""
        self.document.end(turn_id, note, kind, reasoning_tokens=reasoning_tokens)
        self.request_draw()

    def clear(self) -> None:
        """Remove all turns and follow the end again."""
        self.deselect()
        self.document.clear()
        self.follow_end()
        self.request_draw()

    def toggle_reasoning(self, turn_id: str) -> bool:
        """Expand or collapse a turn's reasoning; the rows above it stay in place."""
        self.deselect()
        is_open = self.document.toggle_reasoning(turn_id)
        self.stop_following()
        self.request_draw()
        return is_open

    def scroll_to_turn(self, turn_id: str, *, before: bool = False) -> None:
        """Scroll the start of a turn to the top of the view, as far as possible, once its text has rows.

        With `before` the rows before the turn fill the view.
        """
        self.stop_following()
        self._target_turn, self._is_target_below = turn_id, before
        self.request_draw()

    def copy_text(self) -> str:
        """Return the transcript as plain text."""
        return self.document.to_plain_text()

    # ------------------------------------------------------------------ reasoning and links

    def action_toggle_reasoning(self) -> None:
        """Expand or collapse the first visible reasoning, or the last one of the transcript."""
        for block, _ in self.document.iter_rows(self.scroll_offset.y, self.size.height):
            if isinstance(block, FoldBlock):
                self.toggle_reasoning(block.turn)
                return
        if turns := self.document.list_reasoning_turns():
            self.toggle_reasoning(turns[-1])

    def on_click(self, event: events.Click) -> None:
        """Expand or collapse clicked reasoning, or report a clicked link."""
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
        elif isinstance(block, TextBlock) and (
            target := find_link(
                block,
                index,
                skip_markers(
                    self.document.mark_mentions(block.row(index)[0]),
                    offset.x - LEFT_MARGIN_CELLS,
                    measure_cells,
                ),
            )
        ):
            event.stop()
            self.post_message(self.LinkChosen(self, target))


def find_link(block: TextBlock, row: int, x: int) -> str:
    """Return the target of the link at cell `x` of a row; "" if there is none."""
    rendered, start, end = block.get_rendered_line(row)
    x -= block.inset + rendered.lead_width
    for first, last, cells in iter_graphemes(rendered.text[start:end]):
        x -= cells
        if x < 0:
            return next((t for a, b, t in rendered.links if a < start + last and start + first < b), "")
    return ""
