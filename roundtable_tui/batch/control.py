"""Starting and stopping a batch of another process: the app does this with `roundtable batch`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from roundtable_tui.batch.folders import default_folder
from roundtable_tui.errors import FileError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils import files, processes
from roundtable_tui.utils.text import single_line

STOP_FILE = "stop"
"""In the folder of a batch: it is to end. The batch removes it."""
StopRequest = Literal["", "finish", "now"]
"""Nothing; end after the active runs; end them too."""
CHECK_TIMEOUT_S = 120.0
_POLL_S = 0.2
_MAX_LINES = 12


def request_stop(folder: Path, *, now: bool = False) -> None:
    """Have a batch end after its active runs, or at once. Raises FileError."""
    files.write_text(folder / STOP_FILE, "now\n" if now else "finish\n")


def read_stop_request(folder: Path) -> StopRequest:
    """Return what was requested of a batch."""
    path = folder / STOP_FILE
    with suppress(FileError, OSError):
        if files.path_exists(path):
            return "now" if files.read_text(path, 100).strip() == "now" else "finish"
    return ""


def clear_stop_request(folder: Path) -> None:
    """Remove a request that was carried out, or is of an earlier start."""
    with suppress(OSError):
        (folder / STOP_FILE).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class BatchCommand:
    """`roundtable batch` for a file of tasks, on a server and with a mode."""

    source: Path
    folder: Path
    words: tuple[str, ...]
    """The arguments of the command."""

    async def check(self) -> tuple[bool, list[str]]:
        """Read all tasks without running any; return whether it can be started, and what is said about it."""
        process = await processes.start_async(self._command("--dry-run"), stdout="pipe", stderr="pipe")
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                out, err = await process.communicate()
        except TimeoutError:
            return False, [f"the tasks could not be read within {CHECK_TIMEOUT_S:g} s"]
        finally:
            if process.returncode is None:
                process.kill()
        said = _to_lines(out if process.returncode == 0 else err)
        return process.returncode == 0, said or ["it cannot be started"]

    async def run(self) -> str:
        """Run the batch to its end; return why it ended early, "" if it did not.

        It is a process of its own: cancelling this, and the end of this process, leave it running.
        """
        process = processes.start(self._command("--quiet"), stderr="pipe")
        while True:  # Not by asyncio, which ends its processes with its loop.
            await asyncio.sleep(_POLL_S)
            if process.poll() is not None:
                break
        assert process.stderr is not None
        with process.stderr as errors:
            lines = _to_lines(errors.read())
        return lines[-1] if process.returncode and lines else ""

    def _command(self, flag: str) -> list[str]:
        return processes.python_main("roundtable_tui.cli.main", "batch", flag, *self.words)


def make_batch_command(
    source: Path,
    request: RunRequest,
    *,
    servers: Sequence[str] = (),
    budget: int | None = None,
    max_cost: float | None = None,
) -> BatchCommand:
    """Return the command for a file of tasks.

    Args:
        source: The file or folder.
        request: Has server, model, mode and team.
        servers: Share the runs, instead of the server of the request.
        budget: Tokens of the whole batch; None for no limit.
        max_cost: USD of the whole batch; None for no limit.
    """
    folder = default_folder(source)
    flags = {
        "--model": request.model, "--mode": request.mode, "--team": request.team, "--out": str(folder),
        "--servers": ",".join(servers), "--budget": budget, "--max-cost": max_cost,
    }  # fmt: skip
    switches = []
    if not servers:
        flags |= {"--server": request.server, "--base-url": request.base_url}
        switches = [name for name, is_on in (("--demo", request.demo), ("--local", request.local)) if is_on]
    given = [f"{name}={value}" for name, value in flags.items() if value]
    return BatchCommand(source, folder, (*given, *switches, "--", str(source)))


def _to_lines(output: bytes) -> list[str]:
    lines = (single_line(line, 300) for line in output.decode("utf-8", "replace").splitlines())
    return [line.removeprefix("roundtable: ") for line in lines if line.strip()][:_MAX_LINES]
