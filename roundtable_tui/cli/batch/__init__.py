"""`roundtable batch`: runs every task of a file, on one or several servers."""

from __future__ import annotations

from collections.abc import Sequence


def run(argv: Sequence[str]) -> int:
    """Run a batch. Returns the exit code. Raises RoundtableError."""
    from roundtable_tui.cli.batch import command

    return command.run(argv)
