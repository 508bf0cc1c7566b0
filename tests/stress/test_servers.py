"""Faults of servers in whole runs, and rarer ones in single calls."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.plan import Plan
from roundtable_tui.engine.run import Run
from roundtable_tui.llm.client import BackoffPolicy, Client
from roundtable_tui.llm.errors.network import explain_exception
from roundtable_tui.llm.types import ChatRequest, Failed, Finished, Limits, Server, StreamEvent
from roundtable_tui.utils.text import single_line
from tests.support.fake_server import FakeServer, Reply, chunk, error, event, served
from tests.support.stress.run_invariants import hold
from tests.support.stress.runs import Brain, Caller, NothingLeft, Setup, house, plan, setups, take
from tests.support.terminal import Terminal, roundtable
from tests.support.torture import FULL

anyio = pytest.mark.anyio
MANY = 24


async def ask(url: str, limits: Limits | None = None, *, times: int = 1) -> list[StreamEvent]:
    """Return the last event of each of `times` calls, one after another."""
    client = Client(backoff=BackoffPolicy(base_delay_s=0.0, outage_s=0.0))
    request = ChatRequest("fake", [{"role": "user", "content": "Why?"}])
    try:
        last: list[StreamEvent] = []
        for _ in range(times):
            last.append(
                [piece async for piece in client.stream(Server("fake", url), request, limits or Limits())][-1]
            )
        return last
    finally:
        await client.aclose()


# --- many seats -----------------------------------------------------------------------------------


def crowded(fake: FakeServer, limits: Limits) -> Plan:
    """Return the plan of a run with many seats."""
    seats = [(f"Seat{chr(65 + n)}", "") for n in range(MANY)]
    with setups(crowd=Setup("pro", seats=seats, options={"agents": MANY})):
        return plan("crowd", Server("fake", fake.url), limits=limits)


@anyio
async def test_run_exceeding_rate_limit_completes_all_calls(tmp_path: Path) -> None:
    """The server accepts three calls at a time and refuses more: all are answered in the end."""
    brain = Brain(first_delay=0.01)
    refused = 0
    async with NothingLeft(), house(None, waits=BackoffPolicy(base_delay_s=0.2)) as (fake, client):

        def script(request: Mapping[str, Any], nth: int) -> Reply:
            nonlocal refused
            if fake._at_once > 3:
                refused += 1
                return error(429, "too many at once", headers={"retry-after-ms": "150"})
            return brain(request, nth)

        fake.script = script
        run = Run(crowded(fake, Limits(retries=20)), Caller(client), run_dir=tmp_path / "run")
        result = await run.execute()
        assert refused and result.status == "complete"
        assert len(result.answer.candidates) == MANY
        line = next(iter(client._connections.values()))
        assert line.limiter.limit < 32, "and fewer calls are made at once from then on"


@anyio
async def test_run_with_all_calls_failing_has_bounded_retries(tmp_path: Path) -> None:
    async with NothingLeft(), house(error(500, "out of order")) as (fake, client):
        run = Run(crowded(fake, Limits()), Caller(client), run_dir=tmp_path / "run")
        result = await run.execute()
        assert result.status == "failed"
        # One allowance for all seats: three times each would be more.
        assert MANY < len(fake.requests) <= MANY + 50 < MANY * 4


@anyio
async def test_run_with_exhausted_quota_stops_calls_to_that_server_only(tmp_path: Path) -> None:
    spent = error(429, "You exceeded your current quota", code="insufficient_quota")
    async with FakeServer(spent) as empty, house(Brain()) as (fake, client):
        told = plan("pro", Server("fake", fake.url))
        first = told.assignments[0]
        places = (type(first)(first.persona, Server("empty", empty.url), first.model), *told.assignments[1:])
        run = Run(
            type(told)(**{**fields(told), "assignments": places}), Caller(client), run_dir=tmp_path / "run"
        )
        result = await run.execute()
        assert result.status == "partial" and len(result.answer.candidates) == 2
        assert len(empty.requests) == 1
        failed = next(e for e in run.events if isinstance(e, events.TurnFailed))
        assert failed.kind == "quota" and "quota" in failed.error


def fields(told: Any) -> dict[str, Any]:
    return {name: getattr(told, name) for name in told.__dataclass_fields__}


@anyio
async def test_record_of_retried_call_has_both_attempts_and_text_once(tmp_path: Path) -> None:
    brain = Brain({("Ada", 1): lambda reply: Reply(text=reply.text, cut_after=3)})
    taken = await take("single", brain, tmp_path / "run", Limits(retries=1))
    hold(taken, Limits(retries=1))
    said = [event.text for event in taken.recorded if isinstance(event, events.AnswerDelta)]
    assert "".join(said).startswith("Ada1w0 Ada1w1 Ada1w2") and "".join(said).endswith("Ada2END")
    (end,) = taken.told(events.TurnFinished)
    assert end.text.startswith("Ada2w0") and "Ada1" not in end.text


def test_default_timeouts_allow_slow_local_servers() -> None:
    limits = Limits()
    assert limits.first_token_s >= 300, "a local server may load a model first"
    assert 60 <= limits.idle_s <= 120 and limits.connect_s <= 5 and limits.turn_s > limits.first_token_s


# --- one call ---------------------------------------------------------------------------------------


@anyio
async def test_call_slow_but_steady_answer_does_not_time_out() -> None:
    async with FakeServer(Reply(text="word " * 12, delay=0.05)) as fake:
        (last,) = await ask(fake.url, Limits(idle_s=0.4, first_token_s=0.4, retries=0))
    assert isinstance(last, Finished) and last.elapsed_s > 0.5


@anyio
async def test_call_on_connection_closed_by_server_reconnects() -> None:
    body = event(chunk({}, {"content": "Yes."}, "stop")) + b"data: [DONE]\n\n"
    wire = b"HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    async with FakeServer(Reply(wire=wire)) as fake:
        said = await ask(fake.url, times=3)
        assert [isinstance(one, Finished) and (one.text, one.attempts) for one in said] == [("Yes.", 1)] * 3
        assert fake.connections == 3


@anyio
async def test_call_too_short_content_length_is_a_cut() -> None:
    body = event(chunk({}, {"content": "one two"})) + event(chunk({}, {"content": " three"}, "stop"))
    wire = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (len(body) // 2) + body
    async with FakeServer(Reply(wire=wire)) as fake:
        (last,) = await ask(fake.url, Limits(retries=0))
    assert isinstance(last, Failed) and (last.kind, last.text) == ("cut", "one two")
    assert "proxy" in last.message, "which is what does this most often"


@anyio
async def test_call_unrequested_gzip_response_is_read() -> None:
    body = gzip.compress(event(chunk({}, {"content": "Yes."}, "stop")))
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body)
    async with FakeServer(Reply(wire=head + body)) as fake:
        (last,) = await ask(fake.url)
        assert fake.requests[0].headers["accept-encoding"] == "identity"
    assert isinstance(last, Finished) and last.text == "Yes."


@anyio
@pytest.mark.parametrize(
    ("chunks", "text"),
    [
        ([{"content": "Yes"}, ({}, "stop"), {"content": ", so."}], "Yes, so."),
        ([{"content": "Yes."}, ({"content": ""}, "stop"), ({}, "stop")], "Yes."),
        ([{"role": "assistant"}, {"content": None}, {"content": "Yes."}, ({}, "weird_reason")], "Yes."),
    ],
    ids=["content after the end", "the end twice", "a reason of its own"],
)  # fmt: skip
async def test_call_chunks_in_unusual_order_are_read(chunks: list[Any], text: str) -> None:
    made = [chunk({}, *one) if isinstance(one, tuple) else chunk({}, one) for one in chunks]
    for one in made:
        del one["id"], one["created"], one["object"]
    async with FakeServer(Reply(chunks=made)) as fake:
        (last,) = await ask(fake.url)
    assert isinstance(last, Finished) and last.text == text


@anyio
async def test_call_event_line_of_a_megabyte_is_read() -> None:
    said = " ".join(map(str, range(20_000)))
    one = chunk({}, {"content": said}, "stop") | {"pad": "z" * 900_000}
    raw = event(one)
    async with FakeServer(Reply(raw=[raw[at : at + 1400] for at in range(0, len(raw), 1400)])) as fake:
        (last,) = await ask(fake.url)
    assert isinstance(last, Finished) and last.text == said


@anyio
async def test_call_https_to_plain_http_server_names_the_cause() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    (last,) = await ask(f"https://127.0.0.1:{port}/v1", Limits(retries=0))
    server.close()
    assert isinstance(last, Failed) and last.kind == "unreachable"
    assert "TLS" in last.message and "http://" in last.message


def untrusted() -> Exception:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "host name not found"),
        (ConnectionRefusedError(111, "Connection refused"), "connection refused"),
        (untrusted(), "certificate is not trusted: self-signed"),
        (OSError(113, "No route to host"), "no route to host"),
    ],
)
def test_explain_exception_unreachable_server_gives_reason(cause: Exception, words: str) -> None:
    try:
        try:
            raise cause
        except OSError as inner:
            raise httpx2.ConnectError("All connection attempts failed") from inner
    except httpx2.ConnectError as outer:
        fault = explain_exception(outer)
    assert fault.kind == "unreachable" and words in fault.reason


def damaged(random: Random) -> Reply:
    """Return a stream or a body with bytes lost, doubled, changed or moved."""
    whole = b"".join(Reply(text="one <think>two</think> three", reasoning="hm", tool='{"a": 1}').events({}))
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    kinds = [
        whole, head + whole, b'{"error": {"message": "no"}}', b"<html><title>x</title></html>",
        b'{"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}',
    ]  # fmt: skip
    data = bytearray(random.choice(kinds))
    for _ in range(random.randint(1, 8)):
        at, many = random.randrange(len(data) + 1), random.randint(1, 12)
        match random.randrange(4):
            case 0:
                del data[at : at + many]
            case 1:
                data[at:at] = random.randbytes(many)
            case 2:
                data[at:at] = data[max(0, at - 40) : at]
            case 3:
                data[at : at + 1] = random.choice(
                    [b"\n", b"\r", b"\0", b"{", b"}", b'"', b"\xff", b"data:", b"[DONE]"]
                )
    raw = bytes(data)
    cuts = sorted(random.randrange(len(raw) + 1) for _ in range(random.randrange(5)))
    pieces = [raw[a:b] for a, b in pairwise([0, *cuts, len(raw)]) if a < b]
    if random.random() < 0.3:
        return Reply(wire=raw)
    if random.random() < 0.3:
        return Reply(status=random.choice([200, 200, 400, 429, 500, 302]), body=raw)
    return Reply(raw=pieces, done=random.random() < 0.5)


@anyio
async def test_call_randomly_damaged_response_ends_with_answer_or_one_line() -> None:
    """Any response ends the call with an answer or a clean one-line error."""
    async with NothingLeft(), house(lambda request, nth: damaged(Random(nth))) as (fake, client):
        limits = Limits(retries=1, first_token_s=5, idle_s=5)
        for number in range(4000 if FULL else 100):
            request = ChatRequest("fake", [{"role": "user", "content": "Why?"}])
            pieces = [piece async for piece in client.stream(Server("fake", fake.url), request, limits)]
            last = pieces[-1]
            assert isinstance(last, Finished | Failed), number
            assert last.attempts <= 2
            (last.text + last.reasoning).encode()
            if isinstance(last, Failed):
                line = last.message
                assert line and line == single_line(line, 300) and "<html>" not in line, (number, line)
        assert len(fake.requests) <= 2 * (number + 1) + 20


# --- actions of the user ---------------------------------------------------------------------------


def test_app_with_misbehaving_servers_responds_to_keys(
    roundtable_home: Path, measured: Callable[..., None]
) -> None:
    """One seat hangs, one sends a megabyte in one burst, one is refused, one streams without end."""
    endless = [f"word {n} and more of it\n\n" for n in range(20_000)]
    table = "| a | b |\n|---|---|\n" + "| x | y |\n" * (40_000 if FULL else 4_000)
    replies = [
        Reply(stall_after=0), Reply(text=table, burst=True),
        error(500, "<html>" * 100, headers={"retry-after": "600"}),
        Reply(pieces=endless, delay=0.001 if FULL else 0.004),
    ]  # fmt: skip
    with served(lambda request, nth: replies[(nth - 1) % 4]) as fake:
        (roundtable_home / "settings.toml").write_text(
            "discovery = false\nconfirm_quit = false\n[options.pro]\nagents = 4\n"
        )
        command = roundtable("--base-url", fake.url, "--model", "m", "--mode", "pro")
        with Terminal(command, {"ROUNDTABLE_HOME": str(roundtable_home)}) as terminal:
            terminal.shows("Type a question")
            terminal.press("Why?\r")
            terminal.until(lambda: len(fake.requests) >= 4, "all are asked")
            late = []
            for letter in "abcdefghij" * (2 if FULL else 1):
                began, shown = time.monotonic(), terminal.screen.text.count(letter)
                terminal.press(letter)
                terminal.until(
                    lambda: terminal.screen.text.splitlines()[-2].endswith(letter), "a letter is there"
                )
                late.append(time.monotonic() - began)
                assert shown >= 0
            measured("a key was answered, at worst, after", max(late))
            measured("a key was answered, in the middle, after", sorted(late)[len(late) // 2])
            assert sorted(late)[len(late) // 2] < 1.0
            terminal.press("\x11")
            assert terminal.ends() == 0 and terminal.restored and terminal.strange == []
