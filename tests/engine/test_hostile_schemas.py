"""JSON Schemas of strangers (proxy clients, tasks, MCP servers): a bounded cost, one line for errors."""

from __future__ import annotations

from typing import Any

import pytest

from roundtable_tui.engine.decisions import validator
from roundtable_tui.engine.decisions.validator import MAX_SCHEMA_VALUES, compile_validator
from roundtable_tui.engine.tools.requests import parse_request
from roundtable_tui.errors import FileError
from roundtable_tui.llm.types import ToolRequest

LOOP = {"$ref": "#/definitions/a"}
BRANCHES = {
    f"{letter}{n}": {"anyOf": [{"$ref": f"#/definitions/a{n + 1}"}, {"$ref": f"#/definitions/b{n + 1}"}]}
    for n in range(40)
    for letter in "ab"
} | {"a40": {"type": "string"}, "b40": {"type": "string"}}


def of_a(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": schema}, **more}


@pytest.mark.parametrize(
    ("schema", "value", "problem"),
    [
        (of_a(LOOP, definitions={"a": LOOP}), 1, "refers to itself without end"),
        (of_a({}, **{"not": {"$ref": "#"}}), 1, "refers to itself without end"),
        (of_a({"type": "string", "pattern": "^(a+)+$"}), "a" * 60 + "!", "takes too long"),
        (of_a({"type": "number", "multipleOf": 0}), 1, "cannot be checked (ZeroDivisionError"),
        (of_a({"type": "number", "minimum": float("inf")}), 1, "cannot be checked (NameError"),
    ],
)
def test_validate_hostile_schema_is_one_line_of_an_error(
    schema: dict[str, Any], value: Any, problem: str
) -> None:
    validate = compile_validator(schema)
    with pytest.raises(ValueError) as caught:
        validate({"a": value})
    assert problem in str(caught.value) and "\n" not in str(caught.value)


def test_validate_schema_of_endless_branches_is_ended_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validator, "_TIMEOUT_S", 0.3)  # The test above waits for the limit of the CPU.
    validate = compile_validator(of_a({"$ref": "#/definitions/a0"}, definitions=BRANCHES))
    with pytest.raises(ValueError, match="takes too long") as caught:
        validate({"a": 1})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "schema",
    [
        of_a({"enum": list(range(MAX_SCHEMA_VALUES))}),
        of_a({"enum": ["x" * 200_000]}),
        of_a({"$ref": "data:application/json,{}"}),
        of_a({"$ref": "file:///etc/passwd"}),
        of_a({"$ref": 5}),
        of_a({"type": [["x"]]}),
    ],
)
def test_compile_schema_that_is_large_invalid_or_elsewhere_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(FileError) as caught:
        compile_validator(schema, "answer.json")
    assert str(caught.value).startswith("answer.json: ") and "\n" not in str(caught.value)


def test_validate_in_a_process_keeps_what_fits_and_says_what_does_not() -> None:
    validate = compile_validator(of_a({"type": "string", "pattern": "^a+$", "default": "a"}))
    assert validate({"a": "aaa"}) == {"a": "aaa"} and validate({}) == {"a": "a"}
    with pytest.raises(ValueError, match=r"data\.a must match pattern"):
        validate({"a": "b"})


def test_arguments_of_a_tool_with_a_hostile_pattern_are_left_to_its_server() -> None:
    schema = of_a({"type": "string", "pattern": "^(a+)+$"})
    found = parse_request(ToolRequest("1", "x", '{"a": "' + "a" * 60 + '!"}'), schema)
    assert found.problem == "" and found.arguments["a"].endswith("!")
