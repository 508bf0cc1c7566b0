"""`roundtable proxy`: modes as models behind an OpenAI-compatible address."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from roundtable_tui.cli.argparser import ArgumentParser
from roundtable_tui.errors import UsageError
from roundtable_tui.proxy import EXTRA
from roundtable_tui.utils.text import single_line
from roundtable_tui.web.guard import LOOPBACK_HOSTS, is_loopback_address

if TYPE_CHECKING:
    from roundtable_tui.config import Settings
    from roundtable_tui.setup.request import RunRequest

KEY_VARIABLE = "ROUNDTABLE_PROXY_KEY"
INSTALL_HINT = (
    "Install the extra: pip install 'roundtable-tui[proxy]', or pip install '.[proxy]' in the source folder."
)
_MAX_RUNS = 1_000


def run(argv: Sequence[str]) -> int:
    """Serve until interrupted. Returns the exit code. Raises UsageError."""
    args = build_proxy_parser().parse_args(list(argv))
    if find_spec(EXTRA) is None:
        raise UsageError("aiohttp is not installed; the proxy needs it", hint=INSTALL_HINT)
    if not 0 <= args.port <= 65535:
        raise UsageError(f"--port should be from 0 to 65535, not {args.port}")
    if not 1 <= args.runs <= _MAX_RUNS:
        raise UsageError(f"--runs should be from 1 to {_MAX_RUNS}, not {args.runs}")
    address = single_line(args.host, 100)
    key = _read_key(args.key_env)
    if not is_loopback_address(address) and not key:
        hint = f"Set {args.key_env or KEY_VARIABLE} to the key that clients should send."
        raise UsageError(f"--host {address}: others on the network could ask without a key", hint=hint)
    from roundtable_tui import config
    from roundtable_tui.cli.arguments import tool_choices
    from roundtable_tui.cli.proxy.banner import describe
    from roundtable_tui.proxy.config import ProxyConfig
    from roundtable_tui.proxy.server import serve_proxy
    from roundtable_tui.setup.request import RunRequest

    request = RunRequest(
        server=args.server,
        base_url=args.base_url,
        model=args.model,
        demo=args.demo,
        local=args.local,
        budget=args.budget,
        max_cost=args.max_cost,
        record=not args.no_record,
        **tool_choices(args),
    )
    settings = config.load()
    if request.roots or request.tools or request.mcp:
        asyncio.run(_try_tools(request, settings))
    chosen = ProxyConfig(
        host=address,
        port=args.port,
        key=key,
        origins=tuple(args.allow_origin),
        host_names=tuple(args.host_name),
        max_runs=args.runs,
        request=request,
    )
    return serve_proxy(chosen, settings, lambda url: describe(url, settings, has_key=bool(key)))


async def _try_tools(request: RunRequest, settings: Settings) -> None:
    """Open the tools once, so that a wrong one ends the start and not every run. Raises RoundtableError."""
    from roundtable_tui.setup.tools import plan_tools
    from roundtable_tui.tools.documents import CHOICE

    tools = await plan_tools(
        replace(request, tools=tuple(one for one in request.tools if one != CHOICE)), None, settings
    )
    if tools is not None and tools.close is not None:
        await tools.close()


def _read_key(variable: str) -> str:
    """Return the key that clients need; "" for none. Raises UsageError for a named variable without one."""
    key = os.environ.get(variable or KEY_VARIABLE, "").strip()
    if variable and not key:
        raise UsageError(f"--key-env {single_line(variable, 60)}: this variable is not set")
    if key:
        from roundtable_tui.utils.redact import register_secret

        register_secret(key)
    return key


def build_proxy_parser() -> ArgumentParser:
    """Build the parser of the proxy's flags."""
    from roundtable_tui.cli.arguments import add_server_arguments, add_tool_arguments
    from roundtable_tui.proxy.config import DEFAULT_PORT, DEFAULT_RUNS

    out = ArgumentParser(
        prog="roundtable proxy",
        description="Serve modes, teams and tasks as models behind an OpenAI-compatible address.",
    )
    add = out.add_argument
    text = f"port to listen on; 0 picks a free one (default: {DEFAULT_PORT})"
    add("--port", type=int, metavar="N", default=DEFAULT_PORT, help=text)
    text = f"address to listen on (default: {LOOPBACK_HOSTS[0]}, this machine only); others need a key"
    add("--host", metavar="ADDRESS", default=LOOPBACK_HOSTS[0], help=text)
    text = f"environment variable with the key that clients have to send (default: {KEY_VARIABLE}, if set)"
    add("--key-env", metavar="NAME", default="", help=text)
    text = "a web page that may ask, such as https://app.example (repeatable)"
    add("--allow-origin", metavar="URL", action="append", default=[], help=text)
    text = "another host name under which clients reach it (repeatable)"
    add("--host-name", metavar="NAME", action="append", default=[], help=text)
    text = f"panels at a time; more are refused until one has ended (default: {DEFAULT_RUNS})"
    add("--runs", type=int, metavar="N", default=DEFAULT_RUNS, help=text)
    add("--budget", type=int, metavar="N", help="maximum tokens of each run; clients can only lower it")
    add("--max-cost", type=float, metavar="USD", help="maximum cost of each run in USD")
    add("--no-record", action="store_true", help="keep no records of the runs")
    add_server_arguments(out)
    add_tool_arguments(out)
    return out
