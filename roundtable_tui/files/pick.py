"""Pick one thing out of many by its name, as people type names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from roundtable_tui.errors import UsageError
from roundtable_tui.files.persona import key_of
from roundtable_tui.settings.fault import nearest
from roundtable_tui.text import one_line


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=_Keyed)


def pick(items: Sequence[K], names: Sequence[tuple[str, ...]], wanted: str, what: str) -> K:
    """Return the item one of whose `names` (key first) is `wanted`, in any case and with or without accents.

    Raises UsageError with the nearest name, or all of them.
    """
    folded = wanted.strip().casefold()
    tests: list[Callable[[tuple[str, ...]], bool]] = [
        lambda of: folded in {name.casefold() for name in of if name},
        lambda of: key_of(wanted) == of[0],
    ]
    for test in tests:
        for item, of in zip(items, names, strict=True):
            if test(of):
                return item
    known = list(dict.fromkeys(name for of in names for name in of[:2] if name))
    hint = nearest(wanted, known) or nearest(wanted, [of[0] for of in names], "Known are")
    raise UsageError(f"there is no {what} called {one_line(wanted, 60) or 'nothing'}", hint=hint)
