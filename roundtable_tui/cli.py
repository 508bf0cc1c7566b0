"""The command line: what can be asked for. Everything heavier is imported once it is known what to do."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

EPILOG = """Without a command the app opens. The first things to try:
  roundtable --demo                       look around, no model needed
  roundtable --local                      the same with the embedded model
  roundtable ask "Why is the sky blue?"   an answer on stdout
  roundtable ask --task maths --json      a task, the whole story as JSON"""


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 fine, 1 no answer, 2 wrong use or files, 130 interrupted."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        if args[:1] == ["ask"]:  # Its flags depend on the mode, so it reads them itself.
            return int(import_module("roundtable_tui.commands.ask").run(args[1:]))
        known = build().parse_args(args)
        if known.version:
            from importlib.metadata import version

            print(f"roundtable {version('roundtable-tui')}")
            return 0
        command = (known.command or "app").replace("-", "_")
        return int(import_module(f"roundtable_tui.commands.{command}").run(known))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # The reader of our output has gone; so do we, quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        from roundtable_tui.errors import RoundtableError

        if not isinstance(error, RoundtableError):
            raise
        from roundtable_tui.text import one_line

        print(f"roundtable: {one_line(str(error), 600)}", file=sys.stderr)
        return error.exit_code


def build() -> argparse.ArgumentParser:
    """Return the parser of all commands but `ask`, which is only named here."""
    parser = argparse.ArgumentParser(
        prog="roundtable",
        description="Several language models work on one question at once, live in your terminal.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    source(parser)
    choices(parser)
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    commands.add_parser("ask", help="ask without a screen: the answer on stdout")

    for name, text in {
        "modes": "list the modes with their options",
        "personas": "list the personas and where they come from",
        "teams": "list the teams",
        "tasks": "list the tasks",
        "runs": "list the runs so far, newest first",
        "models": "list what the server offers",
        "doctor": "check files, servers and the local model, and say what to do",
    }.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--json", action="store_true", help="print JSON")
        if name in ("personas", "teams", "doctor"):
            command.add_argument(
                "--personas", metavar="DIR", default=argparse.SUPPRESS, help="look for personas in DIR first"
            )
        if name in ("models", "doctor"):
            source(command, again=True)
        if name == "runs":
            command.add_argument("-n", type=int, default=20, metavar="N", help="how many (20)")
    commands.add_parser("paths", help="print where the files are")
    demo = commands.add_parser("demo-server", help="serve the demo to any OpenAI client, on this machine")
    demo.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    demo.add_argument("--port", type=int, default=8765, help="the port (8765; 0: any free one)")
    demo.add_argument("--seed", type=int, default=0, help="the same seed, the same words (0)")
    demo.add_argument("--pace", type=float, default=40.0, help="tokens a second (40; 0: no waiting)")
    commands.add_parser("fetch-model", help="fetch the embedded model (98 MB), once")
    return parser


def source(parser: argparse.ArgumentParser, *, again: bool = False) -> None:
    """Add the flags that say who answers; `again` where they may stand before the command too."""
    group = parser.add_argument_group("server")
    unset: Any = argparse.SUPPRESS if again else ""
    off: Any = argparse.SUPPRESS if again else False
    group.add_argument(
        "--base-url", metavar="URL", default=unset, help="an OpenAI-compatible server (or OPENAI_BASE_URL)"
    )
    group.add_argument("--server", metavar="NAME", default=unset, help="a server of the settings file")
    group.add_argument("--model", metavar="NAME", default=unset, help="the model (or ROUNDTABLE_MODEL)")
    group.add_argument(
        "--local", action="store_true", default=off, help="the embedded model: small, on this machine"
    )
    group.add_argument("--demo", action="store_true", default=off, help="the demo: no model, made-up text")


def choices(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say how the question is worked on, and by whom."""
    group = parser.add_argument_group("table")
    group.add_argument(
        "--mode", metavar="NAME", default="", help="debate, pro, roundtable, ... (see `roundtable modes`)"
    )
    group.add_argument(
        "--team", metavar="NAME", default="", help="who sits at the table (see `roundtable teams`)"
    )
    group.add_argument("--task", metavar="NAME", default="", help="a task, by name or folder")
    group.add_argument("--personas", metavar="DIR", default="", help="look for personas in DIR first")


if __name__ == "__main__":
    sys.exit(main())
