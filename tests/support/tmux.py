"""A real terminal: a program in its own tmux server, with typed keys and a readable screen."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

MOST_S = 120.0
"""How long to wait for what must come; a busy machine may take its time."""


class Tmux:
    """One window of `columns` x `rows` with `command` in it; leaving the block ends both."""

    def __init__(
        self, command: Sequence[str], folder: Path, env: Mapping[str, str], columns: int, rows: int
    ) -> None:
        assert shutil.which("tmux"), "this test types into a real terminal: install tmux"
        self._socket = f"roundtable-evening-{os.getpid()}-{time.monotonic_ns()}"
        given = {"COLORTERM": "truecolor", "LANG": "C.UTF-8", **env}
        # The test itself may run in a terminal with a size, or in tmux.
        line = [
            "env",
            "-u",
            "TMUX",
            "-u",
            "COLUMNS",
            "-u",
            "LINES",
            *(f"{name}={value}" for name, value in given.items()),
            *command,
        ]
        shown = f"{shlex.join(line)}; echo left with $?; sleep 600"
        size = ["-x", str(columns), "-y", str(rows)]
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, "-c", str(folder), "sh", "-c", shown)
        self._tmux("set", "-g", "status", "off")
        self._tmux("set", "-sg", "escape-time", "0")
        self._tmux("resize-window", *size)

    def __enter__(self) -> Tmux:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, TimeoutError):
            print(self.screen)
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, "-u", *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"tmux {arguments[0]}: {done.stderr}"
        return done.stdout

    @property
    def screen(self) -> str:
        """The visible text."""
        return self._tmux("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        """Press keys, by the names that tmux has for them."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self._tmux("send-keys", "-l", text)

    def see(self, *parts: str, without: str = "") -> str:
        """Wait until all of `parts` are on the screen, and `without` is not; return it."""

        def there(screen: str) -> bool:
            return all(part in screen for part in parts) and not (without and without in screen)

        return self.wait(there, f"{parts} to be seen" + (f" and {without!r} to be gone" if without else ""))

    def wait(self, true: Callable[[str], bool], what: str) -> str:
        """Wait until `true(screen)` holds."""
        until = time.monotonic() + MOST_S
        while not true(screen := self.screen):
            if time.monotonic() > until:
                raise TimeoutError(f"waited for {what}; the screen was:\n{screen}")
            time.sleep(0.05)
        return screen
