"""The arguments of all commands but `ask`, which reads its own. Must stay cheap to import."""

from __future__ import annotations

import argparse
from typing import Any

from roundtable_tui.cli.argparser import ArgumentParser

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
SELF_PARSING_COMMANDS = ("ask", "knowledge", "serve")
SHELLS = ("bash", "zsh", "fish")


def build_parser() -> ArgumentParser:
    """Return the parser of all commands but `ask`, which is only named here."""
    parser = ArgumentParser(
        prog="roundtable",
        description="Several language models work on one question at once, live in your terminal.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    add_server_arguments(parser)
    add_table_arguments(parser)
    add_document_arguments(parser)
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
            add_server_arguments(commands.choices[name], suppress_defaults=True)
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


def get_subparser(parser: ArgumentParser, command: str) -> ArgumentParser:
    """Return the parser of a command; the main parser if there is no such command."""
    return parser.commands().get(command, parser)


def add_server_arguments(parser: argparse.ArgumentParser, *, suppress_defaults: bool = False) -> None:
    """Add the flags that say who answers; `again` where they may stand before the command too."""
    add = parser.add_argument_group("server").add_argument
    unset: Any = argparse.SUPPRESS if suppress_defaults else ""
    off: Any = argparse.SUPPRESS if suppress_defaults else False
    add("--base-url", metavar="URL", default=unset, help="an OpenAI-compatible server (or OPENAI_BASE_URL)")
    add("--server", metavar="NAME", default=unset, help="a server of the settings file")
    add("--model", metavar="NAME", default=unset, help="the model (or ROUNDTABLE_MODEL)")
    add("--local", action="store_true", default=off, help="the embedded model: small, on this machine")
    add("--demo", action="store_true", default=off, help="the demo: no model, made-up text")


def add_table_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say how the question is worked on, and by whom."""
    add = parser.add_argument_group("table").add_argument
    add("--mode", metavar="NAME", default="", help="debate, pro, roundtable, ... (see `roundtable modes`)")
    add("--team", metavar="NAME", default="", help="who sits at the table (see `roundtable teams`)")
    add("--task", metavar="NAME", default="", help="a task, by name or folder (see `roundtable tasks`)")
    add("--personas", metavar="DIR", default="", help="look for personas in DIR first")
    add("--budget", metavar="N", type=int, help="tokens the run may use, prompts and answers; 0: no limit")
    add("--max-cost", metavar="USD", type=float, help="what it may cost where prices are known; 0: no limit")


def add_document_arguments(parser: argparse.ArgumentParser) -> None:
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
