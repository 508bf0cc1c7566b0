"""What the rules of `auto` are worth, on stored answers of known accuracy, spread and shared errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from roundtable_tui.engine import events
from tests.support.answer_pools import RIGHT, Pool, RuleResult, make_pool, measure, take_vote
from tests.support.paths import ROOT
from tests.support.run_builder import marked, taken, told, who

POOLS: Mapping[str, dict[str, Any]] = {
    "ten wrong answers": {"accuracy": 0.85, "wrong": 10},
    "thirty wrong answers": {"accuracy": 0.85, "wrong": 30},
    "four options": {"accuracy": 0.85, "wrong": 3},
    "yes or no": {"accuracy": 0.85, "wrong": 1},
    "half of the answers shared": {"accuracy": 0.85, "wrong": 10, "shared": 0.5},
    "weak model": {"accuracy": 0.6, "wrong": 10},
}
"""The rows of the table in docs/auto.md."""


@cache
def pool(name: str) -> Pool:
    return make_pool(**POOLS[name])


@cache
def measured(name: str, rule: Any, cap: int) -> RuleResult:
    return measure(pool(name), rule, cap)


def test_make_pool_has_the_accuracy_and_the_correlation_it_is_made_with() -> None:
    for shared in (0.0, 0.5):
        made = make_pool(accuracy=0.7, wrong=4, shared=shared, questions=20_000, size=2, seed=5)
        right = sum(one.value == RIGHT for answers in made for one in answers) / 40_000
        equal_wrong = sum(a.value == b.value != RIGHT for a, b in made) / 20_000
        # Both take the common answer, or they are independent and hit the same of four wrong answers.
        expected = 0.3 * (shared**2 + (1 - shared**2) * 0.3 / 4)
        assert right == pytest.approx(0.7, abs=0.012)
        assert equal_wrong == pytest.approx(expected, abs=0.01)
    assert make_pool(accuracy=0.7, wrong=4, questions=50) == make_pool(accuracy=0.7, wrong=4, questions=50)


@pytest.mark.parametrize("name", ["ten wrong answers", "thirty wrong answers"])
def test_lead_two_cap_nine_keeps_the_accuracy_of_nine_votes_at_two_fifths_of_the_tokens(name: str) -> None:
    fixed, lead = measured(name, None, 9), measured(name, "lead", 9)
    assert fixed.accuracy - lead.accuracy <= 0.005
    assert lead.tokens <= 0.40 * fixed.tokens


def test_lead_two_loses_about_two_and_a_half_points_on_yes_or_no() -> None:
    fixed, lead = measured("yes or no", None, 9), measured("yes or no", "lead", 9)
    assert fixed.accuracy - lead.accuracy == pytest.approx(0.025, abs=0.005)
    # The closed form: a lead of two is the gambler's ruin from two steps on each side.
    assert lead.accuracy == pytest.approx(0.85**2 / (0.85**2 + 0.15**2), abs=0.005)
    overtaken = measured("yes or no", "overtaken", 9)
    assert overtaken.accuracy == fixed.accuracy, "this rule loses nothing, for twice the tokens"
    assert overtaken.tokens > 2 * lead.tokens
    assert overtaken.tokens / fixed.tokens == pytest.approx(0.65, abs=0.01)
    three = measure(pool("yes or no"), "lead", 9, lead=3)
    assert fixed.accuracy - three.accuracy == pytest.approx(0.003, abs=0.0015)
    assert three.tokens / fixed.tokens == pytest.approx(0.46, abs=0.01)


def test_no_rule_sees_shared_errors() -> None:
    name = "half of the answers shared"
    alone = measured("ten wrong answers", "lead", 9)
    for rule in ("lead", "overtaken"):
        assert measured(name, rule, 9).settled_wrong > 0.08, "settled, and wrong"
    assert alone.settled_wrong < 0.005
    fixed, lead = measured(name, None, 9), measured(name, "lead", 9)
    assert fixed.accuracy < 0.92, "nine votes do not see them either"
    assert abs(fixed.accuracy - lead.accuracy) < 0.01


def test_docs_have_the_figures_of_the_simulation() -> None:
    text = (ROOT / "docs/auto.md").read_text()
    rows = {
        cells[0]: cells[1:]
        for line in text.splitlines()
        if line.startswith("| ") and (cells := [cell.strip() for cell in line.strip("| ").split("|")])
    }
    for name in POOLS:
        five, nine = measured(name, None, 5), measured(name, None, 9)
        lead_five, lead_nine = measured(name, "lead", 5), measured(name, "lead", 9)
        expected = [
            f"{measured(name, None, 1).accuracy:.1%}",
            f"{five.accuracy:.1%}",
            f"{lead_five.accuracy:.1%}, {lead_five.tokens / five.tokens:.0%}",
            f"{nine.accuracy:.1%}",
            f"{lead_nine.accuracy:.1%}, {lead_nine.tokens / nine.tokens:.0%}",
            f"{lead_five.settled_wrong:.1%}",
        ]
        assert [cell.replace(" %", "%") for cell in rows[name]] == expected, name
    assert re.search(r"two and a half points", text)


@pytest.mark.anyio
async def test_auto_asks_as_many_as_the_simulation_and_gives_its_answer() -> None:
    names = "Ada Bob Eve Dan Fay"
    made = make_pool(accuracy=0.6, wrong=3, questions=12, size=5, seed=2)
    outcomes = set()
    for answers in made:
        expected = take_vote(answers, "lead", 5)
        said = dict(zip(names.split(), (str(100 + one.value) for one in answers), strict=True))
        run, _ = await taken(
            lambda request, nth, said=said: (
                "1" if who(request) == "Cap" else marked(said[who(request)], request, "Reasons enough.")
            ),
            "auto",
            names=names,
        )
        (steps,) = told(run, events.StepsEnded)
        assert (steps.asked, steps.step) == (expected.asked, "vote" if expected.settled else "debate")
        if expected.settled:
            assert run.result is not None and run.result.answer.text == str(100 + expected.value)
        outcomes.add(steps.step)
    assert outcomes == {"vote", "debate"}
