"""`ask` with tools: what is printed, and what a replay and the exports show without the files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.support.cli_run import CommandResult
from tests.support.fake_server import FakeServer, Reply

Run = Callable[..., CommandResult]


def test_ask_with_a_root_prints_calls_and_citations_and_replays_them(
    fake: Callable[..., FakeServer], cli_run: Run, tmp_path: Path
) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "notes.md").write_text("It has 14 arches.\n", encoding="utf-8")
    server = fake(
        [Reply(calls=[("read_file", {"path": "notes.md"})]), "14 [notes.md:1], no roof [notes.md:2]."]
    )
    words = ("ask", "--base-url", server.url, "--model", "m", "--mode", "single", "--root", str(papers))
    done = cli_run(*words, "How many?")
    assert done.out == "14 [notes.md:1], no roof [notes.md:2].\n" and done.code == 0
    assert "  Plain ▸ read notes.md:1 · 29 B\n" in done.err
    assert "  Plain: ✗ [notes.md:2] not verified: the file has no such lines: it has 1 line\n" in done.err
    (papers / "notes.md").unlink()
    shown = cli_run("runs", "show", "last", "--report")
    assert "read_file · Plain: 1 call, 29 B" in shown.out and "[notes.md:1] checked" in shown.out
    assert "▸ read notes.md:1" in cli_run("runs", "replay", "last").out
    assert cli_run("runs", "export", "last", "--out", "page.html").code == 0
    assert "▸ read notes.md:1" in Path("page.html").read_text(encoding="utf-8")


def test_ask_json_has_calls_and_citations(
    fake: Callable[..., FakeServer], cli_run: Run, tmp_path: Path
) -> None:
    (tmp_path / "notes.md").write_text("It has 14 arches.\n", encoding="utf-8")
    server = fake([Reply(calls=[("read_file", {"path": "notes.md"})]), "14 [notes.md:1]."])
    words = ("ask", "--base-url", server.url, "--model", "m", "--mode", "single", "--json")
    report = json.loads(cli_run(*words, "--root", str(tmp_path), "How many?").out)
    (turn,) = report["turns"]
    assert [one["title"] for one in turn["tools"]] == ["notes.md:1"]
    assert [one["status"] for one in turn["file_citations"]] == ["checked"]
    assert report["report"]["warnings"] == []


def test_ask_with_wrong_tools_says_what_to_do(cli_run: Run, tmp_path: Path) -> None:
    for words, said in (
        (("--root", str(tmp_path / "none")), "--root is not there"),
        (("--tools", "pyton"), "there is no tool called pyton. Did you mean python?"),
        (
            ("--root", str(tmp_path), "--tool-trips", "0"),
            "--tool-trips should be a whole number from 1 to 20",
        ),
        (("--tools", "documents"), "--tools documents: this run has no documents"),
        (("--root", str(tmp_path), "--allow", ""), "--allow is empty"),
    ):
        done = cli_run("ask", "--demo", *words, "How many?")
        assert done.code == 2 and said in done.err, done.err
