"""Reading is prepared while the seats of a run are answering."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest

from roundtable_tui.engine.calls import read_ahead
from tests.support.run_builder import Voices, table

COUNT_COMPILED = """
import json
from roundtable_tui.utils.lazy_pattern import LazyPattern
count, compiled = [0], LazyPattern.compiled.func
def compile_pattern(pattern):
    count[0] += 1
    return compiled(pattern)
LazyPattern.compiled.func = compile_pattern
from roundtable_tui.answers.grouping import group_answers
from roundtable_tui.answers.reading import extract_final_answer
from roundtable_tui.engine.calls.read_ahead import read_samples
if PREPARED:
    read_samples()
    count[0] = 0
replies = [
    "One server is simpler to run.\\n\\nTherefore I would start with one and split it later.",
    "With 3 + 4 = 7 lamps, the hall is bright.\\n\\nAnswer: 7",
    "No, it is not.",
    " ".join(f"word{n}" for n in range(100)),
]
question = "How should we begin?"
group_answers([(str(n), extract_final_answer(reply, question)) for n, reply in enumerate(replies)], question)
print(json.dumps(count[0]))
"""


def count_compiled(*, prepared: bool) -> int:
    program = COUNT_COMPILED.replace("PREPARED", repr(prepared))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return int(json.loads(done.stdout))


def test_read_samples_leaves_few_patterns_to_compile() -> None:
    assert count_compiled(prepared=True) * 5 < count_compiled(prepared=False)


@pytest.mark.anyio
async def test_ask_all_prepares_reading_after_its_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = asyncio.Event()
    monkeypatch.setattr(read_ahead, "PREPARE_AFTER_S", 0)
    monkeypatch.setattr(read_ahead, "_prepare_once", prepared.set)
    at = table(Voices(["One."]))
    await at.ask_all([(seat, "Which?") for seat in at.seats[:1]])
    await asyncio.wait_for(prepared.wait(), 30)
