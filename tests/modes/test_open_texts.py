"""Open texts grouped by the captain: when the call is made, and that resumed runs repeat it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine import events
from roundtable_tui.engine.record.recorder import EVENTS_FILE, read_record
from tests.support.fake_server import Reply
from tests.support.run_builder import resumed, taken, told

pytestmark = pytest.mark.anyio
OPEN = {
    "Ada": "It depends on how the water rises in spring, and on what the owners can pay for each year.",
    "Bob": "Nobody can say before the count of last year has been looked at by someone who knows it.",
    "Eve": "What matters is the height of the water after the snow, and the money that the owners have.",
}


def script(request: dict[str, Any], nth: int) -> Any:
    """Let specialists disagree; the captain sees no consensus, picks the first and groups the answers."""
    said = str(request["messages"][-1]["content"])
    if "the number of its group" in said:
        return Reply(decision={"claims": "", "groups": [1, 2, 1]})
    if "agree in substance?" in said:
        return Reply(decision={"consensus": False, "direction": "the water"})
    if "The debate is over" in said:
        return Reply(decision={"choice": 1})
    name = re.search(r"You are (\w+)\.", str(request["messages"][0]["content"]))
    marker = re.search(r"\[\[ANSWER-\w+\]\]", str(request["messages"][0]["content"]))
    assert name is not None and marker is not None
    return f"{'Reasons. ' * 60}\n{marker[0]}\n{OPEN[name[1]]}"


def labels(run: Any) -> list[str]:
    return [event.label for event in told(run, events.TurnQueued) if event.seat == "cap"]


async def test_debate_without_consensus_has_the_captain_group_open_texts_once() -> None:
    run, _ = await taken(script, "debate", options={"max_rounds": 2})
    assert labels(run) == ["verdict", "verdict", "selection", "groups"]
    last = told(run, events.AnswersGrouped)[-1]
    assert (last.basis, [row["seats"] for row in last.groups]) == ("captain", [["ada", "eve"], ["bob"]])
    assert last.round == 2 and run.result is not None
    assert run.result.answer.agreement in (2 / 3, 1 / 3)
    assert run.result.answer.text in OPEN.values()


@pytest.mark.parametrize("limit", [{"budget": 100_000}, {"max_cost": 5.0}])
async def test_debate_with_a_budget_does_not_spend_it_on_groups(limit: dict[str, Any]) -> None:
    run, _ = await taken(script, "debate", options={"max_rounds": 1}, **limit)
    assert "groups" not in labels(run) and run.result is not None and run.result.status == "complete"


async def test_debate_resumed_repeats_the_recorded_call_and_adds_none(tmp_path: Path) -> None:
    run, _ = await taken(script, "debate", folder=tmp_path / "run", options={"max_rounds": 2})
    lines = (tmp_path / "run" / EVENTS_FILE).read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "run" / EVENTS_FILE).write_text("".join(lines[:-1]), "utf-8")
    again, fake = await resumed(read_record(tmp_path / "run"), script, "debate", options={"max_rounds": 2})
    assert fake.requests == [] and labels(again) == labels(run)
    assert again.result is not None and run.result is not None
    assert again.result.answer == run.result.answer
