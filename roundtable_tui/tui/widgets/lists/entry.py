"""Text fields that sanitize their text, whether typed, pasted or set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import SuggestFromList
from textual.validation import ValidationResult
from textual.widgets import Input, TextArea
from textual.widgets.text_area import EditResult

from roundtable_tui.utils.text import sanitize, sanitize_input

if TYPE_CHECKING:
    from textual.document._edit import Edit  # The argument of TextArea.edit; it has no public name.

MAX_WRAPPED_LINE_CHARS = 10_000
"""Characters of a line above which a text field does not wrap."""


class LineField(Input):
    """An Input of one row for one line of sanitized text."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        suggestions: Sequence[str] = (),
        id: str | None = None,
    ) -> None:
        """Create a field.

        Args:
            value: Its text at first.
            placeholder: Shown while the field is empty.
            suggestions: Values offered as completions while the user types.
            id: The widget's id.
        """
        offered = SuggestFromList(suggestions, case_sensitive=False) if suggestions else None
        super().__init__(placeholder=placeholder, suggester=offered, id=id, select_on_focus=False)
        # Without the assignment that computes the styles of a widget that has no place yet.
        self.set_reactive(Input.compact, True)
        self.add_class("-textual-compact", update=False)
        self.value = value

    def validate(self, value: str) -> ValidationResult | None:
        """Return None without validators: Textual would style the field again for the class of a result."""
        return super().validate(value) if self.validators else None

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace the characters from `start` to `end` by sanitized `text`."""
        super().replace(" ".join(sanitize(text).split("\n")), start, end)


class TextField(TextArea):
    """A TextArea of sanitized text. Very long lines are not wrapped: each row would cost the whole line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+home", "to_edge(False)", "Go to start", show=False),
        Binding("ctrl+end", "to_edge(True)", "Go to end", show=False),
    ]

    def action_to_edge(self, end: bool) -> None:
        """Move the cursor to the end of the text, or to its start."""
        self.move_cursor(self.document.end if end else self.document.start)

    def edit(self, edit: Edit) -> EditResult:
        """Apply an edit with sanitized text."""
        edit.text = sanitize_input(edit.text)
        if _get_longest_line(edit.text) > MAX_WRAPPED_LINE_CHARS:
            self.soft_wrap = False
        return super().edit(edit)

    def reset_history(self) -> None:
        """Move the cursor to the start and forget all undo steps."""
        self.move_cursor((0, 0))
        self.history.clear()

    def replace_content(self, text: str) -> None:
        """Set the content by an edit of the part that differs, so that cursor and undo steps stay valid."""
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
    """Return (row, column), from 0, of the character at `index`."""
    return text.count("\n", 0, index), index - (text.rfind("\n", 0, index) + 1)


def _count_common_prefix(one: str, other: str) -> int:
    """Return the length of the common prefix of two texts."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
