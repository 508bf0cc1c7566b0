"""The table of the README is what the bench gives; `readme_table` writes it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from roundtable_tui.bench.questions.bundled import generate_questions
from tests.bench_command import readme_table

pytestmark = pytest.mark.anyio
SHARE = slice(0, 100, 33)
"""The questions that are asked again: of several kinds."""


def test_readme_table_is_computed_from_its_rows() -> None:
    assert readme_table.read_table_lines() == readme_table.list_table_lines(readme_table.read_results())


async def test_readme_rows_are_those_that_the_demo_gives(tmp_path: Path) -> None:
    questions = generate_questions()[SHARE]
    found = readme_table.pack(await readme_table.measure(questions, tmp_path))
    kept = readme_table.pack(readme_table.read_results())
    assert len(found) == 4
    assert found == {name: kept[name] for name in found}
