"""Remembers after a bench how often each model's single answers were right, for the reports of later runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roundtable_tui.bench.arms import POOL_ARM, POOL_MODE, Arm
from roundtable_tui.bench.compare import BenchResults, collect_outcomes
from roundtable_tui.bench.questions.model import hash_questions
from roundtable_tui.bench.statistics.rates import wilson_interval
from roundtable_tui.history.measured_models import MeasuredModel, save_measured_models

MIN_QUESTIONS = 20
"""Fewer questions say too little about a model."""


def remember_models(results: BenchResults, fingerprints: Mapping[str, Mapping[str, Any]]) -> None:
    """Save the accuracy of the pool's model, and of arms that are single answers of other models.

    Args:
        results: the results of a bench.
        fingerprints: name of an arm -> what `batch.run_once.describe_request` says of it.

    Raises:
        FileError: it cannot be saved.
    """
    found = []
    for arm in (POOL_ARM, *(arm for arm in results.arms if arm.mode == POOL_MODE and not arm.pooled_votes)):
        if measured := _measure(results, arm, fingerprints.get(arm.name, {})):
            found.append(measured)
    if found:
        save_measured_models(hash_questions(results.questions), found)


def _measure(results: BenchResults, arm: Arm, fingerprint: Mapping[str, Any]) -> MeasuredModel | None:
    outcomes = [one for one in collect_outcomes(results, arm).values() if not one.is_error]
    seats = fingerprint.get("seats", [])
    if len(outcomes) < MIN_QUESTIONS or len(seats) != 1:
        return None
    _, model, base_url = seats[0]
    right, count = sum(one.score for one in outcomes), len(outcomes)
    # Repeats of a question are not independent.
    questions = min(count, len(results.questions))
    low, high = wilson_interval(right / count * questions, questions)
    return MeasuredModel(str(model), str(base_url), right / count * questions, questions, low, high)
