"""Shows attached pictures, drawn small with half blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from roundtable_tui.errors import FileError
from roundtable_tui.tui.background import background
from roundtable_tui.tui.screens.base import BaseDialog
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from roundtable_tui.attachments.half_blocks import HalfBlockCell

_FRAME_CELLS, _FRAME_ROWS = 6, 6
"""Cells and rows of the dialog that the picture does not have."""
_PICTURE_GONE = "it is not beside the record any more"


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture of a question. `read` returns its bytes and may raise FileError or OSError."""

    label: str
    """Name and size, safe to show."""
    read: Callable[[], bytes]


def list_file_pictures(paths: Sequence[Path]) -> list[ShownPicture]:
    """Return the pictures among files that are attached to the next question."""
    from roundtable_tui.attachments.pictures import MAX_FILE_BYTES, is_picture

    def read(path: Path) -> bytes:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise FileError("is too large", where=files.display_path(path))
        return data

    return [
        ShownPicture(single_line(path.name, 80), lambda path=path: read(path))  # type: ignore[misc]
        for path in paths
        if is_picture(path.name, b"")
    ]


def list_run_pictures(rows: Sequence[Mapping[str, Any]], folder: Path | None) -> list[ShownPicture]:
    """Return the pictures of a run: `rows` are the attachments of its header."""
    from roundtable_tui.engine.material.attachments import Attachment, attachments_from_rows
    from roundtable_tui.engine.material.picture_files import load_pictures

    def read(one: Attachment) -> bytes:
        found, _ = load_pictures(folder, (one,)) if folder else ((), ())
        if not found or not found[0].data:
            raise FileError(_PICTURE_GONE, where=one.label)
        return found[0].data

    pictures = [one for one in attachments_from_rows(rows) if one.is_picture]
    return [ShownPicture(one.label, lambda one=one: read(one)) for one in pictures]  # type: ignore[misc]


class PictureView(Widget):
    """Draws rows of half-block cells."""

    DEFAULT_CSS = "PictureView { width: auto; height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self._strips: list[Strip] = []

    def show(self, cells: Sequence[Sequence[HalfBlockCell]]) -> None:
        """Show a picture; no cells for none."""
        from roundtable_tui.attachments.half_blocks import UPPER_HALF

        self._strips = [
            Strip([Segment(UPPER_HALF, Style(color=cell.upper, bgcolor=cell.lower)) for cell in row])
            for row in cells
        ]
        self.refresh(layout=True)

    def get_content_width(self, container: Any, viewport: Any) -> int:
        """Return the columns of the picture."""
        return self._strips[0].cell_length if self._strips else 0

    def get_content_height(self, container: Any, viewport: Any, width: int) -> int:
        """Return the rows of the picture."""
        return len(self._strips)

    def render_line(self, y: int) -> Strip:
        """Return one row."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width)


class PictureScreen(BaseDialog[None]):
    """Shows one picture at a time."""

    HELP_TITLE = "Pictures"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back"),
        Binding("left", "turn(-1)", "Choose", show=False),
        Binding("right", "turn(1)", "Choose", show=False),
    ]
    DEFAULT_CSS = """
    PictureScreen { align: center middle; background: $background 60%; }
    PictureScreen > Vertical {
        width: auto;
        height: auto;
        max-width: 100%;
        border: round $accent;
        background: $surface;
        padding: 0 1;
    }
    PictureScreen Static { width: auto; max-width: 100%; height: auto; }
    """

    def __init__(self, pictures: Sequence[ShownPicture]) -> None:
        super().__init__()
        self._pictures = pictures
        self._at = 0

    def compose(self) -> ComposeResult:
        """Create the picture and the line below it."""
        with Vertical() as page:
            page.border_title = "Pictures"
            page.border_subtitle = "esc back"
            yield PictureView()
            yield Static("", id="picture-label", markup=False)

    def on_mount(self) -> None:
        """Draw the first picture."""
        self.draw()

    def on_resize(self) -> None:
        """Draw it again in the new size."""
        self.draw()

    def action_turn(self, by: int) -> None:
        """Show the picture `by` places after this one."""
        self._at = (self._at + by) % len(self._pictures)
        self.draw()

    @background(exclusive=True, group="picture")
    async def draw(self) -> None:
        """Draw the picture, or say why it cannot be drawn."""
        from roundtable_tui.attachments.half_blocks import draw_half_blocks

        picture = self._pictures[self._at]
        columns, rows = self.size.width - _FRAME_CELLS, self.size.height - _FRAME_ROWS
        place = f"  {self._at + 1} of {len(self._pictures)}, ← →" if len(self._pictures) > 1 else ""
        why = ""
        cells: Sequence[Sequence[HalfBlockCell]] = ()
        try:
            cells = await asyncio.to_thread(lambda: draw_half_blocks(picture.read(), columns, rows))
        except (FileError, OSError) as error:
            why = f": {single_line(str(error), 200)}"
        self.query_one(PictureView).show(cells)
        self.query_one("#picture-label", Static).update(f"{picture.label}{why}{place}")
