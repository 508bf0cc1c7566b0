"""Checking a task's settings: every problem with its line."""

from __future__ import annotations

import pytest

from roundtable_tui.resources import PersonaLibrary
from roundtable_tui.setup.task_check import check_task_settings, check_task_text

LIBRARY = PersonaLibrary()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("", []),
        ('title = "x"\nmode = "debate"\n[options]\nmax_rounds = 2\n', []),
        ('title = "x"\nmode = ', ["line 2: is not TOML"]),
        ('# x\nmoode = "debate"', ["line 2: there is no field moode. Did you mean mode?"]),
        ('title = "x"\n\nmode = "debat"', ["line 3: there is no mode debat. Did you mean debate?"]),
        (
            'mode = "debate"\n[options]\nmax_round = 2\nreasons = true\nmask = 7',
            ["line 3: mode debate has no option max_round", "line 5: mask of mode debate should be"],
        ),
        ('mode = "debate"\n[options]\nmax_rounds = -1', ["line 3: max_rounds of mode debate should be"]),
        ("[options]\nanything = 1", []),
        ('mode = "pro"\n[[stages]]\nmode = "pro"', ["line 1: has both mode and stages"]),
        (
            '[[stages]]\nmode = "pro"\n[[stages]]\nmode = "debate"\n[stages.options]\nmax_round = 2\n',
            ["line 6: stage 2 (debate): mode debate has no option max_round"],
        ),
        ('team = "nobody"', ["line 1: there is no team called nobody"]),
        ('title = 3\nanswers = "yes"', ["line 1: title should be text", "line 2: answers should be a list"]),
        (
            'title = "x"\nanswers = ["1", "2", "3"]',
            ["line 2: answers holds 3 for 2 questions. Write one per question, in order."],
        ),
    ],
)
def test_check_task_settings_reports_each_problem_with_its_line(source: str, told: list[str]) -> None:
    _, problems = check_task_settings(source, 2, LIBRARY)
    assert len(problems) == len(told), [str(problem) for problem in problems]
    for problem, start in zip(problems, told, strict=True):
        assert str(problem).startswith(start)


def test_check_task_settings_without_library_skips_the_team() -> None:
    settings, problems = check_task_settings('team = "nobody"', 0)
    assert settings is not None and settings.team == "nobody" and problems == []


@pytest.mark.parametrize(
    ("name", "text", "line", "problems"),
    [
        ("task.toml", 'mode = "debate"\n', "✓ mode debate", 0),
        ("task.toml", 'mode = "debat"\n', "", 1),
        ("questions.txt", "One?\nTwo?\n", "2 questions, one per line", 0),
        ("context.txt", "It stands by the sea.", "5 words", 0),
        ("participants/ada.json", '{"name": "Ada", "prompt": "You are Ada."}', "✓ Valid persona.", 0),
        ("participants/teams/a.json", '{"name": "A", "members": ["Ada"]}', "✓ Valid team.", 0),
        ("participants/teams/a.json", "{}", "", 2),
    ],
)
def test_check_task_text_each_kind_has_a_line_or_problems(
    name: str, text: str, line: str, problems: int
) -> None:
    said, found = check_task_text(name, text, questions=2)
    assert said == line and len(found) == problems
