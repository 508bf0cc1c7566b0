"""Errors for the user: one line with the problem, the place, and the action."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class RoundtableError(Exception):
    """An error that is explained to the user in one line; `exit_code` is that of the command line."""

    exit_code = 2

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        self.what = message
        self.where = where
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return f"{line.rstrip('.')}. {self.hint}" if self.hint else line


class UsageError(RoundtableError):
    """An argument or a choice in the app is invalid, or names something that does not exist."""


@contextmanager
def locate_errors(where: str) -> Iterator[None]:
    """Say where each UsageError is that is raised in the `with`, if it does not say it itself."""
    try:
        yield
    except UsageError as error:
        raise UsageError(error.what, where=error.where or where, hint=error.hint) from None


class NoServerError(UsageError):
    """No server is configured, and none was found."""


class FileError(RoundtableError):
    """A file that the user edits is invalid; `where` names the file, and the line where known."""


class NoAnswerError(RoundtableError):
    """A run ended without an answer; the message is one line for the user."""

    exit_code = 1


# The former name; modes outside this package may use it.
NoAnswer = NoAnswerError
