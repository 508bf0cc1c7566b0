"""The command line: what can be asked for. Everything heavier is imported once it is known what to do."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

from roundtable_tui.cli.arguments import COMMANDS, OWN_FLAGS, build, subparser
from roundtable_tui.errors import RoundtableError
from roundtable_tui.utils import processes

_RUN = {
    "personas": "resources:run", "teams": "resources:run_teams", "demo-server": "models:serve_demo",
    "fetch-model": "models:fetch_model",
}  # fmt: skip
"""Commands that are not `run` of the module of their name."""


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 fine, 1 no answer, 2 wrong use or files, 130 interrupted.

    Without `argv` this is the program itself: it does not return.
    """
    if argv is None:
        processes.secure_path()
        _leave(main(sys.argv[1:]))
    _ready()
    if "_ARGCOMPLETE" in os.environ:  # A shell asks what may come next.
        import_module("roundtable_tui.cli.completion").answer()
    try:
        code = _main(list(argv))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # The reader of our output has gone; so do we, quietly.
        _nobody_reads()
        return 0
    except RoundtableError as error:
        from roundtable_tui.utils.text import one_line

        print(f"roundtable: {one_line(str(error), 600)}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        _nobody_reads()
        return _fault(error)
    except Exception as error:
        return _fault(error)


def _ready() -> None:
    """See to it that whatever is printed can be."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115
        # A terminal that cannot show a character gets a question mark, not a traceback.
        with suppress(AttributeError, ValueError):
            getattr(sys, name).reconfigure(errors="replace")


def _leave(code: int) -> NoReturn:
    """End the program without taking it apart first, which takes longer than all else that leaving needs."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _nobody_reads() -> None:
    """Have what is still to be printed go nowhere."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fault(error: Exception) -> int:
    from roundtable_tui.utils.crash_log import write_down

    print(f"roundtable: {write_down(error)}", file=sys.stderr)
    return 1


def _main(args: list[str]) -> int:
    parser = build()
    name = next((arg for arg in args if arg in COMMANDS), "")
    if name == "runs":
        at = args.index(name)
        return int(import_module("roundtable_tui.cli.runs").run(args[at + 1 :] + args[:at]))
    if name in OWN_FLAGS:  # They read their flags themselves; those before them are theirs too.
        at = args.index(name)
        return int(import_module(f"roundtable_tui.cli.{name}").run(args[:at] + args[at + 1 :]))
    if wrong := parser.unknown_flags(args):  # Before its value is taken for a command.
        if not name:  # The app takes what `ask` takes: the options of a mode, and who sits at the table.
            return int(import_module("roundtable_tui.cli.app").run_with_flags(args))
        subparser(parser, name).refuse(wrong)
    known, unknown = parser.parse_known_args(args)
    if unknown:
        subparser(parser, name).refuse(unknown)
    if known.version:
        from importlib.metadata import version

        print(f"roundtable {version('roundtable-tui')}")
        return 0
    command = known.command or "app"
    module, _, function = _RUN.get(command, f"{command}:run").partition(":")
    return int(getattr(import_module(f"roundtable_tui.cli.{module}"), function)(known))


if __name__ == "__main__":
    sys.exit(main())
