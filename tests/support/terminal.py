"""A program on a real pseudo-terminal, and a terminal that checks every byte it writes.

The terminal knows what a program of ours may write and no more: `Terminal.strange` lists the rest. It
keeps a screen, so that a test can wait for what a person would see, and notes where text left its row.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from roundtable_tui.utils.format import display_width

MOST_S = 120.0
_SEQUENCE = re.compile(
    r"\x1b\[(?P<csi>[0-?]*[ -/]*[@-~])|\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b(?P<string>[PX^_])(?P<body>[^\x1b]*)\x1b\\|\x1b(?P<esc>[()][0-9A-Z]|[^\[\]PX^_()])"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[()])?\Z")
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
# What Textual and our live line write: cursor, erasing, colours, modes, questions to the terminal,
# the pointer's shape.
_KNOWN_CSI = re.compile(
    r"(?:\d*;?\d*H|[0-2]?[JK]|[\d;:]*m|\?\d+(?:;\d+)*[hl]|\?\d+\$p|>\d+u|<u|[<>=?]\d*u|[?>]?\d*[nqc]"
    r"|\d+;\d+;?\d*t|\d*[ABCDG]|>4;?\d*m)\Z"
)
_KNOWN_OSC = re.compile(r"22;[\w-]*\Z")


_ASKS_FOR_FRAMES = b"\x1b[?2026$p"


class Screen:
    """The visible cells."""

    def __init__(self, columns: int, rows: int, overflows: list[str]) -> None:
        self.columns, self.rows, self.overflows = columns, rows, overflows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0

    @property
    def text(self) -> str:
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def write(self, text: str) -> None:
        end = self.column + len(text)
        if text.isascii() and end <= self.columns:
            self.cells[self.row][self.column : end] = text
            self.column = end
            return
        for char in text:
            wide = display_width(char)
            if wide == 0:
                continue
            if self.column + wide > self.columns:
                self.overflows.append(text)
                self._line_feed()
                self.column = 0
            self.cells[self.row][self.column] = char
            for n in range(1, wide):
                self.cells[self.row][self.column + n] = ""
            self.column += wide

    def control(self, char: str) -> None:
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self._line_feed()

    def csi(self, sequence: str) -> None:
        final, numbers = sequence[-1], [int(n) for n in re.findall(r"\d+", sequence)]
        if final == "H":
            row, column = [*numbers, 1, 1][:2] if numbers else (1, 1)
            self.row, self.column = min(row, self.rows) - 1, min(column, self.columns) - 1
        elif final == "K":
            self.cells[self.row][self.column :] = [" "] * (self.columns - self.column)
        elif final == "J":
            self.cells = [[" "] * self.columns for _ in range(self.rows)]

    def _line_feed(self) -> None:
        if self.row == self.rows - 1:
            self.cells = [*self.cells[1:], [" "] * self.columns]
        else:
            self.row += 1


class Watcher:
    """Parses what is written to a terminal, keeps its screen, and records unexpected sequences."""

    def __init__(self, columns: int, rows: int) -> None:
        self.strange: list[str] = []
        """Sequences and control characters that are not ours."""
        self.modes: dict[str, bool] = {}
        """Private modes of the terminal as the program has set them: "1049" is the other screen."""
        self.overflows: list[str] = []
        """What was written past the end of a row."""
        self.screen = Screen(columns, rows, self.overflows)
        self._told: list[str] = []
        self._rest = ""

    @property
    def told(self) -> str:
        """All text written so far, without sequences."""
        return "".join(self._told)

    def look(self, text: str) -> None:
        text = self._rest + text
        held = _UNFINISHED.search(text)
        self._rest = held[0] if held else ""
        text = text[: len(text) - len(self._rest)]
        at = 0
        for found in _SEQUENCE.finditer(text):
            self._plain(text[at : found.start()])
            at = found.end()
            self._sequence(found)
        self._plain(text[at:])

    def _plain(self, text: str) -> None:
        if not text:
            return
        self._told.append(text)
        self.strange += [f"control {char!r} in {text!r}" for char in _CONTROL.findall(text)]
        for part in re.split(r"([\r\n])", text):
            self.screen.control(part) if part in ("\r", "\n") else self.screen.write(part)

    def _sequence(self, found: re.Match[str]) -> None:
        if (csi := found["csi"]) is not None:
            if not _KNOWN_CSI.match(csi):
                self.strange.append(f"CSI {csi}")
            if mode := re.match(r"\?([\d;]+)([hl])", csi):
                self.modes |= dict.fromkeys(mode[1].split(";"), mode[2] == "h")
            self.screen.csi(csi)
        elif (osc := found["osc"]) is not None:
            if not _KNOWN_OSC.match(osc):
                self.strange.append(f"OSC {osc}")
        else:
            self.strange.append(f"ESC {found[0]!r}")


class Terminal(Watcher):
    """Runs `command` on a new pseudo-terminal; `with Terminal(...) as terminal`."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        columns: int = 120,
        rows: int = 36,
        cwd: Path | None = None,
    ) -> None:
        super().__init__(columns, rows)
        self.raw = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._open = True
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self._slave = slave
        base = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, cwd=cwd, start_new_session=True,
            env={**base, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", **env},
        )  # fmt: skip

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if error is not None:
            error.add_note(f"the screen:\n{self.screen.text}")
        if self._open:
            os.close(self._master)
            os.close(self._slave)

    def press(self, keys: str | bytes) -> None:
        """Type; `\\r` is Enter, `\\x11` Ctrl+Q, `\\x1b` Escape."""
        os.write(self._master, keys if isinstance(keys, bytes) else keys.encode("utf-8", "replace"))

    def until(self, true: Callable[[], object], what: str = "") -> float:
        """Read until a condition holds on a completely drawn screen; return the seconds it took."""
        began = time.monotonic()
        while (self.modes.get("2026") and self.process.poll() is None) or not true():
            assert time.monotonic() - began < MOST_S, f"never came about: {what}"
            if not self._read(0.02) and self.process.poll() is not None and not self._read(0.0):
                assert true(), f"it ended ({self.process.returncode}) before {what}"
        return time.monotonic() - began

    def shows(self, text: str) -> None:
        """Wait until the screen has this text."""
        self.until(lambda: text in self.screen.text, f"the screen shows {text!r}")

    def settles(self, seconds: float = 0.12) -> None:
        """Read until no output has come for a while."""
        while self._read(seconds):
            pass

    def window(self, columns: int, rows: int) -> None:
        """Change the size, whatever the program is doing."""
        self.screen = Screen(columns, rows, self.overflows)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def resize(self, columns: int, rows: int, key: str, says: str) -> None:
        """Change the size; `key` causes output, which shows that the program has noticed."""
        self.settles()
        before = list(self.overflows)
        self.window(columns, rows)
        self.until(lambda: self.screen.text.strip(), "it is drawn anew")
        self.settles()
        self.press(key)
        self.shows(says)
        self.overflows[:] = before  # Output in transit was for the old size.

    def ends(self) -> int:
        """Wait for the end of the program, read what is left, and return its exit code."""
        self.until(lambda: self.process.poll() is not None, "its end")
        while self._read(0.05):
            pass
        return int(self.process.returncode)

    def hang_up(self, *, told: bool = True) -> None:
        """Close the terminal's window; the program gets SIGHUP or not."""
        os.close(self._slave)
        os.close(self._master)
        self._open = False
        if told:
            self.process.send_signal(signal.SIGHUP)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    @property
    def restored(self) -> bool:
        """True if screen, mouse, cursor and echo are restored."""
        off = all(not self.modes.get(mode) for mode in ("1049", "1000", "1002", "1003", "1006", "2004"))
        return off and self.modes.get("25", True) and termios.tcgetattr(self._slave)[3] == self.before[3]

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65_536)
        except OSError:
            return False
        self.raw += data
        if _ASKS_FOR_FRAMES in data:
            # The answer of a terminal with synchronized output, so that the end of a frame is known.
            os.write(self._master, b"\x1b[?2026;2$y")
        self.look(self._decoder.decode(data))
        return bool(data)


def roundtable(*words: str) -> list[str]:
    """Return the command that runs the program."""
    return [sys.executable, "-m", "roundtable_tui", *words]
