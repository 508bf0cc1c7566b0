"""A parser whose every complaint is one line, with the nearest right name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from roundtable_tui.errors import UsageError


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises UsageError instead of leaving with a page of usage."""

    def __init__(self, **how: Any) -> None:
        super().__init__(allow_abbrev=False, **how)

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong as one line."""
        raise UsageError(message.removeprefix("argument "), hint=f"See {self.prog} --help.")

    def refuse(self, unknown: Sequence[str], hint: str = "") -> NoReturn:
        """Raise UsageError for the first of the arguments that nothing understands."""
        from roundtable_tui.settings import near
        from roundtable_tui.text import one_line

        given = next((arg for arg in unknown if arg.startswith("-")), unknown[0])
        flag = one_line(given.partition("=")[0], 60)
        if not given.startswith("-"):
            raise UsageError(
                f"{self.prog} does not know what to do with {flag}", hint=f"See {self.prog} --help."
            )
        close = near(flag, self.flags())
        hint = hint or (f"Did you mean {close}?" if close else f"See {self.prog} --help.")
        raise UsageError(f"there is no flag {flag}", hint=hint)

    def flags(self) -> list[str]:
        """Return all long flags."""
        return [flag for flag in self._option_string_actions if flag.startswith("--")]
