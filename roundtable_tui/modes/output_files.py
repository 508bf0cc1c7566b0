"""Answers streamed into numbered files: a file that counts as an answer is whole, and holds nothing else.

While a call goes on its text is in `BASE_3.partial.txt`; what is left when it fails or is stopped keeps
that name. Only a whole answer is called `BASE_3.txt`. `index.json` says what became of every call.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from roundtable_tui.engine import NoAnswer, events
from roundtable_tui.errors import FileError
from roundtable_tui.utils import files, text_input
from roundtable_tui.utils.text import repair, to_json

INDEX = "index.json"


class AnswerFiles:
    """Follows a run's events and writes the files of the turns labelled `call N`, from 1."""

    def __init__(self, folder: Path, base: str, question: str, warn: Callable[[str], None]) -> None:
        self.folder, self._base, self._warn = folder, base, warn
        self._head = {"question_sha256": text_input.digest(question), "base_filename": base}
        self.calls: dict[str, dict[str, Any]] = {}
        self._numbers: dict[str, int] = {}
        self._open: dict[str, TextIO] = {}

    def path(self, number: int) -> Path:
        """Return the file of an answer."""
        return self.folder / f"{self._base}_{number}.txt"

    def partial(self, number: int) -> Path:
        """Return the file of an answer that is not whole, or not yet."""
        return self.folder / f"{self._base}_{number}.partial.txt"

    def load(self) -> None:
        """Read the index of an earlier run in the folder.

        Raises NoAnswer where its answers are to another question, FileError where it is no such index.
        """
        index = self.folder / INDEX
        if not files.is_there(index):
            return
        try:
            known = json.loads(files.read_text(index, 64 * files.MB))
            other = known["question_sha256"] != self._head["question_sha256"]
            self.calls = {str(name): dict(call) for name, call in known["calls"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise FileError("is not the index of a fan-out", where=files.show(index)) from None
        if other:
            where = files.show(self.folder)
            raise NoAnswer(f"{where} holds the answers to another question: name another folder with --out")

    def whole(self, count: int) -> list[int]:
        """Return which of the answers 1 to `count` are there already."""
        return [number for number in range(1, count + 1) if self.path(number).is_file()]

    def __call__(self, event: events.Event) -> None:
        """Write what an event brings; trouble with a file is told, and the run goes on."""
        if isinstance(event, events.TurnQueued) and event.label.startswith("call "):
            self._numbers[event.turn] = int(event.label.removeprefix("call "))
        turn = getattr(event, "turn", "")
        if turn not in self._numbers:
            return
        try:
            self._take(event, turn)
        except OSError as error:
            self._fail(turn, f"cannot be written: {error}")

    def _take(self, event: events.Event, turn: str) -> None:
        number = self._numbers[turn]
        match event:
            case events.TurnStarted():
                self._begin(turn, "")
            case events.AnswerDelta(text=text) if turn in self._open:
                self._open[turn].write(repair(text))
                self._open[turn].flush()
            case events.TurnRestated(text=text):
                self._begin(turn, text)
            case events.TurnFinished():
                self._close(turn)
                self._put(self.path(number), self.partial(number), event.text)
                self._note(number, "cut" if event.finish_reason == "length" else "ok", event)
            case events.TurnFailed():
                self._close(turn)
                if event.text.strip():
                    self._put(self.partial(number), self.partial(number), event.text)
                else:
                    self.partial(number).unlink(missing_ok=True)
                self._note(number, "cancelled" if event.kind == "stopped" else "failed", event)

    def _begin(self, turn: str, text: str) -> None:
        self._close(turn)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._open[turn] = self.partial(self._numbers[turn]).open("w", encoding="utf-8", newline="\n")
        self._open[turn].write(repair(text))
        self._open[turn].flush()

    def _close(self, turn: str) -> None:
        if file := self._open.pop(turn, None):
            file.close()

    def _note(self, number: int, status: str, event: events.TurnFinished | events.TurnFailed) -> None:
        whole = isinstance(event, events.TurnFinished)
        file = self.path(number) if whole else self.partial(number)
        self.calls[f"call_{number}"] = {
            "path": file.name if file.exists() else None,
            "error": event.error if isinstance(event, events.TurnFailed) else None,
            "status": status,
            "seat": event.seat,
            "tokens": int(event.usage.get("completion_tokens", 0)),
            "seconds": round(event.elapsed_s, 3),
        }
        self._save()

    def _fail(self, turn: str, why: str) -> None:
        number = self._numbers[turn]
        if file := self._open.pop(turn, None):
            try:
                file.close()
            except OSError as error:  # It was to be closed because it cannot be written.
                why = f"cannot be written: {error}"
        first = f"call_{number}" not in self.calls
        self.calls[f"call_{number}"] = {"path": None, "error": why, "status": "failed"}
        if first:
            self._warn(f"call {number}: {self.path(number).name} {why}")

    def stop(self) -> None:
        """The run ends here: what is open is left as partial, and told as cancelled."""
        try:
            for turn in list(self._open):
                number = self._numbers[turn]
                self._close(turn)
                file = self.partial(number)
                empty = not file.exists() or not file.stat().st_size
                if empty:
                    file.unlink(missing_ok=True)
                note = {"path": None if empty else file.name, "error": "stopped", "status": "cancelled"}
                self.calls[f"call_{number}"] = note
            self._save()
        except OSError as error:
            self._warn(f"{files.show(self.folder / INDEX)} cannot be written: {error}")

    def _save(self) -> None:
        ordered = sorted(self.calls.items(), key=lambda call: (len(call[0]), call[0]))
        told = to_json({**self._head, "calls": dict(ordered)}, indent=2) + "\n"
        self._put(self.folder / INDEX, self.folder / f".{INDEX}.new", told)

    def _put(self, path: Path, by: Path, content: str) -> None:
        """Write a file whole or not at all; the record is what outlasts a power cut, and it has the text."""
        self.folder.mkdir(parents=True, exist_ok=True)
        by.write_text(repair(content), "utf-8", newline="\n")
        if by != path:
            by.replace(path)
