"""What reading a stream costs: CPU from socket to pieces, against the SDK's own stream, chunk by chunk.

The server is a process of its own. "waiting": all chunks are there before the first is read, as behind
a fast server; "one by one": 32 streams of 100 chunks a second each.
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time

from tests.support.paths import ROOT

WAITING, STREAMS, RATE, SECONDS = 4000, 32, 100, 4
REPEATS = 4


def rows() -> list[tuple[str, ...]]:
    """Return the two rows of reading."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.reading", "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        cwd=ROOT, text=True,
    )  # fmt: skip
    assert server.stdout and server.stdin
    url = server.stdout.readline().strip()
    try:
        return asyncio.run(_rows(url))
    finally:
        server.stdin.close()
        server.wait()


async def _rows(url: str) -> list[tuple[str, ...]]:
    out = []
    for model, streams, what, target in (
        ("burst", 1, "chunks waiting", "0.2"),
        ("paced", STREAMS, "one by one", "0.6"),
    ):
        taken: dict[str, list[float]] = {"ours": [], "sdk": []}
        for _ in range(REPEATS):
            for name, read in (("ours", ours), ("sdk", sdk)):
                taken[name].append(await cost(read, url, model, streams))
        mine, theirs = (statistics.median(taken[name]) for name in ("ours", "sdk"))
        row = (f"CPU per chunk read, {what}", f"{mine:.0f} us", f"the SDK's stream {theirs:.0f} us")
        out.append((*row, f"{mine / theirs:.2f}", target))
    return out


async def cost(read, url: str, model: str, streams: int) -> float:
    """Return microseconds of CPU per chunk."""
    await read(url, "warm")
    before = resource.getrusage(resource.RUSAGE_SELF)
    chunks = sum(await asyncio.gather(*(read(url, model) for _ in range(streams))))
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used / chunks * 1e6


async def ours(url: str, model: str) -> int:
    """Read a stream with our client; return the number of chunks."""
    from roundtable_tui.llm.client import Client
    from roundtable_tui.llm.types import ChatRequest, Finished, Limits, Server

    client = CLIENTS.setdefault("ours", Client())
    request = ChatRequest(model=model, messages=[{"role": "user", "content": "Go"}])
    piece = None
    async for piece in client.stream(Server("bench", url), request, Limits()):
        pass
    assert isinstance(piece, Finished), piece
    return piece.usage.completion_tokens


async def sdk(url: str, model: str) -> int:
    """Read a stream with the SDK's own models; return the number of chunks."""
    from openai import AsyncOpenAI

    client = CLIENTS.setdefault("sdk", AsyncOpenAI(base_url=url, api_key="none"))
    tokens = 0
    stream = await client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "Go"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    async for chunk in stream:
        if chunk.usage:
            tokens = chunk.usage.completion_tokens
        if chunk.choices:
            chunk.choices[0].delta.content
    return tokens


CLIENTS: dict = {}


async def _serve() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:  # A connection that was opened ahead and not used.
            writer.close()
            return
        length = int(
            next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")).split(
                b":"
            )[1]
        )
        body = json.loads(await reader.readexactly(length))
        count = {"burst": WAITING, "paced": RATE * SECONDS, "warm": 20}[body["model"]]
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        start = time.monotonic()
        for n in range(count):
            writer.write(_event({"content": f"word{n} "}))
            if body["model"] == "paced":
                await writer.drain()
                await asyncio.sleep(max(0, start + (n + 1) / RATE - time.monotonic()))
        usage = {"prompt_tokens": 1, "completion_tokens": count, "total_tokens": count + 1}
        writer.write(_event({}, "stop") + _event(None, usage=usage) + b"data: [DONE]\n\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def _event(delta: dict | None, finish: str | None = None, usage: dict | None = None) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
    return b"data: " + json.dumps(chunk | ({"usage": usage} if usage else {})).encode() + b"\n\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(_serve())
    else:
        for row in rows():
            print(*row, sep="  ")
