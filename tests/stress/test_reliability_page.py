"""docs/reliability.md names existing tests, and it names every stress test."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.support.paths import TESTS

PAGE = TESTS.parent / "docs" / "reliability.md"
_NAMED = re.compile(r"`([\w/]+)::(\w+)`")


@cache
def named_in(file: Path) -> set[str]:
    """Return the tests that a file has."""
    parsed = ast.parse(file.read_text(encoding="utf-8"))
    functions = (node for node in parsed.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name for function in functions if function.name.startswith("test_")}


def test_reliability_page_named_tests_exist() -> None:
    named = _NAMED.findall(PAGE.read_text(encoding="utf-8"))
    assert len(named) > 100
    missing = [f"{file}::{test}" for file, test in named if test not in named_in(TESTS / f"{file}.py")]
    assert missing == []


def test_reliability_page_rows_name_a_test() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    held = False
    for row in rows:
        if row.endswith("| test |"):
            held = True
        elif row.startswith("| quantity | target"):
            held = False
        elif held and not row.startswith("| ---"):
            assert _NAMED.search(row), row


def test_reliability_page_names_every_stress_test() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for file in sorted((TESTS / "stress").glob("test_*.py")):
        if file == Path(__file__):
            continue
        for test in named_in(file):
            assert (
                f"stress/{file.stem}::{test}`" in page or test == "test_spoof_templates_can_be_formatted"
            ), test
