"""Every formula against brute force, a published table, or a value from a textbook."""

from __future__ import annotations

from itertools import combinations, product
from random import Random
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundtable_tui.bench.statistics.paired import (
    count_changes,
    detectable_difference,
    holm,
    mcnemar,
    paired_bootstrap,
    paired_difference,
    questions_needed,
    smallest_significant,
    t_quantile,
)
from roundtable_tui.bench.statistics.rates import (
    effective_votes,
    expected_vote,
    leader_probability,
    majority_accuracy,
    pass_all_k,
    pass_at_k,
    wilson_interval,
)


@pytest.mark.parametrize(("fixed", "broke", "p"), [(23, 8, 0.0107), (31, 12, 0.0054), (122, 68, 0.00011)])
def test_mcnemar_published_table_is_reproduced(fixed: int, broke: int, p: float) -> None:
    assert float(f"{mcnemar(fixed, broke):.2g}" if p < 0.001 else round(mcnemar(fixed, broke), 4)) == p


def brute_force_mcnemar(fixed: int, broke: int) -> float:
    """Count the sign patterns that are at least as uneven as the observed one."""
    changed = fixed + broke
    uneven = abs(fixed - broke)
    hits = sum(abs(2 * sum(signs) - changed) >= uneven for signs in product((0, 1), repeat=changed))
    return hits / 2**changed


@pytest.mark.parametrize(("fixed", "broke"), [(a, b) for a in range(6) for b in range(6)])
def test_mcnemar_all_sign_patterns_agree(fixed: int, broke: int) -> None:
    assert mcnemar(fixed, broke) == pytest.approx(brute_force_mcnemar(fixed, broke))


def test_mcnemar_mid_p_is_smaller_by_the_observed_pattern() -> None:
    assert mcnemar(5, 1) - mcnemar(5, 1, mid_p=True) == pytest.approx(6 / 64)


def test_smallest_significant_is_six_questions() -> None:
    assert smallest_significant() == 6 and mcnemar(6, 0) == pytest.approx(0.03125)


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    # Newcombe 1998, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_published_examples_are_reproduced(right: int, total: int, low: float, high: float) -> None:
    found = wilson_interval(right, total)
    assert (round(found[0], 4), round(found[1], 4)) == (low, high)


def test_wilson_without_questions_is_everything() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("right", "repeats"), [(0, 4), (1, 4), (3, 5), (5, 5)])
def test_pass_at_k_and_all_k_agree_with_all_draws(right: int, repeats: int) -> None:
    answers = [True] * right + [False] * (repeats - right)
    for k in range(1, repeats + 1):
        draws = list(combinations(answers, k))
        assert pass_at_k(right, repeats, k) == pytest.approx(mean(map(any, draws)))
        assert pass_all_k(right, repeats, k) == pytest.approx(mean(map(all, draws)))


def test_pass_at_k_more_draws_than_repeats_is_refused() -> None:
    with pytest.raises(ValueError, match="k 4"):
        pass_at_k(1, 3, 4)


@pytest.mark.parametrize(("runner_up", "leader"), [(0, 4), (1, 6), (2, 8), (3, 9), (4, 11), (5, 12)])
def test_leader_probability_thresholds_of_95_percent(runner_up: int, leader: int) -> None:
    assert leader_probability(leader, runner_up) >= 0.95 > leader_probability(leader - 1, runner_up)


def test_leader_probability_agrees_with_integration() -> None:
    steps = 20_000
    density = [((i + 0.5) / steps) ** 5 * (1 - (i + 0.5) / steps) ** 2 for i in range(steps)]
    assert leader_probability(5, 2) == pytest.approx(sum(density[steps // 2 :]) / sum(density), abs=1e-6)


def brute_force_majority(accuracy: float, votes: int, wrong: int) -> float:
    """Go through all sequences of answers; answer 0 is right."""
    total = 0.0
    for answers in product(range(wrong + 1), repeat=votes):
        chance = 1.0
        for answer in answers:
            chance *= accuracy if answer == 0 else (1 - accuracy) / wrong
        counts = [answers.count(one) for one in range(wrong + 1)]
        if counts[0] == max(counts):
            total += chance / counts.count(max(counts))
    return total


@pytest.mark.parametrize(("votes", "wrong"), [(1, 1), (2, 1), (3, 1), (5, 1), (3, 3), (4, 2), (5, 4)])
def test_majority_accuracy_agrees_with_all_sequences(votes: int, wrong: int) -> None:
    for accuracy in (0.2, 0.6, 0.85):
        found = majority_accuracy(accuracy, votes, wrong)
        assert found == pytest.approx(brute_force_majority(accuracy, votes, wrong))


def test_expected_vote_all_shared_is_one_answer() -> None:
    assert expected_vote(0.6, 5, 1.0) == pytest.approx(0.6)
    assert expected_vote(0.6, 5, 0.0) == pytest.approx(0.68256)


def test_effective_votes_shared_errors_are_one_vote() -> None:
    assert effective_votes(5, 0.0) == 5 and effective_votes(5, 1.0) == 1


def test_holm_published_example_is_reproduced() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_lowers_and_keeps_the_order(values: list[float]) -> None:
    found = holm(values)
    assert all(after >= before for before, after in zip(values, found, strict=True))
    pairs = sorted(zip(values, found, strict=True))
    assert [after for _, after in pairs] == sorted(found) and max(found) <= 1


@pytest.mark.parametrize(
    ("degrees", "quantile"), [(1, 12.7062), (4, 2.7764), (9, 2.2622), (30, 2.0423), (1000, 1.9623)]
)
def test_t_quantile_textbook_table_is_reproduced(degrees: int, quantile: float) -> None:
    assert t_quantile(0.975, degrees) == pytest.approx(quantile, abs=1e-4)


def test_paired_difference_without_clusters_is_the_standard_error() -> None:
    values = [1.0, 0.0, -1.0, 1.0, 0.0, 1.0, 0.5]
    found = paired_difference(values)
    assert found.mean == pytest.approx(mean(values))
    assert found.standard_error == pytest.approx(stdev(values) / len(values) ** 0.5)
    assert found.low < found.mean < found.high


def test_paired_difference_copies_in_clusters_are_one_question() -> None:
    values = [1.0, 0.0, -1.0, 1.0, 0.0]
    tripled = [value for value in values for _ in range(3)]
    clusters = [index for index in range(5) for _ in range(3)]
    naive, clustered = paired_difference(tripled), paired_difference(tripled, clusters)
    assert clustered.standard_error == pytest.approx(paired_difference(values).standard_error)
    assert naive.standard_error < clustered.standard_error


def test_paired_difference_one_cluster_has_no_interval() -> None:
    assert paired_difference([1.0, 0.0], ["a", "a"]).high == float("inf")


def test_paired_difference_interval_covers_the_truth_as_stated() -> None:
    random, hits = Random(5), 0
    for _ in range(400):
        values = [random.choice((-1.0, 0.0, 0.0, 1.0)) for _ in range(40)]
        found = paired_difference(values)
        hits += found.low <= 0 <= found.high
    assert 0.92 <= hits / 400 <= 0.98


def test_paired_bootstrap_agrees_with_the_standard_error() -> None:
    random = Random(1)
    values = [random.choice((-1.0, 0.0, 0.0, 0.0, 1.0, 1.0)) for _ in range(200)]
    low, high = paired_bootstrap(values)
    error = stdev(values) / 200**0.5
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.1) and low < mean(values) < high


def test_paired_bootstrap_strata_remove_differences_between_topics() -> None:
    values = [1.0] * 20 + [-1.0] * 20
    assert paired_bootstrap(values, strata=["a"] * 20 + ["b"] * 20) == (0.0, 0.0)
    low, high = paired_bootstrap(values)
    assert low < -0.2 and high > 0.2


def test_paired_bootstrap_strata_of_one_question_are_put_together() -> None:
    values = [1.0, 0.0, -1.0, 1.0, 0.0, 1.0]
    assert paired_bootstrap(values, strata="abcdef") == paired_bootstrap(values)


def test_paired_bootstrap_same_seed_is_repeatable() -> None:
    values = [1.0, 0.0, -1.0, 1.0] * 5
    assert paired_bootstrap(values, seed=3) == paired_bootstrap(values, seed=3)


@pytest.mark.parametrize(
    ("discordant", "difference", "needed"),
    [
        (0.1, 0.05, 312),
        (0.1, 0.10, 77),
        (0.2, 0.03, 1742),
        (0.2, 0.05, 626),
        (0.2, 0.1, 155),
        (0.3, 0.1, 234),
    ],
)
def test_questions_needed_published_table_is_reproduced(
    discordant: float, difference: float, needed: int
) -> None:
    assert abs(questions_needed(difference, discordant) - needed) <= 1


def test_detectable_difference_40_questions_show_about_20_points() -> None:
    assert detectable_difference(40) == pytest.approx(0.2, abs=0.015)
    assert detectable_difference(626) == pytest.approx(0.05, abs=0.001)


def test_count_changes_uses_only_questions_of_both() -> None:
    arm = {"a": True, "b": False, "c": True, "d": True}
    assert count_changes(arm, {"a": False, "b": True, "c": True, "e": False}) == (1, 1)
