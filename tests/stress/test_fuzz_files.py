"""Hostile files of every kind: each is read or refused in lines for the user, at a bounded cost.

Inputs follow from a seed; a failure names it. `make torture` takes many, another `make test` a few of them:
`ROUNDTABLE_FUZZ_SEED=N` begins elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from roundtable_tui.utils.worker import Worker, WorkerError
from tests.support.stress.fuzz_inputs import SAMPLES, make_input
from tests.support.stress.fuzz_samples import CARD, STRANGERS, make_docx, make_picture
from tests.support.torture import FULL

MAX_COST = 80.0
"""In units of `measure_cost`: a few seconds. The costliest inputs take half of it."""
MAX_MEMORY_BYTES = 200_000_000
MAX_LINES = 30
MAX_LINE_CHARS = 1000
FIRST_SEED = int(os.environ.get("ROUNDTABLE_FUZZ_SEED", "0"))
COUNT = 1000 if FULL else 25
SHARE = 1000 if FULL else 8
"""Inputs of the kinds that come from strangers."""
HANG_S = 60.0
"""Seconds after which an input counts as one that never ends, however slow the machine."""
TABLES = b"".join(b"[t%x]\n" % n for n in range(38_000))
"""Near the length at which a TOML text is refused: tables take most time."""
KNOWN = {
    "persona": [b'{"a":' * 900 + b"1" + b"}" * 900, b"[" * 900 + b"]" * 900, b'{"name": "A", "name": "B"}'],
    "team": [b'{"members": ' + b"[" * 900 + b"]" * 900 + b"}"],
    "task": [b"".join(b"mod%d = 1\n" % n for n in range(8000)), b"x = " + b"[" * 900 + b"]" * 900, TABLES],
    "settings": [b"".join(b"x%d = 1\n" % n for n in range(8000)), b".".join([b"a"] * 9000) + b" = 1", TABLES],
    "record": [
        SAMPLES["record"] + b'{"type": "notice", "text": ' + b"[" * 700 + b"]" * 700 + b"}\n",
        SAMPLES["record"] + b".\n" * 500_000,
        SAMPLES["record"] + b"{}\n" * 330_000,
    ],
    "body": [b'{"error": ' + b"[" * 900 + b"]" * 900 + b"}", b"sk-" * 21_000],
    "import": [b"[" + b'{"name": "a", "prompt": "b"},' * 200_000 + b"1]"],
    "card": [make_picture(b" " * 20_000_000 + CARD), make_picture(CARD).replace(b"zTXt", b"iTXt")],
    "docx": [make_docx(b" " * 100_000_000), make_docx(b"<!DOCTYPE a><p/>"), make_docx(b"<p>" * 20_000)],
    "picture": [make_picture().replace(b"\0\0\0\x04\0\0\0\x04", b"\0\1\0\0\0\1\0\0")],
    "batch": [
        b"{" + b",".join(b'"questio%d": 1' % n for n in range(60_000)) + b"}\n",
        (b"{" + b",".join(b'"mod%d": 1' % n for n in range(900)) + b"}\n") * 90,
        b"[\n" * 500_000,
    ],
    "bench": [b"]\n" * 500_000],
    "html": [b"<p>" + b'<a "' * 250_000, b"<!--" * 250_000 + b">", b"<![if " * 160_000 + b">"],
    "yaml": [
        b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 9))
        + b"questions: [{question: x, answer: *a8}]\n",
        b"".join(b"x%d: 1\n" % n for n in range(99_000)),
        b"- - - x\n" * 130_000,
    ],
    "chat": [b'{"model": "x", "messages": [' + b"{}," * 300_000 + b"{}]}"],
}


@pytest.fixture(scope="module")
def reader() -> Iterator[Worker]:
    """One process for all tests: it starts again after an input that it does not survive."""
    worker = Worker(
        "tests.support.stress.fuzz_reader:handle", timeout_s=HANG_S, max_memory_bytes=2_000_000_000
    )
    yield worker
    worker.close()


def check(reader: Worker, kind: str, data: bytes, folder: Path, what: str) -> None:
    """Read one input in the worker; fail with `what` if it costs too much or is not refused properly."""
    try:
        result = reader.request({"kind": kind, "folder": str(folder)}, data)
    except WorkerError as error:
        pytest.fail(f"{what}: {error}")
    assert result["cost"] <= MAX_COST, f"{what}: {result['cost']:.0f} units"
    assert result["memory"] <= MAX_MEMORY_BYTES, f"{what}: {result['memory'] / 1e6:.0f} MB"
    assert len(result["lines"]) <= MAX_LINES, f"{what}: {len(result['lines'])} errors"
    for line in result["lines"]:
        assert "\n" not in line and "\x1b" not in line and len(line) <= MAX_LINE_CHARS, f"{what}: {line!r}"


@pytest.mark.parametrize("kind", list(KNOWN))
def test_read_known_hostile_file_is_bounded(kind: str, reader: Worker, tmp_path: Path) -> None:
    for number, data in enumerate(KNOWN[kind]):
        check(reader, kind, data, tmp_path, f"{kind}, known input {number}")


@pytest.mark.timeout(3000 if FULL else 300)
@pytest.mark.parametrize("kind", list(SAMPLES))
def test_read_hostile_file_is_bounded(kind: str, reader: Worker, tmp_path: Path) -> None:
    for seed in range(FIRST_SEED, FIRST_SEED + (SHARE if kind in STRANGERS else COUNT)):
        check(reader, kind, make_input(kind, seed), tmp_path, f"{kind}, ROUNDTABLE_FUZZ_SEED={seed}")
