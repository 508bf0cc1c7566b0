"""A key is sent to its server in one header and appears nowhere else, even if servers repeat it."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from roundtable_tui.cli import main
from roundtable_tui.config import ServerSettings, Settings
from roundtable_tui.engine import events
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from roundtable_tui.utils import crash_log, paths
from roundtable_tui.utils.disguises.plain_view import read_plain
from roundtable_tui.utils.text import to_safe_json
from tests.support.fake_server import FakeServer, Reply, chunk, error, event, page, served
from tests.support.terminal import Terminal, roundtable
from tests.support.torture import share

KEYS = ("sk-proj-Q7x9Zp4LmN2vB8cTyU1wEr5", "open sesame, said the 99th thief")
"""One that looks like a key, and one that looks like nothing."""


def echoes(key: str) -> dict[str, Reply]:
    """Return all forms in which a server may repeat the key it received."""
    said = f"Incorrect API key provided: {key}. Authorization: Bearer {key}"
    return {
        "401": error(401, said, code=key, param=key),
        "a list": Reply(status=400, body=[{"error": {"message": said, "status": key}}]),
        "a text": Reply(status=403, body=said),
        "a page": page(said, status=403),
        "a cut body": Reply(status=500, body=json.dumps({"error": {"message": said}})[:-9]),
        "detail": Reply(status=422, body={"detail": [{"loc": ["header", key], "msg": said}]}),
        "a wait": error(429, f"{said} try again in 20ms", headers={"retry-after-ms": "20", "x-key": key}),
        "a model": error(404, f"model {key} not found for {key}", code="model_not_found"),
        "a redirect": Reply(
            status=307, headers={"location": f"http://other.test/?key={quote(key)}&token={quote(key)}"}
        ),
        "in disguise": error(401, f"{' '.join(key)} {key.upper()} {chr(0x200B).join(key)}", code=key.upper()),
        "encoded": error(
            400, "".join(f"%{ord(char):x}" for char in key), type="".join(f"&#{ord(char)};" for char in key)
        ),
        "a finish reason": Reply(text="Yes.", finish_reason=f"stop {'-'.join(key)}"),
        "in the stream": Reply(
            chunks=[chunk({}, {"content": "one"}), {"error": {"message": said}}], done=False
        ),
        "an event": Reply(raw=[f"event: error\ndata: {said}\n\n".encode()], done=False),
        "no API": Reply(body={"you": said}),
        "no JSON": Reply(raw=[event(said)], done=False),
        "the status line": Reply(
            wire=f"HTTP/1.1 400 {key}\r\ncontent-length: 0\r\nx: {key}\r\n\r\n".encode()
        ),
        "not HTTP": Reply(wire=f"{key}\r\n\r\n".encode()),
    }


def without(key: str, *texts: str) -> None:
    """Check that none of them contains the key in any form."""
    encoded = base64.b64encode(key.encode()).decode()
    for text in texts:
        for form in (key, quote(key), quote(key, safe=""), encoded, key[:20], key[-12:], key.encode().hex()):
            assert form not in text, f"{form!r} in {text[:3000]!r}"
        assert read_plain(key).fold().text not in read_plain(text).fold().text, text[:3000]


def kept(folder: Path) -> list[str]:
    """Return the contents and names of all files in a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [*map(str, files), *(path.read_bytes().decode("utf-8", "replace") for path in files)]


@pytest.fixture
async def backends(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., ServerPool]]:
    made: list[ServerPool] = []

    def make(url: str, key: str) -> ServerPool:
        far = ServerSettings("far", url, model="m", api_key_env="FAR_KEY")
        made.append(ServerPool(Settings(servers={"far": far}), {"FAR_KEY": key}))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


@pytest.mark.anyio
@pytest.mark.parametrize("key", KEYS, ids=["like a key", "like nothing"])
async def test_run_with_server_echoing_key_never_records_it(
    key: str, backends: Callable[..., ServerPool], roundtable_home: Path
) -> None:
    # In the suite each key is repeated in every other way.
    for name, reply in share(list(echoes(key).items()), 2, KEYS.index(key)):
        async with FakeServer([reply, reply, "At last."], models_reply=error(500, key)) as fake:
            run = await build_run(
                RunRequest(question="Why?", server="far", mode="single"), backends(fake.url, key)
            )
            told: list[events.Event] = []
            run.add_listener(told.append)
            result = await run.execute()
            assert fake.requests and {seen.headers["authorization"] for seen in fake.requests} == {
                f"Bearer {key}"
            }
        # The text of a model is stored unchanged: the model never gets the key.
        without(key, name, repr(result), *map(repr, told), *kept(roundtable_home))
        without(key, to_safe_json(build_report(run.events, run.folder)))


def test_export_with_server_echoing_key_hides_it(roundtable_home: Path, tmp_path: Path) -> None:
    """A key repeated in text, in an error or in a wait is in no output format of the run."""
    said = echoes(KEYS[0])
    replies = (said["a wait"], said["in the stream"], said["401"], said["a page"])
    far = '[servers.far]\nbase_url = "{url}"\nmodel = "m"\napi_key_env = "FAR_KEY"\n'
    with served(list(replies)) as fake, pytest.MonkeyPatch.context() as here:
        here.setenv("FAR_KEY", KEYS[0])
        (roundtable_home / "settings.toml").write_text(f"discovery = false\n{far.format(url=fake.url)}")
        main.main(["ask", "Why?", "--mode", "pro", "--agents", "3", "--server", "far", "--quiet"])
        assert {seen.headers["authorization"] for seen in fake.requests} == {f"Bearer {KEYS[0]}"}
    (folder,) = (roundtable_home / "runs").iterdir()
    for form in ("md", "html", "json", "cast"):
        out = tmp_path / f"run.{form}"
        assert main.main(["runs", "export", folder.name, "--format", form, "--out", str(out)]) == 0
        text = out.read_text(encoding="utf-8")
        assert "Why?" in text and "[key]" in text, form
        without(KEYS[0], text)


@pytest.mark.anyio
async def test_log_exception_with_key_hides_it(
    backends: Callable[..., ServerPool], roundtable_home: Path
) -> None:
    for key in KEYS:
        async with FakeServer("Yes.") as fake:
            run = await build_run(
                RunRequest(question="Why?", server="far", mode="single"), backends(fake.url, key)
            )
            await run.execute()
        try:
            raise RuntimeError(f"{key} in the words of a fault") from ValueError(key)
        except RuntimeError as fault:
            line = crash_log.log_exception(fault)
        without(key, line, *kept(roundtable_home))
        assert "in the words of a fault" in paths.log_file().read_text()


CRASH = """
import sys
from roundtable_tui.tui.widgets.run.run_panes import RunPanes
def tick(self):
    if not any(pane.state == "writing" for pane in self.panes):
        return
    key, environ = __import__("os").environ["FAR_KEY"], dict(__import__("os").environ)
    raise RuntimeError("broken by " + key)
RunPanes.tick = tick
from roundtable_tui.cli.main import main
main()
"""


def test_app_crash_with_key_hides_it(roundtable_home: Path) -> None:
    key = KEYS[0]
    far = '[servers.far]\nbase_url = "{url}"\nmodel = "m"\napi_key_env = "FAR_KEY"\n'
    with served(Reply(text="one two", stall_after=1)) as fake:
        (roundtable_home / "settings.toml").write_text(
            f'discovery = false\nmode = "single"\n{far.format(url=fake.url)}'
        )
        command = [*roundtable()[:1], "-c", CRASH]
        with Terminal(command, {"ROUNDTABLE_HOME": str(roundtable_home), "FAR_KEY": key}) as terminal:
            terminal.shows("Type a question")
            terminal.press("Why?\r")
            assert terminal.ends() == 1
            assert terminal.restored and terminal.strange == []
            without(key, terminal.raw.decode())
            assert "Unexpected error" in terminal.screen.text and "Traceback" not in terminal.told
        assert fake.requests[0].headers["authorization"] == f"Bearer {key}"
    without(key, *kept(roundtable_home))
    assert "broken by [key]" in (roundtable_home / "cache" / "roundtable.log").read_text()


@pytest.mark.parametrize("source", share(["variable", "command"], 2))
def test_ask_with_key_never_puts_it_on_a_command_line(
    source: str, roundtable_home: Path, tmp_path: Path
) -> None:
    key = KEYS[0]
    script = tmp_path / "key.sh"
    script.write_text(f"#!/bin/sh\necho {key}\n")
    script.chmod(0o700)
    how = 'api_key_env = "FAR_KEY"' if source == "variable" else f'api_key_cmd = "{script}"'
    with served(Reply(text="one two", stall_after=1)) as fake:
        settings = f'[servers.far]\nbase_url = "{fake.url}"\nmodel = "m"\n{how}\n'
        (roundtable_home / "settings.toml").write_text(settings)
        env = {**os.environ, "ROUNDTABLE_HOME": str(roundtable_home), "FAR_KEY": key}
        command = roundtable("ask", "Why?", "--mode", "single", "--server", "far")
        with subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            while not fake.requests:
                time.sleep(0.01)
            lines = [
                path.read_bytes().decode() for path in Path("/proc").glob("[0-9]*/cmdline") if readable(path)
            ]
            process.terminate()
            out, err = process.communicate(timeout=30)
        assert fake.requests[0].headers["authorization"] == f"Bearer {key}"
    without(key, out, err, *lines, *kept(roundtable_home))


def readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


def test_environment_key_is_sent_to_its_own_host_only(
    roundtable_home: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """A key goes to its own host; a second server, one from a flag and a redirect get none."""
    key = KEYS[0]
    with served("Yes.") as near, served("Yes.") as far:
        away = Reply(status=307, headers={"location": f"{far.url}/chat/completions"})
        (roundtable_home / "settings.toml").write_text(
            f'[servers.far]\nbase_url = "{far.url}"\nmodel = "m"\n'
        )
        people = tmp_path / "personas"
        people.mkdir()
        (people / "far.json").write_text(
            json.dumps({"name": "Far", "prompt": "You are far.", "server": "far"})
        )
        (people / "near.json").write_text(json.dumps({"name": "Near", "prompt": "You are near."}))

        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("OPENAI_API_KEY", key)
        monkeypatch.setenv("OPENAI_BASE_URL", near.url)

        def ask(*words: str) -> None:
            main.main(["ask", "Why?", "--model", "m", "--quiet", *words])
            without(key, *capsys.readouterr())

        both = ("--mode", "pro", "--pick", "--persona", "Far", "--persona", "Near", "--captain", "Near")
        ask(*both)
        assert {seen.headers["authorization"] for seen in near.requests} == {f"Bearer {key}"}
        assert {seen.headers.get("authorization") for seen in far.requests} == {None}
        ask("--mode", "single", "--base-url", far.url)
        before = len(far.requests)
        near.script = away
        ask("--mode", "single")
        assert len(far.requests) == before, "another host is not gone to"
        headers = [str(seen.headers) for seen in far.requests] + [
            str(headers) for headers in far.model_requests
        ]
        assert len(headers) >= 2
        without(key, *headers, *kept(roundtable_home))
    for path in roundtable_home.rglob("*"):
        if path.name != "settings.toml":  # This test's own.
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
