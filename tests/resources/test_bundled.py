"""What is shipped: it loads without a fault, says what it should, and the schemas are of today."""

from __future__ import annotations

import re
import tomllib
from fractions import Fraction
from functools import cache
from math import comb
from pathlib import Path

import pytest

from roundtable_tui.modes import all_modes
from roundtable_tui.resources import PersonaLibrary, TaskLibrary
from roundtable_tui.resources.json_schema import SCHEMA_FILES, render_schema
from roundtable_tui.utils import paths

ROOT = paths.bundled_dir("personas").parent
# What the modes say; a persona says only who speaks, and how.
PROTOCOL = re.compile(
    r"\b(json|marker|rounds?|tools?|schema|system prompt|user message|agents?|seats?|board|llm|AI)\b"
    r"|language model"
    r"|\[\[|---|\bAnswer:",
    re.IGNORECASE,
)
TEAMS = {
    "roles": ["Harper", "Benjamin", "Lucas"],
    "A": ["Iris", "Theo", "June"],
    "B": ["Iris", "Pia", "Bea", "Gabe", "Max"],
    "C": ["Theo", "Cora", "Pia", "Dane", "Bea"],
    "D": ["Sol", "Hugo", "Ada"],
}


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PersonaLibrary:
    monkeypatch.chdir(tmp_path)
    return PersonaLibrary.load()


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TaskLibrary:
    monkeypatch.chdir(tmp_path)
    return TaskLibrary.load()


def test_bundled_files_all_load(library: PersonaLibrary, tasks: TaskLibrary) -> None:
    assert library.problems == []
    assert library.hidden == []
    assert {found.origin for found in library.items} == {"shipped"}
    assert tasks.problems == []
    known = {found.slug for found in tasks.items}
    assert {"maths", "decision", "salon", "verdict", "letter", "lighthouse"} <= known


def test_bundled_prompts_address_the_model_without_protocol_terms(library: PersonaLibrary) -> None:
    for found in library.items:
        prompt = found.persona.prompt
        assert prompt.startswith(("You are ",)), found.slug
        assert 200 <= len(prompt) <= 1200, found.slug
        assert PROTOCOL.search(prompt) is None, (found.slug, PROTOCOL.search(prompt))
        assert found.persona.role, found.slug
        assert found.persona.full_name, found.slug
        assert found.path.stem == found.slug


def test_bundled_prompts_are_distinct(library: PersonaLibrary) -> None:
    words = {found.slug: set(re.findall(r"\w{4,}", found.persona.prompt.lower())) for found in library.items}
    for one, mine in words.items():
        for other, theirs in words.items():
            if one != other:
                assert len(mine & theirs) / len(mine | theirs) < 0.3, (one, other)


def test_bundled_teams_have_the_original_members(library: PersonaLibrary) -> None:
    for name, members in TEAMS.items():
        team = library.get_team(name).team
        assert ([m.persona for m in team.members], str(team.captain)) == (members, "Captain")
    for found in library.teams:
        members, captain = library.members_of(found.team)
        assert members
        assert captain is not None or found.team.name in {"single", "fanout", "loop"}
    assert str(library.get_team("pro").team.captain) == "Editor"
    assert (
        len({member.persona.creativity for member in library.members_of(library.get_team("salon").team)[0]})
        >= 4
    )


def test_bundled_tasks_name_existing_modes_and_teams(library: PersonaLibrary, tasks: TaskLibrary) -> None:
    for found in tasks.items:
        task = found.task
        settings = task.settings
        assert {settings.mode, *(stage.mode for stage in settings.stages)} - {""} <= set(all_modes())
        assert settings.mode or [stage.on for stage in settings.stages][-1] == "disputed"
        teams = [settings.team, *(stage.team for stage in settings.stages)]
        assert all(library.get_team(team).team.members for team in teams if team) and any(teams)
        assert task.questions
        assert task.instructions
        assert task.summarize
        assert task.notes == ()


def pairings(people: tuple[int, ...]) -> list[list[tuple[int, int]]]:
    """Return all ways in which people around a table can shake hands in pairs, no arms crossing."""
    if not people:
        return [[]]
    first, rest = people[0], people[1:]
    return [
        [(first, rest[n]), *left, *right]
        for n in range(0, len(rest), 2)
        for left in pairings(rest[:n])
        for right in pairings(rest[n + 1 :])
    ]


@cache
def draws(red: int, blue: int, lead: int) -> Fraction:
    """Return how many more draws it takes, on average, until both colours are level."""
    left = red + blue
    further = Fraction(0)
    for share, after, new_lead in ((red, (red - 1, blue), lead + 1), (blue, (red, blue - 1), lead - 1)):
        if share and new_lead:
            further += Fraction(share, left) * draws(*after, new_lead)
    return 1 + further


def test_bundled_maths_task_has_correct_answers(tasks: TaskLibrary) -> None:
    across = sum(any(b - a == 7 for a, b in way) for way in pairings(tuple(range(14))))
    number = next(n for n in range(26, 100_000, 100) if n % 26 == 0 and sum(map(int, str(n))) == 26)
    average = draws(6, 6, 0)
    assert average == Fraction(4**6, comb(12, 6))
    settings = tasks.get("maths").task.settings
    assert settings.answers == (str(across), str(number), str(average))


@pytest.mark.parametrize("name", SCHEMA_FILES)
def test_bundled_schemas_are_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == render_schema(SCHEMA_FILES[name]()), (
        "update them by write_schemas(Path()) of roundtable_tui.resources.json_schema"
    )


def test_bundled_files_name_their_schema() -> None:
    for path in (ROOT / "personas").rglob("*.json"):
        if not path.name.endswith(".schema.json"):
            reference = re.search(r'"\$schema": "([^"]+)"', path.read_text(encoding="utf-8"))
            assert reference is not None
            assert (path.parent / reference[1]).is_file()
    for path in (ROOT / "tasks").glob("*/task.toml"):
        first = path.read_text(encoding="utf-8").split("\n")[0]
        assert (path.parent / first.removeprefix("#:schema ")).is_file()
        assert tomllib.loads(path.read_text(encoding="utf-8"))
