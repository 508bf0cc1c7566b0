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

from roundtable_tui.knowledge.formats import UnreadableError
from roundtable_tui.knowledge.passages import DocumentText
from roundtable_tui.utils.text import fix_surrogates, single_line

MAX_MEMORY_BYTES = 2_000_000_000
MAX_CPU_S = 120
LENGTH_HEADER = struct.Struct(">I")


def main() -> None:
    """Serve standard input until it ends."""
    given, told = sys.stdin.buffer, sys.stdout.buffer
    _set_limit("RLIMIT_AS", MAX_MEMORY_BYTES)
    while header := given.readline(1000):
        request = json.loads(header)
        _set_limit("RLIMIT_CPU", _cpu_seconds() + MAX_CPU_S)
        answer = _read_document(request["kind"], given.read(request["size"]))
        body = json.dumps(answer).encode()
        told.write(LENGTH_HEADER.pack(len(body)) + body)
        told.flush()


def _read_document(kind: str, data: bytes) -> dict[str, Any]:
    try:
        text: DocumentText = import_module(f"roundtable_tui.knowledge.formats.{kind}").read(data)
    except UnreadableError as error:
        return {"error": single_line(str(error), 200)}
    except MemoryError:
        return {"error": "takes too much memory to read"}
    except RecursionError:
        return {"error": "is nested too deeply to read"}
    except Exception as error:  # The next file may be a better one.
        return {"error": f"cannot be read: {single_line(repr(error), 160)}"}
    return to_message(text)


def to_message(text: DocumentText) -> dict[str, Any]:
    """Return a text as it goes from the child to the parent."""
    said = fix_surrogates(text.text).replace("\0", "")
    return {"text": said, "unit": text.unit, "numbers": text.numbers, "headed": text.headed}


def receive_message(stream: IO[bytes]) -> dict[str, Any] | None:
    """Return the child's next answer; None when there is none any more."""
    head = stream.read(LENGTH_HEADER.size)
    if len(head) < LENGTH_HEADER.size:
        return None
    body = stream.read(LENGTH_HEADER.unpack(head)[0])
    return json.loads(body) if len(body) == LENGTH_HEADER.unpack(head)[0] else None


def _cpu_seconds() -> int:
    import time

    return int(time.process_time())


def _set_limit(name: str, maximum: int) -> None:
    with suppress(ImportError, AttributeError, ValueError, OSError):  # Not everywhere are there such limits.
        import resource

        _, hardest = resource.getrlimit(getattr(resource, name))
        resource.setrlimit(getattr(resource, name), (maximum, hardest))


if __name__ == "__main__":
    main()
