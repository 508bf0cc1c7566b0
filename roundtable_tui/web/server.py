"""The web server: one page, and an app process for each tab that opens it."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from aiohttp import web
from textual_serve.server import Server

from roundtable_tui.errors import UsageError
from roundtable_tui.web.guard import AccessGuard
from roundtable_tui.web.process import AppProcess, app_command

PAGE_DIR = Path(str(files("roundtable_tui.web"))) / "page"
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# A page, not a redirect: after a link on another site a browser would not send the SameSite cookie.
_ENTRY_PAGE = (
    '<!DOCTYPE html><meta charset="utf-8"><title>Roundtable</title><link rel="icon" href="data:,">'
    '<meta http-equiv="refresh" content="0;url={path}/"><a href="{path}/">Roundtable</a>'
)
SILENT = logging.Logger("roundtable.web", logging.CRITICAL + 1)
"""aiohttp reports a request that is not HTTP by a traceback on the terminal. It gets status 400."""
_MAX_PORT_TRIES = 20
"""Number of ports tried, in order."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class GuardedServer(Server):
    """Textual's server for browsers, with access control, and with an end for every process."""

    def __init__(
        self, flags: Sequence[str], guard: AccessGuard, port: int, new_link: Callable[[], None]
    ) -> None:
        """Create a server; `new_link` prints a new link when another browser tries a used one."""
        super().__init__("roundtable", port=port)
        self._arguments = app_command(flags)
        self._guard = guard
        self._new_link = new_link
        self._apps: set[AppProcess] = set()
        self._sockets: set[web.WebSocketResponse] = set()

    async def _make_app(self) -> web.Application:
        path = self._guard.path
        app = web.Application(middlewares=[self._check_access])
        app.add_routes(
            [
                web.get(path, self._enter, allow_head=False),
                web.get(f"{path}/", self._index, allow_head=False),
                web.get(f"{path}/ws", self.handle_websocket, allow_head=False),
                web.get(f"{path}/download/{{key}}", self.handle_download),
                web.static(f"{path}/page", PAGE_DIR),
                web.static(f"{path}/static", self.statics_path),
            ]
        )
        app.on_response_prepare.append(_add_headers)
        app.on_shutdown.append(self.on_shutdown)
        return app

    @web.middleware
    async def _check_access(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Handle a request, or reject it with one line of reason."""
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or not self._guard.is_own_host(hosts[0]):
            return _forbidden("unknown host name. Open the link exactly as it was printed.")
        origins = request.headers.getall("Origin", [])
        if any(not self._guard.is_own_origin(origin, hosts[0]) for origin in origins):
            return _forbidden("requests from other pages are not allowed.")
        if request.path == f"{self._guard.path}/ws" and len(origins) != 1:
            return _forbidden("only Roundtable's own page can open the app.")
        if self._guard.is_valid_cookie(request.cookies.get(self._guard.cookie_name, "")):
            if "t" in request.query:
                return await self._enter(request)
            return await handler(request)
        return self._redeem_link(request)

    def _redeem_link(self, request: web.Request) -> web.Response:
        """Answer a browser without a valid cookie."""
        guard = self._guard
        # Links without the path are links too: the token alone gives access.
        is_link = request.method == "GET" and request.path in ("/", guard.path, f"{guard.path}/")
        token = request.query.get("t", "") if is_link else ""
        if cookie := guard.redeem_token(token):
            response = self._entry_page()
            response.set_cookie(guard.cookie_name, cookie, httponly=True, samesite="Strict", path=guard.path)
            return response
        if token and guard.is_used_token(token):
            self._new_link()
            return _forbidden("this link was already used. A new one was printed by Roundtable.")
        return _forbidden("no access. Open the link that Roundtable printed.")

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        return self._entry_page()

    def _entry_page(self) -> web.Response:
        return _html_response(_ENTRY_PAGE.format(path=self._guard.path))

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE_DIR / "index.html")

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run an app for a tab; end it with the tab."""
        tab = web.WebSocketResponse(heartbeat=15)
        if not tab.can_prepare(request):
            raise web.HTTPBadRequest(text="websocket requests only\n")
        await tab.prepare(request)
        app = AppProcess(
            self._arguments,
            write_bytes=tab.send_bytes,
            write_str=tab.send_str,
            close=tab.close,
            download_manager=self.download_manager,
        )
        self._apps.add(app)
        self._sockets.add(tab)
        try:
            # Shielded: a start that is complete can be stopped, even after the tab is gone.
            await asyncio.shield(app.start(*_terminal_size(request)))
            # A message that the page would not send ends the session.
            with suppress(AssertionError, AttributeError, KeyError, IndexError, TypeError, ValueError):
                await self._process_messages(tab, app)
        except OSError as error:  # The process cannot be started.
            print(f"roundtable: the app could not be opened: {error.strerror}", file=sys.stderr)
        finally:
            self._sockets.discard(tab)
            with suppress(ConnectionError, RuntimeError):
                await tab.close()
            await asyncio.shield(app.stop())
            self._apps.discard(app)
        return tab

    async def on_shutdown(self, app: web.Application) -> None:
        """End all apps."""
        await asyncio.gather(*(one.stop() for one in self._apps))
        await asyncio.gather(*(tab.close() for tab in self._sockets), return_exceptions=True)


def serve_app(
    flags: Sequence[str], address: str, port: int | None, names: Sequence[str], default_port: int
) -> int:
    """Serve the app until interrupted; print each link on a line of stdout.

    Args:
        flags: The flags of the app.
        address: The address to listen on.
        port: The port; 0 for any, None for `default_port` or the next free one.
        names: Further host names of this server.
        default_port: The first port to try.

    Returns:
        The exit code.

    Raises:
        UsageError: The address is invalid, or no port is free.
    """
    guard = AccessGuard(address, names)
    listening = listen(
        address, default_port if port is None else port, _MAX_PORT_TRIES if port is None else 1
    )
    port = listening.getsockname()[1]
    shown = link_host(address, names)

    print("The first browser that opens this link gets access. Press Ctrl+C to stop.", file=sys.stderr)

    def new_link() -> None:
        print(f"http://{shown}:{port}{guard.path}/?t={guard.current_or_new_token()}", flush=True)

    async def serve_until_signal() -> None:
        stop_requested = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stop_requested.set)
        server = GuardedServer(flags, guard, port, new_link)
        runner = web.AppRunner(await server._make_app(), access_log=None, logger=SILENT, shutdown_timeout=2)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        new_link()
        await stop_requested.wait()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)  # A second signal ends the process at once.
        await runner.cleanup()

    asyncio.run(serve_until_signal())
    return 0


def listen(address: str, first: int, tries: int) -> socket.socket:
    """Return a socket that listens on the first free port. Raises UsageError."""
    for port in range(first, min(first + tries, 65536)):
        try:
            family, *_, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
            return socket.create_server(where[:2], family=family)
        except socket.gaierror:
            raise UsageError(f"--host {address}: address not found") from None
        except OSError as error:
            why = error.strerror
    ports = f"port {first} is" if tries == 1 else f"the ports {first} to {first + tries - 1} are"
    raise UsageError(f"{ports} not available: {why}", hint="Choose another with --port N.")


def link_host(address: str, names: Sequence[str]) -> str:
    """Return the host name for the printed link."""
    if names:
        return names[0]
    if address in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{address}]" if ":" in address else address


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURITY_HEADERS)
    response.headers.pop("Server", None)


def _html_response(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")


def _forbidden(why: str) -> web.Response:
    return web.Response(status=403, text=f"Roundtable: {why}\n")


def _terminal_size(request: web.Request) -> tuple[int, int]:
    def number(name: str, otherwise: int) -> int:
        given = request.query.get(name, "")
        return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else otherwise

    return number("width", 80), number("height", 24)
