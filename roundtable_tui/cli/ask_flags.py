"""The flags of `roundtable ask`: its own, and one for each option of the selected mode."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from typing import Any, get_args

from pydantic.fields import FieldInfo

from roundtable_tui import modes
from roundtable_tui.cli.argparser import ArgumentParser, complete_with
from roundtable_tui.cli.arguments import (
    add_document_arguments,
    add_server_arguments,
    add_table_arguments,
    add_tool_arguments,
)
from roundtable_tui.config.params import PARAMETERS, parse_param, parse_value, value_error
from roundtable_tui.engine import Mode
from roundtable_tui.errors import UsageError
from roundtable_tui.history.constants import LAST

USAGE = "roundtable ask [QUESTION | -] [--task NAME] [options]"
_TIMEOUTS = {
    "first-token": "until the first token",
    "idle": "without new text in a reply",
    "turn": "for a whole reply",
}
_OTHER_NAMES = {"--n-agents": "--agents"}
"""Flags of other programs -> ours; they are also accepted with underscores."""
_PATH_KINDS = {"file": "files", "out": "directories"}
"""Options of modes that are paths -> what completes them."""


def parse_mode_selector(argv: Sequence[str]) -> argparse.Namespace:
    """Parse only the flags that determine the mode: --mode, --task, --follow-up. Others depend on it."""
    parser = ArgumentParser(add_help=False, usage=USAGE, prog="roundtable ask")
    for name in ("mode", "task"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--follow-up", nargs="?", default="", const=LAST)
    return parser.parse_known_args(list(argv))[0]


def parse_arguments(argv: Sequence[str], mode: Mode) -> argparse.Namespace:
    """Parse the arguments of `ask`. Raises UsageError with the closest flag, or the modes that have it."""
    parser = build_ask_parser(mode)
    args, unknown = parser.parse_known_intermixed_args(_with_dashes(argv, parser.long_flags()))
    if unknown:
        parser.reject(unknown, _modes_with_flag(unknown, mode))
    return args


def _with_dashes(argv: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the arguments with flags as they are spelled here: `--max_tokens` is `--max-tokens`."""
    out: list[str] = []
    for at, arg in enumerate(argv):
        if arg == "--":
            return [*out, *argv[at:]]
        name, equals, value = arg.partition("=")
        dashed = name.replace("_", "-")
        dashed = _OTHER_NAMES.get(dashed, dashed)
        is_other = name.startswith("--") and name not in known and dashed in known
        out.append(f"{dashed}{equals}{value}" if is_other else arg)
    return out


def given_params(args: argparse.Namespace) -> dict[str, Any]:
    """Return the generation parameters that were given as flags. Raises UsageError."""
    found: dict[str, Any] = {}
    for pair in args.param:
        name, value = parse_param(pair)
        found[name] = value
    for one in PARAMETERS:
        if (given := getattr(args, f"param_{one.name}", None)) is not None:
            value = given if one.kind == "texts" else parse_value(one.name, given)
            if what := value_error(one.name, value):
                raise UsageError(f"{to_flag(one.name)} {what}")
            if one.name in found:
                raise UsageError(f"{to_flag(one.name)} and --param {one.name} are both given")
            found[one.name] = value
    return found


def mode_options(args: argparse.Namespace) -> dict[str, Any]:
    """Return the mode's options that were given as flags."""
    given = {name: value for name, value in vars(args).items() if name.startswith("mode_")}
    return {name.removeprefix("mode_"): value for name, value in given.items() if value is not None}


def build_ask_parser(mode: Mode) -> ArgumentParser:
    """Build the parser of `ask` for one mode; the mode's options arrive as `mode_NAME`."""
    parser = ArgumentParser(
        prog="roundtable ask",
        usage=USAGE,
        description=f"Ask a question and print the answer. Mode {mode.name}: {mode.summary}. "
        "Options of other modes: --mode NAME --help.",
    )
    text = "the question; - reads it from stdin"
    parser.add_argument("question", nargs="*", default=[], metavar="QUESTION", help=text)
    add_server_arguments(parser)
    add_table_arguments(parser)
    add_document_arguments(parser)
    _add_attach_argument(parser)
    add_tool_arguments(parser)
    _add_seat_arguments(parser)
    mode_flags = {*mode.options.model_fields, *mode.wiring.aliases}
    _add_call_arguments(parser, has_seed="seed" not in mode_flags)
    _add_param_arguments(parser, mode_flags)
    _add_output_arguments(parser, has_out="out" not in mode_flags)
    _add_mode_options(parser, mode)
    return parser


def _add_attach_argument(parser: ArgumentParser) -> None:
    text = "put this file before the question: text, PDF, Word, notebook or picture (repeatable)"
    attach = parser.add_argument("--attach", metavar="PATH", action="append", default=[], help=text)
    complete_with(attach, "files")


def _add_seat_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("seats").add_argument
    text = "add a seat with this persona, instead of the mode's team (repeatable)"
    complete_with(add("--persona", metavar="NAME", action="append", default=[], help=text), "personas")
    text = "persona of the captain"
    complete_with(add("--captain", metavar="NAME", default="", help=text), "personas")
    add("--agents", metavar="N", type=int, help="number of seats")
    text = "model of one seat (repeatable)"
    models = add("--model-for", metavar="NAME=MODEL", action="append", default=[], help=text)
    complete_with(models, "seats")
    text = "models to deal out to the seats in turn, separated by commas"
    add("--models", metavar="NAME,...", default="", help=text)


def _add_call_arguments(parser: ArgumentParser, *, has_seed: bool) -> None:
    add = parser.add_argument_group("calls").add_argument
    text = "number of the task's question to ask (default: 1)"
    add("--question-number", metavar="N", type=int, help=text)
    text = "an option of the mode (repeatable)"
    complete_with(add("--option", metavar="KEY=VALUE", action="append", default=[], help=text), "options")
    text = "seed of all random choices; also sent to the server"
    seed = ["--seed", "--random-seed"] if has_seed else ["--random-seed"]
    add(*seed, dest="seed", metavar="N", type=int, help=text)
    add("--max-tokens", metavar="N", type=int, help="maximum tokens of one reply, sent to the server")
    text = "stop an answer at N tokens, reasoning included; not sent (default: 32768)"
    add("--answer-tokens", metavar="N", type=int, help=text)
    for name, what in _TIMEOUTS.items():
        add(f"--{name}-timeout", metavar="S", type=float, help=f"maximum seconds {what}")
    text = "then take a plain vote with as many tokens, and compare its answer"
    add("--baseline", action="store_true", help=text)
    text = "continue the conversation of a run (default: the newest run)"
    follow_up = add("--follow-up", metavar="RUN", nargs="?", default="", const=LAST, help=text)
    complete_with(follow_up, "runs")


def _add_param_arguments(parser: ArgumentParser, mode_flags: Collection[str]) -> None:
    add = parser.add_argument_group("generation").add_argument
    for one in PARAMETERS:
        if one.name in ("max_tokens", "seed") or one.name in mode_flags:
            continue  # They have a flag already: of the run, or of the mode.
        kind: dict[str, Any] = {"action": "append"} if one.kind == "texts" else {}
        text = one.help + (" (repeatable)" if kind else "")
        metavar = {"number": "X", "count": "N"}.get(one.kind, "TEXT")
        add(to_flag(one.name), dest=f"param_{one.name}", metavar=metavar, default=None, help=text, **kind)
    text = "any other parameter: text, or JSON, such as top_k=20 (repeatable)"
    add("--param", metavar="NAME=VALUE", action="append", default=[], help=text)
    add("--no-stream", action="store_true", help="ask the servers for whole replies")


def _add_output_arguments(parser: ArgumentParser, *, has_out: bool) -> None:
    add = parser.add_argument_group("output").add_argument
    if has_out:
        text = "write the run's record to DIR"
        complete_with(add("--out", metavar="DIR", default="", help=text), "directories")
    else:  # The mode writes files to its own `--out`; the record is kept with the other runs.
        parser.set_defaults(out="")
    add("--json", action="store_true", help="print the full report as one JSON object")
    add("--events", action="store_true", help="print every event as a line of JSON as it happens")
    add("--verbose", action="store_true", help="also print the text of every turn to stderr")
    text = "screen-reader output: prefix each line with the speaker"
    add("--linear", action="store_true", help=text)
    add("--quiet", action="store_true", help="print only errors to stderr")


def _add_mode_options(parser: ArgumentParser, mode: Mode) -> None:
    group = parser.add_argument_group(f"options of {mode.name}")
    taken = set(parser.long_flags())
    for name, field in mode.options.model_fields.items():
        flag = to_flag(name)
        if flag in taken:  # Such as `--agents`: passed on to the mode, or set with --option.
            continue
        default = format_default(field.default)
        text = f"{field.description or ''} (default: {default})".replace("%", "%%")
        dest = f"mode_{name}"
        names = [flag, *(to_flag(alias) for alias, option in mode.wiring.aliases.items() if option == name)]
        if field.annotation is bool:
            toggle = argparse.BooleanOptionalAction
            group.add_argument(*names, dest=dest, default=None, action=toggle, help=text)
            continue
        action = group.add_argument(*names, dest=dest, default=None, metavar=_metavar(field), help=text)
        if name in _PATH_KINDS:
            complete_with(action, _PATH_KINDS[name])


def _metavar(field: FieldInfo) -> str:
    words = {int: "N", float: "X"}
    return next(
        (words[kind] for kind in (field.annotation, *get_args(field.annotation)) if kind in words), "VALUE"
    )


def to_flag(name: str) -> str:
    """Return the flag of an option: `--max-rounds` for `max_rounds`."""
    return "--" + name.replace("_", "-")


def format_default(default: Any) -> str:
    """Format a default value for help texts."""
    if isinstance(default, bool):
        return "on" if default else "off"
    return f"{default:g}" if isinstance(default, int | float) else str(default or "none")


def _modes_with_flag(unknown: Sequence[str], mode: Mode) -> str:
    """Return a hint that names the modes with the first unknown flag; "" if there are none."""
    flags = [arg.partition("=")[0] for arg in unknown if arg.startswith("--")]
    name = flags[0].removeprefix("--").removeprefix("no-").replace("-", "_") if flags else ""
    have = [other.name for other in modes.all_modes().values() if name in other.options.model_fields]
    return f"It is an option of {', '.join(have)}; the selected mode is {mode.name}." if have else ""
