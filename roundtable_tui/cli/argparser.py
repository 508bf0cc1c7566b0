"""An argument parser whose errors are one line, with the closest valid name. Must stay cheap to import."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial

from roundtable_tui.errors import UsageError

TYPE_CHECKING = False  # As in `typing`, whose import is a tenth of the time of `--help`.
if TYPE_CHECKING:
    from typing import Any, NoReturn

_DEFAULT_COLUMNS = 80
_MARGIN_COLUMNS = 2
_MAX_INTEGER = 2**63 - 1


def _get_help_width() -> int:
    """Return the width of help texts. argparse imports `shutil` for it, a tenth of the time of `--help`."""
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() else 0
    if not width and sys.__stdout__ is not None:
        try:
            width = os.get_terminal_size(sys.__stdout__.fileno()).columns
        except (OSError, ValueError):  # Not a terminal, or closed.
            width = 0
    return (width or _DEFAULT_COLUMNS) - _MARGIN_COLUMNS


def _parse_integer(text: str) -> int:
    """Return a whole number. Raises ValueError, or ArgumentTypeError for one that is too large."""
    number = int(text)
    if abs(number) > _MAX_INTEGER:
        raise argparse.ArgumentTypeError(f"should be from {-_MAX_INTEGER:,} to {_MAX_INTEGER:,}, not {text}")
    return number


class ArgumentParser(argparse.ArgumentParser):
    """An ArgumentParser that raises UsageError instead of printing its usage and exiting."""

    def __init__(self, **kwargs: Any) -> None:
        formatter = kwargs.pop("formatter_class", argparse.HelpFormatter)
        super().__init__(
            allow_abbrev=False, formatter_class=partial(formatter, width=_get_help_width()), **kwargs
        )
        self._subcommands: argparse._SubParsersAction[Any] | None = None
        self.register("type", int, _parse_integer)  # For all arguments with `type=int`.

    def add_subparsers(self, **kwargs: Any) -> argparse._SubParsersAction[Any]:
        """Add the commands of this parser, and remember them for `commands`."""
        self._subcommands = super().add_subparsers(**kwargs)
        return self._subcommands

    def commands(self) -> dict[str, ArgumentParser]:
        """Return the parsers of the commands by name. Entries may be replaced."""
        choices: Any = self._subcommands.choices if self._subcommands else {}
        return choices  # type: ignore[no-any-return]

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        from roundtable_tui.utils.text import single_line

        raise UsageError(single_line(message.removeprefix("argument ")), hint=f"See {self.prog} --help.")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write a help text; argparse would ignore an output that is full."""
        (file or sys.stdout).write(message)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Reject an unknown command with the closest one."""
        if action is not self._subcommands:
            super()._check_value(action, value)
        elif value not in self.commands():
            from roundtable_tui.config import did_you_mean
            from roundtable_tui.utils.text import single_line

            hint = did_you_mean(value, self.commands()) or 'To ask a question: roundtable ask "..."'
            raise UsageError(f"unknown command: {single_line(value, 60)}", hint=hint)

    def reject(self, unknown: Sequence[str], hint: str = "") -> NoReturn:
        """Raise UsageError for the first flag, or else the first word, of `unknown`."""
        from roundtable_tui.config import closest_match
        from roundtable_tui.utils.text import single_line

        given = next((arg for arg in unknown if arg.startswith("-")), unknown[0])
        flag = single_line(given.partition("=")[0], 60)
        if not given.startswith("-"):
            raise UsageError(f"unexpected argument: {flag}", hint=f"See {self.prog} --help.")
        close = closest_match(flag, self.long_flags())
        hint = hint or (f"Did you mean {close}?" if close else f"See {self.prog} --help.")
        raise UsageError(f"unknown flag: {flag}", hint=hint)

    def long_flags(self) -> list[str]:
        """Return all long flags."""
        return [flag for flag in self._option_string_actions if flag.startswith("--")]

    def unknown_flags(self, args: Sequence[str]) -> list[str]:
        """Return the long flags in `args` that neither this parser nor any of its commands has."""
        known = {"--", *self.long_flags()}.union(
            *(parser.long_flags() for parser in self.commands().values())
        )
        return [arg for arg in args if arg.startswith("--") and arg.partition("=")[0] not in known]


class ListedCommand:
    """A command of which the help only shows the name. A parser for each would take a tenth of its time."""

    def long_flags(self) -> list[str]:
        """Return no flags."""
        return []


def complete_with(action: argparse.Action, kind: str) -> None:
    """Complete the values of an argument with names of this kind (see `completion_names.SOURCES`)."""

    def complete(**context: Any) -> Any:
        from roundtable_tui.cli import completion_names  # Only when a shell asks.

        return completion_names.complete_names(kind, context["prefix"], context["parsed_args"])

    action.completer = complete  # type: ignore[attr-defined]


def server_arguments(args: argparse.Namespace) -> dict[str, Any]:
    """Return the server flags as arguments of `ServerPool.get_server`."""
    return {"name": args.server, "base_url": args.base_url, "demo": args.demo, "local": args.local}


def parse_pairs(flag: str, form: str, given: Sequence[str]) -> dict[str, str]:
    """Parse the `KEY=VALUE` values of a repeatable flag.

    Args:
        flag: The flag, for the error.
        form: What a value looks like, for the error, such as `SEAT=NAME`.
        given: The values.

    Raises:
        UsageError: A value has no key or no equals sign.
    """
    from roundtable_tui.utils.text import single_line

    out = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not (equals and key.strip()):
            raise UsageError(
                f"{flag} {single_line(pair, 60)} is not a pair", hint=f"Use the form {flag} {form}."
            )
        out[key.strip()] = value
    return out
