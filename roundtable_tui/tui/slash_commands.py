"""Commands typed into the input: `/mode vote`, `/attach PATH`. Every command of the palette has a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from textual.screen import Screen

from roundtable_tui.config import did_you_mean
from roundtable_tui.errors import UsageError
from roundtable_tui.tui.commands import COMMANDS, Command, format_keys
from roundtable_tui.tui.completion import Candidate
from roundtable_tui.utils.text import single_line

_SLASH_WORD = re.compile(r"/([a-z][a-z-]*)(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
TAKES_ARGUMENT = frozenset({"attach", "choose_mode", "choose_team", "choose_task"})
"""Commands that may be followed by what they choose."""


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A command and what was typed after it."""

    command: Command
    argument: str = ""


def list_usable_commands(screen: Screen[Any]) -> list[Command]:
    """Return the commands of the palette that can be used now on a screen."""
    return [command for command in COMMANDS if command.palette and is_usable(command, screen)]


def is_usable(command: Command, screen: Screen[Any]) -> bool:
    """Return whether a command can be used now on a screen."""
    action = f"action_{command.id}"
    if hasattr(screen, action):
        return bool(screen.check_action(command.id, ()))
    return command.scope == "app" and hasattr(screen.app, action)


def parse_slash_command(text: str, screen: Screen[Any]) -> SlashCommand | None:
    """Return the command that a text is; None if it is a question, as after a space or with a path.

    Raises:
        UsageError: it looks like a command and is none, or cannot be used now.
    """
    found = _SLASH_WORD.fullmatch(text.rstrip())
    if found is None:
        return None
    name, argument = found[1].lower(), (found[2] or "").strip()
    here = [one for one in COMMANDS if one.palette and _has_action(one, screen)]
    command = next((one for one in here if name in (one.slash, one.id)), None)
    if command is None:
        guess = did_you_mean(name, [one.slash for one in here])
        hint = guess or "Type / for the list of commands."
        if argument:
            hint = f"{hint} Begin with a space to ask it as a question."
        raise UsageError(f"/{single_line(name, 30)} is not a command", hint=hint)
    if argument and command.id not in TAKES_ARGUMENT:
        raise UsageError(f"/{command.slash} takes no text after it")
    if not is_usable(command, screen):
        raise UsageError(f"/{command.slash} cannot be used now")
    return SlashCommand(command, argument)


def _has_action(command: Command, screen: Screen[Any]) -> bool:
    action = f"action_{command.id}"
    return hasattr(screen, action) or (command.scope == "app" and hasattr(screen.app, action))


def make_candidates(commands: Iterable[Command], keys: dict[str, str]) -> list[Candidate]:
    """Return commands as completions.

    Args:
        commands: The commands.
        keys: Keys from the settings, by command.
    """
    found = []
    for one in commands:
        pressed = format_keys(keys.get(one.id, one.keys))
        detail = f"{one.title} · {pressed}" if pressed else one.title
        text = f"/{one.slash}"
        found.append(Candidate(text, text, detail, is_final=one.id != "attach"))
    return found


def rank_commands(typed: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the completions that fit what was typed after the slash: those that begin with it first."""
    from roundtable_tui.tui.completion import rank_candidates

    if not typed:
        return list(candidates)
    first = [one for one in candidates if one.label[1:].startswith(typed.casefold())]
    return first + [one for one in rank_candidates(typed, candidates) if one not in first]
