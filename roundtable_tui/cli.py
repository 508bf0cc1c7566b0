"""The command line: what can be asked for. Everything heavier is imported once it is known what to do."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

from roundtable_tui import processes
from roundtable_tui.commands.flags import Parser
from roundtable_tui.errors import RoundtableError

EPILOG = """Without a command the app opens. The first things to try:
  roundtable --demo                       look around, no model needed
  roundtable --local                      the same with the embedded model
  roundtable ask "Why is the sky blue?"   an answer on stdout
  roundtable ask --task NAME --json       a task, the whole story as JSON"""

COMMANDS = {
    "ask": "ask without a screen: the answer on stdout",
    "modes": "list the modes with their options",
    "personas": "list the personas and where they come from",
    "teams": "list the teams",
    "tasks": "list the tasks",
    "models": "list what the server offers",
    "knowledge": "keep documents, and find passages in them",
    "runs": "the runs so far: list, search, show, replay, resume, fork, export, ...",
    "keys": "list the keys of the app, and what the settings call them",
    "paths": "print where everything is kept",
    "doctor": "check files, servers and the local model, and say what to do",
    "serve": "the app in a browser, on this machine",
    "demo-server": "serve the demo to any OpenAI client, on this machine",
    "fetch-model": "fetch the embedded model (98 MB), once",
    "completion": "print what makes a shell complete all of this with TAB",
}
OWN_FLAGS = ("ask", "knowledge", "serve")
SHELLS = ("bash", "zsh", "fish")


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 fine, 1 no answer, 2 wrong use or files, 130 interrupted.

    Without `argv` this is the program itself: it does not return.
    """
    if argv is None:
        processes.secure_path()
        _leave(main(sys.argv[1:]))
    _ready()
    if "_ARGCOMPLETE" in os.environ:  # A shell asks what may come next.
        import_module("roundtable_tui.commands.completing").answer()
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
        from roundtable_tui.text import one_line

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
    from roundtable_tui.faults import write_down

    print(f"roundtable: {write_down(error)}", file=sys.stderr)
    return 1


def _main(args: list[str]) -> int:
    parser = build()
    name = next((arg for arg in args if arg in COMMANDS), "")
    if name == "runs":
        at = args.index(name)
        return int(import_module("roundtable_tui.commands.runs").run(args[at + 1 :] + args[:at]))
    if name in OWN_FLAGS:  # They read their flags themselves; those before them are theirs too.
        at = args.index(name)
        return int(import_module(f"roundtable_tui.commands.{name}").run(args[:at] + args[at + 1 :]))
    if wrong := parser.unknown_flags(args):  # Before its value is taken for a command.
        if not name:  # The app takes what `ask` takes: the options of a mode, and who sits at the table.
            return int(import_module("roundtable_tui.commands.app_flags").run(args))
        _subparser(parser, name).refuse(wrong)
    known, unknown = parser.parse_known_args(args)
    if unknown:
        _subparser(parser, name).refuse(unknown)
    if known.version:
        from importlib.metadata import version

        print(f"roundtable {version('roundtable-tui')}")
        return 0
    command = (known.command or "app").replace("-", "_")
    return int(import_module(f"roundtable_tui.commands.{command}").run(known))


def build() -> Parser:
    """Return the parser of all commands but `ask`, which is only named here."""
    parser = Parser(
        prog="roundtable",
        description="Several language models work on one question at once, live in your terminal.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    source(parser)
    choices(parser)
    documents(parser)
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, text in COMMANDS.items():
        add = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".").add_argument
        if name not in ("demo-server", "fetch-model", "runs", "serve", "completion"):
            add("--json", action="store_true", help="print JSON")
        if name in ("personas", "teams", "doctor"):
            unset: Any = argparse.SUPPRESS
            add("--personas", metavar="DIR", default=unset, help="look for personas in DIR first")
        if name in ("models", "doctor"):
            source(commands.choices[name], again=True)
        if name == "tasks":
            add("name", nargs="?", default="", metavar="TASK", help="show only this one, with its texts")
            add("--new", metavar="NAME", default="", help="make a task of yours, from the run given below")
            add(
                "--from-run", metavar="RUN", default="", help="its question, mode, options, people; or `last`"
            )
        if name == "modes":
            add("name", nargs="?", default="", metavar="MODE", help="only this one")
        if name == "completion":
            add("shell", choices=SHELLS, help="the shell to print it for")
        if name == "demo-server":
            add("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
            add("--port", type=int, default=8765, metavar="N", help="the port (8765; 0: any free one)")
            add("--seed", type=int, default=0, metavar="N", help="the same seed, the same words (0)")
            add("--pace", type=float, default=40.0, metavar="X", help="tokens a second (40; 0: no waiting)")
            add("--faults", default="", metavar="WHAT", help="trouble on request, such as fail=3+slow=2")
    return parser


def _subparser(parser: Parser, command: str) -> Parser:
    return parser.commands().get(command, parser)


def source(parser: argparse.ArgumentParser, *, again: bool = False) -> None:
    """Add the flags that say who answers; `again` where they may stand before the command too."""
    add = parser.add_argument_group("server").add_argument
    unset: Any = argparse.SUPPRESS if again else ""
    off: Any = argparse.SUPPRESS if again else False
    add("--base-url", metavar="URL", default=unset, help="an OpenAI-compatible server (or OPENAI_BASE_URL)")
    add("--server", metavar="NAME", default=unset, help="a server of the settings file")
    add("--model", metavar="NAME", default=unset, help="the model (or ROUNDTABLE_MODEL)")
    add("--local", action="store_true", default=off, help="the embedded model: small, on this machine")
    add("--demo", action="store_true", default=off, help="the demo: no model, made-up text")


def choices(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say how the question is worked on, and by whom."""
    add = parser.add_argument_group("table").add_argument
    add("--mode", metavar="NAME", default="", help="debate, pro, roundtable, ... (see `roundtable modes`)")
    add("--team", metavar="NAME", default="", help="who sits at the table (see `roundtable teams`)")
    add("--task", metavar="NAME", default="", help="a task, by name or folder (see `roundtable tasks`)")
    add("--personas", metavar="DIR", default="", help="look for personas in DIR first")
    add("--budget", metavar="N", type=int, help="tokens the run may use, prompts and answers; 0: no limit")
    add("--max-cost", metavar="USD", type=float, help="what it may cost where prices are known; 0: no limit")


def documents(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say which documents the seats are given passages of."""
    add = parser.add_argument_group("documents").add_argument
    text = "give the seats passages of this knowledge (see `roundtable knowledge`); repeatable"
    add("--knowledge", metavar="NAME", action="append", default=[], help=text)
    add("--passages", metavar="N", type=int, help="how many passages (6; 0: none)")
    add("--store", metavar="WHERE", default="", help="where knowledge is kept: postgresql://... or a folder")
    add(
        "--embedding-model",
        metavar="NAME",
        default="",
        help="vectors for the task's documents, of this model",
    )
    add("--embedding-server", metavar="NAME", default="", help="whose model it is: a name, or a base URL")


if __name__ == "__main__":
    sys.exit(main())
