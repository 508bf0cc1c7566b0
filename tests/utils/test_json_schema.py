"""Strict JSON Schemas."""

from __future__ import annotations

from roundtable_tui.utils.json_schema import make_strict

INNER = {"type": "object", "title": "Inner", "properties": {"title": {"type": "string", "default": "x"}}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "array", "items": INNER}}, "required": []}


def test_make_strict_by_default_keeps_what_the_schema_declares() -> None:
    inner = INNER | {"additionalProperties": False, "required": ["title"]}
    assert make_strict(SCHEMA) == {
        "type": "object",
        "properties": {"a": {"type": "array", "items": inner}},
        "required": [],
        "additionalProperties": False,
    }


def test_make_strict_with_require_all_and_drop_removes_keywords_but_no_properties() -> None:
    strict = make_strict(SCHEMA, require_all=True, drop=("title", "default"))
    assert strict["required"] == ["a"]
    assert strict["properties"]["a"]["items"] == {
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "additionalProperties": False,
        "required": ["title"],
    }


def test_make_strict_leaves_its_argument_unchanged() -> None:
    make_strict(SCHEMA, require_all=True, drop=("title",))
    assert SCHEMA["required"] == [] and INNER["title"] == "Inner"
