"""The fenced blocks of the documents: commands, files and Python."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`([\w./-]+)`:\s*$")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the file named before it."""

    document: str
    line: int
    language: str
    text: str
    path: str = ""

    @property
    def commands(self) -> list[str]:
        """The block's lines without comments."""
        lines = (re.sub(r"\s+# .*$", "", line).strip() for line in self.text.split("\n"))
        return [line for line in lines if line and not line.startswith("#")]


def blocks(document: Path) -> list[Block]:
    """Return the fenced blocks of a document."""
    text = document.read_text()
    found = []
    for match in _FENCE.finditer(text):
        named = _NAMED.search(text[: match.start()].rstrip("\n"))
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(document.name, line, match[1], match[2], named[1] if named else ""))
    return found


@contextmanager
def DEMO(serving: AbstractAsyncContextManager[str]) -> Iterator[str]:
    """Serve the demo in a thread; the value is its base URL."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def do(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    url = do(serving.__aenter__())
    try:
        yield url
    finally:
        do(serving.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
