"""Regular expressions of models: run in a process that can be ended, because some never do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from roundtable_tui.tools.files.roots import FileToolError
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line, to_safe_json
from roundtable_tui.utils.worker import Worker, WorkerError

_TIMEOUT_S = 30.0
_MAX_CPU_S = 1.0
_MAX_MEMORY_BYTES = 500_000_000
_MAX_PATTERN_CHARS = 500


def find_lines(pattern: str, texts: Sequence[Sequence[str]], limit: int) -> list[tuple[int, int]]:
    """Return (text, line), both from 0, of the lines that a regular expression matches, at most `limit`.

    Raises FileToolError: the expression is not valid, or takes too long.
    """
    if len(pattern) > _MAX_PATTERN_CHARS:
        raise FileToolError(f"the regular expression is longer than {_MAX_PATTERN_CHARS} characters")
    worker = Worker(
        f"{__name__}:search", timeout_s=_TIMEOUT_S, max_cpu_s=_MAX_CPU_S, max_memory_bytes=_MAX_MEMORY_BYTES
    )
    try:
        data = to_safe_json([list(lines) for lines in texts]).encode()
        reply = worker.request({"pattern": pattern, "limit": limit}, data)
    except WorkerError:
        raise FileToolError("the regular expression takes too long: search for a text instead") from None
    finally:
        worker.close()
    if problem := reply.get("problem"):
        raise FileToolError(f"not a regular expression: {problem}")
    found = reply["found"]
    return [(int(text), int(line)) for text, line in found]


def search(message: dict[str, Any], data: bytes) -> Mapping[str, Any]:
    """Search lines; runs in the worker process."""
    try:  # Here, not in the program: sets of letters in any case can take a minute to compile.
        pattern = re.compile(message["pattern"], re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        return {"problem": single_line(str(error), 120)}
    limit = message["limit"]
    found: list[tuple[int, int]] = []
    for at, lines in enumerate(load_json(data)):
        for number, line in enumerate(lines):
            if pattern.search(line):
                found.append((at, number))
                if len(found) >= limit:
                    return {"found": found}
    return {"found": found}
