"""A parser whose every complaint is one line, with the nearest right name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from roundtable_tui.errors import UsageError


class ArgumentParser(argparse.ArgumentParser):
    """An ArgumentParser that raises UsageError instead of leaving with a page of usage."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_abbrev=False, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong as one line."""
        from roundtable_tui.utils.text import single_line

        raise UsageError(single_line(message.removeprefix("argument ")), hint=f"See {self.prog} --help.")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a command that does not exist, with the nearest that does."""
        if not isinstance(action, argparse._SubParsersAction):
            super()._check_value(action, value)
        elif value not in action.choices:
            from roundtable_tui.config import did_you_mean
            from roundtable_tui.utils.text import single_line

            hint = did_you_mean(value, action.choices) or 'To ask a question: roundtable ask "..."'
            raise UsageError(f"there is no command {single_line(value, 60)}", hint=hint)

    def reject(self, unknown: Sequence[str], hint: str = "") -> NoReturn:
        """Raise UsageError for the first of the arguments that nothing understands."""
        from roundtable_tui.config import closest_match
        from roundtable_tui.utils.text import single_line

        given = next((arg for arg in unknown if arg.startswith("-")), unknown[0])
        flag = single_line(given.partition("=")[0], 60)
        if not given.startswith("-"):
            raise UsageError(
                f"{self.prog} does not know what to do with {flag}", hint=f"See {self.prog} --help."
            )
        close = closest_match(flag, self.long_flags())
        hint = hint or (f"Did you mean {close}?" if close else f"See {self.prog} --help.")
        raise UsageError(f"there is no flag {flag}", hint=hint)

    def long_flags(self) -> list[str]:
        """Return all long flags."""
        return [flag for flag in self._option_string_actions if flag.startswith("--")]

    def commands(self) -> dict[str, ArgumentParser]:
        """Return the parsers of the commands, by name."""
        actions = (action for action in self._actions if isinstance(action, argparse._SubParsersAction))
        return {name: parser for action in actions for name, parser in action.choices.items()}

    def unknown_flags(self, args: Sequence[str]) -> list[str]:
        """Return the long flags in `args` that neither this parser nor any of its commands has."""
        known = {"--", *self.long_flags()}.union(
            *(parser.long_flags() for parser in self.commands().values())
        )
        return [arg for arg in args if arg.startswith("--") and arg.partition("=")[0] not in known]


def server_arguments(args: argparse.Namespace) -> dict[str, Any]:
    """Return the server flags as `Backends.server` takes them."""
    return {"name": args.server, "base_url": args.base_url, "demo": args.demo, "local": args.local}


def parse_pairs(flag: str, form: str, given: Sequence[str]) -> dict[str, str]:
    """Return `KEY=VALUE` words as a dict. Raises UsageError for one without a key."""
    from roundtable_tui.utils.text import single_line

    out = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not (equals and key.strip()):
            raise UsageError(
                f"{flag} {single_line(pair, 60)}: no such pair", hint=f"Write it as {flag} {form}."
            )
        out[key.strip()] = value
    return out
