"""Sends the reply of a run over HTTP: whole, or piece by piece with something at least every ten seconds."""

from __future__ import annotations

from aiohttp import web

from roundtable_tui.proxy.errors import ProxyError
from roundtable_tui.proxy.formats.base import ReplyFormat
from roundtable_tui.proxy.running.pieces import RunEnd
from roundtable_tui.proxy.running.shared_run import SharedRun

KEEP_ALIVE_S = 10.0
FIRST_BYTE_S = 0.1
"""Seconds for which a stream waits for its run to begin: until then an error has a status of its own."""
STREAM_HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
_STOPPED = ProxyError(503, "the proxy stops", code="stopped")


async def send_whole(request: web.Request, run: SharedRun, reply: ReplyFormat) -> web.StreamResponse:
    """Send the reply when the run has ended. Raises ProxyError if there is no answer."""
    end = _check_end(await run.wait_end())
    response = web.json_response(reply.whole(end))
    await response.prepare(request)
    await response.write_eof()
    return response


async def send_stream(request: web.Request, run: SharedRun, reply: ReplyFormat) -> web.StreamResponse:
    """Send the pieces of the run as server-sent events.

    Raises ProxyError if the run fails before the first byte; afterwards the error is an event.
    """
    await run.wait_begun(FIRST_BYTE_S)
    if run.end is not None or not run.is_active:
        _check_end(run.end)
    response = web.StreamResponse(headers=STREAM_HEADERS)
    await response.prepare(request)
    await response.write(b"".join(reply.start()))
    seen = 0
    while (pieces := await run.next_pieces(seen, KEEP_ALIVE_S)) is not None:
        seen += len(pieces)
        events = b"".join(event for piece in pieces for event in reply.piece(piece))
        await response.write(events or reply.keep_alive())
    end = run.end
    if end is None or end.error is not None:
        await response.write(b"".join(reply.fail(_STOPPED if end is None else end.error or _STOPPED)))
    else:
        await response.write(b"".join(reply.finish(end)))
    await response.write_eof()
    return response


def _check_end(end: RunEnd | None) -> RunEnd:
    if end is None:
        raise _STOPPED
    if end.error is not None:
        raise end.error
    return end
