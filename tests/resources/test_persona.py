"""A persona's file: what it may say, and how every fault in it is told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from roundtable_tui.resources import Persona, Team, check_persona, slugify
from roundtable_tui.resources.json_positions import Loc, find_positions
from roundtable_tui.resources.validation import check_json
from tests.support.torture import examples

START = '{"name": "A", "prompt": "p", '
GOOD = '{"name": "Ada", "prompt": "You are Ada."}'


def test_check_persona_original_format_is_valid() -> None:
    persona, problems = check_persona(
        '{"name": "Bob", "full_name": "Dr. Bob Brown", "creativity": 0.4,'
        ' "prompt": "You take the role of Bob."}'
    )
    assert problems == []
    assert persona == Persona(
        name="Bob", full_name="Dr. Bob Brown", creativity=0.4, prompt="You take the role of Bob."
    )


def test_persona_optional_fields_have_defaults() -> None:
    persona, _ = check_persona(GOOD)
    assert persona is not None
    assert (
        persona.creativity,
        persona.effective_temperature,
        persona.role,
        persona.model,
        persona.max_tokens,
    ) == (
        0.7,
        0.7,
        "",
        "",
        None,
    )


def test_effective_temperature_prefers_temperature_to_creativity() -> None:
    assert Persona(name="A", prompt="p", creativity=0.4).effective_temperature == 0.4
    assert Persona(name="A", prompt="p", creativity=0.4, temperature=0).effective_temperature == 0
    assert Persona(name="A", prompt="p", temperature=1.8).effective_temperature == 1.8


def test_persona_is_immutable() -> None:
    with pytest.raises(ValidationError):
        Persona(name="A", prompt="p").name = "B"  # type: ignore[misc]


def test_check_persona_accepts_integers_for_numbers() -> None:
    assert check_persona(START + '"creativity": 1}')[1] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["line 1: is empty"]),
        ("[]", ["line 1: should be an object in braces, { ... }, not an"]),
        ('"x"', ['line 1: should be an object in braces, { ... }, not "x"']),
        ("null", ["line 1: should be an object in braces, { ... }, not nothing"]),
        ("{}", ["line 1: name is missing. What it is called", "line 1: prompt is missing. Who it is"]),
        ('{"name": "A",\n\n "promt": "p"}', ["line 3: there is no field promt. Did you mean prompt?"]),
        (START + '\n"Creativity": 1}', ["line 2: there is no field Creativity. Did you mean"]),
        (START + '\n"zzz": 1}', ["line 2: there is no field zzz. The fields are: $schema"]),
        (
            '{\n"name": "A",\n"prompt": "p",\n"creativity": 1.7\n}',
            ["line 4: creativity should be a number from 0 to 1, not 1.7"],
        ),
        (
            '{"creativity": "high",\n"name": 7,\n"prompt": null}',
            [
                'line 1: creativity should be a number from 0 to 1, not "high"',
                "line 2: name should be text of 1 to 40 characters, not 7",
                "line 3: prompt should be text of 1 to 100,000 characters, not nothing",
            ],
        ),
        (START + '"creativity": true}', ["creativity should be a number from 0 to 1, not true"]),
        (START + '"temperature": 2.1}', ["temperature should be a number from 0 to 2 or null"]),
        (START + '"max_tokens": 0}', ["max_tokens should be a whole number from 1 to 10,000,000"]),
        (START + '"max_tokens": 2.5}', ["not 2.5"]),
        (START + '"color": "red"}', ['color should be a colour such as "#c678dd", not "red"']),
        ('{"name": "A", "prompt": {"a": 1}}', ["prompt should be text of 1 to 100,000 characters, not an o"]),
        ('{"name": "", "prompt": " \\n "}', ["not empty", "should be a text that says who this is"]),
        ('{"name": "  ", "prompt": "p"}', ["name should be text of 1 to 40 characters, not empty"]),
        ('{"name": "a\\nb", "prompt": "p"}', ["name should be one line of text without hidden characters"]),
        ('{"name": "a\\u001b[2J", "prompt": "p"}', ['not "a␛[2J"']),
        ('{"name": "a\\u202eb", "prompt": "p"}', ["without hidden characters"]),
        ('{"name": "%s", "prompt": "p"}' % ("n" * 41), ["name should be text of 1 to 40 characters, not"]),
        (
            '{"name": "A",\n"prompt": "p",\n"name": "B"}',
            ["line 3: name is given twice"],
        ),
        (START + '"creativity": NaN}', ["line 1: is not JSON: NaN is not a valid number"]),
        (START + '"creativity": 1e999}', ["creativity should be a number from 0 to 1, not inf"]),
    ],
)  # fmt: skip
def test_check_persona_invalid_text_reports_problems(text: str, expected: list[str]) -> None:
    persona, problems = check_persona(text)
    assert persona is None
    told = [str(problem) for problem in problems]
    assert len(told) == len(expected)
    for line, part in zip(told, expected, strict=True):
        assert part in line
        assert "\n" not in line


def test_check_persona_too_long_or_deep_reports_problem() -> None:
    long, deep = "is not JSON: a number too long, or nested too deeply", "is nested more than 64 levels deep"
    number = START + '"max_tokens": ' + "9" * 5000 + "}"
    for text, what in ((number, long), ("[" * 100_000, deep), ('{"a": ' * 100_000, deep)):
        _, problems = check_persona(text)
        assert [str(problem) for problem in problems] == [what]


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ('{"name": "A",\n}', 2, 1, "Remove the comma after the last entry."),
        ("{'name': 'A'}", 1, 2, "straight double quotes"),
        ("{“name”: 1}", 1, 2, "straight double quotes"),
        ('{\n// who\n"name": "A"}', 2, 1, "JSON has no comments."),
        ('{"name": "A", "prompt": "two\nlines"}', 1, 29, "A line break inside a text is written \\n"),
        ('{"name": "a\\d"}', 1, 12, "A backslash is written \\\\."),
        ('{"name": "A"\n"prompt": "p"}', 2, 1, "A comma is missing"),
        ('{"name": "say "hi" now"}', 1, 16, "A comma is missing before it, or a quotation mark"),
        ('{"name": "A", "prompt": "p"', 1, 28, "The text ends too early"),
        ('{"name": "A", "prompt": "p', 1, 25, "The text ends too early"),
        ('{"name": "A"} {"name": "B"}', 1, 15, "One file holds one object."),
    ],
)
def test_check_persona_not_json_reports_line_column_and_hint(
    text: str, line: int, column: int, hint: str
) -> None:
    _, problems = check_persona(text)
    assert len(problems) == 1
    # Newer Pythons point at the comma itself.
    assert problems[0].line in {line, line - 1}
    if problems[0].line == line and "Remove the comma" not in hint:
        assert problems[0].column == column
    assert hint in problems[0].hint


def test_check_team_invalid_member_has_its_own_line() -> None:
    team, problems = check_json(Team, '{"name": "T",\n"members": [\n"Ada",\n"",\n3\n],\n"captan": "x"}')
    assert team is None
    assert [str(problem) for problem in problems] == [
        "line 4: members[2] should be text of 1 to 40 characters or an object, not empty",
        "line 5: members[3] should be text of 1 to 40 characters or an object, not 3",
        "line 7: there is no field captan. Did you mean captain?",
    ]


def test_check_team_without_members_reports_problem() -> None:
    for members in ("[]", '"Ada"'):
        _, problems = check_json(Team, f'{{"name": "T", "members": {members}}}')
        assert "members should be a list of names, 1 to 64 of them, not" in str(problems[0])


def test_slugify_different_names_give_different_ids() -> None:
    assert slugify("Harper") == slugify("HARPER ") == "harper"
    assert slugify("Müller") == slugify("Muller") == "muller"
    assert slugify("Tom Veselý") == "tom-vesely"
    assert len({slugify(name) for name in ("李白", "杜甫", "😀", "!!", "Ωmega", "mega", "..")}) == 7
    for name in ("../../x", "CON", "-rf", "a\x00b", "n" * 300, "李白", ".hidden", ""):
        key = slugify(name)
        assert key
        assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert not key.startswith("-")
        assert len(key) <= 60


@given(st.text())
@settings(max_examples=examples(100), deadline=None)
def test_check_persona_any_text_reports_or_parses(text: str) -> None:
    persona, problems = check_persona(text)
    assert persona is None
    assert problems
    assert all("\n" not in str(problem) for problem in problems)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(
    st.dictionaries(st.sampled_from(["name", "prompt", "creativity", "color", "members", "$schema"]), VALUES)
)
@settings(max_examples=examples(100), deadline=None)
def test_check_persona_any_object_has_problems_with_lines(data: dict[str, object]) -> None:
    text = json.dumps(data, indent=1)
    for problem in check_json(Persona, text)[1] + check_json(Team, text)[1]:
        assert problem.line is not None
        assert 1 <= problem.line <= text.count("\n") + 1


def locs(value: object, at: Loc = ()) -> list[Loc]:
    """Return every place in a value, itself included, in the order of its text."""
    found = [at]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += locs(inner, (*at, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            found += locs(inner, (*at, number))
    return found


@given(VALUES)
@settings(max_examples=examples(100), deadline=None)
def test_find_positions_finds_the_line_of_every_value(value: object) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=False)
    found = find_positions(text, locs(value))
    assert set(found.lines) == set(locs(value))
    assert found.duplicates == []
    lines = text.split("\n")
    for loc in found.lines:
        if loc and isinstance(loc[-1], str):
            assert lines[found.lines[loc] - 1].strip().startswith(json.dumps(loc[-1], ensure_ascii=False))
    assert [found.lines[loc] for loc in locs(value)] == sorted(found.lines.values())


def test_check_json_many_problems_are_cut_at_twenty() -> None:
    unknown = ", ".join(f'"x{n}": {n}' for n in range(8000))
    _, problems = check_json(Team, f'{{"name": "T", "members": ["Ada"],\n{unknown}}}')
    assert len(problems) == 21
    assert str(problems[-1]) == "line 2: has more problems; the first 20 are shown"
    twice = ", ".join(['"name": "T"'] * 8000)
    _, problems = check_json(Team, f'{{{twice}, "members": ["Ada"]}}')
    assert len(problems) <= 21
    values = ", ".join(["1"] * 30_000)
    _, problems = check_json(Team, f'{{"name": "T", "members": [{values}]}}')
    assert [str(problem) for problem in problems] == ["line 1: holds more than 20,000 values"]


def test_find_positions_deep_text_keeps_paths_of_wanted_values_only() -> None:
    text = "[" * 60 + ",".join(["1"] * 1000) + "]" * 60
    found = find_positions(text, [(0,) * 60])
    assert len(found.lines) == 61


def test_find_positions_finds_duplicate_fields_at_any_depth() -> None:
    found = find_positions('{"a": [{"b": 1,\n"b": 2}],\n"a": "\\"a\\": {"}', [("a", 7, "x")])
    assert found.duplicates == [(("a", 0, "b"), 2), (("a",), 3)]
    assert found.line_of(("a", 7, "x")) == 3
