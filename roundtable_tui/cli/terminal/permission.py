"""Asks the user of a terminal whether a seat may call a tool, during a run."""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import TextIO

from roundtable_tui import config
from roundtable_tui.engine.tools.permission import PermissionAnswer, PermissionQuestion
from roundtable_tui.errors import RoundtableError
from roundtable_tui.utils.text import single_line

_PROMPT = "  Allow it? o: once, r: for this run, a: always, enter: no > "
_WORDS: dict[str, PermissionAnswer] = {
    "": "no", "n": "no", "no": "no",
    "o": "once", "once": "once", "y": "once", "yes": "once",
    "r": "run", "run": "run",
    "a": "always", "always": "always",
}  # fmt: skip
_MAX_ARGUMENT_CHARS = 600
_MAX_LINE_BYTES = 4096


def can_ask(typed: TextIO, shown: TextIO) -> bool:
    """Return whether there is a user who can be asked: both streams are terminals that can be read."""
    try:
        return typed.isatty() and shown.isatty() and _is_in_foreground(typed.fileno())
    except (OSError, ValueError):  # Closed.
        return False


def _is_in_foreground(terminal: int) -> bool:
    """Return whether reading does not stop this process: a program in the background is stopped."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # A terminal that does not control this process.
        return True


async def confirm(typed: TextIO, shown: TextIO, question: str) -> bool:
    """Return whether the user of a terminal says yes to a question of one line; no without a terminal."""
    if not can_ask(typed, shown):
        return False
    with suppress(termios.error):
        termios.tcflush(typed.fileno(), termios.TCIFLUSH)
    shown.write(f"roundtable: {single_line(question, _MAX_ARGUMENT_CHARS)} [y/N] ")
    shown.flush()
    return (await _read_line(typed.fileno()) or "").strip().lower() in ("y", "yes")


class TerminalAsker:
    """Asks on a terminal. Only a line that was typed after the question is an answer."""

    def __init__(
        self,
        typed: TextIO,
        shown: TextIO,
        name_of: Callable[[str], str],
        hold: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """Create an asker.

        Args:
            typed: what the user types into.
            shown: where the question is shown.
            name_of: the name of a seat by its id.
            hold: holds back other output while a question is open.
        """
        self._typed, self._shown, self._name_of, self._hold = typed, shown, name_of, hold

    async def __call__(self, question: PermissionQuestion) -> PermissionAnswer:
        """Return the answer; no if the terminal is gone or belongs to another program now."""
        if not can_ask(self._typed, self._shown):
            return "no"
        with self._hold():
            answer = await self._ask(question)
        if answer == "always":
            self._save(question.tool)
        return answer

    async def _ask(self, question: PermissionQuestion) -> PermissionAnswer:
        name, tool = single_line(self._name_of(question.seat), 24), single_line(question.tool, 60)
        arguments = single_line(question.arguments, _MAX_ARGUMENT_CHARS)
        with suppress(termios.error):  # What was typed before was meant for something else.
            termios.tcflush(self._typed.fileno(), termios.TCIFLUSH)
        self._write(f"  {name} wants to call {tool} {arguments}\n")
        try:
            while True:
                self._write(_PROMPT)
                line = await _read_line(self._typed.fileno())
                if line is None:
                    self._write("\n")
                    return "no"
                if (answer := _WORDS.get(line.strip().lower())) is not None:
                    return answer
        except asyncio.CancelledError:  # The run was stopped, or nothing was answered for too long.
            self._write("\n")
            raise

    def _save(self, tool: str) -> None:
        try:
            permissions = {**config.load().permissions, tool: "allow"}
            config.update_settings(permissions=permissions)
        except RoundtableError as error:
            self._write(f"  This holds for this run only: {single_line(str(error), 300)}\n")

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._shown.write(text)
            self._shown.flush()


async def _read_line(descriptor: int) -> str | None:
    """Return the next line of a terminal, without blocking the event loop; None at its end."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
    try:
        raw = os.read(descriptor, _MAX_LINE_BYTES)  # A terminal gives a line at a time.
    except OSError:
        return None
    return raw.decode("utf-8", "replace") if raw else None
