"""The whole house on the embedded model: a real sampler, real HTTP, one thread, short answers."""

from __future__ import annotations

import pytest

from roundtable_tui.config import Settings
from roundtable_tui.engine.record.recorder import read_record
from roundtable_tui.errors import RoundtableError
from roundtable_tui.llm.local import model
from roundtable_tui.llm.local.requirements import missing_requirement
from roundtable_tui.reports.json_report import build_report
from roundtable_tui.setup.open_run import build_run
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.setup.server_pool import ServerPool
from tests.support.torture import FULL

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300), pytest.mark.torture]

RUNS = {
    "debate": {"options": {"max_rounds": 1}, "personas": ("Plain", "Maker"), "captain": "Captain"},
    "pro": {"options": {"agents": 2}},
    "roundtable": {"options": {"turns": 2, "wrap_up_turns": 1, "introductions": False}, "agents": 2},
}


MAX_TOKENS = 12
REAL = model.find_model()
CAN = REAL is not None and missing_requirement() is None
"""Looked for before a test has a home of its own."""


@pytest.fixture
async def backends(monkeypatch):
    """Backends whose local model runs on one thread, so that a seed gives one text."""
    if REAL is not None:
        monkeypatch.setenv(model.FILE_VARIABLE, str(REAL))
    monkeypatch.setenv("ROUNDTABLE_LOCAL_THREADS", "1")
    found = ServerPool(Settings(discovery=False), {})
    yield found
    await found.aclose()


# Reading the prompts of the other modes takes most of the time: it is left to `make torture`.
@pytest.mark.parametrize("mode", RUNS if FULL else ["pro"])
async def test_run_on_real_model_has_answer_and_record(backends, mode):
    wish = RunRequest(
        question="What is the capital of France?",
        mode=mode,
        local=True,
        seed=3,
        max_tokens=MAX_TOKENS,
        **RUNS[mode],
    )
    if not CAN:
        with pytest.raises(RoundtableError, match="local model"):
            await build_run(wish, backends)
        return
    run = await build_run(wish, backends)
    result = await run.execute()
    assert result.status in ("complete", "partial"), result.error
    assert result.answer.text.strip()
    told = build_report(read_record(run.folder).events)
    assert told["answer"] == result.answer.text
    assert all(
        turn["usage"]["completion_tokens"] <= MAX_TOKENS for turn in told["turns"] if turn["status"] == "ok"
    )
    assert not any(turn["usage"]["estimated"] for turn in told["turns"] if turn["status"] == "ok")
