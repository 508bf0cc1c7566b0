"""Parts of error messages about a file: the line, the nearest valid name, a short form of a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from roundtable_tui.config.toml_edit import find_key_line
from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.text import single_line

MAX_NAME_CHARS = 200
"""Characters of a name that another one is suggested for: the cost grows with the square of its length."""
MAX_NAMES = 2000
"""Names that one is compared with."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The TOML text a table was read from."""

    text: str
    path: Path | None

    def error(self, keys: tuple[str, ...], what: str, hint: str = "") -> FileError:
        """Return the error `KEYS what`, with file and line."""
        name = ".".join(single_line(key, 40) for key in keys)
        return FileError(
            f"{name} {what}",
            where=files.format_location(self.path, find_key_line(self.text, keys)),
            hint=hint,
        )


def did_you_mean(name: str, names: Iterable[str], list_label: str = "") -> str:
    """Return "Did you mean x?". If no name is close: `list_label` and all names, or "" without a label."""
    known = list(names)
    if (close := closest_match(name, known)) is not None:
        return f"Did you mean {single_line(close, 60)}?"
    return f"{list_label}: {single_line(', '.join(known), 200)}." if known and list_label else ""


def closest_match(name: str, names: Iterable[str], *, cutoff: float = 0.7) -> str | None:
    """Return the closest of `names`, ignoring case; None if none is close.

    Args:
        name: What was typed.
        names: What there is.
        cutoff: The least similarity, 0 to 1 (`difflib`), for more than one wrong letter.
    """
    import difflib

    if len(name) > MAX_NAME_CHARS:
        return None
    known = islice((one for one in names if len(one) <= MAX_NAME_CHARS), MAX_NAMES)
    by_folded = {one.casefold(): one for one in known}
    folded = name.casefold()
    if slips := [one for one in by_folded if _is_one_edit_apart(folded, one)]:
        # People get the first letter right; of those alike the one that has the most in common.
        best = max(
            slips, key=lambda o: (o[:1] == folded[:1], difflib.SequenceMatcher(None, folded, o).ratio())
        )
        return by_folded[best]
    close = difflib.get_close_matches(name.casefold(), by_folded, 1, cutoff)
    return by_folded[close[0]] if close else None


def _is_one_edit_apart(one: str, other: str) -> bool:
    """Return whether the words differ by one inserted, deleted, replaced or swapped letter."""
    if min(len(one), len(other)) < 2 or abs(len(one) - len(other)) > 1:
        return False
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    if len(one) != len(other):
        longer, shorter = sorted((one, other), key=len, reverse=True)
        return longer[at + 1 :] == shorter[at:]
    swapped = one[:at] + one[at + 1 : at + 2] + one[at : at + 1] + one[at + 2 :]
    return other in (one, swapped) or one[at + 1 :] == other[at + 1 :]


def format_value(value: object) -> str:
    """Return a short form of a value, on one line, for a message."""
    if isinstance(value, dict | list | tuple):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    return f'"{single_line(value, 40)}"' if isinstance(value, str) else single_line(str(value), 40)
