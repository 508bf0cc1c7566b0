"""Draws pictures with half blocks: two pixels in a cell, the upper as `▀`, the lower as its background."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from roundtable_tui.attachments.pictures import ask_picture_worker
from roundtable_tui.errors import FileError
from roundtable_tui.utils.text import single_line

UPPER_HALF = "▀"
MAX_CELLS = 400
"""Columns or rows of a drawn picture."""


@dataclass(frozen=True, slots=True)
class HalfBlockCell:
    """One cell of a drawn picture: the colours of its halves, such as `#a0c4ff`."""

    upper: str
    lower: str


def draw_half_blocks(data: bytes, columns: int, rows: int) -> list[list[HalfBlockCell]]:
    """Return the rows of cells of a picture that fits into `columns` x `rows` cells; not enlarged.

    Draw each cell as `UPPER_HALF` in the colour `upper` on a background of the colour `lower`. It takes about
    a tenth of a second, in a worker process: call it in a thread.

    Raises FileError if the bytes are not a picture that can be read.
    """
    columns, rows = (max(1, min(count, MAX_CELLS)) for count in (columns, rows))
    found = ask_picture_worker({"columns": columns, "rows": rows * 2}, data)
    if "error" in found:
        raise FileError(f"the picture {single_line(str(found['error']), 200)}")
    width, height, pixels = int(found["width"]), int(found["height"]), base64.b64decode(found["pixels"])
    colours = ["#" + pixels[at : at + 3].hex() for at in range(0, width * height * 3, 3)]
    lines = [colours[at : at + width] for at in range(0, len(colours), width)]
    if len(lines) % 2:
        lines.append(lines[-1])
    return [
        [HalfBlockCell(upper, lower) for upper, lower in zip(*lines[at : at + 2], strict=True)]
        for at in range(0, len(lines), 2)
    ]
