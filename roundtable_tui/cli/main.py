"""Entry point of the command line. Imports only what the command needs."""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module

from roundtable_tui.cli import streams
from roundtable_tui.cli.arguments import COMMANDS, SELF_PARSING_COMMANDS, build_parser, get_subparser
from roundtable_tui.errors import RoundtableError
from roundtable_tui.utils import processes

TYPE_CHECKING = False  # As in `typing`, whose import is a tenth of the time of `--help`.
if TYPE_CHECKING:
    from typing import NoReturn

_ENTRY_POINTS = {
    "personas": "resources:run", "teams": "resources:run_teams", "demo-server": "models:run_demo_server",
    "fetch-model": "models:fetch_model",
}  # fmt: skip
"""Commands that are not `run` of the module of their name."""


_GC_AT_START, _GC_LATER = (200_000, 20, 50), (50_000, 20, 50)
"""Objects made before the garbage collector runs, and collections before it looks at older ones. With the
usual ones of Python it spends a tenth of the start on modules, of which nothing is ever garbage.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments. Without them this is the program itself: the process exits.

    Returns:
        The exit code: 0 success, 1 no answer, 2 wrong usage or invalid files, 130 interrupted.
    """
    if argv is None:
        gc.set_threshold(*_GC_AT_START)
        streams.open_closed_descriptors()
        processes.secure_path()
        streams.tolerate_stderr_errors()
        try:
            code = main(sys.argv[1:])
        except SystemExit as request:  # --help
            code = request.code if isinstance(request.code, int) else int(request.code is not None)
        _exit_fast(code)
    streams.prepare_streams()
    if "_ARGCOMPLETE" in os.environ:  # A shell asks for completions.
        import_module("roundtable_tui.cli.completion").complete()
    try:
        try:
            code = _dispatch(list(argv))
        except SystemExit:
            sys.stdout.flush()
            raise
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # The reader of our output has exited, such as `head`.
        streams.discard_output()
        return 0
    except RoundtableError as error:
        from roundtable_tui.utils.text import single_line

        print(f"roundtable: {single_line(str(error), 600)}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            from roundtable_tui.utils.text import single_line

            name = single_line(str(error.filename), 60)
            print(f"roundtable: this name is too long: {name}. Use at most 255 bytes.", file=sys.stderr)
            return 2
        streams.discard_output()
        if streams.is_output_error(error):
            print(f"roundtable: stdout cannot be written: {error.strerror}", file=sys.stderr)
            return 1
        if isinstance(error, FileNotFoundError) and streams.is_folder_gone():
            print("roundtable: the current folder was deleted. Change to another one.", file=sys.stderr)
            return 2
        return _report_crash(error)
    except Exception as error:
        return _report_crash(error)


def _exit_fast(code: int) -> NoReturn:
    """Exit without interpreter teardown, which is slow."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _report_crash(error: Exception) -> int:
    from roundtable_tui.utils.crash_log import log_exception

    print(f"roundtable: {log_exception(error)}", file=sys.stderr)
    return 1


def _dispatch(args: list[str]) -> int:
    parser = build_parser(args)
    name = next((arg for arg in args if arg in COMMANDS), "")
    if name == "runs":
        at = args.index(name)
        return int(_load("runs")(args[at + 1 :] + args[:at]))
    if name in SELF_PARSING_COMMANDS:  # Flags before the command belong to it too.
        at = args.index(name)
        return int(_load(name)(args[:at] + args[at + 1 :]))
    if wrong := parser.unknown_flags(args):  # Before the value of such a flag is taken for a command.
        if not name:  # Flags of `ask` that the app takes too, such as mode options.
            return int(_load("app", "run_with_flags")(args))
        get_subparser(parser, name).reject(wrong)
    known, unknown = parser.parse_known_args(args)
    if unknown:
        get_subparser(parser, name).reject(unknown)
    if known.version:
        from importlib.metadata import version

        print(f"roundtable {version('roundtable-tui')}")
        return 0
    command = known.command or "app"
    module, _, function = _ENTRY_POINTS.get(command, f"{command}:run").partition(":")
    return int(_load(module, function)(known))


def _load(module: str, function: str = "run") -> Callable[..., int]:
    """Import a function of a command; if this is the start of the program, end that."""
    found: Callable[..., int] = getattr(import_module(f"roundtable_tui.cli.{module}"), function)
    if gc.get_threshold() == _GC_AT_START:
        gc.freeze()  # Nothing of the modules is garbage: they are not looked at again.
        gc.set_threshold(*_GC_LATER)
    return found


if __name__ == "__main__":
    sys.exit(main())
