"""Fields of dataclasses from JSON: each of its declared type, or none at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from roundtable_tui.utils.texts.json_fields import MAX_NUMBER, read_fields


@dataclass
class Row:
    name: str
    count: int = 0
    cost: float | None = None
    is_ok: bool = False
    words: tuple[str, ...] = ()
    inner: tuple[int, ...] = ()


def test_read_fields_takes_known_fields_of_their_types() -> None:
    data = {"name": "a", "count": 3, "cost": 2, "is_ok": True, "words": ["x"], "other": {}}
    assert Row(**read_fields(Row, data)) == Row("a", 3, 2, True, ("x",))
    assert read_fields(Row, {"name": "a", "cost": None, "inner": "?"}, ("inner",)) == {
        "name": "a",
        "cost": None,
    }


@pytest.mark.parametrize(
    "data",
    [
        {"name": None}, {"name": 5}, {"name": ["a"]}, {"count": True}, {"count": 1.5}, {"count": "1"},
        {"count": -1}, {"count": 10**400}, {"count": MAX_NUMBER * 2}, {"cost": float("nan")},
        {"cost": float("inf")}, {"cost": 10**400}, {"cost": "1"}, {"is_ok": 1}, {"words": "abc"},
        {"words": [1]}, {"words": None}, {"inner": [1]}, ["name"], None, "name",
    ],
)  # fmt: skip
def test_read_fields_of_another_type_raises(data: Any) -> None:
    with pytest.raises(ValueError):
        read_fields(Row, data)
