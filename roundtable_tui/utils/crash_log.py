"""Logs unexpected exceptions; the user sees one line."""

from __future__ import annotations

import os
import traceback
from datetime import datetime

from roundtable_tui.errors import RoundtableError
from roundtable_tui.utils import files, paths
from roundtable_tui.utils.redact import redact
from roundtable_tui.utils.text import sanitize, single_line

_MAX_LOGGED_CHARS = 200_000


def log_exception(exception: BaseException) -> str:
    """Append an exception with its traceback to the log; return one line for the user that names the log."""
    line = f"Unexpected error: {single_line(redact(repr(exception)), 200)}"
    page = "".join(traceback.format_exception(exception))
    try:
        path = paths.log_file()
        paths.make_private_dir(path.parent)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as log:
            page = sanitize(redact(page, max_chars=_MAX_LOGGED_CHARS))
            log.write(f"\n{datetime.now().astimezone().isoformat(timespec='seconds')}\n{page}")
    except (OSError, RoundtableError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.what
        return f"{line}. Details could not be logged: {reason}"
    return f"{line}. Details are in {files.display_path(path)}"
