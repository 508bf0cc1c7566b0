"""`roundtable serve`: the app in a browser, for whoever has the link."""

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
"""None of the ports that model servers like to have."""
USAGE = "roundtable serve [--port N] [--host ADDRESS --allow-network] [flags of the app]"
NETWORK_WARNING = (
    "others on the network can reach the app, and nothing is encrypted: "
    "who listens in between reads along, and can take over"
)
INSTALL_HINT = (
    "Install the extra: pip install 'roundtable-tui[web]', or pip install '.[web]' where its source is."
)


def run(argv: Sequence[str]) -> int:
    """Serve until interrupted, and return the exit code. Raises UsageError for what cannot be."""
    args, flags = build_serve_parser().parse_known_args(list(argv))
    _check_app_flags(flags)
    if find_spec(EXTRA) is None:
        raise UsageError(
            "the app in a browser needs textual-serve, which is not installed", hint=INSTALL_HINT
        )
    if not 0 <= (args.port or 0) <= 65535:
        raise UsageError(f"--port should be from 0 to 65535, not {args.port}")
    address = single_line(args.host, 100)
    if not is_loopback_address(address):
        if not args.allow_network:
            hint = "Add --allow-network if that is what you want; an ssh tunnel is better."
            raise UsageError(f"--host {address}: {NETWORK_WARNING}", hint=hint)
        print(f"With --host {address} {NETWORK_WARNING}.", file=sys.stderr)
    from roundtable_tui.web.server import serve_app

    return serve_app(flags, address, args.port, args.name, DEFAULT_PORT)


def build_serve_parser() -> ArgumentParser:
    """Return the parser of what is for the server; all else is for the app."""
    out = ArgumentParser(
        prog="roundtable serve",
        usage=USAGE,
        description="Serve the app to a browser on this machine. All flags of the app go on to it: "
        "roundtable serve --demo --mode pro.",
    )
    add = out.add_argument
    add("--port", type=int, metavar="N", help=f"the port ({DEFAULT_PORT}, or the next that is free; 0: any)")
    add(
        "--host",
        metavar="ADDRESS",
        default=LOOPBACK_HOSTS[0],
        help=f"the address to listen on ({LOOPBACK_HOSTS[0]}: only this machine)",
    )
    text = "let others on the network reach it; nothing is encrypted"
    add("--allow-network", action="store_true", help=text)
    text = "a name that browsers reach it by, besides the address; repeatable"
    add("--name", metavar="NAME", action="append", default=[], help=text)
    return out


def _check_app_flags(flags: Sequence[str]) -> None:
    """Raise UsageError for flags that the app would refuse: here it is read, in a browser it is not."""
    from roundtable_tui.cli.arguments import build_parser

    whole = build_parser()
    if whole.unknown_flags(flags):
        from roundtable_tui.cli.app import parse_app_flags

        parse_app_flags(flags)
        return
    known, unknown = whole.parse_known_args(list(flags))
    for other in (known.command, "--version" if known.version else ""):
        if other:
            raise UsageError(f"{other} does not go with serve", hint="See roundtable serve --help.")
    if unknown:
        whole.reject(unknown)
