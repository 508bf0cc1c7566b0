"""`roundtable bench`: measures modes on questions with known answers, grades them again, compares benches."""

from __future__ import annotations

from collections.abc import Sequence

GRADING_COMMANDS = ("grade", "audit")


def run(argv: Sequence[str]) -> int:
    """Run a bench, or grade the answers of one. Returns the exit code. Raises RoundtableError."""
    if argv and argv[0] in GRADING_COMMANDS:
        from roundtable_tui.cli.bench import grade

        return grade.run(argv[0], argv[1:])
    if argv and argv[0] == "compare":
        from roundtable_tui.cli.bench import compare

        return compare.run(argv[1:])
    from roundtable_tui.cli.bench import measure

    return measure.run(argv)
