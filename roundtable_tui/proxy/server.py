"""Listens, prints how to connect, and serves until it is interrupted."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from roundtable_tui.config import Settings
from roundtable_tui.errors import NoServerError
from roundtable_tui.proxy.application import Proxy
from roundtable_tui.proxy.config import ProxyConfig
from roundtable_tui.utils.text import single_line
from roundtable_tui.web.server import SILENT, link_host, listen

_GC_THRESHOLDS = (50_000, 10, 5)
"""New objects before the garbage collector runs: fewer take a tenth of the time of a request."""
LINGERING_TIME_S = 10.0
"""How long the rest of a refused body is read, so that its client gets the answer and not a reset."""
SHUTDOWN_TIMEOUT_S = 5.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@asynccontextmanager
async def running_proxy(config: ProxyConfig, settings: Settings) -> AsyncIterator[tuple[str, Proxy]]:
    """Serve within the `async with`; its value is the base URL and the proxy. Raises UsageError."""
    listening = listen(config.host, config.port, 1)
    port = int(listening.getsockname()[1])
    proxy = Proxy(config, settings, port)
    runner = web.AppRunner(
        proxy.create_application(),
        access_log=None,
        logger=SILENT,
        handler_cancellation=True,  # Without it, a run would continue after its client has left.
        shutdown_timeout=SHUTDOWN_TIMEOUT_S,
        lingering_time=LINGERING_TIME_S,
    )
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield f"http://{link_host(config.host, config.host_names)}:{port}/v1", proxy
    finally:
        await runner.cleanup()


def serve_proxy(config: ProxyConfig, settings: Settings, describe: Callable[[str], Sequence[str]]) -> int:
    """Serve until interrupted; print the base URL to stdout. Returns the exit code.

    `describe` returns what to print before it on stderr, for the base URL.
    """

    async def serve() -> None:
        stop_requested = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, stop_requested.set)
        async with running_proxy(config, settings) as (url, proxy):
            print(await describe_server(proxy, config), file=sys.stderr)
            print("\n".join(describe(url)), file=sys.stderr)
            print(url, flush=True)
            await stop_requested.wait()
            for number in _SIGNALS:
                loop.remove_signal_handler(number)  # A second signal ends the process at once.

    gc.set_threshold(*_GC_THRESHOLDS)
    asyncio.run(serve())
    return 0


async def describe_server(proxy: Proxy, config: ProxyConfig) -> str:
    """Return which server will answer, or why none can yet. Raises UsageError for one that cannot be used."""
    try:
        server = await proxy.pool.get_requested_server(config.request)
    except NoServerError as error:
        return f"Requests cannot be answered yet: {error}"
    return single_line(f"Server of the models: {server.name} at {server.base_url}", 300)
