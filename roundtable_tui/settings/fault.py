"""How a fault in a file is told: what was found, what was expected, the nearest right name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from roundtable_tui import disk
from roundtable_tui.errors import FileError
from roundtable_tui.settings.toml import key_line
from roundtable_tui.text import one_line


@dataclass(frozen=True, slots=True)
class Source:
    """The TOML text a table was read from."""

    text: str
    path: Path | None

    def fault(self, keys: tuple[str, ...], what: str, hint: str = "") -> FileError:
        """Return the error that says `what` of the value at `keys`, with file and line."""
        name = ".".join(one_line(key, 40) for key in keys)
        return FileError(f"{name} {what}", where=disk.place(self.path, key_line(self.text, keys)), hint=hint)


def nearest(name: str, names: Iterable[str], otherwise: str = "") -> str:
    """Return "Did you mean x?"; where nothing is near, `otherwise` with all the names, or nothing."""
    known = list(names)
    if (close := near(name, known)) is not None:
        return f"Did you mean {one_line(close, 60)}?"
    return f"{otherwise}: {one_line(', '.join(known), 200)}." if known and otherwise else ""


def near(name: str, names: Iterable[str]) -> str | None:
    """Return the one of `names` that `name` was probably meant to be."""
    import difflib

    by_folded = {one.casefold(): one for one in names}
    close = difflib.get_close_matches(name.casefold(), by_folded, 1, 0.7)
    return by_folded[close[0]] if close else None


def shown(value: object) -> str:
    """Return a value as a message may quote it: short, on one line."""
    if isinstance(value, dict | list | tuple):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    return f'"{one_line(value, 40)}"' if isinstance(value, str) else one_line(str(value), 40)
