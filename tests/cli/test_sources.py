"""Sources that servers name: in the report, on the terminal, and in all exports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.fake_server import FakeServer, Reply, chunk

OAK = "https://wood.example/oak"


def test_sources_are_in_report_terminal_and_exports(
    cli_run: Callable[..., Any], ask_report: Callable[..., dict[str, Any]], fake: Callable[..., FakeServer]
) -> None:
    found = {"citations": [OAK], "search_results": [{"title": "Oak wood", "url": OAK}]}
    server = fake(Reply(chunks=[chunk({}, {"content": "Oak[1]."}), {**chunk({}, {}, "stop"), **found}]))
    words = ["--mode", "single", "--base-url", server.url, "--model", "m", "Which wood?"]
    report = ask_report(*words)
    shown = cli_run("ask", *words)
    assert report["turns"][0]["sources"] == [{"url": OAK, "title": "Oak wood"}]
    assert f"source [1] Oak wood: {OAK}" in shown.err and OAK not in shown.out
    for form in ("md", "html", "json"):
        exported = cli_run("runs", "export", "--format", form)
        assert OAK in exported.out and "Oak wood" in exported.out, form
