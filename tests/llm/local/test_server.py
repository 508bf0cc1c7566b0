"""The process of the local model: start, errors, and its end with the parent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.local import model, requirements, subprocess_main
from roundtable_tui.llm.local.server import LocalServer
from tests.support.lazy_module import import_lazily
from tests.support.paths import ROOT

pytestmark = pytest.mark.anyio
openai = import_lazily("openai")

REAL_MODEL = model.find_model()
"""Looked for before any test has a home of its own."""

STUB = """
import os
import types

if "ALIVE" in os.environ:
    os.open(os.environ["ALIVE"], os.O_WRONLY)

class Server:
    def __init__(self, params):
        if "broken" in params.model.path:
            raise RuntimeError("Failed to init server")
        assert params.hostnames == ["127.0.0.1"] and params.port == 0
        assert params.n_ctx == params.n_parallel * 4096
        self.listening_address = "http://127.0.0.1:9"

class CommonParams:
    def __init__(self):
        self.model = types.SimpleNamespace(path="")
        self.cpuparams = types.SimpleNamespace()
        self.cpuparams_batch = types.SimpleNamespace()
"""


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The real child program over an engine that loads nothing; gives the path of a model file."""
    (tmp_path / "stub").mkdir()
    (tmp_path / "stub" / "xllamacpp.py").write_text(STUB)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "stub"))
    # A child of ours does not look there.
    engine = f"import runpy, sys\nsys.path.insert(0, {str(tmp_path / 'stub')!r})\n"
    program(tmp_path, f"{engine}runpy.run_path({subprocess_main.__file__!r}, run_name='__main__')\n")
    (tmp_path / "mine.gguf").write_bytes(b"x")
    return tmp_path / "mine.gguf"


def over_stub(path: Path) -> LocalServer:
    """Return the server of a model file of `stub`."""
    return LocalServer(path, program=path.parent / "program.py")


def program(folder: Path, text: str) -> Path:
    path = folder / "program.py"
    path.write_text(text)
    return path


async def test_local_server_starts_and_stops(stub: Path) -> None:
    local = LocalServer(stub, slots=3, threads=1, program=stub.parent / "program.py")
    server = await local.start()
    assert (server.name, server.base_url, server.concurrency) == ("local", "http://127.0.0.1:9/v1", 3)
    assert local.model == "mine" and local.is_running
    await local.stop()
    assert not local.is_running
    await local.stop()


async def test_local_server_leaving_with_block_ends_child(stub: Path) -> None:
    local = over_stub(stub)
    async with local as server:
        assert server.base_url
        process = local._process
        assert process is not None and process.returncode is None
    assert process.returncode == 0


async def test_local_server_model_not_loading_is_explained(stub: Path) -> None:
    broken = stub.rename(stub.parent / "broken.gguf")
    with pytest.raises(RoundtableError, match="RuntimeError: Failed to init server"):
        await over_stub(broken).start()


async def test_local_server_silent_exit_is_explained(tmp_path: Path) -> None:
    with pytest.raises(RoundtableError, match="without a message"):
        await LocalServer(tmp_path / "x", program=program(tmp_path, "")).start()


async def test_local_server_error_line_is_sanitized(tmp_path: Path) -> None:
    loud = program(
        tmp_path, "import sys; sys.stderr.write('x' * 200_000 + '\\n\\x1b[31mno\\x07 luck\\n'); sys.exit(3)"
    )
    with pytest.raises(RoundtableError) as error:
        await LocalServer(tmp_path / "x", program=loud).start()
    assert "no luck" in str(error.value) and "\x1b" not in str(error.value) and "xxx" not in str(error.value)


async def test_local_server_never_listening_times_out(tmp_path: Path) -> None:
    stubborn = program(tmp_path, "import signal, time\nsignal.signal(15, signal.SIG_IGN)\ntime.sleep(600)")
    local = LocalServer(tmp_path / "x", program=stubborn)
    with pytest.raises(RoundtableError, match="did not load within"):
        await local.start(timeout_s=0.3)
    assert not local.is_running


async def test_local_server_cancelled_start_leaves_no_process(tmp_path: Path) -> None:
    local = LocalServer(tmp_path / "x", program=program(tmp_path, "import time; time.sleep(600)"))
    starting = asyncio.ensure_future(local.start())
    while (process := local._process) is None:
        await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert process.returncode is not None


@pytest.mark.parametrize("sign", ["SIGTERM", "end of stdin"])
def test_local_server_child_ends_on_signal(stub: Path, sign: str) -> None:
    command = [sys.executable, subprocess_main.__file__, "--model", str(stub)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == f"{subprocess_main.LISTENING_PREFIX}http://127.0.0.1:9\n".encode()
        if sign == "SIGTERM":
            process.send_signal(signal.SIGTERM)
        else:
            process.stdin.close()
        assert process.wait(timeout=120) == 0


def test_local_server_killed_parent_leaves_no_orphan(stub: Path) -> None:
    code = (
        "import asyncio, pathlib, sys\n"
        "from roundtable_tui.llm.local.server import LocalServer\n"
        "async def main():\n"
        "    path = pathlib.Path(sys.argv[1])\n"
        "    await LocalServer(path, program=path.parent / 'program.py').start()\n"
        "    print('started', flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    root = ROOT
    env = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{os.environ['PYTHONPATH']}"}
    # The child holds the other end of this pipe open: its end is the child's end.
    env["ALIVE"] = str(stub.parent / "alive")
    os.mkfifo(env["ALIVE"])
    alive = os.open(env["ALIVE"], os.O_RDONLY | os.O_NONBLOCK)
    with subprocess.Popen([sys.executable, "-c", code, str(stub)], stdout=subprocess.PIPE, env=env) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == b"started\n"
        with pytest.raises(BlockingIOError):
            os.read(alive, 1)
        parent.kill()
    os.set_blocking(alive, True)
    assert os.read(alive, 1) == b""
    os.close(alive)


async def test_local_server_without_model_names_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "PACKAGE", "not-there-at-all")
    with pytest.raises(RoundtableError) as error:
        await LocalServer().start()
    assert "\n" not in str(error.value) and str(error.value)


async def test_local_server_real_model_streams_or_explains(monkeypatch: pytest.MonkeyPatch) -> None:
    if REAL_MODEL is None or requirements.missing_requirement() is not None:
        monkeypatch.setattr(model, "PACKAGE", "not-there-at-all")
        with pytest.raises(RoundtableError, match="local model"):
            await LocalServer().start()
        return
    async with LocalServer(REAL_MODEL, slots=1, ctx=1024, threads=1) as server:
        http = openai.DefaultAsyncHttpxClient(trust_env=False)
        async with openai.AsyncOpenAI(base_url=server.base_url, api_key="none", http_client=http) as client:
            stream = await client.chat.completions.create(
                model=model.MODEL_NAME,
                messages=[{"role": "user", "content": "Hello"}],
                stream=True,
                max_tokens=8,
            )
            async with stream:
                said = "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])
    assert said.strip()


GOOD_CPU = "processor : 0\nflags\t\t: fpu sse avx avx2 fma f16c bmi1 bmi2\n"


def test_missing_cpu_flags_reads_cpuinfo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements.platform, "machine", lambda: "x86_64")
    assert requirements.missing_cpu_flags(GOOD_CPU) == [] == requirements.missing_cpu_flags("")
    assert requirements.missing_cpu_flags(GOOD_CPU.replace(" avx2", "").replace("fma", "")) == ["AVX2", "FMA"]
    monkeypatch.setattr(requirements.platform, "machine", lambda: "aarch64")
    assert requirements.missing_cpu_flags("flags : none") == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("importlib.util.find_spec", lambda name: None), "roundtable-tui[local]"),
        (("missing_cpu_flags", lambda text: ["AVX2"]), "AVX2"),
        (("has_enough_memory", lambda text: False), "memory"),
        (("missing_disk_bytes", lambda: 5_000_000), "5 MB more disk space"),
    ],
)
def test_missing_requirement_is_one_line(
    change: tuple[str, object], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "PACKAGE", "not-there-at-all")
    well = {
        "importlib.util.find_spec": lambda name: object(),
        "missing_cpu_flags": lambda text: [],
        "has_enough_memory": lambda text: True,
        "missing_disk_bytes": lambda: 0,
    }
    for name, value in well.items():
        monkeypatch.setattr(f"roundtable_tui.llm.local.requirements.{name}", value)
    assert requirements.missing_requirement() is None
    monkeypatch.setattr(f"roundtable_tui.llm.local.requirements.{change[0]}", change[1])
    reason = requirements.missing_requirement()
    assert reason is not None and "\n" not in reason
    assert told in reason


def test_has_enough_memory_unknown_is_true() -> None:
    assert requirements.has_enough_memory("") and requirements.has_enough_memory(
        "MemAvailable:  8000000 kB\n"
    )
    assert not requirements.has_enough_memory("MemTotal: 9 kB\nMemAvailable:    1000 kB\n")


def test_default_threads_from_variable_or_all_cores_but_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUNDTABLE_LOCAL_THREADS", "7")
    assert requirements.default_threads() == 7
    for nonsense in ("0", "many", "-1", "٣"):
        monkeypatch.setenv("ROUNDTABLE_LOCAL_THREADS", nonsense)
        assert requirements.default_threads() >= 1
