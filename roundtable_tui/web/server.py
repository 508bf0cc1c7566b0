"""The server behind the guard: a page, and behind each tab that opens it an app of its own."""

from __future__ import annotations

import asyncio
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
# A page, not a redirect: where the link was followed from another page, a browser would keep back the cookie.
_ENTRY_PAGE = (
    '<!DOCTYPE html><meta charset="utf-8"><title>Roundtable</title><link rel="icon" href="data:,">'
    '<meta http-equiv="refresh" content="0;url=/"><a href="/">Roundtable</a>'
)
_MAX_PORT_TRIES = 20
"""How many ports are tried, one after the other."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class GuardedServer(Server):
    """Textual's server for browsers, behind a guard, and with no process left behind."""

    def __init__(
        self, flags: Sequence[str], guard: AccessGuard, port: int, new_link: Callable[[], None]
    ) -> None:
        """`new_link` tells the person a link anew, when a used one was tried by another browser."""
        super().__init__("roundtable", port=port)
        self._arguments = app_command(flags)
        self._guard = guard
        self._cookie = f"roundtable-{port}"
        self._new_link = new_link
        self._apps: set[AppProcess] = set()
        self._sockets: set[web.WebSocketResponse] = set()

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._check_access])
        app.add_routes(
            [
                web.get("/", self._index, allow_head=False),
                web.get("/ws", self.handle_websocket, allow_head=False),
                web.get("/download/{key}", self.handle_download),
                web.static("/page", PAGE_DIR),
                web.static("/static", self.statics_path),
            ]
        )
        app.on_response_prepare.append(_add_headers)
        app.on_shutdown.append(self.on_shutdown)
        return app

    @web.middleware
    async def _check_access(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request in, or say in a line why not."""
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or not self._guard.is_own_host(hosts[0]):
            return _forbidden("This server does not go by that name. Open the link as it was printed.")
        origins = request.headers.getall("Origin", [])
        if any(not self._guard.is_own_origin(origin, hosts[0]) for origin in origins):
            return _forbidden("Another page may not speak to Roundtable.")
        if request.path == "/ws" and len(origins) != 1:
            return _forbidden("Only Roundtable's own page may open the app.")
        if self._guard.is_valid_cookie(request.cookies.get(self._cookie, "")):
            if "t" in request.query:
                return _html_response(_ENTRY_PAGE)
            return await handler(request)
        return self._redeem_link(request)

    def _redeem_link(self, request: web.Request) -> web.Response:
        """Answer a browser that was not let in yet."""
        token = request.query.get("t", "") if request.method == "GET" and request.path == "/" else ""
        if cookie := self._guard.redeem_token(token):
            response = _html_response(_ENTRY_PAGE)
            response.set_cookie(self._cookie, cookie, httponly=True, samesite="Strict", path="/")
            return response
        if token and self._guard.is_used_token(token):
            self._new_link()
            return _forbidden("This link was used already. A new one stands where Roundtable is served.")
        return _forbidden("A link is needed: it stands where Roundtable is served.")

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE_DIR / "index.html")

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Open an app for a tab, and end it with the tab."""
        tab = web.WebSocketResponse(heartbeat=15)
        if not tab.can_prepare(request):
            raise web.HTTPBadRequest(text="Only a websocket is spoken here.\n")
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
            # To its end, even when the tab has gone by then: what is started is known, and can be stopped.
            await asyncio.shield(app.start(*_terminal_size(request)))
            # Whoever speaks otherwise than the page does is not listened to any longer.
            with suppress(AssertionError, AttributeError, KeyError, IndexError, TypeError, ValueError):
                await self._process_messages(tab, app)
        except OSError as error:  # No process, or no room for one.
            print(f"roundtable: the app could not be opened: {error.strerror}", file=sys.stderr)
        finally:
            self._sockets.discard(tab)
            with suppress(ConnectionError, RuntimeError):
                await tab.close()
            await asyncio.shield(app.stop())
            self._apps.discard(app)
        return tab

    async def on_shutdown(self, app: web.Application) -> None:
        """End every app."""
        await asyncio.gather(*(one.stop() for one in self._apps))
        await asyncio.gather(*(tab.close() for tab in self._sockets), return_exceptions=True)


def serve_app(
    flags: Sequence[str], address: str, port: int | None, names: Sequence[str], default_port: int
) -> int:
    """Serve the app with `flags` until interrupted; each link goes to stdout as one line.

    Without `port` it is `default` or the next that is free; 0 is any. Raises UsageError where there is none.
    """
    guard = AccessGuard(address, names)
    listening = _listen(
        address, default_port if port is None else port, _MAX_PORT_TRIES if port is None else 1
    )
    port = listening.getsockname()[1]
    shown = _link_host(address, names)

    print("The app is for the browser that opens this link first. Ctrl+C ends all.", file=sys.stderr)

    def new_link() -> None:
        print(f"http://{shown}:{port}/?t={guard.current_or_new_token()}", flush=True)

    async def until_told() -> None:
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, told.set)
        server = GuardedServer(flags, guard, port, new_link)
        runner = web.AppRunner(await server._make_app(), access_log=None, shutdown_timeout=2)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        new_link()
        await told.wait()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)  # A second one ends it at once.
        await runner.cleanup()

    asyncio.run(until_told())
    return 0


def _listen(address: str, first: int, tries: int) -> socket.socket:
    """Return a socket that listens on the first free port."""
    for port in range(first, min(first + tries, 65536)):
        try:
            family, *_, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
            return socket.create_server(where[:2], family=family)
        except socket.gaierror:
            raise UsageError(f"--host {address}: there is no such address") from None
        except OSError as error:
            why = error.strerror
    ports = f"port {first} is" if tries == 1 else f"the ports {first} to {first + tries - 1} are"
    raise UsageError(f"{ports} not to be had: {why}", hint="Give another: --port N.")


def _link_host(address: str, names: Sequence[str]) -> str:
    """Return the name for a link that a person opens."""
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
