"""Faults that nobody foresaw: the whole of it goes to the log, a person gets one line."""

from __future__ import annotations

import traceback
from datetime import datetime

from roundtable_tui import disk, paths
from roundtable_tui.text import one_line


def write_down(fault: BaseException) -> str:
    """Append `fault` with its traceback to the log; return the line that tells of it and names the log."""
    line = f"a fault of Roundtable, or of a mode: {one_line(repr(fault), 200)}"
    path = paths.log_file()
    try:
        paths.ensure(path.parent)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"\n{datetime.now().astimezone().isoformat(timespec='seconds')}\n")
            traceback.print_exception(fault, file=log)
    except OSError as error:
        return f"{line} (it could not be written down: {error.strerror})"
    return f"{line}. The whole of it is in {disk.show(path)}"
