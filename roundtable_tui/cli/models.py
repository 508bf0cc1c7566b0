"""`roundtable models`, `demo-server` and `fetch-model`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from contextlib import suppress
from typing import Any

from roundtable_tui import config
from roundtable_tui.cli import output
from roundtable_tui.cli.argparser import server_arguments
from roundtable_tui.config import resolve_server
from roundtable_tui.errors import RoundtableError, UsageError
from roundtable_tui.llm.demo.responder import DEMO_MODELS, DemoApi
from roundtable_tui.llm.local import fetch
from roundtable_tui.llm.types import ModelInfo, Server
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils.text import single_line


def run(args: argparse.Namespace) -> int:
    """List the models of the given server, or of all servers found. Returns 1 if none answers."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    found: list[dict[str, Any]] = []
    wrong: list[RoundtableError] = []
    async with ServerPool(output.load_settings(), config.FlagEnvironment(os.environ, args.base_url)) as pool:
        for server in await _select_servers(args, pool):
            try:
                offered = await pool.list_models(server)
            except RoundtableError as error:
                wrong.append(error)
                continue
            models = [_model_to_dict(model) for model in offered]
            found.append({"server": server.name, "base_url": server.base_url, "models": models})
    if args.json:
        output.print_json(found)
    else:
        print("\n\n".join(_format_server(entry) for entry in found), end="\n" if found else "")
    output.print_warnings(wrong)
    return 0 if found else 1


async def _select_servers(args: argparse.Namespace, pool: ServerPool) -> list[Server]:
    source = server_arguments(args)
    if any(source.values()) or pool.settings.demo or resolve_server(pool.settings, environ=pool.environ):
        return [await pool.get_server(**source)]
    around = await pool.discover() if pool.settings.discovery else []
    if not around:
        raise UsageError(
            f"no server is configured, and none was found on this machine{pool.silent_ollama()}",
            hint="Use --base-url URL, set OPENAI_BASE_URL, start Ollama, or use --local or --demo.",
        )
    return [pool.from_settings(one) for one in around]


def _model_to_dict(model: ModelInfo) -> dict[str, Any]:
    price = {"prompt": model.price.prompt, "completion": model.price.completion} if model.price else None
    return {
        "id": model.id,
        "context": model.context,
        "chat": model.chat,
        "tools": model.tools,
        "json": model.json,
        "vision": model.vision,
        "price": price,
    }


def _format_server(entry: dict[str, Any]) -> str:
    head = single_line(f"{entry['server']} at {entry['base_url']}", 200)
    rows = [
        (model["id"], f"{model['context']:,} tokens context window" if model["context"] else "")
        for model in entry["models"]
    ]
    return f"{head}\n{output.format_columns(rows, indent='  ', max_width=60) or '  no models'}"


def run_demo_server(args: argparse.Namespace) -> int:
    """Serve the demo until interrupted. Prints the base URL to stdout as one line."""
    if args.pace < 0:
        raise UsageError(f"--pace should be 0 or more tokens per second, not {args.pace:g}")
    api = DemoApi(args.seed, args.pace, faults=args.faults, on_unknown_model=_warn_of_unknown_model)
    print("The demo server: generated text, no model. Press Ctrl+C to stop. Base URL:", file=sys.stderr)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve_until_cancelled(api, args.host, args.port))
    return 0


async def _serve_until_cancelled(api: DemoApi, host: str, port: int) -> None:
    from roundtable_tui.llm.demo.port import (
        serve_demo,  # Imports a web server, which only this command needs.
    )

    async with serve_demo(api, host, port) as url:
        print(url, flush=True)
        await asyncio.Event().wait()


def _warn_of_unknown_model(name: str) -> None:
    shown = single_line(name, 80)
    print(f"There is no model {shown} here: {DEMO_MODELS[0]} answers for it.", file=sys.stderr)


def fetch_model(args: argparse.Namespace) -> int:
    """Download the built-in model unless it is present."""
    return fetch.main([])
