"""The flags of `roundtable ask`: its own, and one for each option of the mode that is asked for."""

from __future__ import annotations

import argparse
from typing import Any

from roundtable_tui.cli import choices, source
from roundtable_tui.table import Mode

USAGE = "roundtable ask [QUESTION | -] [--task NAME] [options]"
_TIMEOUTS = {"first-token": "to the first token", "idle": "of silence in an answer", "turn": "for a whole answer"}


def early() -> argparse.ArgumentParser:
    """Return a parser that sees only what the other flags depend on: mode and task."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, usage=USAGE)
    parser.add_argument("--mode", default="")
    parser.add_argument("--task", default="")
    return parser


def full(mode: Mode) -> argparse.ArgumentParser:
    """Return the parser of `ask` for one mode; the mode's options arrive as `mode_NAME`."""
    parser = argparse.ArgumentParser(
        prog="roundtable ask",
        usage=USAGE,
        allow_abbrev=False,
        description=f"Mode {mode.name}: {mode.summary}. Another mode has other options: --mode NAME --help.",
    )
    parser.add_argument("question", nargs="?", default="", metavar="QUESTION", help="the question; - reads it from stdin")
    source(parser)
    choices(parser)
    seats = parser.add_argument_group("seats")
    add = seats.add_argument
    add("--persona", metavar="NAME", action="append", default=[], help="a seat for NAME, not a team; repeatable")
    add("--captain", metavar="NAME", default="", help="the captain's persona")
    add("--agents", metavar="N", type=int, help="how many seats")
    run = parser.add_argument_group("run")
    run.add_argument("--option", metavar="KEY=VALUE", action="append", default=[], help="an option of the mode; repeatable")
    run.add_argument("--seed", metavar="N", type=int, help="the same seed, the same chance; also sent to the server")
    run.add_argument("--max-tokens", metavar="N", type=int, help="tokens of one answer at most")
    for name, what in _TIMEOUTS.items():
        run.add_argument(f"--{name}-timeout", metavar="S", type=float, help=f"seconds {what}")
    out = parser.add_argument_group("output")
    out.add_argument("--out", metavar="DIR", default="", help="keep the run's record in DIR")
    out.add_argument("--json", action="store_true", help="print one JSON object with everything")
    out.add_argument("--events", action="store_true", help="print each event as a line of JSON while it happens")
    out.add_argument("--quiet", action="store_true", help="tell nothing on stderr")
    own = parser.add_argument_group(f"options of {mode.name}")
    for name, field in mode.options.model_fields.items():
        if name != "agents":
            _option(own, name, field.annotation, field.default, field.description or "")
    return parser


def _option(group: argparse._ArgumentGroup, name: str, kind: Any, default: Any, text: str) -> None:
    flag, dest = "--" + name.replace("_", "-"), f"mode_{name}"
    text = f"{text} ({_shown(default)})".replace("%", "%%")
    if kind is bool:
        group.add_argument(flag, dest=dest, default=None, action=argparse.BooleanOptionalAction, help=text)
    else:
        metavar = {int: "N", float: "X"}.get(kind, "VALUE")
        group.add_argument(flag, dest=dest, default=None, metavar=metavar, help=text)


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    return f"{default:g}" if isinstance(default, int | float) else str(default or "none")
