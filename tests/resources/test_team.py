"""A team file: names, or seats with a model and server of their own; and what is told of a wrong one."""

from __future__ import annotations

import json

import fastjsonschema
import pytest

from roundtable_tui.resources import Team, team_schema
from roundtable_tui.resources.validation import check_json


def read(members: str, rest: str = "") -> tuple[Team | None, list[str]]:
    team, problems = check_json(Team, f'{{"name": "T",\n"members": {members}{rest}}}')
    return team, [str(problem) for problem in problems]


def test_check_team_members_are_names_or_objects() -> None:
    team, problems = read(
        '["Ada", {"persona": "Bob", "model": "m", "server": "home"}, {"persona": "Eve", "server": "home"}]',
        ', "captain": {"persona": "Cap", "model": "big"}',
    )
    assert team is not None and problems == []
    assert [(one.persona, one.model, one.server) for one in team.members] == [
        ("Ada", "", ""), ("Bob", "m", "home"), ("Eve", "", "home"),
    ]  # fmt: skip
    assert team.summary == "Ada, Bob (m @ home), Eve (home); captain Cap (big)"
    assert [one.to_json for one in team.members] == [
        "Ada", {"persona": "Bob", "model": "m", "server": "home"}, {"persona": "Eve", "server": "home"},
    ]  # fmt: skip


def test_check_team_empty_captain_is_none() -> None:
    assert read('["Ada"]', ', "captain": ""')[0] == read('["Ada"]')[0]


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ('["Ada", 3]', "line 2: members[2] should be text of 1 to 40 characters or an object, not 3"),
        ('["Ada", ""]', "line 2: members[2] should be text of 1 to 40 characters or an object, not empty"),
        ('["A\\u202eda"]', "line 2: members[1] should be one line of text without hidden characters"),
        ('[{"persona": "Ada", "modl": "m"}]', "no field members[1].modl. Did you mean model?"),
        ('[{"persnoa": "Ada"}]', "no field members[1].persnoa. Did you mean persona?"),
        ('[{"model": "m"}]', "line 2: members[1].persona is missing. The name of the persona."),
        ('[{"persona": "Ada", "model": 3}]', "members[1].model should be text of at most 200 characters"),
        ("[]", "members should be a list of names, 1 to 64 of them, not an empty list"),
        ('"Ada"', 'members should be a list of names, 1 to 64 of them, not "Ada"'),
        ('["Ada"], "captain": 3', "captain should be text of 1 to 40 characters or an object"),
        ('["Ada"], "captain": {"x": 1, "persona": "A"}', "there is no field captain.x"),
    ],
)
def test_check_team_invalid_seat_is_one_problem_with_line(members: str, told: str) -> None:
    team, problems = read(members)
    assert team is None and len(problems) == 1 and told in problems[0]


@pytest.mark.parametrize(
    ("data", "right"),
    [
        ({"name": "T", "members": ["Ada", {"persona": "Bob", "model": "m"}]}, True),
        ({"name": "T", "members": ["Ada"], "captain": {"persona": "Bob"}}, True),
        ({"name": "T", "members": [{"model": "m"}]}, False),
        ({"name": "T", "members": [""]}, False),
    ],
)
def test_team_schema_agrees_with_the_model(data: dict[str, object], right: bool) -> None:
    assert (check_json(Team, json.dumps(data))[0] is not None) == right
    check = fastjsonschema.compile(team_schema())
    if right:
        check(data)
    else:
        with pytest.raises(fastjsonschema.JsonSchemaException):
            check(data)
