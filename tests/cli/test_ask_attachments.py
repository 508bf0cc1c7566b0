"""`roundtable ask --attach`, texts piped in beside a question, and `--follow-up`."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli_run import CommandResult
from tests.support.documents import make_pdf
from tests.support.fake_server import FakeServer, Reply, error
from tests.support.paths import ROOT

Run = Callable[..., CommandResult]
Fake = Callable[..., FakeServer]
AGREE = Reply(decision={"consensus": True, "direction": ""})


def pipe(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Make `data` standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def prompts(server: FakeServer) -> str:
    return json.dumps([one.body["messages"] for one in server.requests], ensure_ascii=False)


@pytest.mark.parametrize("mode", ["debate", "vote", "pro", "single"])
@pytest.mark.parametrize(
    "data", ["Zoë painted it.".encode("utf-16"), make_pdf(["Zoe painted it."])], ids=["utf16", "pdf"]
)
def test_ask_text_piped_in_beside_a_question_is_sent_in_every_mode(
    cli_run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch, mode: str, data: bytes
) -> None:
    pipe(monkeypatch, data)
    server = fake({"Captain": AGREE, "": "Blue."})
    result = cli_run("ask", "Who painted it?", "--mode", mode, "--base-url", server.url)
    sent = prompts(server)
    assert result.code == 0 and "painted it." in sent and "text: standard input" in sent, result.err


def test_ask_pipe_and_files_are_attached_together(
    cli_run: Run, fake: Fake, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe(monkeypatch, b"From the pipe.")
    for name in ("a.txt", "b.md"):
        (here / name).write_text(f"From {name}.")
    server = fake("Blue.")
    words = ("--mode", "single", "--attach", "a.txt", "--attach", "b.md", "--base-url", server.url)
    assert cli_run("ask", "Who?", *words).code == 0
    sent = prompts(server)
    assert (
        sent.index("From a.txt.")
        < sent.index("From b.md.")
        < sent.index("From the pipe.")
        < sent.index("Who?")
    )


def test_ask_chain_reads_attached_and_piped_text(
    cli_run: Run, fake: Fake, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "a.txt").write_text("From the file. " * 400)
    pipe(monkeypatch, b"From the pipe.")
    server = fake("Blue.")
    result = cli_run("ask", "Who?", "--mode", "chain", "--attach", "a.txt", "--base-url", server.url)
    assert result.code == 0 and "passages in turn" in result.err
    assert "From the pipe." in prompts(server)


@pytest.mark.parametrize("words", [("--attach", "gone.txt"), ("--attach", "."), ("--attach", "bad.txt")])
def test_ask_attach_of_what_cannot_be_read_is_one_line_and_sends_nothing(
    cli_run: Run, fake: Fake, here: Path, words: tuple[str, ...]
) -> None:
    (here / "bad.txt").write_bytes("Zoë".encode("cp1252"))
    server = fake("Blue.")
    result = cli_run("ask", "Who?", *words, "--base-url", server.url)
    assert (result.code, result.out, server.requests) == (2, "", [])
    assert result.err.count("\n") == 1 and result.err.startswith("roundtable: "), result.err


def test_ask_with_standard_input_that_is_no_pipe_or_empty_has_no_attachment(
    cli_run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fake("Blue.")
    for data in (b"", b" \n"):
        pipe(monkeypatch, data)
        assert cli_run("ask", "Who?", "--mode", "single", "--base-url", server.url).code == 0
    monkeypatch.setattr(sys, "stdin", None)
    assert cli_run("ask", "Who?", "--mode", "single", "--base-url", server.url).code == 0
    assert "Attached" not in prompts(server)


def test_ask_with_an_open_pipe_says_that_it_waits(here: Path, tmp_path: Path) -> None:
    environ = os.environ | {"ROUNDTABLE_HOME": str(tmp_path), "ROUNDTABLE_DEMO_PACE": "0"}
    command = [sys.executable, "-m", "roundtable_tui", "ask", "--demo", "--mode", "single", "Who?"]
    running = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert running.stderr is not None
    assert running.stderr.readline().startswith("Reading standard input. To ask without it")
    out, err = running.communicate("From the pipe.", timeout=120)
    assert running.returncode == 0 and out.strip(), err


def asked(cli_run: Run, *words: str) -> dict[str, Any]:
    """Run `ask` and return the header of its record."""
    result = cli_run("ask", *words, "--json", "--quiet")
    assert result.code == 0, result.err
    record = Path(json.loads(result.out)["record"])
    return dict(json.loads((record / "events.jsonl").read_text("utf-8").splitlines()[0]))


def test_ask_follow_up_without_a_run_continues_the_newest(cli_run: Run, here: Path) -> None:
    demo = ("--demo", "--mode", "single")
    first = asked(cli_run, "Which wood?", *demo)
    second = asked(cli_run, "--follow-up", "And in winter?")
    third = asked(cli_run, "And in spring?", "--follow-up", "--seed", "3")
    assert [one["follows"] for one in (second, third)] == [first["run_id"], second["run_id"]]
    assert second["mode"] == "single" and [one["question"] for one in third["earlier"]] == [
        "Which wood?", "And in winter?",
    ]  # fmt: skip
    fourth = asked(cli_run, "And then?", "--follow-up", str(first["run_id"]), "--mode", "vote")
    assert fourth["follows"] == first["run_id"] and fourth["mode"] == "vote"


def test_runs_list_shows_conversations_together(cli_run: Run, runs: Run, here: Path) -> None:
    demo = ("--demo", "--mode", "single")
    first = asked(cli_run, "Which wood?", *demo)["run_id"]
    other = asked(cli_run, "Which stone?", *demo)["run_id"]
    second = asked(cli_run, "And in winter?", "--follow-up", str(first))["run_id"]
    lines = [line.strip() for line in runs("list").out.splitlines()]
    names = [line for line in lines if line in (first, other, second)]
    assert len(names) == 3 and names.index(second) + 1 == names.index(first)
    assert sum("before it: Which wood?" in line for line in lines) == 1
    by_id = {one["run_id"]: one for one in json.loads(runs("list", "--json").out)}
    places = {
        name: (one["follows"], one["conversation"], one["conversation_number"]) for name, one in by_id.items()
    }
    assert places == {first: ("", first, 1), other: ("", other, 1), second: (first, first, 2)}


def test_ask_attached_process_substitution_is_read(cli_run: Run, fake: Fake, tmp_path: Path) -> None:
    server = fake("Oak.")
    reading, writing = os.pipe()
    os.write(writing, "Zoë painted it.".encode())
    os.close(writing)
    path = f"/dev/fd/{reading}"
    result = cli_run(
        "ask", "--base-url", server.url, "--model", "m", "--mode", "single", "--attach", path, "Who?"
    )
    os.close(reading)
    assert result.code == 0 and "Zoë painted it." in prompts(server)


def test_ask_attached_pipe_without_writer_is_refused(cli_run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    result = cli_run("ask", "--demo", "--mode", "single", "--attach", str(tmp_path / "pipe"), "Who?")
    assert result.code == 2 and "is a device or a pipe, not a file" in result.err


@pytest.mark.parametrize("names_model", [True, False])
def test_ask_text_that_is_too_long_for_a_stated_context_is_sent_in_few_passages(
    cli_run: Run, fake: Fake, here: Path, names_model: bool
) -> None:
    """The server is asked for its context also where `--model` leaves nothing else to ask it for."""
    window = 2048
    text = "\n\n".join(f"Chapter {n} tells of the sea. " + "The waves are high. " * 40 for n in range(40))
    (here / "book.txt").write_text(text)

    def answer(request: dict[str, Any], nth: int) -> Any:
        size = sum(len(message["content"]) for message in request["messages"]) // 4
        return error(400, "too long", code="context_length_exceeded") if size > window else "Waves."

    server = fake(answer)
    server.models_reply = Reply(body={"data": [{"id": "fake", "meta": {"n_ctx": window}}]})
    words = ("--mode", "vote", "--attach", "book.txt", "--base-url", server.url)
    result = cli_run("ask", "What of the sea?", *words, *(("--model", "fake") if names_model else ()))
    assert result.code == 0 and "they have passages of it" in result.err
    assert "[1] book.txt" in prompts(server) and len(server.model_requests) == 1


def test_ask_short_text_asks_no_server_for_its_context(cli_run: Run, fake: Fake, here: Path) -> None:
    (here / "note.txt").write_text("The sea is blue.")
    server = fake("Blue.")
    words = ("--mode", "single", "--attach", "note.txt", "--base-url", server.url, "--model", "fake")
    assert cli_run("ask", "What of the sea?", *words).code == 0
    assert not server.model_requests
