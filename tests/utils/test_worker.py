"""Worker processes: requests and replies, limits of time and memory, and what the process may do wrong."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from roundtable_tui.utils import worker
from roundtable_tui.utils.worker import Worker, WorkerError, handle_request

HANDLER = "tests.utils.worker_handler:handle"


@pytest.fixture
def make_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Worker]]:
    """Return a function that makes workers whose handler is in `worker_handler`."""
    workers: list[Worker] = []

    def make(**limits: Any) -> Worker:
        workers.append(Worker(HANDLER, **limits))
        return workers[-1]

    yield make
    for one in workers:
        one.close()


def test_worker_replies_to_one_request_after_another_in_one_process(
    make_worker: Callable[..., Worker],
) -> None:
    one = make_worker()
    first = one.request({"do": "echo", "text": "\u00e9\n"}, b"\0" * 3_000_000)
    second = one.request({"do": "echo"})
    assert first["message"] == {"do": "echo", "text": "\u00e9\n"}
    assert (first["size"], second["size"]) == (3_000_000, 0)
    assert first["process"] == second["process"] != os.getpid()


def test_worker_over_its_time_is_killed_and_replaced(make_worker: Callable[..., Worker]) -> None:
    one = make_worker(timeout_s=0.5)
    with pytest.raises(WorkerError) as caught:
        one.request({"do": "loop"})
    assert caught.value.problem == "timeout"
    one.timeout_s = 60.0
    assert one.request({"do": "echo"})["size"] == 0


def test_worker_over_its_memory_fails_and_replies_to_the_next_request(
    make_worker: Callable[..., Worker],
) -> None:
    one = make_worker(max_memory_bytes=300_000_000)
    with pytest.raises(WorkerError) as caught:
        one.request({"do": "allocate", "size": 1_000_000_000})
    assert caught.value.problem == "memory"
    assert one.request({"do": "allocate", "size": 1000}) == {"size": 1000}


@pytest.mark.parametrize(
    ("message", "problem", "detail"),
    [
        ({"do": "exit"}, "stopped", ""),
        ({"do": "nest"}, "recursion", ""),
        ({"do": "unknown"}, "exception", "KeyError('unknown')"),
        ({"do": "garbage"}, "stopped", ""),
    ],
)
def test_worker_whose_handler_fails_reports_it_and_replies_to_the_next_request(
    message: dict[str, Any], problem: str, detail: str, make_worker: Callable[..., Worker]
) -> None:
    one = make_worker()
    with pytest.raises(WorkerError) as caught:
        one.request(message)
    assert (caught.value.problem, caught.value.detail) == (problem, detail)
    assert one.request({"do": "echo"})["size"] == 0


def test_worker_whose_handler_prints_still_replies(make_worker: Callable[..., Worker]) -> None:
    assert make_worker().request({"do": "print"}) == {"input": ""}


def test_close_ends_the_process_and_may_be_repeated(make_worker: Callable[..., Worker]) -> None:
    one = make_worker()
    process = one.request({"do": "echo"})["process"]
    one.close()
    one.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@pytest.mark.parametrize(
    "written", [b"", b"\0\0", struct.pack(">I", 9) + b"{}", struct.pack(">I", 0)[:2]], ids=range(4)
)
def test_read_reply_of_a_stream_that_ends_early_is_none(written: bytes) -> None:
    assert worker._read_reply(io.BytesIO(written)) is None


@pytest.mark.parametrize("body", [b"[]", b"{}", b"nonsense", b"3"])
def test_read_reply_of_anything_but_a_reply_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        worker._read_reply(io.BytesIO(struct.pack(">I", len(body)) + body))


def test_read_reply_that_is_too_long_is_not_read() -> None:
    with pytest.raises(ValueError, match="4294967295 bytes"):
        worker._read_reply(io.BytesIO(struct.pack(">I", 2**32 - 1)))


def test_handle_request_whose_result_is_not_json_is_a_problem() -> None:
    reply = handle_request(lambda message, data: {"a": {1, 2}}, {}, b"")
    assert b"exception" in reply and b"not JSON serializable" in reply
