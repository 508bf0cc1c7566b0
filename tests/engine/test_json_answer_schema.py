"""Files of JSON Schemas as people have them: alone, or in what an API calls a response format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from roundtable_tui.engine.decisions.json_answer import read_schema
from roundtable_tui.errors import FileError

SCHEMA = {"type": "object", "properties": {"wood": {"type": "string"}}}
NAMED = {"name": "wood", "strict": True, "schema": SCHEMA}


@pytest.mark.parametrize(
    "value",
    [
        SCHEMA,
        NAMED,
        {"type": "json_schema", "json_schema": NAMED},
        {"response_format": {"type": "json_schema", "json_schema": NAMED}},
    ],
)
def test_read_schema_takes_it_out_of_its_wrappers(tmp_path: Path, value: dict[str, Any]) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps(value))
    assert read_schema(path) == SCHEMA


def test_read_schema_with_a_property_called_schema_is_whole(tmp_path: Path) -> None:
    own = {"type": "object", "properties": {"schema": {"type": "string"}}, "schema": {"type": "object"}}
    (tmp_path / "s.json").write_text(json.dumps(own))
    assert read_schema(tmp_path / "s.json") == own


def test_read_schema_of_a_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"type": "json_schema", "json_schema": {"type": "array"}}))
    with pytest.raises(FileError, match="must be an object"):
        read_schema(tmp_path / "s.json")
