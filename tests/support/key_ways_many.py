"""Ways to choose a server in the commands for many runs and in the proxy. Each sends a request to it."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import aiohttp

from roundtable_tui import config
from roundtable_tui.cli.proxy import build_proxy_parser
from roundtable_tui.errors import RoundtableError
from roundtable_tui.proxy.config import ProxyConfig
from roundtable_tui.proxy.server import describe_server, running_proxy
from roundtable_tui.setup.request import RunRequest
from tests.support.key_trap import DISCOVERED_NAME, KeyRecordingServer
from tests.support.key_ways import run, server_entry, write_settings

_NOWHERE = "http://127.0.0.1:9/v1"


def _write_questions(**fields: str) -> None:
    Path("q.jsonl").write_text(json.dumps({"question": "Why?", "answer": "7", **fields}) + "\n")


def _batch(*words: str, **fields: str) -> None:
    _write_questions(**fields)
    run("batch", "q.jsonl", "--mode", "single", "--quiet", "--out", "out", "--model", "m", *words)


def _bench(*words: str) -> None:
    _write_questions()
    run("bench", "q.jsonl", "--arms", "single", "--quiet", "--out", "bench", "--model", "m", *words)


def _grade(command: str, *words: str) -> None:
    _write_questions()
    run("bench", "q.jsonl", "--arms", "single", "--quiet", "--out", "bench", "--demo")
    run("bench", command, "bench", "--grader", "judge", "--judge-model", "m", *words)


def _proxy(*words: str, model: str = "roundtable/single") -> None:
    """Ask a proxy that was started with these flags."""

    async def go() -> None:
        args = build_proxy_parser().parse_args(["--port", "0", "--no-record", *words])
        request = RunRequest(server=args.server, base_url=args.base_url, model="m", record=False)
        chosen = ProxyConfig(port=0, request=request)
        body = {"model": model, "messages": [{"role": "user", "content": "Why?"}]}
        async with (
            running_proxy(chosen, config.load()) as (url, proxy),
            aiohttp.ClientSession(headers={"Authorization": "Bearer of-the-client"}) as http,
        ):
            with suppress(RoundtableError):
                await describe_server(proxy, chosen)
            async with http.post(f"{url}/chat/completions", json=body) as response:
                assert response.status >= 400
            await (await http.get(f"{url}/models")).read()

    asyncio.run(go())


def batch_base_url(recorder: KeyRecordingServer) -> None:
    _batch("--base-url", recorder.url)


def batch_server(recorder: KeyRecordingServer) -> None:
    _batch("--server", DISCOVERED_NAME)


def batch_servers_by_name(recorder: KeyRecordingServer) -> None:
    write_settings(server_entry("a", recorder.url) + server_entry("b", _NOWHERE))
    _batch("--servers", "a,b")


def batch_servers_by_url(recorder: KeyRecordingServer) -> None:
    _batch("--servers", recorder.url)


def batch_server_of_a_task(recorder: KeyRecordingServer) -> None:
    _batch("--base-url", _NOWHERE, server=DISCOVERED_NAME)


def batch_found(recorder: KeyRecordingServer) -> None:
    write_settings(server_entry("a", _NOWHERE) + server_entry("b", _NOWHERE))
    _batch("--servers", f"a,{DISCOVERED_NAME}")


def bench_base_url(recorder: KeyRecordingServer) -> None:
    _bench("--base-url", recorder.url)


def bench_server(recorder: KeyRecordingServer) -> None:
    _bench("--server", DISCOVERED_NAME)


def bench_settings(recorder: KeyRecordingServer) -> None:
    write_settings('server = "b"\n' + server_entry("a", _NOWHERE) + server_entry("b", recorder.url))
    _bench("--server", "b")


def bench_grade_base_url(recorder: KeyRecordingServer) -> None:
    _grade("grade", "--base-url", recorder.url)


def bench_grade_server(recorder: KeyRecordingServer) -> None:
    _grade("grade", "--server", DISCOVERED_NAME)


def bench_audit_server(recorder: KeyRecordingServer) -> None:
    _grade("audit", "--server", DISCOVERED_NAME)


def proxy_base_url(recorder: KeyRecordingServer) -> None:
    _proxy("--base-url", recorder.url)


def proxy_server(recorder: KeyRecordingServer) -> None:
    _proxy("--server", DISCOVERED_NAME)


def proxy_settings(recorder: KeyRecordingServer) -> None:
    write_settings('server = "b"\n' + server_entry("a", _NOWHERE) + server_entry("b", recorder.url))
    _proxy("--server", "b")


def proxy_team(recorder: KeyRecordingServer) -> None:
    """A team in the folder in which the proxy was started, chosen by a client."""
    Path("personas/teams").mkdir(parents=True)
    member = {"name": "Ada", "prompt": "You are Ada.", "server": DISCOVERED_NAME, "model": "m"}
    Path("personas/ada.json").write_text(json.dumps(member))
    Path("personas/teams/mine.json").write_text(json.dumps({"name": "mine", "members": ["Ada"]}))
    _proxy("--server", DISCOVERED_NAME, model="roundtable/vote@mine")


MANY_FLAG_CHOICES = [batch_base_url, bench_base_url, bench_grade_base_url, proxy_base_url]
"""The user gives the base URL as a flag: OPENAI_API_KEY is for it."""
MANY_SERVER_CHOICES = [
    batch_server, batch_servers_by_name, batch_servers_by_url, batch_server_of_a_task, batch_found,
    bench_server, bench_settings, bench_grade_server, bench_audit_server,
    proxy_server, proxy_settings, proxy_team,
]  # fmt: skip
