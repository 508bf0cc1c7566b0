"""One turn of a transcript: its texts, and the lines around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundtable_tui.text import clean
from roundtable_tui.tui.widgets.stream.looks import Role
from roundtable_tui.tui.widgets.stream.marks import FoldBlock, GapBlock, HeadBlock, NoteBlock
from roundtable_tui.tui.widgets.stream.part import TextPart

if TYPE_CHECKING:
    from roundtable_tui.tui.widgets.stream.document import StreamDocument

_GUESS = 4
"""Characters that a token has, about."""


class Turn:
    """One turn: its parts, and the blocks they are shown in."""

    def __init__(self, turn_id: str, document: StreamDocument, title: str) -> None:
        rows, touch, work = document.rows, document.touch, document.work
        self._document = document
        self.id, self.title = turn_id, title
        self.head = HeadBlock(title, first=not len(rows))
        self.fold = FoldBlock(turn_id)
        self.gap = GapBlock()
        self.note = NoteBlock()
        for block in (self.head, self.fold, self.gap, self.note):
            block.width = document.width
            rows.insert(block)
            touch(block)
        self.reasoning = TextPart(
            lambda block: rows.insert(block, self.gap),
            document.drop,
            touch,
            work=work,
            base=Role.REASONING,
            margin=(("│ ", Role.BAR),),
        )
        self.answer = TextPart(lambda block: rows.insert(block, self.note), document.drop, touch, work=work)
        self.open = False
        self.kind = ""
        self.end_note = ""
        self.since: float | None = None
        """When its first piece came, by the document's clock; so the next two for its reasoning."""
        self.reasoning_from: float | None = None
        self.reasoning_to: float | None = None
        self.reasoning_tokens: int | None = None

    @property
    def thinks(self) -> bool:
        """Whether reasoning has come, and neither an answer nor the end."""
        return self.reasoning_from is not None and self.reasoning_to is None

    @property
    def unfinished(self) -> bool:
        """Whether `digest` has more to do for it: text is left, or its clock goes on."""
        behind = self.answer.behind or (self.open and self.reasoning.behind)
        return behind or (self.thinks and self.kind in ("", "waiting"))

    def mark(self, now: float) -> None:
        """Bring the lines around the text up to date."""
        touch, width = self._document.touch, self._document.width
        if self.reasoning.empty:
            if self.fold.height:
                self.fold.hide()
                touch(self.fold)
        else:
            live = self.thinks and not self.open
            tail = " ".join(clean(self.reasoning.tail(2 * width + 80)).split()) if live else ""
            if self.fold.show(f"{'▾' if self.open else '▸'} {self._thought(now)}", tail):
                touch(self.fold)
        if self.gap.show(bool((self.fold.height or self.title) and self.answer.blocks)):
            touch(self.gap)
        note = (self.kind, self.end_note, bool(self.answer.blocks or self.fold.height))
        if note != (self.note.kind, self.note.note, self.note.spaced):
            self.note.show(*note)
            touch(self.note)

    def _thought(self, now: float) -> str:
        """Return what the line of the reasoning says of its time and size."""
        seconds = (now if self.reasoning_to is None else self.reasoning_to) - (self.reasoning_from or 0.0)
        if self.thinks:
            return f"thinking {_duration(int(seconds))}"
        tokens = self.reasoning_tokens
        count = f"{tokens:,}" if tokens else f"~{max(1, self.reasoning.size // _GUESS):,}"
        return f"thought for {_duration(seconds)} · {count} tokens"


def _duration(seconds: float) -> str:
    """Return a duration as a person says it."""
    if seconds < 60:
        return f"{seconds:.1f} s" if isinstance(seconds, float) and seconds < 10 else f"{seconds:.0f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"
