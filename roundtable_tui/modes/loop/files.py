"""Files of the loop: `master.md`, `errors.log`, `manifest.json` beside its record; an index of all loops.

They are written from the state of the run, so that a resumed run writes them again. A file error is reported
once and does not stop the run. Without a folder nothing is written.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from roundtable_tui.errors import FileError
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.markdown import escape_block, escape_inline, format_code
from roundtable_tui.utils.text import sanitize, single_line, to_safe_json

MASTER, ERRORS, MANIFEST, INDEX = "master.md", "errors.log", "manifest.json", "index.md"
_RECENT = "## 📅 Recent Runs\n"
_INDEX_HEAD = f"# Knowledge Index\n\n_All loops of Roundtable, the newest first._\n\n---\n\n{_RECENT}"
_FORMER_RECENT = "## Recent runs\n"
_ENTRY = re.compile(r"^- \[", re.MULTILINE)
"""The labels are those of Metaformers, so that programs for its files read these too."""


class LoopFiles:
    """Writes the files of one run while it runs."""

    def __init__(self, folder: Path | None, warn: Callable[[str], None]) -> None:
        self.folder = folder
        self._warn = warn
        self._warned = False
        self._headings: list[str] = []
        self._master: TextIO | None = None
        self._errors: TextIO | None = None
        if folder is not None:
            with self._warn_on_error():
                self._master = (folder / MASTER).open("w", encoding="utf-8", newline="\n")
                self._errors = (folder / ERRORS).open("w", encoding="utf-8", newline="\n")

    # --- master.md ---------------------------------------------------------------------------

    def write_header(self, run: str, started: str, configuration: Mapping[str, object], seed: str) -> None:
        """Write the configuration of the run."""
        self._heading("# Transcript")
        self._write(f"_Run: {escape_inline(run)} • Started: {escape_inline(started)}_")
        self._heading("## Configuration")
        self._write(
            "\n".join(f"- **{name}**: {escape_inline(str(value))}" for name, value in configuration.items())
        )
        self._write("---")
        self._heading("## Seed")
        self._write(escape_block(seed, by_line=True))
        self._write("---")

    def start_turn(self, number: int) -> None:
        """Write the heading of a turn."""
        self._heading(f"# Turn {number}")

    def write_section(self, role: str, text: str) -> None:
        """Write the reply of a role."""
        self._heading(f"## {role}")
        self._write(escape_block(text, by_line=True))

    def write_no_reply(self, role: str, name: str) -> None:
        """Write that the seat `name` of a role gave no reply; the reason is in the error log."""
        self._heading(f"## {role}")
        self._write(f"*{escape_inline(name)} did not answer.*")

    def end_turn(self, topic: str) -> None:
        """End a turn; `topic` is the proposed topic of the next one, "" if there is none."""
        if topic:
            self._write(f"**NextTopic →** {escape_inline(topic)}")
        self._write("---")

    def _heading(self, line: str) -> None:
        self._headings.append(line)
        self._write(line)

    def _write(self, block: str) -> None:
        if self._master is not None:
            with self._warn_on_error():
                self._master.write(f"{sanitize(block)}\n\n")
                self._master.flush()

    # --- errors.log, manifest.json, index.md -------------------------------------------------

    def log_error(self, turn: int, role: str, error: str) -> None:
        """Add a line to the error log."""
        if self._errors is not None:
            with self._warn_on_error():
                line = {"turn": turn, "error": single_line(error, 1000), "role": role, "timestamp": utc_now()}
                self._errors.write(to_safe_json(line) + "\n")
                self._errors.flush()

    def close(self, manifest: Mapping[str, Any], topic: str, highlight: str) -> None:
        """Write manifest and index, and check the headings of `master.md`."""
        if self.folder is None:
            return
        with self._warn_on_error():
            if self._master is not None:
                self._master.close()
                if read_headings(self.folder / MASTER) != self._headings:
                    self.log_error(0, "Validator", f"{MASTER} has other headings than were written to it")
            if self._errors is not None:
                self._errors.close()
            self._master = self._errors = None
            files.write_text(self.folder / MANIFEST, to_safe_json(dict(manifest), indent=2) + "\n")
            add_to_index(self.folder, topic, highlight)

    @contextmanager
    def _warn_on_error(self) -> Iterator[None]:
        try:
            yield
        except (OSError, FileError) as error:
            if not self._warned:
                self._warned = True
                self._warn(f"the loop's own files cannot all be written: {single_line(str(error))}")


def read_headings(master: Path) -> list[str]:
    """Return the headings of a log; text of models is escaped and cannot contain any."""
    with master.open(encoding="utf-8") as file:
        return [line.rstrip("\n") for line in file if line.startswith("#")]


def add_to_index(folder: Path, topic: str, highlight: str) -> None:
    """Add a run at the top of the index in the runs folder, or move it there."""
    index = paths.make_private_dir(paths.runs_dir()) / INDEX
    link = single_line(Path(os.path.relpath(folder / MASTER, index.parent)).as_posix(), 5000)
    entry = f"- [{escape_inline(folder.name, 120)}](<{link}>)  \n  *Topic:* {format_code(topic)}"
    entry += f"  \n  **Highlight:** {escape_inline(highlight, 160)}" if highlight else ""
    with hold_lock(index.parent / ".index.lock"):
        old = files.read_text(index, 64 * files.BYTES_PER_MB) if files.path_exists(index) else _INDEX_HEAD
        entries = next((old.partition(one)[2] for one in (_RECENT, _FORMER_RECENT) if one in old), old)
        kept = [one for one in _split_entries(entries) if f"](<{link}>)" not in one]
        files.write_text(index, sanitize("\n\n".join([_INDEX_HEAD.rstrip("\n"), entry, *kept])) + "\n")


def _split_entries(entries: str) -> list[str]:
    """Return the entries of an index, each with its lines."""
    starts = [match.start() for match in _ENTRY.finditer(entries)]
    return [entries[at:end].strip("\n") for at, end in zip(starts, [*starts[1:], len(entries)], strict=False)]


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Hold a file lock that other processes respect."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def utc_now() -> str:
    """Return the current time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
