"""The model of a transcript: the turns of one seat, without any drawing.

Received text is stored unparsed. `parse_pending` makes lines of new text only, and `rewrap` wraps only the
visible blocks to a new width, so that the cost of both is independent of the transcript's length.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from roundtable_tui.tui.widgets.cells import measure_cells
from roundtable_tui.tui.widgets.transcript.blocks import Block
from roundtable_tui.tui.widgets.transcript.call_line import CallLine
from roundtable_tui.tui.widgets.transcript.mentions import Mentions
from roundtable_tui.tui.widgets.transcript.row_index import RowIndex
from roundtable_tui.tui.widgets.transcript.stream_part import TextPart
from roundtable_tui.tui.widgets.transcript.styles import Piece, Role
from roundtable_tui.tui.widgets.transcript.text_block import TextBlock
from roundtable_tui.tui.widgets.transcript.turn_blocks import FoldBlock, GapBlock, HeadBlock, NoteBlock
from roundtable_tui.utils.format import format_duration
from roundtable_tui.utils.text import sanitize, single_line

_CHARS_PER_TOKEN = 4
"""Average length of a token, for estimates."""


class TranscriptTurn:
    """A turn: its reasoning and answer, and the blocks around them."""

    def __init__(self, turn_id: str, document: StreamDocument, title: str, color: int = 0) -> None:
        rows, touch, work = document.rows, document.mark_changed, document.work
        self._document = document
        self.id, self.title = turn_id, title
        self.head = HeadBlock(title, first=not len(rows), color=color)
        self.fold = FoldBlock(turn_id)
        self.gap = GapBlock()
        self.note = NoteBlock()
        for block in (self.head, self.fold, self.gap, self.note):
            block.width = document.width
            rows.insert(block)
            touch(block)
        self.reasoning = TextPart(
            lambda block: rows.insert(block, self.gap),
            document.remove_block,
            touch,
            work=work,
            base=Role.REASONING,
            margin=(("│ ", Role.BAR),),
        )
        self.answer = TextPart(
            lambda block: rows.insert(block, self.note), document.remove_block, touch, work=work
        )
        self.chosen_open: bool | None = None
        """Whether the user expanded or folded its reasoning; None: it is shown while it streams."""
        self.is_quiet = False
        """Whether its reasoning stays folded while it streams."""
        self.calls: dict[str, CallLine] = {}
        """Calls of tools, by their id in the turn."""
        self.kind = ""
        self.end_note = ""
        self.since: float | None = None
        """Time of its first piece by the document's clock; the next two: start and end of its reasoning."""
        self.reasoning_from: float | None = None
        self.reasoning_to: float | None = None
        self.reasoning_tokens: int | None = None
        self.reasoning_name = ""
        """Heading of its folded text where that was not streamed, such as passages; "" for reasoning."""

    @property
    def open(self) -> bool:
        """Whether its reasoning is expanded: while it streams, unless the user chose otherwise."""
        if self.chosen_open is not None:
            return self.chosen_open
        return self.is_thinking and not self.is_quiet and self.kind in ("", "waiting")

    @property
    def is_thinking(self) -> bool:
        """Whether reasoning has arrived, but neither an answer nor the end."""
        return self.reasoning_from is not None and self.reasoning_to is None

    @property
    def has_pending(self) -> bool:
        """Whether text is left to parse, or the duration of its reasoning still grows."""
        behind = self.answer.has_pending or (self.open and self.reasoning.has_pending)
        return behind or (self.is_thinking and self.kind in ("", "waiting"))

    def update_chrome(self, now: float) -> None:
        """Update the lines around the text."""
        touch, width = self._document.mark_changed, self._document.width
        if self.reasoning.is_empty:
            if self.fold.height:
                self.fold.hide()
                touch(self.fold)
        else:
            live = self.is_thinking and not self.open
            tail = " ".join(sanitize(self.reasoning.tail(2 * width + 80)).split()) if live else ""
            if self.fold.show(f"{'▾' if self.open else '▸'} {self._format_reasoning_line(now)}", tail):
                touch(self.fold)
        if self.gap.show(bool((self.fold.height or self.title or self.calls) and self.answer.blocks)):
            touch(self.gap)
        note = (self.kind, self.end_note, bool(self.answer.blocks or self.fold.height))
        if note != (self.note.kind, self.note.note, self.note.spaced):
            self.note.show(*note)
            touch(self.note)

    def _format_reasoning_line(self, now: float) -> str:
        """Format the duration and size of the reasoning, or the heading of another folded text."""
        if self.reasoning_name:
            return self.reasoning_name
        seconds = (now if self.reasoning_to is None else self.reasoning_to) - (self.reasoning_from or 0.0)
        if self.is_thinking:
            return f"thinking {format_duration(seconds)}"
        tokens = self.reasoning_tokens
        count = f"{tokens:,}" if tokens else f"~{max(1, self.reasoning.size // _CHARS_PER_TOKEN):,}"
        return f"thought for {format_duration(seconds, precise=True)} · {count} tokens"


class StreamDocument:
    """The turns of one seat, in the order they began, as rows of `width` cells."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turns: dict[str, TranscriptTurn] = {}
        self._call_lines: dict[str, CallLine] = {}
        self._dirty: dict[str, TranscriptTurn] = {}
        self._touched: dict[Block, None] = {}
        self.rows = RowIndex()
        self.width = 0
        self.is_stale = False
        """Whether some blocks may still be wrapped to an earlier width."""
        self.mentions: Mentions | None = None
        """Names that are shown in colours of their own."""
        self.work = [0, 0]
        """Numbers of lines lexed and rows wrapped so far, for tests of the cost."""

    # ------------------------------------------------------------------ input

    def begin(self, turn_id: str, title: str = "", color: int = 0, *, quiet: bool = False) -> None:
        """Begin a turn; reset it if it exists.

        Args:
            turn_id: The turn.
            title: Its heading.
            color: The colour of the seat in its heading; 0 for none.
            quiet: Keep its reasoning folded while it streams.
        """
        if turn_id in self._turns:
            self.reset(turn_id)
            for key in self._turns[turn_id].calls:
                self._call_lines.pop(key).remove()
            self._turns[turn_id].calls.clear()
            return
        self._turns[turn_id] = turn = TranscriptTurn(turn_id, self, single_line(title), color)
        turn.is_quiet = quiet

    def retitle(self, turn_id: str, title: str) -> None:
        """Change the heading of a turn that has one."""
        turn = self._turns.get(turn_id)
        if turn is not None and turn.title and title:
            turn.title = turn.head.title = single_line(title)
            turn.head.changed_from = 0
            self.mark_changed(turn.head)

    def get_title(self, turn_id: str) -> str:
        """Return the heading of a turn; "" for an unknown one."""
        turn = self._turns.get(turn_id)
        return turn.title if turn else ""

    def feed(self, turn_id: str, text: str, reasoning: bool = False) -> None:
        """Add the next piece of a turn's answer or reasoning."""
        if not text:
            return
        turn = self._get_turn(turn_id)
        self._dirty[turn_id] = turn
        if turn.kind == "waiting":
            turn.kind = turn.end_note = ""
        if turn.since is None or reasoning:
            now = self._clock()
            turn.since = now if turn.since is None else turn.since
        if reasoning:
            if turn.reasoning_from is None:
                turn.reasoning_from = now
            if not turn.answer.is_empty or turn.kind:
                turn.reasoning_to = now
            turn.reasoning.feed(text)
            return
        if turn.is_thinking:
            turn.reasoning_to = self._clock()
        turn.answer.feed(text)

    def reset(self, turn_id: str) -> None:
        """Clear a turn's text and end for a new attempt."""
        turn = self._get_turn(turn_id)
        turn.reasoning.clear()
        turn.answer.clear()
        turn.kind = turn.end_note = ""
        turn.since = turn.reasoning_from = turn.reasoning_to = turn.reasoning_tokens = None
        self._dirty[turn_id] = turn

    def show_call(self, turn_id: str, call: str, line: str, result: str = "") -> None:
        """Show a call of a tool in one line, with its result folded below."""
        turn = self._get_turn(turn_id)
        key = f"{turn_id}/{call}"
        if key not in turn.calls:
            turn.calls[key] = self._call_lines[key] = CallLine(
                key, self.rows, turn.gap, self.remove_block, self.mark_changed, self.work, self.width
            )
        turn.calls[key].show(line, result)
        self._dirty[turn_id] = turn

    def resplit(self, turn_id: str, reasoning: str, text: str) -> None:
        """Replace a turn's text by this division into reasoning and answer."""
        turn = self._get_turn(turn_id)
        turn.reasoning.clear()
        turn.answer.clear()
        if reasoning and turn.reasoning_from is None:
            turn.reasoning_from = turn.since  # Text taken for the answer was reasoning.
        self.feed(turn_id, reasoning, reasoning=True)
        self.feed(turn_id, text)
        self._dirty[turn_id] = turn

    def name_reasoning(self, turn_id: str, name: str) -> None:
        """Give a turn's folded text a heading of its own, in place of how long the model thought."""
        self._get_turn(turn_id).reasoning_name = single_line(name, 80)
        self._dirty[turn_id] = self._get_turn(turn_id)

    def share_text(self, turn_id: str, reasoning: str, text: str) -> None:
        """Hold these strings, which the turn's event holds too, where they equal the received pieces."""
        turn = self._get_turn(turn_id)
        turn.reasoning.share_text(reasoning)
        turn.answer.share_text(text)

    def show_wait(self, turn_id: str, why: str) -> None:
        """Show why a turn waits, until its next piece or its end; an empty `why` removes the line."""
        turn = self._get_turn(turn_id)
        if turn.kind in ("", "waiting"):
            turn.kind, turn.end_note = ("waiting", single_line(why)) if why else ("", "")
            self._dirty[turn_id] = turn

    def end(
        self, turn_id: str, note: str = "", kind: str = "done", *, reasoning_tokens: int | None = None
    ) -> None:
        """End a turn.

        Args:
            turn_id: The turn.
            note: A line with details.
            kind: `done`, `cut`, `failed` or `stopped`.
            reasoning_tokens: Exact size of the reasoning, if known.
        """
        turn = self._get_turn(turn_id)
        turn.kind, turn.end_note = kind, single_line(note, 2000)
        turn.reasoning_tokens = reasoning_tokens or turn.reasoning_tokens
        turn.answer.is_closed = turn.reasoning.is_closed = True
        if turn.is_thinking:
            turn.reasoning_to = self._clock()
        self._dirty[turn_id] = turn

    def toggle_reasoning(self, turn_id: str) -> bool:
        """Expand or collapse a turn's reasoning, or the result of a call; return whether it is open now."""
        if (call := self._call_lines.get(turn_id)) is not None:
            self._dirty[turn_id.rpartition("/")[0]] = self._turns[turn_id.rpartition("/")[0]]
            return call.toggle()
        turn = self._turns.get(turn_id)
        if turn is None or turn.reasoning.is_empty:
            return False
        turn.chosen_open = not turn.open
        if not turn.open:
            turn.reasoning.drop_lines()
        self._dirty[turn_id] = turn
        return turn.open

    def clear(self) -> None:
        """Remove all turns."""
        self._turns.clear()
        self._call_lines.clear()
        self._dirty.clear()
        self._touched.clear()
        self.rows.clear()

    # ------------------------------------------------------------------ queries

    @property
    def turns(self) -> tuple[str, ...]:
        """The turns' ids in order."""
        return tuple(self._turns)

    @property
    def has_pending(self) -> bool:
        """Whether `parse_pending` has something to do."""
        return bool(self._dirty)

    @property
    def height(self) -> int:
        """The number of rows; an estimate for blocks that are not wrapped yet."""
        return self.rows.total

    def get_answer(self, turn_id: str) -> str:
        """Return the raw answer of a turn."""
        turn = self._turns.get(turn_id)
        return turn.answer.text() if turn else ""

    def get_reasoning(self, turn_id: str) -> str:
        """Return the raw reasoning of a turn."""
        turn = self._turns.get(turn_id)
        return turn.reasoning.text() if turn else ""

    def find_turn_row(self, turn_id: str) -> int:
        """Return the first row of a turn; 0 for an unknown one."""
        turn = self._turns.get(turn_id)
        return self.rows.get_start(turn.head) + (not turn.head.first) if turn else 0

    def list_reasoning_turns(self) -> list[str]:
        """Return the ids of the turns that have reasoning."""
        return [turn.id for turn in self._turns.values() if not turn.reasoning.is_empty]

    def to_plain_text(self) -> str:
        """Return the transcript for copying: titles, answers with their tabs, and failures."""
        parts: list[str] = []
        for turn in self._turns.values():
            lines = [f"## {turn.title}"] if turn.title else []
            if not turn.answer.is_empty:
                lines.append(
                    "\t".join(sanitize(piece) for piece in turn.answer.text().split("\t")).strip("\n")
                )
            if turn.end_note and turn.kind not in ("done", "waiting"):
                lines.append(f"[{turn.kind}: {turn.end_note}]")
            parts.append("\n\n".join(lines))
        return "\n\n".join(part for part in parts if part) + "\n" if parts else ""

    # ------------------------------------------------------------------ drawing

    def parse_pending(self) -> bool:
        """Make lines of the text received since the last call; return whether anything has changed."""
        dirty, self._dirty = self._dirty, {}
        for turn in dirty.values():
            if turn.open:
                turn.reasoning.parse_pending(self.width)
            elif turn.reasoning.blocks:
                turn.reasoning.drop_lines()
            for call in turn.calls.values():
                call.parse_pending(self.width)
            turn.answer.parse_pending(self.width)
            turn.update_chrome(self._clock())
            if turn.has_pending:
                self._dirty[turn.id] = turn
        return bool(self._touched)

    def mark_changed(self, block: Block) -> None:
        """Record that a block has changed."""
        self._touched[block] = None
        self.rows.mark_resized(block)
        if not block.fits(self.width):
            self.is_stale = True

    def remove_block(self, block: Block) -> None:
        """Remove a block from the transcript."""
        self.rows.remove(block)
        self._touched.pop(block, None)

    def take_changes(self) -> list[tuple[int, int, int]]:
        """Return (serial, first, last) of rows that have changed since the last call, and forget them."""
        changes = [(b.serial, b.changed_from or 0, b.height) for b in self._touched]
        for block in self._touched:
            block.changed_from = None
        self._touched.clear()
        return changes

    def set_width(self, width: int) -> None:
        """Set the width of rows in cells; `rewrap` then wraps the visible blocks."""
        self.is_stale = self.is_stale or width != self.width
        self.width = width

    def iter_block_spans(self, top: int, count: int) -> Iterator[tuple[Block, int, int]]:
        """Yield (block, first row, end row) for the blocks that show the rows top..top+count-1."""
        count = min(count, self.height - top)
        if count <= 0:
            return
        block, row = self.rows.find(top)
        while count > 0:
            end = min(block.height, row + count)
            if end > row:
                yield block, row, end
                count -= end - row
            row = 0
            if block.index + 1 >= len(self.rows):
                return
            block = self.rows[block.index + 1]

    def iter_rows(self, top: int, count: int) -> Iterator[tuple[Block, int]]:
        """Yield (block, row in the block) for the rows top..top+count-1."""
        for block, first, last in self.iter_block_spans(top, count):
            for row in range(first, last):
                yield block, row

    def mark_mentions(self, pieces: list[Piece]) -> list[Piece]:
        """Return the pieces of a row as they are drawn: with the names of seats marked."""
        if self.mentions is None:
            return pieces
        return self.mentions.mark(pieces, self.width - sum(measure_cells(text) for text, _ in pieces))

    def rewrap(self, top: int, count: int) -> bool:
        """Wrap the blocks of `count` rows from `top` to the current width; return whether any was changed."""
        total = self.height
        if not total:
            return False
        block, row = self.rows.find(min(top, total - 1))
        found, index, room = False, block.index, count + row
        while index < len(self.rows) and room > 0:
            found = self._rewrap_block(self.rows[index]) or found
            room -= self.rows[index].height
            index += 1
        return found

    def rewrap_some(self, lines: int) -> bool:
        """Wrap about `lines` lines to the current width, last blocks first; return whether more are left."""
        for index in range(len(self.rows) - 1, -1, -1):
            block = self.rows[index]
            if self._rewrap_block(block):
                lines -= TextBlock.FULL
                if lines <= 0:
                    return True
        self.is_stale = False
        return False

    def _rewrap_block(self, block: Block) -> bool:
        if block.fits(self.width):
            return False
        block.layout(self.width)
        self.rows.mark_resized(block)
        return True

    def _get_turn(self, turn_id: str) -> TranscriptTurn:
        if turn_id not in self._turns:
            self.begin(turn_id)
        return self._turns[turn_id]
