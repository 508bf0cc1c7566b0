"""Streams answers into numbered files; a file with a final name contains exactly one complete answer.

A running call writes to `BASE_3.partial.txt`, which remains if the call fails or is stopped. A complete
answer is renamed to `BASE_3.txt`. `index.json` has the result of every call. Control characters are
removed from all files as from `answer.md`; the record has the text as it was received.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from roundtable_tui.engine import NoAnswerError, events
from roundtable_tui.engine.turn import INTERRUPTED
from roundtable_tui.errors import FileError
from roundtable_tui.utils import files
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import sanitize, to_safe_json
from roundtable_tui.utils.texts import text_input

INDEX_FILE = "index.json"
_CUT = "the answer was cut off"


class AnswerFiles:
    """Follows the events of a run and writes the files of turns labelled `call N`, from 1."""

    def __init__(self, folder: Path, base: str, question: str, warn: Callable[[str], None]) -> None:
        self.folder, self._base, self._warn = folder, base, warn
        self._index_header = {"question_sha256": text_input.sha256_hex(question), "base_filename": base}
        self.calls: dict[str, dict[str, Any]] = {}
        self.unwritten: dict[int, str] = {}
        """Complete answers, by number, whose file could not be written."""
        self._numbers: dict[str, int] = {}
        self._open_files: dict[str, TextIO] = {}

    def answer_path(self, number: int) -> Path:
        """Return the file of an answer."""
        return self.folder / f"{self._base}_{number}.txt"

    def partial_path(self, number: int) -> Path:
        """Return the file of an incomplete answer."""
        return self.folder / f"{self._base}_{number}.partial.txt"

    def load(self) -> None:
        """Read the index of an earlier run in the folder.

        Raises:
            NoAnswerError: its answers are for another prompt.
            FileError: the file is not an index.
        """
        index = self.folder / INDEX_FILE
        if not files.path_exists(index):
            return
        try:
            known = load_json(files.read_text(index, 64 * files.BYTES_PER_MB))
            other = known["question_sha256"] != self._index_header["question_sha256"]
            self.calls = {str(name): dict(call) for name, call in known["calls"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise FileError("is not the index of a fan-out", where=files.display_path(index)) from None
        if other:
            where = files.display_path(self.folder)
            name_it = by_interface(
                command_line="name another folder with --out",
                python='name another folder with options={"out": PATH}',
                app="name another folder in the options of the mode (shift+F2)",
            )
            raise NoAnswerError(f"{where} holds the answers to another question: {name_it}")

    def complete_numbers(self, count: int) -> list[int]:
        """Return which of the answers 1 to `count` exist already."""
        return [number for number in range(1, count + 1) if files.is_regular(self.answer_path(number))]

    def is_answer_written(self, number: int, text: str) -> bool:
        """Return whether the file of an answer holds all of it."""
        try:
            return self.answer_path(number).stat().st_size == len(sanitize(text).encode())
        except OSError:
            return False

    def __call__(self, event: events.Event) -> None:
        """Write the text of an event; a file error becomes a warning and does not stop the run."""
        if isinstance(event, events.TurnQueued) and event.label.startswith("call "):
            self._numbers[event.turn] = int(event.label.removeprefix("call "))
        turn = getattr(event, "turn", "")
        if turn not in self._numbers:
            return
        try:
            self._take(event, turn)
        except OSError as error:
            self._record_failure(turn, f"cannot be written: {error.strerror or error}", event)

    def _take(self, event: events.Event, turn: str) -> None:
        number = self._numbers[turn]
        match event:
            case events.TurnStarted():
                self._start_file(turn, "")
            case events.AnswerDelta(text=text) if turn in self._open_files:
                self._open_files[turn].write(sanitize(text))
                self._open_files[turn].flush()
            case events.TurnResplit(text=text):
                self._start_file(turn, text)
            case events.TurnFinished():
                self._close_file(turn)
                cut = event.is_truncated
                whole = self.partial_path(number) if cut else self.answer_path(number)
                self._replace_file(whole, self.partial_path(number), event.text)
                self._record_call(number, "cut" if cut else "ok", event)
            case events.TurnFailed():
                self._close_file(turn)
                if event.text.strip():
                    self._replace_file(self.partial_path(number), self.partial_path(number), event.text)
                else:
                    self.partial_path(number).unlink(missing_ok=True)
                status = "cut" if event.cut_by else "failed"
                self._record_call(
                    number, "cancelled" if event.kind in ("stopped", INTERRUPTED) else status, event
                )

    def _start_file(self, turn: str, text: str) -> None:
        self._close_file(turn)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._open_files[turn] = self.partial_path(self._numbers[turn]).open(
            "w", encoding="utf-8", newline="\n"
        )
        self._open_files[turn].write(sanitize(text))
        self._open_files[turn].flush()

    def _close_file(self, turn: str) -> None:
        if file := self._open_files.pop(turn, None):
            file.close()

    def _record_call(self, number: int, status: str, event: events.TurnFinished | events.TurnFailed) -> None:
        whole = status == "ok"
        file = self.answer_path(number) if whole else self.partial_path(number)
        self.calls[f"call_{number}"] = {
            "path": file.name if file.exists() else None,
            "error": event.error if isinstance(event, events.TurnFailed) else None if whole else _CUT,
            "status": status,
            "seat": event.seat,
            "tokens": int(event.usage.get("completion_tokens", 0)),
            "seconds": round(event.elapsed_s, 3),
        }
        self._save_index()

    def _record_failure(self, turn: str, why: str, event: events.Event) -> None:
        number = self._numbers[turn]
        if file := self._open_files.pop(turn, None):
            try:
                file.close()
            except OSError as error:  # Closed because writing failed; closing may fail too.
                why = f"cannot be written: {error.strerror or error}"
        if isinstance(event, events.TurnFinished) and not self.is_answer_written(number, event.text):
            self.unwritten[number] = event.text
        first = f"call_{number}" not in self.calls
        self.calls[f"call_{number}"] = {"path": None, "error": why, "status": "failed"}
        if first:
            self._warn(f"call {number}: {self.answer_path(number).name} {why}")

    def close(self) -> None:
        """Close open files as partial and list their calls as cancelled."""
        try:
            for turn in list(self._open_files):
                number = self._numbers[turn]
                self._close_file(turn)
                file = self.partial_path(number)
                empty = not file.exists() or not file.stat().st_size
                if empty:
                    file.unlink(missing_ok=True)
                note = {"path": None if empty else file.name, "error": "stopped", "status": "cancelled"}
                self.calls[f"call_{number}"] = note
            self._save_index()
        except OSError as error:
            where = files.display_path(self.folder / INDEX_FILE)
            self._warn(f"{where} cannot be written: {error.strerror or error}")

    def _save_index(self) -> None:
        ordered = sorted(self.calls.items(), key=lambda call: (len(call[0]), call[0]))
        told = to_safe_json({**self._index_header, "calls": dict(ordered)}, indent=2) + "\n"
        self._replace_file(self.folder / INDEX_FILE, self.folder / f".{INDEX_FILE}.new", told)

    def _replace_file(self, path: Path, by: Path, content: str) -> None:
        """Write a file atomically, without syncing: the record has the text too."""
        self.folder.mkdir(parents=True, exist_ok=True)
        by.write_text(sanitize(content), "utf-8", newline="\n")
        if by != path:
            by.replace(path)
