"""Fields to write in that keep out what a terminal would act on, however it comes in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import SuggestFromList
from textual.widgets import Input, TextArea
from textual.widgets.text_area import EditResult

from roundtable_tui.utils.text import sanitize

if TYPE_CHECKING:
    from textual.document._edit import Edit  # the argument of TextArea.edit, which is nowhere public

MAX_WRAPPED_LINE_CHARS = 10_000
"""Characters of a line from which it is neither wrapped nor coloured."""


def sanitize_input(text: str) -> str:
    """Return `text` as it may stand in a field: cleaned, its tabs kept, its line ends as newlines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\t".join(sanitize(part) for part in text.split("\t"))


class LineField(Input):
    """An Input of one row for one line of clean text."""

    def __init__(
        self, *, placeholder: str = "", suggestions: Sequence[str] = (), id: str | None = None
    ) -> None:
        """Say what an empty field means in `placeholder`; `known` values are offered as one types."""
        offered = SuggestFromList(suggestions, case_sensitive=False) if suggestions else None
        super().__init__(
            placeholder=placeholder, suggester=offered, id=id, compact=True, select_on_focus=False
        )

    def replace(self, text: str, start: int, end: int) -> None:
        """Put `text`, cleaned, in place of what stands between `start` and `end`."""
        super().replace(" ".join(sanitize(text).split("\n")), start, end)


class TextField(TextArea):
    """A TextArea of clean text. A very long line is not wrapped: every row of it would cost all of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+home", "to_edge(False)", "To the beginning", show=False),
        Binding("ctrl+end", "to_edge(True)", "To the end", show=False),
    ]

    def action_to_edge(self, end: bool) -> None:
        """Go to the beginning or the end of the text, however long."""
        self.move_cursor(self.document.end if end else self.document.start)

    def edit(self, edit: Edit) -> EditResult:
        """Do an edit, its text cleaned."""
        edit.text = sanitize_input(edit.text)
        if _get_longest_line(edit.text) > MAX_WRAPPED_LINE_CHARS:
            self.soft_wrap = False
        return super().edit(edit)

    def reset_history(self) -> None:
        """Make what stands here the beginning: the cursor at its start, nothing to undo."""
        self.move_cursor((0, 0))
        self.history.clear()

    def replace_content(self, text: str) -> None:
        """Make `text` the content by changing what differs: cursor and undo stay as they are."""
        before, after = self.text, sanitize_input(text)
        if self.soft_wrap != (wrap := _get_longest_line(after) <= MAX_WRAPPED_LINE_CHARS):
            self.soft_wrap = wrap
        if before == after:
            return
        start = _count_common_prefix(before, after)
        end = _count_common_prefix(before[start:][::-1], after[start:][::-1])
        stop = len(before) - end
        self.replace(
            after[start : len(after) - end],
            _locate(before, start),
            _locate(before, stop),
            maintain_selection_offset=True,
        )


def _get_longest_line(text: str) -> int:
    return max(map(len, text.split("\n")))


def _locate(text: str, index: int) -> tuple[int, int]:
    """Return row and column, from 0, of the character at `index`."""
    return text.count("\n", 0, index), index - (text.rfind("\n", 0, index) + 1)


def _count_common_prefix(one: str, other: str) -> int:
    """Return how many characters two texts have in common from their start on."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
