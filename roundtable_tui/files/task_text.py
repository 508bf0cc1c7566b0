"""One text of a task while it is edited: what others wrote meanwhile is not overwritten unasked."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path

from roundtable_tui import disk
from roundtable_tui.errors import FileError

_BOM = b"\xef\xbb\xbf"
_NEW_MODE = 0o644


@dataclass(slots=True)
class TextFile:
    """A file, which need not be there yet, and its bytes as they were last read or written here."""

    path: Path
    data: bytes | None = field(default=None, init=False)

    def read(self) -> str:
        r"""Return the text as it is now, line ends as `\n`; "" where there is no file. Raises FileError."""
        self.data = self._now()
        return "" if self.data is None else disk.decoded(self.data, self.path)

    @property
    def line_end(self) -> str:
        r"""The line end of most lines: `\n`, `\r\n` or `\r`."""
        counts = self._line_ends()
        return max(counts, key=lambda end: counts[end])

    @property
    def mixed(self) -> bool:
        """Whether the lines end in more than one way; saving makes them all end as most do."""
        return sum(count > 0 for count in self._line_ends().values()) > 1

    def changed(self) -> bool:
        """Whether the file is another one than was read, or is gone."""
        try:
            return self._now() != self.data
        except FileError:
            return True

    def save(self, text: str, to: Path | None = None) -> None:
        r"""Write `text` (line ends as `\n`) with the line ends, mark and permissions of the file as it was.

        With `to`, that file becomes the one that is edited. Raises FileError; nothing has changed then.
        """
        target = to or self.path
        mark = "\ufeff" if (self.data or b"").startswith(_BOM) else ""
        content = mark + text.replace("\n", self.line_end)
        disk.write_text(target, content, mode=_mode(target))
        self.path = target
        self.data = self._now()

    def _now(self) -> bytes | None:
        return disk.read_bytes(self.path) if disk.is_there(self.path) else None

    def _line_ends(self) -> dict[str, int]:
        data = self.data or b""
        both = data.count(b"\r\n")
        return {"\n": data.count(b"\n") - both, "\r\n": both, "\r": data.count(b"\r") - both}


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return _NEW_MODE
