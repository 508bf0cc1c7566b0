"""The table of the README under "Is it worth it?": its rows as they were measured, and how they are made.

`python -m tests.bench_command.readme_table` runs the bench of the README, which takes a minute or two, writes
its rows into `data` and the table into the README.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from roundtable_tui import config
from roundtable_tui.bench.arms import parse_arms
from roundtable_tui.bench.compare import ArmSummary, BenchResults, summarize
from roundtable_tui.bench.demo_models import DEFAULT_DEMO_MODEL, BenchServerPool
from roundtable_tui.bench.output.table import format_p
from roundtable_tui.bench.questions.bundled import generate_questions
from roundtable_tui.bench.questions.model import BenchQuestion
from roundtable_tui.bench.results import ResultRow
from roundtable_tui.bench.runner import Bench
from roundtable_tui.setup.request import RunRequest
from tests.support.paths import ROOT

README = ROOT / "README.md"
ROWS = Path(__file__).parent / "data" / "readme_rows.jsonl"
ARMS = "single,vote:agents=5,auto,debate"
HEAD = "| arm | right of 100 | 95 % interval | tokens | against the same tokens by vote | p | fixed, broke |"
_TABLE = re.compile(re.escape(HEAD) + r"\n\| --- .*\n((?:\|.*\n)+)")
PackedRow = list[Any]
"""The extracted answer, the score, tokens and calls."""


async def measure(questions: Sequence[BenchQuestion], folder: Path) -> BenchResults:
    """Run the bench of the README on some of its questions."""
    async with BenchServerPool(config.Settings(), {}, questions, 0) as servers:
        request = RunRequest(demo=True, model=DEFAULT_DEMO_MODEL)
        bench = Bench(questions, parse_arms(ARMS), request, servers, folder)
        await bench.prepare()
        return await bench.run()


def pack(results: BenchResults) -> dict[str, dict[str, list[PackedRow]]]:
    """Return the rows of each question and arm, the pool's in the order of its draws."""
    return {
        question.id: {"pool": [_pack_row(row) for row in results.pool[question.id]]}
        | {arm: [_pack_row(rows[question.id, 0])] for arm, rows in results.runs.items()}
        for question in results.questions
    }


def read_results() -> BenchResults:
    """Return the results whose rows are in `data`."""
    packed = dict(json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines())
    arms = parse_arms(ARMS)
    pool = {
        name: [_unpack(name, "single", n, row) for n, row in enumerate(found["pool"])]
        for name, found in packed.items()
    }
    own = [arm.name for arm in arms if not arm.pooled_votes]
    runs = {
        arm: {(name, 0): _unpack(name, arm, 0, found[arm][0]) for name, found in packed.items()}
        for arm in own
    }
    return BenchResults(tuple(generate_questions()), arms, 1, pool, runs)


def list_table_lines(results: BenchResults) -> list[str]:
    """Return the lines of the README's table below its head."""
    return [_table_line(row) for row in summarize(results)]


def read_table_lines() -> list[str]:
    """Return the lines of the table as the README has them."""
    found = _TABLE.search(README.read_text(encoding="utf-8"))
    assert found, "the README has no such table"
    return found[1].splitlines()


def _table_line(row: ArmSummary) -> str:
    interval = f"{row.low * 100:.0f} to {row.high * 100:.0f} %"
    cells = [f"`{row.name}`", f"{row.right:.0f}", interval, f"{row.tokens:,.0f}"]
    if found := row.comparison:
        against = "against one answer" if found.baseline == "single" else found.baseline
        cells += [f"{found.difference * 100:+.0f} points ({against})", format_p(found.p_adjusted)]
        cells += [f"{found.fixed}, {found.broke}"]
    else:
        cells += [""] * 3
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"


def _pack_row(row: ResultRow) -> PackedRow:
    assert not row.error, row.error
    return [row.extracted, row.score, row.tokens, row.calls]


def _unpack(question: str, arm: str, repeat: int, packed: PackedRow) -> ResultRow:
    extracted, score, tokens, calls = packed
    return ResultRow(
        key=f"{question}/{arm}/{repeat}", id=question, arm=arm, repeat=repeat,
        correct=score == 1, score=score,
        extracted=extracted, gold="", tokens=tokens, calls=calls, seconds=0.0, answer=extracted,
    )  # fmt: skip


def main() -> None:
    """Measure again, and write the rows and the table."""
    with tempfile.TemporaryDirectory() as folder:
        packed = pack(asyncio.run(measure(generate_questions(), Path(folder))))
    lines = (json.dumps(item, ensure_ascii=False) + "\n" for item in packed.items())
    ROWS.parent.mkdir(exist_ok=True)
    ROWS.write_text("".join(lines), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    table = "".join(f"{line}\n" for line in list_table_lines(read_results()))
    README.write_text(
        _TABLE.sub(lambda match: match[0].removesuffix(match[1]) + table, text), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
