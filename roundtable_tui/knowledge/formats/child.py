"""The child process that reads what has to be unpacked or parsed, one file after another.

In: a line of JSON `{"kind", "size"}` and so many bytes. Out: four bytes of length, then JSON, the text or
`{"error"}`. It ends when its input does.
"""

from __future__ import annotations

import json
import struct
import sys
from contextlib import suppress
from importlib import import_module
from typing import IO, Any

from roundtable_tui.knowledge.formats import Unreadable
from roundtable_tui.knowledge.passages import Text
from roundtable_tui.utils.text import one_line, repair

MEMORY = 2_000_000_000
CPU_S = 120
LENGTH = struct.Struct(">I")


def main() -> None:
    """Serve standard input until it ends."""
    given, told = sys.stdin.buffer, sys.stdout.buffer
    _limit("RLIMIT_AS", MEMORY)
    while header := given.readline(1000):
        request = json.loads(header)
        _limit("RLIMIT_CPU", _cpu_used() + CPU_S)
        answer = _answer(request["kind"], given.read(request["size"]))
        body = json.dumps(answer).encode()
        told.write(LENGTH.pack(len(body)) + body)
        told.flush()


def _answer(kind: str, data: bytes) -> dict[str, Any]:
    try:
        text: Text = import_module(f"roundtable_tui.knowledge.formats.{kind}").read(data)
    except Unreadable as error:
        return {"error": one_line(str(error), 200)}
    except MemoryError:
        return {"error": "takes too much memory to read"}
    except RecursionError:
        return {"error": "is nested too deeply to read"}
    except Exception as error:  # The next file may be a better one.
        return {"error": f"cannot be read: {one_line(repr(error), 160)}"}
    return as_json(text)


def as_json(text: Text) -> dict[str, Any]:
    """Return a text as it goes from the child to the parent."""
    said = repair(text.text).replace("\0", "")
    return {"text": said, "unit": text.unit, "numbers": text.numbers, "headed": text.headed}


def receive(stream: IO[bytes]) -> dict[str, Any] | None:
    """Return the child's next answer; None when there is none any more."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    body = stream.read(LENGTH.unpack(head)[0])
    return json.loads(body) if len(body) == LENGTH.unpack(head)[0] else None


def _cpu_used() -> int:
    import time

    return int(time.process_time())


def _limit(name: str, most: int) -> None:
    with suppress(ImportError, AttributeError, ValueError, OSError):  # Not everywhere are there such limits.
        import resource

        _, hardest = resource.getrlimit(getattr(resource, name))
        resource.setrlimit(getattr(resource, name), (most, hardest))


if __name__ == "__main__":
    main()
