"""The flags of `roundtable ask`: its own, and one for each option of the mode that is asked for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, get_args

from pydantic.fields import FieldInfo

from roundtable_tui import modes
from roundtable_tui.cli.argparser import ArgumentParser
from roundtable_tui.cli.arguments import add_document_arguments, add_server_arguments, add_table_arguments
from roundtable_tui.engine import Mode

USAGE = "roundtable ask [QUESTION | -] [--task NAME] [options]"
_TIMEOUTS = {
    "first-token": "to the first token",
    "idle": "of silence in an answer",
    "turn": "for a whole answer",
}


def parse_mode_selector(argv: Sequence[str]) -> argparse.Namespace:
    """Return what the other flags depend on: the mode, or the task or earlier run that names it."""
    parser = ArgumentParser(add_help=False, usage=USAGE, prog="roundtable ask")
    for name in ("mode", "task", "follow-up"):
        parser.add_argument(f"--{name}", default="")
    return parser.parse_known_args(list(argv))[0]


def parse_arguments(argv: Sequence[str], mode: Mode) -> argparse.Namespace:
    """Return the arguments of `ask`. Raises UsageError with the nearest flag, or the modes that have it."""
    parser = build_ask_parser(mode)
    args, unknown = parser.parse_known_intermixed_args(list(argv))
    if unknown:
        parser.reject(unknown, _modes_with_flag(unknown, mode))
    return args


def mode_options(args: argparse.Namespace) -> dict[str, Any]:
    """Return the options of the mode that were given as flags."""
    given = {name: value for name, value in vars(args).items() if name.startswith("mode_")}
    return {name.removeprefix("mode_"): value for name, value in given.items() if value is not None}


def build_ask_parser(mode: Mode) -> ArgumentParser:
    """Return the parser of `ask` for one mode; the mode's options arrive as `mode_NAME`."""
    parser = ArgumentParser(
        prog="roundtable ask",
        usage=USAGE,
        description=f"Mode {mode.name}: {mode.summary}. Another mode has other options: --mode NAME --help.",
    )
    parser.add_argument(
        "question", nargs="*", default=[], metavar="QUESTION", help="the question; - reads it from stdin"
    )
    add_server_arguments(parser)
    add_table_arguments(parser)
    add_document_arguments(parser)
    seats = parser.add_argument_group("seats").add_argument
    seats(
        "--persona",
        metavar="NAME",
        action="append",
        default=[],
        help="a seat for NAME, without the team; repeatable",
    )
    seats("--captain", metavar="NAME", default="", help="the captain's persona")
    seats("--agents", metavar="N", type=int, help="how many seats")
    seats(
        "--model-for",
        metavar="NAME=MODEL",
        action="append",
        default=[],
        help="the model of one seat; repeatable",
    )
    run = parser.add_argument_group("run").add_argument
    run("--question-number", metavar="N", type=int, default=1, help="which question of the task (1)")
    run(
        "--option", metavar="KEY=VALUE", action="append", default=[], help="an option of the mode; repeatable"
    )
    of_mode = {*mode.options.model_fields, *mode.wiring.aliases}
    seed = ["--random-seed"] if "seed" in of_mode else ["--seed", "--random-seed"]
    run(
        *seed,
        dest="seed",
        metavar="N",
        type=int,
        help="the same seed, the same chance; also sent to the server",
    )
    run("--max-tokens", metavar="N", type=int, help="tokens of one answer at most")
    for name, what in _TIMEOUTS.items():
        run(f"--{name}-timeout", metavar="S", type=float, help=f"seconds {what}")
    run("--follow-up", metavar="RUN", default="", help="ask with an earlier run as the background")
    out = parser.add_argument_group("output").add_argument
    if (
        "out" in of_mode
    ):  # A mode that writes files of its own puts them there; its record is kept with the others.
        parser.set_defaults(out="")
    else:
        out("--out", metavar="DIR", default="", help="keep the run's record in DIR")
    out("--json", action="store_true", help="print one JSON object with everything")
    out("--events", action="store_true", help="print each event as a line of JSON while it happens")
    out("--verbose", action="store_true", help="tell on stderr what everybody says, too, as they finish")
    out("--linear", action="store_true", help="the story for ears: the speaker's name before each line")
    out("--quiet", action="store_true", help="tell nothing on stderr but a failure")
    _add_mode_options(parser, mode)
    return parser


def _add_mode_options(parser: ArgumentParser, mode: Mode) -> None:
    group = parser.add_argument_group(f"options of {mode.name}")
    taken = set(parser.long_flags())
    for name, field in mode.options.model_fields.items():
        flag = to_flag(name)
        if flag in taken:  # `--agents` and what else is ours goes to the mode all the same, or by --option.
            continue
        text = f"{field.description or ''} ({format_default(field.default)})".replace("%", "%%")
        dest = f"mode_{name}"
        names = [flag, *(to_flag(alias) for alias, option in mode.wiring.aliases.items() if option == name)]
        if field.annotation is bool:
            group.add_argument(
                *names, dest=dest, default=None, action=argparse.BooleanOptionalAction, help=text
            )
        else:
            group.add_argument(*names, dest=dest, default=None, metavar=_metavar(field), help=text)


def _metavar(field: FieldInfo) -> str:
    words = {int: "N", float: "X"}
    return next(
        (words[kind] for kind in (field.annotation, *get_args(field.annotation)) if kind in words), "VALUE"
    )


def to_flag(name: str) -> str:
    """Return the flag of an option."""
    return "--" + name.replace("_", "-")


def format_default(default: Any) -> str:
    """Return a default as a help text shows it."""
    if isinstance(default, bool):
        return "on" if default else "off"
    return f"{default:g}" if isinstance(default, int | float) else str(default or "none")


def _modes_with_flag(unknown: Sequence[str], mode: Mode) -> str:
    """Return which modes have the first unknown flag, "" for none."""
    flags = [arg.partition("=")[0] for arg in unknown if arg.startswith("--")]
    name = flags[0].removeprefix("--").removeprefix("no-").replace("-", "_") if flags else ""
    have = [other.name for other in modes.all_modes().values() if name in other.options.model_fields]
    return f"It is an option of {', '.join(have)}; the mode is {mode.name}." if have else ""
