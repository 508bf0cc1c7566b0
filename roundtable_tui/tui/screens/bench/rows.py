"""The finished runs of a bench, as rows of a list of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from roundtable_tui.bench.results import ResultRow
from roundtable_tui.history.summary import RunRow


def make_run_rows(keys: Sequence[str], rows: Mapping[str, ResultRow], folder: Path) -> list[RunRow]:
    """Return the rows of these runs; right ones are shown as complete, wrong ones as failed."""
    return [_make_row(rows[key], folder) for key in keys if key in rows]


def _make_row(row: ResultRow, folder: Path) -> RunRow:
    if row.error:
        said, status = f"failed: {row.error}", "cancelled"
    else:
        said = row.extracted if row.correct else f"{row.extracted} (known answer: {row.gold})"
        status = "complete" if row.correct else "failed"
    try:
        started = (folder / row.run_folder).stat().st_mtime if row.run_folder else 0.0
    except OSError:
        started = 0.0
    return RunRow(
        name=row.key, status=status, started=started, title="", mode=row.arm, question=f"{row.id}: {said}",
        team="", models=(), seats=(), how=row.how, agreement=row.agreement, elapsed_s=row.seconds,
        tokens=row.tokens, turns=row.calls, parent="",
    )  # fmt: skip
