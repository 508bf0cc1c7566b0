"""The arguments of all commands but those that parse their own. Must stay cheap to import."""

from __future__ import annotations

import argparse
from collections.abc import Container

from roundtable_tui.cli.argparser import ArgumentParser, ListedCommand, complete_with

TYPE_CHECKING = False  # As in `typing`, whose import is a tenth of the time of `--help`.
if TYPE_CHECKING:
    from typing import Any

EPILOG = """Without a command, the app opens. Try:
  roundtable --demo                       the app without a model
  roundtable --local                      the app with the built-in model
  roundtable ask "Why is the sky blue?"   print an answer to stdout
  roundtable ask --task NAME --json       run a task, print a JSON report"""

COMMANDS = {
    "ask": "ask a question without the app and print the answer",
    "modes": "list modes and their options",
    "personas": "list personas and where they are stored",
    "teams": "list teams",
    "tasks": "list tasks, show one, or create one from a run",
    "models": "list the models of a server, or of all servers found",
    "knowledge": "store documents and search them",
    "bench": "measure modes on questions with known answers",
    "batch": "run every task of a file, on one or several servers",
    "runs": "list, search, show, replay, resume, fork or export runs",
    "keys": "list the keys of the app and their names in the settings",
    "paths": "print the paths of settings, runs and other files",
    "doctor": "check settings, files, servers and the local model",
    "serve": "open the app in a browser",
    "proxy": "serve modes as models to other programs (OpenAI-compatible)",
    "demo-server": "serve the demo as an OpenAI-compatible server",
    "fetch-model": "download the built-in model (98 MB)",
    "completion": "print the completion script of a shell",
}
SELF_PARSING_COMMANDS = ("ask", "batch", "bench", "knowledge", "proxy", "serve")
SHELLS = ("bash", "zsh", "fish")


def build_parser(words: Container[str] | None = None) -> ArgumentParser:
    """Build the parser of the command line; commands that parse their own arguments are only named.

    Args:
        words: The command line. Commands that are not in it are only named too; None: all are built.
    """

    def is_built(name: str) -> bool:
        return words is None or name in words

    def make_command(**given: Any) -> ArgumentParser | ListedCommand:
        name = given["prog"].rpartition(" ")[2]
        return ArgumentParser(**given) if is_built(name) else ListedCommand()

    parser = ArgumentParser(
        prog="roundtable",
        description="Several language models answer one question, live in your terminal.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    add_server_arguments(parser)
    add_table_arguments(parser)
    add_document_arguments(parser)
    add_tool_arguments(parser)
    parser.add_argument("--no-mouse", action="store_true", help="do not capture the mouse")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=make_command)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if is_built(name):
            _add_command_arguments(name, command)
    return parser


def _add_command_arguments(name: str, command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    if name not in ("demo-server", "fetch-model", "runs", "serve", "proxy", "completion"):
        add("--json", action="store_true", help="print JSON")
    match name:
        case "personas":
            _add_personas_argument(command, suppress_defaults=True)
            add(
                "action", nargs="?", default="", choices=["", "import"], metavar="import", help="import FILEs"
            )
            text = "persona files of other programs: character cards, assistants, models, prompt lists"
            complete_with(add("files", nargs="*", default=[], metavar="FILE", help=text), "files")
        case "teams":
            _add_personas_argument(command, suppress_defaults=True)
        case "doctor":
            _add_personas_argument(command, suppress_defaults=True)
            add_server_arguments(command, suppress_defaults=True)
        case "models":
            add_server_arguments(command, suppress_defaults=True)
        case "tasks":
            complete_with(add("name", nargs="?", default="", metavar="TASK", help="show this task"), "tasks")
            add("--new", metavar="NAME", default="", help="create a task from the run given with --from-run")
            text = "the run to take question, mode, options and personas from; `last` is the newest"
            complete_with(add("--from-run", metavar="RUN", default="", help=text), "runs")
        case "modes":
            mode = add("name", nargs="?", default="", metavar="MODE", help="show only this mode")
            complete_with(mode, "modes")
        case "completion":
            add("shell", choices=SHELLS, help="the shell")
        case "demo-server":
            add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
            text = "port to listen on; 0 picks a free one (default: 8765)"
            add("--port", type=int, default=8765, metavar="N", help=text)
            add("--seed", type=int, default=0, metavar="N", help="seed of the generated text (default: 0)")
            text = "tokens per second; 0 sends without delay (default: 40)"
            add("--pace", type=float, default=40.0, metavar="X", help=text)
            add("--faults", default="", metavar="WHAT", help="errors to simulate, such as fail=3+slow=2")


def get_subparser(parser: ArgumentParser, command: str) -> ArgumentParser:
    """Return the parser of a command; the main parser if there is no such command."""
    return parser.commands().get(command, parser)


def add_server_arguments(parser: argparse.ArgumentParser, *, suppress_defaults: bool = False) -> None:
    """Add the flags that select a server and a model.

    Args:
        parser: The parser to add them to.
        suppress_defaults: Leave flags that are not given out of the namespace, where the main parser has set
            them: `roundtable --demo models` equals `roundtable models --demo`.
    """
    add = parser.add_argument_group("server").add_argument
    unset: Any = argparse.SUPPRESS if suppress_defaults else ""
    off: Any = argparse.SUPPRESS if suppress_defaults else False
    text = "base URL of an OpenAI-compatible server (env: OPENAI_BASE_URL)"
    add("--base-url", metavar="URL", default=unset, help=text)
    text = "a server from the settings file"
    complete_with(add("--server", metavar="NAME", default=unset, help=text), "servers")
    text = "model name (env: ROUNDTABLE_MODEL)"
    complete_with(add("--model", metavar="NAME", default=unset, help=text), "models")
    add("--local", action="store_true", default=off, help="use the built-in model on this machine")
    add("--demo", action="store_true", default=off, help="use the demo: generated text, no model")


def add_table_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that select mode, seats, task and budget."""
    group = parser.add_argument_group("run")
    add = group.add_argument
    text = "how the seats work: debate, pro, vote, ... (list: roundtable modes)"
    complete_with(add("--mode", metavar="NAME", default="", help=text), "modes")
    text = "the personas that take part (list: roundtable teams)"
    complete_with(add("--team", metavar="NAME", default="", help=text), "teams")
    text = "a task by name or folder (list: roundtable tasks)"
    complete_with(add("--task", metavar="NAME", default="", help=text), "tasks")
    _add_personas_argument(group)
    text = "maximum tokens of the run, prompts included; 0 for no limit"
    add("--budget", metavar="N", type=int, help=text)
    text = "maximum cost of the run in USD, where prices are known; 0 for no limit"
    add("--max-cost", metavar="USD", type=float, help=text)


def _add_personas_argument(
    parser: argparse.ArgumentParser | argparse._ArgumentGroup, *, suppress_defaults: bool = False
) -> None:
    unset: Any = argparse.SUPPRESS if suppress_defaults else ""
    text = "search for personas and teams in DIR first"
    folder = parser.add_argument("--personas", metavar="DIR", default=unset, help=text)
    complete_with(folder, "directories")


def add_tool_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that give tools to the seats."""
    add = parser.add_argument_group("tools").add_argument
    text = "let the seats list, search and read the files in DIR (repeatable)"
    complete_with(add("--root", metavar="DIR", action="append", default=[], help=text), "directories")
    text = "further tools, separated by commas: python, documents, or MCP servers of the settings"
    add("--tools", metavar="NAME,...", default="", help=text)
    text = "an mcpServers file of another program, whose servers are used too"
    complete_with(add("--mcp", metavar="FILE", default="", help=text), "files")
    text = "a tool that may be called without a question, or TOOL(PATTERN) (repeatable)"
    add("--allow", metavar="TOOL", action="append", default=[], help=text)
    add("--tool-trips", metavar="N", type=int, help="replies of a turn that may call tools (default: 3)")


def tool_choices(args: argparse.Namespace) -> dict[str, Any]:
    """Return the flags of `add_tool_arguments` as parameters of a request."""
    from roundtable_tui.utils.paths import expand_user

    return {
        "roots": tuple(map(expand_user, args.root)),
        "tools": tuple(name for name in map(str.strip, args.tools.split(",")) if name),
        "mcp": expand_user(args.mcp) if args.mcp else None,
        "allow": tuple(args.allow),
        "tool_trips": args.tool_trips,
    }


def add_document_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags that select documents whose passages are added to the prompts."""
    add = parser.add_argument_group("documents").add_argument
    text = "add passages from this collection to the prompts (repeatable; see roundtable knowledge)"
    knowledge = add("--knowledge", metavar="NAME", action="append", default=[], help=text)
    complete_with(knowledge, "collections")
    add("--passages", metavar="N", type=int, help="number of passages; 0 for none (default: 6)")
    text = "where collections are stored: a folder or postgresql://..."
    complete_with(add("--store", metavar="WHERE", default="", help=text), "directories")
    text = "embed the task's documents with this model"
    add("--embedding-model", metavar="NAME", default="", help=text)
    server = add(
        "--embedding-server", metavar="NAME", default="", help="name or base URL of the server of that model"
    )
    complete_with(server, "servers")
