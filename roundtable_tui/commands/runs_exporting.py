"""`roundtable runs export`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from roundtable_tui import disk
from roundtable_tui.commands.runs_flags import SIZE
from roundtable_tui.commands.runs_replaying import speed
from roundtable_tui.errors import UsageError
from roundtable_tui.runs.export import check_form, exported, proposed_name
from roundtable_tui.runs.find import find_run
from roundtable_tui.runs.words import FORMATS
from roundtable_tui.text import one_line

_MOST, _LEAST = (400, 200), (40, 10)


def run_export(args: argparse.Namespace) -> int:
    """Write a run to a file, or to standard output."""
    folder = find_run(args.run)
    out = Path(args.out).expanduser() if args.out and args.out != "-" else None
    form = check_form(args.format or _by_name(out))
    text = _cast(folder, args) if form == "cast" else exported(folder, form)
    if out is None:
        sys.stdout.write(text)
        return 0
    if out.is_dir():
        out = out / proposed_name(folder, form)
    disk.write_text(out, text, mode=0o644)
    print(f"Written: {disk.show(out)}", file=sys.stderr)
    return 0


def _by_name(out: Path | None) -> str:
    end = out.suffix.lstrip(".").lower() if out else ""
    return {"markdown": "md", "htm": "html"}.get(end, end if end in FORMATS else "md")


def _cast(folder: Path, args: argparse.Namespace) -> str:
    import asyncio

    from roundtable_tui.tui.screens.replay.cast import cast

    return asyncio.run(cast(folder, size=size(args.size), speed=speed(args.speed)))


def size(typed: str) -> tuple[int, int]:
    """Return columns and rows. Raises UsageError."""
    columns, x, rows = typed.strip().lower().partition("x")
    if not (x and columns.isascii() and columns.isdigit() and rows.isascii() and rows.isdigit()):
        raise UsageError(f"--size {one_line(typed, 40)}: no such size", hint=f"Write it as {SIZE}.")
    found = int(columns), int(rows)
    if not all(low <= value <= high for low, value, high in zip(_LEAST, found, _MOST, strict=True)):
        least, most = ("x".join(map(str, ends)) for ends in (_LEAST, _MOST))
        raise UsageError(f"--size should be from {least} to {most}, not {one_line(typed, 40)}")
    return found
