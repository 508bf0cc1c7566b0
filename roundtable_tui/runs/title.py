"""The name a person gives to a run: a file of its own beside the record, which stays as it is."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from roundtable_tui.disk import write_text
from roundtable_tui.errors import FileError
from roundtable_tui.files.inside import inside, own
from roundtable_tui.text import one_line

TITLE = "title.txt"
LONGEST = 200


def read_title(folder: Path) -> str:
    """Return the title of the run in `folder`, "" for none."""
    with suppress(OSError):
        if (folder / TITLE).is_file() and inside(folder, TITLE) is not None:
            with (folder / TITLE).open("rb") as file:
                return one_line(file.read(4 * LONGEST).decode("utf-8", "replace"), LONGEST)
    return ""


def write_title(folder: Path, title: str) -> str:
    """Give the run in `folder` a title, or take it away with ""; return it as kept. Raises FileError."""
    title = one_line(title, LONGEST)
    path = folder / TITLE
    if title:
        write_text(own(folder, TITLE), title + "\n")
    else:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise FileError(f"cannot be removed: {error.strerror}", where=str(path)) from None
    return title
