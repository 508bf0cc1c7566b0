"""One run, by what a person calls it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from roundtable_tui.engine.record.recorder import EVENTS
from roundtable_tui.errors import FileError, UsageError
from roundtable_tui.history.constants import LAST
from roundtable_tui.history.scan import run_names, scan, state
from roundtable_tui.resources.inside import inside, own
from roundtable_tui.utils import paths
from roundtable_tui.utils.files import write_text
from roundtable_tui.utils.text import one_line

_MANY = 3
_SECOND = len("20261120-163005")


def find_run(name: str) -> Path:
    """Return the folder of the run called `name`: an id, the start of one or another part that is in no
    other id, `last`, or a path. Raises UsageError.
    """
    path = Path(name)
    if name and (path / EVENTS).is_file():
        return path
    found = _called(name)
    if len(found) != 1:
        shown = one_line(name, 60)
        if not found:
            raise UsageError(f"there is no run {shown}", hint="`roundtable runs` lists them.")
        how = "begin with" if all(path.name.startswith(name) for path in found) else "have in their id"
        some = ", ".join(path.name for path in found[-_MANY:])
        raise UsageError(f"{len(found)} runs {how} {shown}", hint=f"Give more of it, such as {some}.")
    return found[0]


def _called(name: str) -> list[Path]:
    folder = paths.runs_dir()
    names = sorted(run_names(folder))
    if name == LAST:
        newest = next((one for one in reversed(names) if _has_record(folder, one)), None)
        if newest is None:
            return []
        # Of those begun in one second, which stands first in an id, the one that was written to last.
        same = scan(folder, (one for one in names if one[:_SECOND] == newest[:_SECOND]))
        return [folder / max(same, key=lambda one: (same[one][1], one))]
    ways: tuple[Callable[[str], bool], ...] = (
        lambda one: one == name,
        lambda one: one.startswith(name),
        lambda one: name in one,
    )
    for way in ways if name else ():
        if some := [folder / one for one in names if way(one) and _has_record(folder, one)]:
            return some
    return []


def _has_record(folder: Path, name: str) -> bool:
    return state(f"{folder}/{name}") is not None


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
