"""Worker processes with time and memory limits, for code that a hostile input may hang or crash.

A `Worker` starts a Python process when it is first needed, sends it one request after another through pipes,
and kills it when a request takes too long. The next request gets a new process. The code that runs there is a
handler: a function of this package that takes a JSON object and bytes, and returns a JSON object.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any, Literal

from roundtable_tui.utils import processes
from roundtable_tui.utils.nesting import load_json
from roundtable_tui.utils.text import single_line

if TYPE_CHECKING:
    from subprocess import Popen

Handler = Callable[[dict[str, Any], bytes], Mapping[str, Any]]
Problem = Literal["timeout", "stopped", "memory", "recursion", "exception"]

DEFAULT_TIMEOUT_S = 120.0
DEFAULT_MAX_MEMORY_BYTES = 2_000_000_000
MAX_REPLY_BYTES = 1_000_000_000
_REQUEST_HEADER = struct.Struct(">IQ")
"""Bytes of JSON, bytes of data; both follow."""
_REPLY_HEADER = struct.Struct(">I")
"""Bytes of JSON; it follows."""


class WorkerError(Exception):
    """A request failed: it has no reply.

    Attributes:
        problem: timeout (the process was killed), stopped (it ended by itself), memory, recursion, or
            exception (of the handler).
        detail: The exception on one line, else "".
    """

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(f"{problem}: {detail}" if detail else problem)
        self.problem = problem
        self.detail = detail


class Worker:
    """One worker process. Not for use from several threads at once; `close` it at the end."""

    def __init__(
        self,
        handler: str,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        max_cpu_s: float | None = None,
        max_memory_bytes: int = DEFAULT_MAX_MEMORY_BYTES,
    ) -> None:
        """Prepare a worker; its process starts with the first request.

        Args:
            handler: Where the function is, as "package.module:function".
            timeout_s: Seconds for one request, in real time and of the CPU.
            max_cpu_s: Seconds of the CPU for one request, if fewer: they do not depend on other programs.
            max_memory_bytes: Address space of the process, where the system can limit it (not on macOS).
        """
        self.timeout_s = timeout_s
        self._command = processes.python_main(
            __name__, handler, str(max_memory_bytes), str(max(1, round(max_cpu_s or timeout_s)))
        )
        self._process: Popen[bytes] | None = None

    def request(self, message: Mapping[str, Any], data: bytes = b"") -> dict[str, Any]:
        """Send a request, wait for its reply and return it.

        Args:
            message: A JSON object.
            data: Bytes that go along, sent as they are.

        Raises:
            WorkerError: There is no reply.
            OSError: The process cannot be started.
        """
        process = self._process = self._process or processes.start(
            self._command, stdin="pipe", stdout="pipe", folder=processes.NOWHERE
        )
        assert process.stdin is not None and process.stdout is not None
        late = threading.Event()

        def kill() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self.timeout_s, kill)
        timer.daemon = True
        timer.start()
        reply = None
        try:
            head = json.dumps(message).encode()
            process.stdin.write(_REQUEST_HEADER.pack(len(head), len(data)) + head + data)
            process.stdin.flush()
            reply = _read_reply(process.stdout)
        except (OSError, ValueError):  # The process ended, or what it wrote is not a reply.
            pass
        finally:
            timer.cancel()
        if reply is None:
            self.close()
            is_late = late.is_set() or process.returncode == -signal.SIGXCPU
            raise WorkerError("timeout" if is_late else "stopped")
        if "problem" in reply:
            raise WorkerError(reply["problem"], str(reply.get("detail", "")))
        result: dict[str, Any] = reply["result"]
        return result

    def close(self) -> None:
        """Kill the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def _read_reply(stream: IO[bytes]) -> dict[str, Any] | None:
    """Return the next reply; None at the end of the stream. Raises ValueError for anything else."""
    if len(head := stream.read(_REPLY_HEADER.size)) < _REPLY_HEADER.size:
        return None
    (size,) = _REPLY_HEADER.unpack(head)
    if size > MAX_REPLY_BYTES:
        raise ValueError(f"a reply of {size} bytes")
    body = stream.read(size)
    found = load_json(body) if len(body) == size else None
    if found is not None and not (isinstance(found, dict) and found.keys() & {"result", "problem"}):
        raise ValueError("not a reply")
    return found


# --- in the worker process -------------------------------------------------------------------------------


def main() -> None:
    """Run the worker process: arguments are the handler, bytes of memory, and CPU seconds of a request."""
    place, max_memory_bytes, max_cpu_s = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    requests, replies = _take_standard_streams()
    module, _, name = place.partition(":")
    handler: Handler = getattr(import_module(module), name)
    serve(requests, replies, handler, max_memory_bytes, max_cpu_s)


def serve(
    requests: IO[bytes], replies: IO[bytes], handler: Handler, max_memory_bytes: int, max_cpu_s: int
) -> None:
    """Answer requests until they end."""
    _set_limit("RLIMIT_AS", max_memory_bytes)
    while len(head := requests.read(_REQUEST_HEADER.size)) == _REQUEST_HEADER.size:
        message_size, data_size = _REQUEST_HEADER.unpack(head)
        message, data = json.loads(requests.read(message_size)), requests.read(data_size)
        # The limit counts from the start of the process; a CPU second more than the parent waits.
        _set_limit("RLIMIT_CPU", _cpu_seconds() + max_cpu_s + 1)
        body = handle_request(handler, message, data)
        replies.write(_REPLY_HEADER.pack(len(body)) + body)
        replies.flush()


def handle_request(handler: Handler, message: dict[str, Any], data: bytes) -> bytes:
    """Return the reply to a request as JSON: `{"result"}`, or `{"problem", "detail"}`."""
    problem: dict[str, str]
    try:
        return json.dumps({"result": handler(message, data)}).encode()
    except MemoryError:
        problem = {"problem": "memory"}
    except RecursionError:
        problem = {"problem": "recursion"}
    except Exception as error:  # The next request may be fine.
        problem = {"problem": "exception", "detail": single_line(repr(error), 160)}
    return json.dumps(problem).encode()


def _take_standard_streams() -> tuple[IO[bytes], IO[bytes]]:
    """Return stdin and stdout, and replace them for the process: printed text must not become a reply."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return requests, replies


def _cpu_seconds() -> int:
    import time

    return int(time.process_time())


def _set_limit(name: str, maximum: int) -> None:
    """Set a limit of this process, if the system supports it."""
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        _, hardest = resource.getrlimit(getattr(resource, name))
        resource.setrlimit(getattr(resource, name), (maximum, hardest))
