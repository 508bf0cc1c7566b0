"""Arms, the pool, the comparison at equal tokens, and the table, on results made by hand."""

from __future__ import annotations

from random import Random

import pytest

from roundtable_tui.bench.across import BenchSide, check_comparable, compare_benches
from roundtable_tui.bench.arms import parse_arms
from roundtable_tui.bench.compare import BenchResults, collect_equal_tokens, summarize
from roundtable_tui.bench.compare import collect_outcomes as collect
from roundtable_tui.bench.output.table import describe_power, format_p, render_table, render_topics
from roundtable_tui.bench.pool import (
    accuracy_curve,
    count_affordable,
    draw,
    equal_token_vote,
    needs_more,
    vote,
)
from roundtable_tui.bench.questions.model import AnswerCheck, BenchQuestion
from roundtable_tui.bench.results import ResultRow, make_key, parse_rows
from roundtable_tui.bench.statistics.rates import majority_accuracy
from roundtable_tui.errors import UsageError


def make_row(
    extracted: str, correct: bool, *, tokens: int = 100, arm: str = "single", ident: str = "q",
    repeat: int = 0, error: str = "",
) -> ResultRow:  # fmt: skip
    return ResultRow(
        key=f"{arm}/{ident}/{repeat}", id=ident, arm=arm, repeat=repeat, correct=correct,
        score=float(correct),
        extracted=extracted, gold="1", tokens=tokens, calls=1, seconds=float(tokens), error=error,
    )  # fmt: skip


def make_pool(text: str, tokens: int = 100, ident: str = "q") -> list[ResultRow]:
    """Return a pool by its answers, "1" being right: `12113`."""
    return [
        make_row(answer, answer == "1", tokens=tokens, ident=ident, repeat=n) for n, answer in enumerate(text)
    ]


# --- arms ------------------------------------------------------------------------------------------------


def test_arms_options_belong_to_the_mode_before_them() -> None:
    found = parse_arms("single,vote:agents=7,debate:team=A,max_rounds=2,model=big, pro")
    assert [(arm.mode, dict(arm.options), arm.team, arm.model) for arm in found] == [
        ("single", {}, "", ""),
        ("vote", {"agents": "7"}, "", ""),
        ("debate", {"max_rounds": "2"}, "A", "big"),
        ("pro", {}, "", ""),
    ]
    assert [arm.pooled_votes for arm in found] == [1, 7, 0, 0]
    assert [arm.name for arm in found][2] == "debate:team=A,max_rounds=2,model=big"


def test_arms_demo_model_with_commas_is_one_value() -> None:
    first, second = parse_arms("single:model=demo:acc=0.6,share=0.3,temperature=0.2,vote")
    assert first.model == "demo:acc=0.6,share=0.3" and dict(first.options) == {"temperature": "0.2"}
    assert second.mode == "vote"


def test_arms_vote_with_other_options_has_runs_of_its_own() -> None:
    (arm,) = parse_arms("vote:agents=3,temperature=0.1")
    assert arm.pooled_votes == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("singel", "there is no mode singel"),
        ("vote:agent=3", "no option agent"),
        ("vote:agents", "is not an option with a value"),
        ("vote:agents=0", "from 1 to 64"),
        ("single,single", "occurs twice"),
        ("", "names no mode"),
    ],
)
def test_arms_wrong_ones_are_explained(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        parse_arms(text)


# --- pool ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "winner"), [("1", "1"), ("21", "2"), ("2112", "2"), ("23311", "3"), ("12221", "2")]
)
def test_vote_most_frequent_answer_wins_and_the_first_of_tied_ones(answers: str, winner: str) -> None:
    found = vote(make_pool(answers))
    assert found.extracted == winner and found.correct is (winner == "1")


def test_vote_equal_values_in_other_forms_are_one_group() -> None:
    rows = [make_row("7", False), make_row("0.5", True), make_row("1/2", True)]
    assert vote(rows).correct


def test_vote_failed_answers_cost_tokens_and_are_no_votes() -> None:
    rows = [make_row("", False, error="timeout"), make_row("1", True)]
    found = vote(rows)
    assert (found.correct, found.tokens, found.is_failed) == (True, 200, False)
    assert vote(rows[:1]).is_failed


def test_vote_seconds_are_those_of_the_slowest_answer() -> None:
    found = vote([make_row("1", True, tokens=10), make_row("1", True, tokens=30)])
    assert (found.seconds, found.tokens, found.calls) == (30.0, 40, 2)


@pytest.mark.parametrize(("tokens", "count"), [(50, 1), (100, 1), (299, 2), (300, 3), (9999, 5)])
def test_count_affordable_never_spends_more_than_given_after_the_first(tokens: int, count: int) -> None:
    assert count_affordable(make_pool("11111"), tokens) == count


def test_equal_token_vote_uses_only_what_the_tokens_buy() -> None:
    pool = make_pool("21112")
    one, three = equal_token_vote(pool, 199), equal_token_vote(pool, 300)
    assert one is not None and three is not None
    assert (one.correct, one.answers, one.is_exhausted) == (False, 1, False)
    assert (three.correct, three.answers) == (True, 3)
    assert equal_token_vote([], 300) is None


def test_equal_token_vote_too_few_answers_is_marked() -> None:
    found = equal_token_vote(make_pool("111"), 1000)
    assert found is not None and found.is_exhausted


def test_draw_repeats_have_their_own_parts() -> None:
    pool = make_pool("123456")
    assert [row.extracted for row in draw(pool, 3, 1)] == ["4", "5", "6"]
    assert needs_more(pool, 601) and not needs_more(pool, 600) and not needs_more(pool, 9999, limit=6)


def test_accuracy_curve_agrees_with_the_closed_form() -> None:
    random = Random(3)
    pools = []
    for _ in range(2000):
        answers = "".join("1" if random.random() < 0.6 else random.choice("23456") for _ in range(5))
        pools.append(make_pool(answers))
    for size, accuracy, tokens in accuracy_curve(pools, (1, 3, 5)):
        assert accuracy == pytest.approx(majority_accuracy(0.6, size, 5), abs=0.03)
        assert tokens == size * 100


# --- comparison ------------------------------------------------------------------------------------------


def make_results(
    pools: dict[str, str], debate: dict[str, tuple[bool, int]], arms: str = "single,vote:agents=3,debate"
) -> BenchResults:
    questions = tuple(
        BenchQuestion(ident, f"Question {ident}?", (AnswerCheck("exact", ("1",)),), topic=ident[0])
        for ident in pools
    )
    runs = {
        (ident, 0): make_row("1" if right else "9", right, tokens=tokens, arm="debate", ident=ident)
        for ident, (right, tokens) in debate.items()
    }
    pool = {ident: make_pool(text, ident=ident) for ident, text in pools.items()}
    return BenchResults(questions, parse_arms(arms), 1, pool, {"debate": runs})


POOLS = {"a1": "111", "a2": "211", "a3": "222", "b1": "122", "b2": "221"}
DEBATE = {"a1": (True, 300), "a2": (True, 100), "a3": (True, 300), "b1": (False, 100), "b2": (False, 300)}


def test_summarize_table_is_as_computed_by_hand() -> None:
    single, votes, debate = summarize(make_results(POOLS, DEBATE))
    assert (single.right, votes.right, debate.right) == (2, 2, 3)
    assert (single.tokens, votes.tokens, debate.tokens) == (100, 300, 220)
    assert single.comparison is None
    # The vote of three has a2 right where the first answer was wrong, and loses b1.
    assert votes.comparison and (votes.comparison.fixed, votes.comparison.broke) == (1, 1)
    # At equal tokens: a1 111 right; a2 2 wrong; a3 222 wrong; b1 1 right; b2 221 wrong.
    assert debate.comparison and (debate.comparison.fixed, debate.comparison.broke) == (2, 1)
    assert debate.comparison.difference == pytest.approx(0.2) and debate.comparison.p == 1.0
    assert debate.comparison.mean_votes == pytest.approx((3 + 1 + 3 + 1 + 3) / 5)
    assert [row.is_dominated for row in (single, votes, debate)] == [False, True, False]
    assert dict(debate.topics) == {"a": (1.0, 3), "b": (0.0, 2)}


def test_summarize_failed_runs_are_wrong_and_not_compared() -> None:
    results = make_results(POOLS, DEBATE)
    failed = make_row("", False, arm="debate", ident="a1", error="timeout")
    runs = {"debate": {**results.runs["debate"], ("a1", 0): failed}}
    debate = summarize(BenchResults(results.questions, results.arms, 1, results.pool, runs))[2]
    assert (debate.right, debate.errors) == (2, 1)
    assert debate.comparison and debate.comparison.refused == "1 of 5 runs failed"
    assert "not compared" in render_table([debate]) and "1 failed run" in render_table([debate])


def test_summarize_missing_results_are_not_wrong() -> None:
    debate = summarize(make_results(POOLS, {"a1": (True, 300), "b2": (False, 300)}))[2]
    assert (debate.questions, debate.right, debate.missing) == (2, 1, 3)


def test_summarize_repeats_are_averaged_per_question() -> None:
    questions = (BenchQuestion("a", "?", (AnswerCheck("exact", ("1",)),)),)
    runs = {("a", n): make_row("1", n < 3, arm="debate", ident="a", repeat=n) for n in range(4)}
    results = BenchResults(questions, parse_arms("debate"), 4, {"a": make_pool("1")}, {"debate": runs})
    (debate,) = summarize(results)
    assert (debate.questions, debate.accuracy, debate.pass_at, debate.pass_all) == (1, 0.75, 1.0, 0.0)


def test_summarize_weights_count_in_the_accuracy() -> None:
    results = make_results({"a": "1", "b": "2"}, {}, "single")
    heavy = BenchQuestion("a", "?", results.questions[0].checks, weight=3)
    (single,) = summarize(BenchResults((heavy, results.questions[1]), results.arms, 1, results.pool, {}))
    assert single.accuracy == 0.75


def test_summarize_two_comparisons_are_corrected() -> None:
    pools = {f"a{n}": "211" for n in range(12)}
    rows = summarize(make_results(pools, dict.fromkeys(pools, (True, 100))))
    raw = [row.comparison.p for row in rows if row.comparison]
    adjusted = [row.comparison.p_adjusted for row in rows if row.comparison]
    assert len(raw) == 2 and adjusted == pytest.approx([min(1.0, 2 * p) for p in raw])


def test_equal_tokens_are_never_more_than_the_arm_spent() -> None:
    results = make_results(POOLS, DEBATE)
    outcomes = collect(results, results.arms[2])
    bought = collect_equal_tokens(results, outcomes)
    assert all(bought[place].tokens <= outcomes[place].tokens for place in outcomes)


def test_check_comparable_other_questions_or_graders_are_refused() -> None:
    check_comparable(["h", "h"], [["number", "exact"], ["exact", "number"]])
    with pytest.raises(UsageError, match="different questions"):
        check_comparable(["h", "i"], [["exact"], ["exact"]])
    with pytest.raises(UsageError, match="different graders"):
        check_comparable(["h", "h"], [["exact"], ["number"]])


def side_of(results: BenchResults, name: str, grader: str = "exact") -> BenchSide:
    from dataclasses import replace

    rows = [row for pool in results.pool.values() for row in pool]
    return BenchSide(name, results, {row.key: replace(row, answer="x", grader=grader) for row in rows})


def test_compare_benches_pairs_arms_by_name_and_corrects() -> None:
    pools = {f"a{n}": "222" for n in range(12)}
    better = dict.fromkeys(pools, "111")
    weak, strong = (make_results(one, {}, "single,vote:agents=3") for one in (pools, better))
    found = compare_benches(side_of(weak, "weak"), side_of(strong, "strong"))
    assert [(pair.arm, pair.accuracies) for pair in found] == [("single", (0, 1)), ("vote:agents=3", (0, 1))]
    for pair in found:
        assert (pair.comparison.fixed, pair.comparison.broke, pair.comparison.difference) == (12, 0, 1.0)
        assert pair.comparison.p_adjusted == pytest.approx(2 * 2 / 2**12)


def test_compare_benches_other_questions_graders_arms_or_errors_are_refused() -> None:
    one = make_results({"a": "1", "b": "1"}, {}, "single")
    with pytest.raises(UsageError, match="x and y are of different questions"):
        compare_benches(side_of(one, "x"), side_of(make_results({"a": "1"}, {}, "single"), "y"))
    with pytest.raises(UsageError, match="x and y have different graders"):
        compare_benches(side_of(one, "x"), side_of(one, "y", "contains"))
    several = make_results({"a": "1", "b": "1"}, {}, "single,vote:agents=3")
    with pytest.raises(UsageError, match="no arm of the same name"):
        compare_benches(side_of(several, "x"), side_of(make_results({"a": "1", "b": "1"}, {}, "debate"), "y"))
    failed = BenchResults(
        one.questions, one.arms, 1, {**one.pool, "a": [make_row("", False, ident="a", error="timeout")]}, {}
    )
    (pair,) = compare_benches(side_of(one, "x"), side_of(failed, "y"))
    assert pair.comparison.refused == "1 of 2 runs failed"


# --- table and rows --------------------------------------------------------------------------------------


def test_render_table_has_figures_marks_and_notes() -> None:
    text = render_table(summarize(make_results(POOLS, DEBATE)))
    lines = text.split("\n")
    assert lines[3].startswith("debate") and "3 of 5 (60.0 %)" in lines[3] and "vote of 2.2" in lines[3]
    assert lines[2].startswith("vote:agents=3*") and "cost" not in lines[0]
    assert "* another arm is at least as accurate for fewer tokens." in lines
    assert len({len(line) for line in lines[2:4]}) == 1, "columns are aligned"


def test_render_table_hostile_arm_name_is_one_line() -> None:
    (row,) = summarize(make_results({"a": "1"}, {}, "single"))
    from dataclasses import replace

    text = render_table([replace(row, name="x\n\x1b[31my")])
    assert "\x1b" not in text and text.split("\n")[1].startswith("x")


def test_render_topics_only_for_several() -> None:
    assert "a      " in render_topics(summarize(make_results(POOLS, DEBATE)))
    assert render_topics(summarize(make_results({"a": "1"}, {}, "single"))) == ""


def test_describe_power_says_what_a_run_can_show() -> None:
    assert "about 20 points" in describe_power(40) and "at least 6" in describe_power(40)
    assert describe_power(5).startswith("5 questions cannot show a difference")
    assert "at least 8" in describe_power(100, comparisons=5)


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0107, ".011"), (0.0054, ".0054"), (0.00001, "<.0001"), (0.5, ".50"), (1.0, "1")]
)
def test_format_p_keeps_two_digits_that_count(value: float, shown: str) -> None:
    assert format_p(value) == shown


def test_rows_survive_the_file_and_wrong_ones_are_left_out() -> None:
    row = make_row("1", True)
    found = parse_rows(
        [row.to_dict(), {"key": "x"}, {**row.to_dict(), "key": 5}, {**row.to_dict(), "new": 1}]
    )
    assert found == {row.key: row}


def test_rows_of_one_key_the_last_one_counts() -> None:
    row = make_row("1", True)
    later = {**row.to_dict(), "tokens": 7}
    assert parse_rows([row.to_dict(), later])[row.key].tokens == 7


def test_key_changes_with_everything_that_changes_the_run() -> None:
    question = BenchQuestion("a", "?", (AnswerCheck("exact", ("1",)),))
    other = BenchQuestion("a", "??", (AnswerCheck("exact", ("1",)),))
    run = {"mode": "single", "seats": [["Plain", "m", "url"]]}
    keys = [
        make_key(question, run, 0), make_key(question, run, 1), make_key(other, run, 0),
        make_key(question, {**run, "mode": "pro"}, 0), make_key(question, {**run, "seats": []}, 0),
    ]  # fmt: skip
    assert len(set(keys)) == 5 and keys[0] == make_key(question, dict(reversed(run.items())), 0)
