"""The proxy as an aiohttp application: routes, access control, errors as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from roundtable_tui.config import FlagEnvironment, Settings
from roundtable_tui.proxy.access.checks import RequestChecks, preflight_headers
from roundtable_tui.proxy.access.rate import RequestRate
from roundtable_tui.proxy.config import BODY_TIMEOUT_S, MAX_BODY_BYTES, ProxyConfig
from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.proxy.formats.base import ReplyFormat
from roundtable_tui.proxy.formats.chat import ChatFormat
from roundtable_tui.proxy.formats.messages import MessagesFormat
from roundtable_tui.proxy.formats.responses import ResponsesFormat
from roundtable_tui.proxy.reading.bounded_json import MAX_BODY_VALUES, TooManyValuesError, load_bounded
from roundtable_tui.proxy.reading.catalog import Catalog, model_to_dict
from roundtable_tui.proxy.reading.chat_call import ChatCall, read_chat_call
from roundtable_tui.proxy.reading.client_name import read_client_name
from roundtable_tui.proxy.reading.messages_body import count_tokens, read_messages_body
from roundtable_tui.proxy.reading.pictures import attach_pictures
from roundtable_tui.proxy.reading.responses_body import read_responses_body
from roundtable_tui.proxy.running.active_runs import ActiveRuns, fingerprint
from roundtable_tui.proxy.running.execute import execute_call
from roundtable_tui.proxy.running.pool import ProxyServerPool
from roundtable_tui.proxy.running.shared_run import SharedRun
from roundtable_tui.proxy.streaming import send_stream, send_whole
from roundtable_tui.utils.crash_log import log_exception
from roundtable_tui.utils.interface import use_interface
from roundtable_tui.web.guard import AccessGuard

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
NOT_FOUND = "there is no such address: use /v1/models, /v1/chat/completions, /v1/responses or /v1/messages"
_MAX_PICTURE_READERS = 2
"""Requests whose pictures are read at a time: each picture is read by a process of its own."""
UNEXPECTED = "unexpected error of the proxy: its log has the details"
_RETRY_HEADERS = ("x-stainless-retry-count", "x-retry-count", "x-retry-attempt")


class Proxy:
    """The proxy: an application, its servers and its runs."""

    def __init__(self, config: ProxyConfig, settings: Settings, port: int) -> None:
        """Create the proxy; `port` is the one it listens on."""
        self._catalog = Catalog(settings)
        guard = AccessGuard(config.host, config.host_names)
        self._checks = RequestChecks(guard, config.key, config.origins)
        self._rate = RequestRate(config.requests_per_minute, time.monotonic)
        environ = FlagEnvironment(os.environ, config.request.base_url)
        self.pool = ProxyServerPool(settings, environ, guard.is_own_host, port)
        self.runs = ActiveRuns(config.max_runs)
        self._picture_reading = asyncio.Semaphore(_MAX_PICTURE_READERS)
        self._created = int(time.time())
        self._base = replace(
            config.request,
            budget=config.request.budget if config.request.budget is not None else settings.budget,
            max_cost=config.request.max_cost if config.request.max_cost is not None else settings.max_cost,
        )

    def create_application(self) -> web.Application:
        """Return the application; it ends the runs and closes the servers when it is cleaned up."""
        app = web.Application(middlewares=[self._answer_safely], client_max_size=MAX_BODY_BYTES)
        app.add_routes(
            [
                web.get("/v1/models", self._list_models),
                web.get("/v1/models/{name:.+}", self._get_model),
                web.post("/v1/chat/completions", self._chat),
                web.post("/v1/responses", self._responses),
                web.post("/v1/messages", self._messages),
                web.post("/v1/messages/count_tokens", self._count_tokens),
            ]
        )
        app.on_response_prepare.append(self._add_headers)
        app.on_shutdown.append(self._end_runs)
        app.on_cleanup.append(self._close)
        return app

    @web.middleware
    async def _answer_safely(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check a request and handle it; every error is JSON of one line."""
        use_interface("python")
        try:
            self._checks.check_page(request.headers)
            if request.method == "OPTIONS":
                return _preflight(request)
            key = self._checks.check_key(request.headers)
            self._checks.check_depth(request.headers)
            self._rate.take(key or request.remote or "")
            if request.method == "POST":
                self._checks.check_body_type(request.headers)
            return await handler(request)
        except ProxyError as error:
            return _error_response(request, error)
        except web.HTTPRequestEntityTooLarge:
            what = f"the body is over {MAX_BODY_BYTES >> 20} MB"
            return _error_response(request, ProxyError(413, what, code="body_too_large"))
        except web.HTTPException as error:
            what = NOT_FOUND if error.status == 404 else str(error.reason)
            return _error_response(request, ProxyError(error.status, what, code="not_found"))
        except ConnectionError:  # The client has left: what is returned is not sent.
            return web.Response(status=499)
        except Exception as error:
            log_exception(error)  # Its line names a file of this machine.
            return _error_response(request, ProxyError(500, UNEXPECTED, code="internal_error"))

    async def _list_models(self, request: web.Request) -> web.StreamResponse:
        entries = await asyncio.to_thread(self._catalog.list_entries)
        rows = [model_to_dict(entry, self._created, None) for entry in entries]
        return web.json_response({"object": "list", "data": rows})

    async def _get_model(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        for entry in await asyncio.to_thread(self._catalog.list_entries):
            if entry.id == name:
                return web.json_response(model_to_dict(entry, self._created, None))
        raise ProxyError(404, f"there is no model {name}", code="model_not_found", param="model")

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        call = await self._read_call(await _read_json(request))
        return await self._reply(request, call, ChatFormat(call.model, include_usage=call.include_usage))

    async def _responses(self, request: web.Request) -> web.StreamResponse:
        call = await self._read_call(read_responses_body(await _read_json(request)))
        return await self._reply(request, call, ResponsesFormat(call.model))

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        call = await self._read_call(read_messages_body(await _read_json(request)))
        return await self._reply(request, call, MessagesFormat(call.model))

    async def _count_tokens(self, request: web.Request) -> web.StreamResponse:
        body = read_messages_body(await _read_json(request))
        return web.json_response({"input_tokens": count_tokens(body)})

    async def _read_call(self, body: Any) -> ChatCall:
        if isinstance(body, dict) and self._catalog.is_mode(body.get("model")):
            call = read_chat_call(body, self._catalog, self._base)
        else:  # In a thread: teams and tasks are files.
            call = await asyncio.to_thread(read_chat_call, body, self._catalog, self._base)
        if call.pictures:
            async with self._picture_reading:
                attached = await asyncio.to_thread(attach_pictures, call.pictures)
            call = replace(call, request=replace(call.request, attachments=attached))
        return call

    async def _reply(self, request: web.Request, call: ChatCall, reply: ReplyFormat) -> web.StreamResponse:
        """Answer with the run of a call: a new one, or the one of an equal request."""
        run = self._join_or_start(request, call)
        run.listen()
        delivered = False
        try:
            if call.is_stream:
                response = await send_stream(request, run, reply)
            else:
                response = await send_whole(request, run, reply)
            delivered = True
            return response
        finally:
            run.leave(delivered=delivered)

    def _join_or_start(self, request: web.Request, call: ChatCall) -> SharedRun:
        headers = request.headers
        key = headers.get("Authorization", "") or headers.get("x-api-key", "")
        idempotency_key = headers.get("Idempotency-Key", "")
        retries = [headers.get(name, "0").strip() for name in _RETRY_HEADERS]
        is_retry = bool(idempotency_key) or any(count not in ("", "0") for count in retries)
        client = read_client_name(headers.get("User-Agent", ""), headers.get("X-Title", ""))
        return self.runs.join_or_start(
            fingerprint(key, call.body, idempotency_key),
            lambda emit, begin: execute_call(call, self.pool, client, emit, begin),
            is_panel=call.kind == "panel",
            is_retry=is_retry,
        )

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(SECURITY_HEADERS)
        response.headers.pop("Server", None)
        if origin := self._checks.allowed_origin(request.headers):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Vary"] = "Origin"

    async def _end_runs(self, app: web.Application) -> None:
        await self.runs.aclose()

    async def _close(self, app: web.Application) -> None:
        await self.pool.aclose()


def _preflight(request: web.Request) -> web.Response:
    wanted = request.headers.get("Access-Control-Request-Headers", "")
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    is_private = request.headers.get("Access-Control-Request-Private-Network", "") == "true"
    headers = preflight_headers(names, is_private_network=is_private)
    return web.Response(status=204, headers=headers)


async def _read_json(request: web.Request) -> Any:
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await request.read()
    except TimeoutError:
        what = f"the body did not arrive within {BODY_TIMEOUT_S:g} s"
        raise ProxyError(408, what, code="body_timeout") from None
    except web.RequestPayloadError:
        raise ProxyError(400, "the body is not encoded as its header says") from None
    try:
        # In a thread: other requests are answered meanwhile.
        return await asyncio.to_thread(load_bounded, body)
    except TooManyValuesError:
        what = f"the body has more than {MAX_BODY_VALUES:,} values"
        raise ProxyError(413, what, code="body_too_large") from None
    except (ValueError, RecursionError):
        raise ProxyError(400, "the body is not valid JSON") from None


def _error_response(request: web.Request, error: ProxyError) -> web.Response:
    headers = error.headers() | ({"WWW-Authenticate": "Bearer"} if error.status == 401 else {})
    is_anthropic = request.path.startswith("/v1/messages")
    body = json.dumps(MessagesFormat("").error_body(error) if is_anthropic else error.to_dict())
    return web.Response(status=error.status, text=body, content_type="application/json", headers=headers)
