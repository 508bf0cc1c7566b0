"""`roundtable serve`: serves the app to browsers that have the link."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from roundtable_tui.cli.argparser import ArgumentParser
from roundtable_tui.errors import UsageError
from roundtable_tui.utils.text import single_line
from roundtable_tui.web import EXTRA
from roundtable_tui.web.guard import LOOPBACK_HOSTS, is_loopback_address

DEFAULT_PORT = 8770
"""Not a port that model servers use by default."""
USAGE = "roundtable serve [--port N] [--host ADDRESS --allow-network] [flags of the app]"
NETWORK_WARNING = (
    "others on the network can reach the app, and the connection is not encrypted: "
    "it can be read and taken over"
)
INSTALL_HINT = (
    "Install the extra: pip install 'roundtable-tui[web]', or pip install '.[web]' in the source folder."
)


def run(argv: Sequence[str]) -> int:
    """Serve until interrupted. Returns the exit code. Raises UsageError."""
    args, flags = build_serve_parser().parse_known_args(list(argv))
    _check_app_flags(flags)
    if find_spec(EXTRA) is None:
        raise UsageError(
            "textual-serve is not installed; the app needs it to run in a browser", hint=INSTALL_HINT
        )
    if not 0 <= (args.port or 0) <= 65535:
        raise UsageError(f"--port should be from 0 to 65535, not {args.port}")
    address = single_line(args.host, 100)
    if not is_loopback_address(address):
        if not args.allow_network:
            hint = "Use an ssh tunnel, or add --allow-network to accept this."
            raise UsageError(f"--host {address}: {NETWORK_WARNING}", hint=hint)
        print(f"Warning: with --host {address}, {NETWORK_WARNING}.", file=sys.stderr)
    from roundtable_tui.web.server import serve_app

    return serve_app(flags, address, args.port, args.name, DEFAULT_PORT)


def build_serve_parser() -> ArgumentParser:
    """Build the parser of the server's flags; all other flags are passed on to the app."""
    out = ArgumentParser(
        prog="roundtable serve",
        usage=USAGE,
        description="Serve the app to a browser on this machine. Flags of the app are passed on: "
        "roundtable serve --demo --mode pro.",
    )
    add = out.add_argument
    add(
        "--port",
        type=int,
        metavar="N",
        help=f"port to listen on; 0 picks a free one (default: {DEFAULT_PORT} or the next free one)",
    )
    add(
        "--host",
        metavar="ADDRESS",
        default=LOOPBACK_HOSTS[0],
        help=f"address to listen on (default: {LOOPBACK_HOSTS[0]}, this machine only)",
    )
    text = "allow connections from the network; they are not encrypted"
    add("--allow-network", action="store_true", help=text)
    text = "another host name under which browsers reach it (repeatable)"
    add("--name", metavar="NAME", action="append", default=[], help=text)
    return out


def _check_app_flags(flags: Sequence[str]) -> None:
    """Raise UsageError for flags that the app would reject: in a browser the error could not be read."""
    from roundtable_tui.cli.arguments import build_parser

    whole = build_parser()
    if whole.unknown_flags(flags):
        from roundtable_tui.cli.app import parse_app_flags

        parse_app_flags(flags)
        return
    known, unknown = whole.parse_known_args(list(flags))
    for other in (known.command, "--version" if known.version else ""):
        if other:
            raise UsageError(f"{other} cannot be combined with serve", hint="See roundtable serve --help.")
    if unknown:
        whole.reject(unknown)
    if known.root or known.tools:
        from roundtable_tui import config
        from roundtable_tui.cli.arguments import tool_choices
        from roundtable_tui.tools.plan import check_choices

        choices = tool_choices(known)
        check_choices(choices["roots"], choices["tools"], config.load())
