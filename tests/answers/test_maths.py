"""Expressions compared by the extra `maths`, in a worker process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from roundtable_tui import answers_agree
from roundtable_tui.answers import maths
from roundtable_tui.answers.grouping import group_answers, group_answers_off_loop
from roundtable_tui.answers.maths import MathsProcess, TimeLimit, can_compare, limit_comparisons

HANDLER = "tests.answers.maths_handler:handle"
# fmt: off
SAME = [
    ("2^{n+1}", "2 \\cdot 2^n"), ("\\sin^2 x + \\cos^2 x", "1"), ("\\frac{x}{x+1}", "1 - \\frac{1}{x+1}"),
    ("\\sqrt{3+2\\sqrt{2}}", "1+\\sqrt{2}"), ("y = 2x", "x = y/2"), ("e^{2x}", "(e^x)^2"),
    ("x^2 > 4", "4 < x^2"),
    ("2^n \\cdot 3^n", "6^n"), ("\\cos(\\pi/3)", "1/2"), ("x^2 - 1", "(x-1)(x+1)"),
    ("2\\sqrt{3}", "\\sqrt{12}"),
    ("y = 2x + 3", "2x - y + 3 = 0"), ("\\frac{1-x^n}{1-x}", "\\frac{x^n-1}{x-1}"),
]
DIFFERENT = [
    ("2^{n+1}", "2^n + 1"), ("O(2^n)", "O(n^2)"), ("x < 5", "x \\le 5"), ("x < 5", "x > 5"),
    ("\\log x", "\\ln x"),
    ("AC", "CA"), ("1/2x", "x/2"), ("3-2", "1"), ("x'", "x"), ("a + x", "A + x"), ("x = 5", "y = 5"),
    ("f(x)", "f x"),
    ("\\sqrt{x^2}", "x"), ("x^2 = 4", "x = 2"), ("12\\%", "12"), ("a == b", "b == a"), ("(1, 2)", "(2, 1)"),
    ("\\pm 2", "2"), ("[0,1)", "(0,1]"), ("2^{10}", "2^{11}"), ("0.333333333", "\\frac{1}{3}"),
    ("n log n", "n"),
]
# fmt: on


@pytest.fixture
def process() -> Iterator[MathsProcess]:
    """Return a process with the handler of `maths_handler`."""
    made = MathsProcess(timeout_s=60, handler=HANDLER)
    yield made
    made.close()


@pytest.mark.parametrize(("a", "b"), SAME)
def test_answers_agree_on_equal_expressions_is_true(a: str, b: str) -> None:
    assert answers_agree(a, b)
    assert answers_agree(b, a)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_answers_agree_on_expressions_that_may_differ_is_false(a: str, b: str) -> None:
    assert not answers_agree(a, b)
    assert not answers_agree(b, a)


def test_answers_agree_without_the_extra_compares_normal_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maths, "is_installed", lambda: False)
    assert not answers_agree("2^{n+2}", "4 \\cdot 2^n")
    assert answers_agree("(x-1)(x+1)", "x^2 - 1")


def test_answers_agree_on_equal_normal_forms_does_not_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(maths.process, "compare", lambda a, b: bool(asked.append(a)))
    assert answers_agree("x + 1", "1 + x")
    assert not answers_agree("x + 1", "Paris")
    assert not answers_agree("5", "6")
    assert asked == []
    assert not answers_agree("x + 1", "x + 3")
    assert len(asked) == 1


@pytest.mark.parametrize("word", ["hang", "end", "fail"])
def test_compare_that_fails_is_false_and_the_next_works(process: MathsProcess, word: str) -> None:
    process.timeout_s = 0.5 if word == "hang" else 60
    assert not process.compare(word, "x")
    process.timeout_s = 60
    assert process.compare("y", "x")
    assert process.find_known("x", "y") is True
    assert process.find_known("x", word) is False


def test_compare_after_the_limit_is_not_made(process: MathsProcess) -> None:
    limit = TimeLimit(60)
    limit.cancel()
    with limit_comparisons(limit):
        assert not process.compare("y", "x")
    assert process.find_known("x", "y") is None
    assert process.compare("y", "x")


def test_cancel_ends_the_comparison_under_way(process: MathsProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    process.timeout_s = 1000
    process.compare("y", "x")
    monkeypatch.setattr(maths, "process", process)
    limit, found = TimeLimit(1000), list[bool]()

    def compare() -> None:
        with limit_comparisons(limit):
            found.append(process.compare("hang", "x"))

    thread = threading.Thread(target=compare)
    thread.start()
    while not process._lock.locked():
        pass
    limit.cancel()
    thread.join()
    assert found == [False]
    assert process.find_known("hang", "x") is None


def test_in_an_event_loop_only_what_is_known_counts() -> None:
    pair, votes = ("3^{n+1}", "3 \\cdot 3^n"), [("ada", "3^{n+1}"), ("bob", "3 \\cdot 3^n")]

    async def compare() -> tuple[bool, int, int, bool]:
        return (
            answers_agree(*pair),
            len(group_answers(votes).groups),
            len((await group_answers_off_loop(votes)).groups),
            answers_agree(*pair),
        )

    maths.process._known.clear()
    assert asyncio.run(compare()) == (False, 2, 1, True)


def test_group_answers_off_loop_without_expressions_starts_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(asyncio, "to_thread")
    votes = [("ada", "5 km"), ("bob", "5000 m"), ("eve", "Paris")]
    assert asyncio.run(group_answers_off_loop(votes)) == group_answers(votes)


def test_group_answers_off_loop_that_is_cancelled_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = MathsProcess(timeout_s=1000, handler=HANDLER)
    monkeypatch.setattr(maths, "process", hanging)
    monkeypatch.setattr(hanging, "_request", lambda pair: MathsProcess._request(hanging, ("hang", "x")))

    async def cancel() -> None:
        task = asyncio.create_task(group_answers_off_loop([("ada", "x + 1"), ("bob", "x + 2")]))
        while not hanging._lock.locked():
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert hanging.find_known("x + 1", "x + 2") is None


@pytest.mark.parametrize(
    ("plain", "latex"),
    [
        ("√(3)", "\\sqrt{3}"),
        ("2^(n+1)", "2^{n+1}"),
        ("x^-12", "x^{-12}"),
        ("√(1+√2)", "\\sqrt{1+\\sqrt{2}}"),
        ("sin(π x)", "\\sin (\\pi  x)"),
        ("2*x^y", "2\\cdot x^{y}"),
    ],
)
def test_spell_latex_gives_latex(plain: str, latex: str) -> None:
    from roundtable_tui.answers.maths_process import spell_latex  # It takes half a second.

    assert spell_latex(plain) == latex


def test_can_compare_text_with_an_expression_is_false() -> None:
    assert not can_compare("Paris is a city", "x")
    assert not can_compare("x" * 500, "x")
    assert can_compare("2x", "x + x")
